#pragma once
// Every statement that the store runs, prepared once.

#include "shared/store/database.hpp"

namespace wattle {

struct Statements {
  Statement begin, commit, rollback;
  Statement append, set_aside, cut_above, list, drop_below, put_row, remove_row;
  Statement head, first, entry, entries_from, listed, row, rows, next_stream, by_outside;
};

Result<std::unique_ptr<Statements>> prepare_statements(Database& database);

}  // namespace wattle
