#include "edge/core/freeze_walk.hpp"

#include <catch2/catch.hpp>
#include <functional>

namespace wattle::edge {
namespace {

constexpr Duration at_site = hours(8);

Instant freeze_day(std::uint8_t day, std::uint8_t hour = 0) { return *instant_of({2026, 9, day, hour, 0, 0}, at_site); }

struct FrozenMeter {
  std::vector<std::pair<LocalTime, std::int64_t>> daily;  // the newest first
  std::vector<std::pair<LocalTime, std::int64_t>> hourly;
  std::size_t asked = 0;

  const auto& of(FreezeKind kind) const { return kind == FreezeKind::daily ? daily : hourly; }
  void frozen(std::uint8_t day, std::int64_t energy) { daily.insert(daily.begin(), {{2026, 9, day, 0, 0, 0}, energy}); }

  GapFilled walk(
      const RecordedGap& gap, const dlt645::ModelHistory& keeps, const std::function<void()>& between = [] {}) {
    FreezeWalk walk(gap, keeps, at_site);
    while (const auto question = walk.question()) {
      REQUIRE(++asked < 2000);
      const auto& all = of(question->kind);
      const bool is_there = question->number <= all.size();
      if (question->is_time)
        walk.take_time(is_there ? Result<LocalTime>(all[question->number - 1u].first) : WATTLE_FAIL(MeterErrc::value));
      else
        walk.take_energy(is_there ? Result<Quantity>(Quantity{all[question->number - 1u].second})
                                  : WATTLE_FAIL(MeterErrc::value));
      between();
    }
    return walk.filled(true);
  }
};

const dlt645::ModelHistory keeps_days{{{FreezeKind::daily, {.time = 1, .energy = 0x101, .keeps = 62}}}, {}};
const dlt645::ModelHistory keeps_both{{{FreezeKind::daily, {.time = 1, .energy = 0x101, .keeps = 62}},
                                       {FreezeKind::hourly, {.time = 0x201, .energy = 0x301, .keeps = 254}}},
                                      {}};

RecordedGap three_days() { return {{1010}, {101}, {4711}, {freeze_day(20, 12), {1'000}}, {freeze_day(23, 8), {4'000}}}; }

FrozenMeter frozen_days() {
  FrozenMeter meter;
  for (std::uint8_t day = 10; day <= 20; ++day) meter.frozen(day, day * 45);
  meter.frozen(21, 1'500);
  meter.frozen(22, 2'500);
  meter.frozen(23, 3'500);
  return meter;
}

std::vector<std::int64_t> energies(const GapFilled& filled) {
  std::vector<std::int64_t> out;
  for (const auto& reading : filled.readings) {
    CHECK(reading.from_history);
    out.push_back(reading.register_units.units);
  }
  return out;
}

}  // namespace

TEST_CASE("the days of a gap are read back to its beginning, and no further") {
  auto meter = frozen_days();
  const auto filled = meter.walk(three_days(), keeps_days);
  CHECK(energies(filled) == std::vector<std::int64_t>{1'500, 2'500, 3'500});
  CHECK(filled.readings.front().at == freeze_day(21));
  CHECK(filled.dropped == 0);
  CHECK(filled.gap == three_days());
  CHECK(meter.asked == 8);  // three times two, the one before the gap, and the newest again
}

TEST_CASE("freezes behind the gap are passed over") {
  auto meter = frozen_days();
  meter.frozen(24, 9'000);
  meter.frozen(25, 9'500);
  CHECK(energies(meter.walk(three_days(), keeps_days)) == std::vector<std::int64_t>{1'500, 2'500, 3'500});
}

TEST_CASE("a meter that has kept nothing, or whose register ran back, fills nothing") {
  FrozenMeter empty;
  CHECK(empty.walk(three_days(), keeps_both).readings.empty());
  CHECK(empty.asked == 2);
  auto meter = frozen_days();
  auto gap = three_days();
  gap.until.register_units = {999};
  CHECK(meter.walk(gap, keeps_days).readings.empty());
  CHECK(meter.asked == 0);
}

TEST_CASE("a freeze that does not lie between the readings around it is dropped, and counted") {
  SECTION("beyond the gap's end") {
    auto meter = frozen_days();
    meter.daily[0].second = 4'010;
    const auto filled = meter.walk(three_days(), keeps_days);
    CHECK(energies(filled) == std::vector<std::int64_t>{1'500, 2'500});
    CHECK(filled.dropped == 1);
  }
  SECTION("before the gap's beginning") {
    auto meter = frozen_days();
    meter.daily[2].second = 990;
    const auto filled = meter.walk(three_days(), keeps_days);
    CHECK(energies(filled) == std::vector<std::int64_t>{2'500, 3'500});
    CHECK(filled.dropped == 1);
  }
  SECTION("above the day after it") {
    auto meter = frozen_days();
    meter.daily[1].second = 3'600;
    const auto filled = meter.walk(three_days(), keeps_days);
    CHECK(energies(filled) == std::vector<std::int64_t>{1'500, 3'500});
    CHECK(filled.dropped == 1);
  }
  SECTION("of a clock that was set back") {
    auto meter = frozen_days();
    meter.daily[1].first = {2026, 9, 23, 0, 0, 0};
    const auto filled = meter.walk(three_days(), keeps_days);
    CHECK(energies(filled) == std::vector<std::int64_t>{1'500, 3'500});
    CHECK(filled.dropped == 1);
  }
  SECTION("all, where the clock was wrong") {
    FreezeWalk walk(three_days(), keeps_days, at_site);
    walk.take_time(LocalTime{2026, 9, 23, 0, 0, 0});
    walk.take_energy(Quantity{3'500});
    walk.take_time(LocalTime{2026, 9, 20, 0, 0, 0});
    walk.take_time(LocalTime{2026, 9, 23, 0, 0, 0});
    REQUIRE_FALSE(walk.question());
    CHECK(walk.filled(true).readings.size() == 1);
    CHECK(walk.filled(false).readings.empty());
    CHECK(walk.filled(false).dropped == 1);
  }
}

TEST_CASE("a freeze that is taken on the way moves all numbers: they are read anew, but not for ever") {
  auto meter = frozen_days();
  int questions = 0;
  const auto filled = meter.walk(three_days(), keeps_days, [&] {
    if (++questions == 1) meter.frozen(24, 9'000);  // between the first one's time and its register
  });
  CHECK(energies(filled) == std::vector<std::int64_t>{1'500, 2'500, 3'500});
  CHECK(filled.dropped == 0);
  auto restless = frozen_days();
  std::uint8_t minute = 0;
  const auto nothing = restless.walk(three_days(), keeps_days, [&] {
    restless.daily[0].first = {2026, 9, 23, 1, static_cast<std::uint8_t>(++minute % 60), 0};
  });
  CHECK(nothing.readings.empty());
  CHECK(nothing.dropped > 0);
}

TEST_CASE("hours and days come together by time; where they contradict each other the hours are taken") {
  auto meter = frozen_days();
  for (std::uint8_t hour = 0; hour < 8; ++hour)
    meter.hourly.insert(meter.hourly.begin(), {{2026, 9, 23, hour, 0, 0}, 3'500 + hour * 10});
  auto filled = meter.walk(three_days(), keeps_both);
  CHECK(energies(filled) == std::vector<std::int64_t>{1'500, 2'500, 3'500, 3'510, 3'520, 3'530, 3'540, 3'550, 3'560, 3'570});
  CHECK(filled.dropped == 0);
  meter.hourly.back().second = 3'490;  // midnight
  filled = meter.walk(three_days(), keeps_both);
  CHECK(filled.readings.size() == 10);
  CHECK(filled.dropped == 1);
}

TEST_CASE("a way of hours that lasts for hours takes no freeze twice, and none that is another's") {
  const Instant first = freeze_day(20, 10);
  const auto hour_of = [&](std::int64_t n) { return local_time(first + hours(n), at_site); };
  const RecordedGap gap{{1010}, {101}, {4711}, {first + minutes(30), {0}}, {first + minutes(70 * 60 + 30), {7'000}}};
  const dlt645::ModelHistory keeps_hours{{{FreezeKind::hourly, {.time = 0x201, .energy = 0x301, .keeps = 254}}}, {}};
  for (const int at_once : {1, 2}) {
    for (int phase = 0; phase < 12; ++phase) {
      FrozenMeter meter;
      std::int64_t newest = 0;
      const auto freeze = [&] {
        meter.hourly.insert(meter.hourly.begin(), {hour_of(newest), newest * 100});
        ++newest;
      };
      while (newest <= 72) freeze();
      const auto filled = meter.walk(gap, keeps_hours, [&] {
        if (meter.asked % 12 == static_cast<std::size_t>(phase))
          for (int n = 0; n < at_once; ++n) freeze();
      });
      CHECK(filled.dropped == 0);
      REQUIRE(filled.readings.size() == 70);
      for (std::int64_t n = 1; n <= 70; ++n) {
        CHECK(filled.readings[static_cast<std::size_t>(n - 1)].at == first + hours(n));
        CHECK(filled.readings[static_cast<std::size_t>(n - 1)].register_units == Quantity{n * 100});
      }
      CHECK(meter.asked < 320);
    }
  }
}

TEST_CASE("the last that the meter keeps is not borne out by an older one: it counts if no freeze was taken meanwhile") {
  const dlt645::ModelHistory keeps_three{{{FreezeKind::daily, {.time = 1, .energy = 0x101, .keeps = 3}}}, {}};
  auto meter = frozen_days();
  CHECK(energies(meter.walk(three_days(), keeps_three)) == std::vector<std::int64_t>{1'500, 2'500, 3'500});
  auto moved = frozen_days();
  const auto filled = moved.walk(three_days(), keeps_three, [&] {
    if (moved.asked == 5) moved.frozen(24, 9'000);  // between the third one's time and its register
  });
  CHECK(energies(filled) == std::vector<std::int64_t>{2'500, 3'500});
  CHECK(filled.dropped == 1);
}

}  // namespace wattle::edge
