// Codes: sold, typed, forwarded, guessed; and what a fence or a restore does to them.

#include "simulator/scenarios/stories.hpp"

#include <algorithm>

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

Money typed_alone(BoxNode& box) { return {-box.engine->link().state().codes_balance().micros}; }

}  // namespace

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

/// A code is typed while the building is cut off, then the box burns within the cut, and the bill shows the payment only then.
void fenced_code_paid_later(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto digits = world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();  // the webhook is lost
  world.to_box(box, edge::CodeTyped{{102}, digits});
  world.settle_down(300);
  const auto& used = world.site()->link(box.holder)->state().used_codes();
  world.reach_point(used.contains(sold.code->name), "the cloud has not heard that the code was typed");
  box.dead = true;
  world.stop_box(box);
  world.fence(box.holder, {1});
  world.settle_down(200);
  world.claim({1});
  world.start_box(box_of(world, 1));
  world.settle_down(300);
  world.give(sold);
  end_well(world);
}

/// Cut off, a box honours codes until the cap of its grant is reached, and not one more.
void codes_up_to_the_cap(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.cut(box, true, true);
  constexpr std::int64_t each = 30;
  constexpr std::int64_t honoured = 480;  // sixteen; a seventeenth would pass 500
  const auto before = box.engine->link().state().balance(room_pocket({102}, box.holder));
  for (int sold = 0; sold < 20;) {
    const auto digits = world.buy_code({102}, each);
    if (digits.empty()) continue;  // that number is taken
    ++sold;
    world.to_box(box, edge::CodeTyped{{102}, digits});
  }
  world.drop_mail();  // the webhooks are lost; the bills will show the payments
  const auto typed = static_cast<std::int64_t>(world.facts().typed.size());
  world.reach_point(yuan(typed * each) > yuan(500), "the cap would not be passed");
  const auto after = box.engine->link().state().balance(room_pocket({102}, box.holder));
  require(after.micros - before.micros == yuan(honoured).micros, "codes",
          "alone, codes of " + std::to_string(after.micros - before.micros) + " were honoured");
  end_well(world);
}

/// A code's sale and a refund of all that the room has reach its box in one message: the refund takes the code's money too.
void refund_with_a_code_on_its_way(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto paid = world.pay({102}, yuan(20));
  world.give(paid);
  live(world, 60);
  world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();
  world.cut(box, true, true);
  world.give(sold);
  ReleaseRequest request{world.random().uid(), 1, Utility::none, yuan(29), ReleaseTo::provider, {}, {}};
  for (const auto& one : {paid, sold}) request.payments.push_back({one.provider, one.number, one.amount});
  world.give(cloud::Release{{102}, request});
  world.settle_down(30);
  const auto* asked = world.site()->index().request(request.id);
  world.reach_point(asked != nullptr && !asked->answered && box.engine->link().state().unredeemed().empty(),
                    "the box should have heard of neither");
  world.heal(box);
  live(world, 200);
  require(world.site()->index().request(request.id)->released == yuan(29), "codes", "a refund misses a code's money");
  end_well(world);
}

/// A number is sold twice, typed once, and its box burns. The later sale is booked first and matched, the other one goes on;
/// then the cloud forgets both, and the bills show them in the order in which they were paid.
void number_sold_twice_and_a_restore(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const auto digits = world.buy_code({102}, 9);
  const auto first = world.facts().payments.rbegin()->second;
  world.drop_mail();
  auto again = world.pay({102}, first.amount);
  again.code = first.code;
  world.facts().payments[again.number] = again;
  world.to_box(box, edge::CodeTyped{{102}, digits});
  world.settle_down(300);
  burn(world, box, 1);
  world.settle_down(300);
  replace(world, 1);
  arrive(world, 102, 1);
  world.backup();
  const auto money = [&] {
    const auto& next = box_of(world, 1);
    return next.engine->link().state().balance(room_pocket({102}, next.holder)).micros;
  };
  const auto before = money();
  for (const auto& sale : {again, first}) {
    world.give(sale);
    live(world, 200);
  }
  world.reach_point(world.site()->is_done(again) && world.site()->is_done(first) && money() == before + yuan(9).micros,
                    "one of two sales should have been matched, and the other have reached the room");
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  end_well(world);
  require(money() == before + yuan(9).micros, "codes", "after a restore the room has both sales, or neither");
}

}  // namespace wattle::sim
