#include "edge/core/purse_tasks.hpp"

#include "tests/unit/edge/core/purse_house.hpp"

namespace wattle::edge {
namespace {

using test::purse_rate;
using test::PurseHouse;

MeterProfile without_refund() {
  auto profile = *shipped_profile("generic-dlt645-2007-prepaid");
  std::get<dlt645::Model>(profile.protocol).purse->trades.erase(PurseTrade::refund);
  return profile;
}

/// The same items, in a meter that only shows them.
MeterProfile only_shows() {
  auto profile = without_refund();
  auto& purse = *std::get<dlt645::Model>(profile.protocol).purse;
  purse.form.kind = PurseKind::display;
  purse.trades.clear();
  purse.items.erase(PurseItem::overdrawn);
  return profile;
}

}  // namespace

TEST_CASE("what the room has is bought once, and then only what comes to it") {
  PurseHouse house;
  house.run(minutes(2));
  CHECK(house.purse.remaining() == yuan(20).micros);
  CHECK(house.sent == std::vector<PurseOrder>{{PurseTrade::buy, 1, yuan(20).micros}});
  CHECK(house.told().state == PurseState::agrees);
  CHECK(house.told().in_meter == PurseShown{yuan(20).micros, yuan(20).micros, 1});
  CHECK(house.told().wanted == yuan(20).micros);
  for (int i = 0; i < 24; ++i) house.use(100), house.run(minutes(30));
  CHECK(house.sent.size() == 1);
  house.recharge(yuan(5));
  house.run(minutes(1));  // at once
  CHECK(house.sent.back() == PurseOrder{PurseTrade::buy, 2, yuan(5).micros});
  CHECK(house.purse.remaining() == house.live.micros);
  CHECK(house.count(PollNotice::purse_bought) == 2);
  CHECK(house.count(PollNotice::purse_differs) == 0);
}

TEST_CASE("a purse that others fill is told with its debt, and nothing goes into it") {
  auto profile = without_refund();
  auto& model = *std::get<dlt645::Model>(profile.protocol).purse;
  model.form.kind = PurseKind::read_only;
  model.trades.clear();
  PurseHouse house(profile);
  house.restart(PurseMode::display);
  house.run(minutes(2));
  CHECK(house.told().state == PurseState::differs);  // nobody has filled it yet
  CHECK(house.told().wanted == yuan(20).micros);
  house.purse.take({PurseTrade::buy, 1, yuan(20).micros});  // at the card's counter
  house.run(hours(1));
  CHECK(house.told().state == PurseState::agrees);
  CHECK(house.told().in_meter == PurseShown{yuan(20).micros, yuan(20).micros, 1});
  house.purse.set_remaining(-yuan(3).micros);
  house.run(hours(1));
  CHECK(house.told().state == PurseState::differs);
  CHECK(house.told().in_meter->remaining == -yuan(3).micros);
  CHECK(house.sent.empty());
  CHECK(house.notices.empty());
  CHECK(house.purse.price == purse_rate);
  house.restart(PurseMode::purse);  // which it cannot be
  house.run(minutes(2));
  CHECK(house.told().state == PurseState::unsupported);
  CHECK(house.told().in_meter->remaining == -yuan(3).micros);
  CHECK(house.sent.empty());
}

TEST_CASE("an answer that was lost is settled by the count, and nothing is bought twice") {
  PurseHouse house;
  house.loses_answer = true;
  house.run(hours(3));
  CHECK(house.sent.size() == 1);
  CHECK(house.purse.total == yuan(20).micros);
  CHECK(house.told().state == PurseState::agrees);
}

TEST_CASE("a purchase that never arrived is written again under the same count, after two looks") {
  PurseHouse house;
  house.loses_trade = true;
  REQUIRE(house.run_to_trade(minutes(2)));
  const auto first = house.now;
  house.run(hours(1));
  CHECK(house.sent == std::vector<PurseOrder>(2, {PurseTrade::buy, 1, yuan(20).micros}));
  CHECK(house.purse.total == yuan(20).micros);
  CHECK(house.now - first > purse_untaken_pause);
}

TEST_CASE("a box that is killed between a purchase and its answer does not buy twice") {
  for (const bool arrived : {true, false}) {
    INFO(arrived);
    PurseHouse house;
    (arrived ? house.loses_answer : house.loses_trade) = true;
    REQUIRE(house.run_to_trade(minutes(2)));
    CHECK(house.disk.pending);
    house.restart();
    house.run(hours(1));
    CHECK(house.purse.total == yuan(20).micros);
    CHECK(house.purse.remaining() == yuan(20).micros);
    CHECK(house.sent.size() == (arrived ? 1 : 2));
    CHECK_FALSE(house.disk.pending);
    CHECK(house.count(PollNotice::purse_differs) == 0);
  }
}

TEST_CASE("a box that is killed again and again, at each question, buys once") {
  for (std::size_t killed_after = 1; killed_after < 20; ++killed_after) {
    INFO(killed_after);
    PurseHouse house;
    house.purse.counts_for_itself = true;  // this meter does not mind a count that it has had
    for (std::size_t n = 0; n < 6; ++n) {
      const auto until = house.asked + killed_after;
      for (int i = 0; i < 3'000 && house.asked < until; ++i) house.run(milliseconds(100));
      house.loses_answer = true;
      house.restart();
    }
    house.run(hours(1));
    CHECK(house.purse.total == yuan(20).micros);
    CHECK(house.sent.size() == 1);
  }
}

TEST_CASE("a count that is read before the purchase was taken does not lead to a second one") {
  for (const auto late : {seconds(3), seconds(8), seconds(30), seconds(60)}) {
    for (const bool lost : {false, true}) {
      INFO(late.micros << lost);
      PurseHouse house;
      house.purse.counts_for_itself = true;
      house.takes_after = late;
      house.loses_answer = lost;
      house.run(hours(2));
      CHECK(house.purse.total == yuan(20).micros);
      CHECK(house.sent.size() == 1);
      CHECK(house.told().state == PurseState::agrees);
      CHECK(house.count(PollNotice::purse_differs) == 0);  // it was waited for, not found to be somebody's
    }
  }
}

TEST_CASE("a purchase is decided from what was read after the one before was taken") {
  PurseHouse house;
  house.takes_after = seconds(30);
  REQUIRE(house.run_to_trade(minutes(2)));
  house.recharge(yuan(10));  // while the first one is on its way
  house.run(seconds(20));
  CHECK(house.sent.size() == 1);
  house.run(minutes(10));
  CHECK(house.sent.size() == 2);
  CHECK(house.purse.total == yuan(30).micros);
}

TEST_CASE("what somebody else has bought is an alarm, stays in the meter, and counts for nothing") {
  PurseHouse house;
  house.run(minutes(2));
  REQUIRE(house.purse.take({PurseTrade::buy, 2, yuan(50).micros}));
  house.run(minutes(40));
  CHECK(house.count(PollNotice::purse_differs) == 1);
  CHECK(house.told().state == PurseState::differs);
  CHECK(house.told().foreign == yuan(50).micros);
  CHECK(house.sent.size() == 1);
  CHECK(house.purse.remaining() == yuan(70).micros);
  house.recharge(yuan(10));  // the ledger's is bought for all that
  house.run(minutes(5));
  CHECK(house.told().foreign == yuan(40).micros);  // as much of it as there is no money for
  CHECK(house.sent.size() == 1);
  house.recharge(yuan(60));
  house.run(minutes(5));
  CHECK(house.purse.remaining() == house.live.micros);
  CHECK(house.told().state == PurseState::agrees);
  CHECK(house.count(PollNotice::purse_agrees) == 1);
}

TEST_CASE("somebody buys while a purchase is on its way: both are in the meter, and his is an alarm") {
  PurseHouse house;
  house.loses_answer = true;
  REQUIRE(house.run_to_trade(minutes(2)));
  REQUIRE(house.purse.take({PurseTrade::buy, 2, yuan(50).micros}));
  house.run(minutes(10));
  CHECK(house.count(PollNotice::purse_differs) == 1);
  CHECK(house.told().foreign == yuan(50).micros);
  CHECK(house.sent.size() == 1);
  CHECK(house.disk.count == 2);
}

TEST_CASE("a purchase that raises what remains, and no counter, is an alarm and is not bought again") {
  PurseHouse house;
  house.loses_trade = true;
  REQUIRE(house.run_to_trade(minutes(2)));
  house.purse.set_remaining(yuan(20).micros);
  house.run(hours(1));
  CHECK(house.count(PollNotice::purse_unsettled) == 1);
  CHECK(house.sent.size() == 1);
  CHECK(house.told().state == PurseState::agrees);
}

TEST_CASE("what remains rises without a purchase, or falls without energy: both are alarms") {
  PurseHouse house;
  house.run(minutes(2));
  house.purse.set_remaining(yuan(25).micros);
  house.run(minutes(20));
  CHECK(house.count(PollNotice::purse_differs) == 1);
  CHECK(house.told().foreign == yuan(5).micros);
  house.purse.set_remaining(yuan(12).micros);
  house.run(minutes(20));
  CHECK(house.count(PollNotice::purse_differs) == 2);
  CHECK(house.purse.remaining() == yuan(20).micros);  // what was missing was bought
}

TEST_CASE("a meter that charges by another price is topped up without an alarm, and what was bought is compared as a whole") {
  PurseHouse house;
  house.run(minutes(2));
  house.purse.price = 700'000;
  std::get<dlt645::Model>(house.profile.protocol).purse->items.erase(PurseItem::price);  // and nobody may tell it ours
  house.restart();
  for (int i = 0; i < 60; ++i) {
    house.use(500);
    house.run(minutes(20));
  }
  CHECK(house.count(PollNotice::purse_differs) == 0);
  CHECK(house.live.micros - house.purse.remaining() < purse_tolerance_micros + 200'000);
  CHECK(house.purse.remaining() <= house.live.micros);
  CHECK(house.sent.size() < 15);
}

TEST_CASE("a new account finds nothing of the old one's credit in the meter") {
  PurseHouse house;
  house.run(minutes(2));
  REQUIRE(house.purse.take({PurseTrade::buy, 2, yuan(3).micros}));  // the one who leaves had a card too
  house.run(minutes(30));
  house.is_open = false;
  house.fund();
  house.run(minutes(30));
  CHECK(house.purse.remaining() == yuan(23).micros);  // of a room that is closed nothing is touched
  house.is_open = true;
  house.opening = 2;
  house.live = {300'000};  // 0.30 yuan
  house.fund();
  house.run(minutes(5));
  CHECK(house.purse.remaining() == 300'000);
  CHECK(house.sent.back() == PurseOrder{PurseTrade::refund, 3, yuan(23).micros - 300'000});
  house.live = {};
  house.opening = 3;
  house.fund();
  house.run(minutes(15));
  CHECK(house.purse.remaining() == 0);  // the last fen too
}

TEST_CASE("a meter that gives nothing back keeps its excess, as an alarm, until it is used up") {
  PurseHouse house(without_refund());
  house.run(minutes(2));
  house.opening = 2;
  house.live = yuan(4);
  house.fund();
  house.run(hours(1));
  CHECK(house.told().state == PurseState::excess);
  CHECK(house.count(PollNotice::purse_excess) == 1);
  house.recharge(yuan(16));
  house.run(minutes(5));
  CHECK(house.told().state == PurseState::agrees);
  CHECK(house.sent.size() == 1);
}

TEST_CASE("another meter begins another count, and a purchase for the old one is forgotten") {
  PurseHouse house;
  house.run(minutes(2));
  house.recharge(yuan(5));
  house.loses_trade = true;
  REQUIRE(house.run_to_trade(minutes(2)));
  house.replace(4712);
  house.run(minutes(2));
  CHECK(house.sent.back() == PurseOrder{PurseTrade::buy, 1, yuan(25).micros});
  CHECK(house.purse.remaining() == yuan(25).micros);
  CHECK(house.count(PollNotice::purse_differs) == 0);
}

TEST_CASE("a meter that has cut by its purse while the room has money is bought into as soon as its relay is seen") {
  PurseHouse house;
  house.run(minutes(2));
  house.plan->order(test::purse_circuit, true, house.now);
  house.run(minutes(1));
  house.purse.set_remaining(0);
  house.meter.relay.closed = false;  // as its purse does
  house.run(minutes(1));
  CHECK(house.count(PollNotice::relay_strayed) == 1);
  CHECK(house.purse.remaining() == house.live.micros);
  CHECK(house.sent.size() == 2);
}

TEST_CASE("a meter that was never charged has no count yet") {
  PurseHouse house;
  house.hides_counters = true;
  house.run(minutes(2));
  CHECK(house.sent == std::vector<PurseOrder>{{PurseTrade::buy, 1, yuan(20).micros}});
  CHECK(house.told().state == PurseState::agrees);
}

TEST_CASE("where the counters cannot be read behind a purchase no other one follows") {
  PurseHouse house;
  house.hides_counters = true;
  house.takes_after = days(30);
  house.run(days(2));
  CHECK(house.sent.size() == 1);
  CHECK(house.told().state == PurseState::unsettled);
  CHECK(house.count(PollNotice::purse_unsettled) == 1);
}

TEST_CASE("the meter never believes that it has more than the room, and no rounding adds up") {
  PurseHouse house;
  house.live = {19'999};
  house.restart();
  house.run(minutes(2));
  CHECK(house.purse.remaining() == 10'000);
  for (int i = 0; i < 200; ++i) {
    house.recharge({509'999});
    house.run(minutes(1));
    REQUIRE(house.purse.remaining() <= house.live.micros);
  }
  house.run(minutes(30));
  CHECK(house.live.micros - house.purse.remaining() < purse_tolerance_micros);
  house.recharge(yuan(1));
  house.run(minutes(1));
  CHECK(house.purse.remaining() == house.live.micros / 10'000 * 10'000);
  CHECK(house.purse.total == house.purse.remaining());
}

TEST_CASE("of a million yuan the digits are filled; what is beyond them is refused, told, and nothing ends") {
  PurseHouse house;
  house.live = yuan(2'000'000);
  house.restart();
  house.run(hours(2));
  REQUIRE(house.sent.size() == 1);
  CHECK(house.sent[0].amount == 799'999'990'000);  // the sign of what remains takes a bit
  CHECK(house.told().state == PurseState::refused);
  CHECK(house.told().why == static_cast<int>(MeterErrc::value));
  CHECK(house.count(PollNotice::purse_refused) == 1);
  for (const auto odd : {INT64_MAX, INT64_MIN}) {
    house.live = {odd};
    house.fund();
    house.run(hours(1));
    CHECK(decode_purse_told(encode(house.told())) == house.told());
  }
  house.purse.total = 0;  // it is begun anew
  house.live = yuan(20);
  house.fund();
  house.run(hours(1));
  CHECK(house.purse.remaining() == yuan(20).micros);
}

TEST_CASE("a recharge wider than the digits of a purchase is bought in several") {
  auto profile = *shipped_profile("generic-prepaid-meter");
  auto& buy = std::get<ModbusModel>(profile.protocol).purse->trades.at(PurseTrade::buy);
  buy.amount.encoding = Encoding::u16;  // of fen
  PurseHouse house(profile);
  house.live = yuan(1'400);
  house.restart();
  house.run(minutes(10));
  CHECK(house.sent == std::vector<PurseOrder>{{PurseTrade::buy, 1, 655'350'000},
                                              {PurseTrade::buy, 2, 655'350'000},
                                              {PurseTrade::buy, 3, 89'300'000}});
  CHECK(house.purse.remaining() == yuan(1'400).micros);
  CHECK(house.told().state == PurseState::agrees);
  CHECK(house.count(PollNotice::purse_refused) == 0);
}

TEST_CASE("a purse whose own digits are full is not topped up by fen") {
  auto profile = *shipped_profile("generic-prepaid-meter");
  auto& purse = *std::get<ModbusModel>(profile.protocol).purse;
  purse.items.at(PurseItem::remaining).encoding = Encoding::u16;
  PurseHouse house(profile);
  house.live = yuan(700);
  house.restart();
  house.run(minutes(10));
  for (int i = 0; i < 8; ++i) house.use(200), house.run(minutes(20));  // 0.11 yuan each
  CHECK(house.sent.size() == 2);
  CHECK(house.told().state == PurseState::refused);
  house.use(100'000);
  house.run(minutes(30));
  CHECK(house.purse.remaining() == house.live.micros);
  CHECK(house.told().state == PurseState::agrees);
}

TEST_CASE("counters that never rest are noticed once, and looked at ever more seldom") {
  auto profile = *shipped_profile("generic-dlt645-2007-prepaid");
  std::get<dlt645::Model>(profile.protocol).purse->form.settles = Duration{};
  PurseHouse house(profile);
  house.run(minutes(2));
  house.asked = 0;
  for (const auto end = house.now + hours(6); house.now < end; house.run(seconds(1))) {
    house.purse.total += 10'000;
    house.purse.count = (house.purse.count + 1) % 5'000;
  }
  CHECK(house.count(PollNotice::purse_differs) == 1);
  CHECK(house.asked < 100);  // five questions a look
  house.run(hours(2));
  CHECK(house.told().state == PurseState::agrees);
  house.purse.total += 10'000;
  house.run(hours(1));
  CHECK(house.count(PollNotice::purse_differs) == 2);  // they had rested
}

TEST_CASE("a purchase of this box that was given up and came late is taken back, and somebody else's is not") {
  PurseHouse house;
  house.loses_trade = true;
  REQUIRE(house.run_to_trade(minutes(2)));
  house.run(hours(1));
  REQUIRE(house.sent.size() == 2);
  CHECK(house.disk.untaken == yuan(20).micros);
  REQUIRE(house.purse.take({PurseTrade::buy, 2, yuan(20).micros}));
  house.run(seconds(1));
  house.restart();
  house.run(hours(1));
  CHECK(house.count(PollNotice::purse_differs) == 1);
  CHECK(house.told().foreign == 0);
  CHECK(house.purse.remaining() == yuan(20).micros);
  CHECK(house.disk.untaken == 0);
  REQUIRE(house.purse.take({PurseTrade::buy, house.purse.count + 1, yuan(20).micros}));
  house.run(hours(1));
  CHECK(house.told().foreign == yuan(20).micros);
  CHECK(house.purse.remaining() == yuan(40).micros);
}

TEST_CASE("that the count of a meter comes to its end is an alarm, once and while there is time") {
  auto profile = *shipped_profile("generic-dlt645-2007-prepaid");
  std::get<dlt645::Model>(profile.protocol).purse->trades.at(PurseTrade::buy).count_bytes = 1;
  PurseHouse house(profile);
  house.purse.count = 79;
  house.run(minutes(5));
  CHECK(house.purse.count == 80);
  CHECK(house.count(PollNotice::purse_count_ends) == 0);
  for (int i = 0; i < 3; ++i) house.recharge(yuan(1)), house.run(minutes(40));
  CHECK(house.purse.count == 83);
  CHECK(house.purse.remaining() == house.live.micros);
  CHECK(house.count(PollNotice::purse_count_ends) == 1);
}

TEST_CASE("a meter that refuses is asked again ever more seldom, and one that says yes and does nothing five times a day") {
  PurseHouse house;
  house.takes_after = days(100);
  house.run(hours(20));
  CHECK(house.sent.size() == purse_in_vain);
  CHECK(house.told().state == PurseState::refused);
  CHECK(house.purse.total == 0);
}

TEST_CASE("a room that is not open here any more is not bought for, even if it was decided") {
  PurseHouse house;
  for (int i = 0; i < 100 && !house.tasks->purse_of(test::purse_circuit)->wanted; ++i) house.run(milliseconds(100));
  REQUIRE(house.told().wanted);
  REQUIRE(house.sent.empty());
  house.is_open = false;
  house.fund();
  house.run(hours(1));
  CHECK(house.sent.empty());
}

TEST_CASE("off leaves the meter alone, and display is not for a purse that acts") {
  PurseHouse house;
  house.restart(PurseMode::off);
  house.run(hours(1));
  CHECK(house.asked == 0);
  CHECK(house.tasks->purse_of(test::purse_circuit) == nullptr);
  house.restart(PurseMode::display);
  house.run(hours(1));
  CHECK(house.asked == 0);
  CHECK(house.told().state == PurseState::unsupported);
  house.tasks->want_purse(test::purse_circuit, PurseMode::purse, house.disk, house.now);
  house.run(minutes(2));
  CHECK(house.purse.remaining() == yuan(20).micros);
  house.tasks->want_purse(test::purse_circuit, PurseMode::off, house.disk, house.now);
  house.recharge(yuan(5));
  house.run(hours(1));
  CHECK(house.sent.size() == 1);
}

TEST_CASE("a price is written rounded up, and kept so") {
  PurseHouse house;
  house.purse.price = 0;
  house.run(minutes(2));
  CHECK(house.purse.price == test::purse_rate);
  house.purse.price = 100'000;
  house.run(minutes(40));
  CHECK(house.purse.price == test::purse_rate);
  CHECK(house.told().state == PurseState::agrees);
}

TEST_CASE("a password that is refused is tried once a day, and until then the meter is only looked at") {
  PurseHouse house;
  house.purse.price = 0;
  house.meter.accepts.password = {9, 9, 9, 9};
  house.run(hours(20));
  CHECK(house.told().state == PurseState::refused);
  CHECK(house.told().why == static_cast<int>(MeterErrc::password));
  CHECK(house.count(PollNotice::purse_refused) == 1);
  CHECK(house.sent.empty());
  CHECK(house.asked == 11);  // two looks, and the one write
  house.meter.accepts = test::purse_password;
  house.run(hours(6));
  CHECK(house.purse.price == test::purse_rate);
  CHECK(house.told().state == PurseState::agrees);
}

TEST_CASE("a meter that the ledger has no more behind the circuit is left alone") {
  PurseHouse house;
  house.run(minutes(2));
  auto facts = house.facts().value();
  facts.meter = {4712};
  facts.live = yuan(90);
  house.tasks->fund_purse(test::purse_circuit, facts, house.now);
  house.run(hours(1));
  CHECK(house.sent.size() == 1);
  CHECK(house.disk.meter == MeterId{4711});
}

TEST_CASE("a meter that the ledger has not got behind the circuit is neither asked nor bought into") {
  PurseHouse house;
  house.in_ledger = 4712;
  house.restart();
  house.run(hours(1));
  CHECK(house.asked == 0);
  CHECK(house.sent.empty());
  house.in_ledger = house.number;
  house.fund();
  house.run(minutes(2));
  CHECK(house.purse.remaining() == yuan(20).micros);
}

TEST_CASE("the second purse of a room is refused, and bought into once it is the only one") {
  PurseHouse house;
  house.is_second = true;
  house.restart();
  CHECK(house.told().state == PurseState::refused);
  house.tasks->want_purse(test::purse_circuit, PurseMode::off, {}, house.now);
  house.tasks->want_purse(test::purse_circuit, PurseMode::purse, {}, house.now);
  CHECK(house.told().state == PurseState::refused);
  house.run(hours(1));
  CHECK(house.asked == 0);
  CHECK(house.purse.total == 0);
  house.is_second = false;
  house.fund();
  CHECK(house.told().state == PurseState::pending);
  house.run(minutes(2));
  CHECK(house.purse.remaining() == yuan(20).micros);
  CHECK(house.told().state == PurseState::agrees);
  house.is_second = true;
  house.recharge(yuan(5));
  house.run(hours(1));
  CHECK(house.sent.size() == 1);
  CHECK(house.told().state == PurseState::refused);
}

TEST_CASE("a meter that only shows is told the same values, and what somebody writes over them is an alarm") {
  for (const auto mode : {PurseMode::display, PurseMode::purse}) {
    PurseHouse house(only_shows());
    house.restart(mode);
    house.run(minutes(3));
    CHECK(house.sent.empty());
    CHECK(house.purse.remaining() == yuan(20).micros);
    CHECK(house.purse.total == yuan(20).micros);
    CHECK(house.purse.count == 1);
    CHECK(house.told().state == PurseState::agrees);
    house.recharge(yuan(10));
    house.run(minutes(3));
    house.restart(mode);
    house.recharge({1'230'000});
    house.run(minutes(3));
    CHECK(house.purse.remaining() == 31'230'000);
    CHECK(house.purse.total == 31'230'000);
    CHECK(house.purse.count == 3);
    CHECK(house.count(PollNotice::purse_differs) == 0);
    house.purse.set_remaining(yuan(99).micros);
    house.run(minutes(40));
    CHECK(house.count(PollNotice::purse_differs) == 1);
    CHECK(house.purse.remaining() == 31'230'000);
    house.opening = 2;
    house.live = {};
    house.fund();
    house.run(minutes(20));
    CHECK(house.purse.remaining() == 0);
    CHECK(house.purse.total == 0);
  }
}

TEST_CASE("a purse of energy has as much as the money buys at the highest price, rounded down") {
  PurseFacts facts;
  facts.live = yuan(10);
  facts.rate = 600'000;
  CHECK(purse_target(facts, PurseMeasure::energy, 10) == 16'660);
  CHECK(purse_target(facts, PurseMeasure::money, 10'000) == 10'000'000);
  facts.live = {-1};
  CHECK(purse_target(facts, PurseMeasure::energy, 10) == -10);
  facts.live = {INT64_MIN};
  CHECK(purse_target(facts, PurseMeasure::energy, 10) < 0);
  facts.live = {INT64_MAX};
  CHECK(purse_target(facts, PurseMeasure::money, 10'000) > 0);
}

}  // namespace wattle::edge
