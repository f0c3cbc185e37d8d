// Decisions about suspense whose money a restore has lost.

#include "tests/unit/cloud/core/town.hpp"

namespace wattle::cloud {
namespace {

using namespace wattle::cloud::test;

constexpr RoomId stayed{101};
constexpr RoomId elsewhere{201};
const Move end_of_stay{uid(5), stayed, 1, {}};

Resolution decision(ResolveTo to, std::uint8_t id = 7) {
  Resolution decided;
  decided.id = uid(id);
  decided.of = "ended/" + to_hex(uid(5)) + "/0";
  decided.to = to;
  decided.amount = yuan(20);
  if (to == ResolveTo::room) {
    decided.room = elsewhere;
    decided.opening = 1;
  } else {
    decided.provider = Provider::cash_desk;
  }
  return decided;
}

/// Fifteen yuan paid and five in cash lie in suspense, since the stay is over; the cloud forgets the cash and all that follows.
struct Resolving : Town {
  Resolving() : then((pay("P1", stayed, yuan(15)), store())) {
    take_cash(box_one, stayed, yuan(5));
    order(end_of_stay);
    REQUIRE(suspense() == yuan(20));
  }
  Money suspense() { return site().index().balance(suspense_pocket()); }
  bool is_carried_out() { return site().index().has(OutsideId("resolve/" + to_hex(uid(7)))); }
  /// Box two has not read what is credited there, so that it cannot give it back.
  void decide(const Resolution& decided) {
    cut(box_two);
    order(decided);
    REQUIRE(is_carried_out());
    bills.journal.push_back(decided);
  }
  /// Forgotten with its box.
  void lose_it() {
    cut(box_one);
    restore(then, true);
    heal(box_two);
    give(bills);
    CHECK(told(Alarm::resolution_waits) == 0);  // while not all have spoken
    give(FenceOrdered{box_one, {1}});
    CHECK(told(Alarm::resolution_waits) == 0);  // nor the fence can be restored
    give(FenceArchived{box_one});
    CHECK_FALSE(is_carried_out());
    CHECK(told(Alarm::resolution_waits) == 1);
  }
  wattle::test::MemoryStore then;
  BillsRead bills;
};

TEST_CASE("a decision whose money comes back after a restore is carried out, and nobody is alarmed") {
  Resolving town;
  const auto to = GENERATE(ResolveTo::room, ResolveTo::provider);
  town.decide(decision(to));
  const bool is_box_first = GENERATE(true, false);
  if (!is_box_first) town.cut(box_one);
  town.restore(town.then, true);
  if (is_box_first) town.heal(box_two);
  town.give(town.bills);
  for (const auto holder : {box_one, box_two}) town.heal(holder);
  REQUIRE(town.site().is_settled());
  CHECK(town.is_carried_out());
  CHECK(town.suspense().micros == 0);
  CHECK(town.told(Alarm::resolution_waits) == 0);
}

TEST_CASE("what a person pays out of suspense is booked once, and what the bills show otherwise is told of") {
  Resolving town;
  town.order(decision(ResolveTo::provider));
  REQUIRE(town.suspense().micros == 0);
  const bool is_as_decided = GENERATE(true, false);
  town.bills.refunds.push_back({uid(7), 0, Provider::cash_desk, elsewhere, is_as_decided ? yuan(20) : yuan(21)});
  town.give(town.bills);
  town.pay("P2", elsewhere, yuan(1));
  CHECK(town.suspense().micros == 0);
  CHECK(town.site().index().request(uid(7)) == nullptr);  // nobody is asked for it
  CHECK(town.told(Alarm::refund_unexplained) == (is_as_decided ? 0 : 1));
}

TEST_CASE("what the bills show before the decision is known is not booked again by it") {
  Resolving town;
  const auto decided = decision(ResolveTo::provider);
  town.bills.refunds.push_back({uid(7), 0, decided.provider, RoomId{}, decided.amount});
  town.give(town.bills);
  CHECK(town.suspense().micros == 0);
  CHECK(town.told(Alarm::refund_unexplained) == 1);
  town.order(decided);
  CHECK(town.suspense().micros == 0);
  CHECK(town.site().is_done(decided));
  CHECK(town.site().undecided().at(OutsideId(decided.of)).micros == 0);
  CHECK(town.told(Alarm::resolution_waits) == 0);
}

TEST_CASE("a decision whose money does not come back is told of, once a process") {
  Resolving town;
  town.decide(decision(GENERATE(ResolveTo::room, ResolveTo::provider)));
  town.lose_it();
  town.pay("P2", elsewhere, yuan(1));
  CHECK(town.told(Alarm::resolution_waits) == 1);
  town.restore(wattle::test::MemoryStore(town.store()), false);
  CHECK(town.told(Alarm::resolution_waits) == 2);
}

TEST_CASE("less in suspense than was decided about is told of as well") {
  Resolving town;
  town.decide(decision(ResolveTo::room));
  town.bills.journal.push_back(end_of_stay);
  town.lose_it();
  town.add_box({{1}, {0x33}});
  REQUIRE(town.suspense() == yuan(15));
  CHECK_FALSE(town.is_carried_out());
  CHECK(town.told(Alarm::resolution_waits) == 1);
  town.restore(wattle::test::MemoryStore(town.store()), false);
  CHECK(town.told(Alarm::resolution_waits) == 2);
}

TEST_CASE("what has come back is for the first decision that it covers, and the others wait") {
  Resolving town;
  auto first = decision(ResolveTo::room);
  auto second = decision(ResolveTo::room, 6);  // though its name comes first
  second.amount = yuan(8);
  const bool is_covered = GENERATE(true, false);
  first.amount = is_covered ? yuan(12) : yuan(12 + 4);
  if (!is_covered) second.amount = yuan(4);
  town.decide(first);
  town.order(second);
  town.bills.journal.push_back(second);
  town.bills.journal.push_back(end_of_stay);
  town.cut(box_one);
  town.restore(town.then, true);
  town.heal(box_two);
  town.give(town.bills);
  town.give(FenceOrdered{box_one, {1}});
  town.give(FenceArchived{box_one});
  const auto before = town.told(Alarm::resolution_waits);
  CHECK(before == 2);
  town.add_box({{1}, {0x33}});
  CHECK(town.is_carried_out() == is_covered);
  CHECK(town.site().index().has(OutsideId("resolve/" + to_hex(uid(6)))) == !is_covered);
  CHECK(town.suspense() == (is_covered ? yuan(3) : yuan(11)));
  CHECK(town.told(Alarm::resolution_waits) == before);
  auto third = decision(ResolveTo::provider, 8);
  third.amount = Money{town.suspense().micros + 1};
  town.order(third);
  CHECK(town.answer() == OrderAnswer::refused);  // more than those leave that are covered
}

TEST_CASE(
    "of two decisions about the same money the one that was given before a restore goes first, also for the next process") {
  Resolving town;
  const auto before = town.store();
  town.decide(decision(ResolveTo::provider));
  town.cut(box_one);
  town.restore(before, true);
  town.order(decision(ResolveTo::provider, 6));  // by somebody who does not know of the first one
  town.give(town.bills);
  if (GENERATE(false, true)) town.restore(wattle::test::MemoryStore(town.store()), false);
  for (const auto holder : {box_one, box_two}) town.heal(holder);
  REQUIRE(town.site().is_settled());
  CHECK(town.is_carried_out());
  CHECK(town.suspense().micros == 0);
  CHECK(town.told(Alarm::resolution_waits) == 1);  // the other one
}

TEST_CASE("a decision that was told of is carried out when its money comes nevertheless, from whatever room") {
  Resolving town;
  auto decided = decision(ResolveTo::room);
  decided.amount = yuan(15);
  town.decide(decided);
  town.bills.journal.push_back(end_of_stay);
  town.lose_it();
  CHECK(town.balance(elsewhere, box_two).micros == 0);
  town.add_box({{1}, {0x33}});
  CHECK(town.is_carried_out());
  CHECK(town.suspense().micros == 0);
  CHECK(town.balance(elsewhere, box_two) == yuan(15));
}

TEST_CASE("what is left beside a decision that waits can be decided about") {
  Resolving town;  // twenty in suspense
  auto first = decision(ResolveTo::room);
  auto waits = decision(ResolveTo::room, 8);
  first.amount = yuan(12);
  waits.amount = yuan(10);
  BillsRead journal;  // as it brings them back, when more was there
  journal.journal = {first, waits};
  town.give(journal);
  REQUIRE(town.is_carried_out());
  CHECK(town.suspense() == yuan(8));
  CHECK(town.site().undecided().begin()->second == yuan(8));
  auto rest = decision(ResolveTo::room, 9);
  rest.amount = yuan(9);
  town.order(rest);
  CHECK(town.answer() == OrderAnswer::refused);
  rest.amount = yuan(8);
  town.order(rest);
  CHECK(town.answer() == OrderAnswer::accepted);
  CHECK(town.suspense().micros == 0);
  CHECK(town.balance(elsewhere, box_two) == yuan(20));
}

}  // namespace
}  // namespace wattle::cloud
