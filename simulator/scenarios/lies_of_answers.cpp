// What a box with other software may not say when it is asked for money, or for a room.

#include "simulator/scenarios/deeds.hpp"
#include "simulator/scenarios/lies.hpp"

namespace wattle::sim {

namespace {

using E = LedgerErrc;

/// Both are there before the box reads either.
void ask_and_take_back(World& world, BoxNode& box) {
  world.cut(box, true, true);
  ReleaseRequest request{world.random().uid(), 1, Utility::none, yuan(5), ReleaseTo::room, {105}, {}};
  world.give(cloud::Release{{102}, request, 1});
  world.give(cloud::CancelOf{request.id});
  world.settle_down(60);
  world.heal(box);
}

void leave_and_take_back(World& world, BoxNode& box) {
  world.cut(box, true, true);
  const auto move = world.random().uid();
  world.give(cloud::Move{move, {102}, 1, {2}});
  world.give(cloud::CancelOf{move});
  world.settle_down(60);
  world.heal(box);
}

void move_beside_money(World& world, BoxNode& box) {
  pay_in(world, 105, yuan(7));
  live(world, 60);
  move_away(world, box);
}

void end_allowance(World& world, BoxNode&) {
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(1), "spring"});
  live(world, 100);
  const ReleaseRequest request{world.random().uid(), 1, Utility::electricity, yuan(100), ReleaseTo::subsidy, {}, {}};
  world.give(cloud::Release{{102}, request});
}

/// An answer becomes a close of room 102 with all that it has.
bool closes(const BoxNode& box, Entry& entry, const Uid& id) {
  if (!is(entry, Kind::answer)) return false;
  const auto released = entry.lines.empty() ? Money{} : entry.lines[0].amount;
  const Money all{entry.after->room.micros + released.micros};
  set_detail(entry, Close{id, 1, box.engine->link().state().find({102})->circuits});
  entry.after->room = {};
  return becomes(entry, Kind::answer, Kind::close, {{room_of(box, 102), transit_pocket(id), all, false}});
}

const std::vector<Lie> of_answers = {
    {"a release of more than was asked", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (e.lines[0].amount.micros += 10'000, true); },
     E::released_too_much},
    {"a release of a part of a fen", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (--e.lines[0].amount.micros, true); }, E::released_too_much},
    {"a release that names nothing", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (e.lines = {}, true); }, E::line_missing},
    {"a release from another room", ask_back,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::answer) && (e.lines[0].from = room_of(b, 105), true); },
     E::line_missing},
    {"an answer to what was not asked", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (++e.cause->number, true); }, E::request_unknown},
    {"an answer by another name", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (++Altered<Answer>(e)->id.bytes[0], true); },
     E::request_unknown},
    {"a close with other readings", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (++Altered<Close>(e)->circuits[0].reading.units, true); },
     E::reading_chain},
    {"a close that keeps the money", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (e.lines = {}, true); }, E::line_missing},
    {"a close of another stay", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (++Altered<Close>(e)->opening, true); }, E::opening},
    {"a close that nobody asked for", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (++Altered<Close>(e)->id.bytes[0], true); },
     E::request_unknown},
    {"an answer to nothing", ask_back, [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (e.cause.reset(), true); },
     E::detail},
    {"an answer to an entry of its own", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (e.cause->direction = Direction::up, true); },
     E::request_unknown},
    {"an answer to another box's request", ask_back,
     [](const BoxNode& b, Entry& e) { return is(e, Kind::answer) && (e.cause->link = beside(b), true); }, E::request_unknown},
    {"an answer of another room", ask_back,
     [](const BoxNode& b, Entry& e) {
       return is(e, Kind::answer) && (e.room = RoomId{105}, e.after = b.engine->link().state().after({105}), true);
     },
     E::request_unknown},
    {"a release that says that there is nothing", ask_back,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::answer) && (Altered<Answer>(e)->reason = AnswerReason::nothing_left, true);
     },
     E::line_missing},
    {"a release by another's name", ask_back,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (++e.lines[0].to.id.bytes[0], true); }, E::line_missing},
    {"a release that was taken back", ask_and_take_back,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::answer)) return false;
       Altered<Answer> answer(e);
       answer->reason = AnswerReason::released;
       e.lines = {{room_of(b, 102), transit_pocket(answer->id), yuan(1), false}};
       e.after->room.micros -= yuan(1).micros;
       return true;
     },
     E::released_too_much},
    {"the room's money in place of the allowance's", end_allowance,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::answer)) return false;
       e.lines[0].from = room_of(b, 102);
       e.lines[0].to.utility = Utility::none;
       std::swap(e.lines[0].amount, e.after->allow);
       e.lines[0].amount = yuan(1);
       e.after->room.micros -= yuan(1).micros;
       e.after->allow = yuan(1);
       return true;
     },
     E::line_missing},
    {"an allowance that becomes money", end_allowance,
     [](const BoxNode&, Entry& e) { return is(e, Kind::answer) && (e.lines[0].to.utility = Utility::none, true); },
     E::illegal_line},
    {"a close of another room", move_away,
     [](const BoxNode& b, Entry& e) {
       return is(e, Kind::close) && (e.room = RoomId{105}, e.after = b.engine->link().state().after({105}), true);
     },
     E::request_unknown},
    {"a close that keeps some of the money", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (--e.lines[0].amount.micros, ++e.after->room.micros, true); },
     E::line_missing},
    {"a close that takes another room's money", move_beside_money,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::close)) return false;
       e.after->room = e.lines[0].amount;
       e.lines[0].from = room_of(b, 105);
       e.lines[0].amount = b.engine->link().state().balance(room_of(b, 105));
       return true;
     },
     E::line_missing},
    {"a close by another's name", move_away,
     [](const BoxNode&, Entry& e) { return is(e, Kind::close) && (++e.lines[0].to.id.bytes[0], true); }, E::line_missing},
    {"a close where money was asked for", ask_back,
     [](const BoxNode& b, Entry& e) { return closes(b, e, detail_of<Answer>(e).value_or(Answer{}).id); }, E::request_unknown},
    {"a close that was taken back", leave_and_take_back,
     [](const BoxNode& b, Entry& e) { return closes(b, e, detail_of<Answer>(e).value_or(Answer{}).id); }, E::request_unknown},
};

}  // namespace

std::span<const Lie> lies_of_answers() { return of_answers; }

}  // namespace wattle::sim
