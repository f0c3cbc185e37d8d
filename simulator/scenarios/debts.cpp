// Stays that end with a debt: it is theirs, and nobody else pays it.

#include "simulator/scenarios/deeds.hpp"
#include "simulator/scenarios/stories.hpp"

namespace wattle::sim {

namespace {

/// Room 102 has a yuan on its way, and uses more than that.
void overdraw(World& world) {
  world.settle_down(200);
  world.pass(minutes(10));
  world.use_energy({1020}, 9000);
  world.read_meters(box_of(world, 1));
  world.settle_down(50);
}

/// The room's money, in arrears, once it has moved to the second box.
Money move_in_debt(World& world) {
  move_to(world, 102, 2);
  arrive(world, 102, 2);
  const auto owed = world.site()->index().balance(arrears_pocket({102}));
  world.reach_point(owed.micros < 0, "the room left no debt");
  return owed;
}

}  // namespace

/// Those who lived there leave owing; the next ones do not inherit it. The term's allowance is the room's, and granted once.
void stay_that_ends_in_debt(World& world) {
  get_going(world);
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(1), "spring"});
  overdraw(world);
  move_in_debt(world);
  world.change_students({102});
  live(world, 600);
  require(world.site()->index().room({102})->opening() == 2, "story", "the next students have not come");
  world.give(cloud::AllowanceGrant{{102}, 2, Utility::electricity, yuan(1), "spring"});
  end_well(world);
}

/// Somebody who left a debt behind at one box pays cash at the next one, and moves out with that in his room: his own debt is
/// paid first, and what a person may give back is what is left.
void debt_and_money_of_one_stay(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(1));
  overdraw(world);
  const auto owed = move_in_debt(world);
  const auto& index = world.site()->index();
  world.to_box(box_of(world, 2), edge::CashTaken{{102}, yuan(50)});
  live(world, 200);
  world.change_students({102});
  live(world, 600);
  require(index.room({102})->opening() == 2, "story", "the next students have not come");
  std::int64_t undecided = 0;
  for (const auto& [name, money] : world.site()->undecided()) undecided += money.micros;
  require(undecided == yuan(50).micros + owed.micros, "suspense", "what may be given back is not what was left after the debt");
  require(index.balance(suspense_pocket()).micros == undecided, "suspense", "more may be given back than there is");
  end_well(world);
}

/// The next students live there already when the cloud forgets that it has written off the last ones' debt, and they pay before
/// every box has been heard.
void written_off_before_a_restore(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(1));
  overdraw(world);
  world.backup();
  world.change_students({102});
  live(world, 600);
  const auto holder = world.site()->index().room({102})->open_at();
  world.reach_point(holder && world.site()->index().room({102})->opening() == 2 &&
                        world.site()->index().balance(suspense_pocket()).micros < 0,
                    "the next students have not come, or nothing was written off");
  const std::uint32_t away = holder->edge.value == 2 ? 3 : 2;
  world.cut(box_of(world, away), true, true);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  live(world, 300);
  const auto owed = world.site()->index().balance(arrears_pocket({102}));
  world.reach_point(owed.micros < 0 && !world.site()->is_settled(), "the cloud knows of no debt, or all boxes are heard");
  pay_in(world, 102, yuan(10));
  live(world, 200);
  const auto left = world.site()->index().balance(arrears_pocket({102}));
  require(left == owed, "arrears", "the next students pay what the last ones owed");
  world.heal(box_of(world, away));
  end_well(world);
  require(world.site()->index().balance(arrears_pocket({102})).micros == 0, "arrears", "an ended stay's debt is left");
}

}  // namespace wattle::sim
