// Laws 1, 3 to 5 and 11 of the ledger: what holds for any two streams that the product has written.

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

#include "simulator/checks/books.hpp"
#include "tests/laws/property.hpp"
#include "tests/laws/streams.hpp"

using namespace wattle;
using laws::holds;
using laws::Written;

namespace {

constexpr SiteId site{1};

StreamId up_of(Holder holder) { return {site, holder, Direction::up}; }
StreamId down_of(Holder holder) { return {site, holder, Direction::down}; }

/// The box's stream, cut anywhere; each batch may begin with what the one before held.
std::vector<Batch> batches(Written& written, Holder holder, Random& random) {
  std::vector<Batch> all;
  const auto entries = written.bytes(up_of(holder));
  for (std::uint64_t done = 0; done < entries.size();) {
    const auto first = done + 1 - random.below(std::min<std::uint64_t>(done, 3) + 1);
    done = std::min<std::uint64_t>(entries.size(), done + 1 + random.below(entries.size() / 8 + 7));
    Batch batch{first,
                {entries.begin() + static_cast<std::ptrdiff_t>(first - 1), entries.begin() + static_cast<std::ptrdiff_t>(done)},
                {}};
    batch.signature =
        written.signer_of(holder).sign(signed_head(up_of(holder), {done, written.disk().entry(up_of(holder), done)->hash}));
    all.push_back(std::move(batch));
  }
  return all;
}

}  // namespace

TEST_CASE("law 1: every line stands in the table as it is written in other words, and their sums are what both ends hold") {
  std::size_t at_boxes = 0;
  CHECK(holds("law 1", [&](std::uint64_t seed) {
    Written written(seed);
    const auto& site = *written.world->site();
    const auto sums = sim::sums_of_lines(written.disk(), site);  // throws for a line that is not legal
    RC_ASSERT(!sums.empty());
    for (const auto& [pocket, micros] : sums) {
      if (pocket.holder.is_cloud()) {
        RC_ASSERT(site.index().balance(pocket).micros == micros);
        continue;
      }
      const auto& link = *site.link(pocket.holder);
      // What a fenced box had not seen was withdrawn, or is in the site's stream.
      const bool is_whole = !link.row().fenced && link.folded() == link.down().head().number;
      if (!is_whole) continue;
      ++at_boxes;
      RC_ASSERT(link.state().balance(pocket).micros == micros);
    }
  }));
  CHECK(at_boxes > 0);  // not kept by comparing the cloud's alone
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

TEST_CASE("laws 4 and 5: the same two streams give the same bytes, however they were cut, repeated and put out of order") {
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
      auto left = batches(written, holder, random);
      while (!left.empty()) {
        // Any of them arrives next; what is early is refused, and changes nothing.
        const auto at = left.begin() + static_cast<std::ptrdiff_t>(random.below(left.size()));
        const bool is_early = at->first > link.up().head().number + 1;
        const auto state = link.state().encoded();
        Commit taken;
        const auto fresh = link.take(*at, taken);
        RC_ASSERT(fresh.has_value() == !is_early);
        if (is_early) {
          RC_ASSERT(fresh.error() == LedgerErrc::hole);
          RC_ASSERT(taken.empty());
          RC_ASSERT(link.state().encoded() == state);
          continue;
        }
        disk.commit(taken);
        link.committed();
        Commit again;
        RC_ASSERT(link.take(*at, again).value() == 0U);
        RC_ASSERT(again.empty());
        left.erase(at);
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
