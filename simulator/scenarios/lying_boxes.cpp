// A box with other software: what the cloud must not take from it.

#include "simulator/scenarios/deeds.hpp"
#include "simulator/scenarios/lies.hpp"
#include "simulator/scenarios/stories.hpp"

namespace wattle::sim {

namespace {

using E = LedgerErrc;

/// Two codes of room 102; the first has arrived as used.
void type_two(World& world, BoxNode& box) {
  for (int typed = 0; typed < 2;) {
    world.settle_down(60);
    const auto digits = world.buy_code({102}, 9);
    world.drop_mail();
    if (digits.empty()) continue;  // that number is taken
    ++typed;
    world.to_box(box, edge::CodeTyped{{102}, digits});
  }
}

void ask_back_and_sell(World& world, BoxNode& box) {
  ask_back(world, box);
  live(world, 100);
  take_cash(world, box);
}

void take_twice(World& world, BoxNode& box) {
  take_cash(world, box);
  world.settle_down(60);
  take_cash(world, box);
}

void sell_elsewhere(World& world, BoxNode& box) { world.to_box(box, edge::CashTaken{{103}, yuan(1)}); }

/// Room 102 has left, and 105 pays cash.
void leave_and_sell(World& world, BoxNode& box) {
  move_away(world, box);
  live(world, 200);
  world.to_box(box, edge::CashTaken{{105}, yuan(1)});
}

/// The cash of room 105 becomes what goes on after room 102.
bool goes_on(const BoxNode& box, Entry& entry, const Line& line) {
  if (!becomes(entry, Kind::cash, Kind::forward, {line})) return false;
  entry.room = RoomId{102};
  entry.after = box.engine->link().state().after({102});
  set_detail(entry, Credit{1});
  return true;
}

const std::vector<Lie> of_any_entry = {
    {"a balance that is not the replay's", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++e.after->room.micros, true); }, E::after_differs},
    {"a negative amount", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].amount = yuan(-1), true); }, E::amount},
    {"more than a balance can hold", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].amount = {INT64_MAX}, true); }, E::overflow},
    {"the cloud's money", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].from = clearing_pocket(Provider::wechat), true); },
     E::foreign_pocket},
    {"a measured sale", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.lines[0].measured = true, true); }, E::illegal_line},
    {"money on its way as an allowance", take_cash,
     [](const BoxNode&, Entry& e) {
       const auto receipt = detail_of<Cash>(e).value_or(Cash{}).receipt;
       return is(e, Kind::cash) && (e.lines[0].to = transit_pocket(receipt, Utility::electricity), true);
     },
     E::illegal_line},
    {"more than there is", take_cash,
     [](const BoxNode& b, Entry& e) {
       return becomes(e, Kind::cash, newer_kind, {{room_of(b, 102), transit_pocket({}), yuan(500), false}});
     },
     E::not_covered},
    {"money out of what was sold, on its way", take_cash,
     [](const BoxNode& b, Entry& e) {
       const auto sold = sold_pocket(Utility::electricity, b.holder);
       if (!becomes(e, Kind::cash, newer_kind, {{sold, transit_pocket({}), yuan(1), false}})) return false;
       e.after->room.micros -= yuan(1).micros;
       return true;
     },
     E::illegal_line},
    {"a kind of the cloud's", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.kind = Kind::recharge, true); }, E::misplaced},
    {"a payment's name", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.outside = OutsideId("pay/P7"), true); }, E::outside_id_used},
    {"the transit of a request", ask_back_and_sell,
     [](const BoxNode& b, Entry& e) {
       return becomes(e, Kind::cash, newer_kind, {{room_of(b, 102), transit_pocket(first_asked(b)), yuan(1), false}});
     },
     E::outside_id_used},
    {"a seen that fell", take_twice, [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.seen = {}, true); },
     E::seen_fell},
    {"another number", take_cash, [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++e.number, true); },
     E::misplaced},
    {"an override that moves money", take_cash,
     [](const BoxNode&, Entry& e) {
       set_detail(e, ConfigSetting{"limit", 0, {7}});
       return becomes(e, Kind::cash, Kind::override_config, e.lines);
     },
     E::detail},
    {"another box's cash", take_cash,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::cash) && (e.lines[0].from = drawer_pocket(beside(b)), true); },
     E::foreign_pocket},
    {"a sale into another box's room", take_cash,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::cash) && (e.lines[0].to = room_pocket({102}, beside(b)), true); },
     E::illegal_line},
    {"money on its way that stays at the box", take_cash,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::cash)) return false;
       e.lines[0].to = transit_pocket(detail_of<Cash>(e).value_or(Cash{}).receipt);
       e.lines[0].to.holder = b.holder;
       return true;
     },
     E::illegal_line},
    {"an override that says nothing", take_cash,
     [](const BoxNode&, Entry& e) { return becomes(e, Kind::cash, Kind::override_config, {}) && (e.detail.clear(), true); },
     E::detail},
    {"an entry of the cloud's stream", take_cash,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::cash)) return false;
       e.stream.direction = Direction::down;
       e.after.reset();
       return true;
     },
     E::misplaced},
    {"a settlement of nothing", take_cash,
     [](const BoxNode&, Entry& e) { return becomes(e, Kind::cash, Kind::settlement, {}) && (e.detail.clear(), true); },
     E::detail},
    {"an anomaly of nothing", take_cash,
     [](const BoxNode&, Entry& e) { return becomes(e, Kind::cash, Kind::anomaly, {}) && (e.detail.clear(), true); }, E::detail},
    {"a settlement that moves money", take_cash,
     [](const BoxNode&, Entry& e) {
       set_detail(e, Settlement{});
       return becomes(e, Kind::cash, Kind::settlement, e.lines);
     },
     E::detail},
    {"an anomaly that moves money", take_cash,
     [](const BoxNode&, Entry& e) {
       set_detail(e, Anomaly{});
       return becomes(e, Kind::cash, Kind::anomaly, e.lines);
     },
     E::detail},
};

const std::vector<Lie> of_sales = {
    {"a sale into another room", take_cash,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::cash) && (e.lines[0].to = room_of(b, 105), true); }, E::room_not_open},
    {"a sale for another stay", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++Altered<Cash>(e)->opening, true); }, E::opening},
    {"a code that is used", type_two,
     [](const BoxNode& b, Entry& e) {
       const auto used = b.engine->link().state().used_codes();
       if (!is(e, Kind::redeem) || used.size() < 2) return false;
       Altered<Redeem> redeem(e);
       const auto own = redeem->name;
       redeem->name = used.begin()->first == own ? used.rbegin()->first : used.begin()->first;
       return true;
     },
     E::code_used},
    {"a code for less than it brings", type_two,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (--Altered<Redeem>(e)->amount.micros, true); },
     E::line_missing},
    {"codes beyond the cap", type_two,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::redeem) && (Altered<Redeem>(e)->amount = e.lines[0].amount = yuan(501), true);
     },
     E::not_covered},
    {"a code that was not sold", book_code,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (--e.cause->number, true); }, E::code_unknown},
    {"a code that goes on from where its room is", book_code,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (e.lines[0].to = transit_pocket({}), true); },
     E::room_not_open},
    {"money that goes on from an open room", take_cash,
     [](const BoxNode& b, Entry& e) {
       set_detail(e, Credit{1});
       return becomes(e, Kind::cash, Kind::forward, {{room_of(b, 102), transit_pocket({}), yuan(1), false}});
     },
     E::room_open},
    {"a sale under another's number", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++Altered<Cash>(e)->receipt.bytes[0], true); }, E::detail},
    {"a sale that pays twice", take_cash,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::cash)) return false;
       e.lines.push_back(e.lines[0]);
       e.after->room.micros += e.lines[0].amount.micros;
       return true;
     },
     E::detail},
    {"a sale into a room that has left", leave_and_sell,
     [](const BoxNode& b, Entry& e) {
       e.room = RoomId{102};
       e.after = b.engine->link().state().after({102});
       e.after->room = yuan(1);
       return is(e, Kind::cash) && (e.lines[0].to = room_of(b, 102), true);
     },
     E::room_not_open},
    {"a code in a room that has left", leave_and_sell,
     [](const BoxNode& b, Entry& e) {
       if (!goes_on(b, e, {codes_pocket(b.holder), room_of(b, 102), yuan(1), false})) return false;
       e.kind = Kind::redeem;
       set_detail(e, Redeem{{{102}, 0, 1}, yuan(1)});
       e.after->room = yuan(1);
       return true;
     },
     E::room_not_open},
    {"a code that brings twice", type_two,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::redeem)) return false;
       e.lines.push_back(e.lines[0]);
       e.after->room.micros += e.lines[0].amount.micros;
       return true;
     },
     E::detail},
    {"nothing that goes on", leave_and_sell,
     [](const BoxNode& b, Entry& e) {
       return goes_on(b, e, {codes_pocket(b.holder), transit_pocket({}), yuan(1), false}) && (e.lines.clear(), true);
     },
     E::detail},
    {"a sale of no room", take_cash,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (e.room.reset(), e.after.reset(), true); }, E::detail},
    {"a sale that a code pays", take_cash,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::cash) && (e.lines[0].from = codes_pocket(b.holder), true); },
     E::line_missing},
    {"a sale for another house by another name", sell_elsewhere,
     [](const BoxNode&, Entry& e) { return is(e, Kind::cash) && (++e.lines[0].to.id.bytes[0], true); }, E::line_missing},
    {"a code of another room", type_two,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (Altered<Redeem>(e)->name.room = {105}, true); },
     E::line_missing},
    {"a code that cash pays", type_two,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::redeem) && (e.lines[0].from = drawer_pocket(b.holder), true); },
     E::line_missing},
    {"a code into another room", book_code,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::redeem)) return false;
       e.lines[0].to = room_of(b, 105);
       e.after->room.micros -= e.lines[0].amount.micros;
       return true;
     },
     E::line_missing},
    {"a sold code by another number", book_code,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (Altered<Redeem>(e)->name.number ^= 1U, true); },
     E::code_unknown},
    {"a sold code of another amount", book_code,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::redeem)) return false;
       Altered<Redeem>(e)->amount = e.lines[0].amount = yuan(10);
       e.after->room.micros += yuan(1).micros;
       return true;
     },
     E::code_unknown},
    {"a sold code as a typed one", book_code,
     [](const BoxNode&, Entry& e) { return is(e, Kind::redeem) && (e.cause.reset(), true); }, E::code_used},
    {"a typed code that goes on", type_two,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::redeem)) return false;
       e.lines[0].to = transit_pocket({});
       e.after->room.micros -= e.lines[0].amount.micros;
       return true;
     },
     E::room_not_open},
    {"what goes on out of another room", leave_and_sell,
     [](const BoxNode& b, Entry& e) {
       return goes_on(b, e, {room_of(b, 105), transit_pocket({}), yuan(1), false});
     },
     E::line_missing},
    {"codes' money that goes on as a room's", leave_and_sell,
     [](const BoxNode& b, Entry& e) {
       return goes_on(b, e, {codes_pocket(b.holder), transit_pocket({}), yuan(1), false});
     },
     E::line_missing},
};

}  // namespace

void lying_box(World& world) {
  for (const auto lies :
       {std::span(of_any_entry), std::span(of_sales), lies_of_answers(), lies_of_energy(), lies_of_corrections()})
    tell(world, lies, Direction::up);
}

}  // namespace wattle::sim
