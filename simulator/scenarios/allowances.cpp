// Money that ends with the term, where its room or its box changes.

#include "simulator/scenarios/stories.hpp"

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

void grant_allowance(World& world) {
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(5), "spring"});
  world.settle_down(200);
  const auto& box = box_of(world, 1);
  const auto granted = box.engine->link().state().balance(allow_pocket({102}, Utility::electricity, box.holder));
  world.reach_point(granted.micros > 0, "the allowance has not come to the room");
}

}  // namespace

void allowance_moves(World& world) {
  get_going(world);
  grant_allowance(world);
  move_to(world, 102, 2);
  end_well(world);
}

void allowance_over_a_fence(World& world) {
  get_going(world);
  grant_allowance(world);
  auto& box = box_of(world, 1);
  box.dead = true;
  world.stop_box(box);
  world.fence(box.holder, {2});
  world.settle_down(300);
  world.claim({1});
  world.start_box(box_of(world, 1));
  end_well(world);
}

/// A term is ended, the next one granted and ended too, all before the box has been reached: nothing is left of either.
void two_terms_end(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(3), "spring"});
  live(world, 200);
  world.cut(box, true, true);
  const auto end = [&] {
    return cloud::Release{{102}, {world.random().uid(), 1, Utility::electricity, yuan(100), ReleaseTo::subsidy, {}, {}}};
  };
  const auto first = end();
  world.give(first);
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(5), "autumn"});
  world.give(end());
  world.settle_down(100);
  const auto* asked = world.site()->index().request(first.request.id);
  world.reach_point(asked != nullptr && !asked->answered, "the end of the first term should be asked for and not answered");
  world.heal(box);
  live(world, 400);
  const auto left = box.engine->link().state().balance(allow_pocket({102}, Utility::electricity, box.holder));
  require(left.micros == 0, "allowance",
          "the second term has ended, and its allowance is there: " + std::to_string(left.micros));
  end_well(world);
}

/// The last term's allowance is asked back, and the box has not answered yet when the next one's is granted: that one waits.
void allowance_of_the_next_term(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(3), "spring"});
  live(world, 200);
  world.cut(box, true, true);
  const ReleaseRequest end{world.random().uid(), 1, Utility::electricity, yuan(100), ReleaseTo::subsidy, {}, {}};
  world.give(cloud::Release{{102}, end});
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(5), "autumn"});
  world.settle_down(100);
  const auto* asked = world.site()->index().request(end.id);
  world.reach_point(asked != nullptr && !asked->answered, "the end of the term should be asked for and not answered");
  world.heal(box);
  live(world, 300);
  const auto left = box.engine->link().state().balance(allow_pocket({102}, Utility::electricity, box.holder));
  require(left == yuan(5), "allowance",
          "the next term's allowance went back with the last one's: " + std::to_string(left.micros));
  end_well(world);
}

}  // namespace wattle::sim
