// Cash that a box took for a room which is nobody's: no room's first students may have it.

#include "tests/unit/cloud/core/town.hpp"

namespace wattle::cloud {
namespace {

using namespace wattle::cloud::test;

constexpr RoomId mistyped{1011};

struct Arriving : Town {
  Money suspense() { return site().index().balance(suspense_pocket()); }
};

TEST_CASE("cash for a room that does not exist waits for a person") {
  Arriving town;
  town.take_cash(box_one, mistyped, yuan(5));
  CHECK(town.suspense() == yuan(5));
  CHECK(town.site().undecided().size() == 1);
  CHECK(town.told(Alarm::opening_passed) == 1);
  CHECK(town.audited().empty());

  town.fit(mistyped, {2});
  CHECK(town.balance(mistyped, box_two) == yuan(0));
  CHECK(town.suspense() == yuan(5));
}

TEST_CASE("cash for a room whose box is still to come waits for its first students") {
  Arriving town;
  town.fit(mistyped, {3});
  town.take_cash(box_one, mistyped, yuan(5));
  CHECK(town.suspense().micros == 0);
  const Holder box_three{{3}, {1}};
  town.add_box(box_three);
  CHECK(town.balance(mistyped, box_three) == yuan(5));
}

TEST_CASE("a room whose number begins another one's that is to come is no room for that") {
  Arriving town;
  town.fit(mistyped, {3});
  town.take_cash(box_one, {10}, yuan(5));
  CHECK(town.suspense() == yuan(5));
}

TEST_CASE("nobody claims the cloud's own slot") {
  Arriving town;
  const auto boxes = town.site().boxes();
  town.give(Claimed{Holder{{0}, {7}}, PublicKey{}});
  CHECK(town.site().boxes().size() == boxes.size());
  CHECK_FALSE(town.site().holder_of({0}));
}

TEST_CASE("whether a room exists is asked only when all boxes have been heard") {
  Arriving town;
  const auto then = town.store();
  town.fit(mistyped, {2});
  town.take_cash(box_one, mistyped, yuan(5));
  REQUIRE(town.balance(mistyped, box_two) == yuan(5));
  town.cut(box_two);
  town.restore(then, true);
  town.give(BillsRead{});
  CHECK(town.suspense().micros == 0);
  town.heal(box_two);
  CHECK(town.suspense().micros == 0);
  CHECK(town.balance(mistyped, box_two) == yuan(5));
}

TEST_CASE("what a person has decided about it counts after a restore, though the room has come meanwhile") {
  Arriving town;
  const auto then = town.store();
  town.take_cash(box_one, mistyped, yuan(5));
  REQUIRE(town.site().undecided().size() == 1);
  Resolution paid_out;
  paid_out.id = uid(7);
  paid_out.of = std::string(town.site().undecided().begin()->first.text());
  paid_out.to = ResolveTo::provider;
  paid_out.amount = yuan(5);
  paid_out.provider = Provider::cash_desk;
  town.order(paid_out);
  REQUIRE(town.suspense().micros == 0);
  town.fit(mistyped, {2});
  const auto fitting = town.site().orders().at(OutsideId("fit/1011/1"));
  BillsRead bills;
  bills.journal = {paid_out, fitting};
  town.restore(then, true);
  town.give(bills);
  CHECK(town.balance(mistyped, box_two) == yuan(0));
  CHECK(town.suspense().micros == 0);
  CHECK(town.site().index().has(OutsideId("resolve/" + to_hex(uid(7)))));
  CHECK(town.audited().empty());
}

}  // namespace
}  // namespace wattle::cloud
