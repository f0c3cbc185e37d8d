#pragma once
// One site in which everything happens once and nothing is wrong.

#include "tests/unit/shared/ledger/audit_fixture.hpp"

namespace wattle::paper {

inline constexpr RoomId room_1{101};
inline constexpr RoomId room_2{102};
inline constexpr RoomId room_3{103};

/// Recharge, allowance, slices, a correction, a new meter, cash, codes typed before and after their issue, and a refund in
/// parts.
inline void tell_life_at_a(PaperSite& paper) {
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(20));
  paper.allow(box_a, room_1, "2026a", yuan(1));
  const auto slice = paper.consume(box_a, room_1, 4100);
  paper.up(box_a,
           wanted(Kind::correction, room_1, "order/c1",
                  {{sold_pocket(Utility::electricity, box_a), room_pocket(room_1, box_a), {5}, false}}, Credit{1}, slice));
  paper.consume(box_a, room_1, 4107);
  paper.replace_meter(box_a, room_1, {5002}, 7);
  paper.consume(box_a, room_1, 1007);
  paper.cash(box_a, room_1, 31, yuan(5));
  paper.redeem(box_a, {room_1, 0, 17}, yuan(10));
  paper.issue(box_a, "C1", {room_1, 0, 17}, yuan(10));
  const auto issue = paper.issue(box_a, "C2", {room_1, 0, 18}, yuan(30));
  paper.redeem(box_a, {room_1, 0, 18}, yuan(30), issue);
  const auto request = paper.ask_release(box_a, room_1, 41, yuan(6));
  const auto answer = paper.release(request, room_1, 41, yuan(6));
  paper.pay_out(answer, room_1, 41, 0, yuan(4));
  paper.down(box_a, wanted(Kind::deliver, room_1, "back/" + to_hex(uid(41)) + "/1",
                           {{transit_pocket(uid(41)), room_pocket(room_1, box_a), yuan(2), false}}, Credit{1}, answer));
}

/// Room 1 moves to B with its allowance; room 2 leaves a debt, which its next recharge pays.
inline void tell_moves(PaperSite& paper) {
  paper.allow(box_a, room_1, "2026b", yuan(2));
  const auto move = paper.ask_close(box_a, room_1, 51, box_b.edge);
  paper.open(box_b, room_1, 51, paper.close(move, room_1, 51));
  paper.consume(box_b, room_1, 2007);
  const auto ask = paper.ask_release(box_b, room_1, 42, yuan(100), Utility::electricity);
  const auto ended =
      paper.release(ask, room_1, 42, {paper.balance(allow_pocket(room_1, Utility::electricity, box_b))}, Utility::electricity);
  paper.own(wanted(Kind::resolve, room_1, "ended/" + to_hex(uid(42)),
                   {{transit_pocket(uid(42), Utility::electricity),
                     subsidy_pocket(),
                     {paper.balance(transit_pocket(uid(42), Utility::electricity))},
                     false}},
                   Credit{1}, ended));
  paper.fit(box_a, room_2, {2}, {5003}, 0);
  paper.recharge(box_a, room_2, "P2", {1000}, Provider::campus_card);
  paper.consume(box_a, room_2, 9);
  const auto leave = paper.ask_close(box_a, room_2, 52, box_b.edge);
  const auto close = paper.close(leave, room_2, 52);
  const Money owed{-paper.balance(room_pocket(room_2, box_a))};
  paper.down(box_a, wanted(Kind::settle_debt, room_2, "debt/" + to_hex(uid(52)),
                           {{arrears_pocket(room_2), room_pocket(room_2, box_a), owed, false}}, Credit{1}, close));
  paper.open(box_b, room_2, 52, close);
  paper.payments.push_back({"P3", Provider::alipay, room_2, yuan(3)});
  paper.down(box_b,
             wanted(Kind::recharge, room_2, "pay/P3",
                    {{clearing_pocket(Provider::alipay), arrears_pocket(room_2), owed, false},
                     {clearing_pocket(Provider::alipay), room_pocket(room_2, box_b), {yuan(3).micros - owed.micros}, false}},
                    Credit{1}));
}

/// A burns: its room goes to B, a code that it had not redeemed and one that was paid afterwards go on, a sale is adopted.
inline void tell_fence(PaperSite& paper) {
  paper.fit(box_a, room_3, {3}, {5004}, 50);
  paper.recharge(box_a, room_3, "P4", yuan(8));
  paper.consume(box_a, room_3, 60);
  paper.redeem(box_a, {room_3, 0, 5}, yuan(12));
  const auto issue = paper.issue(box_a, "C3", {room_3, 0, 6}, yuan(7));
  paper.fence(box_a);
  const auto close = paper.close_for(box_a, room_3, 61, box_b.edge);
  const auto on = paper.own(wanted(Kind::forward, room_3, "code/" + to_hex(uid(62)),
                                   {{codes_pocket(box_a), transit_pocket(uid(62)), yuan(7), false}}, Credit{1}, issue));
  paper.open(box_b, room_3, 61, close);
  paper.down(box_b, wanted(Kind::deliver, room_3, "deliver/" + to_hex(uid(62)) + "/0",
                           {{transit_pocket(uid(62)), room_pocket(room_3, box_b), yuan(7), false}}, Credit{1}, on));
  paper.payments.push_back({"C4", Provider::wechat, room_3, yuan(12)});
  paper.own(wanted(Kind::code_after_fence, room_3, "pay/C4",
                   {{clearing_pocket(Provider::wechat), codes_pocket(box_a), yuan(12), false}},
                   Code{{room_3, 0, 5}, yuan(12), 1}, Place{box_a, Direction::down, 0}));
  paper.receipts.push_back({box_a, uid(32), yuan(9)});
  paper.down(box_b, wanted(Kind::adopt, room_3, "receipt/" + to_hex(uid(32)),
                           {{drawer_pocket(box_a), room_pocket(room_3, box_b), yuan(9), false}}, Credit{1}));
  paper.consume(box_b, room_3, 70);
}

inline PaperSite whole_story() {
  PaperSite paper;
  tell_life_at_a(paper);
  tell_moves(paper);
  tell_fence(paper);
  return paper;
}

}  // namespace wattle::paper
