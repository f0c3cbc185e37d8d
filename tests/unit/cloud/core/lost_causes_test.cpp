// What a box had written behind the cut of its fence, and others name: it is written on its behalf.

#include "tests/unit/cloud/core/town.hpp"

namespace wattle::cloud {
namespace {

using namespace wattle::cloud::test;

constexpr RoomId moved{101};
constexpr RoomId other{201};

/// Twenty yuan in room 101; what follows is forgotten by the cloud and lost with box one.
struct Losing : Town {
  Losing() : then((pay("P1", moved, yuan(20)), store())) {}
  void lose_box_one(const BillsRead& bills = {}) {
    cut(box_one);
    restore(then, true);
    give(bills);
    REQUIRE(is_unheard(box_one));
    REQUIRE_FALSE(is_unheard(box_two));
    give(FenceOrdered{box_one, {1}});
    REQUIRE(site().link(box_one)->row().fenced);
    give(FenceArchived{box_one});
  }
  Money suspense() { return site().index().balance(suspense_pocket()); }
  Money arrears() { return site().index().balance(arrears_pocket(moved)); }
  wattle::test::MemoryStore then;
};

TEST_CASE("a close that was lost with its box is written on its behalf, as the open has it that names it") {
  Losing town;
  town.order(Move{uid(5), moved, 1, {2}});
  REQUIRE(town.balance(moved, box_two) == yuan(20));
  town.lose_box_one();
  const auto* chain = town.site().index().room(moved);
  CHECK_FALSE(chain->has_hole());
  CHECK(chain->open_at() == box_two);
  CHECK(town.site().index().transits().empty());
  CHECK(town.suspense().micros == 0);
  CHECK(town.told(Alarm::cause_lost) == 1);
  CHECK(town.site().index().request(uid(5))->answered);
  town.pay("P2", moved, yuan(1));  // the room can be paid for again
  CHECK(town.balance(moved, box_two) == yuan(21));
}

TEST_CASE("money that reached another room, by an answer or as cash, is taken from where it came") {
  Losing town;
  town.order(Release{moved, {uid(6), 1, Utility::none, yuan(3), ReleaseTo::room, other, {}}, 1});
  town.take_cash(box_one, other, yuan(4));
  REQUIRE(town.balance(other, box_two) == yuan(7));
  BillsRead bills;
  bills.journal.push_back(Release{moved, {uid(6), 1, Utility::none, yuan(3), ReleaseTo::room, other, {}}, 1});
  town.lose_box_one(bills);
  CHECK(town.site().index().transits().size() == 1);  // the close's, which waits for the next box
  const auto* chain = town.site().index().room(moved);
  REQUIRE(chain->unclaimed() != nullptr);
  CHECK(town.site().index().balance(transit_pocket(chain->unclaimed()->close.id)) == yuan(17));
  CHECK(town.site().index().request(uid(6))->answered);
  CHECK(town.site().index().request(uid(6))->released == yuan(3));
  CHECK(town.suspense().micros == 0);
  CHECK(town.told(Alarm::cause_lost) == 2);
}

TEST_CASE("what the lost close had more or less than the books is in suspense") {
  Losing town;
  SECTION("paid behind the cut, and gone on") {
    town.pay("P2", moved, yuan(6));
    town.order(Move{uid(5), moved, 1, {2}});
    REQUIRE(town.balance(moved, box_two) == yuan(26));
    town.lose_box_one();
    CHECK(town.suspense() == yuan(-6));
  }
  SECTION("released behind the cut to a provider") {
    ReleaseRequest request{uid(6), 1, Utility::none, yuan(8), ReleaseTo::provider, {}, {}};
    request.payments.push_back({Provider::cash_desk, "P1", yuan(20)});
    town.order(Release{moved, request});
    town.order(Move{uid(5), moved, 1, {2}});
    REQUIRE(town.balance(moved, box_two) == yuan(12));
    town.lose_box_one();
    CHECK(town.suspense() == yuan(8));
  }
  CHECK(town.arrears().micros == 0);
  CHECK(town.site().index().transits().empty());
  CHECK_FALSE(town.site().index().room(moved)->has_hole());
}

TEST_CASE("each lost place stands in an entry of its own, so that the audit finds what others name") {
  Losing town;
  BillsRead bills;
  for (std::uint8_t id = 10; id < 20; ++id) {
    bills.journal.push_back(Release{moved, {uid(id), 1, Utility::none, yuan(1), ReleaseTo::room, other, {}}, 1});
    town.order(bills.journal.back());
  }
  town.take_cash(box_one, other, yuan(4));
  REQUIRE(town.balance(other, box_two) == yuan(14));
  SECTION("after the room has left") {
    town.order(Move{uid(5), moved, 1, {2}});
    REQUIRE(town.balance(moved, box_two) == yuan(10));
    town.lose_box_one(bills);
    CHECK(town.site().index().transits().empty());
    CHECK_FALSE(town.site().index().room(moved)->has_hole());
  }
  SECTION("while the room is there") {
    town.lose_box_one(bills);
    CHECK(town.site().index().transits().size() == 1);  // the close's
  }
  CHECK(town.suspense().micros == 0);
  CHECK(town.audited() == std::set<std::string>{});
  for (std::uint8_t id = 10; id < 20; ++id) {
    REQUIRE(town.site().index().request(uid(id)) != nullptr);
    CHECK(town.site().index().request(uid(id))->released == yuan(1));
  }
}

TEST_CASE("what stands for a lost answer is known by the place that others name") {
  Losing town;
  BillsRead bills;
  bills.journal.push_back(Release{moved, {uid(6), 1, Utility::none, yuan(3), ReleaseTo::room, other, {}}, 1});
  town.order(bills.journal.back());
  REQUIRE(town.balance(other, box_two) == yuan(3));
  town.lose_box_one(bills);
  auto& index = town.site().index();
  const auto* filled = index.filled(transit_pocket(uid(6)));
  REQUIRE(filled != nullptr);
  CHECK(filled->filled == index.request(uid(6))->answered);
  CHECK(filled->filled.link == box_one);  // as it is named there
  CHECK(index.transits().size() == 1);
}

TEST_CASE("an allowance that was granted behind the cut and went on with its room is granted once") {
  Losing town;
  const auto electricity = Utility::electricity;
  BillsRead bills;
  bills.journal.push_back(AllowanceGrant{moved, 1, electricity, yuan(9), "2026a"});
  town.order(bills.journal.back());
  town.order(Move{uid(5), moved, 1, {2}});
  const auto allowed = [&] { return town.balance(allow_pocket(moved, electricity, box_two), box_two); };
  REQUIRE(allowed() == yuan(9));
  SECTION("by its order, which the journal has") { town.lose_box_one(bills); }
  SECTION("by no order that anybody remembers") {
    bills.journal.clear();
    town.lose_box_one(bills);
  }
  CHECK(allowed() == yuan(9));
  CHECK(town.site().index().balance(subsidy_pocket()) == yuan(-9));
  CHECK(town.site().index().transits().empty());
  CHECK(town.told(Alarm::cause_lost) == 1);
  CHECK(town.audited() == std::set<std::string>{});
  for (const auto& [id, order] : town.site().orders()) CHECK(town.site().is_done(order));
}

TEST_CASE("what is left of an allowance that was used behind the cut ends") {
  Losing town;
  BillsRead bills;
  for (const auto* term : {"2026a", "2026b"})
    bills.journal.push_back(AllowanceGrant{moved, 1, Utility::electricity, yuan(9), term});
  for (const auto& grant : bills.journal) town.order(grant);
  town.order(Move{uid(5), moved, 1, {2}});
  bills.journal[1] = AllowanceGrant{moved, 1, Utility::electricity, yuan(12), "2026b"};  // as if three were used
  town.lose_box_one(bills);
  CHECK(town.site().index().balance(subsidy_pocket()) == yuan(-18));  // 9 and 12 given, 3 ended
  CHECK(town.site().index().transits().empty());
  CHECK(town.audited() == std::set<std::string>{});
}

/// Room 101's allowance, as box two has it.
Money allowed(const Town& town) { return town.balance(allow_pocket(moved, Utility::electricity, box_two), box_two); }

TEST_CASE("of two terms that would explain an allowance the one that came first has been granted") {
  Losing town;
  BillsRead bills;
  bills.journal.push_back(AllowanceGrant{moved, 1, Utility::electricity, yuan(9), "2026b"});
  town.order(bills.journal.back());
  town.order(Move{uid(5), moved, 1, {2}});
  REQUIRE(allowed(town) == yuan(9));
  const AllowanceGrant next{moved, 1, Utility::electricity, yuan(20), "2026a"};
  SECTION("in the journal") {
    bills.journal.push_back(next);
    town.lose_box_one(bills);
  }
  SECTION("in the journal, and not since the restore") {
    town.cut(box_one);
    town.restore(town.then, true);
    town.order(next);
    town.give(bills);
    if (GENERATE(false, true)) town.restore(wattle::test::MemoryStore(town.store()), false);  // the process begins anew
    town.give(FenceOrdered{box_one, {1}});
    town.give(FenceArchived{box_one});
  }
  CHECK(allowed(town) == yuan(9 + 20));
  CHECK(town.site().index().balance(subsidy_pocket()) == yuan(-9 - 20));
}

TEST_CASE("the end of a term takes no allowance of the next one, although its answer was lost") {
  Losing town;
  town.order(AllowanceGrant{moved, 1, Utility::electricity, yuan(15), "2026a"});
  town.then = town.store();
  BillsRead bills;
  const ReleaseRequest end{uid(8), 1, Utility::electricity, yuan(1000), ReleaseTo::subsidy, {}, {}};
  bills.journal.push_back(Release{moved, end});
  bills.journal.push_back(AllowanceGrant{moved, 1, Utility::electricity, yuan(30), "2026b"});
  for (const auto& order : bills.journal) town.order(order);
  REQUIRE(town.site().index().balance(subsidy_pocket()) == yuan(-30));
  town.order(Move{uid(5), moved, 1, {2}});
  REQUIRE(allowed(town) == yuan(30));
  SECTION("which is still to be ended") {}
  SECTION("whose own end is given by now") {
    auto next = end;
    next.id = uid(9);
    bills.journal.push_back(Release{moved, next});
    bills.journal.erase(bills.journal.begin());
    town.lose_box_one(bills);
    CHECK(allowed(town).micros == 0);  // and is not granted again
    CHECK(town.site().index().balance(subsidy_pocket()).micros == 0);
    return;
  }
  town.lose_box_one(bills);
  CHECK(allowed(town) == yuan(30));
  CHECK(town.site().index().transits().empty());
  CHECK(town.audited() == std::set<std::string>{});
  for (const auto& [id, order] : town.site().orders()) CHECK(town.site().is_done(order));
}

TEST_CASE("what a later stay had released is not paid out of the money of the one before") {
  Losing town;
  town.order(Move{uid(5), moved, 1, {}});
  town.fit(moved, {1}, 2);
  town.order(Payment{"P2", Provider::cash_desk, moved, 2, yuan(10), {}});
  BillsRead bills;
  bills.journal.push_back(Release{moved, {uid(6), 2, Utility::none, yuan(3), ReleaseTo::room, other, {}}, 1});
  town.order(bills.journal.back());
  REQUIRE(town.balance(other, box_two) == yuan(3));
  town.lose_box_one(bills);
  const auto* chain = town.site().index().room(moved);
  REQUIRE(chain->unclaimed() != nullptr);
  CHECK(town.site().index().balance(transit_pocket(chain->unclaimed()->close.id)) == yuan(20));
  CHECK(town.suspense() == yuan(-3));
  CHECK(town.arrears().micros == 0);
}

TEST_CASE("boxes that are lost together after a restore are fenced together") {
  Losing town;
  town.pay("P2", other, yuan(5));
  town.then = town.store();
  for (const auto holder : {box_one, box_two}) town.cut(holder);
  town.restore(town.then, true);
  town.give(BillsRead{});
  const auto is_fenced = [&](Holder holder) { return town.site().link(holder)->row().fenced; };
  town.give(FenceOrdered{box_one, {1}});
  CHECK_FALSE(is_fenced(box_one));  // the other may still speak
  town.give(FenceOrdered{box_one, {1}, {{{{9}, {0x99}}, {9}}}});
  CHECK_FALSE(is_fenced(box_one));
  town.give(FenceOrdered{box_one, {1}, {{box_two, {3}}, {box_one, {4}}}});
  CHECK((is_fenced(box_one) && is_fenced(box_two)));
  CHECK(town.site().is_settled());
  for (const auto holder : {box_one, box_two}) town.give(FenceArchived{holder});
  town.add_box({{1}, {0x33}});
  town.add_box({{3}, {0x44}});
  CHECK(town.balance(moved, {{1}, {0x33}}) == yuan(20));
  CHECK(town.balance(other, {{3}, {0x44}}) == yuan(5));
  CHECK(town.site().index().transits().empty());
  CHECK(town.audited() == std::set<std::string>{});
}

TEST_CASE("a box that is lost before it has given back its own entries is fenced as far as those bear the cloud's") {
  Losing town;
  const ReleaseRequest refund{
      uid(6), 1, Utility::none, yuan(8), ReleaseTo::provider, {}, {{Provider::cash_desk, "P1", yuan(8)}}};
  Money left;  // in suspense
  SECTION("an open that follows a close which is not here") {
    town.order(Move{uid(5), moved, 1, {}});
    town.fit(moved, {1}, 2);
    REQUIRE(town.site().index().room(moved)->opening() == 2);
    left = yuan(20);  // it had been asked to end the stay
  }
  SECTION("money that came back to the room which had released it") {
    town.order(Release{moved, refund, 0});
    town.give(RefundSettled{uid(6), 0, RefundOutcome::rejected});
    REQUIRE(town.balance(moved, box_one) == yuan(20));
  }
  town.mute(box_one);
  town.restore(town.then, true);
  town.give(BillsRead{});
  REQUIRE(town.is_unheard(box_one));
  REQUIRE(town.site().link(box_one)->row().agreed > town.site().link(box_one)->seen());
  town.cut(box_one);
  town.give(FenceOrdered{box_one, {1}});
  REQUIRE(town.site().link(box_one)->row().fenced);
  town.give(FenceArchived{box_one});
  const Holder next{{1}, {0x33}};
  town.add_box(next);
  CHECK(town.balance(moved, next) == Money{yuan(20).micros - left.micros});
  CHECK(town.site().index().transits().empty());
  CHECK(town.suspense() == left);
  CHECK(town.site().is_settled());
  CHECK(town.audited() == std::set<std::string>{});
}

TEST_CASE("a room that was opened behind the cut has released what others have") {
  Losing town;
  town.order(Move{uid(4), moved, 1, {2}});
  town.pay("P2", other, yuan(3));
  town.then = town.store();
  BillsRead bills;
  bills.journal = {Move{uid(5), other, 1, {1}},
                   Release{other, {uid(6), 1, Utility::none, yuan(5), ReleaseTo::room, moved, {}}, 1}};
  for (const auto& order : bills.journal) town.order(order);
  REQUIRE(town.balance(moved, box_two) == yuan(23));
  town.cut(box_one);
  town.restore(town.then, true);
  town.give(bills);
  town.pay("P3", other, yuan(10));
  town.give(FenceOrdered{box_one, {1}});
  town.give(FenceArchived{box_one});
  const Holder next{{1}, {0x33}};
  town.add_box(next);
  CHECK(town.balance(other, next) == yuan(13));
  CHECK(town.balance(moved, box_two) == yuan(23));
  CHECK(town.suspense() == yuan(-3));  // released, and not taken from what came back
  CHECK(town.told(Alarm::cause_lost) >= 1);
  CHECK(town.site().index().transits().empty());
  CHECK(town.site().index().request(uid(6))->released == yuan(3));
  CHECK(town.audited() == std::set<std::string>{});
}

TEST_CASE("a term that was granted before the answer that ends the last one came back is granted anew") {
  Losing town;
  const auto term = [](std::uint32_t amount, const char* name) {
    return AllowanceGrant{moved, 1, Utility::electricity, yuan(amount), name};
  };
  town.order(term(10, "spring"));
  town.then = town.store();
  BillsRead bills;
  bills.journal = {Release{moved, {uid(6), 1, Utility::electricity, yuan(1'000'000), ReleaseTo::subsidy, {}, {}}},
                   term(7, "autumn")};
  for (const auto& order : bills.journal) town.order(order);
  const auto allowance = [](Holder holder) { return allow_pocket(moved, Utility::electricity, holder); };
  REQUIRE(town.balance(allowance(box_one), box_one) == yuan(7));
  town.mute(box_one);
  town.restore(town.then, true);
  town.give(bills);
  town.cut(box_one);
  town.give(FenceOrdered{box_one, {1}});
  town.give(FenceArchived{box_one});
  const Holder next{{1}, {0x33}};
  town.add_box(next);
  CHECK(town.balance(allowance(next), next) == yuan(7));
  CHECK(town.audited() == std::set<std::string>{});
}

TEST_CASE("a fenced box that comes back lists what it had agreed upon with a cloud that has forgotten it") {
  Losing town;
  town.take_cash(box_one, moved, yuan(7));
  REQUIRE(town.site().link(box_one)->up().head().number > 0);
  town.cut(box_one);
  const auto ahead = town.site().link(box_one)->up().head().number;
  town.restore(town.then, true);
  town.give(BillsRead{});
  const auto here = town.site().link(box_one)->up().head().number;
  REQUIRE(here < ahead);
  town.give(FenceOrdered{box_one, {1}});
  town.give(FenceArchived{box_one});
  town.heal(box_one);
  CHECK(town.store().listed({town_site, box_one, Direction::up}).size() == ahead - here);
}

TEST_CASE("a stay that has ended is given no other box") {
  Losing town;
  town.order(Move{uid(5), moved, 1, {0}});
  REQUIRE(town.suspense() == yuan(20));
  town.give(RehomeOrdered{uid(5), {2}});
  CHECK_FALSE(town.site().index().room(moved)->open_at());
  CHECK(town.suspense() == yuan(20));
}

TEST_CASE("a room is given no other box before the fence can be restored") {
  Losing town;
  town.give(FenceOrdered{box_one, {3}});
  const auto* close = town.site().index().room(moved)->unclaimed();
  REQUIRE(close != nullptr);
  const RehomeOrdered order{close->close.id, {2}};
  town.give(order);
  CHECK(town.site().index().destination(order.close) == EdgeId{3});
  town.give(FenceArchived{box_one});
  town.give(order);
  CHECK(town.balance(moved, box_two) == yuan(20));
}

TEST_CASE("a fence does not carry out a move that was taken back") {
  Losing town;
  town.mute(box_one);
  town.order(Move{uid(5), moved, 1, {2}});
  town.cut(box_one);
  town.order(CancelOf{uid(5)});
  town.give(FenceOrdered{box_one, {1}});
  town.give(FenceArchived{box_one});
  const auto* close = town.site().index().room(moved)->unclaimed();
  REQUIRE(close != nullptr);
  CHECK(town.site().index().destination(close->close.id) == EdgeId{1});
  CHECK(town.site().is_done(Move{uid(5), moved, 1, {2}}));
  CHECK(town.site().is_done(CancelOf{uid(5)}));
}

TEST_CASE("each time that money comes into a transit which was delivered before, a person decides") {
  Losing town;
  for (std::uint8_t time = 1; time <= 4; ++time) {
    auto then = town.store();
    Log own({town_site, cloud_holder, Direction::site}, then, town.crypto());
    Entry again;
    again.stream = own.id();
    again.number = own.head().number + 1;
    again.kind = Kind::adopt;
    again.room = moved;
    again.outside = OutsideId("receipt/" + to_hex(uid(time)));
    set_detail(again, Credit{1});
    again.lines.push_back({drawer_pocket({{7}, {0x77}}), transit_pocket(uid(9)), yuan(3), false});
    Commit commit;
    own.push(encode(again), std::nullopt, commit);
    REQUIRE(then.commit(commit));
    town.restore(then, false);
    CHECK(town.site().index().transits().empty());
    CHECK(town.suspense() == Money{yuan(3).micros * (time - 1)});
    CHECK(town.told(Alarm::cause_lost) == time - 1U);
  }
  CHECK(town.balance(moved, box_one) == yuan(23));
}

TEST_CASE("what a box sends on under a request's id is no answer") {
  Index index;
  Entry asked;
  asked.stream = {town_site, box_two, Direction::down};
  asked.number = 1;
  asked.kind = Kind::release_request;
  asked.room = moved;
  set_detail(asked, ReleaseRequest{uid(6), 1, Utility::none, yuan(3), ReleaseTo::room, {999}, {}});
  index.count(asked);
  Entry sent;
  sent.stream = {town_site, box_one, Direction::up};
  sent.number = 1;
  sent.kind = Kind::forward;
  sent.room = other;
  sent.lines.push_back({room_pocket(other, box_one), transit_pocket(uid(6)), yuan(3), false});
  index.count(sent);
  REQUIRE(index.filled(transit_pocket(uid(6))) != nullptr);
  CHECK_FALSE(index.filled(transit_pocket(uid(6)))->is_answer);
  Due due;
  due.add(other);
  CHECK(index.bound().due(due).size() == 1);
}

TEST_CASE("answers that an earlier program wrote into the close on behalf count as well") {
  Index index;
  Entry close;
  close.stream = {town_site, cloud_holder, Direction::site};
  close.number = 1;
  close.kind = Kind::close_for;
  close.room = moved;
  close.lines.push_back({room_pocket(moved, box_one), transit_pocket(uid(6)), yuan(3), false});
  set_detail(close, CloseFor{box_one, {uid(5), 1, {}}, {1}});
  index.count(close);
  REQUIRE(index.request(uid(6)) != nullptr);
  CHECK(index.request(uid(6))->answered == close.place());
  CHECK(index.request(uid(6))->released == yuan(3));
}

TEST_CASE("a stay that ended behind the cut has left a close that nobody can name: the hole is told of") {
  Losing town;
  town.order(Move{uid(5), moved, 1, {}});
  SECTION("and the next stay began elsewhere") {
    town.fit(moved, {2}, 2);
    REQUIRE(town.site().index().room(moved)->open_at() == box_two);
    town.lose_box_one();
    CHECK(town.site().index().room(moved)->has_hole());
    CHECK(town.told(Alarm::cause_lost) == 1);
  }
  SECTION("but not where nobody has gone on from it") {
    town.lose_box_one();
    CHECK_FALSE(town.site().index().room(moved)->has_hole());
    CHECK(town.told(Alarm::cause_lost) == 0);
  }
}

}  // namespace
}  // namespace wattle::cloud
