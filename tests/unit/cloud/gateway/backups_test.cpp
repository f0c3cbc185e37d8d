// Copies of the store, made between the loop's other work and verified beside it.

#include "cloud/gateway/backups.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "cloud/store/store.hpp"
#include "shared/io/clock.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

struct World {
  World() : store(open_store(folder.path("site.sqlite")).value()) {
    REQUIRE(store->commit({PutRow{Table::site, {1}, {2}}}).has_value());
  }
  Backups::Hooks hooks() {
    return {[this](const std::string& path) {
              beside.push_back({path, std::this_thread::get_id()});
              named_before = named_before || std::filesystem::exists(path);
              if (on_beside) on_beside(path);
              return copied_beside;
            },
            [this](const std::string& path) {
              made.push_back(path);
              if (made.size() == 1 && meanwhile) meanwhile();
            },
            [this](const Error& error) { failures.push_back(error.message()); }};
  }
  void run_until(const std::function<bool()>& done) {
    for (int tries = 0; tries < 1000 && !done(); ++tries) {
      loop.restart();
      loop.run_one_for(std::chrono::milliseconds(10));
    }
    REQUIRE(done());
  }

  test::Folder folder;
  boost::asio::io_context loop;
  std::unique_ptr<LedgerStore> store;
  std::vector<std::pair<std::string, std::thread::id>> beside;
  Result<void> copied_beside;
  std::function<void(const std::string&)> on_beside;
  bool named_before = false;
  std::vector<std::string> made;
  std::vector<std::string> failures;
  std::function<void()> meanwhile;
};

TEST_CASE("a backup is verified beside the loop, then what lies beside it is copied, then it gets its name and is told") {
  World world;
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 2}, *world.store, world.hooks());
  std::optional<std::string> path;
  backups.make([&](Result<std::string> outcome) {
    REQUIRE(outcome.has_value());
    CHECK(world.made.size() == 1);
    path = *outcome;
  });
  world.run_until([&] { return path.has_value(); });
  CHECK(verify_backup(*path).has_value());
  CHECK(world.made == std::vector{*path});
  REQUIRE(world.beside.size() == 1);
  CHECK(world.beside[0].first == *path);
  CHECK(world.beside[0].second != std::this_thread::get_id());
  CHECK_FALSE(world.named_before);
  CHECK(world.failures.empty());
}

TEST_CASE("who waits for a backup is told of that one, although the next has begun meanwhile") {
  World world;
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8}, *world.store, world.hooks());
  world.meanwhile = [&] { backups.make_soon(); };
  std::vector<std::string> told;
  backups.make([&](Result<std::string> outcome) { told.push_back(outcome.value()); });
  world.run_until([&] { return world.made.size() == 2; });
  CHECK(told == std::vector{world.made[0]});
  CHECK(world.made[0] != world.made[1]);
}

TEST_CASE("a backup that is asked for while another is verified begins after it") {
  World world;
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8}, *world.store, world.hooks());
  std::vector<std::string> told;
  const auto tell = [&](Result<std::string> outcome) { told.push_back(outcome.value()); };
  backups.make(tell);
  backups.make(tell);
  backups.make(tell);
  world.run_until([&] { return told.size() == 3; });
  CHECK(told[0] != told[1]);
  CHECK(told[1] == told[2]);
  CHECK(backup_files(world.folder.path("backups")).size() == 2);
}

TEST_CASE("the newest backup stays and is the last by name, though the clock has been set back since the others") {
  World world;
  const auto ahead = std::to_string((wall_clock() + days(1)).micros);
  std::filesystem::create_directories(world.folder.path("backups"));
  for (const char* last : {"1", "2"})
    std::ofstream(world.folder.path("backups/wattle-0" + ahead.substr(0, ahead.size() - 1) + last + ".sqlite"));
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 2}, *world.store, world.hooks());
  std::vector<std::string> told;
  const auto tell = [&](Result<std::string> outcome) { told.push_back(outcome.value()); };
  for (std::size_t made = 1; made <= 2; ++made) {
    backups.make(tell);
    world.run_until([&] { return told.size() == made; });
    const auto files = backup_files(world.folder.path("backups"));
    REQUIRE(files.size() == 2);
    CHECK(files.back() == told.back());
  }
  CHECK(backup_files(world.folder.path("backups")) == told);
}

TEST_CASE("no backup bears a time that a restore has ended") {
  World world;
  const auto at = wall_clock() + days(1);
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8, at}, *world.store, world.hooks());
  std::optional<std::string> path;
  backups.make([&](Result<std::string> outcome) { path = outcome.value(); });
  world.run_until([&] { return path.has_value(); });
  CHECK(backup_time(*path) == at);
}

TEST_CASE("after a stop nobody is told any more") {
  World world;
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8}, *world.store, world.hooks());
  backups.make_soon();
  backups.stop();
  world.loop.run();
  CHECK(world.made.empty());
  CHECK(world.failures.empty());
}

/// A store with a page that is none, which daily work does not read: its copy is whole, and not sound.
std::unique_ptr<LedgerStore> open_broken_store(const std::string& path) {
  constexpr std::uintmax_t page = 4096;
  {
    const auto store = open_store(path).value();
    for (std::uint8_t row = 0; row < 100; ++row)
      REQUIRE(store->commit({PutRow{Table::site, {9, row}, Bytes(1000, row)}}).has_value());
    REQUIRE(store->checkpoint().has_value());
  }
  const auto pages = std::filesystem::file_size(path) / page;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>((pages - 2) * page));
  file << std::string(page, '\xff');
  file.close();
  return open_store(path).value();
}

std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& item : std::filesystem::directory_iterator(folder)) names.push_back(item.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE("what an earlier process left of a copy goes when the next one begins; nothing else does") {
  World world;
  const auto folder = world.folder.path("backups");
  std::filesystem::create_directories(folder);
  for (const char* left : {"wattle-00000000000000001.sqlite.part", "wattle-00000000000000001.sqlite.part-journal",
                           "registry-00000000000000001.sqlite.part", "claims-and-fences", "other.sqlite.part"})
    std::ofstream(std::filesystem::path(folder) / left) << "left";
  Backups backups(world.loop, {folder, hours(6), 8}, *world.store, world.hooks());
  backups.make_soon();
  world.run_until([&] { return !world.made.empty(); });
  CHECK(names_in(folder) == std::vector<std::string>{"claims-and-fences", "other.sqlite.part",
                                                     std::filesystem::path(world.made[0]).filename().string()});
}

TEST_CASE("of a copy that is not sound nothing stays, also when it is tried again and again") {
  World world;
  world.store = open_broken_store(world.folder.path("broken.sqlite"));
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8}, *world.store, world.hooks());
  for (std::size_t tries = 1; tries <= 3; ++tries) {
    backups.make_soon();
    world.run_until([&] { return world.failures.size() == tries; });
    CHECK(names_in(world.folder.path("backups")).empty());
  }
  CHECK(world.made.empty());
}

TEST_CASE("of a copy that is broken off by a stop nothing stays") {
  World world;
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8}, *world.store, world.hooks());
  backups.make_soon();
  REQUIRE(names_in(world.folder.path("backups")).size() == 1);
  backups.stop();
  CHECK(names_in(world.folder.path("backups")).empty());
}

TEST_CASE("a backup that fails again and again is tried more and more rarely") {
  CHECK(again_after(1) == seconds(30));
  CHECK(again_after(2) == minutes(1));
  CHECK(again_after(6) == minutes(16));
  CHECK(again_after(7) == minutes(30));
  CHECK(again_after(1000) == minutes(30));
}

std::string put_backup_of(World& world, Instant at) {
  const auto folder = world.folder.path("backups");
  std::filesystem::create_directories(folder);
  const auto digits = std::to_string(at.micros);
  const auto path = folder + "/wattle-" + std::string(17 - digits.size(), '0') + digits + ".sqlite";
  std::ofstream(path) << "a backup";
  return path;
}

TEST_CASE("the first backup of a process is due by the newest one there is, not by when the process began") {
  World world;
  std::optional<Duration> age;
  bool due = false;
  SECTION("none yet") { due = true; }
  SECTION("an old one") { age = hours(25), due = true; }
  SECTION("one that is nearly old enough") { age = Duration{hours(24).micros - milliseconds(50).micros}, due = true; }
  SECTION("a young one") { age = hours(23); }
  SECTION("one from before the clock was set back") { age = days(-300); }
  if (age) put_backup_of(world, wall_clock() - *age);
  Backups backups(world.loop, {world.folder.path("backups"), hours(24), 8}, *world.store, world.hooks());
  backups.start();
  if (due) {
    world.run_until([&] { return !world.made.empty(); });
  } else {
    world.loop.run_for(std::chrono::milliseconds(100));
    CHECK(world.made.empty());
    CHECK(names_in(world.folder.path("backups")).size() == 1);
  }
  backups.stop();
}

TEST_CASE("after the first backup of a process the next are made on the timetable") {
  World world;
  put_backup_of(world, wall_clock() - hours(1));
  Backups backups(world.loop, {world.folder.path("backups"), milliseconds(50), 8}, *world.store, world.hooks());
  backups.start();
  world.run_until([&] { return world.made.size() == 3; });
  backups.stop();
}

TEST_CASE("where what lies beside it cannot be copied, there is no backup") {
  World world;
  world.copied_beside = WATTLE_FAIL(StoreErrc::full);
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8}, *world.store, world.hooks());
  Result<std::string> told = std::string();
  bool answered = false;
  backups.make([&](Result<std::string> outcome) {
    told = std::move(outcome);
    answered = true;
  });
  world.run_until([&] { return answered; });
  CHECK(told.error() == StoreErrc::full);
  CHECK(world.failures.size() == 1);
  CHECK(world.made.empty());
  CHECK(names_in(world.folder.path("backups")).empty());
}

TEST_CASE("a registry's copy whose store's copy got no name does not stay") {
  World world;
  world.on_beside = [](const std::string& path) {
    std::ofstream(registry_backup_of(path)) << "a registry";
    std::filesystem::remove(path + ".part");  // so that there is nothing to be named
  };
  Backups backups(world.loop, {world.folder.path("backups"), hours(6), 8}, *world.store, world.hooks());
  backups.make_soon();
  world.run_until([&] { return world.failures.size() == 1; });
  CHECK(names_in(world.folder.path("backups")).empty());
}

TEST_CASE("a registry's copy has its backup's name, whatever that is") {
  CHECK(registry_backup_of("b/wattle-17.sqlite") == "b/registry-17.sqlite");
  CHECK(registry_backup_of("b/x") == "b/registry-x");
}

}  // namespace
