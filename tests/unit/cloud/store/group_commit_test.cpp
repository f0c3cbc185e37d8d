#include "cloud/store/group_commit.hpp"

#include <catch2/catch.hpp>

#include "cloud/store/store.hpp"
#include "tests/support/random_commits.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::test {

namespace {

const StreamId upward = RandomCommits::streams()[1];

cloud::Send send(std::uint8_t what) { return {{}, {what}, {}}; }

cloud::Effects event(std::uint64_t number) {
  const Commit commit = {AppendEntry{upward, number, RandomCommits(number).record(upward, number)}};
  return {cloud::Persist{commit}, send(static_cast<std::uint8_t>(number)), cloud::Raise{}};
}

}  // namespace

TEST_CASE("the effects of many events leave after one commit, in the order of the events") {
  Folder folder;
  auto store = std::move(*cloud::open_store(folder.path("site.db")));
  cloud::GroupCommit group(*store);
  CHECK(group.empty());
  group.add(event(1));
  group.add({send(9)});  // an event that wrote nothing waits for those before it
  group.add(event(2));
  CHECK_FALSE(group.empty());
  CHECK(store->head(upward).number == 0);
  const auto effects = group.flush();
  REQUIRE(effects.has_value());
  CHECK(store->head(upward).number == 2);
  CHECK(group.empty());
  Bytes sent;
  for (const auto& effect : *effects) {
    CHECK_FALSE(std::holds_alternative<cloud::Persist>(effect));
    if (const auto* message = std::get_if<cloud::Send>(&effect)) sent.push_back(message->bytes.at(0));
  }
  CHECK(sent == Bytes{1, 9, 2});
  CHECK(effects->size() == 5);
}

TEST_CASE("of the statuses of one session the last one leaves, at its place") {
  Folder folder;
  auto store = std::move(*cloud::open_store(folder.path("site.db")));
  cloud::GroupCommit group(*store);
  const auto status = [](std::uint32_t edge, std::uint8_t what, std::uint64_t session) {
    return cloud::Send{{{edge}, {}}, {what}, {}, session};
  };
  group.add({status(7, 1, 55), send(2)});
  group.add({status(7, 3, 66), status(8, 4, 55)});
  group.add({status(7, 5, 55), send(6)});
  const auto effects = group.flush();
  REQUIRE(effects.has_value());
  Bytes sent;
  for (const auto& effect : *effects) sent.push_back(std::get<cloud::Send>(effect).bytes.at(0));
  CHECK(sent == Bytes{2, 3, 4, 5, 6});
}

TEST_CASE("a commit that fails lets nothing out, then or later") {
  Folder folder;
  auto store = std::move(*cloud::open_store(folder.path("site.db")));
  cloud::GroupCommit group(*store);
  group.add(event(1));
  group.add(event(3));
  CHECK(group.flush().error() == StoreErrc::hole);
  group.add({send(1)});
  CHECK(group.flush().error() == StoreErrc::failed);
}

TEST_CASE("a group says when waiting gains nothing more") {
  Folder folder;
  auto store = std::move(*cloud::open_store(folder.path("site.db")));
  cloud::GroupCommit group(*store);
  for (std::uint64_t number = 1; number < cloud::group_writes_max; ++number) group.add({event(number)[0]});
  CHECK_FALSE(group.is_full());
  group.add({event(cloud::group_writes_max)[0]});
  CHECK(group.is_full());
  REQUIRE(group.flush().has_value());
  CHECK_FALSE(group.is_full());
  CHECK(store->head(upward).number == cloud::group_writes_max);
}

}  // namespace wattle::test
