// Fences, claims and restores that cross.

#include "simulator/scenarios/stories.hpp"

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

/// The room has left box 1, which then burns; the cloud has forgotten the move, and box 2 is cut off.
void fence_after_an_unnoticed_restore(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  world.backup();
  move_to(world, 102, 2);
  arrive(world, 102, 2);
  auto& first = box_of(world, 1);
  world.cut(box_of(world, 2), true, true);
  world.cut(first, true, true);
  restore_from(world, world.backups() - 1, false);
  world.reach_point(world.site()->index().room({102})->open_at() == first.holder, "the cloud has not forgotten the move");
  world.read_bills();
  world.settle_down(300);
  world.fence(first.holder, {1});  // the person is told to wait until box 2 has spoken, and does
  world.settle_down(200);
  const bool went = world.site()->link(first.holder)->row().fenced;
  if (went) replace(world, 1);
  end_well(world);
}

/// A closed room waits for the box that it was named for; the cloud forgets what was done meanwhile, and that box comes.
void close_on_behalf_and_restore(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  burn(world, box_of(world, 1), 1);  // the list beside the backups waits for a backup that holds the fence
  world.settle_down(400);
  const auto backup = world.backups() - 1;
  for (const std::uint32_t slot : {2U, 3U}) world.cut(box_of(world, slot), true, true);
  restore_from(world, backup, true);
  const auto* room = world.site()->index().room({102});
  world.reach_point(room->unclaimed() != nullptr && !world.site()->is_settled(), "the closed room does not wait for its box");
  for (const std::uint32_t slot : {2U, 3U}) world.heal(box_of(world, slot));
  world.read_bills();
  world.settle_down(300);
  replace(world, 1);
  end_well(world);
}

/// The fence is written, but neither listed nor in a backup, when the cloud is restored to before it. The old box lives.
void fence_undone_before_it_is_listed(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  world.backup();
  world.hold_archive(true);
  auto& old = box_of(world, 1);
  world.cut(old, true, true);
  world.fence(old.holder, {2});
  world.settle_down(100);
  const auto* link = world.site()->link(old.holder);
  world.reach_point(link->row().fenced && !link->row().told, "the fence should be written and not listed");
  world.claim({1});
  if (auto& next = box_of(world, 1); !next.dead) world.start_box(next);
  world.heal(old);
  world.settle_down(300);
  restore_from(world, world.backups() - 1, true);
  world.hold_archive(false);
  end_well(world);
}

/// A box was claimed after the backup that is restored.
void claimed_since_the_backup(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  burn(world, box_of(world, 1), 1);
  world.settle_down(300);
  const auto backup = world.backups() - 1;
  replace(world, 1);
  pay_in(world, 102, yuan(3));
  world.settle_down(300);
  const StreamId down{{1}, box_of(world, 1).holder, Direction::down};
  const bool was_paid = world.database().head(down).number > 0;
  restore_from(world, backup, true);
  world.reach_point(was_paid && world.database().head(down).number == 0, "the backup knows the new box");
  world.settle_down(300);
  replace(world, 1);
  end_well(world);
}

/// Two rooms have changed places since the backup, and each was paid for at its new box. The restored cloud reads the bills
/// before it has heard either.
void two_rooms_change_places(World& world) {
  get_going(world);
  world.backup();
  move_to(world, 102, 2);
  move_to(world, 103, 1);
  arrive(world, 102, 2);
  arrive(world, 103, 1);
  pay_in(world, 102, yuan(4));
  pay_in(world, 103, yuan(5));
  world.settle_down(300);
  for (const std::uint32_t slot : {1U, 2U, 3U}) world.cut(box_of(world, slot), true, true);
  restore_from(world, world.backups() - 1, true);
  const auto is_known_at = [&](std::uint32_t room, std::uint32_t slot) {
    return world.site()->index().room({room})->open_at() == box_of(world, slot).holder;
  };
  world.reach_point(is_known_at(102, 1) && is_known_at(103, 2), "the cloud has not forgotten the moves");
  world.read_bills();
  world.settle_down(50);
  end_well(world);
}

/// A box burns that was asked to close a room and had not answered; the fence answers for it. A second process learns of the
/// request and of that answer at once, the answer first, and must not ask for the same move again.
void fence_that_another_process_reads_late(World& world) {
  get_going(world);
  world.begin_upgrade();
  world.ask_process(0);
  auto& box = box_of(world, 1);
  world.stop_box(box);
  world.start_box(box);  // it answers when its meters have been read
  world.settle_down(30);
  const auto move = world.random().uid();
  world.give(cloud::Move{move, {102}, 1, {2}});
  world.settle_down(60);
  burn(world, box, 1);
  world.settle_down(200);
  const auto* asked = world.site(0)->index().request(move);
  world.reach_point(asked != nullptr && asked->answered && world.site(1)->index().request(move) == nullptr,
                    "the fence has not answered, or the second process has read the request before");
  replace(world, 1);
  arrive(world, 102, 2);
  world.ask_process(1);
  pay_in(world, 102, yuan(4));
  live(world, 200);
  end_well(world);
}

/// The process that was to list a fence has ended while another ran beside it, which goes on and never starts anew.
void fence_listed_by_nobody(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(12));
  world.settle_down(200);
  auto& old = box_of(world, 1);
  world.hold_archive(true);
  world.stop_box(old);
  old.dead = true;
  world.fence(old.holder, {1});
  world.hold_archive(false);
  world.drop_mail();
  const auto* link = world.site()->link(old.holder);
  world.reach_point(link->row().fenced && !link->row().told, "the fence is not written, or it is listed");
  world.settle_down(300);
  replace(world, 1);
  end_well(world);
}

/// A box that the restored cloud still asks is fenced. What it returns afterwards changes nothing.
void fenced_while_asking(World& world) {
  get_going(world);
  world.backup();
  auto& box = box_of(world, 1);
  pay_in(world, 102, yuan(11));
  world.settle_down(200);
  restore_from(world, world.backups() - 1, true);
  const auto asks = [&] { return world.site()->link(box.holder)->row().asking; };
  for (int step = 0; step < 400 && !asks(); ++step) {
    world.settle_down(1);
    world.drop_copies();
  }
  require(asks(), "story", "the cloud does not ask");
  world.cut(box, true, true);
  world.settle_down(10);
  world.drop_copies();
  world.read_bills();
  world.settle_down(300);
  world.fence(box.holder, {1});
  world.reach_point(world.site()->link(box.holder)->row().fenced, "the box is not fenced");
  const auto holder = box.holder;
  const auto head = world.site()->link(holder)->down().head();
  world.settle_down(100);
  world.heal(box);
  world.settle_down(300);
  replace(world, 1);
  end_well(world);
  require(head == world.site()->link(holder)->down().head(), "writer", "a fenced link has changed");
}

/// A move was taken back, and answered so. When the box burns afterwards its rooms go where the fence says.
void fence_after_a_cancelled_move(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.cut(box, true, true);
  const auto move = world.random().uid();
  world.give(cloud::Move{move, {102}, 1, {2}});
  world.give(cloud::CancelOf{move});
  world.settle_down(100);
  world.heal(box);
  live(world, 300);
  const auto* asked = world.site()->index().request(move);
  world.reach_point(asked != nullptr && asked->answered && asked->reason == AnswerReason::cancelled,
                    "the move was not answered as taken back");
  burn(world, box, 1);
  world.settle_down(300);
  replace(world, 1);
  world.settle_down(300);
  end_well(world);
  const auto* room = box_of(world, 1).engine->link().state().find({102});
  require(room != nullptr && room->open, "cancel", "room 102 went where a move that was taken back had named");
}

/// A box has read a move, and nobody has its answer. The move is taken back, and the box burns.
void fence_before_a_cancel_is_read(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto move = world.random().uid();
  world.give(cloud::Move{move, {102}, 1, {2}});
  const auto* link = world.site()->link(box.holder);
  const auto has_read = [&] {
    const auto* asked = world.site()->index().request(move);
    return asked != nullptr && asked->asked.at(box.holder).number <= link->row().agreed;
  };
  for (int step = 0; step < 400 && !has_read(); ++step) {
    world.drop_batches(box.holder);
    world.settle_down(1);
  }
  world.drop_batches(box.holder);
  world.cut(box, true, true);
  world.give(cloud::CancelOf{move});
  world.settle_down(60);
  const bool read = has_read() && !world.site()->index().request(move)->answered;
  burn(world, box, 1);
  world.reach_point(read, "the box has not read the move, or its answer is here");
  world.settle_down(300);
  replace(world, 1);
  live(world, 400);
  const auto* room = box_of(world, 1).engine->link().state().find({102});
  require(room != nullptr && room->open, "cancel", "a fence carries out a move that was taken back");
  end_well(world);
}

/// A person decides about money that a stay has left when a box's fence is written and not listed: he is to wait.
void decided_before_the_fence_is_listed(World& world) {
  get_going(world);
  pay_in(world, 103, yuan(9));
  live(world, 100);
  world.change_students({103});
  live(world, 600);
  const auto open = world.site()->undecided();
  require(open.size() == 1, "story", "no money of the stay's is in suspense");
  world.hold_archive(true);
  burn(world, box_of(world, 1), 1);
  const cloud::Resolution decision{
      world.random().uid(), std::string(open.begin()->first.text()), cloud::ResolveTo::provider, {}, 0, Provider::cash_desk,
      open.begin()->second};
  world.give(decision);
  world.settle_down(200);
  world.reach_point(world.site()->has_unlisted_fence() && world.site()->orders().contains(cloud::id_of(decision)),
                    "the fence is listed, or the decision is not taken");
  require(!world.site()->is_done(decision), "fence", "a decision is carried out before the fence can be restored");
  world.hold_archive(false);
  world.settle_down(200);
  require(world.site()->is_done(decision), "fence", "the fence is listed, and the decision waits for something else to happen");
  replace(world, 1);
  end_well(world);
}

/// A room is on its way to a box that cannot be reached. A person names another for it, and is refused: that box lives.
void rehome_while_its_box_lives(World& world) {
  get_going(world);
  world.cut(box_of(world, 1), true, true);
  move_to(world, 103, 1);
  live(world, 300);
  const auto* close = world.site()->index().room({103})->unclaimed();
  world.reach_point((close != nullptr || world.site()->index().room({103})->open_at() == box_of(world, 1).holder) &&
                        world.site()->holder_of({1}).has_value(),
                    "the room is not on its way");
  const auto move = world.site()->index().room({103})->links.at(box_of(world, 2).holder).closes.back().close.id;
  world.to_cloud(cloud::RehomeOrdered{move, {3}});
  require(world.site()->index().destination(move) == EdgeId{1}, "two holders",
          "a room is given another box while the one that it was named for lives");
  world.heal(box_of(world, 1));
  arrive(world, 103, 1);
  end_well(world);
}

/// A person took a move back, and the cloud forgets that: the journal knows. The box of that room is to be fenced before bills
/// and journal have been read, and the person is told to wait.
void fence_before_the_bills_are_read(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.cut(box, true, true);
  const auto move = world.random().uid();
  world.give(cloud::Move{move, {102}, 1, {2}});
  world.backup();
  world.give(cloud::CancelOf{move});
  restore_from(world, world.backups() - 1, true);
  world.settle_down(300);
  const auto is_unheard = [&](std::uint32_t slot) { return world.site()->boxes().at(box_of(world, slot).holder).unheard; };
  world.reach_point(world.site()->bills_missing() && !is_unheard(2) && !is_unheard(3),
                    "a box that is not to be fenced is away");
  burn(world, box, 1);
  world.settle_down(50);
  const bool waits = !world.site()->link(box.holder)->row().fenced;
  world.read_bills();
  world.settle_down(50);
  world.fence(box.holder, {1});
  world.settle_down(200);
  require(waits, "fence", "a box is fenced before bills and journal have been read");
  replace(world, 1);
  arrive(world, 102, 1);
  end_well(world);
}

/// A room's box is away when the cloud forgets that it was ever opened. A person who does not see it anywhere has it fitted
/// elsewhere: it is opened nowhere before all have spoken.
void fitted_elsewhere_after_a_restore(World& world) {
  get_going(world);
  world.backup();
  constexpr CircuitId circuit{1060};
  const Meter meter{{70'001'060}, 100, {106}, circuit, true, false, 100, 0, Utility::electricity};
  world.facts().meters[circuit] = meter;
  world.facts().energy[circuit] = 0;
  cloud::Fitting fitting{{106}, 1, {1}, {{circuit, meter.number, meter.utility, {100}, {}, {}, 0}}};
  world.give(fitting);
  arrive(world, 106, 1);
  world.cut(box_of(world, 1), true, true);
  restore_from(world, world.backups() - 1, true);
  world.settle_down(300);
  fitting.slot = {3};
  world.facts().journal.pop_back();  // which the new order's line takes the place of
  world.give(fitting);
  world.read_bills();
  live(world, 300);
  world.reach_point(!world.site()->is_settled() && world.site()->orders().contains(cloud::id_of(fitting)),
                    "the box has spoken, or the order is not taken");
  const auto* room = box_of(world, 3).engine->link().state().find({106});
  require(world.site()->index().room({106}) == nullptr && room == nullptr, "two holders",
          "a room that may be open at a box which was not heard is opened at another");
  world.heal(box_of(world, 1));
  end_well(world);
}

}  // namespace wattle::sim
