// Where a link begins to replay: at the newest settlement, and without looking at what others have kept.

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/two_ends.hpp"

namespace wattle::test {
namespace {

/// A store that notes what it is asked for.
class WatchedStore final : public StoreReader {
 public:
  explicit WatchedStore(const MemoryStore& store) : store_(store) {}
  Head head(const StreamId& stream) const override { return store_.head(stream); }
  std::uint64_t first(const StreamId& stream) const override { return store_.first(stream); }
  std::optional<Record> entry(const StreamId& stream, std::uint64_t number) const override {
    return store_.entry(stream, number);
  }
  std::vector<Record> listed(const StreamId& stream) const override { return store_.listed(stream); }
  std::optional<Bytes> row(Table table, ByteView key) const override {
    kept_read += table == Table::kept ? 1 : 0;
    return store_.row(table, key);
  }
  std::vector<std::pair<Bytes, Bytes>> rows_after(Table table, ByteView key) const override {
    auto rows = store_.rows_after(table, key);
    kept_read += table == Table::kept ? rows.size() : 0;
    return rows;
  }

  mutable std::size_t kept_read = 0;

 private:
  const MemoryStore& store_;
};

void settle(TwoEnds& ends) {
  Entry made;
  made.kind = Kind::settlement;
  set_detail(made, Settlement{ends.edge().link->state().hash()});
  ends.mint(ends.edge(), made);
  ends.exchange();
}

TEST_CASE("a link that is loaded reads its own newest kept state alone") {
  TwoEnds ends(sodium);
  for (int month = 0; month < 3; ++month) {
    ends.mint(ends.edge(), ends.cash(yuan(1)));
    settle(ends);
  }
  ends.mint(ends.edge(), ends.cash(yuan(1)));
  ends.exchange();
  auto& cloud = ends.cloud();
  const auto rows = cloud.store.rows(Table::kept);
  REQUIRE(rows.size() == 3);
  Commit others;
  for (std::uint8_t later = 1; later <= 5; ++later) {
    auto key = rows.back().first;
    key[0] = later;  // of a box in a higher slot
    others.push_back(PutRow{Table::kept, key, rows.back().second});
  }
  REQUIRE(cloud.store.commit(others));
  const WatchedStore watched(cloud.store);
  const Link loaded(End::cloud, TwoEnds::site, TwoEnds::box, watched, sodium, cloud.signer, ends.edge().signer.key());
  CHECK(watched.kept_read == 1);
  CHECK(loaded.state().encoded() == cloud.link->state().encoded());
  CHECK(loaded.state().settlement().number == cloud.link->state().settlement().number);
}

TEST_CASE("a state of many megabytes is kept, and read again") {
  TwoEnds ends(sodium);
  auto& cloud = ends.cloud();
  for (std::uint64_t key = 0; key < 600; ++key) {
    Entry setting;
    setting.kind = Kind::config;
    setting.outside = OutsideId("config/" + std::to_string(key));
    set_detail(setting, ConfigSetting{"profile/" + std::to_string(key), 1, Bytes(3500, 0x55)});
    ends.mint(cloud, setting);
  }
  ends.exchange();
  settle(ends);
  REQUIRE(ends.edge().link->state().encoded().size() > 2'000'000);
  CHECK(ends.edge().link->has_kept(ends.edge().link->state().settlement().number));
  const WatchedStore watched(cloud.store);
  const Link loaded(End::cloud, TwoEnds::site, TwoEnds::box, watched, sodium, cloud.signer, ends.edge().signer.key());
  CHECK(watched.kept_read == 1);
  CHECK(loaded.state().encoded() == cloud.link->state().encoded());
}

TEST_CASE("a kept state that cannot be read is passed over for an older one") {
  TwoEnds ends(sodium);
  settle(ends);
  settle(ends);
  auto& cloud = ends.cloud();
  const auto rows = cloud.store.rows(Table::kept);
  REQUIRE(rows.size() == 2);
  REQUIRE(cloud.store.commit({PutRow{Table::kept, rows.back().first, {1, 2, 3}}}));
  const WatchedStore watched(cloud.store);
  const Link loaded(End::cloud, TwoEnds::site, TwoEnds::box, watched, sodium, cloud.signer, ends.edge().signer.key());
  CHECK(watched.kept_read == 2);
  CHECK(loaded.state().encoded() == cloud.link->state().encoded());
}

}  // namespace
}  // namespace wattle::test
