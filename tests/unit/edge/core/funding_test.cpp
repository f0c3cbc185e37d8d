// What the engine tells purses in meters to go by.

#include <catch2/catch.hpp>

#include "shared/policy/registers.hpp"
#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {

TEST_CASE("what a purse goes by follows the room's money, and the price that is in force") {
  test::House house;
  auto facts = house.box->purse_facts(test::lamp);
  REQUIRE(facts);
  CHECK(*facts == PurseFacts{{5001}, 1, {}, {}, 500'000, 500'000, {0}});
  house.pay(yuan(20));
  house.use(test::lamp, 1'000);
  house.read(test::lamp, 100);
  facts = house.box->purse_facts(test::lamp);
  CHECK(facts->live == Money{19'500'000});
  CHECK(facts->settled == yuan(20));  // the slice is still open
  CHECK(facts->used == Quantity{1'000});
  CHECK(house.box->purse_facts(test::socket)->live == Money{19'500'000});  // the money is the room's
  house.order(cloud::PriceOrder{
      PricePlan{2, 1, house.now.wall + hours(1), TierPeriod::none, {Band{{Tier{0, 400'000}, Tier{5'000, 900'000}}}}}});
  CHECK(house.box->purse_facts(test::lamp)->rate == 500'000);
  house.pass(hours(2));
  house.read_both();
  house.give(Swept{});
  facts = house.box->purse_facts(test::lamp);
  CHECK(facts->rate == 900'000);
  CHECK(facts->price == 400'000);
  CHECK(facts->settled == Money{19'500'000});
  house.use(test::lamp, 5'000);
  house.read(test::lamp, 100);
  house.pass(hours(1));
  house.read_both();
  house.give(Swept{});
  CHECK(house.box->purse_facts(test::lamp)->price == 900'000);  // of the tier that it has come to
  CHECK_FALSE(house.box->purse_facts({7}));
}

TEST_CASE("of a room whose account has ended nothing is told") {
  test::House house;
  house.pay(yuan(20));
  REQUIRE(house.box->purse_facts(test::lamp));
  Uid id;
  id.bytes[0] = 1;
  house.order(cloud::Move{id, test::room, 1, {}});
  house.read_both();
  REQUIRE_FALSE(house.box->link().state().find(test::room)->open);
  CHECK_FALSE(house.box->purse_facts(test::lamp));
}

TEST_CASE("before all meters of a room were read no purse is told what it has") {
  test::House house;
  house.pay(yuan(20));
  house.read_both();
  house.use(test::socket, 4'000);  // while the box is away
  house.restart();
  CHECK_FALSE(house.box->purse_facts(test::lamp));
  house.read(test::lamp);
  CHECK_FALSE(house.box->purse_facts(test::lamp));
  house.read(test::socket);
  REQUIRE(house.box->purse_facts(test::lamp));
  CHECK(house.box->purse_facts(test::lamp)->live == yuan(18));
}

TEST_CASE("a box with an old disk tells no purse anything before it has heard what it has forgotten") {
  test::House house;
  house.pay(yuan(20));
  const auto old = house.box_store;
  Uid id;
  id.bytes[0] = 1;
  house.order(cloud::Move{id, test::room, 1, {}});
  house.read_both();
  REQUIRE_FALSE(house.box->link().state().find(test::room)->open);
  house.box.reset();
  house.box_store = old;
  house.make();
  house.read_both();
  REQUIRE(house.box->link().state().find(test::room)->open);
  CHECK_FALSE(house.box->purse_facts(test::lamp));  // it would be paid out twice
  house.give(Connected{});
  house.read_both();
  CHECK_FALSE(house.box->purse_facts(test::lamp));
}

TEST_CASE("where nobody can be heard purses go on after a minute's patience") {
  test::House house;
  house.pay(yuan(20));
  house.box.reset();
  house.make();
  house.read_both();
  CHECK_FALSE(house.box->purse_facts(test::lamp));
  house.pass(patience_for_status);
  house.give(Woke{});
  REQUIRE(house.box->purse_facts(test::lamp));
  CHECK(house.box->purse_facts(test::lamp)->live == yuan(20));
}

TEST_CASE("water that is free is no money for electricity") {
  test::House house;
  house.pay(yuan(20));
  house.order(cloud::AllowanceGrant{test::room, 1, Utility::electricity, yuan(3), "2026-1"});
  house.order(cloud::AllowanceGrant{test::room, 1, Utility::cold_water, yuan(7), "2026-1"});
  REQUIRE(house.box->live_balance(test::room) == yuan(30));
  const auto facts = house.box->purse_facts(test::lamp);
  REQUIRE(facts);
  CHECK(facts->live == yuan(23));
  CHECK(facts->settled == yuan(23));
  house.use(test::socket, 1'000);
  house.read_both();
  CHECK(house.box->purse_facts(test::lamp)->live == Money{22'500'000});
}

TEST_CASE("of several purses in a room only that of the lowest circuit has its money") {
  test::House house;
  house.pay(yuan(20));
  for (const auto circuit : {test::socket, test::lamp}) house.configure(purse_key(circuit), encode(PurseMode::purse));
  CHECK_FALSE(house.box->purse_facts(test::lamp)->is_second);
  CHECK(house.box->purse_facts(test::socket)->is_second);
  for (const auto mode : {PurseMode::display, PurseMode::off}) {
    house.configure(purse_key(test::lamp), encode(mode));
    CHECK_FALSE(house.box->purse_facts(test::socket)->is_second);
  }
}

}  // namespace wattle::edge
