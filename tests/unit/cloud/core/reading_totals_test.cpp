#include "cloud/core/reading_totals.hpp"

#include <algorithm>
#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr Instant midnight{recording_begins.micros + days(100).micros};  // UTC

ReadingChunk quarter(int number) {
  ReadingChunk chunk{{1}, {101}, {7}, {}};
  for (int i = 0; i < 15; ++i) {
    const std::int64_t minute = number * 15 + i;
    RecordedReading reading{midnight + minutes(minute), {1000 + 3 * minute}, Power{minute % 40}};
    if (minute % 2 == 0) reading.voltage_mv = 220'000 + minute % 11;
    reading.current_ma = minute % 5 - 2;
    reading.further.put(FurtherKind::reactive_power, minute % 7 - 3);
    reading.further.put(FurtherKind::reactive_energy, 50 + 2 * minute);
    chunk.readings.push_back(reading);
  }
  return chunk;
}

}  // namespace

TEST_CASE("hours are UTC's, days begin at the site's midnight") {
  CHECK(start_of(TotalSpan::hour, midnight + minutes(59), hours(8)) == midnight);
  CHECK(start_of(TotalSpan::day, midnight + hours(15), hours(8)) == midnight - hours(8));
  CHECK(start_of(TotalSpan::day, midnight + hours(16), hours(8)) == midnight + hours(16));
  CHECK(start_of(TotalSpan::day, midnight + hours(1), hours(-5)) == midnight - hours(19));
}

TEST_CASE("totals are the same in whatever order the chunks come") {
  std::vector<ReadingChunk> chunks;
  for (int i = 0; i < 4 * 30; ++i) chunks.push_back(quarter(i));
  ReadingTotals in_order;
  for (const auto& chunk : chunks) add_totals(chunk, hours(8), in_order);
  Random random(5);
  for (int round = 0; round < 5; ++round) {
    for (std::size_t i = chunks.size(); i > 1; --i) std::swap(chunks[i - 1], chunks[random.below(i)]);
    ReadingTotals shuffled;
    for (const auto& chunk : chunks) {
      ReadingTotals part;
      add_totals(chunk, hours(8), part);
      for (const auto& [key, total] : part) shuffled[key] = join(shuffled[key], total);
    }
    CHECK(shuffled == in_order);
  }
  const auto hour = in_order.at({{101}, {1}, TotalSpan::hour, midnight + hours(2), {7}});
  CHECK(hour.readings == 60);
  CHECK(hour.first_at == midnight + hours(2));
  CHECK(hour.first.units == 1000 + 3 * 120);
  CHECK(hour.last.units == 1000 + 3 * 179);
  CHECK(hour.power_max_w == 39);
  CHECK((hour.voltage_mv.readings == 30 && hour.voltage_mv.least == 220'000 && hour.voltage_mv.most == 220'010));
  std::int64_t volts = 0;
  for (std::int64_t minute = 120; minute < 180; minute += 2) volts += 220'000 + minute % 11;
  CHECK(hour.voltage_mv.sum == volts);
  CHECK(hour.current_ma == LevelTotal{60, 0, -2, 2});
  const auto& level = hour.further.at(FurtherKind::reactive_power);
  CHECK((level.readings == 60 && level.least == -3 && level.most == 3));
  std::int64_t sum = 0;
  for (std::int64_t minute = 120; minute < 180; ++minute) sum += minute % 7 - 3;
  CHECK(level.sum == sum);
  const auto& counter = hour.further.at(FurtherKind::reactive_energy);
  CHECK((counter.first == 50 + 2 * 120 && counter.last == 50 + 2 * 179));
  CHECK(in_order.at({{101}, {1}, TotalSpan::day, midnight + hours(16), {7}}).readings == 14 * 60);
}

TEST_CASE("power factor, frequency and relay are kept for days, not for hours") {
  ReadingChunk chunk{{1}, {101}, {7}, {{midnight, {5000}}}};
  for (std::size_t i = 0; i < further_kinds; ++i) chunk.readings[0].further.put(static_cast<FurtherKind>(i), std::int64_t{1});
  ReadingTotals totals;
  add_totals(chunk, {}, totals);
  const auto& hour = totals.at({{101}, {1}, TotalSpan::hour, midnight, {7}}).further;
  const auto& day = totals.at({{101}, {1}, TotalSpan::day, midnight, {7}}).further;
  CHECK(day.size() == further_kinds);
  CHECK(hour.size() == further_kinds - 3);
  for (const auto kind : {FurtherKind::power_factor, FurtherKind::frequency, FurtherKind::relay})
    CHECK_FALSE(hour.contains(kind));
}

TEST_CASE("registers of two meters are never in one total, and a power that nobody told is none") {
  ReadingTotals totals;
  ReadingChunk chunk{{1}, {101}, {7}, {{midnight, {5000}}}};
  add_totals(chunk, {}, totals);
  chunk.meter = {8};
  chunk.readings = {{midnight + minutes(1), {0}, Power{-4}}};
  add_totals(chunk, {}, totals);
  REQUIRE(totals.size() == 4);
  CHECK(totals.at({{101}, {1}, TotalSpan::hour, midnight, {7}}).voltage_mv == LevelTotal{});
  CHECK(totals.at({{101}, {1}, TotalSpan::hour, midnight, {7}}).powers == 0);
  CHECK(totals.at({{101}, {1}, TotalSpan::hour, midnight, {8}}).power_max_w == -4);
}

TEST_CASE("what a broken box sends does not run over") {
  ReadingTotal huge;
  huge.readings = huge.powers = 1;
  huge.power_sum_w = INT64_MAX - 1;
  huge.further[FurtherKind::flow] = {1, INT64_MIN + 1, 0, 0, midnight, 0, midnight, 0};
  huge.voltage_mv = {1, INT64_MAX, INT64_MAX, INT64_MAX};
  huge.current_ma = {1, INT64_MIN, INT64_MIN, INT64_MIN};
  const auto sum = join(huge, huge);
  CHECK(sum.voltage_mv == LevelTotal{2, INT64_MAX, INT64_MAX, INT64_MAX});
  CHECK(sum.current_ma.sum == INT64_MIN);
  CHECK(sum.power_sum_w == INT64_MAX);
  CHECK(sum.further.at(FurtherKind::flow).sum == INT64_MIN);
}
