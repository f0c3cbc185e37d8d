// A setting changes, is overridden at its box, and comes to a box that is later.

#include "simulator/scenarios/stories.hpp"

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

cloud::ConfigOrder setting(World& world, std::uint32_t slot, std::uint8_t value) {
  return {world.random().uid(), {slot}, "limit", {value}, world.next_setting()};
}

void require_setting(World& world, std::uint32_t slot, std::uint8_t value) {
  const auto& config = box_of(world, slot).engine->link().state().config();
  const auto at = config.find("limit");
  require(at != config.end() && at->second.value == Bytes{value}, "settings",
          "box " + std::to_string(slot) + " does not have the newest value");
}

}  // namespace

/// The newest value counts, over the caretaker's override of an older one.
void settings_change(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.give(setting(world, 1, 1));
  world.settle_down(200);
  require_setting(world, 1, 1);
  world.to_box(box, edge::ConfigOverridden{"limit", {9}});
  world.settle_down(200);
  require_setting(world, 1, 9);
  world.reach_point(box.engine->link().state().config().at("limit").overridden, "the setting is not overridden");
  world.give(setting(world, 1, 2));
  world.give(setting(world, 2, 7));
  world.settle_down(200);
  require_setting(world, 1, 2);
  require_setting(world, 2, 7);
  end_well(world);
}

/// The disk forgets; alone, the caretaker overrides a setting that the cloud has changed meanwhile. His override names the
/// value that he saw, so the newer one stays.
void override_of_an_older_setting(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  const StreamId up{{1}, box.holder, Direction::up};
  world.give(setting(world, 1, 1));
  world.settle_down(200);
  write_often(world, box, box.disk.head(up).number + 3);
  world.settle_down(200);
  world.stop_box(box);
  forget(box, 2);
  world.cut(box, true, true);
  world.start_box(box);
  world.pass(minutes(2));
  world.to_box(box, edge::ConfigOverridden{"limit", {8}});
  require_setting(world, 1, 8);
  world.give(setting(world, 1, 2));
  world.heal(box);
  const StreamId down{{1}, box.holder, Direction::down};
  for (int step = 0; step < 400 && box.disk.head(down) != world.database().head(down); ++step) {
    world.settle_down(1);
    world.drop_copies();  // it has stored the new value before it is given back what it forgot
  }
  world.reach_point(box.engine->link().row().asking, "the box does not ask");
  end_well(world);
  require_setting(world, 1, 2);
}

/// The newest setting is also that of a box which comes later.
void settings_of_a_later_box(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  constexpr std::uint8_t newest = 8;
  for (std::uint8_t value = 1; value <= newest; ++value) {
    world.give(setting(world, 1, value));
    world.settle_down(50);
  }
  box.dead = true;
  world.stop_box(box);
  world.fence(box.holder, {1});
  world.settle_down(300);
  world.claim({1});
  world.reach_point(box_of(world, 1).holder != box.holder, "no other box has come");
  world.start_box(box_of(world, 1));
  end_well(world);
  require_setting(world, 1, newest);
}

/// A box that writes little settles all the same, once in a month.
void settles_by_the_month(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.to_box(box, edge::CashTaken{{102}, yuan(1)});
  world.settle_down(200);
  const auto settled = [&] { return box.engine->link().state().settlement().number; };
  world.reach_point(settled() == 0, "the box has settled before it wrote anything worth it");
  world.pass(days(31));
  live(world, 200);
  require(settled() != 0, "retention", "a box that writes little never settles, and never may drop anything");
  end_well(world);
}

}  // namespace wattle::sim
