// A room that opens at a box which has been up for long: its meters are as unknown as after a start.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/ordering_house.hpp"

namespace wattle::edge {

namespace {

using test::entries_of;
using test::order_id;
using test::OrderingHouse;

constexpr RoomId moved{102};
constexpr CircuitId its_lamp{1020};
constexpr MeterId its_meter{5020};

struct MovedHouse : OrderingHouse {
  void pay_moved() {
    cloud::Payment payment;
    payment.number = "moved";
    payment.provider = Provider::cash_desk;
    payment.room = moved;
    payment.opening = 1;
    payment.amount = yuan(20);
    order(payment);
  }
};

/// Charged up to 1,000 elsewhere, and with money that somebody wants back.
struct OpeningHouse : MovedHouse {
  OpeningHouse() {
    pass(hours(1));
    order(cloud::Fitting{moved, 1, test::house_box.edge, {{its_lamp, its_meter, Utility::electricity, {1000}, {}, 0}}});
    pay_moved();
    order(cloud::Release{moved, {order_id(9), 1, Utility::none, yuan(20), ReleaseTo::room, test::room, {}}, 1});
  }
  std::size_t answers() const { return entries_of(*this, Kind::answer); }
  void shows(std::int64_t units) { give(MeterRead{moved, its_lamp, its_meter, {units}, true, Power{}}); }
};

}  // namespace

TEST_CASE("no money leaves a room that has just opened before its meters were read here") {
  OpeningHouse house;
  CHECK(house.answers() == 0);
  house.pass(minutes(1));
  house.give(Woke{});
  CHECK(house.answers() == 0);
  house.shows(11'000);  // five yuan
  CHECK(house.answers() == 1);
  CHECK(house.box->link().state().find(moved)->balance.micros == 0);
  CHECK(house.left() > yuan(20'000));
  CHECK(house.left() <= yuan(20'015));
}

TEST_CASE("a meter that says nothing is waited for from when its room opened") {
  OpeningHouse house;
  REQUIRE(house.sleep(minutes(9)));
  CHECK(house.answers() == 0);
  REQUIRE(house.sleep(minutes(2)));
  CHECK(house.answers() == 1);
}

namespace {

/// Has water, whose price nobody has set yet.
struct PricelessHouse : MovedHouse {
  PricelessHouse() {
    order(cloud::Fitting{moved, 1, test::house_box.edge, {{its_tap, its_meter, Utility::cold_water, {0}, {}, 0}}});
    pay_moved();
    runs_to(1200);
  }
  void runs_to(std::int64_t litres) { give(MeterRead{moved, its_tap, its_meter, {litres}, true, Power{}}); }
  const RoomState& state() const { return *box->link().state().find(moved); }

  static constexpr CircuitId its_tap{1027};
};

}  // namespace

TEST_CASE("a room with something that has no price yet is closed and refunded all the same") {
  PricelessHouse house;
  house.order(cloud::Release{moved, {order_id(9), 1, Utility::none, yuan(5), ReleaseTo::room, test::room, {}}, 1});
  CHECK(entries_of(house, Kind::answer) == 1);
  CHECK(house.state().balance == yuan(15));
  house.order(cloud::Move{order_id(8), moved, 1, {}});
  CHECK_FALSE(house.state().open);
  CHECK(entries_of(house, Kind::consumption) == 0);
  CHECK(house.state().find(PricelessHouse::its_tap)->reading == Quantity{0});
  REQUIRE(house.alarms.size() == 1);
  CHECK(house.alarms.front().room == moved);
}

TEST_CASE(
    "where a price has come meanwhile, the room's money leaves when its use is charged, though no reading comes any more") {
  PricelessHouse house;
  house.order(cloud::PriceOrder{
      PricePlan{2, static_cast<std::uint8_t>(Utility::cold_water), {0}, TierPeriod::none, {Band{{Tier{0, 5'000}}}}}});
  house.order(cloud::Move{order_id(8), moved, 1, {}});
  CHECK_FALSE(house.state().open);
  CHECK(entries_of(house, Kind::consumption) == 1);
  CHECK(house.state().find(PricelessHouse::its_tap)->reading == Quantity{1200});
  CHECK(house.alarms.empty());
}

}  // namespace wattle::edge
