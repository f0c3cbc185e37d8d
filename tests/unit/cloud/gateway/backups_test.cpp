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
  std::vector<std::string> made;
  std::vector<std::string> failures;
  std::function<void()> meanwhile;
};

TEST_CASE("a backup is verified beside the loop, then what lies beside it is copied, then it is told") {
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

}  // namespace
