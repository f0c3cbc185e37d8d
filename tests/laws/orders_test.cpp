// Laws 7, 8 and 10 on the whole: the same thing said many times has one effect, and the world comes to rest.

#include <rapidcheck.h>
#include <catch2/catch.hpp>
#include <map>

#include "tests/laws/streams.hpp"

using namespace wattle;
using laws::Written;

TEST_CASE("law 7: the same payment and order, said again, change nothing") {
  CHECK(rc::check("law 7", [] {
    Written written(*rc::gen::inRange<std::uint64_t>(1, 1'000'000), 300);
    auto& world = *written.world;
    const auto before = world.site()->own().head();
    std::map<Holder, Head> heads;
    for (const auto holder : written.holders()) heads[holder] = world.site()->link(holder)->down().head();
    const auto orders = world.site()->orders();
    for (int time = 0; time < 3; ++time)
      for (const auto& [id, order] : orders) world.to_cloud(cloud::Ordered{order});
    world.read_bills();
    world.settle_down(200);
    for (const auto holder : written.holders())
      for (const auto& entry : written.entries({{1}, holder, Direction::down}))
        if (entry.number > heads[holder].number) RC_ASSERT(entry.kind == Kind::countersign);
    RC_ASSERT(world.site()->own().head() == before);
    RC_ASSERT(world.site()->index().doubled().empty());
  }));
}

TEST_CASE("law 7: one id with another amount is refused") {
  Written written(5, 200);
  auto& world = *written.world;
  auto payment = world.pay({101}, yuan(5));
  world.to_cloud(cloud::Ordered{payment});
  payment.amount = yuan(500);
  const auto orders = world.site()->orders().size();
  world.to_cloud(cloud::Ordered{payment});
  CHECK(world.site()->orders().size() == orders);
  CHECK(std::get<cloud::Payment>(world.site()->orders().at(cloud::id_of(payment))).amount == yuan(5));
}

TEST_CASE("law 7: a code that was sold is worth nothing when it is typed again") {
  CHECK(rc::check("law 7, codes", [] {
    Written written(*rc::gen::inRange<std::uint64_t>(1, 1'000'000), 300);
    auto& world = *written.world;
    for (const int room : {101, 102}) world.buy_code({static_cast<std::uint32_t>(room)}, 7);
    world.settle_down(200);
    const auto redeemed = [&] {
      std::size_t count = 0;
      for (const auto holder : written.holders())
        for (const auto& entry : written.entries({{1}, holder, Direction::up})) count += entry.kind == Kind::redeem ? 1 : 0;
      return count;
    };
    const auto before = redeemed();
    for (const auto& [number, digits] : std::vector(world.facts().typed)) {
      const auto& payment = world.facts().payments.at(number);
      for (auto& box : world.boxes())
        for (int time = 0; time < 2 && box->engine; ++time) world.to_box(*box, edge::CodeTyped{payment.room, digits});
    }
    world.settle_down(200);
    RC_ASSERT(redeemed() == before);
  }));
}

/// What the boxes have released of each request, from their entries alone; none goes below zero by it.
std::map<Uid, std::int64_t> released(Written& written) {
  std::map<Uid, std::int64_t> sums;
  for (const auto holder : written.holders())
    for (const auto& entry : written.entries({{1}, holder, Direction::up})) {
      const auto answer = entry.kind == Kind::answer ? detail_of<Answer>(entry) : std::nullopt;
      if (!answer) continue;
      for (const auto& line : entry.lines) {
        sums[answer->id] += line.amount.micros;
        RC_ASSERT((line.from.kind == PocketKind::room ? entry.after->room : entry.after->allow).micros >= 0);
      }
    }
  return sums;
}

/// What was paid back although nothing was released for it, which a restore may bring to light: booked from suspense, with an
/// alarm.
std::map<Uid, std::int64_t> unreleased(Written& written) {
  std::map<Uid, std::int64_t> sums;
  for (const auto& entry : written.entries({{1}, cloud_holder, Direction::site})) {
    const auto payout = entry.kind == Kind::payout ? detail_of<Payout>(entry) : std::nullopt;
    for (const auto& line : entry.lines)
      if (payout && line.from.kind == PocketKind::suspense) sums[payout->request] += line.amount.micros;
  }
  return sums;
}

TEST_CASE("laws 8 and 10: what was paid back was released first, and as much at most; all cursors have met") {
  CHECK(rc::check("laws 8 and 10", [] {
    Written written(*rc::gen::inRange<std::uint64_t>(1, 1'000'000), 500);
    const auto sums = released(written);
    auto beyond = unreleased(written);
    std::map<Uid, std::int64_t> paid;
    for (const auto& [key, refund] : written.world->facts().refunds)
      if (refund.outcome == cloud::RefundOutcome::paid) paid[key.first] += refund.amount.micros;
    for (const auto& [request, micros] : paid) {
      RC_ASSERT(sums.contains(request));
      RC_ASSERT(micros <= sums.at(request) + beyond[request]);
    }
  }));
}
