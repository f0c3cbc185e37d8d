// Laws 2 and 13: the table of lines against every line that can be written down, and the books against every clock.

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>

#include "tests/laws/streams.hpp"

using namespace wattle;
using laws::Written;

namespace {

constexpr Holder mine{{1}, {7}};
constexpr Holder other{{2}, {9}};

/// Every kind of pocket at every holder, also where there is no such pocket.
std::vector<Pocket> all_pockets() {
  std::vector<Pocket> all;
  for (int kind = static_cast<int>(PocketKind::room); kind <= static_cast<int>(PocketKind::suspense); ++kind)
    for (const auto holder : {mine, other, cloud_holder})
      for (std::uint8_t utility = 0; utility <= 1; ++utility) {
        Pocket pocket;
        pocket.kind = static_cast<PocketKind>(kind);
        pocket.utility = static_cast<Utility>(utility);
        pocket.holder = holder;
        pocket.number = 101;
        pocket.id.bytes.fill(3);
        all.push_back(pocket);
      }
  return all;
}

/// The link's two streams in the order of `seen`, each entry with its time moved.
LinkState fold(Written& written, Holder holder, const std::function<Instant(Instant)>& moved) {
  LinkState state({1}, holder, written.world->crypto());
  const auto down = written.entries({{1}, holder, Direction::down});
  std::size_t read = 0;
  const auto apply = [&](Entry entry) {
    entry.time = moved(entry.time);
    const auto again = decode_entry(encode(entry));  // as it would be stored and carried
    RC_ASSERT(again.has_value());
    RC_ASSERT(state.apply(*again).has_value());
  };
  for (const auto& entry : written.entries({{1}, holder, Direction::up})) {
    while (read < down.size() && down[read].number <= entry.seen.number) apply(down[read++]);
    apply(entry);
  }
  return state;
}

}  // namespace

TEST_CASE("law 2: of all lines that can be written, none is taken that debits what its writer does not hold") {
  const auto pockets = all_pockets();
  std::map<Direction, std::set<std::pair<PocketKind, PocketKind>>> taken;
  for (const auto direction : {Direction::up, Direction::down})
    for (const auto& from : pockets)
      for (const auto& to : pockets)
        for (const bool measured : {false, true}) {
          if (!check_line({from, to, yuan(1), measured}, direction, mine).has_value()) continue;
          INFO(to_text(from) << " → " << to_text(to));
          // The cloud holds its own pockets and those of fenced boxes; of those only what credits a room of this link's.
          const bool of_fenced = direction == Direction::down && from.holder == other && to.kind == PocketKind::room;
          CHECK((from.holder == (direction == Direction::up ? mine : cloud_holder) || of_fenced));
          CHECK((to.holder == mine || to.holder.is_cloud()));
          taken[direction].emplace(from.kind, to.kind);
        }
  // That many pairs of kinds stand in the table of each, so that the law is not kept by taking nothing.
  CHECK(taken[Direction::up].size() >= 9);
  CHECK(taken[Direction::down].size() >= 12);
}

TEST_CASE("law 13: no clock moves a balance") {
  std::size_t moved = 0;
  CHECK(rc::check("law 13", [&] {
    const auto seed = *rc::gen::inRange<std::uint64_t>(1, 1'000'000);
    Written written(seed);
    Random random(seed);
    const auto shift = random.between(-400, 400) * days(365).micros;
    for (const auto holder : written.holders()) {
      if (written.disk().first({{1}, holder, Direction::up}) != 1) continue;
      if (written.disk().head({{1}, holder, Direction::up}).number > 0) ++moved;
      const auto as_written = fold(written, holder, [](Instant at) { return at; }).encoded();
      // As by a clock that is years off, by one that stands, and by one that says anything.
      RC_ASSERT(fold(written, holder, [&](Instant at) { return Instant{at.micros + shift}; }).encoded() == as_written);
      RC_ASSERT(fold(written, holder, [](Instant) { return Instant{}; }).encoded() == as_written);
      RC_ASSERT(fold(written, holder, [&](Instant) { return Instant{static_cast<std::int64_t>(random.next())}; }).encoded() ==
                as_written);
    }
  }));
  CHECK(moved > 0);
}
