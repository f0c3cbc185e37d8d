#include "simulator/scenarios/directed_h.hpp"

#include "simulator/scenarios/directed_b.hpp"

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

}  // namespace wattle::sim
