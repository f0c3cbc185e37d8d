// Orders about what is charged, and a box that had forgotten some of its entries.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/ordering_house.hpp"

namespace wattle::edge {

namespace {

using test::entries_of;
using test::go_on_alone;
using test::house_box;
using test::lamp;
using test::leaped;
using test::order_id;
using test::OrderingHouse;
using test::room;
using test::socket;

}  // namespace

TEST_CASE("a correction on a branch that is set aside is not written again for the next students") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  const auto before = house.box_store;
  house.leave();
  house.next_students();
  REQUIRE(house.box->link().state().find(room)->opening == 2);
  go_on_alone(house, before);
  const CorrectionOrder order{order_id(1), house_box, slice, CorrectionWay::back, {1000}};
  house.give(ConfigOverridden{correction_key(lamp), encode(order)});
  house.read(socket);
  REQUIRE(entries_of(house, Kind::correction) == 1);
  house.alarms.clear();
  house.give(Connected{});
  REQUIRE(house.box->link().state().find(room)->opening == 2);
  CHECK(entries_of(house, Kind::correction) == 0);
  CHECK(house.box->link().state().find(room)->balance == Money{});
  CHECK(std::any_of(house.alarms.begin(), house.alarms.end(), [](const Raise& raised) {
    return raised.alarm == Alarm::refused_event && raised.count == static_cast<std::uint64_t>(LedgerErrc::opening);
  }));
  house.read(socket);
  CHECK(entries_of(house, Kind::correction) == 0);
}

TEST_CASE("a correction on a branch that is set aside is written again in the same stay, once") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  const auto before = house.box_store;
  house.use(socket, 3000);
  house.read(socket);
  house.pass(hours(1));
  house.read(socket);
  house.give(Swept{});
  const auto left = house.left();
  go_on_alone(house, before);
  const CorrectionOrder order{order_id(1), house_box, slice, CorrectionWay::back, {1000}};
  house.give(ConfigOverridden{correction_key(lamp), encode(order)});
  house.read(socket);
  REQUIRE(entries_of(house, Kind::correction) == 1);
  house.give(Connected{});
  house.read(socket);
  CHECK(entries_of(house, Kind::correction) == 1);
  CHECK(house.left().micros == left.micros + 1000);
}

TEST_CASE("the caretaker's override on a branch that is set aside is written again") {
  OrderingHouse house;
  house.configure("limit", {1});
  house.use_a_slice();
  const auto before = house.box_store;
  house.use_a_slice();
  go_on_alone(house, before);
  house.give(ConfigOverridden{"limit", {9}});
  REQUIRE(entries_of(house, Kind::override_config) == 1);
  house.alarms.clear();
  house.give(Connected{});
  REQUIRE(std::any_of(house.alarms.begin(), house.alarms.end(),
                      [](const Raise& raised) { return raised.alarm == Alarm::own_entries_forgotten; }));
  CHECK(entries_of(house, Kind::override_config) == 1);
  const auto& setting = house.box->link().state().config().at("limit");
  CHECK(setting.overridden);
  CHECK(setting.value == Bytes{9});
}

TEST_CASE("an accepted reading on a branch that is set aside is accepted again, once") {
  OrderingHouse house;
  house.shows(5000);
  house.shows_next_hour(5000);
  house.restart();  // its meters are yet to be read
  house.accept(1, 5000, 40);
  const auto before = house.box_store;
  house.use(socket, 3000);
  house.read(socket);
  house.pass(hours(1));
  house.read(socket);
  house.give(Swept{});
  const auto left = house.left();
  go_on_alone(house, before);
  house.shows(40);
  house.shows(41);
  REQUIRE(house.figures().reading == Quantity{40});
  house.give(Connected{});
  CHECK(house.figures().reading == Quantity{40});
  CHECK(entries_of(house, Kind::meter_change) == 1);
  house.read(socket);
  house.shows(41);
  CHECK(house.left().micros == left.micros - 500);
  CHECK_FALSE(house.held());
}

TEST_CASE("what was carried out on the branch that is followed is not carried out again") {
  OrderingHouse house;
  const auto slice = house.use_a_slice();
  house.shows_next_hour(5000);
  house.shows_next_hour(5000);
  const auto before = house.box_store;
  house.correct(1, slice, 1000);
  house.shows(40);
  house.accept(2, 5000, 40);
  REQUIRE(house.figures().reading == Quantity{40});
  house.shows_next_hour(5000);
  house.shows_next_hour(5000);
  REQUIRE(house.figures().reading == Quantity{5000});
  const auto left = house.left();
  go_on_alone(house, before);
  house.use(socket, 3000);
  house.read(socket);
  house.pass(hours(1));
  house.read(socket);
  house.give(Swept{});
  house.give(Connected{});
  CHECK(entries_of(house, Kind::correction) == 1);
  CHECK(entries_of(house, Kind::meter_change) == 1);
  house.shows(40);
  CHECK(house.held());
  CHECK(entries_of(house, Kind::meter_change) == 1);
  CHECK(entries_of(house, Kind::correction) == 1);
  CHECK(house.left() == left);
}

TEST_CASE("nothing is charged for an accepted reading whose order made way for another on the branch that is followed") {
  OrderingHouse house;
  house.shows(100);
  house.shows_next_hour(100);
  house.restart();
  house.accept(1, 100, leaped);
  const auto before = house.box_store;
  house.accept(2, 100, leaped + 5);
  house.use(socket, 3000);
  house.read(socket);
  house.pass(hours(1));
  house.read(socket);
  house.give(Swept{});
  const auto left = house.left();
  go_on_alone(house, before);
  house.shows(leaped);
  house.shows(leaped);
  REQUIRE(house.figures().reading == Quantity{leaped});
  house.give(Connected{});
  CHECK(house.figures().reading == Quantity{100});
  CHECK(house.left() == left);
  house.shows(leaped + 5);
  CHECK(house.figures().reading == Quantity{leaped + 5});
  CHECK(entries_of(house, Kind::meter_change) == 1);
}

}  // namespace wattle::edge
