#include "tests/bench/link_pair.hpp"

#include "shared/base/check.hpp"

namespace wattle::bench {

namespace {

constexpr SiteId site{1};
constexpr Holder box{{7}, {0xc41e}};
constexpr Instant links_begin{1'700'000'000'000'000};

Seed seed_of(std::uint8_t byte) {
  Seed seed{};
  seed.fill(byte);
  return seed;
}

Entry entry_of(Kind kind, std::optional<RoomId> room = {}) {
  Entry entry;
  entry.kind = kind;
  entry.room = room;
  entry.time = links_begin;
  return entry;
}

CircuitFigures circuit_of(RoomId room) {
  CircuitFigures circuit;
  circuit.circuit = {room.value};
  circuit.meter = {200'000'000'000U + room.value};
  circuit.reading = {1'000'000};
  return circuit;
}

}  // namespace

LinkPair::LinkPair(const Crypto& cloud_crypto)
    : edge_signer_(seed_of(1)),
      cloud_signer_(seed_of(2)),
      edge_(End::edge, site, box, edge_store_, crypto_, edge_signer_, cloud_signer_.key()),
      cloud_(End::cloud, site, box, cloud_store_, cloud_crypto, cloud_signer_, edge_signer_.key()) {
  found();
}

void LinkPair::found() {
  plan_ = {1, static_cast<std::uint8_t>(Utility::electricity), links_begin, TierPeriod::none, {Band{{Tier{0, 560'000}}}}};
  std::vector<Entry> entries = {entry_of(Kind::grant), entry_of(Kind::price)};
  set_detail(entries[0], Grant{});
  set_detail(entries[1], plan_);
  for (std::uint32_t number = 0; number < rooms_per_box; ++number) {
    const RoomId room{101 + number};
    entries.push_back(entry_of(Kind::open, room));
    set_detail(entries.back(), Open{1, {circuit_of(room)}});
    entries.push_back(entry_of(Kind::recharge, room));
    entries.back().lines = {{clearing_pocket(Provider::wechat), room_pocket(room, box), yuan(100), false}};
    set_detail(entries.back(), Credit{1});
  }
  Commit minted;
  Commit taken;
  Batch batch{1, {}, {}};
  for (auto& entry : entries) {
    WATTLE_CHECK(cloud_.mint(std::move(entry), minted).has_value());
    batch.entries.push_back(std::get<AppendEntry>(minted.back()).record.bytes);
  }
  batch.signature = cloud_.sign(cloud_.mine().head());
  WATTLE_CHECK(edge_.take(batch, taken).has_value());
  WATTLE_CHECK(cloud_store_.commit(minted).has_value() && edge_store_.commit(taken).has_value());
}

Entry LinkPair::slice(RoomId room) {
  const auto& circuit = edge_.state().find(room)->circuits[0];
  const Quantity units{100 + static_cast<std::int64_t>(closed_ % 777)};
  const auto cost = charge(plan_, 0, units, 0, circuit.accrued);
  auto entry = entry_of(Kind::consumption, room);
  entry.time = links_begin + hours(static_cast<std::int64_t>(closed_ / rooms_per_box));
  entry.lines = {{room_pocket(room, box), sold_pocket(Utility::electricity, box), cost->amount, true}};
  Consumption slice;
  slice.circuit = circuit.circuit;
  slice.from = circuit.reading;
  slice.to = {circuit.reading.units + units.units};
  slice.price = 1;
  slice.after = cost->after;
  slice.until = entry.time;
  set_detail(entry, slice);
  return entry;
}

Batch LinkPair::slices(std::size_t count) {
  Batch batch{edge_.mine().head().number + 1, {}, {}};
  Commit commit;
  for (std::size_t i = 0; i < count; ++i) {
    const RoomId room{101 + static_cast<std::uint32_t>(closed_ % rooms_per_box)};
    WATTLE_CHECK(edge_.mint(slice(room), commit).has_value());
    ++closed_;
  }
  for (auto& write : commit) batch.entries.push_back(std::move(std::get<AppendEntry>(write).record.bytes));
  edge_.committed();
  batch.signature = edge_.sign(edge_.mine().head());
  return batch;
}

}  // namespace wattle::bench
