#include "shared/store/statements.hpp"

#include <array>
#include <utility>

namespace wattle {

namespace {

// The first four parameters are always the stream.
#define WATTLE_STREAM "site = ?1 AND edge = ?2 AND incarnation = ?3 AND direction = ?4"
#define WATTLE_COLUMNS "site, edge, incarnation, direction, number, kind, room, outside, bytes, hash, signature"

constexpr std::array texts = {
    std::pair{&Statements::begin, "BEGIN IMMEDIATE"},
    std::pair{&Statements::commit, "COMMIT"},
    std::pair{&Statements::rollback, "ROLLBACK"},
    std::pair{&Statements::append,
              "INSERT INTO entries (" WATTLE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
    std::pair{&Statements::set_aside, "INSERT INTO listed (" WATTLE_COLUMNS ") SELECT " WATTLE_COLUMNS
                                      " FROM entries WHERE " WATTLE_STREAM " AND number > ?5 ORDER BY number"},
    std::pair{&Statements::cut_above, "DELETE FROM entries WHERE " WATTLE_STREAM " AND number > ?5"},
    std::pair{&Statements::list,
              "INSERT INTO listed (" WATTLE_COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"},
    std::pair{&Statements::drop_below, "DELETE FROM entries WHERE " WATTLE_STREAM " AND number < ?5"},
    std::pair{&Statements::put_row,
              "INSERT INTO rows (tbl, key, value) VALUES (?1, ?2, ?3) "
              "ON CONFLICT (tbl, key) DO UPDATE SET value = excluded.value"},
    std::pair{&Statements::remove_row, "DELETE FROM rows WHERE tbl = ?1 AND key = ?2"},
    std::pair{&Statements::head, "SELECT number, hash FROM entries WHERE " WATTLE_STREAM " ORDER BY number DESC LIMIT 1"},
    std::pair{&Statements::first, "SELECT number FROM entries WHERE " WATTLE_STREAM " ORDER BY number LIMIT 1"},
    std::pair{&Statements::entry, "SELECT bytes, hash, signature FROM entries WHERE " WATTLE_STREAM " AND number = ?5"},
    std::pair{&Statements::entries_from, "SELECT bytes, hash, signature, number FROM entries WHERE " WATTLE_STREAM
                                         " AND number >= ?5 ORDER BY number LIMIT ?6"},
    std::pair{&Statements::listed, "SELECT bytes, hash, signature FROM listed WHERE " WATTLE_STREAM " ORDER BY id"},
    std::pair{&Statements::row, "SELECT value FROM rows WHERE tbl = ?1 AND key = ?2"},
    std::pair{&Statements::rows, "SELECT key, value FROM rows WHERE tbl = ?1 AND key > ?2 ORDER BY key"},
    std::pair{&Statements::next_stream,
              "SELECT site, edge, incarnation, direction FROM entries "
              "WHERE (site, edge, incarnation, direction) > (?1, ?2, ?3, ?4) "
              "ORDER BY site, edge, incarnation, direction LIMIT 1"},
    std::pair{&Statements::by_outside,
              "SELECT edge, incarnation, direction, number FROM entries WHERE site = ?1 AND outside = ?2 "
              "ORDER BY edge, incarnation, direction, number"},
};

#undef WATTLE_STREAM
#undef WATTLE_COLUMNS

}  // namespace

Result<std::unique_ptr<Statements>> prepare_statements(Database& database) {
  auto statements = std::make_unique<Statements>();
  for (const auto& [member, sql] : texts) {
    auto statement = database.prepare(sql);
    if (!statement) return statement.error();
    (*statements).*member = std::move(*statement);
  }
  return statements;
}

}  // namespace wattle
