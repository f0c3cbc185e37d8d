#include "simulator/building/room_load.hpp"

#include <catch2/catch.hpp>

using namespace wattle;
using namespace wattle::sim;

namespace {

const Appliance kettle{"kettle", 2150, 2, 4, 3, 7, 9};

std::int64_t minutes_above(const LoadCurve& load, std::int64_t watts) {
  std::int64_t count = 0;
  for (std::int64_t m = 0; m < static_cast<std::int64_t>(load.minutes()); ++m) count += load.at_minute(m).watts > watts ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("without appliances a load is the share of the curve, from the shift on") {
  std::vector<std::int64_t> weeks(14 * day_minutes, 100);
  weeks[90] = 900;
  const auto load = room_load(LoadCurve(weeks), {50, 60, 1}, {});
  CHECK(load.minutes() == 14 * day_minutes);
  CHECK(load.at_minute(30).watts == 450);
  CHECK(load.at_minute(31).watts == 50);
}

TEST_CASE("an appliance is used as often as it says, for as long, and within its hours") {
  const auto load = room_load(LoadCurve(Power{100}), {100, 0, 7}, std::span(&kettle, 1));
  CHECK(minutes_above(load, 100) >= 14 * 2);  // uses may overlap
  CHECK(minutes_above(load, 100) <= 14 * 3 * 4);
  for (std::int64_t m = 0; m < 14 * day_minutes; ++m) {
    const auto hour = m % day_minutes / 60;
    if (load.at_minute(m).watts > 100) CHECK((hour >= 7 && hour <= 9));
  }
}

TEST_CASE("a seed is a load, and another seed is another") {
  const auto load_of = [](std::uint64_t seed) {
    const auto load = room_load(LoadCurve(Power{100}), {100, 0, seed}, std::span(&kettle, 1));
    std::vector<std::int64_t> watts;
    for (std::int64_t m = 0; m < 14 * day_minutes; ++m) watts.push_back(load.at_minute(m).watts);
    return watts;
  };
  CHECK(load_of(5) == load_of(5));
  CHECK(load_of(5) != load_of(6));
}

TEST_CASE("however much is switched on, no minute is more than a meter can show") {
  const Appliance furnace{"furnace", 20'000, 600, 600, 9, 0, 24};
  CHECK(minutes_above(room_load(LoadCurve(Power{100}), {}, std::span(&furnace, 1)), max_curve_watts) == 0);
}
