// Laws 1 to 5 and 11 of the ledger: what holds for any two streams that the product has written.

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include <map>

#include "tests/laws/streams.hpp"

using namespace wattle;
using laws::Written;

namespace {

constexpr SiteId site{1};

StreamId up_of(Holder holder) { return {site, holder, Direction::up}; }
StreamId down_of(Holder holder) { return {site, holder, Direction::down}; }

bool holds(const char* law, const std::function<void(std::uint64_t)>& property) {
  return rc::check(law, [&] {
    const auto seed = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
    property(seed);
  });
}

}  // namespace

TEST_CASE("law 1: every line is legal, and all pockets together are zero") {
  CHECK(holds("law 1", [](std::uint64_t seed) {
    Written written(seed);
    std::map<Pocket, std::int64_t> pockets;
    for (const auto& id : written.disk().streams())
      for (const auto& entry : written.entries(id))
        for (const auto& line : entry.lines) {
          RC_ASSERT(check_line(line, id.direction, id.link).has_value());
          pockets[line.from] -= line.amount.micros;
          pockets[line.to] += line.amount.micros;
        }
    std::int64_t sum = 0;
    for (const auto& [pocket, micros] : pockets) sum += micros;
    RC_ASSERT(sum == 0);
  }));
}

TEST_CASE("law 2: nobody debits what another holds") {
  CHECK(holds("law 2", [](std::uint64_t seed) {
    Random random(seed);
    const Holder mine{{1}, {7}};
    const Holder other{{2}, {9}};
    const Pocket from = random.chance(1, 2) ? room_pocket({101}, other) : clearing_pocket(Provider::wechat);
    const Line line{from, transit_pocket(random.uid()), {random.between(1, 1000)}, random.chance(1, 2)};
    RC_ASSERT(!check_line(line, Direction::up, mine).has_value());
    const Line of_box{room_pocket({101}, mine), transit_pocket(random.uid()), {random.between(1, 1000)}, false};
    RC_ASSERT(!check_line(of_box, Direction::down, mine).has_value());
  }));
}

TEST_CASE("law 3: a decided line never takes a bounded pocket below zero in its holder's view") {
  CHECK(holds("law 3", [](std::uint64_t seed) {
    Written written(seed);
    for (const auto holder : written.holders()) {
      std::map<Pocket, std::int64_t> view;
      const auto down = written.entries(down_of(holder));
      std::size_t read = 0;
      const auto apply = [&](const Entry& entry, bool checked) {
        for (const auto& line : entry.lines) {
          view[line.from] -= line.amount.micros;
          view[line.to] += line.amount.micros;
          if (checked && !line.measured && is_bounded(line.from.kind)) RC_ASSERT(view[line.from] >= 0);
        }
      };
      for (const auto& entry : written.entries(up_of(holder))) {
        while (read < down.size() && down[read].number <= entry.seen.number) apply(down[read++], false);
        apply(entry, true);
      }
    }
  }));
}

TEST_CASE("laws 4 and 5: the same two streams give the same bytes, however they were cut into batches and repeated") {
  CHECK(holds("laws 4 and 5", [](std::uint64_t seed) {
    Written written(seed);
    Random random(seed);
    for (const auto holder : written.holders()) {
      const auto& box = written.signer_of(holder);
      const auto& cloud = written.world->cloud_signer();
      const auto& live = *written.world->site()->link(holder);
      if (live.row().fenced || written.disk().first(up_of(holder)) != 1) continue;
      sim::Disk disk;  // the cloud's own stream is there; the edge's arrives anew
      Commit commit;
      for (std::uint64_t number = 1; number <= live.down().head().number; ++number)
        commit.push_back(AppendEntry{down_of(holder), number, *written.disk().entry(down_of(holder), number)});
      disk.commit(commit);
      Link link(End::cloud, site, holder, disk, written.world->crypto(), cloud, box.key());
      const auto entries = written.bytes(up_of(holder));
      while (link.up().head().number < entries.size()) {
        const auto cursor = link.up().head().number;
        const auto first = cursor + 1 - random.below(std::min<std::uint64_t>(cursor, 3) + 1);  // some of it again
        const auto last = std::min<std::uint64_t>(entries.size(), cursor + 1 + random.below(7));
        Batch batch{
            first,
            {entries.begin() + static_cast<std::ptrdiff_t>(first - 1), entries.begin() + static_cast<std::ptrdiff_t>(last)},
            {}};
        batch.signature = box.sign(signed_head(up_of(holder), {last, written.disk().entry(up_of(holder), last)->hash}));
        Commit taken;
        RC_ASSERT(link.take(batch, taken).has_value());
        disk.commit(taken);
        link.committed();
        Commit again;
        RC_ASSERT(link.take(batch, again).value() == 0U);
        RC_ASSERT(again.empty());
      }
      RC_ASSERT(link.state().encoded() == live.state().encoded());
    }
  }));
}

TEST_CASE("law 11: any changed byte is found, and nobody else's signature is taken") {
  CHECK(holds("law 11", [](std::uint64_t seed) {
    Written written(seed, 250);
    Random random(seed);
    for (const auto holder : written.holders()) {
      auto entries = written.bytes(up_of(holder));
      const auto& box = written.signer_of(holder);
      const auto& live = *written.world->site()->link(holder);
      if (entries.empty() || live.row().fenced) continue;
      sim::Disk disk;
      Link link(End::cloud, site, holder, disk, written.world->crypto(), written.world->cloud_signer(), box.key());
      const auto head = written.disk().head(up_of(holder));
      Batch batch{1, entries, box.sign(signed_head(up_of(holder), head))};
      auto& changed = batch.entries[random.below(batch.entries.size())];
      changed[random.below(changed.size())] ^= static_cast<std::uint8_t>(1U << random.below(8));
      Commit commit;
      const auto taken = link.take(batch, commit);
      RC_ASSERT(!taken.has_value());
      RC_ASSERT(taken.error() == LedgerErrc::signature);
      const Batch foreign{1, entries, written.world->cloud_signer().sign(signed_head(up_of(holder), head))};
      RC_ASSERT(link.take(foreign, commit).error() == LedgerErrc::signature);
      RC_ASSERT(commit.empty());
    }
  }));
}
