// What a meter has counted is booked with the register that takes it out or puts it elsewhere.

#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {

using test::House;
using test::house_box;
using test::lamp;
using test::room;
using test::socket;

namespace {

struct WiredHouse : House {
  WiredHouse() {
    pay(yuan(50));
    use(lamp, 100), use(socket, 300);
    read_both();
  }
  const CircuitFigures& figures(CircuitId circuit) const { return *box->link().state().find(room)->find(circuit); }
};

const Bytes taken_out = encode(PlaceRegister{TakenOut{}});

}  // namespace

TEST_CASE("a meter that is taken out is charged up to its last reading, and no other is") {
  WiredHouse house;
  CHECK(house.figures(lamp).reading == Quantity{0});  // its slice is open
  house.configure(place_key(house_box.edge, {5001}), taken_out);
  CHECK(house.figures(lamp).reading == Quantity{100});
  CHECK(house.figures(socket).reading == Quantity{0});
  const auto booked = house.box->link().up().head().number;
  house.configure(place_key(house_box.edge, {5001}), taken_out);
  CHECK(house.box->link().state().find(room)->find(lamp)->reading == Quantity{100});
  house.restart();
  house.pass(patience_for_status);
  house.give(Woke{});
  CHECK(house.figures(lamp).reading == Quantity{100});
  CHECK(house.box->link().up().head().number >= booked);
  CHECK(house.box->live_balance(room).micros == yuan(50).micros - 100 * 500);  // the socket has not been read again
}

TEST_CASE("a bus that is another one books what all meters have counted") {
  WiredHouse house;
  house.configure(bus_key(house_box.edge, "1"), encode(BusRegister{BusSetting{PortKind::tcp, "moxa:4001"}}));
  CHECK(house.figures(lamp).reading == Quantity{100});
  CHECK(house.figures(socket).reading == Quantity{300});
}

TEST_CASE("a restart rewires nothing: what is counted since waits for its hour") {
  WiredHouse house;
  house.configure(place_key(house_box.edge, {5001}),
                  encode(PlaceRegister{PlaceSetting{"1", 1, "generic-relay-meter", {{lamp, room}}, {}}}));
  house.configure(bus_key(house_box.edge, "1"), encode(BusRegister{BusSetting{PortKind::tcp, "moxa:4001"}}));
  CHECK(house.figures(socket).reading == Quantity{300});
  house.use(lamp, 50), house.use(socket, 50);
  house.box.reset();
  house.make();  // a reading is the first that it hears
  house.read_both();
  house.pass(patience_for_status);
  house.read_both();
  CHECK(house.box->counted_to(house.figures(lamp)) == Quantity{150});
  CHECK(house.figures(lamp).reading == Quantity{100});
  CHECK(house.figures(socket).reading == Quantity{300});
}

TEST_CASE("what is counted while nobody knows the hour is not booked at the lowest price, but once the hour is known") {
  WiredHouse house;
  const auto wall = house.now.wall;
  house.use(lamp, 50);
  house.restart_alone({1});
  house.read_both();
  house.pass(patience_for_status);
  house.give(ConfigOverridden{place_key(house_box.edge, {5001}), taken_out});
  CHECK(house.box->settings().places().contains({house_box.edge, {5001}}));
  CHECK(house.figures(lamp).reading == Quantity{0});
  house.now.wall = wall + minutes(2);
  house.give(Connected{});
  CHECK(house.figures(lamp).reading == Quantity{150});
  CHECK(house.figures(socket).reading == Quantity{0});
}

TEST_CASE("a meter that a person here has changed and the register that says so are one commit") {
  WiredHouse house;
  const auto before = house.box_store.head({test::house_site, house_box, Direction::up}).number;
  const MeterOrder order{{5001}, {100}, {6001}, {7}};
  const auto effects = house.box->handle(MeterReplaced{room, lamp, {100}, {6001}, {7}, order}, house.box_now());
  const auto is_commit = [](const Effect& effect) { return std::holds_alternative<Persist>(effect); };
  REQUIRE(std::count_if(effects.begin(), effects.end(), is_commit) == 1);
  const auto& commit = std::get<Persist>(*std::find_if(effects.begin(), effects.end(), is_commit)).commit;
  REQUIRE(house.box_store.commit(commit).has_value());
  house.box.reset();  // killed right after it
  house.start();
  CHECK(house.box_store.head({test::house_site, house_box, Direction::up}).number > before);
  CHECK(house.figures(lamp).meter == MeterId{6001});
  CHECK(house.box->settings().meters().at(lamp) == order);
  CHECK(house.box->had_meter(lamp, {5001}));
}

TEST_CASE("a box that has forgotten a change of a meter is told with its entries which meter was there before") {
  WiredHouse house;
  const auto before = house.box_store;
  house.give(MeterReplaced{room, lamp, {100}, {6001}, {7}, MeterOrder{{5001}, {100}, {6001}, {7}}});
  REQUIRE(house.box->had_meter(lamp, {5001}));
  house.box.reset();
  house.box_store = before;
  house.start();
  REQUIRE(house.figures(lamp).meter == MeterId{6001});
  CHECK(house.box->had_meter(lamp, {5001}));
  house.restart();
  CHECK(house.box->had_meter(lamp, {5001}));
}

TEST_CASE("a register that cannot be read rewires nothing for good, and is told") {
  WiredHouse house;
  const auto before = house.box->settings().places();
  house.configure(place_key(house_box.edge, {5001}), from_hex("0107"));
  CHECK(house.box->settings().places() == before);
  CHECK(std::any_of(house.alarms.begin(), house.alarms.end(),
                    [](const Raise& raised) { return raised.alarm == Alarm::bad_setting; }));
}

}  // namespace wattle::edge
