#include "cloud/store/registry_schema.hpp"

#include <array>
#include <optional>
#include <string>

namespace wattle::cloud {
namespace {

// Migration n leads from version n to n + 1. One that was ever released is never changed.
constexpr std::array migrations = {
    R"sql(
CREATE TABLE buildings (site INTEGER NOT NULL, building INTEGER NOT NULL, name TEXT NOT NULL, notes TEXT NOT NULL,
  version INTEGER NOT NULL, PRIMARY KEY (site, building)) STRICT, WITHOUT ROWID;

CREATE TABLE floors (site INTEGER NOT NULL, floor INTEGER NOT NULL, building INTEGER NOT NULL, level INTEGER NOT NULL,
  name TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (site, floor)) STRICT, WITHOUT ROWID;
CREATE INDEX floors_building ON floors (site, building);

CREATE TABLE rooms (site INTEGER NOT NULL, room INTEGER NOT NULL, name TEXT NOT NULL, building INTEGER NOT NULL,
  floor INTEGER NOT NULL, beds INTEGER NOT NULL, notes TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (site, room)) STRICT, WITHOUT ROWID;
CREATE INDEX rooms_building ON rooms (site, building);

CREATE TABLE meters (site INTEGER NOT NULL, meter INTEGER NOT NULL, building INTEGER NOT NULL, model TEXT NOT NULL,
  place TEXT NOT NULL, notes TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (site, meter)) STRICT, WITHOUT ROWID;
CREATE INDEX meters_building ON meters (site, building);

CREATE TABLE slots (site INTEGER NOT NULL, edge INTEGER NOT NULL, name TEXT NOT NULL, building INTEGER NOT NULL,
  notes TEXT NOT NULL, version INTEGER NOT NULL, PRIMARY KEY (site, edge)) STRICT, WITHOUT ROWID;

CREATE TABLE people (site INTEGER NOT NULL, person INTEGER NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
  sealed_id TEXT NOT NULL, id_mark TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (site, person)) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX people_id ON people (site, id_mark) WHERE id_mark <> '';

CREATE TABLE stays (site INTEGER NOT NULL, room INTEGER NOT NULL, person INTEGER NOT NULL, since INTEGER NOT NULL,
  until INTEGER NOT NULL, PRIMARY KEY (site, room, person, since)) STRICT, WITHOUT ROWID;
CREATE INDEX stays_person ON stays (site, person, until);

CREATE TABLE users (site INTEGER NOT NULL, user TEXT NOT NULL, role TEXT NOT NULL, person INTEGER NOT NULL,
  disabled INTEGER NOT NULL, password TEXT NOT NULL, version INTEGER NOT NULL,
  PRIMARY KEY (site, user)) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (site INTEGER NOT NULL, session TEXT NOT NULL, user TEXT NOT NULL, access TEXT NOT NULL,
  access_until INTEGER NOT NULL, refresh TEXT NOT NULL, refresh_until INTEGER NOT NULL, started INTEGER NOT NULL,
  address TEXT NOT NULL, PRIMARY KEY (site, session)) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_access ON sessions (site, access);
CREATE INDEX sessions_user ON sessions (site, user);

CREATE TABLE operations (site INTEGER NOT NULL, number INTEGER NOT NULL, time INTEGER NOT NULL, who TEXT NOT NULL,
  role TEXT NOT NULL, address TEXT NOT NULL, method TEXT NOT NULL, path TEXT NOT NULL, status INTEGER NOT NULL,
  made TEXT NOT NULL, reason TEXT NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (site, number)) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
ALTER TABLE meters ADD COLUMN role TEXT NOT NULL DEFAULT 'sub';
ALTER TABLE meters ADD COLUMN utility TEXT NOT NULL DEFAULT 'electricity';
ALTER TABLE meters ADD COLUMN floor INTEGER NOT NULL DEFAULT 0;
ALTER TABLE meters ADD COLUMN circuit INTEGER NOT NULL DEFAULT 0;
)sql",
};

Result<void> migrate(Database& database, std::size_t from) {
  const auto version = "PRAGMA user_version = " + std::to_string(from + 1);
  const auto application = "PRAGMA application_id = " + std::to_string(registry_application_id);
  for (const char* sql : {"BEGIN IMMEDIATE", migrations[from], version.c_str(), application.c_str(), "COMMIT"})
    if (auto ok = database.execute(sql); !ok) return ok;
  return {};
}

/// None: neither empty nor one of ours that this program can read.
Result<std::optional<std::int64_t>> version_of_registry(Database& database) {
  const auto application = database.number("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version.error();
  const auto tables = database.number("SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  const bool empty = *application == 0 && *version == 0 && *tables == 0;
  const bool ours = *application == registry_application_id && *version > 0 && *version <= registry_schema_version();
  return empty || ours ? std::optional(*version) : std::nullopt;
}

}  // namespace

std::int64_t registry_schema_version() { return static_cast<std::int64_t>(migrations.size()); }

Result<void> check_registry_schema(Database& database) {
  const auto version = version_of_registry(database);
  if (!version) return version.error();
  return version->value_or(0) > 0 ? Result<void>() : WATTLE_FAIL(StoreErrc::schema);
}

Result<void> bring_registry_up_to_date(Database& database) {
  const auto version = version_of_registry(database);
  if (!version) return version.error();
  if (!version->has_value()) return WATTLE_FAIL(StoreErrc::schema);
  for (auto from = static_cast<std::size_t>(**version); from < migrations.size(); ++from)
    if (auto ok = migrate(database, from); !ok) return ok;
  return {};
}

}  // namespace wattle::cloud
