#include "shared/store/schema.hpp"

#include <array>

namespace wattle {

namespace {

// Migration n leads from version n to n + 1. One that was ever released is never changed.
//
// entries: kind, room and outside repeat what stands in bytes, for queries; they are NULL where this program could not read the
// entry. Outside ids are not unique here: a box that forgot mints the same sale again after the first was set aside, and which
// entries count is the core's to say. listed: evidence that counts nowhere, in the order in which it came.
constexpr std::array migrations = {
    R"sql(
CREATE TABLE entries (
  site INTEGER NOT NULL, edge INTEGER NOT NULL, incarnation INTEGER NOT NULL, direction INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  kind INTEGER, room INTEGER, outside TEXT,
  bytes BLOB NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  signature BLOB CHECK (length(signature) = 64),
  PRIMARY KEY (site, edge, incarnation, direction, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_outside ON entries (site, outside) WHERE outside IS NOT NULL;

CREATE TABLE listed (
  id INTEGER PRIMARY KEY,
  site INTEGER NOT NULL, edge INTEGER NOT NULL, incarnation INTEGER NOT NULL, direction INTEGER NOT NULL,
  number INTEGER NOT NULL CHECK (number > 0),
  kind INTEGER, room INTEGER, outside TEXT,
  bytes BLOB NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32),
  signature BLOB CHECK (length(signature) = 64)
) STRICT;
CREATE INDEX listed_stream ON listed (site, edge, incarnation, direction, id);

CREATE TABLE rows (
  tbl INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (tbl, key)
) STRICT, WITHOUT ROWID;
)sql",
};

Result<void> migrate(Database& database, std::size_t from) {
  const auto version = "PRAGMA user_version = " + std::to_string(from + 1);
  const auto application = "PRAGMA application_id = " + std::to_string(store_application_id);
  for (const char* sql : {"BEGIN IMMEDIATE", migrations[from], version.c_str(), application.c_str(), "COMMIT"}) {
    if (auto ok = database.execute(sql); !ok) return ok;
  }
  return {};
}

/// The file's version; 0 for a file without tables.
Result<std::int64_t> version_of(Database& database) {
  const auto application = database.number("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  if (*application == 0 && *version == 0 && *tables == 0) return 0;
  const bool ours = *application == store_application_id && *version > 0 && *version <= schema_version();
  if (!ours) return WATTLE_FAIL(StoreErrc::schema);
  return *version;
}

}  // namespace

std::int64_t schema_version() { return static_cast<std::int64_t>(migrations.size()); }

Result<void> bring_up_to_date(Database& database) {
  const auto version = version_of(database);
  if (!version) return version.error();
  for (auto from = static_cast<std::size_t>(*version); from < migrations.size(); ++from)
    if (auto ok = migrate(database, from); !ok) return ok;
  return {};
}

Result<void> check_schema(Database& database, Access access) {
  const auto version = version_of(database);
  if (!version) return version.error();
  if (access == Access::read_only && *version != schema_version()) return WATTLE_FAIL(StoreErrc::schema);
  return {};
}

}  // namespace wattle
