// Which backups a site may be set back to: none from before a fence, a promise to a box, or of a time that was set aside.

#include "cloud/gateway/restorable.hpp"

#include <catch2/catch.hpp>

#include "cloud/gateway/errors.hpp"
#include "shared/sync/link.hpp"
#include "tests/support/memory_store.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::cloud {
namespace {

constexpr SiteId the_site{1};
constexpr Holder the_box{{7}, {0xc41e}};

/// A store with so many entries of the box, and so many of the cloud's agreed.
void fill(wattle::test::MemoryStore& store, std::uint64_t up, std::uint64_t agreed, bool fenced = false) {
  Commit commit;
  for (std::uint64_t number = 1; number <= up; ++number)
    commit.push_back(AppendEntry{{the_site, the_box, Direction::up}, number, {Bytes{1}, {}, {}}});
  LinkRow row;
  row.agreed = agreed;
  row.fenced = fenced;
  commit.push_back(PutRow{Table::link, to_bytes(the_box), to_bytes(row)});
  REQUIRE(store.commit(commit).has_value());
}

TEST_CASE("a store that lacks what boxes were told they need not keep is refused") {
  test::Folder folder;
  auto lists = *ListsFile::load(folder.path("lists"));
  REQUIRE(lists.promise({{the_box, 5, 3}}).has_value());
  REQUIRE(lists.promise({{the_box, 4, 9}}).has_value());
  REQUIRE(lists.promises().size() == 1);
  CHECK(lists.promises()[0].up_cursor == 5);
  CHECK(lists.promises()[0].down_agreed == 9);
  wattle::test::MemoryStore enough;
  fill(enough, 5, 9);
  CHECK(may_go_on(enough, the_site, lists).has_value());
  wattle::test::MemoryStore fewer_of_the_box;
  fill(fewer_of_the_box, 4, 9);
  CHECK(may_go_on(fewer_of_the_box, the_site, lists).error() == make_error_code(GatewayErrc::older_than_promised));
  wattle::test::MemoryStore fewer_of_ours;
  fill(fewer_of_ours, 5, 8);
  CHECK(may_go_on(fewer_of_ours, the_site, lists).error() == make_error_code(GatewayErrc::older_than_promised));
  wattle::test::MemoryStore empty;
  CHECK(may_go_on(empty, the_site, lists).error() == make_error_code(GatewayErrc::older_than_promised));
  wattle::test::MemoryStore fenced;  // at a cut below what was promised while it lived
  fill(fenced, 5, 8, true);
  CHECK(may_go_on(fenced, the_site, lists).has_value());
}

TEST_CASE("a store from before a listed fence is refused") {
  test::Folder folder;
  auto lists = *ListsFile::load(folder.path("lists"));
  REQUIRE(lists.add_fence(the_box).has_value());
  wattle::test::MemoryStore before;
  fill(before, 5, 9);
  CHECK(may_be_restored(before, the_site, {}, lists).error() == make_error_code(GatewayErrc::older_than_fence));
  wattle::test::MemoryStore after;
  fill(after, 5, 9, true);
  CHECK(may_be_restored(after, the_site, {}, lists).has_value());
}

TEST_CASE("a backup of a time that a restore has set aside is refused, those before and after it are not") {
  test::Folder folder;
  const auto path = folder.path("lists");
  {
    auto lists = *ListsFile::load(path);
    REQUIRE(lists.add(Restore{{100}, {300}}).has_value());
  }
  const auto lists = *ListsFile::load(path);
  REQUIRE(lists.restores() == std::vector<Restore>{{{100}, {300}}});
  wattle::test::MemoryStore store;
  for (const auto made : {Instant{50}, Instant{100}, Instant{300}, Instant{301}})
    CHECK(may_be_restored(store, the_site, made, lists).has_value());
  for (const auto made : {Instant{101}, Instant{299}})
    CHECK(may_be_restored(store, the_site, made, lists).error() == make_error_code(GatewayErrc::ended_branch));
}

}  // namespace
}  // namespace wattle::cloud
