#include "shared/ledger/audit_books.hpp"

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

PaperSite with_money() {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(5));
  return paper;
}

}  // namespace

TEST_CASE("a decision that nothing covers") {
  auto paper = with_money();
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(9));
  const auto answer = paper.release(request, room_1, 1, yuan(9));
  paper.pay_out(answer, room_1, 1, 0, yuan(9));
  CHECK(causes(paper) == Words{"audit.not_covered"});
}

TEST_CASE("energy that has flowed needs no cover") {
  auto paper = with_money();
  paper.consume(box_a, room_1, 90'000);
  CHECK(paper.balance(room_pocket(room_1, box_a)) < 0);
  CHECK(causes(paper) == Words{});
}

TEST_CASE("balances that the box saw are the replay's") {
  for (const bool of_room : {true, false}) {
    auto paper = with_money();
    const auto place = paper.consume(box_a, room_1, 200);
    auto entry = paper.entry(place);
    (of_room ? entry.after->room : entry.after->allow).micros += 1;
    paper.overwrite(place, entry);
    CHECK(causes(paper) == Words{"audit.after_differs"});
  }
}

TEST_CASE("what the cloud or a cashier writes has a name") {
  auto paper = with_money();
  auto entry = paper.entry({box_a, Direction::down, 3});
  entry.outside = {};
  paper.overwrite({box_a, Direction::down, 3}, entry);
  CHECK(causes(paper) == Words{"audit.outside_id_missing"});

  auto cash = with_money();
  const auto place = cash.cash(box_a, room_1, 7, yuan(1));
  entry = cash.entry(place);
  entry.outside = {};
  cash.overwrite(place, entry);
  CHECK(causes(cash) == Words{"audit.outside_id_missing", "audit.receipt_missing"});
}

TEST_CASE("a payment booked by webhook and by bill run") {
  auto paper = with_money();
  paper.recharge(box_a, room_1, "P1", yuan(5));
  paper.payments.pop_back();
  CHECK(causes(paper) == Words{"audit.clearing_differs", "audit.outside_id_twice"});
}

TEST_CASE("a sale of a fenced box adopted although the box has booked it") {
  auto paper = with_money();
  paper.cash(box_a, room_1, 7, yuan(3));
  paper.fence(box_a);
  paper.open(box_b, room_1, 61, paper.close_for(box_a, room_1, 61, box_b.edge));
  paper.down(box_b, wanted(Kind::adopt, room_1, "receipt/" + to_hex(uid(7)),
                           {{drawer_pocket(box_a), room_pocket(room_1, box_b), yuan(3), false}}, Credit{1}));
  CHECK(causes(paper) == Words{"audit.outside_id_twice"});
}

TEST_CASE("a transit is filled by one entry") {
  auto paper = with_money();
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(2));
  const auto answer = paper.release(request, room_1, 1, yuan(2));
  paper.up(box_a, wanted(Kind::cash, room_2, "receipt/" + to_hex(uid(9)),
                         {{drawer_pocket(box_a), transit_pocket(uid(1)), yuan(1), false}}, Cash{uid(9), 0}));
  paper.pay_out(answer, room_1, 1, 0, yuan(3));
  CHECK(causes(paper) == Words{"audit.transit_filled_twice"});
}

TEST_CASE("what leaves a transit names what filled it") {
  auto paper = with_money();
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(2));
  const auto answer = paper.release(request, room_1, 1, yuan(2));
  const auto other = paper.consume(box_a, room_1, 200);
  SECTION("all of it names another entry") { paper.pay_out(other, room_1, 1, 0, yuan(2)); }
  SECTION("a part of it names another entry") {
    paper.pay_out(answer, room_1, 1, 0, yuan(1));
    paper.pay_out(other, room_1, 1, 1, yuan(1));
  }
  SECTION("it names none") {
    paper.refunds.push_back({uid(1), 0, Provider::wechat, yuan(2)});
    paper.own(wanted(Kind::payout, room_1, "refund/x",
                     {{transit_pocket(uid(1)), clearing_pocket(Provider::wechat), yuan(2), false}}, Payout{uid(1), 0}));
  }
  CHECK(causes(paper) == Words{"audit.transit_cause"});
}

TEST_CASE("what was asked is paid, not what was released") {
  auto paper = with_money();
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(4));
  paper.pay_out(paper.release(request, room_1, 1, yuan(2)), room_1, 1, 0, yuan(4));
  CHECK(causes(paper) == Words{"audit.transit_overdrawn"});
}

TEST_CASE("the books know which ids they hold") {
  auto paper = with_money();
  auto input = paper.input();
  AuditReport report;
  auditing::Findings findings(report);
  auditing::Outside outside(input, findings);
  auditing::Books books(input, outside, findings, report.totals);
  books.book(paper.entry({box_a, Direction::down, 4}));
  CHECK(books.holds(OutsideId("pay/P1")));
  CHECK_FALSE(books.holds(OutsideId("pay/P2")));
}
