#pragma once
// The stories for the planted bugs 01 to 22.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void fence_while_the_old_box_talks(World& world);
void fence_after_money_that_was_read(World& world);
void restore_from_before_a_fence(World& world);
void branch_under_known_numbers(World& world);
void sale_on_a_branch_set_aside(World& world);
void sale_that_is_in_the_books_already(World& world);
void credit_waits_for_the_close(World& world);

}  // namespace wattle::sim
