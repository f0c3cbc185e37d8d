#include "shared/ledger/audit_outside.hpp"

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

PaperSite with_payment() {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(20));
  return paper;
}

Place refund(PaperSite& paper) {
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(2));
  return paper.pay_out(paper.release(request, room_1, 1, yuan(2)), room_1, 1, 0, yuan(2));
}

}  // namespace

TEST_CASE("a payment that no entry holds") {
  auto paper = with_payment();
  paper.payments.push_back({"P2", Provider::wechat, room_1, yuan(1)});
  for (const bool at_rest : {false, true})
    CHECK(causes(paper, at_rest) == Words{"audit.clearing_differs", "audit.payment_missing"});
}

TEST_CASE("an accepted payment may wait for as long as something is in its way, and no longer") {
  const Words missing{"audit.clearing_differs", "audit.payment_missing"};
  auto paper = with_payment();
  paper.payments.push_back({"P2", Provider::wechat, room_1, yuan(1), 1, {}, true});
  const auto found = [&](bool settled, const std::set<Holder>& writable, bool at_rest = false) {
    auto input = paper.input();
    input.at_rest = input.slices_closed = at_rest;
    input.settled = settled;
    input.writable = writable;
    const auto report = audit(input, crypto());
    CHECK(report.totals.waiting == (report.is_clean() ? 1 : 0));
    return causes(report);
  };
  SECTION("nothing is in its way") { CHECK(found(true, {box_a, box_b}) == missing); }
  SECTION("its box has not been heard since a restore") { CHECK(found(false, {box_b}) == Words{}); }
  SECTION("another box has not been heard since a restore") { CHECK(found(false, {box_a}) == missing); }
  SECTION("nobody writes in its box's link") { CHECK(found(true, {box_b}) == Words{}); }
  SECTION("at rest nothing waits") { CHECK(found(false, {}, true) == missing); }
  SECTION("its room is on its way") {
    const auto request = paper.ask_close(box_a, room_1, 1, box_b.edge);
    CHECK(found(true, {box_a, box_b}) == Words{});
    const auto closed = paper.close(request, room_1, 1);
    CHECK(found(true, {box_a, box_b}) == Words{});
    paper.open(box_b, room_1, 1, closed);
    CHECK(found(true, {box_a, box_b}) == missing);
    CHECK(found(true, {box_a}) == Words{});
  }
  SECTION("the room stays, since the move was refused") {
    paper.refuse(paper.ask_close(box_a, room_1, 1, box_b.edge), room_1, 1, AnswerReason::cancelled);
    CHECK(found(true, {box_a, box_b}) == missing);
  }
  SECTION("its stay has not begun") {
    paper.payments.back().opening = 2;
    CHECK(found(true, {box_a, box_b}) == Words{});
  }
  SECTION("its stay is over, so it should lie in suspense") {
    paper.payments.back().opening = 0;
    CHECK(found(true, {box_a, box_b}) == missing);
    paper.own(wanted(Kind::resolve, room_1, "pay/P2", {{clearing_pocket(Provider::wechat), suspense_pocket(), yuan(1), false}},
                     Credit{}));
    CHECK(causes(paper.input()) == Words{});
  }
  SECTION("its stay has ended, and nobody follows") {
    paper.payments.back().opening = 1;
    paper.close(paper.ask_close(box_a, room_1, 1, {}), room_1, 1);
    CHECK(found(true, {box_a, box_b}) == missing);
    CHECK(found(false, {box_a}) == Words{});
    paper.own(wanted(Kind::rehome, {}, "rehome/1", {}, Rehome{uid(1), box_b.edge}));
    CHECK(found(true, {box_a, box_b}) == Words{});
  }
  SECTION("the sale of a code waits for the box that the code names") {
    paper.payments.back().issuer = box_b;
    CHECK(found(true, {box_a}) == Words{});
    CHECK(found(true, {box_b}) == missing);
  }
}

TEST_CASE("the sale of a code of a fenced box waits until its fence is listed and all boxes have been heard") {
  auto paper = with_payment();
  paper.fence(box_b);
  paper.payments.push_back({"P2", Provider::wechat, room_1, yuan(1), 1, box_b, true});
  auto input = paper.input(false);
  input.writable = {box_a};
  input.settled = true;
  CHECK(causes(input) == Words{});
  input.listed_fences = {box_b};
  CHECK(causes(input) == Words{"audit.clearing_differs", "audit.payment_missing"});
  input.settled = false;
  CHECK(causes(input) == Words{});
}

TEST_CASE("a refund that was paid may be without an entry until its box has answered and all boxes have been heard") {
  auto paper = with_payment();
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(2));
  paper.refunds.push_back({uid(1), 0, Provider::wechat, yuan(2), true});
  const auto found = [&](bool settled, bool at_rest = false) {
    auto input = paper.input(false);
    input.settled = settled;
    input.at_rest = at_rest;
    const auto report = audit(input, crypto());
    CHECK(report.totals.waiting == (report.is_clean() ? 1 : 0));
    return causes(report);
  };
  CHECK(found(true) == Words{});
  CHECK(found(true, true) == Words{"audit.clearing_differs", "audit.refund_missing", "audit.request_open"});
  paper.release(request, room_1, 1, yuan(2));
  CHECK(found(true) == Words{"audit.clearing_differs", "audit.refund_missing"});
  CHECK(found(false) == Words{});
}

TEST_CASE("what a person has settled between a provider and suspense is in no bill") {
  auto paper = with_payment();
  paper.own(wanted(Kind::resolve, room_1, "resolved/1",
                   {{suspense_pocket(), clearing_pocket(Provider::wechat), yuan(1), false}}, Credit{}));
  CHECK(causes(paper) == Words{});
}

TEST_CASE("a forged recharge") {
  auto paper = with_payment();
  paper.recharge(box_a, room_1, "P2", yuan(1));
  paper.payments.pop_back();
  for (const bool at_rest : {false, true})
    CHECK(causes(paper, at_rest) == Words{"audit.clearing_differs", "audit.payment_unbilled"});
}

TEST_CASE("a payment with another amount, provider or room") {
  auto paper = with_payment();
  SECTION("amount") {
    paper.payments[0].amount = yuan(19);
    CHECK(causes(paper) == Words{"audit.clearing_differs", "audit.payment_differs"});
  }
  SECTION("provider") {
    paper.payments[0].provider = Provider::alipay;
    CHECK(causes(paper) == Words{"audit.clearing_differs", "audit.payment_differs"});
  }
  SECTION("room") {
    paper.payments[0].room = room_2;
    CHECK(causes(paper) == Words{"audit.payment_differs"});
  }
}

TEST_CASE("a refund that was retried under a new number") {
  auto paper = with_payment();
  refund(paper);
  CHECK(causes(paper) == Words{});
  paper.refunds.push_back({uid(2), 0, Provider::wechat, yuan(2)});
  CHECK(causes(paper) == Words{"audit.clearing_differs", "audit.refund_missing"});
}

TEST_CASE("a refund that the provider rejected is booked as paid") {
  auto paper = with_payment();
  refund(paper);
  paper.refunds.clear();
  CHECK(causes(paper) == Words{"audit.clearing_differs", "audit.refund_unbilled"});
}

TEST_CASE("a refund of another amount or by another provider") {
  auto paper = with_payment();
  refund(paper);
  SECTION("amount") { paper.refunds[0].amount = yuan(1); }
  SECTION("provider") { paper.refunds[0].provider = Provider::alipay; }
  CHECK(causes(paper) == Words{"audit.clearing_differs", "audit.refund_differs"});
}

TEST_CASE("a refund that nothing released lies in suspense, and is told") {
  auto paper = with_payment();
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(2));
  const auto answer = paper.refuse(request, room_1, 1, AnswerReason::nothing_left);
  paper.refunds.push_back({uid(1), 0, Provider::wechat, yuan(2)});
  paper.own(wanted(Kind::payout, room_1, "refund/" + to_hex(uid(1)) + "/0",
                   {{suspense_pocket(), clearing_pocket(Provider::wechat), yuan(2), false}}, Payout{uid(1), 0}, answer));
  const auto report = audit(paper.input(), crypto());
  CHECK(causes(report) == Words{"audit.refund_unreleased"});
  CHECK(report.totals.refunded.at(Provider::wechat) == yuan(2));
}

TEST_CASE("receipts count once, with their amount and their drawer") {
  auto paper = with_payment();
  paper.cash(box_a, room_1, 7, yuan(3));
  CHECK(causes(paper) == Words{});
  SECTION("any drawer") {
    paper.receipts[0].holder.reset();
    CHECK(causes(paper) == Words{});
  }
  SECTION("another drawer") {
    paper.receipts[0].holder = box_b;
    CHECK(causes(paper) == Words{"audit.receipt_differs"});
  }
  SECTION("another amount") {
    paper.receipts[0].amount = yuan(4);
    CHECK(causes(paper) == Words{"audit.receipt_differs"});
  }
  SECTION("lost") {
    paper.receipts.push_back({box_a, uid(8), yuan(1)});
    for (const bool at_rest : {false, true}) CHECK(causes(paper, at_rest) == Words{"audit.receipt_missing"});
  }
  SECTION("booked, and the printer failed") {
    paper.receipts.clear();
    CHECK(causes(paper) == Words{});
  }
}

TEST_CASE("allowances are those that were granted") {
  auto paper = with_payment();
  paper.allow(box_a, room_1, "2026a", yuan(3));
  CHECK(causes(paper) == Words{});
  SECTION("another amount") {
    paper.allowances[0].amount = yuan(4);
    CHECK(causes(paper) == Words{"audit.allowance_differs"});
  }
  SECTION("granted, not booked") {
    paper.allowances.push_back({room_1, Utility::electricity, "2026b", yuan(3)});
    CHECK(causes(paper) == Words{"audit.allowance_missing"});
  }
  SECTION("booked, not granted") {
    paper.allowances.clear();
    CHECK(causes(paper) == Words{"audit.allowance_ungranted"});
  }
}

TEST_CASE("an accepted allowance may wait for as long as something is in its way, and no longer") {
  const Words missing{"audit.allowance_missing"};
  auto paper = with_payment();
  paper.allowances.push_back({room_1, Utility::electricity, "2026b", yuan(3), 1, true});
  const auto found = [&](const std::set<Holder>& writable, bool at_rest = false) {
    auto input = paper.input(at_rest);
    input.settled = true;
    input.writable = writable;
    return causes(input);
  };
  SECTION("nothing is in its way") { CHECK(found({box_a}) == missing); }
  SECTION("nobody writes in its box's link") { CHECK(found({box_b}) == Words{}); }
  SECTION("at rest nothing waits") { CHECK(found({}, true) == missing); }
  SECTION("the end of the term before is still to come") {
    paper.allowances.back().after = {uid(2)};
    const auto request = paper.ask_release(box_a, room_1, 2, yuan(3), Utility::electricity);
    CHECK(found({box_a}) == Words{});
    paper.refuse(request, room_1, 2, AnswerReason::nothing_left);
    CHECK(found({box_a}) == missing);
  }
  SECTION("its stay is over, so it is never booked") {
    paper.close(paper.ask_close(box_a, room_1, 1, {}), room_1, 1);
    CHECK(found({box_a}) == Words{});
    CHECK(found({box_a}, true) == Words{"audit.transit_left"});
  }
}

TEST_CASE("meters show what was charged") {
  auto paper = with_payment();
  paper.consume(box_a, room_1, 400);
  paper.replace_meter(box_a, room_1, {5002}, 7);
  paper.consume(box_a, room_1, 20);
  auto input = paper.input();
  input.first_readings = std::vector<AuditReading>{{{5001}, {100}}, {{5002}, {7}}};
  CHECK(causes(input) == Words{});
  auto& registers = *input.registers;
  const auto of = [&](std::uint64_t meter) -> Quantity& {
    return std::find_if(registers.begin(), registers.end(), [&](const auto& r) { return r.meter.value == meter; })->reading;
  };
  SECTION("more was charged than has flowed") {
    of(5002) = {19};
    CHECK(causes(input) == Words{"audit.energy_differs", "audit.register_behind"});
  }
  SECTION("less was charged than has flowed") {
    of(5002) = {21};
    CHECK(causes(input) == Words{"audit.energy_differs", "audit.register_differs"});
    input.slices_closed = false;
    CHECK(causes(input) == Words{});
  }
  SECTION("the old meter had gone further") {
    of(5001) = {401};
    CHECK(causes(input) == Words{"audit.energy_differs"});
  }
  SECTION("it began elsewhere") {
    (*input.first_readings)[0].reading = {99};
    CHECK(causes(input) == Words{"audit.energy_differs", "audit.first_reading_differs"});
  }
}

TEST_CASE("what flows between two stays waits for the next one, and is not charged before") {
  auto paper = with_payment();
  paper.consume(box_a, room_1, 400);
  const auto left = paper.balance(room_pocket(room_1, box_a));
  const bool is_moved = GENERATE(true, false);
  const auto close = paper.close(paper.ask_close(box_a, room_1, 51, is_moved ? box_b.edge : EdgeId{}), room_1, 51);
  if (is_moved)
    paper.open(box_b, room_1, 51, close);
  else
    paper.own(wanted(Kind::resolve, room_1, "ended/" + to_hex(uid(51)) + "/0",
                     {{transit_pocket(uid(51)), suspense_pocket(), {left}, false}}, Credit{1}, close));
  auto input = paper.input();
  CHECK(causes(input) == Words{});
  const auto differs = is_moved ? Words{"audit.energy_differs", "audit.register_differs"} : Words{};
  input.registers->front().reading.units += 5;
  CHECK(causes(input) == differs);
  input.registers->front().reading.units -= 6;
  CHECK(causes(input) == Words{"audit.energy_differs", "audit.register_behind"});
}

TEST_CASE("each circuit of a meter has a register of its own") {
  auto paper = with_payment();
  Circuits both;
  for (const std::uint32_t circuit : {10U, 11U}) {
    auto figures = paper.circuits(room_1)[0];
    figures.circuit = {circuit};
    figures.meter = {5010};
    figures.reading = {circuit * 4};
    both.push_back(figures);
  }
  paper.down(box_a, wanted(Kind::open, room_2, "fit/102/1", {}, Open{1, both}));
  auto input = paper.input();
  input.first_readings = std::vector<AuditReading>{{{5001}, {100}}, {{5010}, {40}, {10}}, {{5010}, {44}, {11}}};
  input.registers->push_back({{5010}, {40}, {10}});
  input.registers->push_back({{5010}, {44}, {11}});
  CHECK(causes(input) == Words{});
  SECTION("one of them began elsewhere") {
    input.first_readings->back().reading = {43};
    CHECK(causes(input) == Words{"audit.energy_differs", "audit.first_reading_differs"});
  }
  SECTION("one of them has gone on") {
    input.registers->back().reading = {45};
    CHECK(causes(input) == Words{"audit.energy_differs", "audit.register_differs"});
  }
}

TEST_CASE("without evidence nothing outside is compared") {
  auto paper = with_payment();
  paper.recharge(box_a, room_1, "P2", yuan(1));
  auto input = paper.input();
  input.payments.reset();
  input.refunds.reset();
  input.receipts.reset();
  input.allowances.reset();
  input.registers.reset();
  CHECK(causes(input) == Words{});
}
