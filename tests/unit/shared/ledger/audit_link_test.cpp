#include "shared/ledger/audit_link.hpp"

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

PaperSite with_room() {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(20));
  return paper;
}

const CodeName code{room_1, 0, 17};

}  // namespace

TEST_CASE("a request is answered once") {
  auto paper = with_room();
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(9));
  paper.refuse(request, room_1, 1, AnswerReason::nothing_left);
  SECTION("in one link") { paper.refuse(request, room_1, 1, AnswerReason::nothing_left); }
  SECTION("in two links") {
    paper.fit(box_b, room_2, {2}, {5002}, 0);
    const auto again =
        paper.down(box_b, wanted(Kind::release_request, room_2, "request/b", {},
                                 ReleaseRequest{uid(1), 1, Utility::none, yuan(1), ReleaseTo::provider, {}, {}}));
    paper.refuse(again, room_2, 1, AnswerReason::room_not_here);
  }
  CHECK(causes(paper) == Words{"audit.answered_twice"});
}

TEST_CASE("a close on behalf of a box that had closed by itself") {
  auto paper = with_room();
  const auto close = paper.close(paper.ask_close(box_a, room_1, 51, box_b.edge), room_1, 51);
  paper.open(box_b, room_1, 51, close);
  paper.fence(box_a);
  paper.close_for(box_a, room_1, 51, box_b.edge);
  CHECK(causes(paper) == Words{"audit.answered_twice", "audit.room_not_open"});
}

TEST_CASE("an answer names a request of its link that it could see") {
  auto paper = with_room();
  SECTION("none") { paper.refuse(Place{box_a, Direction::down, 1}, room_1, 1, AnswerReason::nothing_left); }
  SECTION("one that comes later") {
    const auto before = paper.stream(box_a, Direction::down).head();
    const auto request = paper.ask_release(box_a, room_1, 1, yuan(9));
    paper.up(box_a, wanted(Kind::answer, room_1, "", {}, Answer{uid(1), AnswerReason::nothing_left}, request), before);
  }
  SECTION("of another room") {
    const auto request = paper.ask_release(box_a, room_1, 1, yuan(9));
    paper.refuse(request, room_2, 1, AnswerReason::nothing_left);
  }
  SECTION("by another id") {
    const auto request = paper.ask_release(box_a, room_1, 1, yuan(9));
    paper.refuse(request, room_1, 2, AnswerReason::nothing_left);
  }
  SECTION("a close that answers a release") {
    const auto request = paper.ask_release(box_a, room_1, 1, yuan(9));
    paper.open(box_b, room_1, 1, paper.close(request, room_1, 1));
  }
  auto input = paper.input(false);
  CHECK(causes(input) == Words{"audit.request_unknown"});
}

TEST_CASE("a release is what was asked for at the most, from that pocket, by its own transit") {
  auto paper = with_room();
  paper.allow(box_a, room_1, "2026a", yuan(3));
  const auto request = paper.ask_release(box_a, room_1, 1, yuan(2));
  const auto answered = [&](Lines lines, AnswerReason reason) {
    paper.up(box_a, wanted(Kind::answer, room_1, "", std::move(lines), Answer{uid(1), reason}, request));
    return causes(paper, false);
  };
  const auto room = room_pocket(room_1, box_a);
  SECTION("more than asked") {
    CHECK(answered({{room, transit_pocket(uid(1)), yuan(3), false}}, AnswerReason::released) == Words{"audit.release_differs"});
  }
  SECTION("another transit") {
    CHECK(answered({{room, transit_pocket(uid(2)), yuan(1), false}}, AnswerReason::released) == Words{"audit.release_differs"});
  }
  SECTION("the allowance instead of the money") {
    const auto allow = allow_pocket(room_1, Utility::electricity, box_a);
    CHECK(answered({{allow, transit_pocket(uid(1), Utility::electricity), yuan(1), false}}, AnswerReason::released) ==
          Words{"audit.release_differs"});
  }
  SECTION("twice") {
    CHECK(answered({{room, transit_pocket(uid(1)), yuan(1), false}, {room, transit_pocket(uid(1)), yuan(1), false}},
                   AnswerReason::released) == Words{"audit.release_differs"});
  }
  SECTION("money, and the word that there was none") {
    CHECK(answered({{room, transit_pocket(uid(1)), yuan(1), false}, {room, transit_pocket(uid(3)), yuan(1), false}},
                   AnswerReason::nothing_left) == Words{"audit.release_differs"});
  }
  SECTION("taken back before") {
    paper.down(box_a, wanted(Kind::cancel, room_1, "cancel/1", {}, Cancel{uid(1)}, request));
    CHECK(answered({{room, transit_pocket(uid(1)), yuan(1), false}}, AnswerReason::released) == Words{"audit.release_differs"});
  }
}

TEST_CASE("a code is honoured once a number, an issue once") {
  auto paper = with_room();
  SECTION("typed twice") {
    paper.redeem(box_a, code, yuan(5));
    paper.redeem(box_a, code, yuan(5));
    paper.issue(box_a, "C1", code, yuan(5));
    paper.issue(box_a, "C2", code, yuan(5));
    CHECK(causes(paper) == Words{"audit.code_twice", "audit.codes_left"});
  }
  SECTION("typed, and its issue redeemed as well") {
    paper.redeem(box_a, code, yuan(5));
    const auto issue = paper.issue(box_a, "C1", code, yuan(5));
    paper.redeem(box_a, code, yuan(5), issue);
    CHECK(causes(paper) == Words{"audit.code_twice", "audit.codes_left"});
  }
  SECTION("typed while its issue waits") {
    const auto issue = paper.issue(box_a, "C1", code, yuan(5));
    paper.redeem(box_a, code, yuan(5));
    paper.redeem(box_a, code, yuan(5), issue);
    CHECK(causes(paper) == Words{"audit.code_twice", "audit.codes_left"});
  }
  SECTION("its issue, for another amount") {
    const auto issue = paper.issue(box_a, "C1", code, yuan(5));
    paper.redeem(box_a, code, yuan(6), issue);
    CHECK(causes(paper) == Words{"audit.code_unknown", "audit.codes_left"});
  }
  SECTION("a number used for another amount is a different sale") {
    paper.redeem(box_a, code, yuan(5));
    const auto issue = paper.issue(box_a, "C1", code, yuan(6));
    paper.redeem(box_a, code, yuan(6), issue);
    paper.issue(box_a, "C2", code, yuan(5));
    CHECK(causes(paper) == Words{});
  }
  SECTION("never redeemed") {
    paper.issue(box_a, "C1", code, yuan(5));
    CHECK(causes(paper) == Words{"audit.codes_left"});
  }
}

TEST_CASE("codes of a fenced box go on once") {
  auto paper = with_room();
  paper.redeem(box_a, code, yuan(5));
  const auto issue = paper.issue(box_a, "C1", {room_1, 0, 18}, yuan(5));
  paper.fence(box_a);
  const auto forward = [&](std::uint8_t id, Money amount) {
    paper.own(wanted(Kind::forward, room_1, "code/" + to_hex(uid(id)),
                     {{codes_pocket(box_a), transit_pocket(uid(id)), amount, false}}, Credit{1}, issue));
  };
  const auto pay_late = [&](const std::string& number, const CodeName& name, Money amount) {
    paper.payments.push_back({number, Provider::wechat, room_1, amount});
    paper.own(wanted(Kind::code_after_fence, room_1, "pay/" + number,
                     {{clearing_pocket(Provider::wechat), codes_pocket(box_a), amount, false}}, Code{name, amount, 1},
                     Place{box_a, Direction::down, 0}));
  };
  SECTION("an issue twice") {
    forward(1, yuan(5));
    forward(2, yuan(5));
    CHECK(causes(paper, false) == Words{"audit.code_twice"});
  }
  SECTION("an issue with another amount") {
    forward(1, yuan(6));
    CHECK(causes(paper, false) == Words{"audit.code_unknown"});
  }
  SECTION("a number matched twice") {
    pay_late("C2", code, yuan(5));
    pay_late("C3", code, yuan(5));
    CHECK(causes(paper, false) == Words{"audit.code_unknown"});
  }
}

TEST_CASE("a correction gives back what its consumption took, and no more") {
  auto paper = with_room();
  const auto slice = paper.consume(box_a, room_1, 130);
  const auto back = [&](Money amount, std::optional<Place> cause) {
    paper.up(box_a,
             wanted(Kind::correction, room_1, "order/" + std::to_string(amount.micros),
                    {{sold_pocket(Utility::electricity, box_a), room_pocket(room_1, box_a), amount, false}}, Credit{1}, cause));
  };
  SECTION("in two steps") {
    back({6000}, slice);
    back({3000}, slice);
    CHECK(causes(paper) == Words{});
  }
  SECTION("too much in two steps") {
    back({6000}, slice);
    back({6001}, slice);
    CHECK(causes(paper) == Words{"audit.correction"});
  }
  SECTION("of nothing") {
    back({1}, std::nullopt);
    CHECK(causes(paper) == Words{"audit.correction"});
  }
  SECTION("of what is no consumption") {
    back({1}, Place{box_a, Direction::up, 2});
    CHECK(causes(paper) == Words{"audit.correction"});
  }
}

TEST_CASE("a correction charges a consumption again at most once, and of the room's money alone") {
  auto paper = with_room();
  const auto slice = paper.consume(box_a, room_1, 130);
  const auto again = [&](const std::string& id, Money amount, const Pocket& from) {
    paper.up(box_a, wanted(Kind::correction, room_1, "order/" + id,
                           {{from, sold_pocket(Utility::electricity, box_a), amount, false}}, Credit{1}, slice));
  };
  const auto own = room_pocket(room_1, box_a);
  SECTION("in two steps") {
    again("1", {6000}, own);
    again("2", {3000}, own);
    CHECK(causes(paper) == Words{});
  }
  SECTION("too much in two steps") {
    again("1", {6000}, own);
    again("2", {6001}, own);
    CHECK(causes(paper) == Words{"audit.correction"});
  }
}

TEST_CASE("a register that a person lets go on elsewhere counts what it counted, and does as the order says") {
  auto paper = with_room();
  paper.consume(box_a, room_1, 130);
  const auto& circuit = paper.circuits(room_1)[0];
  const auto accept = [&](std::uint64_t after, std::uint64_t shown, MeterId meter) {
    paper.accept(box_a, 1, circuit.circuit, meter, after, shown);
  };
  const Words refused{"audit.detail"};
  SECTION("downwards") {
    accept(130, 7, circuit.meter);
    paper.go_on_from(box_a, room_1, 7, 1);
    paper.consume(box_a, room_1, 27);
    CHECK(causes(paper) == Words{});
  }
  SECTION("upwards, when all that lies between is charged") {
    accept(130, 7000, circuit.meter);
    paper.consume(box_a, room_1, 7000);
    paper.go_on_from(box_a, room_1, 7000, 1);
    paper.consume(box_a, room_1, 7020);
    CHECK(causes(paper) == Words{});
  }
  SECTION("upwards, uncharged") {
    accept(130, 7000, circuit.meter);
    paper.go_on_from(box_a, room_1, 7000, 1);
    CHECK(causes(paper) == refused);
  }
  SECTION("by nobody's order") {
    paper.go_on_from(box_a, room_1, 7, 1);
    CHECK(causes(paper) == refused);
  }
  SECTION("by another order") {
    accept(130, 7, circuit.meter);
    paper.go_on_from(box_a, room_1, 7, 2);
    CHECK(causes(paper) == refused);
  }
  SECTION("to another reading") {
    accept(130, 8, circuit.meter);
    paper.go_on_from(box_a, room_1, 7, 1);
    CHECK(causes(paper) == refused);
  }
  SECTION("from another one") {
    accept(131, 7, circuit.meter);
    paper.go_on_from(box_a, room_1, 7, 1);
    CHECK(causes(paper) == refused);
  }
  SECTION("of another meter") {
    accept(130, 7, {4711});
    paper.go_on_from(box_a, room_1, 7, 1);
    CHECK(causes(paper) == refused);
  }
  SECTION("by an order that the box has overridden") {
    accept(130, 7, circuit.meter);
    const ConfigSetting own{"accept/" + std::to_string(circuit.circuit.value), 1, {1}};
    paper.up(box_a, wanted(Kind::override_config, {}, "", {}, own));
    paper.go_on_from(box_a, room_1, 7, 1);
    CHECK(causes(paper) == refused);
  }
}

TEST_CASE("a detail that cannot be read is a difference of its own") {
  for (const auto kind : {Kind::open, Kind::code_issue, Kind::price, Kind::cancel}) {
    auto paper = with_room();
    Wanted made{kind, room_1, "x", {}, {}, {}};
    paper.down(box_a, made);
    CHECK(causes(paper) == Words{"audit.detail"});
  }
  for (const auto kind : {Kind::consumption, Kind::redeem, Kind::meter_change, Kind::close}) {
    auto paper = with_room();
    Wanted made{kind, room_1, "x", {}, {}, {}};
    paper.up(box_a, made);
    CHECK(causes(paper) == Words{"audit.detail"});
  }
  for (const auto kind : {Kind::fence, Kind::close_for, Kind::code_after_fence}) {
    auto paper = with_room();
    Wanted made{kind, room_1, "x", {}, {}, {}};
    paper.own(made);
    CHECK(causes(paper) == Words{"audit.detail"});
  }
}
