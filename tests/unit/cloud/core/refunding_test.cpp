// Refunds of which nobody knows but the provider's bills.

#include "tests/unit/cloud/core/town.hpp"

namespace wattle::cloud {
namespace {

using namespace wattle::cloud::test;

constexpr RoomId room{101};
constexpr RoomId nowhere{999};
const OutsideId booked("refund/" + to_hex(uid(6)) + "/0");

BillsRead bill_of(RoomId of, std::uint32_t part = 0) {
  BillsRead bills;
  bills.refunds.push_back({uid(6), part, Provider::cash_desk, of, yuan(8)});
  return bills;
}

/// Twenty yuan in room 101.
struct Refunding : Town {
  Refunding() { pay("P1", room, yuan(20)); }
  Money suspense() { return site().index().balance(suspense_pocket()); }
  Money clearing() { return site().index().balance(clearing_pocket(Provider::cash_desk)); }
  void check_told_once() {
    CHECK(suspense() == yuan(-8));
    CHECK(clearing() == yuan(-20 + 8));
    CHECK(site().index().has(booked));
    CHECK(told(Alarm::refund_unexplained) == 1);
  }
};

TEST_CASE("a refund that only the bills know is asked of the room that it was paid for") {
  Refunding town;
  town.give(bill_of(room));
  CHECK(town.balance(room, box_one) == yuan(12));
  CHECK(town.suspense().micros == 0);
  CHECK(town.clearing() == yuan(-20 + 8));
  CHECK(town.calls() == 0);
  CHECK(town.told(Alarm::refund_unexplained) == 0);
}

TEST_CASE("what can be asked of no box any more is booked against suspense, once") {
  Refunding town;
  RoomId of = room;
  const auto before = town.store();
  SECTION("since its stay is over") { town.order(Move{uid(5), room, 1, {}}); }
  SECTION("since nobody knows its room") { of = nowhere; }
  const auto ended = town.suspense();
  const auto then = town.store();
  town.give(bill_of(of));
  CHECK(town.suspense() == Money{ended.micros - yuan(8).micros});
  CHECK(town.site().index().has(booked));
  CHECK(town.told(Alarm::refund_unexplained) == 1);
  const auto check_again = [&](const wattle::test::MemoryStore& at, std::size_t told) {
    town.restore(at, true);
    town.give(bill_of(of));
    town.give(bill_of(of));
    REQUIRE(town.site().is_settled());
    CHECK(town.suspense() == Money{ended.micros - yuan(8).micros});
    CHECK(town.clearing() == yuan(-20 + 8));
    CHECK(town.told(Alarm::refund_unexplained) == told);
    CHECK_FALSE(town.site().orders().contains(OutsideId("request/" + to_hex(uid(6)))));
  };
  town.give(bill_of(of));
  CHECK(town.told(Alarm::refund_unexplained) == 1);
  check_again(wattle::test::MemoryStore(town.store()), 1);
  check_again(then, 2);  // forgotten with its alarm, and told again
  if (of == room) check_again(before, 3);
}

TEST_CASE("a bill that makes no request is booked against suspense") {
  Refunding town;
  auto bills = bill_of(room, refund_payments_max);
  town.give(bills);
  CHECK(town.suspense() == yuan(-8));
  CHECK(town.balance(room, box_one) == yuan(20));
  CHECK(town.told(Alarm::refund_unexplained) == 1);
}

TEST_CASE("a refund that the bills know waits while a box may still tell of it") {
  Refunding town;
  SECTION("the box of its room") { town.cut(box_one); }
  SECTION("any other") { town.cut(box_two); }
  town.restore(wattle::test::MemoryStore(town.store()), true);
  town.give(bill_of(nowhere));
  REQUIRE_FALSE(town.site().is_settled());
  CHECK_FALSE(town.site().index().has(booked));
  for (const auto holder : {box_one, box_two}) town.heal(holder);
  REQUIRE(town.site().is_settled());
  town.check_told_once();
}

TEST_CASE("a refund waits for a room that is to be fitted, or that the next box will open") {
  Refunding town;
  SECTION("not fitted yet") {
    town.fit(nowhere, {7});
    town.give(bill_of(nowhere));
    CHECK(town.told(Alarm::refund_unexplained) == 0);
    town.add_box({{7}, {0x77}});
    REQUIRE(town.site().index().room(nowhere) != nullptr);
    CHECK(town.site().index().request(uid(6)) != nullptr);
  }
  SECTION("its box was lost, and the stay ends where it would be asked") {
    town.cut(box_one);
    town.give(FenceOrdered{box_one, {1}});
    town.give(FenceArchived{box_one});
    town.order(Move{uid(5), room, 1, {}});
    town.give(bill_of(room));
    CHECK(town.site().orders().contains(OutsideId("request/" + to_hex(uid(6)))));
    CHECK(town.told(Alarm::refund_unexplained) == 0);
    town.add_box({{1}, {0x33}});
    REQUIRE(town.site().index().request(uid(5))->answered);
    CHECK(town.suspense() == yuan(20 - 8));
    CHECK(town.told(Alarm::refund_unexplained) == 1);
    CHECK(town.clearing() == yuan(-20 + 8));
  }
}

/// As a person gives it; of what the room has at most eight yuan go back.
Release asked() {
  ReleaseRequest request{uid(6), 1, Utility::none, yuan(8), ReleaseTo::provider, {}, {}};
  request.payments.push_back({Provider::cash_desk, "P1", yuan(20)});
  return {room, request};
}

TEST_CASE("a refund that is planned otherwise than its bill shows is booked as it was paid") {
  Refunding town;
  auto bills = bill_of(room);
  bills.journal.push_back(asked());
  const auto part = [](const char* sort, int number) {
    return OutsideId(std::string(sort) + "/" + to_hex(uid(6)) + "/" + std::to_string(number));
  };
  SECTION("in less: the rest goes back") {
    bills.refunds[0].amount = yuan(5);
    town.give(bills);
    CHECK(town.balance(room, box_one) == yuan(15));
    CHECK(town.clearing() == yuan(-20 + 5));
    CHECK(town.suspense().micros == 0);
    CHECK(town.told(Alarm::refund_unexplained) == 0);
  }
  SECTION("in less, and under a number that no bill has") {
    bills.refunds[0].amount = yuan(5);
    bills.refunds.push_back(bills.refunds[0]);
    bills.refunds[1].part = 1;
    town.give(bills);
    CHECK(town.balance(room, box_one) == yuan(15));
    CHECK(town.clearing() == yuan(-20 + 10));
    CHECK(town.suspense() == yuan(-5));
    CHECK((town.site().index().has(part("refund", 1)) && town.site().index().has(part("back", 2))));
    CHECK(town.told(Alarm::refund_unexplained) == 1);
  }
  SECTION("in more: nobody has released that") {
    bills.refunds[0].amount = yuan(10);
    town.give(bills);
    CHECK(town.balance(room, box_one) == yuan(12));
    CHECK(town.clearing() == yuan(-20 + 10));
    CHECK(town.suspense() == yuan(-2));
    CHECK(town.told(Alarm::refund_unexplained) == 1);
  }
  CHECK(town.site().index().has(booked));
  CHECK(town.site().index().transits().empty());
  CHECK(town.calls() == 0);
  std::set<std::string> told;
  if (town.suspense().micros != 0) told = {"audit.refund_unreleased"};
  CHECK(town.audited() == told);
}

TEST_CASE("a part that the bills show as paid is not paid again while a box may still tell of it") {
  Refunding town;
  town.order(asked());
  REQUIRE(town.site().refund(uid(6)) != nullptr);
  const auto planned = town.store();  // and then the cashier paid
  town.cut(box_two);
  town.restore(planned, true);
  auto bills = bill_of(room);
  bills.refunds[0].amount = yuan(5);  // it had less when it was planned the first time
  town.give(bills);
  REQUIRE_FALSE(town.site().is_settled());
  CHECK(town.site().refund_state(uid(6), 0) == RefundOutcome::paid);
  town.give(RefundSettled{uid(6), 0, RefundOutcome::rejected});
  CHECK(town.refund_answer() == OrderAnswer::contradicts);
  town.give(RefundSettled{uid(6), 0, RefundOutcome::paid});
  CHECK(town.refund_answer() == OrderAnswer::known);
  town.heal(box_two);
  REQUIRE(town.site().is_settled());
  CHECK(town.site().index().has(booked));
  CHECK(town.clearing() == yuan(-20 + 5));
  CHECK(town.balance(room, box_one) == yuan(15));
  CHECK(town.suspense().micros == 0);
  CHECK(town.audited() == std::set<std::string>{});
}

TEST_CASE("a part of which the bills show nothing is open until somebody says what became of it") {
  Refunding town;
  town.order(asked());
  CHECK(town.site().refund_state(uid(6), 0) == std::nullopt);
  town.give(RefundSettled{uid(6), 0, RefundOutcome::rejected});
  CHECK(town.refund_answer() == OrderAnswer::accepted);
  CHECK(town.site().refund_state(uid(6), 0) == RefundOutcome::rejected);
  CHECK(town.balance(room, box_one) == yuan(20));
}

TEST_CASE("what the journal has of a refund is known after any start") {
  Refunding town;
  const auto then = town.store();
  auto bills = bill_of(room);
  bills.refunds[0].amount = yuan(5);  // it had less then
  bills.payments = {Payment{"P1", Provider::cash_desk, room, 1, yuan(20), {}}};
  bills.journal.push_back(asked());
  town.cut(box_one);
  town.restore(then, true);
  town.give(bills);
  town.give(FenceOrdered{box_one, {1}});
  town.give(FenceArchived{box_one});
  REQUIRE(town.site().is_settled());
  if (GENERATE(true, false)) {  // before the next box has answered
    town.restore(wattle::test::MemoryStore(town.store()), false);
    REQUIRE(town.site().is_settled());
    town.give(RefundsJournaled{bills.refunds, {}});
  }
  const Holder next{{1}, {0x33}};
  town.add_box(next);
  CHECK(town.calls() == 0);
  CHECK(town.balance(room, next) == yuan(15));
  CHECK(town.clearing() == yuan(-20 + 5));
  CHECK(town.suspense().micros == 0);
  CHECK(town.site().index().transits().empty());
  CHECK(town.audited() == std::set<std::string>{});
}

TEST_CASE("what is released for a part that was booked before goes back") {
  Refunding town;
  town.give(bill_of(nowhere));
  town.check_told_once();
  town.order(asked());
  CHECK(town.site().index().request(uid(6))->released == yuan(8));
  CHECK(town.site().index().transits().empty());
  CHECK(town.balance(room, box_one) == yuan(20));
  CHECK(town.calls() == 0);
  town.check_told_once();
}

TEST_CASE("a part that is booked already is not asked for with the others") {
  Refunding town;
  town.give(bill_of(nowhere, 1));
  REQUIRE(town.suspense() == yuan(-8));
  town.fit(nowhere, {2});
  town.pay("P2", nowhere, yuan(20));
  auto bills = bill_of(nowhere);
  bills.refunds.push_back(bill_of(nowhere, 1).refunds[0]);
  town.give(bills);
  REQUIRE(town.site().index().request(uid(6)) != nullptr);
  CHECK(town.site().index().request(uid(6))->release->at_most == yuan(8));
  CHECK(town.balance(nowhere, box_two) == yuan(12));
  CHECK(town.site().index().transits().empty());
  CHECK(town.suspense() == yuan(-8));
}

}  // namespace
}  // namespace wattle::cloud
