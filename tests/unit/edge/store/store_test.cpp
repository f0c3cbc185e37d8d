#include "edge/store/store.hpp"

#include <sqlite3.h>

#include <catch2/catch.hpp>

#include "tests/support/random_commits.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::test {

namespace {

const StreamId up = RandomCommits::streams()[1];

}  // namespace

TEST_CASE("a box's store makes its folder for its owner only") {
  Folder folder;
  const auto path = folder.path("var/wattle/ledger.db");
  REQUIRE(edge::open_store(path).has_value());
  CHECK(std::filesystem::exists(path));
  CHECK(std::filesystem::status(folder.path("var/wattle")).permissions() == std::filesystem::perms::owner_all);
  CHECK(edge::open_store("/proc/no/such/place/ledger.db").error() == StoreErrc::open);
}

TEST_CASE("who looks at a box's store makes nothing, changes nothing, and does not stand in the box's way") {
  Folder folder;
  const auto path = folder.path("ledger.db");
  CHECK_FALSE(edge::look_at_store(path).has_value());
  CHECK_FALSE(std::filesystem::exists(path));
  const auto store = edge::open_store(path);
  REQUIRE(store.has_value());
  REQUIRE((*store)->commit({AppendEntry{up, 1, RandomCommits(1).record(up, 1)}}).has_value());
  const auto seen = edge::look_at_store(path);
  REQUIRE(seen.has_value());
  CHECK((*seen)->head(up).number == 1);
  CHECK((*seen)->commit({AppendEntry{up, 2, RandomCommits(2).record(up, 2)}}).error() == StoreErrc::read_only);
}

TEST_CASE("a box's store needs less than 4 MB however long it writes and reads") {
  Folder folder;
  sqlite3_memory_highwater(1);
  auto store = edge::open_store(folder.path("ledger.db"));
  REQUIRE(store.has_value());
  constexpr std::uint64_t commits = 1500;
  constexpr std::uint64_t in_commit = 20;  // a polling sweep
  for (std::uint64_t round = 0; round < commits; ++round) {
    Commit commit;
    for (std::uint64_t number = round * in_commit + 1; number <= (round + 1) * in_commit; ++number)
      commit.push_back(AppendEntry{up, number, RandomCommits(number).record(up, number)});
    REQUIRE((*store)->commit(commit).has_value());
  }
  std::uint64_t read = 0;
  while ((*store)->entry(up, read + 1)) ++read;
  CHECK(read == commits * in_commit);
  CHECK(sqlite3_memory_highwater(0) < 4 * 1024 * 1024);
  CHECK(std::filesystem::file_size(folder.path("ledger.db-wal")) < 3 * 1024 * 1024);
}

}  // namespace wattle::test
