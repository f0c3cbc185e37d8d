#include "cloud/store/sqlite_registry.hpp"

#include <filesystem>

#include "cloud/store/registry_schema.hpp"
#include "shared/store/folder.hpp"

namespace wattle::cloud {
namespace {

constexpr std::string_view in_memory = ":memory:";

/// "site = ? AND building = ?"; names come from this program, values never.
std::string conditions(const Sheet& sheet, std::size_t keys) {
  std::string out = "site = ?";
  for (std::size_t i = 0; i < keys; ++i) out += " AND " + std::string(sheet.columns[i]) + " = ?";
  return out;
}

std::string joined(const Sheet& sheet, std::size_t count, std::string_view tail = {}) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i)
    out += std::string(i == 0 ? "" : ", ") + std::string(sheet.columns[i]) + std::string(tail);
  return out;
}

std::string marks(std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) out += i == 0 ? "?" : ", ?";
  return out;
}

void bind(Statement& statement, int at, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    statement.bind(at, *number);
  else
    statement.bind(at, std::string_view(std::get<std::string>(value)));
}

Result<void> configure(Database& database) {
  for (const char* sql : {"PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL", "PRAGMA busy_timeout = 2000",
                          "PRAGMA trusted_schema = OFF", "PRAGMA foreign_keys = ON"})
    if (auto ok = database.execute(sql); !ok) return ok;
  return {};
}

/// Persons and passwords are nobody else's business; the log beside the file takes its rights from it.
Result<void> keep_private(const std::string& path) {
  std::error_code error;
  std::filesystem::permissions(path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, error);
  return error ? WATTLE_FAIL(StoreErrc::open) : Result<void>();
}

std::string quoted(const std::string& path) {
  std::string out = "'";
  for (const char c : path) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

}  // namespace

Result<std::unique_ptr<SqliteRegistry>> SqliteRegistry::open(const std::string& path, SiteId site, Post post) {
  if (path != in_memory)
    if (auto ok = make_folder_of(path); !ok) return ok.error();
  auto database = Database::open(path, Access::read_write);
  if (!database) return database.error();
  if (path != in_memory)
    if (auto ok = keep_private(path); !ok) return ok.error();
  if (auto ok = configure(*database); !ok) return ok.error();
  if (auto ok = bring_registry_up_to_date(*database); !ok) return ok.error();
  return std::unique_ptr<SqliteRegistry>(new SqliteRegistry(std::move(*database), site, std::move(post)));
}

Result<std::unique_ptr<SqliteRegistry>> SqliteRegistry::open_to_read(const std::string& path, SiteId site) {
  auto database = Database::open(path, Access::read_only);
  if (!database) return database.error();
  for (const char* sql : {"PRAGMA busy_timeout = 2000", "PRAGMA trusted_schema = OFF"})
    if (auto ok = database->execute(sql); !ok) return ok.error();
  if (auto ok = check_registry_schema(*database); !ok) return ok.error();
  const auto nobody_waits = [](const std::function<void()>&) {};
  return std::unique_ptr<SqliteRegistry>(new SqliteRegistry(std::move(*database), site, nobody_waits));
}

template <class T>
T SqliteRegistry::must(Result<T> result) const {
  if (result) {
    if constexpr (std::is_void_v<T>)
      return;
    else
      return *std::move(result);
  }
  failed_ = true;
  const StoreFailure failure(result.error());
  post_([failure] { throw failure; });  // a handler's caller may catch the one from here; nobody catches that from the loop
  throw failure;
}

Statement& SqliteRegistry::prepared(const std::string& sql) const {
  const auto at = statements_.find(sql);
  if (at != statements_.end()) return at->second;
  return statements_.emplace(sql, must(database_.prepare(sql.c_str()))).first->second;
}

std::vector<Row> SqliteRegistry::run(Statement& statement, const std::vector<Value>& values, std::size_t columns) const {
  std::vector<Row> rows;
  statement.reset();
  int at = 0;
  for (const auto& value : values) bind(statement, ++at, value);
  while (must(statement.step())) {
    Row row;
    for (std::size_t i = 0; i < columns; ++i) {
      const auto column = static_cast<int>(i);
      if (statement.is_text(column))
        row.emplace_back(std::string(statement.text(column)));
      else
        row.emplace_back(static_cast<std::int64_t>(statement.number(column)));
    }
    rows.push_back(std::move(row));
  }
  statement.reset();
  return rows;
}

std::optional<Row> SqliteRegistry::find(const Sheet& sheet, std::span<const Value> key) const {
  auto& statement = prepared("SELECT " + joined(sheet, sheet.columns.size()) + " FROM " + std::string(sheet.name) + " WHERE " +
                             conditions(sheet, key.size()));
  std::vector<Value> values{std::int64_t{site_.value}};
  values.insert(values.end(), key.begin(), key.end());
  auto rows = run(statement, values, sheet.columns.size());
  return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
}

std::vector<Row> SqliteRegistry::list(const Sheet& sheet, std::span<const Where> where, std::span<const Value> after,
                                      std::size_t limit, Sort sort) const {
  std::string sql = "SELECT " + joined(sheet, sheet.columns.size()) + " FROM " + std::string(sheet.name) + " WHERE site = ?";
  std::vector<Value> values{std::int64_t{site_.value}};
  for (const auto& one : where) {
    sql += " AND " + std::string(one.column) + " = ?";
    values.push_back(one.value);
  }
  if (!after.empty()) {
    sql += " AND (" + joined(sheet, after.size()) + (sort == Sort::up ? ") > (" : ") < (") + marks(after.size()) + ")";
    values.insert(values.end(), after.begin(), after.end());
  }
  sql += " ORDER BY " + joined(sheet, sheet.keys, sort == Sort::up ? "" : " DESC") + " LIMIT ?";
  values.emplace_back(static_cast<std::int64_t>(limit));
  return run(prepared(sql), values, sheet.columns.size());
}

std::int64_t SqliteRegistry::greatest(const Sheet& sheet, std::string_view column) const {
  auto& statement =
      prepared("SELECT coalesce(max(" + std::string(column) + "), 0) FROM " + std::string(sheet.name) + " WHERE site = ?");
  return std::get<std::int64_t>(run(statement, {std::int64_t{site_.value}}, 1).at(0).at(0));
}

void SqliteRegistry::change(const std::string& sql, const std::vector<Value>& values) {
  if (failed_) throw StoreFailure(WATTLE_FAIL(StoreErrc::failed));
  if (!std::exchange(open_, true)) must(database_.execute("BEGIN IMMEDIATE"));
  run(prepared(sql), values, 0);
  schedule();
}

void SqliteRegistry::put(const Sheet& sheet, const Row& row) {
  std::vector<Value> values{std::int64_t{site_.value}};
  values.insert(values.end(), row.begin(), row.end());
  std::string changes;
  for (std::size_t i = sheet.keys; i < sheet.columns.size(); ++i) {
    const std::string column(sheet.columns[i]);
    changes += std::string(changes.empty() ? "" : ", ") + column + " = excluded." + column;
  }
  change("INSERT INTO " + std::string(sheet.name) + " (site, " + joined(sheet, sheet.columns.size()) + ") VALUES (" +
             marks(values.size()) + ") ON CONFLICT (site, " + joined(sheet, sheet.keys) + ") DO " +
             (changes.empty() ? "NOTHING" : "UPDATE SET " + changes),
         values);
}

void SqliteRegistry::erase(const Sheet& sheet, std::span<const Value> key) {
  std::vector<Value> values{std::int64_t{site_.value}};
  values.insert(values.end(), key.begin(), key.end());
  change("DELETE FROM " + std::string(sheet.name) + " WHERE " + conditions(sheet, key.size()), values);
}

void SqliteRegistry::schedule() {
  if (std::exchange(scheduled_, true)) return;
  post_([this] { flush(); });
}

void SqliteRegistry::when_durable(std::function<void()> read) {
  if (!open_ && !failed_) return read();
  readers_.push_back(std::move(read));
}

void SqliteRegistry::flush() {
  scheduled_ = false;
  if (failed_) throw StoreFailure(WATTLE_FAIL(StoreErrc::failed));
  const auto readers = std::exchange(readers_, {});
  if (std::exchange(open_, false)) {
    const auto committed = database_.execute("COMMIT");
    if (!committed) {
      failed_ = true;
      throw StoreFailure(committed.error());
    }
  }
  for (const auto& read : readers) read();
}

Result<void> SqliteRegistry::back_up(const std::string& file, const std::string& path) {
  auto database = Database::open(file, Access::read_only);
  if (!database) return database.error();
  const auto part = path + ".part";
  std::error_code error;
  std::filesystem::remove(part, error);
  if (auto ok = make_folder_of(path); !ok) return ok;
  if (auto ok = database->execute(("VACUUM INTO " + quoted(part)).c_str()); !ok) return ok;
  if (auto ok = keep_private(part); !ok) return ok;
  auto copy = Database::open(part, Access::read_only);
  if (!copy) return copy.error();
  const auto verdict = copy->text("PRAGMA integrity_check(1)");
  if (!verdict) return verdict.error();
  if (*verdict != "ok") return WATTLE_FAIL(StoreErrc::corrupt);
  std::filesystem::rename(part, path, error);
  if (error) return WATTLE_FAIL(StoreErrc::io);
  return sync_folder_of(path);
}

Result<void> SqliteRegistry::end_sessions(const std::string& copy) {
  auto database = Database::open(copy, Access::read_write);
  if (!database) return database.error();
  return database->execute("DELETE FROM sessions");
}

}  // namespace wattle::cloud
