#include "edge/core/accrual.hpp"

#include <array>
#include <catch2/catch.hpp>

namespace wattle::edge {
namespace {

constexpr Duration china = hours(8);
constexpr Instant eight{1'790'812'800'000'000};  // 2026-10-01 08:00 in China

PricePlan plan_of_two() {
  PricePlan plan{7, 1, {}, TierPeriod::none, {Band{{Tier{0, 300'000}}}, Band{{Tier{0, 900'000}}}}};
  plan.profiles = {DayProfile{{0, 0}, {8 * 60, 1}, {22 * 60, 0}}};
  plan.seasons = {Season{}};
  return plan;
}

struct Script {
  PricePlan plan = plan_of_two();
  std::array<InForce, 1> versions = {InForce{{}, &plan}};
  Accrual open;

  explicit Script(Instant at) {
    CircuitFigures circuit;
    circuit.reading = {1000};
    circuit.at = at;
    open = Accrual::begin(circuit);
  }
  void read(Instant at, std::int64_t units) {
    open.newest = {units};
    open.place(versions, at, china);
  }
};

}  // namespace

TEST_CASE("a slice is due on the hour, and not before") {
  Script script(eight + minutes(1));
  script.read(eight + minutes(30), 1100);
  CHECK(script.open.due(china) == 0);
  script.read(eight + minutes(61), 1200);
  CHECK(script.open.due(china) == 1);
  CHECK(script.open.parts.front().units == 200);
  CHECK(script.open.parts.front().split == SplitBy::one_price);
}

TEST_CASE("at a boundary what went before is due, and what came after goes on") {
  Script script(eight - minutes(2));
  script.read(eight - minutes(1), 1010);
  script.read(eight + minutes(3), 1050);
  REQUIRE(script.open.parts.size() == 2);
  CHECK(script.open.due(china) == 1);
  CHECK(script.open.parts[0].units == 20);
  CHECK(script.open.parts[0].until == eight);
  CHECK(script.open.parts[0].split == SplitBy::time);
  script.open.drop_first();
  script.open.hour = hour_of(script.open.at + china);  // as whoever writes the slice says
  CHECK(script.open.begun == Quantity{1020});
  CHECK(script.open.due(china) == 0);
  script.read(eight + minutes(5), 1060);
  CHECK(script.open.parts.front().units == 40);
}

TEST_CASE("a boundary at which nothing flowed closes what went before") {
  Script script(eight - minutes(2));
  script.read(eight - minutes(1), 1010);
  script.read(eight + minutes(1), 1010);
  CHECK(script.open.due(china) == 1);
  CHECK(script.open.parts.front().units == 10);
}

TEST_CASE("what is read without a clock waits, and is divided when there is one again") {
  Script script(eight - hours(1));
  script.open.newest = {1100};
  CHECK(script.open.has_rest());
  CHECK(script.open.due(china) == 0);
  script.read(eight + hours(1), 1200);
  REQUIRE(script.open.parts.size() == 2);
  CHECK(script.open.parts[0].units == 100);
  CHECK(script.open.parts[1].units == 100);
  CHECK_FALSE(script.open.has_rest());
}

TEST_CASE("what must close without a clock has no time, and neither has what follows until the next reading") {
  Script script(eight - hours(1));
  script.open.newest = {1100};
  script.open.place_lowest(7, 0);
  CHECK(script.open.parts.front().split == SplitBy::lowest);
  CHECK(script.open.parts.front().until == Instant{});
  script.open.drop_first();
  script.read(eight, 1150);
  CHECK(script.open.parts.front().split == SplitBy::lowest);
  CHECK(script.open.parts.front().until == eight);
  script.read(eight + minutes(1), 1160);
  CHECK(script.open.parts.back().split == SplitBy::one_price);
}

}  // namespace wattle::edge
