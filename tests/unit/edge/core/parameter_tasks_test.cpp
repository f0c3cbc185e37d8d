#include "edge/core/parameter_tasks.hpp"

#include "tests/unit/edge/core/background_house.hpp"

namespace wattle::edge {
namespace {

using test::BackgroundHouse;
using test::metered;

constexpr std::uint32_t limit_item = 0x04000e01;
const ParameterValues limit_3_kw = {{Parameter::power_limit, {3'000, {}}}};

Bytes limit_in(const BackgroundHouse& house) { return house.meter.items.at(limit_item).bytes; }

}  // namespace

TEST_CASE("a parameter is written, read back, and let alone while it is right") {
  BackgroundHouse house;
  house.tasks.want(metered, limit_3_kw, house.now);
  CHECK(house.told(Parameter::power_limit).state == ParameterState::pending);
  house.run(minutes(1));
  CHECK(limit_in(house) == from_hex("000003"));  // 03.0000 kW
  CHECK(house.told(Parameter::power_limit).state == ParameterState::written);
  CHECK(house.told(Parameter::power_limit).in_meter == ParameterValue{3'000, {}});
  CHECK(house.told(Parameter::power_limit).read > house.began);
  CHECK(house.count(PollNotice::parameter_written) == 1);
  house.tasks.want(metered, limit_3_kw, house.now);  // the same again
  house.run(hours(20));
  CHECK(house.writes() == 1);
}

TEST_CASE("what somebody else has changed is noticed within a day and put right") {
  BackgroundHouse house;
  house.tasks.want(metered, limit_3_kw, house.now);
  house.run(minutes(1));
  house.meter.items[limit_item].bytes = from_hex("000099");
  house.run(days(1));
  CHECK(house.count(PollNotice::parameter_differs) == 1);
  CHECK(limit_in(house) == from_hex("000003"));
  CHECK(house.told(Parameter::power_limit).state == ParameterState::written);
  CHECK(house.writes() == 2);
}

TEST_CASE("a meter that was silent is read again at once") {
  BackgroundHouse house;
  house.tasks.want(metered, limit_3_kw, house.now);
  house.run(minutes(1));
  house.dead = true;
  house.run(minutes(10));
  house.meter.items[limit_item].bytes = from_hex("000000");  // another meter, or one that forgot
  house.dead = false;
  house.run(minutes(5));
  CHECK(house.count(PollNotice::heard_again) == 1);
  CHECK(limit_in(house) == from_hex("000003"));
}

TEST_CASE("an answer that was lost is settled by what the meter holds") {
  BackgroundHouse house;
  house.loses_next_write = true;
  house.tasks.want(metered, limit_3_kw, house.now);
  house.run(minutes(1));
  CHECK(house.told(Parameter::power_limit).state == ParameterState::written);
  CHECK(house.writes() == 1);
}

TEST_CASE("a meter that says yes and does nothing is told five times a day, also if it comes and goes") {
  BackgroundHouse house;
  house.forgets_writes = true;
  house.tasks.want(metered, limit_3_kw, house.now);
  house.run(hours(4));
  CHECK(house.told(Parameter::power_limit).state == ParameterState::differs);
  CHECK(house.told(Parameter::power_limit).in_meter == ParameterValue{0, {}});
  CHECK(house.writes() == writes_in_vain);
  for (int i = 0; i < 20; ++i) {
    house.tasks.noticed({PollNotice::heard_again, test::its_room, metered, {}, {}}, house.now);
    house.run(minutes(10));
  }
  CHECK(house.writes() == writes_in_vain);
  house.forgets_writes = false;
  house.run(days(1));
  CHECK(house.told(Parameter::power_limit).state == ParameterState::written);
  CHECK(house.writes() == writes_in_vain + 1);
}

TEST_CASE("an order for another parameter of the circuit leaves a write that is under way alone") {
  BackgroundHouse house;
  house.knows_time = false;
  house.run(seconds(5));
  house.tasks.want(metered, limit_3_kw, house.now);
  REQUIRE(house.background());  // read
  const auto write = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(write);
  REQUIRE(write->writes);
  house.asked += 'w';
  house.tasks.want(metered, {{Parameter::power_limit, {3'000, {}}}, {Parameter::trip_delay, {120, {}}}}, house.now);
  house.take(house.tasks.answered(house.reply(write->question.exchange, true), {house.wall(), house.now}, house.time()));
  house.run(minutes(1));
  CHECK(house.told(Parameter::power_limit).state == ParameterState::written);
  CHECK(house.told(Parameter::trip_delay).state == ParameterState::written);
  CHECK(house.writes() == 2);
}

TEST_CASE("a password that was refused stays refused when the order changes before the answer, and through every doubt") {
  BackgroundHouse house;
  house.knows_time = false;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(seconds(5));
  house.tasks.want(metered, limit_3_kw, house.now);
  REQUIRE(house.background());
  const auto write = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(write);
  REQUIRE(write->writes);
  house.tasks.want(metered, {{Parameter::power_limit, {4'000, {}}}}, house.now);
  house.take(house.tasks.answered(house.reply(write->question.exchange, true), {house.wall(), house.now}, house.time()));
  for (int i = 0; i < 20; ++i) {
    house.tasks.noticed({PollNotice::heard_again, test::its_room, metered, {}, {}}, house.now);
    house.run(hours(1));
  }
  CHECK(house.writes() == 0);
  BackgroundTasks after(house.meters, house.settings, {}, std::make_shared<RefusedPasswords>());  // the bus is wired anew
  after.carry_over(house.tasks);
  after.want(metered, limit_3_kw, house.now);
  CHECK(after.next(house.plan, house.now, house.time()));  // it is read
  const auto said = house.reply(parameter_read(house.profile, house.meters[0].place, 0, Parameter::power_limit), false);
  after.answered(said, {house.wall(), house.now}, house.time());
  CHECK_FALSE(after.next(house.plan, house.now, house.time()));  // and not written
}

TEST_CASE("a password that is refused is not tried again for a day") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.tasks.want(metered, {{Parameter::power_limit, {3'000, {}}}, {Parameter::trip_delay, {120, {}}}}, house.now);
  house.run(hours(23));
  CHECK(house.writes() == 1);
  CHECK(house.told(Parameter::power_limit).state == ParameterState::refused);
  CHECK(house.told(Parameter::power_limit).why == static_cast<int>(MeterErrc::password));
  CHECK(house.told(Parameter::trip_delay).state == ParameterState::differs);
  CHECK(house.count(PollNotice::parameter_refused) == 1);
  house.meter.accepts = test::its_password;
  house.run(hours(3));
  CHECK(house.told(Parameter::power_limit).state == ParameterState::written);
  CHECK(house.told(Parameter::trip_delay).state == ParameterState::written);
}

TEST_CASE("a refusal that repeats is noticed once") {
  BackgroundHouse house;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.tasks.want(metered, limit_3_kw, house.now);
  house.run(days(4));
  CHECK(house.writes() == 4);
  CHECK(house.count(PollNotice::parameter_refused) == 1);
  CHECK(house.count(PollNotice::parameter_differs) == 0);
  CHECK(house.told(Parameter::power_limit).state == ParameterState::refused);
}

TEST_CASE("a table differs while an old end stands behind what is written, and not for the last entry again") {
  BackgroundHouse house;
  const ParameterValue table{0, {{0, 2}, {8 * 60, 1}}};
  house.tasks.want(metered, {{Parameter::day_table_1, table}}, house.now);
  house.run(minutes(1));
  auto& held = house.meter.items.at(0x04010001).bytes;
  REQUIRE(held.size() == 8 * 3);
  for (int i = 0; i < 6; ++i) Writer(held).raw(Bytes{0x01, 0x00, 0x08});
  house.run(days(2));
  CHECK(house.writes() == 1);
  CHECK(house.told(Parameter::day_table_1).state == ParameterState::written);
  held.resize(8 * 3);
  Writer(held).raw(Bytes{0x03, 0x30, 0x21});
  house.run(days(2));
  CHECK(house.told(Parameter::day_table_1).state == ParameterState::refused);  // this meter takes only writes of its own size
  CHECK(house.told(Parameter::day_table_1).in_meter == ParameterValue{0, {{0, 2}, {8 * 60, 1}, {21 * 60 + 30, 3}}});
  CHECK(house.count(PollNotice::parameter_differs) >= 1);
}

TEST_CASE("what the meter cannot hold exactly is refused and never rounded") {
  BackgroundHouse house;
  house.tasks.want(metered, {{Parameter::alarm_money_first, {10'005'001, {}}}, {Parameter::trip_delay, {90, {}}}}, house.now);
  house.run(minutes(5));
  CHECK(house.told(Parameter::alarm_money_first).state == ParameterState::refused);
  CHECK(house.told(Parameter::alarm_money_first).why == static_cast<int>(MeterErrc::value));
  CHECK(house.told(Parameter::trip_delay).state == ParameterState::refused);
  CHECK(house.writes() == 0);
}

TEST_CASE("what the profile does not know is told so, and never asked") {
  auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  std::get<dlt645::Model>(profile.protocol).parameters.erase(Parameter::keep_power);
  BackgroundHouse house({}, profile);
  house.tasks.want(metered, {{Parameter::keep_power, {1, {}}}}, house.now);
  house.run(minutes(5));
  CHECK(house.told(Parameter::keep_power).state == ParameterState::unsupported);
  CHECK(house.asked.find('w') == std::string::npos);
  house.tasks.want(metered, {}, house.now);
  CHECK(house.tasks.parameters_of(metered) == nullptr);
}

TEST_CASE("an order that changes while the meter is asked is carried out as it is now") {
  BackgroundHouse house;
  house.run(seconds(5));
  house.tasks.want(metered, limit_3_kw, house.now);
  auto question = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(question);
  house.tasks.want(metered, {}, house.now);  // it is no more there when the answer comes
  house.take(house.tasks.answered(house.reply(question->question.exchange, false), {house.wall(), house.now}, house.time()));
  CHECK(house.tasks.parameters_of(metered) == nullptr);
  house.tasks.want(metered, limit_3_kw, house.now);
  question = house.tasks.next(house.plan, house.now, house.time());
  REQUIRE(question);
  house.tasks.want(metered, {{Parameter::power_limit, {4'000, {}}}}, house.now);
  house.take(house.tasks.answered(house.reply(question->question.exchange, false), {house.wall(), house.now}, house.time()));
  house.run(minutes(1));
  CHECK(limit_in(house) == from_hex("000004"));
  CHECK(house.writes() == 1);
}

TEST_CASE("a meter that is not known is not told anything") {
  BackgroundHouse house;
  house.tasks.want(metered, limit_3_kw, house.now);
  CHECK_FALSE(house.tasks.next(house.plan, house.now, house.time()));  // nothing has been read of it yet
  house.dead = true;
  house.run(minutes(10));
  CHECK(house.asked.empty());
}

TEST_CASE("after an answer that was missed the meter is left alone until none can come any more, by readings too") {
  BackgroundHouse house;
  house.knows_time = false;
  house.run(seconds(5));
  house.tasks.want(metered, limit_3_kw, house.now);
  REQUIRE(house.tasks.next(house.plan, house.now, house.time()));
  house.plan.missed(metered, house.now);
  house.take(house.tasks.answered(Bad{WATTLE_FAIL(MeterErrc::silence)}, {house.wall(), house.now}, house.time()));
  house.tasks.want(metered, {{Parameter::power_limit, {4'000, {}}}}, house.now);
  house.plan.demand(metered);
  const auto before_it_ends = house.now + slow_answers_end + milliseconds(-1);
  CHECK_FALSE(house.tasks.next(house.plan, before_it_ends, house.time()));
  CHECK_FALSE(house.plan.next(before_it_ends));
  CHECK(house.tasks.next(house.plan, house.now + slow_answers_end, house.time()));
  CHECK(house.plan.next(house.now + slow_answers_end));
}

TEST_CASE("orders go before what is told in the background") {
  BackgroundHouse house;
  house.knows_time = false;
  house.run(seconds(5));
  CHECK_FALSE(house.plan.is_urgent());
  house.plan.order(metered, false, house.now);
  CHECK(house.plan.is_urgent());
  house.tasks.want(metered, limit_3_kw, house.now);
  house.run(minutes(1));
  CHECK(house.asked.substr(0, 3) == "prw");
}

TEST_CASE("a relay that waits for its meter's own delay is not told again and again, so that the delay ends") {
  for (const bool closes : {true, false}) {
    INFO(closes);
    BackgroundHouse house;
    house.meter.items[dlt645::di::close_delay] = house.meter.items[dlt645::di::trip_delay] = {from_hex("0300"), true};
    house.meter.relay.closed = !closes;
    house.meter.relay.commanded_open = closes;
    house.run(minutes(1));
    house.plan.order(metered, closes, house.now);
    house.run(minutes(2));
    CHECK(house.meter.relay.closed != closes);
    CHECK(house.plan.disobeys(metered));  // as far as anybody can tell
    house.dead = true;
    house.run(seconds(25));  // readings that fail are no reason to tell it again
    house.dead = false;
    house.run(minutes(8));
    CHECK(house.meter.relay.closed == closes);
    CHECK_FALSE(house.plan.has_order(metered));
    CHECK(std::count(house.asked.begin(), house.asked.end(), 'p') <= 7);
  }
}

TEST_CASE("an order that comes while a meter waits to do the opposite is sent, though its contact stands so yet") {
  BackgroundHouse house;
  house.meter.items[dlt645::di::trip_delay] = {from_hex("0300"), true};
  house.run(minutes(1));
  house.plan.order(metered, false, house.now);
  house.run(minutes(1));
  REQUIRE(house.meter.relay.commanded_open);
  REQUIRE(house.meter.relay.closed);
  house.refuses_orders = true;  // the first command is not taken
  house.plan.order(metered, true, house.now);
  house.run(milliseconds(1'200));
  CHECK(house.plan.has_order(metered));
  house.refuses_orders = false;
  house.run(minutes(5));
  CHECK(house.meter.relay.closed);
  CHECK_FALSE(house.meter.relay.commanded_open);
  CHECK_FALSE(house.plan.has_order(metered));
}

TEST_CASE("a contact that stays where it is although its meter has the command is told now and then, and a refused one soon") {
  BackgroundHouse house;
  house.meter.items[dlt645::di::trip_delay] = {from_hex("9999"), true};
  house.run(minutes(1));
  house.plan.order(metered, false, house.now);
  house.run(minutes(40));  // after 10, 20, 40 s and so on
  const auto told = std::count(house.asked.begin(), house.asked.end(), 'p');
  CHECK(told >= 7);
  CHECK(told <= 8);
  house.plan.order(metered, true, house.now);
  house.run(minutes(1));
  house.refuses_orders = true;
  house.asked.clear();
  house.plan.order(metered, false, house.now);
  house.run(minutes(1));
  CHECK(std::count(house.asked.begin(), house.asked.end(), 'p') >= 6);
}

TEST_CASE("tables, days and all that DL/T 645 holds come back as they were told") {
  BackgroundHouse house;
  const ParameterValues all = {{Parameter::alarm_money_first, {10'500'000, {}}},
                               {Parameter::alarm_money_second, {5'000'000, {}}},
                               {Parameter::overdraft_money, {20'000'000, {}}},
                               {Parameter::alarm_energy_first, {12'340, {}}},
                               {Parameter::alarm_energy_second, {10, {}}},
                               {Parameter::overdraft_energy, {0, {}}},
                               {Parameter::power_limit, {99'000, {}}},
                               {Parameter::trip_delay, {300, {}}},
                               {Parameter::settlement_day, {26 * 24 + 12, {}}},
                               {Parameter::day_table_1, {0, {{0, 2}, {8 * 60, 1}, {21 * 60 + 30, 3}}}},
                               {Parameter::day_table_8, {0, {{0, 63}}}},
                               {Parameter::zone_table, {0, {{101, 1}, {716, 8}, {1231, 2}}}},
                               {Parameter::weekend_mask, {0x41, {}}},
                               {Parameter::weekend_day_table, {8, {}}},
                               {Parameter::upper_voltage_limit, {264'000, {}}},
                               {Parameter::lower_voltage_limit, {176'500, {}}},
                               {Parameter::hoarding_money, {500'000'000, {}}},
                               {Parameter::hoarding_energy, {999'990, {}}},
                               {Parameter::closing_money, {1'000'000, {}}},
                               {Parameter::close_delay, {60, {}}}};
  house.tasks.want(metered, all, house.now);
  house.run(minutes(4));
  for (const auto& [parameter, value] : all) {
    INFO(info(parameter).name);
    CHECK(house.told(parameter).state == ParameterState::written);
    CHECK(house.told(parameter).in_meter == value);
  }
  CHECK(house.meter.items.at(0x04000b01).bytes == from_hex("1226"));
  CHECK(house.meter.items.at(0x04001001).bytes == from_hex("50100000"));
  CHECK(house.meter.items.at(0x04010001).bytes.size() == 8 * 3);
  CHECK(house.meter.items.at(0x04010000).bytes.size() == 12 * 3);
  CHECK(house.meter.items.at(0x04000801).bytes == from_hex("41"));
  CHECK(house.meter.items.at(0x04000e04).bytes == from_hex("6517"));
  CHECK(house.meter.items.at(0x04010002).bytes == from_hex("010000010000010000010000010000010000010000010000"));  // untold
}

}  // namespace wattle::edge
