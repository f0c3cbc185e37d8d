#include "edge/core/recorder.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

using namespace wattle;
using namespace wattle::edge;

namespace {

constexpr Instant noon{recording_begins.micros + days(100).micros + hours(12).micros};

MeterRead read_of(std::uint32_t circuit, std::int64_t units) {
  return {{101}, {circuit}, {70'000'000 + circuit}, {units}, true, Power{units % 900}};
}

RecordSettings each_minute() { return {minutes(1), minutes(15), hours(8)}; }

std::vector<RecordedReading> readings_in(const std::vector<Bytes>& chunks) {
  std::vector<RecordedReading> out;
  for (const auto& bytes : chunks) {
    const auto chunk = decode_chunk(bytes);
    REQUIRE(chunk.has_value());
    out.insert(out.end(), chunk->readings.begin(), chunk->readings.end());
  }
  return out;
}

}  // namespace

TEST_CASE("of many readings the first in each slot of the wall clock is recorded") {
  Recorder recorder(each_minute());
  std::vector<Instant> recorded;
  for (int second = 47; second < 300; second += 10) {
    const auto at = noon + seconds(second) + milliseconds(350);
    if (recorder.note(read_of(1, second), at)) recorded.push_back(at);
  }
  REQUIRE(recorded.size() == 5);
  CHECK(recorded[0] == noon + seconds(47) + milliseconds(350));
  CHECK(recorded[1] == noon + seconds(67) + milliseconds(350));
  CHECK(recorded[4] == noon + seconds(247) + milliseconds(350));
}

TEST_CASE("all that a meter tells is recorded") {
  Recorder recorder(each_minute());
  auto read = read_of(1, 5);
  read.further.put(FurtherKind::reactive_power, -40);
  read.further.put(FurtherKind::remaining_money, 12'340'000);
  REQUIRE(recorder.note(read, noon));
  const auto all = readings_in(recorder.take(noon).open);
  REQUIRE(all.size() == 1);
  CHECK(all[0].further == read.further);
}

TEST_CASE("one write holds what a round of the bus has brought") {
  Recorder recorder(each_minute());
  for (std::uint32_t circuit = 1; circuit <= 32; ++circuit) recorder.note(read_of(circuit, 5), noon + seconds(circuit));
  const auto write = recorder.take(noon + seconds(33));
  CHECK(write.open.size() == 32);
  CHECK(write.closed.empty());
  CHECK_FALSE(write.open_replaced);
  CHECK(recorder.take(noon + seconds(34)).empty());
}

TEST_CASE("another pace holds from the next reading on, loses nothing and opens no gap") {
  Recorder recorder({minutes(30), hours(1), hours(8)});
  std::vector<int> recorded;
  for (int minute = 0; minute < 70; ++minute) {
    if (minute == 40) recorder.record_every(minutes(5), span_for(minutes(5)));
    if (recorder.note(read_of(1, minute), noon + minutes(minute))) recorded.push_back(minute);
  }
  CHECK(recorded == std::vector{0, 30, 40, 45, 50, 55, 60, 65});
  CHECK(recorder.take_gaps().empty());
  CHECK(readings_in(recorder.take(noon + hours(2)).closed).size() == recorded.size());
}

TEST_CASE("a quarter hour that is over becomes a chunk, also when nothing more is read") {
  Recorder recorder(each_minute());
  std::vector<RecordedReading> noted;
  for (int minute = 0; minute < 15; ++minute) {
    recorder.note(read_of(1, minute), noon + minutes(minute));
    noted.push_back({noon + minutes(minute), {minute}, Power{minute}});
    CHECK(recorder.take(noon + minutes(minute)).closed.empty());
  }
  const auto write = recorder.take(noon + minutes(15));
  CHECK(readings_in(write.closed) == noted);
  CHECK(write.closed.size() == 1);
  CHECK(write.open_replaced);
  CHECK(write.open.empty());
  CHECK(recorder.open_readings() == 0);
}

TEST_CASE("what was open when the box was killed goes on in the same chunk, and is not recorded twice") {
  Recorder first(each_minute());
  std::vector<Bytes> on_disk;
  for (int minute = 0; minute < 4; ++minute) {
    first.note(read_of(1, minute), noon + minutes(minute));
    const auto write = first.take(noon + minutes(minute));
    on_disk.insert(on_disk.end(), write.open.begin(), write.open.end());
  }
  Recorder second(each_minute());
  second.restore(on_disk);
  CHECK_FALSE(second.note(read_of(1, 99), noon + minutes(3) + seconds(40)));
  CHECK(second.note(read_of(1, 4), noon + minutes(4)));
  const auto write = second.take(noon + minutes(15));
  REQUIRE(write.closed.size() == 1);
  CHECK(readings_in(write.closed).size() == 5);
}

TEST_CASE("another meter, another room, and other quantities begin another chunk") {
  Recorder recorder(each_minute());
  auto read = read_of(1, 1);
  CHECK(recorder.note(read, noon));
  read.meter = {5};
  CHECK(recorder.note(read, noon + minutes(1)));
  read.room = {102};
  CHECK(recorder.note(read, noon + minutes(2)));
  read.power.reset();
  CHECK(recorder.note(read, noon + minutes(3)));
  const auto write = recorder.take(noon + minutes(20));
  CHECK(write.closed.size() == 4);
  CHECK(readings_in(write.closed).size() == 4);
}

TEST_CASE("a clock that jumps loses nothing and records nothing that cannot be") {
  Random random(11);
  Recorder recorder(each_minute());
  std::size_t noted = 0;
  std::size_t packed = 0;
  auto at = noon;
  for (int i = 0; i < 3000; ++i) {
    at = random.below(20) == 0 ? at + minutes(static_cast<std::int64_t>(random.below(180)) - 90) : at + seconds(20);
    if (recorder.note(read_of(static_cast<std::uint32_t>(1 + random.below(3)), i), at)) ++noted;
    if (random.below(3) == 0) packed += readings_in(recorder.take(at).closed).size();
  }
  packed += readings_in(recorder.take(at + hours(3)).closed).size();
  CHECK(packed == noted);
  CHECK_FALSE(recorder.note(read_of(1, 1), {0}));  // 1970: a clock that was not set
}

TEST_CASE("a plan says when a circuit's readings are recorded, and for no other circuit") {
  Recorder recorder(each_minute());
  ReadingPlan plan;
  plan.rules.push_back({ReadingRuleKind::cron});
  plan.rules[0].cron = "20,50 * * * *";
  std::vector<Instant> recorded;
  int of_the_other = 0;
  for (int second = 0; second < 2 * 3600; second += 10) {
    const auto at = noon + seconds(second);
    if (recorder.note(read_of(1, second), at, &plan)) recorded.push_back(at);
    if (recorder.note(read_of(2, second), at)) ++of_the_other;
  }
  REQUIRE(recorded.size() == 5);
  CHECK(recorded[0] == noon);  // the first there is: 11:50 has passed without one
  CHECK(recorded[1] == noon + minutes(20));
  CHECK(recorded[2] == noon + minutes(50));
  CHECK(recorded[4] == noon + minutes(110));
  CHECK(of_the_other == 120);
}

TEST_CASE("a silence longer than a slot is a gap between two readings, of the same meter in the same room") {
  Recorder recorder({minutes(30), hours(1), hours(8)});
  CHECK(recorder.note(read_of(1, 100), noon));
  CHECK(recorder.note(read_of(1, 200), noon + minutes(31)));
  CHECK(recorder.take_gaps().empty());
  CHECK(recorder.note(read_of(1, 300), noon + minutes(91)));
  CHECK(recorder.note(read_of(2, 300), noon + minutes(91)));
  const auto gaps = recorder.take_gaps();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].circuit == CircuitId{1});
  CHECK(gaps[0].from == RecordedReading{noon + minutes(31), {200}, Power{200}});
  CHECK(gaps[0].until == RecordedReading{noon + minutes(91), {300}, Power{300}});
  CHECK(decode_gap(encode(gaps[0])) == gaps[0]);
  CHECK(recorder.take_gaps().empty());
  auto other = read_of(1, 400);
  other.meter = {5};
  CHECK(recorder.note(other, noon + hours(9)));
  other.room = {102};
  CHECK(recorder.note(other, noon + hours(19)));
  CHECK(recorder.note(other, noon + hours(2)));  // the clock went back
  CHECK(recorder.take_gaps().empty());
  const ReadingPlan daily{{{ReadingRuleKind::interval, 1440}}};
  CHECK(recorder.note(other, noon + hours(4) + minutes(1), &daily));  // midnight there is at 16:00
  CHECK(recorder.take_gaps().empty());
}

namespace {

/// Monday 2020-04-13, by the site's clock.
Instant monday(std::int64_t day, std::int64_t hour, std::int64_t minute = 0) {
  return *instant_of({2020, 4, 13, 0, 0, 0}, hours(8)) + days(day) + hours(hour) + minutes(minute);
}

/// Heard every `step` from one moment to another.
void hear(Recorder& recorder, Instant from, Instant until, const ReadingPlan* plan, Duration step = seconds(60)) {
  for (auto at = from; at < until; at = at + step) recorder.note(read_of(1, at.micros / 1'000'000 % 100'000'000), at, plan);
}

ReadingPlan office_hours() {
  ReadingPlan plan;
  plan.rules.push_back({ReadingRuleKind::cron});
  plan.rules[0].cron = "0 8-18 * * 1-5";
  return plan;
}

}  // namespace

TEST_CASE("a plan with uneven steps: a silence is one that a due reading fell into, whatever comes behind it") {
  const auto plan = office_hours();
  Recorder recorder({minutes(30), hours(1), hours(8)});
  hear(recorder, monday(0, 7), monday(1, 12, 1), &plan);
  CHECK(recorder.take_gaps().empty());  // a night is none
  hear(recorder, monday(1, 18, 30), monday(1, 20), &plan);
  const auto gaps = recorder.take_gaps();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].from.at == monday(1, 12));
  CHECK(gaps[0].until.at == monday(1, 18, 30));
  hear(recorder, monday(2, 5), monday(4, 19), &plan);  // silent at night, when none was due
  hear(recorder, monday(6, 0), monday(7, 9, 30), &plan);
  CHECK(recorder.take_gaps().empty());  // and a weekend
  hear(recorder, monday(7, 9, 50), monday(7, 9, 59), &plan);
  hear(recorder, monday(7, 10, 30), monday(7, 11), &plan);
  CHECK(recorder.take_gaps().size() == 1);  // the one of ten o'clock came late
}

TEST_CASE("on a bus whose rounds take minutes readings that come late are no gap, and a silence still is") {
  for (const auto round : {minutes(4), minutes(7)}) {
    const ReadingPlan each_five{{{ReadingRuleKind::interval, 5}}};
    Recorder recorder({minutes(30), hours(1), hours(8)});
    hear(recorder, monday(0, 0), monday(0, 0, 20), &each_five, round);
    recorder.take_gaps();  // until the round is known
    hear(recorder, monday(0, 0) + Duration{round.micros * 5}, monday(0, 6), &each_five, round);
    CHECK(recorder.take_gaps().empty());
    hear(recorder, monday(0, 7), monday(0, 8), &each_five, round);
    CHECK(recorder.take_gaps().size() == 1);
  }
}

TEST_CASE("a gap within an hour parts its chunk also over a restart") {
  Recorder first({minutes(5), hours(1), hours(8)});
  first.note(read_of(1, 100), noon);
  first.note(read_of(1, 200), noon + minutes(30));
  const auto write = first.take(noon + minutes(31));
  REQUIRE(write.gaps.size() == 1);
  Recorder second({minutes(5), hours(1), hours(8)});
  second.restore(write.open);
  second.restore({write.newest[0].second}, write.gaps);
  CHECK(second.note(read_of(1, 210), noon + minutes(35)));
  const auto closed = second.take(noon + hours(1)).closed;
  CHECK(readings_in(write.closed).size() == 1);  // what was before the gap is never open beside what is behind it
  REQUIRE(closed.size() == 1);
  CHECK(readings_in(closed).size() == 2);
}

TEST_CASE("a gap within an hour parts its chunk, so that what fills it lies between two") {
  Recorder recorder({minutes(5), hours(1), hours(8)});
  CHECK(recorder.note(read_of(1, 100), noon));
  CHECK(recorder.note(read_of(1, 101), noon + minutes(5)));
  CHECK(recorder.note(read_of(1, 200), noon + minutes(35)));
  REQUIRE(recorder.take_gaps().size() == 1);
  const auto closed = recorder.take(noon + hours(1)).closed;
  REQUIRE(closed.size() == 2);
  CHECK(decode_chunk(closed[0])->readings.size() == 2);
  CHECK(decode_chunk(closed[1])->readings.size() == 1);
}

TEST_CASE("a gap outlives the box until it was filled, and the silence of a box that was off is one") {
  Recorder first({minutes(30), hours(1), hours(8)});
  first.note(read_of(1, 100), noon);
  first.note(read_of(1, 300), noon + hours(2));
  auto write = first.take(noon + hours(2));
  CHECK(write.gaps.size() == 1);
  REQUIRE(write.newest.size() == 1);
  CHECK(first.take(noon + hours(2)).newest.empty());
  Recorder second({minutes(30), hours(1), hours(8)});
  second.restore({write.newest[0].second}, write.gaps);
  REQUIRE(second.newest({1}) != nullptr);
  CHECK(second.newest({1})->readings.front().at == noon + hours(2));
  CHECK(second.newest({2}) == nullptr);
  CHECK(second.take_gaps().size() == 1);
  CHECK(second.note(read_of(1, 500), noon + hours(5)));
  const auto gaps = second.take_gaps();
  REQUIRE(gaps.size() == 1);
  CHECK(gaps[0].from.register_units == Quantity{300});
  RecordedReading kept{noon + hours(4), {400}};
  kept.from_history = true;
  second.fill({gaps[0], {kept}, 0});
  const auto filled = second.take(noon + hours(5));
  REQUIRE(filled.closed.size() == 1);
  CHECK(decode_chunk(filled.closed[0]).value() == ReadingChunk{{1}, {101}, {70'000'001}, {kept}});
  CHECK(filled.gaps_done == std::vector<Bytes>{encode(gaps[0])});
  CHECK_FALSE(filled.open_replaced);
  CHECK_FALSE(second.note(read_of(1, 501), noon + hours(5) + minutes(1)));  // its slot has a reading
}

TEST_CASE("a plan that is changed or taken back holds from the next reading on") {
  Recorder recorder(each_minute());
  ReadingPlan hourly;
  hourly.rules.push_back({ReadingRuleKind::interval, 60});
  CHECK(recorder.note(read_of(1, 0), noon, &hourly));
  CHECK_FALSE(recorder.note(read_of(1, 1), noon + minutes(5), &hourly));
  const ReadingPlan each_five{{{ReadingRuleKind::interval, 5}}};
  CHECK(recorder.note(read_of(1, 2), noon + minutes(6), &each_five));
  CHECK_FALSE(recorder.note(read_of(1, 3), noon + minutes(7), &hourly));
  CHECK(recorder.note(read_of(1, 4), noon + minutes(8)));
  CHECK_FALSE(recorder.note(read_of(1, 5), noon + minutes(8) + seconds(59)));
}

TEST_CASE("a settlement day at midnight is the site's, and is kept across a restart") {
  Recorder recorder(each_minute());
  ReadingPlan plan;
  plan.rules.push_back({ReadingRuleKind::settlement_day});
  plan.rules[0].day = 31;
  // 2020-04-30 00:00 at the site, eight hours before that in UTC: April has no 31st.
  const auto midnight = instant_of({2020, 4, 30, 0, 0, 0}, hours(8)).value();
  CHECK(recorder.note(read_of(1, 0), midnight - minutes(1), &plan));  // none since the 31st of March
  CHECK_FALSE(recorder.note(read_of(1, 0), midnight - seconds(1), &plan));
  CHECK(recorder.note(read_of(1, 1), midnight + seconds(3), &plan));
  const auto open = recorder.take(midnight + seconds(4), true).open;
  Recorder restarted(each_minute());
  restarted.restore(open);
  CHECK_FALSE(restarted.note(read_of(1, 2), midnight + seconds(9), &plan));
  CHECK(restarted.note(read_of(1, 3), instant_of({2020, 5, 31, 0, 0, 1}, hours(8)).value(), &plan));
}

TEST_CASE("what a plan records often is closed by the quarter hour, the rest by the hour") {
  Recorder recorder({minutes(30), hours(1), hours(8)});
  const ReadingPlan often{{{ReadingRuleKind::interval, 5}}};
  const ReadingPlan seldom{{{ReadingRuleKind::interval, 720}}};
  CHECK(recorder.note(read_of(1, 0), noon, &often));
  CHECK(recorder.note(read_of(2, 0), noon, &seldom));
  CHECK(recorder.note(read_of(3, 0), noon));
  CHECK(recorder.take(noon + minutes(14)).closed.empty());
  CHECK(readings_in(recorder.take(noon + minutes(15)).closed).size() == 1);
  CHECK(readings_in(recorder.take(noon + minutes(60)).closed).size() == 2);
}

TEST_CASE("power and current that are not what the voltage says are not recorded, and the register is") {
  Recorder recorder(each_minute());
  MeterRead read{{101}, {1010}, {5}, {700}, true, Power{1'200}, 220'000, 0};
  read.disagrees = true;
  REQUIRE(recorder.note(read, noon));
  read.disagrees = false;
  read.current_ma = 5'450;
  REQUIRE(recorder.note(read, noon + minutes(1)));
  const auto kept = readings_in(recorder.take(noon + days(1)).closed);
  REQUIRE(kept.size() == 2);
  CHECK(kept[0].register_units == Quantity{700});
  CHECK(kept[0].voltage_mv == 220'000);
  CHECK_FALSE(kept[0].power);
  CHECK_FALSE(kept[0].current_ma);
  CHECK(kept[1].power == Power{1'200});
  CHECK(kept[1].current_ma == 5'450);
}
