#pragma once
// Why a store could not be opened, read or written. The words are stable: they stand in logs, counters and status.

#include "shared/base/result.hpp"

namespace wattle {

enum class StoreErrc {
  io = 1,       // a read, write or sync failed
  full = 2,     // no space, or the store's own limit
  corrupt = 3,  // bytes that SQLite or this layer cannot have written
  exists = 4,   // an entry with this number stands there already
  hole = 5,     // numbers would be missing
  busy = 6,     // another process holds the store
  schema = 7,   // written by a later program, or by none of ours
  open = 8,     // the file cannot be opened or made
  read_only = 9,
  failed = 10,  // refused, since something failed before: the process must start again from the log
  memory = 11,
  internal = 12,    // SQLite refused in a way that none of the above explains: a bug here
  unverified = 13,  // a backup does not hold what it was taken from
  present = 14,     // a restore would overwrite a store
};

/// "store.full"
const char* word(StoreErrc code);

const boost::system::error_category& store_category();
Error make_error_code(StoreErrc code);

}  // namespace wattle

template <>
struct boost::system::is_error_code_enum<wattle::StoreErrc> : std::true_type {};
