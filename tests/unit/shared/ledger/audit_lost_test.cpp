// What the cloud writes in the place of entries that were lost with their box, and what a person decides about suspense.

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
