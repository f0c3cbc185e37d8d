// Orders that were overtaken: by another decision, by a power failure, by a restart. A relay moves when its meter obeys, not
// when it is told to.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {
namespace {

using test::House;
using test::lamp;
using test::room;
using test::socket;

ControlSettings forced(ControlMode mode) {
  ControlSettings settings;
  settings.mode = mode;
  return settings;
}

/// The meter has not obeyed yet.
void read_as(House& house, CircuitId circuit, bool closed) {
  house.relays[circuit] = closed;
  house.read(circuit);
}

bool has_anomaly(const House& house) {
  for (const auto& raised : house.alarms)
    if (raised.alarm == Alarm::meter_anomaly) return true;
  return false;
}

}  // namespace

TEST_CASE("an order that its meter has not obeyed is turned when the decision turns, although the relay stands right") {
  House house;
  read_as(house, lamp, false);
  house.switches.clear();
  house.pay(yuan(50));
  REQUIRE(house.switches.size() == 2);
  read_as(house, lamp, false);  // on its way
  house.switches.clear();
  house.configure(control_key(lamp), encode(forced(ControlMode::forced_off)));
  REQUIRE(house.switches.size() == 1);
  CHECK(house.switches[0].circuit == lamp);
  CHECK_FALSE(house.switches[0].close);
  house.read(lamp);
  house.switches.clear();
  house.read(lamp);
  CHECK(house.switches.empty());
}

TEST_CASE("orders to close that waited for silent meters are forgotten when the mains return") {
  House house;
  read_as(house, lamp, false);
  house.pay(yuan(50));
  read_as(house, lamp, false);
  house.give(MainsReturned{{socket, lamp}});
  CHECK(std::count(house.forgot.begin(), house.forgot.end(), lamp) == 1);
  house.switches.clear();
  read_as(house, lamp, false);
  REQUIRE(house.switches.size() == 1);  // its turn: a new order
  CHECK(house.switches[0].close);
}

TEST_CASE("a room whose money was used since the last slice stays off over a restart") {
  House house;
  house.pay(yuan(1));
  house.read_both();
  REQUIRE(house.relays[lamp]);
  house.pass(hours(1));
  house.use(lamp, 1990);  // of the 2000 Wh that a yuan buys
  house.read_both();
  house.give(Swept{});
  house.use(lamp, 10);
  house.read_both();  // not in a slice yet
  REQUIRE(house.reason(lamp) == RelayReason::no_credit);
  REQUIRE_FALSE(house.relays[lamp]);
  house.switches.clear();
  house.restart();
  house.read(socket);
  CHECK(house.switches.empty());
  house.read(lamp);
  CHECK(house.switches.empty());
  CHECK_FALSE(house.relays[lamp]);
}

TEST_CASE("a room with money that waits for a dead meter after a restart is on again after a while") {
  House house;
  house.pay(yuan(1));
  house.read_both();
  house.restart();
  read_as(house, lamp, false);  // the socket's meter says nothing
  house.switches.clear();
  REQUIRE(house.sleep(patience_for_reading));
  CHECK(house.relays[lamp]);
}

TEST_CASE("what was cut for the hour stays cut while nobody knows the hour") {
  House house;  // Monday noon
  house.pay(yuan(50));
  Timetable timetable{{{{1, 1}, {{23 * 60, minutes_a_day, of(DayKind::working), TimeAction::off, {}}}}}};
  house.configure(timetable_key(1), encode(timetable));
  ControlSettings settings;
  settings.timetable = 1;
  house.configure(control_key(lamp), encode(settings));
  REQUIRE(house.sleep(hours(11)));
  REQUIRE(house.reason(lamp) == RelayReason::timetable);
  house.switches.clear();
  house.restart_alone(Instant{});  // its battery is empty
  house.read_both();
  CHECK_FALSE(house.relays[lamp]);
  CHECK(house.reason(lamp) == RelayReason::timetable);
  house.now.wall = Instant{1'772'424'000'000'000} + hours(13);
  house.give(Connected{});  // the cloud tells the time: after midnight
  house.read_both();
  CHECK(house.relays[lamp]);
}

TEST_CASE("a register that flickers writes one anomaly an hour") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  const auto entries = [&] { return house.box->link().up().head().number; };
  const auto before = entries();
  for (int i = 0; i < 50; ++i) {
    house.pass(seconds(10));
    house.use(lamp, register_step_max + 1);
    house.read(lamp);
    house.use(lamp, -register_step_max - 1);
    house.read(lamp);
  }
  CHECK(entries() == before + 1);
  CHECK(has_anomaly(house));
}

}  // namespace wattle::edge
