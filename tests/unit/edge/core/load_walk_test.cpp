#include "edge/core/gap_walk.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {
namespace {

constexpr Duration at_its_site = hours(8);

Instant load_time(std::uint8_t hour, std::uint8_t minute = 0) {
  return *instant_of({2026, 9, 23, hour, minute, 0}, at_its_site);
}

LoadReading load_of(std::uint8_t hour, std::uint8_t minute, std::int64_t energy) {
  LoadReading load{.at = {2026, 9, 23, hour, minute, 0}};
  load.energy = Quantity{energy};
  return load;
}

/// From 01:07 at 1,000 Wh to 05:20 at 5,300 Wh.
RecordedGap four_hours() { return {{1010}, {101}, {4711}, {load_time(1, 7), {1'000}}, {load_time(5, 20), {5'300}}}; }

constexpr dlt645::ModelLoad quarters{.records = 0x06040001, .minutes = 15, .blocks = 6};
constexpr dlt645::ModelLoad full_hours{.records = 0x06000001, .minutes = 60, .blocks = 1};

struct LoadMeter {
  std::vector<LoadReading> loads;  // by time
  std::vector<LocalTime> asked;
  std::size_t at_most = 6;  // in one answer

  LoadReadings from(const LocalTime& time) {
    REQUIRE(asked.size() < 500);
    asked.push_back(time);
    LoadReadings out;
    for (const auto& load : loads)
      if (load.at >= time && out.readings.size() < at_most) out.readings.push_back(load);
    return out;
  }
  void walk(LoadWalk& walk) {
    while (const auto question = walk.question()) walk.take(from(*question));
  }
};

/// Quarters of an hour from midnight on, 250 Wh each.
LoadMeter keeping_quarters() {
  LoadMeter meter;
  for (std::uint8_t n = 0; n < 28; ++n)
    meter.loads.push_back(load_of(static_cast<std::uint8_t>(n / 4), static_cast<std::uint8_t>(n % 4 * 15), n * 250));
  return meter;
}

}  // namespace

TEST_CASE("load records are asked for from the gap's beginning on, at the interval that they are kept at") {
  auto meter = keeping_quarters();
  LoadWalk walk(four_hours(), quarters, at_its_site);
  CHECK_FALSE(walk.has_begun());
  CHECK(walk.question() == LocalTime{2026, 9, 23, 1, 15, 0});
  meter.walk(walk);
  CHECK(walk.has_begun());
  CHECK(walk.dropped() == 0);
  CHECK_FALSE(walk.has_holes());
  REQUIRE(walk.found().size() == 17);
  CHECK(walk.found().begin()->first == load_time(1, 15));
  CHECK(walk.found().rbegin()->first == load_time(5, 15));
  for (const auto& [at, reading] : walk.found()) {
    CHECK(reading.at == at);
    CHECK(reading.from_history);
    CHECK(reading.register_units.units == (at - load_time(0)).micros / minutes(15).micros * 250);
  }
  CHECK(meter.asked == std::vector<LocalTime>{{2026, 9, 23, 1, 15, 0}, {2026, 9, 23, 2, 45, 0}, {2026, 9, 23, 4, 15, 0}});
}

TEST_CASE("a meter that keeps them oftener gives those of the interval, and one that gives one at a time is asked on") {
  auto meter = keeping_quarters();
  meter.at_most = 1;
  LoadWalk walk(four_hours(), full_hours, at_its_site);
  meter.walk(walk);
  REQUIRE(walk.found().size() == 4);
  CHECK(walk.found().begin()->first == load_time(2));
  CHECK(meter.asked.size() == 4);
  LoadWalk single(four_hours(), quarters, at_its_site);
  meter.walk(single);
  CHECK(single.found().size() == 17);
}

TEST_CASE("a record must lie between the readings around the gap, and is no less than the one before it") {
  LoadMeter meter;
  meter.loads = {load_of(1, 7, 1'000), load_of(1, 15, 999),   load_of(1, 30, 1'500), load_of(1, 45, 1'400),
                 load_of(2, 0, 5'301), load_of(5, 15, 5'300), load_of(5, 20, 5'300), load_of(5, 30, 5'400)};
  LoadWalk walk(four_hours(), quarters, at_its_site);
  meter.walk(walk);
  CHECK(walk.dropped() == 3);
  REQUIRE(walk.found().size() == 2);
  CHECK(walk.found().contains(load_time(1, 30)));
  CHECK(walk.found().contains(load_time(5, 15)));
  CHECK(walk.has_holes());

  auto back = four_hours();
  std::swap(back.from.register_units, back.until.register_units);
  CHECK_FALSE(LoadWalk(back, quarters, at_its_site).question());
  CHECK_FALSE(LoadWalk(four_hours(), {}, at_its_site).question());
  CHECK(LoadWalk(four_hours(), {}, at_its_site).has_holes());
  auto short_gap = four_hours();
  short_gap.until.at = load_time(1, 15);
  CHECK_FALSE(LoadWalk(short_gap, quarters, at_its_site).question());
}

TEST_CASE("what a meter holds for wrong is dropped, and so is a record without a register") {
  LoadMeter meter;
  meter.loads = {load_of(1, 15, 1'100), load_of(1, 30, 1'200), load_of(1, 45, 1'300)};
  meter.loads[0].is_wrong = true;
  meter.loads[1].energy.reset();
  meter.loads[2].power = Power{400};
  meter.loads[2].voltage_mv = 230'000;
  meter.loads[2].further.put(FurtherKind::power_factor, 990);
  LoadWalk walk(four_hours(), quarters, at_its_site);
  meter.walk(walk);
  CHECK(walk.dropped() == 2);
  REQUIRE(walk.found().size() == 1);
  const auto& reading = walk.found().begin()->second;
  CHECK(reading.power == Power{400});
  CHECK(reading.voltage_mv == 230'000);
  CHECK(reading.further.get(FurtherKind::power_factor) == 990);
}

TEST_CASE("a refusal and an answer without records end the walk at once") {
  for (const bool refuses : {true, false}) {
    LoadWalk walk(four_hours(), quarters, at_its_site);
    walk.take(refuses ? Result<LoadReadings>(WATTLE_FAIL(MeterErrc::no_such_data)) : Result<LoadReadings>(LoadReadings{}));
    CHECK_FALSE(walk.question());
    CHECK(walk.dropped() == 0);
    CHECK(walk.has_holes());
  }
}

TEST_CASE("a record that breaks the layout is passed by, and three without one of the time asked for end the walk") {
  LoadWalk walk(four_hours(), quarters, at_its_site);
  walk.take(LoadReadings{{}, WATTLE_FAIL(MeterErrc::data)});
  CHECK(walk.question() == LocalTime{2026, 9, 23, 1, 30, 0});
  // Behind a sound one the broken one is asked for once more by itself.
  walk.take(LoadReadings{{load_of(1, 30, 1'500)}, WATTLE_FAIL(MeterErrc::data)});
  CHECK(walk.question() == LocalTime{2026, 9, 23, 1, 45, 0});
  CHECK(walk.dropped() == 1);
  walk.take(LoadReadings{{load_of(1, 0, 900)}, {}});  // the newest before it, whatever is asked
  walk.take(LoadReadings{{load_of(1, 0, 900)}, {}});
  CHECK(walk.question() == LocalTime{2026, 9, 23, 2, 15, 0});
  walk.take(LoadReadings{{load_of(1, 0, 900)}, {}});
  CHECK_FALSE(walk.question());
  CHECK(walk.found().size() == 1);
  CHECK(walk.dropped() == 1);  // what was not asked for is passed over
}

TEST_CASE("of a gap of months the last part is asked for, with a bounded number of questions") {
  auto gap = four_hours();
  gap.from.at = gap.from.at - days(90);
  LoadMeter meter;
  meter.at_most = 1;
  LoadWalk walk(gap, full_hours, at_its_site);
  CHECK(*instant_of(*walk.question(), at_its_site) > gap.until.at - hours(load_walk_questions));
  for (unsigned hour = 0; hour <= 90 * 24; ++hour) {
    const auto at = local_time(gap.until.at - hours(90 * 24 - hour), at_its_site);
    LoadReading load{.at = {at.year, at.month, at.day, at.hour, 0, 0}};
    load.energy = Quantity{1'000 + hour};
    meter.loads.push_back(load);
  }
  meter.walk(walk);
  CHECK(meter.asked.size() == load_walk_questions);
  CHECK(walk.found().size() == load_walk_questions);
  CHECK(walk.found().rbegin()->first == load_time(5));
  // Six were asked for at once, and one came each time.
  meter.asked.clear();
  LoadWalk slow(gap, dlt645::ModelLoad{.records = 0x06000001, .minutes = 60, .blocks = 6}, at_its_site);
  meter.walk(slow);
  CHECK(meter.asked.size() == load_walk_questions);
  CHECK(slow.found().size() == load_walk_questions);
  CHECK(slow.has_holes());
}

TEST_CASE("freezes fill what load records leave, and only then they are asked for") {
  dlt645::ModelHistory keeps;
  keeps.load = quarters;
  keeps.freezes[FreezeKind::hourly] = {.time = 0x05040001, .energy = 0x05040101, .keeps = 2};
  auto meter = keeping_quarters();
  GapWalk whole(four_hours(), keeps, at_its_site);
  CHECK_FALSE(whole.is_over());
  CHECK_FALSE(whole.freeze_question());
  meter.walk(whole.loads());
  CHECK(whole.is_over());
  CHECK(whole.filled(true).readings.size() == 17);

  GapWalk walk(four_hours(), keeps, at_its_site);
  std::erase_if(meter.loads, [](const LoadReading& load) { return load.at.hour == 3 || load.at.hour == 4; });
  meter.walk(walk.loads());
  CHECK(walk.loads().found().size() == 9);
  REQUIRE(walk.freeze_question());
  const std::pair<std::uint8_t, std::int64_t> frozen[] = {{4, 4'000}, {2, 2'345}};
  while (const auto question = walk.freeze_question()) {
    const auto& [hour, energy] = frozen[question->number - 1];
    if (question->is_time)
      walk.freezes().take_time(LocalTime{2026, 9, 23, hour, 0, 0});
    else
      walk.freezes().take_energy(Quantity{energy});
  }
  CHECK(walk.is_over());
  const auto filled = walk.filled(true);
  REQUIRE(filled.readings.size() == 10);  // the record of two o'clock stands, and its freeze says less
  CHECK(filled.dropped == 0);
  CHECK(std::is_sorted(filled.readings.begin(), filled.readings.end(), [](auto& a, auto& b) { return a.at < b.at; }));
  CHECK(std::count_if(filled.readings.begin(), filled.readings.end(), [](auto& r) { return r.at == load_time(4); }) == 1);
  const auto wrong = walk.filled(false);
  CHECK(wrong.readings.empty());
  CHECK(wrong.dropped == 11);
}

TEST_CASE("a freeze that contradicts the load records around it is dropped") {
  dlt645::ModelHistory keeps;
  keeps.load = full_hours;
  keeps.freezes[FreezeKind::hourly] = {.time = 0x05040001, .energy = 0x05040101, .keeps = 1};
  LoadMeter meter;
  meter.loads = {load_of(2, 0, 2'000), load_of(4, 0, 4'000), load_of(5, 0, 9'999)};
  for (const auto& [energy, fits] : {std::pair{3'000, true}, std::pair{1'900, false}, std::pair{4'100, false}}) {
    GapWalk walk(four_hours(), keeps, at_its_site);
    meter.walk(walk.loads());
    while (const auto question = walk.freeze_question()) {
      if (question->is_time)
        walk.freezes().take_time(LocalTime{2026, 9, 23, 3, 0, 0});
      else
        walk.freezes().take_energy(Quantity{energy});
    }
    const auto filled = walk.filled(true);
    CHECK(filled.readings.size() == (fits ? 3 : 2));
    CHECK(filled.dropped == (fits ? 1 : 2));  // the last record is none of this gap
  }
}

}  // namespace wattle::edge
