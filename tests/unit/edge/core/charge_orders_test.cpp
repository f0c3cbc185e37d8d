// Held readings that a person has found true: by orders of the cloud's, each decided once.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/ordering_house.hpp"

namespace wattle::edge {

namespace {

using test::entries_of;
using test::house_box;
using test::lamp;
using test::lamp_meter;
using test::leaped;
using test::order_id;
using test::OrderingHouse;
using test::room;

}  // namespace

TEST_CASE("a leap that is true is charged whole, once, and the circuit goes on from there") {
  OrderingHouse house;
  house.shows(100);
  house.shows(leaped);
  REQUIRE(house.held());
  CHECK(house.box->circuit_view(lamp).held_after == Quantity{100});
  CHECK(house.box->circuit_view(lamp).held_shown == Quantity{leaped});
  const auto before = house.left();
  house.accept(1, 100, leaped);
  CHECK_FALSE(house.held());
  CHECK_FALSE(house.why());
  CHECK(house.left().micros == before.micros - (leaped - 100) * 500);
  CHECK(house.figures().reading == Quantity{leaped});
  CHECK(house.at(house.head()).outside == OutsideId("order/" + to_hex(order_id(1))));
  house.shows(leaped + 10);
  CHECK(house.left().micros == before.micros - (leaped - 90) * 500);
}

TEST_CASE("a register that ran back goes on from where it is, and nothing is charged for it") {
  OrderingHouse house;
  house.shows(5000);
  house.shows(40);
  REQUIRE(house.held());
  const auto before = house.left();
  house.accept(1, 5000, 30);
  CHECK_FALSE(house.held());
  CHECK(house.figures().reading == Quantity{30});
  CHECK(house.left() == before);
  house.shows(45);
  CHECK(house.left().micros == before.micros - 15 * 500);
}

TEST_CASE("an order is carried out once: not when it comes again, not after a restart, not when the same happens again") {
  OrderingHouse house;
  house.shows(5000);
  house.shows(40);
  house.accept(1, 5000, 40);
  const auto entries = house.head();
  house.accept(1, 5000, 40);
  CHECK(house.head() == entries);
  house.restart();
  for (int times = 0; times < 2; ++times) {
    house.shows(5000);
    house.shows(40);
    CHECK(house.held());
    CHECK(house.figures().reading.units >= 40);
    house.restart();
    house.shows(5000);
  }
  // Another order is needed.
  house.shows(40);
  REQUIRE(house.held());
  house.accept(2, 5000, 40);
  CHECK_FALSE(house.held());
}

TEST_CASE("an order is of one meter and one reading; what is held otherwise refuses it for good, and its reason is told") {
  OrderingHouse house;
  house.shows(5000);
  house.shows(10);
  house.accept(1, 5000, 40);  // the register stands below what the person saw
  CHECK(house.why() == LedgerErrc::reading_chain);
  house.shows(41);
  CHECK(house.held());
  house.accept(2, 4999, 5);
  CHECK(house.held());
  house.accept(3, 5000, 5, {4711});
  CHECK(house.held());
  CHECK(house.why() == LedgerErrc::reading_chain);
  house.shows(10, {4711});
  house.accept(4, 5000, 5);  // another meter answers
  house.shows(10);
  CHECK(house.held());
  house.accept(5, 5000, 5);
  CHECK_FALSE(house.held());
  CHECK_FALSE(house.why());
  CHECK(house.figures().reading == Quantity{5});
}

TEST_CASE("more than a slice may have is not taken, and leaves all as it was") {
  OrderingHouse house;
  const auto before = house.left();
  house.shows(slice_units_max + 1);
  house.accept(1, 0, slice_units_max + 1);
  CHECK(house.held());
  CHECK(house.why() == LedgerErrc::price_unknown);
  CHECK(house.left() == before);
  CHECK(house.figures().reading == Quantity{0});
  house.accept(2, 0, slice_units_max);
  CHECK_FALSE(house.held());
  CHECK(house.left().micros == before.micros - slice_units_max * 500);
}

TEST_CASE("a reading far behind the accepted one stays held") {
  OrderingHouse house;
  house.shows(5000);
  house.shows(4999);
  house.shows(3 * register_step_max);
  house.accept(1, 5000, register_step_max + 5000);
  CHECK(house.held());
  CHECK(house.why() == LedgerErrc::reading_chain);
}

TEST_CASE("an order that comes before a box has read its meter, or may write, is carried out when it can be") {
  OrderingHouse house;
  house.shows(5000);
  house.shows_next_hour(5000);
  house.restart();
  house.accept(1, 5000, 40);
  CHECK_FALSE(house.why());
  house.restart_alone(house.now.wall);
  house.shows(40);
  CHECK(house.held());
  house.pass(patience_for_status);
  house.shows(41);
  CHECK_FALSE(house.held());
  CHECK(house.figures().reading == Quantity{40});
}

TEST_CASE("an order that a plausible reading came before does not take effect when the same fault comes again") {
  OrderingHouse house;
  house.shows(5000);
  house.shows_next_hour(5000);
  house.shows(40);
  REQUIRE(house.held());
  const auto left = house.left();
  SECTION("before the box read the order") {
    house.shows(5000);
    house.accept(1, 5000, 40);
  }
  SECTION("as the first reading after a restart") {
    house.restart();
    house.accept(1, 5000, 40);
    CHECK_FALSE(house.why());
    house.shows(5000);
  }
  CHECK(house.why() == LedgerErrc::reading_chain);
  for (int times = 0; times < 2; ++times) {
    house.pass(days(20));
    house.shows(40);
    CHECK(house.held());
    house.shows(5000);
    CHECK_FALSE(house.held());
    CHECK(house.why() == LedgerErrc::reading_chain);
    house.restart();
  }
  CHECK(house.figures().reading == Quantity{5000});
  CHECK(house.left() == left);
}

TEST_CASE("what was counted before a reading is held is charged, and its order carried out, though the box starts anew first") {
  OrderingHouse house;
  house.shows_next_hour(5000);
  house.shows(5300);
  const auto left = house.left();
  SECTION("the register fell") { house.shows(40); }
  SECTION("another meter answers") { house.shows(40, {4711}); }
  SECTION("it fell when its box had just started, and might not write yet") {
    house.restart_alone(house.now.wall);
    house.shows(5300);
    house.shows(40);
    REQUIRE(house.figures().reading == Quantity{5000});
    house.pass(patience_for_status);
    house.shows(40);
  }
  REQUIRE(house.held());
  REQUIRE(house.at(house.head()).kind == Kind::anomaly);
  CHECK(house.figures().reading == Quantity{5300});
  house.restart();
  house.shows(40);
  CHECK(house.box->circuit_view(lamp).held_after == Quantity{5300});
  house.accept(1, 5300, 40);
  CHECK_FALSE(house.held());
  CHECK_FALSE(house.why());
  CHECK(house.figures().reading == Quantity{40});
  CHECK(house.left() == left);
}

TEST_CASE("what was counted before a reading is held has each part its own price") {
  OrderingHouse house;
  house.shows_next_hour(1000);
  house.pass(minutes(1));
  house.shows(1300);
  house.order(cloud::PriceOrder{PricePlan{2, 1, house.now.wall, TierPeriod::none, {Band{{Tier{0, 700'000}}}}}});
  house.pass(minutes(1));
  house.shows(1400);
  const auto slices = entries_of(house, Kind::consumption);
  const auto left = house.left();
  house.shows(40);
  CHECK(entries_of(house, Kind::consumption) == slices + 2);
  CHECK(house.figures().reading == Quantity{1400});
  CHECK(house.left() == left);
}

TEST_CASE("a register that flickers closes no slice each time, but does when it stays away") {
  OrderingHouse house;
  const auto slices = [&] { return entries_of(house, Kind::consumption); };
  std::int64_t counted = 5000;
  house.shows_next_hour(counted);
  const auto before = slices();
  for (int times = 0; times < 50; ++times) {
    house.pass(seconds(10));
    house.shows(++counted);
    house.shows(40);
  }
  CHECK(slices() == before + 1);
  house.pass(minutes(1));
  house.shows(40);
  house.shows(40);
  CHECK(slices() == before + 2);
  CHECK(house.figures().reading == Quantity{counted});
  CHECK(entries_of(house, Kind::anomaly) == 1);
}

TEST_CASE("an order is of the stay in which it was given") {
  OrderingHouse house;
  house.use(lamp, 5000);
  house.read_both();
  house.leave();
  house.next_students();
  REQUIRE(house.box->link().state().find(room)->opening == 2);
  house.shows(5000);
  house.shows(5000 + leaped);
  REQUIRE(house.held());
  house.accept(1, 5000, 5000 + leaped);
  CHECK(house.held());
  CHECK(house.why() == LedgerErrc::opening);
  CHECK(house.box->link().state().find(room)->balance == Money{});
  house.accept(2, 5000, 5000 + leaped, lamp_meter, 2);
  CHECK_FALSE(house.held());
}

TEST_CASE("a reason that a later version of the box has written is told as one that the cloud knows") {
  OrderingHouse house;
  house.shows(5000);
  house.accept(1, 5000, 40);
  REQUIRE(house.why() == LedgerErrc::reading_chain);
  const std::string key = "outcome/" + accept_key(lamp);
  Bytes row;
  Writer out(row);
  out.u8(1);
  out.raw(order_id(1).bytes);
  out.u8(200);
  REQUIRE(house.box_store.commit({PutRow{Table::box, {key.begin(), key.end()}, row}}).has_value());
  house.restart();
  CHECK(house.why() == LedgerErrc::detail);
}

TEST_CASE("no register goes on from elsewhere without the order that the cloud gave") {
  OrderingHouse house;
  house.shows(5000);
  house.shows_next_hour(5000);
  const auto admits = [&](std::uint8_t id, std::int64_t first = 7, MeterId meter = lamp_meter) {
    Entry made;
    made.stream = {test::house_site, house_box, Direction::up};
    made.kind = Kind::meter_change;
    made.room = room;
    made.after = house.box->link().state().after(room);
    made.outside = OutsideId("order/" + to_hex(order_id(id)));
    set_detail(made, MeterChange{lamp, meter, {5000}, meter, {first}});
    auto state = house.box->link().state();
    return state.apply(made).has_value();
  };
  CHECK_FALSE(admits(9));
  house.accept(9, 5000, 7);
  CHECK(admits(9));
  CHECK_FALSE(admits(9, 8));
  CHECK_FALSE(admits(8));
  house.accept(10, 5001, 7);  // would leave out what it charges
  CHECK_FALSE(admits(10));
  house.accept(11, 5000, 7, {4711});
  CHECK_FALSE(admits(11));
  house.accept(9, 5000, 7);
  CHECK(admits(9));
  house.give(ConfigOverridden{accept_key(lamp), encode(AcceptOrder{order_id(8), lamp_meter, {5000}, {7}, 1})});
  CHECK_FALSE(admits(8));
  CHECK_FALSE(admits(9));
}

}  // namespace wattle::edge
