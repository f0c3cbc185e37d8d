// Law 9: money does not depend on the path between two readings.

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "edge/core/accrual.hpp"
#include "shared/base/random.hpp"
#include "shared/tariff/schedule.hpp"

using namespace wattle;

namespace {

Band some_band(Random& random) {
  Band band{{Tier{0, random.between(0, 1'000'000)}}};
  std::int64_t from = 0;
  for (auto tiers = random.below(4); tiers > 0; --tiers)
    band.tiers.push_back({from += random.between(1, 5000), random.between(0, 2'000'000)});
  return band;
}

PricePlan some_plan(Random& random) { return {1, 1, {}, TierPeriod::month, {some_band(random)}}; }

constexpr Duration utc_offset = hours(8);
constexpr Instant october{1'790'784'000'000'000};  // 2026-10-01 00:00 at that offset

/// Bands, profiles, seasons about the turn of the month, and exceptions.
PricePlan some_banded_plan(Random& random, std::uint32_t version) {
  PricePlan plan{version, 1, {}, static_cast<TierPeriod>(random.below(3)), {}};
  for (auto bands = random.between(2, 5); bands > 0; --bands) plan.bands.push_back(some_band(random));
  for (auto profiles = random.between(1, 3); profiles > 0; --profiles) {
    DayProfile profile;
    for (std::int64_t minute = 0; minute < 24 * 60 && profile.size() < day_spans_max; minute += random.between(1, 400))
      profile.push_back({static_cast<std::uint16_t>(minute), static_cast<std::uint8_t>(random.below(plan.bands.size()))});
    plan.profiles.push_back(profile);
  }
  const auto profile = [&] { return static_cast<std::uint8_t>(random.below(plan.profiles.size())); };
  plan.seasons.push_back({4, 1, profile(), profile(), profile()});
  plan.seasons.push_back({10, 1, profile(), profile(), profile()});
  plan.calendar.exceptions[{2026, 10, 1}] = DayKind::holiday;
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
    const auto whole = charge(plan, 0, {units}, 24'320, start);
    RC_ASSERT(whole.has_value());
    Accrued at = start;
    std::int64_t paid = 0;
    for (auto left = units; left > 0;) {
      const auto step = random.between(1, left);
      const auto part = charge(plan, 0, {step}, 24'320, at);
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
    const auto a = charge(plan, 0, {units}, 24'321, old);
    const auto b = charge(plan, 0, {units}, 24'321, fresh);
    RC_ASSERT(a->amount == b->amount);
    RC_ASSERT(a->after == b->after);
  }));
}

TEST_CASE("law 9: a gap is divided into shares that sum up to it, each at a price that held meanwhile") {
  CHECK(rc::check("law 9, shares", [](std::uint64_t seed) {
    Random random(seed);
    const auto first = some_banded_plan(random, 1);
    const auto second = some_banded_plan(random, 2);
    RC_ASSERT(is_valid(first));
    const std::array versions = {InForce{{}, &first}, InForce{october + minutes(random.between(-600, 600)), &second}};
    const auto begin = october + seconds(random.between(-200'000, 200'000));
    const auto end = begin + seconds(random.between(0, 400'000));
    const auto units = random.between(0, 1'000'000);
    const auto shares = divide(versions, begin, end, units, utc_offset);
    RC_ASSERT(!shares.empty());
    std::int64_t sum = 0;
    for (const auto& share : shares) {
      RC_ASSERT(share.units >= 0);
      sum += share.units;
      RC_ASSERT(share.until <= std::max(begin, end));
      RC_ASSERT(std::count_if(shares.begin(), shares.end(), [&](const Share& s) { return s.point == share.point; }) == 1);
      const auto last_moment = begin < end ? share.until - microseconds(1) : end;
      RC_ASSERT(point_at(plan_at(versions, last_moment), last_moment, utc_offset) == share.point);
    }
    RC_ASSERT(sum == units);
  }));
}

TEST_CASE("law 9: however the readings fall, every unit stands in one part, and is charged once") {
  CHECK(rc::check("law 9, accrual", [](std::uint64_t seed) {
    Random random(seed);
    const auto plan = some_banded_plan(random, 1);
    const std::array versions = {InForce{{}, &plan}};
    CircuitFigures circuit;
    circuit.reading = {random.between(0, 1'000'000)};
    circuit.at = random.chance(1, 4) ? Instant{} : october - minutes(random.between(0, 600));
    auto open = edge::Accrual::begin(circuit);
    auto now = october - minutes(random.between(0, 500));
    auto charged = circuit.reading.units;
    for (int reading = 0; reading < 40; ++reading) {
      now = now + seconds(random.between(0, 3000));
      open.newest.units += random.between(0, 500);
      if (random.chance(3, 4)) open.place(versions, now, utc_offset);  // else no clock
      if (random.chance(1, 10) && open.has_rest()) open.place_lowest(1, 0);
      for (auto due = random.chance(1, 3) ? open.due(utc_offset) : 0; due > 0; --due) {
        charged += open.parts.front().units;
        open.drop_first();
      }
      auto sum = charged + open.newest.units - open.placed.units;
      for (const auto& part : open.parts) sum += part.units;
      RC_ASSERT(sum == open.newest.units);
      RC_ASSERT(open.begun.units == charged);
    }
  }));
}

TEST_CASE("law 9: within one band of one version, how often it was read changes nothing") {
  CHECK(rc::check("law 9, readings", [](std::uint64_t seed) {
    Random random(seed);
    const PricePlan plan{1, 1, {}, TierPeriod::month, {some_band(random)}};
    const std::array versions = {InForce{{}, &plan}};
    CircuitFigures circuit;
    circuit.at = october;
    auto often = edge::Accrual::begin(circuit);
    auto seldom = often;
    auto now = october;
    for (int reading = 0; reading < 30; ++reading) {
      now = now + minutes(random.between(0, 60));
      often.newest.units += random.between(0, 500);
      often.place(versions, now, utc_offset);
    }
    seldom.newest = often.newest;
    seldom.place(versions, now, utc_offset);
    RC_ASSERT(often.parts.size() == seldom.parts.size());
    for (std::size_t i = 0; i < often.parts.size(); ++i) {
      RC_ASSERT(often.parts[i].units == seldom.parts[i].units);
      RC_ASSERT(often.parts[i].point == seldom.parts[i].point);
    }
  }));
}

TEST_CASE("absurd quantities cost nothing, and say so") {
  const PricePlan plan{1, 1, {}, TierPeriod::none, {Band{{Tier{0, rate_max}}}}};
  CHECK_FALSE(charge(plan, 0, {-1}, 0, {}));
  CHECK_FALSE(charge(plan, 0, {slice_units_max + 1}, 0, {}));
  CHECK(charge(plan, 0, {slice_units_max}, 0, {999, 0, 0})->amount == Money{1'000'000'000'000'000});
}
