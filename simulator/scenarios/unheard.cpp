// What a cloud does that was restored twice, or whose boxes were lost before they could tell it what they knew.

#include "simulator/scenarios/stories.hpp"

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

bool is_unheard(World& world, std::uint32_t slot) { return world.site()->boxes().at(box_of(world, slot).holder).unheard; }

/// After a restore that everybody knows of: boxes 1 and 3 have spoken, the bills are read, and box 2 is still away.
void hear_all_but_the_second(World& world) {
  world.backup();
  world.cut(box_of(world, 2), true, true);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(300);
  require(!is_unheard(world, 1) && is_unheard(world, 2) && !is_unheard(world, 3) && !world.site()->bills_missing(), "story",
          "not all but the second box have spoken");
}

}  // namespace

/// The backup was made while one box had still to speak. What was paid after that is forgotten by a restore that nobody tells
/// of, and only that box can speak of it.
void second_restore_told_by_an_unheard_box(World& world) {
  get_going(world);
  hear_all_but_the_second(world);
  world.backup();
  world.heal(box_of(world, 2));
  world.settle_down(300);
  world.cut(box_of(world, 1), true, true);
  pay_in(world, 102, yuan(7));
  pay_in(world, 103, yuan(5));
  world.settle_down(300);
  world.cut(box_of(world, 3), true, true);
  world.facts().lists.heads.clear();
  restore_from(world, world.backups() - 1, false);
  world.reach_point(!is_unheard(world, 1) && is_unheard(world, 2) && !is_unheard(world, 3) && !world.site()->bills_missing(),
                    "the backup is not of the time when the second box had still to speak");
  world.settle_down(300);
  require(is_unheard(world, 1) && is_unheard(world, 3) && world.site()->bills_missing(), "restore",
          "only a box that was not heard yet names what the cloud has forgotten, and the cloud goes on as if nothing were");
  world.settle_down(300);
  require(!is_unheard(world, 2), "liveness", "a box that has told of a restore is told of one without end");
  end_well(world);
}

namespace {

Money paid_back(World& world) {
  Money sum;
  for (const auto& [key, refund] : world.facts().refunds)
    if (refund.outcome == cloud::RefundOutcome::paid) sum.micros += refund.amount.micros;
  return sum;
}

Money balance_of(World& world, std::uint32_t room, std::uint32_t slot) {
  const auto& box = box_of(world, slot);
  return box.engine->link().state().balance(room_pocket({room}, box.holder));
}

/// The cloud is restored to its newest backup, and the box does not live to tell it what it knows.
void restore_without(World& world, std::uint32_t slot) {
  auto& box = box_of(world, slot);
  box.dead = true;
  world.stop_box(box);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  world.settle_down(300);
  require(is_unheard(world, slot), "story", "the box has spoken");
  world.fence(box.holder, {slot});
  world.settle_down(200);
  require(world.site()->link(box.holder)->row().fenced, "story", "the box is not fenced");
}

}  // namespace

/// Money goes back to two payments. Then nobody knows of it any more but the bills: not the cloud, which is restored, nor the
/// box, which is lost, nor the journal. The room must not keep what its students have in their hands.
void forgotten_refund_in_parts(World& world) {
  get_going(world);
  std::vector<cloud::Payment> payments;
  for (const auto micros : {7'000'000, 5'000'000, 4'000'000}) {
    payments.push_back(world.pay({102}, Money{micros}));
    world.give(payments.back());
  }
  world.settle_down(300);
  world.backup();
  const auto before = balance_of(world, 102, 1);
  ReleaseRequest request{world.random().uid(), 1, Utility::none, yuan(11), ReleaseTo::provider, {}, {}};
  for (const auto& payment : {payments[0], payments[1]})
    request.payments.push_back({payment.provider, payment.number, payment.amount});
  world.give(cloud::Release{{102}, request});
  world.settle_down(300);
  require(paid_back(world) == yuan(11), "story", "the refund is not paid");
  std::erase_if(world.facts().journal, [](const auto& order) { return std::holds_alternative<cloud::Release>(order); });
  restore_without(world, 1);
  replace(world, 1);
  arrive(world, 102, 1);
  world.reach_point(paid_back(world) == yuan(11) && world.site()->boxes().size() > 3, "no other box has come");
  live(world, 200);
  require(balance_of(world, 102, 1) == Money{before.micros - yuan(11).micros}, "provider's bill",
          "the room keeps a part of what was paid back: " + std::to_string(balance_of(world, 102, 1).micros));
  end_well(world);
}

/// Since the backup room 102 has given money to room 103, which lives at box 2, and has moved there itself; and at its old box
/// somebody has paid cash for room 103. Box 2 tells all that, and names entries of box 1 that nobody has any more.
void causes_lost_with_their_box(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(20));
  world.settle_down(300);
  world.backup();
  const auto before = balance_of(world, 102, 1);
  const auto other = balance_of(world, 103, 2);
  const ReleaseRequest request{world.random().uid(), 1, Utility::none, yuan(3), ReleaseTo::room, {103}, {}};
  world.give(cloud::Release{{102}, request, 1});
  world.to_box(box_of(world, 1), edge::CashTaken{{103}, yuan(4)});
  live(world, 300);
  move_to(world, 102, 2);
  arrive(world, 102, 2);
  world.settle_down(100);
  require(balance_of(world, 102, 2) == Money{before.micros - yuan(3).micros}, "story", "the room has not all its money");
  require(balance_of(world, 103, 2) == Money{other.micros + yuan(7).micros}, "story",
          "the other room has not what it was given");
  restore_without(world, 1);
  const auto* chain = world.site()->index().room({102});
  world.reach_point(chain != nullptr && chain->links.contains(box_of(world, 2).holder), "box 2 has told nothing of the room");
  require(!chain->has_hole() && chain->open_at() == box_of(world, 2).holder, "fence",
          "a room whose close was lost with its box stays closed to everybody");
  require(world.was_told(cloud::Alarm::cause_lost), "fence", "causes are lost, and nobody is told");
  replace(world, 1);
  end_well(world);
  require(world.site()->index().balance(suspense_pocket()).micros == 0, "fence", "there is a difference where nothing is lost");
}

/// Since the backup room 102 has used more than it had, has moved to box 2 with that debt, and has paid it there. Box 1 is lost
/// with what it knew of the use: a person decides about what was paid for it.
void debt_lost_with_its_box(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(1));
  world.settle_down(200);
  world.backup();
  world.pass(minutes(10));
  world.use_energy({1020}, 9000);
  world.read_meters(box_of(world, 1));
  world.settle_down(50);
  move_to(world, 102, 2);
  arrive(world, 102, 2);
  const Money owed{-world.site()->index().balance(arrears_pocket({102})).micros};
  require(owed.micros > 0, "story", "the room left no debt");
  pay_in(world, 102, yuan(10));
  live(world, 100);
  restore_without(world, 1);
  replace(world, 1);
  live(world, 200);
  const auto& index = world.site()->index();
  world.reach_point(index.room({102})->open_at() == box_of(world, 2).holder, "the room is not at box 2");
  require(world.was_told(cloud::Alarm::cause_lost), "fence", "causes are lost, and nobody is told");
  require(
      index.balance(arrears_pocket({102})).micros == 0, "arrears",
      "what was paid for a debt that is lost lies in arrears: " + std::to_string(index.balance(arrears_pocket({102})).micros));
  require(index.balance(suspense_pocket()) == Money{owed.micros + yuan(1).micros}, "arrears",
          "what the room had and what was paid for its debt, both used up behind the cut, are not in suspense");
  // The same stay's next debt is one like any other.
  world.use_energy({1020}, 60'000);
  world.read_meters(box_of(world, 2));
  world.settle_down(50);
  move_to(world, 102, 3);
  arrive(world, 102, 3);
  require(index.balance(arrears_pocket({102})).micros < 0, "story", "the room left no second debt");
  pay_in(world, 102, yuan(100));
  live(world, 100);
  require(world.site()->index().balance(arrears_pocket({102})).micros == 0, "arrears",
          "the next debt of a stay whose payment was put aside is never paid: " +
              std::to_string(world.site()->index().balance(arrears_pocket({102})).micros));
  // Not to its end: of the energy itself nobody knows any more, which the check of the meters would report.
}

/// Students leave with money in their room, and a person gives it to room 103, where they live now. The cloud forgets the end
/// of their stay and the decision, and finds both again: from the boxes and from the journal.
void suspense_decided_before_a_restore(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(9));
  world.settle_down(200);
  world.backup();
  world.change_students({102});
  live(world, 600);
  const auto& suspended = world.site()->index().suspended();
  require(suspended.size() == 1 && suspended.begin()->second == yuan(9), "story", "the room's money is not in suspense");
  const cloud::Resolution decision{
      world.random().uid(), std::string(suspended.begin()->first.text()), cloud::ResolveTo::room, {103}, 1, {}, yuan(9)};
  const auto before = balance_of(world, 103, 2);
  world.give(decision);
  world.give(decision);
  live(world, 100);
  require(balance_of(world, 103, 2) == Money{before.micros + yuan(9).micros}, "suspense",
          "what was decided is not in the room");
  restore_from(world, world.backups() - 1, true);
  world.reach_point(!world.site()->orders().contains(cloud::id_of(decision)), "the cloud has not forgotten the decision");
  end_well(world);
  require(balance_of(world, 103, 2) == Money{before.micros + yuan(9).micros}, "suspense", "it is in the room twice, or not");
  require(world.site()->index().balance(suspense_pocket()).micros == 0, "suspense", "it is still in suspense");
  require(!world.was_told(cloud::Alarm::resolution_waits), "suspense", "money that comes back is said to be missing");
}

/// A code was sold at box 1, and its room has moved to box 2. Since the backup box 1 has sent it on, and box 2 has it; then box
/// 1 is lost. It is one code, whoever tells of it.
void code_sent_on_by_a_lost_box(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.buy_code({102}, 9);
  const auto sold = world.facts().payments.rbegin()->second;
  world.drop_mail();
  move_to(world, 102, 2);
  arrive(world, 102, 2);
  const auto before = balance_of(world, 102, 2);
  world.give(sold);
  const auto is_agreed = [&] {
    world.drop_batches(box.holder);
    const auto* link = world.site()->link(box.holder);
    return world.site()->is_done(sold) && link->row().agreed == link->down().head().number;
  };
  for (int step = 0; step < 400 && !is_agreed(); ++step) world.settle_down(1);
  require(is_agreed(), "story", "the box does not say that it has the code's sale");
  world.backup();
  live(world, 200);
  require(balance_of(world, 102, 2) == Money{before.micros + yuan(9).micros}, "story", "the code has not reached its room");
  restore_without(world, 1);
  world.reach_point(!world.site()->link(box.holder)->state().unredeemed().empty(), "the code's sale was forgotten as well");
  replace(world, 1);
  end_well(world);
  require(balance_of(world, 102, 2) == Money{before.micros + yuan(9).micros}, "codes", "the room has its code twice, or not");
  require(world.site()->index().balance(drawer_pocket(box.holder)).micros == 0, "codes",
          "a code that was sent on is taken for cash");
}

}  // namespace wattle::sim
