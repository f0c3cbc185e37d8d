#pragma once
// Stories of what must wait: for a restore to be noticed, for a fence to be listed, for a room to be somewhere.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void restore_that_a_box_shows(World& world);
void database_rolled_back_beneath(World& world);
void twins_by_turns(World& world);
void rehome_while_restoring(World& world);
void rehome_that_is_forgotten(World& world);
void sales_before_the_fence_is_listed(World& world);
void number_sold_again_after_its_fence(World& world);
void paid_between_two_boxes(World& world);
void stay_that_ends_in_debt(World& world);

void settlement_of_another_state(World& world);

}  // namespace wattle::sim
