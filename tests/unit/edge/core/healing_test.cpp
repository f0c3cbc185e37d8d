// After the box had forgotten its own entries and was given them back.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {

using test::House;
using test::lamp;
using test::room;
using test::socket;

namespace {

bool is_open(const House& house) {
  const auto* held = house.box->link().state().find(room);
  return held != nullptr && held->open;
}

/// The box's disk loses a slice that the cloud has. Alone it writes of a changed meter, and then it is given the slice back.
void change_meter_on_a_branch(House& house, MeterId fresh) {
  const auto before = house.box_store;
  house.use(socket, 100);
  house.read(socket);
  house.pass(hours(1));
  house.read(socket);
  house.give(Swept{});
  house.box.reset();
  house.box_store = before;
  house.restart_alone(house.now.wall);
  house.pass(patience_for_status);
  house.give(MeterReplaced{room, lamp, {0}, fresh, {3}});
  REQUIRE(house.box->link().state().find(room)->find(lamp)->meter == fresh);
  house.give(Connected{});
}

}  // namespace

// Seeds 136 and 152 with buses: the room left with what its new meter had counted since.
TEST_CASE("a changed meter that is written again has not been read: a room does not leave before it was") {
  House house;
  house.pay(yuan(50));
  const MeterId fresh{6001};
  change_meter_on_a_branch(house, fresh);
  const auto forgotten = [](const Raise& raised) { return raised.alarm == Alarm::own_entries_forgotten; };
  REQUIRE(std::any_of(house.alarms.begin(), house.alarms.end(), forgotten));
  REQUIRE(house.box->link().state().find(room)->find(lamp)->meter == fresh);
  Uid move;
  move.bytes[0] = 1;
  house.order(cloud::Move{move, room, 1, {}});
  house.read(socket);
  CHECK(is_open(house));
  house.give(MeterRead{room, lamp, fresh, {50}, true, Power{}});
  CHECK_FALSE(is_open(house));
}

TEST_CASE("a stay's end that a box has forgotten, and that comes back to it, leaves the room dark") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  const auto before = house.box_store;
  house.leave({});
  house.read_both();
  REQUIRE_FALSE(is_open(house));
  house.box.reset();
  house.box_store = before;
  house.relays[lamp] = true;
  house.start();
  house.read_both();
  REQUIRE_FALSE(is_open(house));
  CHECK_FALSE(house.relays[lamp]);
  CHECK(house.reason(lamp) == RelayReason::stay_over);
  house.relays[lamp] = true;
  house.restart();
  house.read_both();
  CHECK_FALSE(house.relays[lamp]);
}

TEST_CASE("a box that starts while it asks for its own entries goes on alone, should nobody be there") {
  House house;
  house.pay(yuan(50));
  house.give(CashTaken{room, yuan(1)});  // an entry that has seen the grant
  auto row = house.box->link().row();
  row.asking = true;
  const auto written = house.box->link().up().head().number;
  house.box.reset();
  REQUIRE(house.box_store.commit({PutRow{Table::link, to_bytes(test::house_box), to_bytes(row)}}));
  house.restart_alone(house.now.wall);
  house.give(CashTaken{room, yuan(1)});
  CHECK(house.box->link().up().head().number == written);
  REQUIRE(house.sleep(patience_for_status));
  house.give(CashTaken{room, yuan(1)});
  CHECK(house.box->link().up().head().number == written + 1);
}

TEST_CASE("a box whose link has stopped while it asked goes on, also while the cloud speaks to it") {
  House house;
  house.pay(yuan(50));
  house.give(CashTaken{room, yuan(1)});
  auto row = house.box->link().row();
  row.asking = true;
  row.stopped = Stopped{1, LedgerErrc::forks_too_often};
  house.box.reset();
  REQUIRE(house.box_store.commit({PutRow{Table::link, to_bytes(test::house_box), to_bytes(row)}}));
  house.start();
  REQUIRE(house.box->link().row().asking);
  REQUIRE(house.box->link().row().stopped);
  const auto written = house.box->link().up().head().number;
  house.give(CashTaken{room, yuan(1)});
  CHECK(house.box->link().up().head().number == written + 1);
}

TEST_CASE("what a box has received while it asked is acted upon when it has lost nothing") {
  House house;
  house.pay(yuan(50));
  house.read_both();
  REQUIRE(house.relays[lamp]);
  auto row = house.box->link().row();
  row.asking = true;
  house.box.reset();
  REQUIRE(house.box_store.commit({PutRow{Table::link, to_bytes(test::house_box), to_bytes(row)}}));
  ControlSettings settings;
  settings.mode = ControlMode::forced_off;
  house.configure(control_key(lamp), encode(settings));
  house.start();
  REQUIRE_FALSE(house.box->link().row().asking);
  CHECK(house.reason(lamp) == RelayReason::forced_off);
}

}  // namespace wattle::edge
