#include "shared/policy/trip.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

constexpr Tick tick_at(std::int64_t second) { return {second * 1'000'000}; }
constexpr TripRule rule{{2000}, seconds(5), 3, 2, hours(1)};

/// Above the limit until it is cut.
Tick overload(Trip& trip, Tick from) {
  CHECK_FALSE(observe(trip, rule, {2001}, from));
  CHECK(observe(trip, rule, {2001}, from + seconds(5)));
  return from + seconds(5);
}

}  // namespace

TEST_CASE("a start-up current is no overload") {
  Trip trip;
  CHECK_FALSE(observe(trip, rule, {6000}, tick_at(0)));
  CHECK_FALSE(observe(trip, rule, {6000}, tick_at(4)));
  CHECK_FALSE(observe(trip, rule, {2000}, tick_at(5)));  // the limit itself is allowed
  CHECK_FALSE(observe(trip, rule, {6000}, tick_at(6)));
  CHECK_FALSE(observe(trip, rule, {6000}, tick_at(10)));
  CHECK_FALSE(trip.is_cut());
  CHECK(observe(trip, rule, {6000}, tick_at(11)));
  CHECK(trip.is_cut());
}

TEST_CASE("what a circuit carried before a silence does not count for what it carries after it") {
  Trip trip;
  CHECK_FALSE(observe(trip, rule, {2001}, tick_at(0)));
  overload(trip, tick_at(10'000));
}

TEST_CASE("three minutes without a reading are such a silence") {
  Trip trip;
  CHECK_FALSE(observe(trip, rule, {2001}, tick_at(0)));
  CHECK_FALSE(observe(trip, rule, {2001}, tick_at(180)));
  CHECK(observe(trip, rule, {2001}, tick_at(185)));
}

TEST_CASE("readings a minute apart, the rarest that a box may take, still add up to a trip") {
  Trip trip;
  CHECK_FALSE(observe(trip, rule, {2001}, tick_at(0)));
  CHECK(observe(trip, rule, {2001}, tick_at(60)));
}

TEST_CASE("no limit, no trip") {
  Trip trip;
  const TripRule none{};
  CHECK_FALSE(observe(trip, none, {1'000'000}, tick_at(0)));
  CHECK_FALSE(observe(trip, none, {1'000'000}, tick_at(100)));
}

TEST_CASE("it comes back by itself after its minutes") {
  Trip trip;
  const auto cut = overload(trip, tick_at(0));
  CHECK(wake_up(trip, rule) == cut + minutes(3));
  CHECK_FALSE(restore_if_due(trip, rule, cut + microseconds(minutes(3).micros - 1)));
  CHECK(restore_if_due(trip, rule, cut + minutes(3)));
  CHECK_FALSE(trip.is_cut());
  CHECK_FALSE(restore_if_due(trip, rule, cut + minutes(4)));
}

TEST_CASE("with zero minutes it does not") {
  Trip trip;
  TripRule never_back = rule;
  never_back.restore_minutes = 0;
  cut_for(TripCause::overload, trip, never_back, tick_at(0));
  CHECK(wake_up(trip, never_back) == never);
  CHECK_FALSE(restore_if_due(trip, never_back, tick_at(100'000)));
}

TEST_CASE("too many trips within the window lock it out, until a person looks") {
  Trip trip;
  const auto first = overload(trip, tick_at(0));
  REQUIRE(restore_if_due(trip, rule, first + minutes(3)));
  SECTION("within the window") {
    const auto second = overload(trip, first + minutes(4));
    CHECK(trip.locked);
    CHECK_FALSE(restore_if_due(trip, rule, second + hours(100)));
    CHECK(wake_up(trip, rule) == never);
    reset(trip);
    CHECK_FALSE(trip.is_cut());
    overload(trip, second + minutes(1));
    CHECK_FALSE(trip.locked);
  }
  SECTION("after it") {
    overload(trip, first + hours(1));
    CHECK_FALSE(trip.locked);
  }
}

TEST_CASE("appliances that are not allowed count with overloads") {
  Trip trip;
  const auto first = overload(trip, tick_at(0));
  REQUIRE(restore_if_due(trip, rule, first + minutes(3)));
  cut_for(TripCause::malignant, trip, rule, first + minutes(5));
  CHECK(trip.cause == TripCause::malignant);
  CHECK(trip.locked);
}

}  // namespace wattle
