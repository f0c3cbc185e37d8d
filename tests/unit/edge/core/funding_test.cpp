// What the engine tells purses in meters to go by.

#include <catch2/catch.hpp>

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

}  // namespace wattle::edge
