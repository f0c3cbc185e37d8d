#include "shared/tariff/price.hpp"

#include <catch2/catch.hpp>

using namespace wattle;

namespace {

PricePlan two_bands() {
  PricePlan plan{1, 1, {}, TierPeriod::month, {}};
  plan.bands = {Band{{Tier{0, 300'000}, Tier{1000, 400'000}}, "valley"},
                Band{{Tier{0, 900'000}, Tier{1000, 1'000'000}}, "peak"}};
  plan.profiles = {DayProfile{{0, 0}, {8 * 60, 1}, {22 * 60, 0}}};
  plan.seasons = {Season{}};
  return plan;
}

}  // namespace

TEST_CASE("a plan is valid when all that it names is there") {
  CHECK(is_valid(two_bands()));
  const auto spoilt = [](auto spoil) {
    auto plan = two_bands();
    spoil(plan);
    return !is_valid(plan);
  };
  CHECK(spoilt([](PricePlan& p) { p.bands.clear(); }));
  CHECK(spoilt([](PricePlan& p) { p.bands[1].tiers[0].from_units = 1; }));
  CHECK(spoilt([](PricePlan& p) { p.bands[1].tiers[1].from_units = 0; }));
  CHECK(spoilt([](PricePlan& p) { p.bands[1].tiers[1].rate = rate_max + 1; }));
  CHECK(spoilt([](PricePlan& p) { p.bands[1].name = "longer than a name"; }));
  CHECK(spoilt([](PricePlan& p) { p.profiles[0][1].band = 2; }));
  CHECK(spoilt([](PricePlan& p) { p.profiles[0][0].from_minute = 1; }));
  CHECK(spoilt([](PricePlan& p) { p.profiles[0][2].from_minute = 8 * 60; }));
  CHECK(spoilt([](PricePlan& p) { p.profiles[0][2].from_minute = 24 * 60; }));
  CHECK(spoilt([](PricePlan& p) { p.profiles.clear(); }));
  CHECK(spoilt([](PricePlan& p) { p.profiles.clear(), p.seasons.clear(); }));  // which of two bands?
  CHECK(spoilt([](PricePlan& p) { p.seasons[0].holiday = 1; }));
  CHECK(spoilt([](PricePlan& p) { p.seasons[0].month = 13; }));
  CHECK(spoilt([](PricePlan& p) { p.seasons.push_back(p.seasons[0]); }));
  CHECK(spoilt([](PricePlan& p) { p.calendar.rest_days = 128; }));
  CHECK(spoilt([](PricePlan& p) { p.calendar.exceptions[{2026, 2, 30}] = DayKind::rest; }));
  CHECK(spoilt([](PricePlan& p) { p.calendar.exceptions[{2026, 2, 3}] = static_cast<DayKind>(3); }));
  CHECK(spoilt([](PricePlan& p) { p.period = static_cast<TierPeriod>(3); }));
}

TEST_CASE("the tiers' counter is one for all bands, and a new period begins it anew") {
  const auto plan = two_bands();
  const auto valley = charge(plan, 0, {600}, 24'321, {0, 0, 24'321});
  REQUIRE(valley);
  CHECK(valley->amount == Money{180'000});
  const auto peak = charge(plan, 1, {600}, 24'321, valley->after);  // 400 in the first tier, 200 in the second
  REQUIRE(peak);
  CHECK(peak->amount == Money{360'000 + 200'000});
  CHECK(peak->after == Accrued{0, 1200, 24'321});
  const auto next = charge(plan, 1, {1}, 24'322, peak->after);
  REQUIRE(next);
  CHECK(next->amount == Money{900});
  CHECK(next->after == Accrued{0, 1, 24'322});
  CHECK_FALSE(charge(plan, 2, {1}, 24'321, {}));
}

TEST_CASE("what does not make a micro-unit is charged with the next slice, in whatever band") {
  const PricePlan plan{1, 2, {}, TierPeriod::none, {Band{{Tier{0, 333}}}}};
  Accrued at;
  std::int64_t sum = 0;
  for (int litre = 0; litre < 3000; ++litre) {
    const auto cost = charge(plan, 0, {1}, 0, at);
    sum += cost->amount.micros;
    at = cost->after;
  }
  CHECK(sum == 999);
  CHECK(at.remainder == 0);
}

TEST_CASE("tier periods are months and years of the local calendar") {
  const Instant october{1'790'812'800'000'000};  // 2026-10-01 00:00
  CHECK(tier_period_of(TierPeriod::none, october) == 0);
  CHECK(tier_period_of(TierPeriod::month, october) == 2026 * 12 + 9);
  CHECK(tier_period_of(TierPeriod::month, october - microseconds(1)) == 2026 * 12 + 8);
  CHECK(tier_period_of(TierPeriod::year, october) == 2026);
  CHECK(tier_period_of(TierPeriod::month, Instant{-1}) == 1969 * 12 + 11);
}
