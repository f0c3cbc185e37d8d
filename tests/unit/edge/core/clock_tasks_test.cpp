#include "edge/core/clock_tasks.hpp"

#include "tests/unit/edge/core/background_house.hpp"

namespace wattle::edge {
namespace {

using test::BackgroundHouse;
using test::its_room;
using test::metered;

const ClockPlan at_nine{hours(8), std::uint16_t{9 * 60}};

std::size_t broadcasts(const BackgroundHouse& house) {
  return static_cast<std::size_t>(std::count(house.asked.begin(), house.asked.end(), 'b'));
}

}  // namespace

TEST_CASE("a clock is read, and its error told") {
  BackgroundHouse house;
  house.meter.clock_error = seconds(-20);
  house.run(minutes(1));
  REQUIRE(house.tasks.clock_of(metered) != nullptr);
  CHECK(std::abs(house.tasks.clock_of(metered)->error.micros + seconds(20).micros) < seconds(2).micros);
  house.run(hours(20));
  CHECK(house.asked == "rr");  // time and date, once a day; no broadcast for so little, and none without a minute for it
}

TEST_CASE("a clock that is a minute away is told by one broadcast at its minute, once a day") {
  BackgroundHouse house(at_nine);
  house.meter.clock_error = minutes(-1);
  house.run(minutes(50));
  CHECK(broadcasts(house) == 0);
  house.run(minutes(20));
  CHECK(broadcasts(house) == 1);
  CHECK(std::abs(house.meter.clock_error.micros) < seconds(2).micros);
  CHECK(std::abs(house.tasks.clock_of(metered)->error.micros) < seconds(2).micros);
  house.meter.clock_error = minutes(-1);
  house.run(hours(22));
  CHECK(broadcasts(house) == 1);
  house.run(hours(3));
  CHECK(broadcasts(house) == 2);
  CHECK(house.writes() == 0);
}

TEST_CASE("how far away a clock is wrong its model says") {
  auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  auto& clock = *std::get<dlt645::Model>(profile.protocol).clock;
  for (const auto& [within, is_wrong] : {std::pair(minutes(5), true), std::pair(minutes(20), false)}) {
    clock.within = within;
    BackgroundHouse house({}, profile);
    house.meter.clock_error = minutes(10);
    house.run(minutes(5));
    CHECK(house.writes() == (is_wrong ? 2u : 0u));
    CHECK(house.notices.empty() != is_wrong);
  }
}

TEST_CASE("a clock that is far away is written, and whoever cannot is an alarm") {
  BackgroundHouse house(at_nine);
  house.meter.clock_error = days(-400);
  house.run(minutes(5));
  CHECK(std::abs(house.meter.clock_error.micros) < seconds(2).micros);
  CHECK(house.notices == std::vector{PollNotice::clock_wrong, PollNotice::clock_right});
  CHECK_FALSE(house.tasks.clock_of(metered)->refused);
  CHECK(house.writes() == 2);

  BackgroundHouse refusing;
  refusing.meter.accepts.password = {9, 9, 9, 9};
  refusing.meter.clock_error = hours(3);
  refusing.run(hours(12));
  CHECK(refusing.notices == std::vector{PollNotice::clock_wrong});
  CHECK(refusing.tasks.clock_of(metered)->refused);
  CHECK(refusing.writes() == 1);  // a wrong password is not tried again and again
}

TEST_CASE("a meter that takes the time and does not keep it is set once a day") {
  BackgroundHouse house;
  house.forgets_writes = true;
  house.meter.clock_error = hours(3);
  house.run(hours(12));
  CHECK(house.writes() == 2);
  CHECK(house.tasks.clock_of(metered)->refused);
  house.run(hours(24));
  CHECK(house.writes() == 4);
}

TEST_CASE("a box that does not know the time asks no clock and tells nobody") {
  BackgroundHouse house(at_nine);
  house.knows_time = false;
  house.meter.clock_error = minutes(-3);
  house.run(hours(3));
  CHECK(house.asked.empty());
  CHECK(house.meter.clock_error == minutes(-3));
  CHECK(house.tasks.clock_of(metered) == nullptr);
}

TEST_CASE("years that no clock of a meter can show, or that are long past, are told to nobody") {
  for (const auto began : {Instant{0} + hours(1), Instant{} + days(365 * 55), Instant{} + days(365 * 131)}) {
    BackgroundHouse house(at_nine);
    house.began = began;
    house.run(hours(2));
    CHECK(house.asked.empty());
  }
}

TEST_CASE("around midnight no clock is read or told anything") {
  BackgroundHouse house;
  house.began = house.began + hours(15) + minutes(51);
  house.meter.clock_error = hours(3);
  house.run(minutes(18));
  CHECK(house.asked.empty());
  house.run(minutes(5));
  CHECK(house.writes() == 2);
}

TEST_CASE("a clock that may be an hour ahead is not put back over midnight by a broadcast") {
  const auto told_by = [](Duration within, std::uint16_t minute, Duration after_midnight) {
    auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
    std::get<dlt645::Model>(profile.protocol).clock->within = within;
    BackgroundHouse house({hours(8), minute}, profile);
    house.began = house.began + hours(14);  // 22:00 there
    house.meter.clock_tolerance = within;
    house.meter.clock_error = minutes(2);
    house.run(hours(2));
    house.run(after_midnight);
    return broadcasts(house);
  };
  CHECK(told_by(minutes(5), 30, minutes(35)) == 1);
  CHECK(told_by(hours(1), 30, minutes(59)) == 0);
  CHECK(told_by(hours(1), 30, minutes(65)) == 1);  // late, but on its day
  CHECK(told_by(minutes(5), 23 * 60, {}) == 1);
  CHECK(told_by(hours(1), 23 * 60, hours(3)) == 0);
  CHECK(told_by(hours(1), 22 * 60 + 50, {}) == 1);
}

TEST_CASE("no clock is told the time unless the cloud has just spoken") {
  BackgroundHouse house(at_nine);
  house.hears_cloud = false;
  house.meter.clock_error = hours(3);
  house.run(hours(2));
  CHECK(house.notices == std::vector{PollNotice::clock_wrong});
  CHECK(house.writes() == 0);
  CHECK(broadcasts(house) == 0);
  house.hears_cloud = true;
  house.run(minutes(1));
  CHECK(house.writes() == 2);
  CHECK(std::abs(house.meter.clock_error.micros) < seconds(2).micros);
}

TEST_CASE("when the time of this box moves, each clock is read again") {
  BackgroundHouse house;
  house.run(minutes(1));
  CHECK(house.asked == "rr");
  house.box_error = seconds(20);
  house.run(minutes(1));
  CHECK(house.asked == "rr");
  house.box_error = minutes(10);
  house.run(seconds(3));
  CHECK(house.asked == "rrrrww");
}

TEST_CASE("a clock is tried to be read before a broadcast is sent for its sake") {
  BackgroundHouse house(at_nine);
  house.began = house.began + minutes(70);
  house.run(minutes(5));
  CHECK(house.asked == "rr");
  BackgroundHouse late(at_nine);
  late.began = house.began;
  late.meter.clock_error = minutes(-1);
  late.run(minutes(5));
  CHECK(late.asked == "rrbrr");
}

TEST_CASE("both halves of a clock are asked together, before whatever else waits, or else anew") {
  BackgroundHouse house;
  house.knows_time = false;
  house.run(seconds(5));  // the meter's own reading
  house.knows_time = true;
  auto question = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(question);
  CHECK(question->question.exchange == house.clock_question(0));
  house.take(house.tasks.answered(house.reply(question->question.exchange, false), {house.wall(), house.now}, house.time()));
  house.tasks.want(metered, {{Parameter::power_limit, {3'000, {}}}}, house.now);
  CHECK(house.tasks.goes_first(house.plan, house.now));
  question = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(question);
  CHECK(question->question.exchange == house.clock_question(1));
  house.tasks.unasked(house.now);
  house.now = house.now + house.settings.every;
  house.run(seconds(3));
  REQUIRE(house.tasks.clock_of(metered) != nullptr);
  CHECK(std::abs(house.tasks.clock_of(metered)->error.micros) < seconds(2).micros);

  BackgroundHouse slow;
  slow.knows_time = false;
  slow.run(seconds(5));
  slow.knows_time = true;
  question = slow.tasks.next(slow.plan, slow.now, slow.time());
  REQUIRE(question);
  slow.take(slow.tasks.answered(slow.reply(question->question.exchange, false), {slow.wall(), slow.now}, slow.time()));
  slow.now = slow.now + clock_halves_within + milliseconds(1);
  question = slow.tasks.next(slow.plan, slow.now, slow.time());
  REQUIRE(question);
  CHECK(question->question.exchange == slow.clock_question(0));
}

TEST_CASE("a clock that shows midnight, or no date, is wrong and set") {
  BackgroundHouse stopped;
  stopped.meter.clock_error = hours(-8);  // 00:00
  stopped.run(seconds(20));
  CHECK(stopped.notices == std::vector{PollNotice::clock_wrong, PollNotice::clock_right});
  CHECK(stopped.writes() == 2);

  BackgroundHouse house;
  house.shows_no_date = true;
  house.run(hours(12));
  REQUIRE(house.notices == std::vector{PollNotice::clock_wrong});
  CHECK(house.writes() == 2);
  CHECK(house.asked.size() < 8);
  house.shows_no_date = false;
  house.run(days(1));
  CHECK(house.notices.back() == PollNotice::clock_right);
}

TEST_CASE("a password that was refused for a parameter is not tried on the clock, whatever is doubted") {
  BackgroundHouse house(at_nine);
  house.meter.accepts.password = {9, 9, 9, 9};
  house.meter.clock_error = hours(3);
  house.knows_time = false;
  house.run(seconds(5));
  house.knows_time = true;
  house.tasks.want(metered, {{Parameter::power_limit, {3'000, {}}}}, house.now);
  for (int i = 0; i < 10; ++i) {
    house.run(hours(1));
    house.tasks.noticed({PollNotice::heard_again, test::its_room, metered, {}, {}}, house.now);
  }
  CHECK(house.writes() == 1);
  CHECK(house.tasks.clock_of(metered)->refused);
}

TEST_CASE("parameters and clocks take turns, and leave the bus to an order that is to be read back, but not for ever") {
  BackgroundHouse house;
  house.knows_time = false;
  house.run(seconds(5));
  house.knows_time = true;
  house.tasks.want(metered, {{Parameter::power_limit, {3'000, {}}}, {Parameter::trip_delay, {120, {}}}}, house.now);
  auto question = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(question);
  CHECK(question->question.exchange == parameter_read(house.profile, house.meters[0].place, 0, Parameter::power_limit));
  house.take(house.tasks.answered(house.reply(question->question.exchange, false), {house.wall(), house.now}, house.time()));
  question = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(question);
  CHECK(question->question.exchange == house.clock_question(0));
  CHECK(house.tasks.may_fill(house.plan, house.now));
  house.plan.order(metered, false, house.now);
  CHECK_FALSE(house.tasks.may_fill(house.plan, house.now));
  CHECK(house.tasks.may_fill(house.plan, house.now + background_waits_at_most + milliseconds(1)));
}

TEST_CASE("a water meter tells its clock with each reading, and is told the time by one question") {
  MeterProfile profile{
      .model = "water", .line = {}, .timings = {}, .rollover = cjt188::usual_rollover, .protocol = cjt188::Model{}};
  auto& model = std::get<cjt188::Model>(profile.protocol);
  model.clock = cjt188::ModelClock{.writable = true};
  const MeterPlace place{12, MeterId{12}, {}};
  cjt188::MeterImage meter{
      .address = cjt188::address_of(model, 12), .total = {100, -2, Unit::cubic_metre}, .utc_offset = hours(8)};
  meter.clock_error = days(-30);
  const PollSettings settings{.every = seconds(10), .full_every = minutes(1), .line = {}, .latency = {}};
  const std::vector<PolledMeter> meters{{place, std::make_shared<const MeterProfile>(profile), {{its_room, metered}}}};
  const Instant began{1'790'121'600'000'000};  // 2026-09-23 08:00 there
  Tick now{};
  const auto wall = [&] { return began + Duration{now.micros}; };
  const auto said = [&](const Exchange& exchange) {
    now = now + milliseconds(300);
    const auto frame = std::get<cjt188::Found>(cjt188::find_frame(request_bytes(exchange), Wire::quiet)).frame;
    return receive(exchange, cjt188::answer(frame, meter, wall()), Wire::quiet);
  };
  PollPlan plan(settings, meters, now);
  BackgroundTasks tasks(meters, settings, at_nine, plan.passwords());
  std::vector<PollNotice> notices;
  std::string asked;
  while (now < Tick{minutes(5).micros}) {
    if (const auto question = plan.next(now)) {
      plan.answered(said(question->exchange), now);
    } else if (const auto told = tasks.next(plan, now, BoxTime{wall(), true})) {
      asked += told->writes ? 'w' : 'r';
      for (const auto& noticed : tasks.answered(said(told->question.exchange), {wall(), now}, BoxTime{wall(), true}))
        notices.push_back(noticed.what);
    } else {
      now = now + seconds(1);
    }
  }
  CHECK(asked == "rwr");
  CHECK(notices == std::vector{PollNotice::clock_wrong, PollNotice::clock_right});
  CHECK(std::abs(meter.clock_error.micros) < seconds(2).micros);
  REQUIRE(tasks.clock_of(metered) != nullptr);
  CHECK_FALSE(tasks.clock_of(metered)->refused);

  meter.clock_error = days(-2000 * 365);  // its century is left out
  CHECK(clock_in(profile, std::vector{std::get<MeterAnswer>(said(clock_reads(profile, place)[0]))}).error() ==
        MeterErrc::value);
}

}  // namespace wattle::edge
