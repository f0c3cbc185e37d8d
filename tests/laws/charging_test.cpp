// Law 9: money does not depend on the path between two readings.

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "shared/base/random.hpp"
#include "shared/tariff/price.hpp"

using namespace wattle;

namespace {

PricePlan some_plan(Random& random) {
  PricePlan plan{1, 1, {}, TierPeriod::month, {Tier{0, random.between(0, 1'000'000)}}};
  std::int64_t from = 0;
  for (auto tiers = random.below(4); tiers > 0; --tiers)
    plan.tiers.push_back({from += random.between(1, 5000), random.between(0, 2'000'000)});
  return plan;
}

}  // namespace

TEST_CASE("law 9: any slicing of the same energy costs the same, to the thousandth of a micro-unit") {
  CHECK(rc::check("law 9", [](std::uint64_t seed) {
    Random random(seed);
    const auto plan = some_plan(random);
    RC_ASSERT(is_valid(plan));
    const Accrued start{static_cast<std::uint16_t>(random.below(1000)), random.between(0, 4000), 24'320};
    const auto units = random.between(0, 20'000);
    const auto whole = charge(plan, {units}, 24'320, start);
    RC_ASSERT(whole.has_value());
    Accrued at = start;
    std::int64_t paid = 0;
    for (auto left = units; left > 0;) {
      const auto step = random.between(1, left);
      const auto part = charge(plan, {step}, 24'320, at);
      RC_ASSERT(part.has_value());
      paid += part->amount.micros;
      at = part->after;
      left -= step;
    }
    RC_ASSERT(paid == whole->amount.micros);
    RC_ASSERT(at == (units > 0 ? whole->after : start));
  }));
}

TEST_CASE("law 9: a new period begins its tiers anew and keeps the remainder") {
  CHECK(rc::check("law 9, periods", [](std::uint64_t seed) {
    Random random(seed);
    const auto plan = some_plan(random);
    const Accrued old{static_cast<std::uint16_t>(random.below(1000)), random.between(0, 9000), 24'320};
    const Accrued fresh{old.remainder, 0, 24'321};
    const auto units = random.between(0, 20'000);
    const auto a = charge(plan, {units}, 24'321, old);
    const auto b = charge(plan, {units}, 24'321, fresh);
    RC_ASSERT(a->amount == b->amount);
    RC_ASSERT(a->after == b->after);
  }));
}

TEST_CASE("absurd quantities cost nothing, and say so") {
  const PricePlan plan{1, 1, {}, TierPeriod::none, {Tier{0, rate_max}}};
  CHECK_FALSE(charge(plan, {-1}, 0, {}));
  CHECK_FALSE(charge(plan, {slice_units_max + 1}, 0, {}));
  CHECK(charge(plan, {slice_units_max}, 0, {999, 0, 0})->amount == Money{1'000'000'000'000'000});
}
