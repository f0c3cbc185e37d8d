#include "shared/store/database.hpp"

#include <sqlite3.h>

#include "shared/base/check.hpp"

namespace wattle {

namespace {

StoreErrc meaning(int code) {
  if (code == SQLITE_IOERR_CORRUPTFS) return StoreErrc::corrupt;
  if (code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE) return StoreErrc::exists;
  switch (code & 0xff) {
    case SQLITE_FULL: return StoreErrc::full;
    case SQLITE_IOERR: return StoreErrc::io;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StoreErrc::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return StoreErrc::busy;
    case SQLITE_READONLY: return StoreErrc::read_only;
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_AUTH: return StoreErrc::open;
    case SQLITE_NOMEM: return StoreErrc::memory;
    default: return StoreErrc::internal;
  }
}

}  // namespace

Error store_error(int sqlite_code) { return make_error_code(meaning(sqlite_code)); }

void Statement::Finalize::operator()(sqlite3_stmt* handle) const { sqlite3_finalize(handle); }

void Statement::bind(int at, std::int64_t value) { WATTLE_CHECK(sqlite3_bind_int64(handle_.get(), at, value) == SQLITE_OK); }

void Statement::bind(int at, std::uint64_t value) {
  WATTLE_CHECK(value <= INT64_MAX);
  bind(at, static_cast<std::int64_t>(value));
}

void Statement::bind(int at, ByteView bytes) {
  // An empty span may have no address, and SQLite reads that as NULL.
  const void* data = bytes.empty() ? "" : static_cast<const void*>(bytes.data());
  WATTLE_CHECK(sqlite3_bind_blob64(handle_.get(), at, data, bytes.size(), SQLITE_STATIC) == SQLITE_OK);
}

void Statement::bind(int at, std::string_view text) {
  WATTLE_CHECK(sqlite3_bind_text64(handle_.get(), at, text.data(), text.size(), SQLITE_STATIC, SQLITE_UTF8) == SQLITE_OK);
}

void Statement::bind_null(int at) { WATTLE_CHECK(sqlite3_bind_null(handle_.get(), at) == SQLITE_OK); }

Result<bool> Statement::step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return {boost::system::in_place_error, store_error(sqlite3_extended_errcode(sqlite3_db_handle(handle_.get())))};
}

void Statement::reset() { sqlite3_reset(handle_.get()); }

std::uint64_t Statement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(handle_.get(), column));
}

ByteView Statement::bytes(int column) const {
  const auto* data = static_cast<const std::uint8_t*>(sqlite3_column_blob(handle_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::string_view Statement::text(int column) const {
  const auto raw = bytes(column);
  return {reinterpret_cast<const char*>(raw.data()), raw.size()};
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

Result<void> Query::run() {
  for (;;) {
    const auto more = statement_->step();
    if (!more) return more.error();
    if (!*more) return {};
  }
}

bool Statement::is_text(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_TEXT; }

void Database::Close::operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }

Result<Database> Database::open(const std::string& path, Access access) {
  const int flags = (access == Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
                    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Database database(handle);  // also a failed open gives a handle that must be closed
  if (code != SQLITE_OK) return store_error(code);
  return database;
}

Result<void> Database::execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return store_error(code);
  return {};
}

Result<Statement> Database::prepare(const char* sql) {
  sqlite3_stmt* handle = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return store_error(code);
  return Statement(handle);
}

Result<std::int64_t> Database::number(const char* sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  Query query(*statement);
  const auto row = query.next();
  if (!row) return row.error();
  return static_cast<std::int64_t>(*row ? query.row().number(0) : 0);
}

Result<std::string> Database::text(const char* sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  Query query(*statement);
  const auto row = query.next();
  if (!row) return row.error();
  return *row ? std::string(query.row().text(0)) : std::string();
}

Result<void> Database::checkpoint() {
  const int code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  if (code != SQLITE_OK && code != SQLITE_BUSY) return store_error(code);  // a reader in the way: the next one will do
  return {};
}

void Database::leave_files_alone() const { sqlite3_db_config(handle_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr); }

}  // namespace wattle
