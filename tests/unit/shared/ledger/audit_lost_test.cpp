// What the cloud writes in the place of entries that were lost with their box, and what a person decides about suspense.

#include <array>

#include "tests/unit/shared/ledger/audit_story.hpp"

using namespace wattle;
using namespace wattle::paper;

namespace {

constexpr Place lost_close{box_a, Direction::up, 7};

/// Box A is fenced; its room has left it for box B by a close that nobody has any more.
PaperSite fenced() {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  paper.recharge(box_a, room_1, "P1", yuan(20));
  paper.fence(box_a);
  return paper;
}

Wanted on_behalf(PaperSite& paper, std::optional<Place> cause) {
  return wanted(Kind::close_for, room_1, "closed/" + to_hex(uid(61)), paper.leave(box_a, room_1, 61),
                CloseFor{box_a, {uid(61), 1, paper.circuits(room_1)}, box_b.edge}, cause);
}

}  // namespace

TEST_CASE("a close on behalf stands in the place of the one that was lost with its box") {
  auto paper = fenced();
  SECTION("and says so") {
    paper.own(on_behalf(paper, lost_close));
    paper.open(box_b, room_1, 61, lost_close);
    CHECK(causes(paper) == Words{});
  }
  SECTION("but not when it does not say so") {
    paper.own(on_behalf(paper, {}));
    paper.open(box_b, room_1, 61, lost_close);
    CHECK(causes(paper) == Words{"audit.open_without_close", "audit.transit_cause"});
  }
}

TEST_CASE("nothing is inherited before the fence") {
  PaperSite paper;
  paper.fit(box_a, room_1, {1}, {5001}, 100);
  const auto grant = [&] {
    paper.allowances.push_back({room_1, Utility::electricity, "2026a", yuan(2)});
    paper.own(wanted(Kind::allowance, room_1, "allow/101/1/2026a",
                     {{subsidy_pocket(), allow_pocket(room_1, Utility::electricity, box_a), yuan(2), false}}, Credit{1}));
  };
  Words told;
  SECTION("but after it") {
    paper.fence(box_a);
    grant();
  }
  SECTION("although it follows") {
    grant();
    paper.fence(box_a);
    told = {"audit.illegal_line"};
  }
  paper.open(box_b, room_1, 61, paper.close_for(box_a, room_1, 61, box_b.edge));
  CHECK(causes(paper) == told);
}

TEST_CASE("each of several lost places has an entry that stands for it") {
  auto paper = fenced();
  constexpr Place lost_answer{box_a, Direction::up, 5};
  paper.fit(box_b, room_2, {2}, {5002}, 0);
  paper.own(wanted(Kind::close_for, room_1, "closed/" + to_hex(uid(61)),
                   {{room_pocket(room_1, box_a), transit_pocket(uid(61)), yuan(17), false}},
                   CloseFor{box_a, {uid(61), 1, paper.circuits(room_1)}, box_b.edge}, lost_close));
  const Lines lines{{room_pocket(room_1, box_a), transit_pocket(uid(62)), yuan(3), false}};
  const auto answer_for = [&](const std::string& name, const Lines& moved) {
    paper.own(wanted(Kind::forward, room_1, "answered/" + name, moved, Credit{}, lost_answer));
  };
  const auto deliver = [&](const Place& cause) {
    paper.down(box_b, wanted(Kind::deliver, room_2, "deliver/" + to_hex(uid(62)) + "/0",
                             {{transit_pocket(uid(62)), room_pocket(room_2, box_b), yuan(3), false}}, Credit{1}, cause));
  };
  paper.open(box_b, room_1, 61, lost_close);
  SECTION("which others name") {
    answer_for(to_hex(uid(62)), lines);
    deliver(lost_answer);
    CHECK(causes(paper) == Words{});
  }
  SECTION("and what names another one of them is found") {
    answer_for(to_hex(uid(62)), lines);
    deliver(lost_close);
    CHECK(causes(paper) == Words{"audit.transit_cause"});
  }
  SECTION("and two answers are found") {
    for (const auto* name : {"1", "2"})
      answer_for(name, {{room_pocket(room_1, box_a), transit_pocket(uid(62)), Money{1'500'000}, false}});
    deliver(lost_answer);
    CHECK(causes(paper) == Words{"audit.answered_twice"});
  }
}

TEST_CASE("a code whose redeem was lost with its box") {
  PaperSite paper;
  constexpr Place lost_redeem{box_a, Direction::up, 9};
  paper.fit(box_b, room_1, {1}, {5001}, 100);
  paper.issue(box_a, "C1", {room_1, 0, 17}, yuan(10));
  paper.issue(box_a, "C2", {room_1, 0, 18}, yuan(10));
  paper.fence(box_a);
  const auto forward = [&](std::uint8_t transit, const Place& cause, Money amount) {
    return paper.own(wanted(Kind::forward, room_1, "code/" + to_hex(uid(transit)),
                            {{codes_pocket(box_a), transit_pocket(uid(transit)), amount, false}}, Credit{1}, cause));
  };
  const auto deliver = [&](std::uint8_t transit, const Place& cause, Money amount) {
    paper.down(box_b, wanted(Kind::deliver, room_1, "deliver/" + to_hex(uid(transit)) + "/0",
                             {{transit_pocket(uid(transit)), room_pocket(room_1, box_b), amount, false}}, Credit{1}, cause));
  };
  SECTION("is the first of those for its room that cost as much") {
    forward(61, lost_redeem, yuan(10));
    deliver(61, lost_redeem, yuan(10));
    deliver(62, forward(62, {box_a, Direction::down, 4}, yuan(10)), yuan(10));
    CHECK(causes(paper) == Words{});
  }
  SECTION("was sold for what went on") {
    forward(61, lost_redeem, yuan(20));
    deliver(61, lost_redeem, yuan(20));
    CHECK(causes(paper) == Words{"audit.code_twice", "audit.codes_left"});
  }
  SECTION("is named by what was delivered") {
    for (const auto transit : std::array<std::uint8_t, 2>{61, 62})
      deliver(transit, forward(transit, transit == 61 ? lost_redeem : Place{box_a, Direction::down, 4}, yuan(10)), yuan(10));
    CHECK(causes(paper) == Words{"audit.transit_cause"});
  }
}

TEST_CASE("money that a person has taken out of suspense through a provider is on that provider's bill") {
  auto paper = fenced();
  paper.open(box_b, room_1, 61, paper.own(on_behalf(paper, {})));
  const auto close = paper.close(paper.ask_close(box_b, room_1, 62, {}), room_1, 62);
  const auto put = paper.own(wanted(Kind::resolve, room_1, "ended/" + to_hex(uid(62)) + "/0",
                                    {{transit_pocket(uid(62)), suspense_pocket(), yuan(20), false}}, Credit{1}, close));
  paper.own(wanted(Kind::resolve, {}, "resolve/" + to_hex(uid(63)),
                   {{suspense_pocket(), clearing_pocket(Provider::wechat), yuan(20), false}}, Payout{uid(63), 0}, put));
  SECTION("which it is") {
    paper.refunds.push_back({uid(63), 0, Provider::wechat, yuan(20)});
    CHECK(causes(paper) == Words{});
  }
  SECTION("and a difference where it is not") {
    CHECK(causes(paper) == Words{"audit.clearing_differs", "audit.refund_unbilled"});
  }
}

TEST_CASE("a decision that is not carried out waits, and the audit says for what") {
  auto paper = fenced();
  const std::string of = "ended/" + to_hex(uid(62)) + "/0";
  const auto put = [&] {
    paper.open(box_b, room_1, 61, paper.own(on_behalf(paper, {})));
    const auto close = paper.close(paper.ask_close(box_b, room_1, 62, {}), room_1, 62);
    return paper.own(
        wanted(Kind::resolve, room_1, of, {{transit_pocket(uid(62)), suspense_pocket(), yuan(20), false}}, Credit{1}, close));
  };
  const auto waits = [&](const std::vector<AuditDecision>& decisions) {
    auto input = paper.input(false);
    input.decisions = decisions;
    const auto report = audit(input, crypto());
    CHECK(report.totals.waiting == report.waits.size());
    CHECK(causes(report) == Words{});
    Words told;
    for (const auto& one : report.waits) told.push_back(std::string(word(one.cause)) + " " + one.what + " " + one.on);
    return told;
  };
  const AuditDecision out{uid(63), of, yuan(20), {}, 0};
  const AuditDecision into{uid(64), of, yuan(5), room_2, 1};
  const auto told = [&](const char* word, std::uint8_t id, const std::string& on) {
    return std::string("wait.") + word + " resolve/" + to_hex(uid(id)) + " " + on;
  };
  SECTION("for its money") {
    CHECK(waits({out}) == Words{told("suspense_missing", 63, of)});
    CHECK(waits({into}) == Words{told("suspense_missing", 64, of)});
  }
  SECTION("for more of it") {
    put();
    CHECK(waits({out, into}) == Words{told("site", 63, "site"), told("suspense_less", 64, of)});
    CHECK(waits({into, out}) == Words{told("room", 64, "room 102"), told("suspense_less", 63, of)});
    CHECK(waits({{uid(65), of, yuan(21), {}, 0}, out}) == Words{told("suspense_less", 65, of), told("site", 63, "site")});
  }
  SECTION("for its room") {
    put();
    CHECK(waits({into}) == Words{told("room", 64, "room 102")});
    CHECK(waits({out}) == Words{told("site", 63, "site")});
  }
  SECTION("for nothing, which is a difference") {
    paper.fit(box_b, room_2, {2}, {5002}, 0);
    put();
    auto input = paper.input(false);
    input.decisions = {{uid(64), of, yuan(5), room_2, 1}, {uid(63), of, yuan(15), {}, 0}};
    input.settled = true;
    input.writable = {box_b};
    CHECK(audit(input, crypto()).waits.size() == 2);  // the fence is not listed
    input.listed_fences = {box_a};
    CHECK(audit(input, crypto()).totals.differences == 2);
    CHECK(causes(audit(input, crypto())) == Words{"audit.decision_missing"});
    input.writable.clear();  // the room waits
    CHECK(audit(input, crypto()).totals.differences == 1);
    input.settled = false;
    CHECK(causes(audit(input, crypto())) == Words{});
  }
  SECTION("for nothing where its bill was booked before it was known") {
    put();
    paper.own(wanted(Kind::payout, room_1, "refund/" + to_hex(uid(63)) + "/0",
                     {{suspense_pocket(), clearing_pocket(Provider::wechat), yuan(20), false}}, Payout{uid(63), 0}));
    auto input = paper.input(false);
    input.decisions = {out};
    CHECK(audit(input, crypto()).waits.empty());
  }
  SECTION("for nothing where the stay is over") {
    put();
    CHECK(waits({{uid(64), of, yuan(5), room_1, 1}}) == Words{});
  }
  SECTION("for nothing when it is booked") {
    const auto place = put();
    paper.own(wanted(Kind::resolve, {}, "resolve/" + to_hex(uid(63)),
                     {{suspense_pocket(), clearing_pocket(Provider::wechat), yuan(20), false}}, Payout{uid(63), 0}, place));
    paper.refunds.push_back({uid(63), 0, Provider::wechat, yuan(20)});
    CHECK(waits({out}) == Words{});
    CHECK(waits({out, into}) == Words{told("suspense_less", 64, of)});
  }
}
