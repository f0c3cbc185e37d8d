#include "simulator/scenarios/directed_d.hpp"

#include <algorithm>

#include "simulator/scenarios/directed_b.hpp"

namespace wattle::sim {

namespace {

void cut_all(World& world) {
  for (const std::uint32_t slot : {1U, 2U, 3U}) world.cut(box_of(world, slot), true, true);
}

Money typed_alone(BoxNode& box) { return {-box.engine->link().state().codes_balance().micros}; }

}  // namespace

/// Restored by command, and before any box has spoken once more, by hand. The second one shows in the remembered heads alone.
void restored_twice(World& world) {
  get_going(world);
  world.backup();
  pay_in(world, 102, yuan(11));
  world.settle_down(200);
  cut_all(world);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(20);
  const auto& known = world.site()->boxes();
  const bool is_heard = std::any_of(known.begin(), known.end(), [](const auto& box) { return !box.second.unheard; });
  world.reach_point(!is_heard, "a box has spoken between the restores");
  restore_from(world, world.backups() - 1, false);
  world.read_bills();
  require(!world.site()->is_settled(), "restore", "the second restore is not noticed");
  end_well(world);
}

/// A code's sale is booked after its box has burned, reaches the room at the next one, and is forgotten by a restore.
void code_after_fence_and_restore(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();
  burn(world, box, 1);
  world.settle_down(300);
  replace(world, 1);
  world.settle_down(300);
  world.backup();
  world.give(sold);
  world.settle_down(300);
  world.reach_point(world.site()->is_done(sold), "the sale is not booked");
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(300);
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

/// Five wrong tries an hour, over a reboot and a clock that is set back; then the right code works again.
void wrong_codes_lock(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto digits = world.buy_code({102}, 9);
  world.drop_mail();
  auto wrong = digits;
  wrong.back() = wrong.back() == '0' ? '1' : '0';
  for (int tries = 0; tries < edge::wrong_codes_per_hour_max; ++tries) {
    world.to_box(box, edge::CodeTyped{{102}, wrong});
    world.stop_box(box);
    world.start_box(box);
    world.settle_down(20);
  }
  const auto* room = box.engine->link().state().find({102});
  world.reach_point(room != nullptr && room->open, "the room is not there, so no code would be taken anyway");
  box.clock_error = seconds(-7200);
  world.to_box(box, edge::CodeTyped{{102}, digits});
  require(typed_alone(box) == Money{}, "codes", "a room takes codes although too many wrong ones were typed");
  box.clock_error = {};
  world.pass(hours(1));
  world.to_box(box, edge::CodeTyped{{102}, digits});
  require(typed_alone(box) == yuan(9), "codes", "a room stays locked although the hour has passed");
  for (const auto& [number, payment] : world.facts().payments)
    if (payment.code) world.give(payment);
  end_well(world);
}

/// Somebody goes from room to room with the same paper: no room has had too many wrong tries, and the box has.
void wrong_codes_lock_a_box(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  constexpr RoomId untried{101};
  const auto digits = world.buy_code(untried, 9);
  world.drop_mail();
  int wrong = 0;
  for (const auto& [room, state] : std::map(box.engine->link().state().rooms()))
    for (int tries = 0; room != untried && tries < edge::wrong_codes_per_hour_max; ++tries, ++wrong)
      world.to_box(box, edge::CodeTyped{room, digits});
  world.reach_point(wrong == edge::wrong_codes_per_box_max,
                    std::to_string(wrong) + " wrong codes are not those that lock a box");
  world.to_box(box, edge::CodeTyped{untried, digits});
  require(typed_alone(box) == Money{}, "codes", "a box takes codes although too many wrong ones were typed in all its rooms");
  world.pass(hours(1));
  world.to_box(box, edge::CodeTyped{untried, digits});
  require(typed_alone(box) == yuan(9), "codes", "a box stays locked although the hour has passed");
  for (const auto& [number, payment] : world.facts().payments)
    if (payment.code) world.give(payment);
  end_well(world);
}

/// The codes of a room are used up, or one was told to the wrong person: from then on only codes of the next epoch are taken.
/// What was paid for an older one reaches the room by its sale.
void codes_of_another_epoch(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto older = world.buy_code({102}, 9);
  world.drop_mail();  // the bills alone will show the sales
  const std::string key = "code_epoch/102";
  world.give(cloud::ConfigOrder{world.random().uid(), {1}, key, to_bytes(std::uint32_t{1}), world.next_setting()});
  world.settle_down(200);
  world.reach_point(box.engine->link().state().config().contains(key), "the box has not heard of the new epoch");
  world.to_box(box, edge::CodeTyped{{102}, older});
  require(typed_alone(box) == Money{}, "codes", "a code of an older epoch is honoured");
  const auto newer = world.buy_code({102}, 4);
  world.drop_mail();
  world.to_box(box, edge::CodeTyped{{102}, newer});
  require(typed_alone(box) == yuan(4), "codes", "a code of this epoch is not honoured");
  world.read_bills();
  end_well(world);
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

/// A restored cloud may draw a number again. The second sale is another one, whatever its amount, and whether the first was
/// typed or not.
void code_number_sold_again(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  Money sold;
  for (const bool typed : {true, false}) {
    const RoomId room{typed ? 102U : 105U};
    const auto digits = world.buy_code(room, 9);
    const auto first = world.facts().payments.rbegin()->second;
    world.drop_mail();
    if (typed) {
      world.to_box(box, edge::CodeTyped{room, digits});
      world.reach_point(typed_alone(box) == yuan(9), "the code is not honoured alone");
    }
    for (const auto amount : {yuan(4), yuan(9), yuan(9), yuan(4)}) {
      auto again = world.pay(room, amount);
      again.code = first.code;
      world.facts().payments[again.number] = again;
      world.give(again);
      world.settle_down(200);
      sold.micros += amount.micros;
    }
    world.give(first);
    sold.micros += first.amount.micros;
  }
  end_well(world);
  Money redeemed;
  const StreamId up{{1}, box.holder, Direction::up};
  for (std::uint64_t number = 1; number <= box.disk.head(up).number; ++number)
    if (const auto entry = decode_entry(box.disk.entry(up, number)->bytes); entry && entry->kind == Kind::redeem)
      redeemed.micros += entry->lines[0].amount.micros;
  require(redeemed == sold, "codes",
          "of " + std::to_string(sold.micros) + " sold " + std::to_string(redeemed.micros) + " reached the room");
}

}  // namespace wattle::sim
