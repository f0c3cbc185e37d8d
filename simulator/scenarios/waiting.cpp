// What must wait: for a restore to be noticed, for a fence to be listed, for a room to be somewhere.

#include "simulator/scenarios/stories.hpp"

#include <algorithm>

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

StreamId down_of(const BoxNode& box) { return {{1}, box.holder, Direction::down}; }

/// Steps until this is so, at most so many; false when it has not come.
template <class F>
bool comes_about(World& world, int steps, const F& is_so) {
  for (int step = 0; step < steps && !is_so(); ++step) world.settle_down(1);
  return is_so();
}

void note_sale(World& world, const cloud::Payment& payment) { world.facts().payments[payment.number] = payment; }

bool is_booked(World& world, const cloud::Payment& payment) {
  return world.site()->index().has(OutsideId("pay/" + payment.number));
}

}  // namespace

/// Nobody tells of the restore, and the file of heads is lost with the rest: only the boxes know.
void restore_that_a_box_shows(World& world) {
  get_going(world);
  world.backup();
  pay_in(world, 102, yuan(7));
  world.settle_down(300);
  const auto known = world.database().head(down_of(box_of(world, 1))).number;
  world.facts().lists.heads.clear();
  restore_from(world, world.backups() - 1, false);
  world.reach_point(world.site()->is_settled() && world.database().head(down_of(box_of(world, 1))).number < known,
                    "the cloud knows of the restore by itself, or has forgotten nothing");
  require(comes_about(world, 400, [&] { return !world.site()->is_settled(); }), "restore",
          "a box names what the cloud has forgotten, and the cloud goes on as if nothing were");
  end_well(world);
}

/// An administrator puts an older image in place of the database, and the cloud runs on.
void database_rolled_back_beneath(World& world) {
  get_going(world);
  Disk image = world.database();
  image.settle();
  pay_in(world, 102, yuan(7));
  world.settle_down(300);
  const auto known = world.database().head(down_of(box_of(world, 1))).number;
  world.roll_back(std::move(image));
  world.reach_point(world.database().head(down_of(box_of(world, 1))).number < known, "nothing is forgotten");
  world.to_cloud(cloud::Woke{});
  require(!world.site()->is_settled() && world.was_told(cloud::Alarm::rollback_noticed), "restore",
          "a process finds less than it knew, and goes on as if nothing were");
  end_well(world);
}

namespace {

/// One is cut off and sells alone; then it changes places with the other, and is given back what that one wrote.
void sell_alone_and_meet(World& world, BoxNode& alone, BoxNode& other) {
  world.cut(alone, true, true);
  world.heal(other);
  world.settle_down(200);
  world.to_box(other, edge::CashTaken{{102}, yuan(3)});
  world.settle_down(100);
  world.pass(minutes(2));
  world.to_box(alone, edge::CashTaken{{105}, yuan(2)});
  world.cut(other, true, true);
  world.heal(alone);
  world.settle_down(300);
}

bool forks_too_often(const BoxNode& box) {
  const auto& stopped = box.engine->link().row().stopped;
  return stopped && stopped->reason == LedgerErrc::forks_too_often;
}

}  // namespace

/// Two boxes with one identity speak by turns. Each heals twice; the next time it waits for a person, and its house goes on
/// meanwhile, also when the cloud tells it of what its twin has written.
void twins_by_turns(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  auto& second = twin_of(world, box);
  const StreamId up{{1}, box.holder, Direction::up};
  const auto before = world.database().head(up).number;
  int turns = 0;
  for (; turns <= edge::forks_per_boot_max && !forks_too_often(second) && !forks_too_often(box); ++turns)
    sell_alone_and_meet(world, second, box);
  world.reach_point(world.database().head(up).number > before + static_cast<std::uint64_t>(turns), "the twins sell nothing");
  require(forks_too_often(second) || forks_too_often(box), "fork without alarm",
          "twins take turns " + std::to_string(turns) + " times, and nobody stops their link");
  auto& stopped = forks_too_often(second) ? second : box;
  world.stop_box(stopped);
  world.start_box(stopped);
  require(forks_too_often(stopped), "fork without alarm", "a restart lets a box go on that has forked too often");
  auto& other = &stopped == &second ? box : second;
  world.cut(stopped, true, true);
  world.heal(other);
  world.settle_down(200);
  world.to_box(other, edge::CashTaken{{102}, yuan(3)});
  world.settle_down(100);
  world.cut(other, true, true);
  world.heal(stopped);
  world.settle_down(300);
  const auto& link = stopped.engine->link();
  world.reach_point(link.row().asking && link.row().stopped, "the stopped box has not heard of its twin's sale");
  const auto written = link.up().head().number;
  world.to_box(stopped, edge::CashTaken{{102}, yuan(1)});
  require(link.up().head().number == written + 1, "liveness", "a box that waits for a person takes no cash");
  world.run();
}

/// The box that a closed room was named for is gone. A person gives the room another while the cloud still lacks what the
/// boxes know: he is to wait.
void rehome_while_restoring(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  burn(world, box_of(world, 1), 1);
  world.settle_down(400);
  world.backup();  // in which the fence is known to be listed
  for (const std::uint32_t slot : {2U, 3U}) world.cut(box_of(world, slot), true, true);
  restore_from(world, world.backups() - 1, true);
  const auto* close = world.site()->index().room({102})->unclaimed();
  world.reach_point(close != nullptr && !world.site()->is_settled(), "the closed room does not wait for its box");
  const auto id = close->close.id;
  const cloud::RehomeOrdered order{id, {2}};
  world.to_cloud(order);
  require(world.site()->index().destination(id) == EdgeId{1}, "two holders", "a room gets another box during a restore");
  for (const std::uint32_t slot : {2U, 3U}) world.heal(box_of(world, slot));
  world.read_bills();
  world.settle_down(300);
  require(world.site()->is_settled(), "story", "the restore does not come to its end");
  world.to_cloud(order);
  arrive(world, 102, 2);
  replace(world, 1);
  end_well(world);
}

/// A room waited for a box in a lost one's place, and a person gave it another, where it lives. The cloud forgets that, and the
/// box for which it was to wait has come meanwhile, and speaks first.
void rehome_that_is_forgotten(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  burn(world, box_of(world, 1), 1);
  world.settle_down(400);
  const auto backup = world.backups() - 1;
  const auto* close = world.site()->index().room({102})->unclaimed();
  require(close != nullptr, "story", "the room does not wait");
  world.to_cloud(cloud::RehomeOrdered{close->close.id, {2}});
  arrive(world, 102, 2);
  replace(world, 1);
  world.cut(box_of(world, 2), true, true);
  restore_from(world, backup, true);
  world.read_bills();
  const auto is_unheard = [&](std::uint32_t slot) { return world.site()->boxes().at(box_of(world, slot).holder).unheard; };
  const bool speaks = comes_about(world, 400, [&] { return !is_unheard(1); });
  world.reach_point(speaks && is_unheard(2), "the new box has not spoken alone");
  live(world, 200);
  const auto* room = box_of(world, 1).engine->link().state().find({102});
  require(room == nullptr || !room->open, "two holders", "room 102 is opened at a second box");
  world.heal(box_of(world, 2));
  end_well(world);
}

/// A room is on its way to a box that has opened it and could not say so; that box is fenced, and nothing is listed yet.
void rehome_before_the_fence_is_listed(World& world) {
  get_going(world);
  move_to(world, 103, 1);
  world.cut(box_of(world, 1), true, true);
  live(world, 300);
  world.hold_archive(true);
  burn(world, box_of(world, 1), 1);
  const auto* close = world.site()->index().room({103})->unclaimed();
  world.reach_point(close != nullptr && close->link.edge == EdgeId{2}, "the room is not on its way from a living box");
  const cloud::RehomeOrdered order{close->close.id, {3}};
  world.to_cloud(order);
  require(world.site()->index().destination(order.close) == EdgeId{1}, "fence",
          "a room is given another box before the fence can be restored");
  world.hold_archive(false);
  world.settle_down(100);
  world.to_cloud(order);
  arrive(world, 103, 3);
  replace(world, 1);
  end_well(world);
}

namespace {

/// A code of the box is booked there and its redemption has not come to the cloud. The room has left by then.
cloud::Payment sell_code_and_leave(World& world, BoxNode& box) {
  world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();
  move_to(world, 102, 2);
  arrive(world, 102, 2);
  world.give(sold);
  const auto is_agreed = [&] {
    world.drop_batches(box.holder);
    const auto* link = world.site()->link(box.holder);
    return is_booked(world, sold) && link->row().agreed == link->down().head().number;
  };
  require(comes_about(world, 400, is_agreed), "story", "the box does not say that it has the code's sale");
  world.cut(box, true, true);
  return sold;
}

/// What fences have sent on, of codes and closed rooms.
Money sent_on(World& world) {
  const auto& own = world.site()->own();
  Money sum;
  for (std::uint64_t number = 1; number <= own.head().number; ++number) {
    const auto entry = decode_entry(own.at(number)->bytes);
    for (const auto& line : entry->lines)
      if (entry->kind == Kind::forward && line.to.kind == PocketKind::transit) sum.micros += line.amount.micros;
  }
  return sum;
}

/// What of it has not been delivered.
Money held_back(const cloud::Site& site) {
  Money sum;
  for (const auto& [transit, money] : site.index().transits()) {
    const auto* filled = site.index().filled(transit);
    const bool by_site = filled != nullptr && filled->filled.direction == Direction::site;
    if (by_site && filled->kind == Kind::forward) sum.micros += money.micros;
  }
  return sum;
}

}  // namespace

/// The room lives at box 2 by now, which could be paid at once. What box 1 still owes it waits until box 1's fence is listed: a
/// code that was not redeemed, one that is paid only now, and cash from its list.
void sales_before_the_fence_is_listed(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.buy_code({102}, 5);
  const auto later = world.facts().payments.rbegin()->second;
  world.drop_mail();
  sell_code_and_leave(world, box);
  const auto printed = world.facts().receipts;
  world.to_box(box, edge::CashTaken{{105}, yuan(4)});
  const auto fresh = std::find_if(world.facts().receipts.begin(), world.facts().receipts.end(),
                                  [&](const auto& one) { return !printed.contains(one.first); });
  require(fresh != world.facts().receipts.end(), "story", "the box sells nothing");
  world.hold_archive(true);
  world.fence(box.holder, {2});
  world.settle_down(100);
  const auto* link = world.site()->link(box.holder);
  world.reach_point(link->row().fenced && !link->row().told && sent_on(world) == yuan(9),
                    "the fence should be written and not listed, with a code to be forwarded");
  world.give(later);
  world.give(cloud::CashAdoption{box.holder, fresh->first, {103}, 1, yuan(4)});
  world.settle_down(300);
  require(held_back(*world.site()) == yuan(9), "fence", "a forwarded code is delivered before its fence can be restored");
  require(!is_booked(world, later), "fence", "a code of a fenced box is booked before the fence can be restored");
  require(!world.site()->index().has(OutsideId("receipt/" + to_hex(fresh->first))), "fence",
          "a fenced box's sale is adopted before the fence can be restored");
  world.hold_archive(false);
  world.settle_down(200);
  require(held_back(*world.site()).micros == 0 && is_booked(world, later), "fence",
          "the fence is listed, and what waited for it waits for something else to happen");
  replace(world, 1);
  end_well(world);
}

/// A code is typed alone, the box burns within the cut, and its number was sold three times, once for less and booked first:
/// the sale of that amount is matched, the others go on.
void number_sold_again_after_its_fence(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto digits = world.buy_code({102}, 9);
  const auto first = world.facts().payments.rbegin()->second;
  world.drop_mail();
  auto again = world.pay({102}, first.amount);
  again.code = first.code;
  note_sale(world, again);
  auto for_less = world.pay({102}, yuan(4));
  for_less.code = first.code;
  note_sale(world, for_less);
  world.to_box(box, edge::CodeTyped{{102}, digits});
  world.settle_down(300);
  burn(world, box, 1);
  world.settle_down(300);
  world.give(for_less);
  world.settle_down(50);
  world.give(first);
  world.settle_down(200);
  world.reach_point(is_booked(world, for_less) && is_booked(world, first) && !is_booked(world, again),
                    "the first sale is not booked after the fence");
  world.give(again);
  replace(world, 1);
  end_well(world);
}

/// The box has burnt, no other stands in its place yet, and the students pay: the money waits for the room.
void paid_between_two_boxes(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  burn(world, box_of(world, 1), 1);
  world.settle_down(300);
  const auto payment = world.pay({102}, yuan(5));
  world.give(payment);
  world.settle_down(200);
  world.reach_point(!world.site()->index().room({102})->open_at() && !world.site()->holder_of({1}), "the room has a box");
  replace(world, 1);
  end_well(world);
}

/// A box whose memory is wrong settles what the cloud's replay has not: nobody may drop by that, and somebody is told.
void settlement_of_another_state(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  Entry bad;
  bad.kind = Kind::settlement;
  set_detail(bad, Settlement{Digest{}});
  bool slipped = false;
  world.to_box(box, edge::CashTaken{{102}, yuan(1)});
  for (int step = 0; step < 400 && !slipped; ++step) {
    slipped = world.slip_in(box, bad);
    if (!slipped) world.settle_down(1);
  }
  const auto settled = [&] { return world.site()->link(box.holder)->state().settlement().number; };
  world.reach_point(slipped && comes_about(world, 400, [&] { return settled() != 0; }), "the settlement does not arrive");
  require(world.was_told(cloud::Alarm::settlement_differs), "retention", "a settlement differs, and nobody is told");
  world.settle_down(200);
  const StreamId down = down_of(box);
  for (std::uint64_t number = 1; number <= world.database().head(down).number; ++number)
    require(decode_entry(world.database().entry(down, number)->bytes)->kind != Kind::countersign, "retention",
            "the cloud agrees to a settlement that its own replay has not");
  end_well(world);
}

}  // namespace wattle::sim
