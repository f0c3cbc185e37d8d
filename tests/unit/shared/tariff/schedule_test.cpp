#include "shared/tariff/schedule.hpp"

#include <array>
#include <catch2/catch.hpp>

using namespace wattle;

namespace {

constexpr Duration china = hours(8);
constexpr Instant october{1'790'812'800'000'000};  // 2026-10-01 00:00, a Thursday

/// Winter from 16 November: peak all day. Else valley, and from 8 to 22 peak on working days. National day is a holiday.
PricePlan dormitory() {
  PricePlan plan{7, 1, {}, TierPeriod::month, {}};
  plan.bands = {Band{{Tier{0, 300'000}}, "valley"}, Band{{Tier{0, 900'000}}, "peak"}};
  plan.profiles = {DayProfile{{0, 0}, {8 * 60, 1}, {22 * 60, 0}}, DayProfile{{0, 0}}, DayProfile{{0, 1}}};
  plan.seasons = {Season{3, 1, 0, 1, 1}, Season{11, 16, 2, 2, 2}};
  plan.calendar.exceptions[{2026, 10, 1}] = DayKind::holiday;
  plan.calendar.exceptions[{2026, 10, 10}] = DayKind::working;  // a Saturday that makes up for it
  return plan;
}

}  // namespace

TEST_CASE("the band follows the hour, the kind of the day and the season") {
  const auto plan = dormitory();
  REQUIRE(is_valid(plan));
  const auto at = [&](int day, Duration time) { return band_at(plan, october + days(day) + time); };
  CHECK(at(-1, hours(8)) == 1);
  CHECK(at(-1, Duration{hours(8).micros - 1}) == 0);
  CHECK(at(-1, hours(22)) == 0);
  CHECK(at(0, hours(12)) == 0);   // a holiday
  CHECK(at(1, hours(12)) == 1);   // Friday
  CHECK(at(2, hours(12)) == 0);   // Saturday
  CHECK(at(9, hours(12)) == 1);   // Saturday, worked
  CHECK(at(45, hours(3)) == 0);   // 15 November
  CHECK(at(46, hours(3)) == 1);   // 16 November
  CHECK(at(100, hours(3)) == 1);  // January: last year's winter
  CHECK(at(151, hours(3)) == 0);  // 1 March
  CHECK(band_at(PricePlan{1, 1, {}, TierPeriod::none, {Band{{Tier{0, 1}}}}}, october) == 0);
}

TEST_CASE("a boundary is where the band may change, and each midnight") {
  const auto plan = dormitory();
  const auto friday = october + days(1);
  CHECK(next_boundary(plan, friday) == friday + hours(8));
  CHECK(next_boundary(plan, friday + hours(8)) == friday + hours(22));
  CHECK(next_boundary(plan, friday + hours(23)) == friday + days(1));
  CHECK(next_boundary(plan, october) == october + days(1));
  CHECK(next_boundary(PricePlan{1, 1, {}, TierPeriod::none, {Band{{Tier{0, 1}}}}}, Instant{-5}) == Instant{});
}

TEST_CASE("a gap is divided evenly in time, by the local clock, in the order touched") {
  const auto plan = dormitory();
  const std::array versions = {InForce{{}, &plan}};
  const auto eight = october + days(1) + hours(8) - china;  // in UTC
  const auto shares = divide(versions, eight - minutes(1), eight + minutes(2), 100, china);
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].point == PricePoint{7, 24'321, 0});
  CHECK(shares[0].units == 33);
  CHECK(shares[0].until == eight);
  CHECK(shares[1].point == PricePoint{7, 24'321, 1});
  CHECK(shares[1].units == 67);
  CHECK(shares[1].until == eight + minutes(2));
}

TEST_CASE("a band that comes back in one gap is one share, and a month's end makes another") {
  const auto plan = dormitory();
  const std::array versions = {InForce{{}, &plan}};
  const auto begin = october - hours(28) - china;  // 29 September, 20:00
  const auto shares = divide(versions, begin, begin + hours(30), 3000, china);
  REQUIRE(shares.size() == 3);
  CHECK(shares[0].point == PricePoint{7, 24'320, 1});
  CHECK(shares[0].units == 1600);  // 20 to 22, and 8 to 22
  CHECK(shares[1].point == PricePoint{7, 24'320, 0});
  CHECK(shares[1].units == 1200);  // 22 to 8, and 22 to 24
  CHECK(shares[2].point == PricePoint{7, 24'321, 0});
  CHECK(shares[2].units == 200);
}

TEST_CASE("a version divides a gap where it begins; before all of them the first holds") {
  const PricePlan old{1, 1, {}, TierPeriod::none, {Band{{Tier{0, 1}}}}};
  const PricePlan fresh{2, 1, {}, TierPeriod::none, {Band{{Tier{0, 2}}}}};
  const std::array versions = {InForce{october, &old}, InForce{october + hours(1), &fresh}};
  const auto shares = divide(versions, october - hours(1), october + hours(2), 30, china);
  REQUIRE(shares.size() == 2);
  CHECK(shares[0].point.version == 1);
  CHECK(shares[0].units == 20);
  CHECK(shares[1].units == 10);
}

TEST_CASE("when no time has passed, or the clock was set back, all is the end's") {
  const auto plan = dormitory();
  const std::array versions = {InForce{{}, &plan}};
  for (const auto back : {Duration{}, hours(2)}) {
    const auto shares = divide(versions, october + back, october, 5, china);
    REQUIRE(shares.size() == 1);
    CHECK(shares[0].units == 5);
    CHECK(shares[0].point == point_at(plan, october, china));
  }
}

TEST_CASE("energy of an unknown time costs the least that it can, tiers counted") {
  PricePlan plan{1, 1, {}, TierPeriod::month, {}};
  plan.bands = {Band{{Tier{0, 500}}}, Band{{Tier{0, 100}, Tier{1000, 2000}}}};
  CHECK(cheapest_band(plan, {10}, 1, {0, 0, 1}) == 1);
  CHECK(cheapest_band(plan, {10}, 1, {0, 1000, 1}) == 0);
  CHECK(cheapest_band(plan, {10}, 2, {0, 1000, 1}) == 1);  // a new period
}
