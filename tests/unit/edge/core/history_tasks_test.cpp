#include "edge/core/history_tasks.hpp"

#include "tests/unit/edge/core/background_house.hpp"

namespace wattle::edge {
namespace {

using test::BackgroundHouse;
using test::its_number;
using test::its_room;
using test::metered;

MeterProfile with_all_events() {
  auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  auto& events = std::get<dlt645::Model>(profile.protocol).history.events;
  events[MeterEvent::overloaded] = {.record = 0x03010001};
  events[MeterEvent::cover_opened] = {.record = 0x03300d01, .size = 60};
  return profile;
}

/// It began three days before the house, whose meter shows 1,000 Wh since.
RecordedGap days_before(const BackgroundHouse& house) {
  return {metered, its_room, {its_number}, {house.began - days(3), {400}}, {house.began, {1'000}}};
}

void freeze_days(BackgroundHouse& house) {
  auto& daily = house.meter.kept.freezes[FreezeKind::daily];
  for (std::uint8_t day = 18; day <= 23; ++day) daily.push_front({{2026, 9, day, 0, 0, 0}, {(day - 17) * 150}});
}

std::size_t history_questions(const BackgroundHouse& house) {
  return static_cast<std::size_t>(std::count(house.asked.begin(), house.asked.end(), 'r'));
}

bool is_freeze(std::uint32_t identifier) { return identifier >> 16U == 0x0506; }

std::ptrdiff_t freeze_questions(const BackgroundHouse& house) {
  return std::count_if(house.asked_for.begin(), house.asked_for.end(), is_freeze);
}

/// The meter is away for a while, and what happens to it happens in the middle.
void while_away(BackgroundHouse& house, const std::function<void()>& happens) {
  house.dead = true;
  house.run(minutes(10));
  happens();
  house.run(minutes(10));
  house.dead = false;
  house.run(minutes(5));
}

}  // namespace

TEST_CASE("what the meter has frozen in a gap is read, with the meter's time") {
  BackgroundHouse house;
  freeze_days(house);
  house.tasks.fill(days_before(house), house.now);
  house.run(minutes(3));
  const auto found = house.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].dropped == 0);
  REQUIRE(found.gaps[0].readings.size() == 3);
  CHECK(found.gaps[0].readings[0].at == house.began - hours(56));
  CHECK(found.gaps[0].readings[0].register_units == Quantity{600});
  CHECK(found.gaps[0].readings[2].register_units == Quantity{900});
  CHECK(house.tasks.take_history().empty());
  CHECK(history_questions(house) == 10);  // two for the clock
}

TEST_CASE("the ends of months that a meter of 1997 keeps fill a long gap") {
  BackgroundHouse house({}, generic_dlt645_meter(dlt645::Edition::v1997));
  const auto& model = std::get<dlt645::Model>(house.profile.protocol);
  house.meter.edition = dlt645::Edition::v1997;
  house.meter.kept.as = model.history;
  // The house stands in September; its meter shows 1,000 Wh.
  house.meter.kept.freezes[FreezeKind::monthly] = {{{2026, 9, 1, 0, 0, 0}, {700}}, {{2026, 8, 1, 0, 0, 0}, {500}}};
  house.tasks.fill({metered, its_room, {its_number}, {house.began - days(40), {600}}, {house.began, {1'000}}}, house.now);
  house.run(minutes(3));
  auto found = house.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  REQUIRE(found.gaps[0].readings.size() == 1);  // August's lies before the gap
  CHECK(found.gaps[0].readings[0].register_units == Quantity{700});
  CHECK(found.gaps[0].readings[0].at == *instant_of({2026, 9, 1, 0, 0, 0}, hours(8)));
  // One that is no register between those around it was frozen on another day.
  house.meter.kept.freezes[FreezeKind::monthly][0].energy = {1'100};
  house.tasks.fill({metered, its_room, {its_number}, {house.began - days(40), {600}}, {house.began, {1'000}}}, house.now);
  house.run(minutes(3));
  found = house.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].readings.empty());
}

TEST_CASE("load records fill a gap before freezes, at the price of one question where the meter keeps none") {
  const auto with_loads = [] {
    auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
    std::get<dlt645::Model>(profile.protocol).history.load = {.records = 0x06040001, .minutes = 60, .blocks = 6};
    return profile;
  };
  const auto keep_hours = [](BackgroundHouse& house) {
    freeze_days(house);
    for (std::int64_t hour = 0; hour < 80; ++hour) {
      const auto at = house.began - hours(80 - hour);
      dlt645::LoadRecord record{.at = local_time(at, hours(8))};
      Bytes energy;
      REQUIRE(put_bcd(energy, 40 + hour / 2, 4));
      energy.resize(16);
      record.groups[dlt645::load_energies] = energy;
      dlt645::keep_load(house.meter.kept, record);
    }
  };
  BackgroundHouse house({}, with_loads());
  keep_hours(house);
  house.tasks.fill(days_before(house), house.now);
  house.run(minutes(5));
  const auto found = house.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].dropped == 0);
  REQUIRE(found.gaps[0].readings.size() == 71);  // each full hour of three days
  CHECK(found.gaps[0].readings[0].at == house.began - hours(71));
  CHECK(found.gaps[0].readings[0].register_units == Quantity{440});
  CHECK(found.gaps[0].readings[0].from_history);
  CHECK(freeze_questions(house) == 0);
  CHECK(std::count(house.asked_for.begin(), house.asked_for.end(), 0x06040001u) == 12);

  BackgroundHouse none({}, with_loads());
  freeze_days(none);
  none.meter.kept.as.load.reset();
  none.tasks.fill(days_before(none), none.now);
  none.run(minutes(5));
  CHECK(none.tasks.take_history().gaps.at(0).readings.size() == 3);
  CHECK(std::count(none.asked_for.begin(), none.asked_for.end(), 0x06040001u) == 1);
  CHECK(none.notices.empty());

  BackgroundHouse wrong({}, with_loads());
  keep_hours(wrong);
  wrong.meter.clock_error = minutes(3);
  wrong.tasks.fill(days_before(wrong), wrong.now);
  wrong.run(minutes(5));
  const auto dropped = wrong.tasks.take_history();
  REQUIRE(dropped.gaps.size() == 1);
  CHECK(dropped.gaps[0].readings.empty());
  CHECK(dropped.gaps[0].dropped > 0);
}

TEST_CASE("where the meter's clock was wrong nothing is taken, also when it is put right meanwhile") {
  BackgroundHouse house;
  freeze_days(house);
  house.meter.clock_error = hours(1);
  house.tasks.fill(days_before(house), house.now);
  house.run(minutes(3));
  CHECK(std::abs(house.meter.clock_error.micros) < seconds(2).micros);
  const auto found = house.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].readings.empty());
  CHECK(found.gaps[0].dropped > 0);
}

TEST_CASE("a clock that is a little off is no reason, one that is off by minutes is") {
  for (const auto error : {seconds(40), minutes(3)}) {
    BackgroundHouse house;
    freeze_days(house);
    house.meter.clock_error = error;
    house.tasks.fill(days_before(house), house.now);
    house.run(minutes(3));
    const auto found = house.tasks.take_history();
    REQUIRE(found.gaps.size() == 1);
    CHECK(found.gaps[0].readings.empty() == (error == minutes(3)));
  }
}

TEST_CASE("a clock that shows no time at all is wrong") {
  BackgroundHouse house;
  freeze_days(house);
  house.shows_no_date = true;
  house.tasks.fill(days_before(house), house.now);
  house.run(minutes(3));
  const auto found = house.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].readings.empty());
}

TEST_CASE("a box that does not know the time asks when it does") {
  BackgroundHouse house;
  freeze_days(house);
  house.knows_time = false;
  house.tasks.fill(days_before(house), house.now);
  house.run(hours(3));
  CHECK(house.asked.empty());
  CHECK(house.tasks.take_history().empty());
  house.knows_time = true;
  house.run(minutes(3));
  CHECK(house.tasks.take_history().gaps.at(0).readings.size() == 3);
}

TEST_CASE("a meter that is silent is asked when it is back, and one that has no history is let alone") {
  BackgroundHouse house;
  freeze_days(house);
  house.dead = true;
  house.tasks.fill(days_before(house), house.now);
  house.run(hours(2));
  CHECK(house.tasks.take_history().empty());
  house.dead = false;
  house.run(minutes(5));
  CHECK(house.tasks.take_history().gaps.at(0).readings.size() == 3);

  BackgroundHouse refusing;
  refusing.meter.kept.as = {};
  refusing.tasks.fill(days_before(refusing), refusing.now);
  refusing.run(minutes(3));
  const auto found = refusing.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].readings.empty());
  CHECK(history_questions(refusing) == 3);

  auto gap = days_before(refusing);
  gap.meter = {99};  // another one hangs there now
  refusing.tasks.fill(gap, refusing.now);
  CHECK(refusing.tasks.take_history().gaps.size() == 1);
}

TEST_CASE("what meters have kept is asked for by turns with the rest, and only behind the clock") {
  BackgroundHouse house;
  freeze_days(house);
  house.run(minutes(1));
  house.tasks.fill(days_before(house), house.now);
  house.tasks.want(metered, {{Parameter::power_limit, {3'000, {}}}}, house.now);
  const auto& place = house.meters[0].place;
  std::vector<char> order;
  for (int n = 0; n < 40; ++n) {
    house.now = house.now + seconds(1);
    const auto question = house.tasks.next(house.plan, house.now, house.time());
    if (!question) continue;
    const auto& exchange = question->question.exchange;
    const bool is_newest = exchange == freeze_time_read(house.profile, place, 0, FreezeKind::daily, 1);
    const bool is_clock = exchange == house.clock_question(0) || exchange == house.clock_question(1);
    const auto& asked = std::get<dlt645::Request>(exchange.ask);
    order.push_back(is_newest ? 'f' : is_clock ? 'c' : asked.di == 0x04000e01 ? 'p' : '.');
    house.tasks.answered(house.reply(exchange, question->writes), {house.wall(), house.now}, house.time());
  }
  const auto first = std::find(order.begin(), order.end(), 'f');
  REQUIRE(first != order.end());
  CHECK(std::count(order.begin(), first, 'c') == 2);
  CHECK(std::count(order.begin(), first, 'p') >= 1);
  CHECK(house.tasks.take_history().gaps.at(0).readings.size() == 3);
}

TEST_CASE("the meter's own trip while it was away has its time and reason") {
  BackgroundHouse house({}, with_all_events());
  house.run(minutes(1));
  Instant at{};
  while_away(house, [&] {
    at = house.wall();
    dlt645::note(house.meter, MeterEvent::overloaded, at - minutes(1));
    dlt645::note(house.meter, MeterEvent::tripped, at);
    house.meter.relay.closed = false;
  });
  const auto found = house.tasks.take_history();
  REQUIRE(found.events.size() == 1);
  CHECK(found.events[0].what == MeterEvent::tripped);
  CHECK(found.events[0].cause == MeterEvent::overloaded);
  CHECK(found.events[0].circuit == metered);
  CHECK(found.events[0].room == its_room);
  CHECK(std::abs((found.events[0].at - at).micros) <= seconds(1).micros);
}

TEST_CASE("a cover, and what was bought or tripped before, or while somebody watched") {
  BackgroundHouse house({}, with_all_events());
  dlt645::note(house.meter, MeterEvent::tripped, house.began - days(3));
  dlt645::note(house.meter, MeterEvent::overloaded, house.began - days(3));
  house.run(minutes(10));
  CHECK(house.tasks.take_history().empty());
  while_away(house, [&] {
    dlt645::note(house.meter, MeterEvent::cover_opened, house.wall());
    dlt645::note(house.meter, MeterEvent::purchased, house.wall());
  });
  const auto found = house.tasks.take_history();
  REQUIRE(found.events.size() == 2);
  CHECK(found.events[0].what == MeterEvent::cover_opened);
  CHECK(found.events[1].what == MeterEvent::purchased);
  while_away(house, [] {});
  CHECK(house.tasks.take_history().empty());
}

TEST_CASE("what happened before this life of the box is looked at from its last record on") {
  for (const bool is_within : {true, false}) {
    BackgroundHouse house({}, with_all_events());
    dlt645::note(house.meter, MeterEvent::tripped, house.began - hours(2));
    house.tasks.seen_before(metered, {its_number}, house.began - hours(is_within ? 3 : 1));
    house.run(minutes(5));
    CHECK(house.tasks.take_history().events.size() == (is_within ? 1 : 0));
  }
  BackgroundHouse house({}, with_all_events());
  dlt645::note(house.meter, MeterEvent::tripped, house.began - hours(2));
  house.tasks.seen_before(metered, {99}, house.began - hours(3));  // another meter then
  house.run(minutes(5));
  CHECK(house.tasks.take_history().empty());
}

TEST_CASE("a relay that moves by itself under the eyes of the box has its reason too") {
  BackgroundHouse house({}, with_all_events());
  house.run(minutes(30));
  dlt645::note(house.meter, MeterEvent::overloaded, house.wall());
  dlt645::note(house.meter, MeterEvent::tripped, house.wall());
  house.meter.relay.closed = false;
  house.run(minutes(2));
  CHECK(house.count(PollNotice::relay_strayed) == 1);
  const auto found = house.tasks.take_history();
  REQUIRE(found.events.size() == 1);
  CHECK(found.events[0].cause == MeterEvent::overloaded);
}

TEST_CASE("what a meter has written by a wrong clock is dropped, and counted") {
  BackgroundHouse house({}, with_all_events());
  house.run(minutes(1));
  while_away(house, [&] {
    house.meter.clock_error = minutes(4);
    dlt645::note(house.meter, MeterEvent::tripped, house.wall());
  });
  const auto found = house.tasks.take_history();
  CHECK(found.events.empty());
  CHECK(found.events_dropped == 1);
}

TEST_CASE("tasks that take the place of others ask what those had still to ask") {
  BackgroundHouse house;
  freeze_days(house);
  house.knows_time = false;
  house.tasks.fill(days_before(house), house.now);
  house.run(minutes(1));
  BackgroundTasks next(house.meters, house.settings, {}, std::make_shared<RefusedPasswords>());
  next.carry_over(house.tasks);
  CHECK(next.wake_up() != never);
  BackgroundHouse other;
  freeze_days(other);
  other.tasks.carry_over(house.tasks);
  other.run(minutes(3));
  CHECK(other.tasks.take_history().gaps.at(0).readings.size() == 3);
}

TEST_CASE("a meter that is silent on what it does not know is asked some times, and then for the rest") {
  BackgroundHouse house({}, with_all_events());
  freeze_days(house);
  house.run(minutes(30));
  dlt645::note(house.meter, MeterEvent::tripped, house.wall());
  house.meter.relay.closed = false;
  house.silent_on = {0x03010001, 0x05060003};  // an event, and the third of the days
  house.tasks.fill(days_before(house), house.now);
  house.run(hours(2));
  const auto found = house.tasks.take_history();
  REQUIRE(found.events.size() == 1);
  CHECK(found.events[0].what == MeterEvent::tripped);
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].readings.size() == 2);
  const auto asked = house.asked_for.size();
  CHECK(std::count(house.asked_for.begin(), house.asked_for.end(), 0x03010001) == 5);
  CHECK(std::count(house.asked_for.begin(), house.asked_for.end(), 0x05060003) == 5);
  house.run(hours(2));
  CHECK(house.asked_for.size() == asked);
}

TEST_CASE("a gap that gives way to newer ones is counted") {
  BackgroundHouse house;
  house.knows_time = false;
  for (std::int64_t n = 0; n < 9; ++n) {
    CHECK(house.tasks.take_history().gaps.empty());
    auto gap = days_before(house);
    gap.from.at = gap.from.at + hours(n);
    house.tasks.fill(gap, house.now);
  }
  const auto found = house.tasks.take_history();
  REQUIRE(found.gaps.size() == 1);
  CHECK(found.gaps[0].gap == days_before(house));
  CHECK(found.gaps[0].dropped == 1);
}

TEST_CASE("one circuit's way back ends before another's begins") {
  BackgroundHouse house({}, generic_dlt645_meter(dlt645::Edition::v2007), 3);
  freeze_days(house);
  house.run(minutes(1));
  for (std::uint32_t n = 0; n < 3; ++n) {
    auto gap = days_before(house);
    gap.circuit = {metered.value + n};
    house.tasks.fill(gap, house.now);
  }
  std::vector<CircuitId> asked;
  for (int n = 0; n < 60; ++n) {
    house.now = house.now + seconds(1);
    const auto question = house.tasks.next(house.plan, house.now, house.time());
    if (!question) continue;
    const auto& exchange = question->question.exchange;
    if (is_freeze(house.identifier_in(exchange))) asked.push_back(question->question.circuit);
    house.tasks.answered(house.reply(exchange, question->writes), {house.wall(), house.now}, house.time());
  }
  CHECK(house.tasks.take_history().gaps.size() == 3);
  CHECK(asked.size() == 3 * 8);
  asked.erase(std::unique(asked.begin(), asked.end()), asked.end());
  CHECK(asked.size() == 3);
}

TEST_CASE("on a bus whose rounds take minutes a reading is no silence, and a silence still is") {
  BackgroundHouse house({}, with_all_events());
  HistoryTasks tasks(house.meters, house.settings, hours(8));
  Tick now{};
  const auto heard_after = [&](Duration interval) {
    now = now + interval;
    return tasks.heard(metered, {its_number}, now);
  };
  heard_after({});
  for (int n = 0; n < 2; ++n) heard_after(minutes(7));  // until it is known
  for (int n = 0; n < 20; ++n) CHECK_FALSE(heard_after(n % 5 == 4 ? minutes(14) : minutes(7)));
  CHECK(heard_after(minutes(40)));
  CHECK_FALSE(heard_after(minutes(7)));
  CHECK_FALSE(tasks.heard_again(metered, now + minutes(1)));
  CHECK(tasks.heard_again(metered, now + minutes(15)));
  for (int n = 0; n < 3; ++n) heard_after(seconds(10));
  CHECK(heard_after(minutes(6)));
}

TEST_CASE("clocks that are asked about all the time leave turns to what meters have kept") {
  BackgroundHouse house({}, generic_dlt645_meter(dlt645::Edition::v2007), 2);
  freeze_days(house);
  house.run(minutes(1));
  house.tasks.fill(days_before(house), house.now);
  const Noticed heard{PollNotice::heard_again, its_room, {metered.value + 1}, {}, {}};
  for (int n = 0; n < 60; ++n) {
    house.now = house.now + seconds(1);
    if (!house.tasks.has_begun()) house.tasks.noticed(heard, house.now);
    house.background();
  }
  CHECK(house.tasks.take_history().gaps.size() == 1);
}

TEST_CASE("the clock is read behind each silence, also while there is older work") {
  BackgroundHouse house;
  freeze_days(house);
  house.run(minutes(1));
  house.tasks.fill(days_before(house), house.now);
  while (freeze_questions(house) < 3) house.run(milliseconds(300));
  house.silent_on = {house.identifier_in(house.clock_question(0))};
  auto gap = days_before(house);
  gap.from.at = gap.from.at + hours(1);
  house.tasks.fill(gap, house.now);
  house.run(minutes(20));
  CHECK(freeze_questions(house) == 3);
  CHECK(house.tasks.take_history().empty());
  SECTION("a clock that is right then speaks for both") {
    house.silent_on.clear();
    house.run(minutes(20));
    const auto found = house.tasks.take_history();
    REQUIRE(found.gaps.size() == 2);
    CHECK(found.gaps[0].readings.size() == 3);
    CHECK(found.gaps[1].readings.size() == 3);
  }
  SECTION("one that is wrong then speaks for neither") {
    house.silent_on.clear();
    house.meter.clock_error = minutes(3);
    house.run(minutes(20));
    const auto found = house.tasks.take_history();
    REQUIRE(found.gaps.size() == 2);
    CHECK(found.gaps[0].readings.empty());
    CHECK(found.gaps[1].readings.empty());
  }
}

TEST_CASE("while readings are recorded by another time than the box's nothing is compared with them") {
  BackgroundHouse house;
  freeze_days(house);
  house.is_recorded = false;
  house.tasks.fill(days_before(house), house.now);
  house.run(hours(2));
  CHECK(freeze_questions(house) == 0);
  CHECK(house.tasks.take_history().empty());
  house.is_recorded = true;
  house.run(minutes(3));
  CHECK(house.tasks.take_history().gaps.at(0).readings.size() == 3);
}

TEST_CASE("a look at events that is under way begins anew in the tasks that take its place") {
  BackgroundHouse house({}, with_all_events());
  house.run(minutes(1));
  house.dead = true;
  house.run(minutes(10));
  dlt645::note(house.meter, MeterEvent::tripped, house.wall());
  house.run(minutes(10));
  house.dead = false;
  const auto is_event = [](std::uint32_t identifier) { return identifier >> 24U == 0x03; };
  while (std::none_of(house.asked_for.begin(), house.asked_for.end(), is_event)) house.run(milliseconds(300));
  REQUIRE(house.tasks.take_history().empty());
  BackgroundHouse other({}, with_all_events());
  other.meter = house.meter;
  other.now = house.now;
  other.tasks.carry_over(house.tasks);
  other.run(minutes(5));
  CHECK(other.tasks.take_history().events.size() == 1);
}

}  // namespace wattle::edge
