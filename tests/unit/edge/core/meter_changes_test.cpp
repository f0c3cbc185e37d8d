#include "edge/core/meter_changes.hpp"

#include <catch2/catch.hpp>

#include "edge/core/counting.hpp"
#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {

using test::House;
using test::lamp;
using test::room;

namespace {

constexpr MeterId before{5001};
constexpr MeterId after{6001};

/// The shell's part: what is due is told, and what is refused is told back.
struct ChangingHouse : House {
  void change_meters() {
    for (const auto& changed : changes.due(box->link().state(), box->settings(), now.tick)) {
      ++told;
      alarms.clear();
      give(changed);
      for (const auto& raised : alarms)
        if (raised.alarm == Alarm::refused_event) changes.refused(changed.circuit, static_cast<LedgerErrc>(raised.count));
    }
  }
  void wanted(const MeterOrder& order) {
    configure(meter_key(lamp), encode(order));
    change_meters();
  }
  const CircuitFigures& figures() const { return *box->link().state().find(room)->find(lamp); }

  MeterChanges changes{[this](const CircuitFigures& circuit, Quantity shown) {
    return counted(shown, {circuit.meter, box->counted_to(circuit), {100'000'000}}).units;
  }};
  int told = 0;
};

}  // namespace

TEST_CASE("a meter is changed by an order, the old one's energy charged, once") {
  ChangingHouse house;
  house.pay(yuan(50));
  house.use(lamp, 100);
  house.read(lamp);
  house.wanted({before, {120}, after, {7}});
  CHECK(house.figures().meter == after);
  CHECK(house.figures().reading == Quantity{7});
  CHECK(house.box->live_balance(room).micros == yuan(50).micros - 120 * 500);
  house.wanted({before, {120}, after, {7}});
  house.box.reset();
  house.start();
  house.pass(patience_for_status);
  house.change_meters();
  CHECK(house.told == 1);
  house.give(MeterRead{room, lamp, after, {17}, true, Power{}});
  CHECK(house.box->live_balance(room).micros == yuan(50).micros - 130 * 500);
  CHECK_FALSE(house.changes.refusal(lamp));
}

TEST_CASE("an order for a meter that the circuit has not is refused, and told once") {
  ChangingHouse house;
  house.wanted({{4711}, {0}, after, {0}});
  CHECK(house.figures().meter == before);
  CHECK(house.changes.refusal(lamp) == LedgerErrc::reading_chain);
  house.pass(hours(1));
  house.change_meters();
  CHECK(house.told == 0);
}

TEST_CASE("a last reading below what was charged is refused until a better order comes") {
  ChangingHouse house;
  house.pay(yuan(50));
  house.use(lamp, 100);
  house.read(lamp);
  house.wanted({before, {99}, after, {0}});
  CHECK(house.figures().meter == before);
  CHECK(house.changes.refusal(lamp) == LedgerErrc::reading_chain);
  house.change_meters();
  CHECK(house.told == 1);
  house.wanted({before, {100}, after, {0}});
  CHECK(house.figures().meter == after);
  CHECK_FALSE(house.changes.refusal(lamp));
}

TEST_CASE("an order that a box may not carry out yet is tried again") {
  ChangingHouse house;
  house.configure(meter_key(lamp), encode(MeterOrder{before, {0}, after, {7}}));
  house.restart_alone(house.now.wall);
  house.change_meters();
  CHECK(house.changes.refusal(lamp) == LedgerErrc::before_grant);
  house.change_meters();
  CHECK(house.told == 1);
  house.pass(std::max(patience_for_status, meter_change_again));
  house.change_meters();
  CHECK(house.told == 2);
  CHECK(house.figures().meter == after);
}

TEST_CASE("the old register's last reading is counted on behind its end") {
  ChangingHouse house;
  house.pay(yuan(100'000));
  for (std::int64_t at = 9'999'950; at <= 99'999'500; at += 9'999'950)
    house.give(MeterRead{room, lamp, before, {at}, true, Power{}});
  house.pass(hours(1));
  house.give(MeterRead{room, lamp, before, {99'999'500}, true, Power{}});
  house.give(Swept{});
  REQUIRE(house.figures().reading == Quantity{99'999'500});
  const auto left = house.box->live_balance(room);
  house.wanted({before, {300}, after, {0}});
  CHECK(house.figures().meter == after);
  CHECK(house.box->live_balance(room).micros == left.micros - 800 * 500);
}

}  // namespace wattle::edge
