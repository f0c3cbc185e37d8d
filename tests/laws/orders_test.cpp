// Laws 7, 8 and 10 on the whole: the same thing said many times has one effect, and the world comes to rest.

#include <rapidcheck.h>
#include <catch2/catch.hpp>

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

TEST_CASE("laws 8 and 10: every refund was released first, and all cursors have met") {
  CHECK(rc::check("laws 8 and 10", [] {
    Written written(*rc::gen::inRange<std::uint64_t>(1, 1'000'000), 500);
    for (const auto& [key, refund] : written.world->facts().refunds) {
      if (refund.outcome != cloud::RefundOutcome::paid) continue;
      const auto* request = written.world->site()->index().request(key.first);
      RC_ASSERT(request != nullptr);
      RC_ASSERT(request->answered.has_value());
    }
    written.world->check_at_rest();
  }));
}
