#include "shared/store/schema.hpp"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "shared/store/ledger_store.hpp"
#include "tests/support/random_commits.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::test {

namespace {

const StreamId upward = RandomCommits::streams()[1];

void run(const std::string& path, const char* sql) {
  auto database = Database::open(path, Access::read_write);
  REQUIRE(database.has_value());
  REQUIRE(database->execute(sql).has_value());
}

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void make_store(const std::string& path, std::uint64_t entries) {
  auto store = LedgerStore::open(path, {});
  REQUIRE(store.has_value());
  Commit commit;
  for (std::uint64_t number = 1; number <= entries; ++number)
    commit.push_back(AppendEntry{upward, number, RandomCommits(number).record(upward, number)});
  REQUIRE((*store)->commit(commit).has_value());
}

void overwrite(const std::string& path, std::streamoff from, std::size_t size) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(from);
  file << std::string(size, '\x5a');
  REQUIRE(file.good());
}

}  // namespace

TEST_CASE("a new file says whose it is and which version") {
  Folder folder;
  make_store(folder.path("ledger.db"), 1);
  auto database = Database::open(folder.path("ledger.db"), Access::read_only);
  REQUIRE(database.has_value());
  CHECK(database->number("PRAGMA application_id").value() == store_application_id);
  CHECK(database->number("PRAGMA user_version").value() == schema_version());
  CHECK(database->text("PRAGMA journal_mode").value() == "wal");
}

TEST_CASE("a later version and another program's file are refused and not touched") {
  Folder folder;
  const auto path = folder.path("ledger.db");
  SECTION("later version") {
    make_store(path, 3);
    run(path, "PRAGMA user_version = 1000");
  }
  SECTION("another program") { run(path, "CREATE TABLE songs (title TEXT)"); }
  SECTION("another program with an id") { run(path, "PRAGMA application_id = 5; CREATE TABLE songs (title TEXT)"); }
  const auto before = content(path);
  for (const auto access : {Access::read_write, Access::read_only}) {
    StoreOptions options;
    options.access = access;
    const auto store = LedgerStore::open(path, options);
    REQUIRE(store.has_error());
    CHECK(store.error() == StoreErrc::schema);
    CHECK(store.error().message().starts_with("store.schema: the file was made by a later version"));
  }
  CHECK(content(path) == before);
}

TEST_CASE("reading needs a store that is there and of this version") {
  Folder folder;
  StoreOptions reading;
  reading.access = Access::read_only;
  CHECK(LedgerStore::open(folder.path("none.db"), reading).error() == StoreErrc::open);
  run(folder.path("empty.db"), "PRAGMA journal_mode = WAL");
  CHECK(LedgerStore::open(folder.path("empty.db"), reading).error() == StoreErrc::schema);
  CHECK(LedgerStore::open(folder.path("no/such/folder.db"), {}).error() == StoreErrc::open);
}

TEST_CASE("a file that is no database is corrupt") {
  Folder folder;
  std::ofstream(folder.path("ledger.db")) << std::string(8192, 'x');
  CHECK(LedgerStore::open(folder.path("ledger.db"), {}).error() == StoreErrc::corrupt);
}

TEST_CASE("a damaged page is store.corrupt, never a missing entry") {
  Folder folder;
  const auto path = folder.path("ledger.db");
  make_store(path, 2000);
  const auto size = std::filesystem::file_size(path);
  overwrite(path, static_cast<std::streamoff>(size / 2 / 4096 * 4096), 4096 * 4);
  auto store = LedgerStore::open(path, {});
  REQUIRE(store.has_value());
  std::uint64_t found = 0;
  Error error;
  try {
    while ((*store)->entry(upward, found + 1)) ++found;
  } catch (const StoreFailure& failure) {
    error = failure.code();
  }
  CHECK(found > 0);
  CHECK(found < 2000);
  CHECK(error == StoreErrc::corrupt);
  CHECK((*store)->commit({PutRow{Table::box, {1}, {1}}}).error() == StoreErrc::failed);
}

}  // namespace wattle::test
