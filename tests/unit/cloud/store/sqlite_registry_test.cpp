// The registry on a real file: durable when it says so, apart for each site, brought up to date, copied.

#include "cloud/store/sqlite_registry.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "cloud/store/accounts.hpp"
#include "cloud/store/registry_schema.hpp"

namespace wattle::cloud {
namespace {

struct Folder {
  Folder() { std::filesystem::remove_all(path), std::filesystem::create_directories(path); }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file(const char* name) const { return (path / name).string(); }
  std::filesystem::path path = std::filesystem::temp_directory_path() / ("wattle-registry-" + std::to_string(::getpid()));
};

struct Jobs {
  SqliteRegistry::Post post() {
    return [this](std::function<void()> job) { waiting.push_back(std::move(job)); };
  }
  void run() {
    for (const auto& job : std::exchange(waiting, {})) job();
  }
  std::vector<std::function<void()>> waiting;
};

TEST_CASE("many changes are one transaction, and readers wait for it") {
  Folder folder;
  Jobs jobs;
  auto registry = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
  bool durable = false;
  registry->when_durable([&] { durable = true; });
  CHECK(durable);
  durable = false;
  put(*registry, Building{1, "One", "", 1});
  put(*registry, Building{2, "Two", "", 1});
  registry->when_durable([&] { durable = true; });
  CHECK_FALSE(durable);
  CHECK(find<Building>(*registry, {std::int64_t{2}})->name == "Two");
  CHECK(jobs.waiting.size() == 1);
  const auto other = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
  CHECK_FALSE(find<Building>(*other, {std::int64_t{2}}).has_value());
  jobs.run();
  CHECK(durable);
  CHECK(find<Building>(*other, {std::int64_t{2}})->name == "Two");
}

TEST_CASE("what is in the file is there in the next life, and each site has its own") {
  Folder folder;
  Jobs jobs;
  {
    auto registry = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
    put(*registry, Building{1, "O'Neill \"Hall\" 东三", "x", 7});
    jobs.run();
  }
  const auto again = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
  CHECK(find<Building>(*again, {std::int64_t{1}})->name == "O'Neill \"Hall\" 东三");
  CHECK(find<Building>(*again, {std::int64_t{1}})->version == 7);
  const auto foreign = SqliteRegistry::open(folder.file("r.sqlite"), {2}, jobs.post()).value();
  CHECK_FALSE(find<Building>(*foreign, {std::int64_t{1}}).has_value());
}

TEST_CASE("lists go by key, up and down, behind a place") {
  Jobs jobs;
  auto registry = SqliteRegistry::open(":memory:", {1}, jobs.post()).value();
  for (std::int64_t i = 1; i <= 5; ++i) put(*registry, Floor{i, 1 + i % 2, i, "", 1});
  const std::vector<Value> behind{std::int64_t{2}};
  CHECK(registry->list(sheet<Floor>(), {}, behind, 2, Sort::up).front().front() == Value(std::int64_t{3}));
  CHECK(registry->list(sheet<Floor>(), {}, behind, 9, Sort::down).size() == 1);
  CHECK(list<Floor>(*registry, {{"building", std::int64_t{2}}}, 9).size() == 3);
  registry->erase(sheet<Floor>(), behind);
  CHECK(list<Floor>(*registry, {}, 9, Sort::down).size() == 4);
  CHECK(list<Floor>(*registry, {}, 1, Sort::down).front().floor == 5);
}

TEST_CASE("every sheet of the program has its table") {
  Jobs jobs;
  auto registry = SqliteRegistry::open(":memory:", {1}, jobs.post()).value();
  CHECK(list<Building>(*registry, {}, 1).empty());
  CHECK(list<Floor>(*registry, {}, 1).empty());
  CHECK(list<RoomRecord>(*registry, {}, 1).empty());
  CHECK(list<MeterRecord>(*registry, {}, 1).empty());
  CHECK(list<SlotRecord>(*registry, {}, 1).empty());
  CHECK(list<Person>(*registry, {}, 1).empty());
  CHECK(list<Stay>(*registry, {}, 1).empty());
  CHECK(list<User>(*registry, {}, 1).empty());
  CHECK(list<Session>(*registry, {}, 1).empty());
  CHECK(list<Operation>(*registry, {}, 1).empty());
}

TEST_CASE("a file that is none of ours is left alone") {
  Folder folder;
  Jobs jobs;
  std::ofstream(folder.file("text")) << "This is no database, but long enough to be taken for the header of one.";
  CHECK(SqliteRegistry::open(folder.file("text"), {1}, jobs.post()).error() == make_error_code(StoreErrc::corrupt));
  {
    auto foreign = Database::open(folder.file("foreign"), Access::read_write).value();
    CHECK(foreign.execute("CREATE TABLE t (x); PRAGMA user_version = 1").has_value());
  }
  CHECK(SqliteRegistry::open(folder.file("foreign"), {1}, jobs.post()).error() == make_error_code(StoreErrc::schema));
}

TEST_CASE("who only reads leaves the file of the version that it has") {
  Folder folder;
  Jobs jobs;
  {
    auto registry = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
    User admin;
    admin.user = "admin";
    put(*registry, admin);
    registry->flush();
  }
  auto older = Database::open(folder.file("r.sqlite"), Access::read_write).value();
  for (const char* column : {"role", "utility", "floor", "circuit"})
    REQUIRE(older.execute(("ALTER TABLE meters DROP COLUMN " + std::string(column)).c_str()).has_value());
  REQUIRE(older.execute("PRAGMA user_version = 1").has_value());
  {
    const auto read = SqliteRegistry::open_to_read(folder.file("r.sqlite"), {1}).value();
    CHECK(find<User>(*read, {std::string("admin")}));
    CHECK(list<Operation>(*read, {}, 1).empty());
    CHECK_THROWS_AS(put(*read, Building{1, "One", "", 1}), StoreFailure);
  }
  CHECK(older.number("PRAGMA user_version").value() == 1);
  REQUIRE(older.execute(("PRAGMA user_version = " + std::to_string(registry_schema_version() + 1)).c_str()).has_value());
  CHECK(SqliteRegistry::open_to_read(folder.file("r.sqlite"), {1}).error() == make_error_code(StoreErrc::schema));
  CHECK_FALSE(SqliteRegistry::open_to_read(folder.file("none.sqlite"), {1}));
  CHECK_FALSE(std::filesystem::exists(folder.file("none.sqlite")));
}

TEST_CASE("a copy holds what was written before it, beside the one that goes on writing") {
  Folder folder;
  Jobs jobs;
  auto registry = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
  put(*registry, Building{1, "One", "", 1});
  registry->flush();
  put(*registry, Building{2, "Two", "", 1});  // not durable yet
  REQUIRE(SqliteRegistry::back_up(folder.file("r.sqlite"), folder.file("it's a copy.sqlite")).has_value());
  for (const auto* name : {"r.sqlite", "it's a copy.sqlite"})
    CHECK(std::filesystem::status(folder.file(name)).permissions() ==
          (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
  const auto copy = SqliteRegistry::open(folder.file("it's a copy.sqlite"), {1}, jobs.post()).value();
  CHECK(find<Building>(*copy, {std::int64_t{1}})->name == "One");
  CHECK_FALSE(find<Building>(*copy, {std::int64_t{2}}));
  registry->flush();
  CHECK(registry->greatest(sheet<Building>(), "building") == 2);
  CHECK(registry->greatest(sheet<Floor>(), "floor") == 0);
}

TEST_CASE("a copy that is restored has nobody logged in, and all else") {
  Folder folder;
  Jobs jobs;
  auto registry = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
  put(*registry, Building{1, "One", "", 1});
  Session session;
  session.session = "s1";
  session.user = "lin";
  put(*registry, session);
  registry->flush();
  REQUIRE(SqliteRegistry::back_up(folder.file("r.sqlite"), folder.file("copy.sqlite")).has_value());
  REQUIRE(SqliteRegistry::end_sessions(folder.file("copy.sqlite")).has_value());
  const auto copy = SqliteRegistry::open(folder.file("copy.sqlite"), {1}, jobs.post()).value();
  CHECK(find<Building>(*copy, {std::int64_t{1}}));
  CHECK_FALSE(find<Session>(*copy, {std::string("s1")}));
  CHECK(find<Session>(*registry, {std::string("s1")}));
}

TEST_CASE("after a failure nothing is said to be durable any more") {
  Folder folder;
  Jobs jobs;
  auto registry = SqliteRegistry::open(folder.file("r.sqlite"), {1}, jobs.post()).value();
  const Sheet missing{"nowhere", {"x"}, 1};
  CHECK_THROWS_AS(registry->list(missing, {}, {}, 1, Sort::up), StoreFailure);
  bool durable = false;
  registry->when_durable([&] { durable = true; });
  CHECK_THROWS_AS(put(*registry, Building{1, "One", "", 1}), StoreFailure);
  CHECK_THROWS_AS(jobs.run(), StoreFailure);
  CHECK_FALSE(durable);
}

}  // namespace
}  // namespace wattle::cloud
