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
    Commit commit;
    for (const auto& changed : changes->due(box->link().state(), box->settings(), now.tick, commit)) {
      ++told;
      alarms.clear();
      give(changed);
      for (const auto& raised : alarms)
        if (raised.alarm == Alarm::refused_event)
          changes->refused(changed.circuit, static_cast<LedgerErrc>(raised.count), commit);
    }
    REQUIRE(box_store.commit(commit).has_value());
  }
  void restart() {
    House::restart();
    changes.emplace(fresh());
    pass(patience_for_status);
    change_meters();
  }
  void wanted(const MeterOrder& order) {
    configure(meter_key(lamp), encode(order));
    change_meters();
  }
  const CircuitFigures& figures() const { return *box->link().state().find(room)->find(lamp); }

  MeterChanges fresh() {
    return {box_store, [this](const CircuitFigures& circuit, Quantity shown) {
              return counted(shown, {circuit.meter, box->counted_to(circuit), {100'000'000}}).units;
            }};
  }
  std::optional<LedgerErrc> refusal() const { return changes->refusal(lamp); }

  std::optional<MeterChanges> changes{fresh()};
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
  house.restart();
  CHECK(house.told == 1);
  house.give(MeterRead{room, lamp, after, {17}, true, Power{}});
  CHECK(house.box->live_balance(room).micros == yuan(50).micros - 130 * 500);
  CHECK_FALSE(house.refusal());
}

TEST_CASE("an order for a meter that the circuit has not is refused, and told once") {
  ChangingHouse house;
  house.wanted({{4711}, {0}, after, {0}});
  CHECK(house.figures().meter == before);
  CHECK(house.refusal() == LedgerErrc::reading_chain);
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
  CHECK(house.refusal() == LedgerErrc::reading_chain);
  house.change_meters();
  CHECK(house.told == 1);
  house.wanted({before, {100}, after, {0}});
  CHECK(house.figures().meter == after);
  CHECK_FALSE(house.refusal());
}

TEST_CASE(
    "an order that was refused stays so over a restart, though it could be carried out by then, until a better one comes") {
  ChangingHouse house;
  house.pay(yuan(50));
  SECTION("it left out what was counted since the last slice") {
    house.use(lamp, 100);
    house.read(lamp);
    house.wanted({before, {99}, after, {0}});
  }
  SECTION("the circuit had another meter, and has the one of the order now") {
    house.wanted({{4711}, {99}, after, {0}});
    house.give(MeterReplaced{room, lamp, {0}, {4711}, {0}});
    REQUIRE(house.figures().meter == MeterId{4711});
  }
  REQUIRE(house.refusal() == LedgerErrc::reading_chain);
  const auto told = house.told;
  const auto meter = house.figures().meter;
  house.restart();
  CHECK(house.told == told);
  CHECK(house.figures().meter == meter);
  CHECK(house.refusal() == LedgerErrc::reading_chain);
  house.wanted({meter, {100}, after, {0}});
  CHECK(house.figures().meter == after);
  house.restart();
  CHECK_FALSE(house.refusal());
}

TEST_CASE("an order that was refused is tried again when it is given again") {
  ChangingHouse house;
  const MeterOrder order{{4711}, {0}, after, {0}};
  house.wanted(order);
  REQUIRE(house.refusal() == LedgerErrc::reading_chain);
  house.give(MeterReplaced{room, lamp, {0}, {4711}, {0}});
  house.change_meters();
  CHECK(house.figures().meter == MeterId{4711});
  house.wanted(order);
  CHECK(house.figures().meter == after);
  CHECK_FALSE(house.refusal());
}

TEST_CASE("a refusal of a meter's change that a later version of the box has written is told as one that the cloud knows") {
  ChangingHouse house;
  house.wanted({{4711}, {0}, after, {0}});
  const std::string key = "outcome/" + meter_key(lamp);
  const Bytes name(key.begin(), key.end());
  auto row = house.box_store.row(Table::box, name).value();
  row[1] = 200;
  REQUIRE(house.box_store.commit({PutRow{Table::box, name, row}}).has_value());
  house.restart();
  CHECK(house.refusal() == LedgerErrc::detail);
  CHECK(house.told == 0);
}

TEST_CASE("a change that was refused leaves the register as it was read") {
  House house;
  house.order(
      cloud::Fitting{RoomId{102}, 1, test::house_box.edge, {{CircuitId{1027}, {5027}, Utility::cold_water, {0}, {}, 0}}});
  const auto shows = [&](std::int64_t litres) {
    house.give(MeterRead{RoomId{102}, CircuitId{1027}, {5027}, {litres}, true, Power{}});
  };
  shows(1200);
  house.give(MeterReplaced{RoomId{102}, CircuitId{1027}, {5'000'000}, {6001}, {0}});  // water has no price yet
  REQUIRE(house.box->link().state().find(RoomId{102})->find(CircuitId{1027})->meter == MeterId{5027});
  shows(1201);
  CHECK_FALSE(house.box->circuit_view(CircuitId{1027}).held);
  CHECK(house.box->counted_to(*house.box->link().state().find(RoomId{102})->find(CircuitId{1027})) == Quantity{1201});
}

TEST_CASE("an order that a box may not carry out yet is tried again") {
  ChangingHouse house;
  house.configure(meter_key(lamp), encode(MeterOrder{before, {0}, after, {7}}));
  house.restart_alone(house.now.wall);
  house.change_meters();
  CHECK(house.refusal() == LedgerErrc::before_grant);
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
