#pragma once
// Stories of what two readers' own bugs had shown to go unnoticed: crossings of restore, fence and code, and locks.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void restored_twice(World& world);
void code_after_fence_and_restore(World& world);
void fenced_while_asking(World& world);
void wrong_codes_lock(World& world);
void wrong_codes_lock_a_box(World& world);
void fence_after_a_cancelled_move(World& world);
void code_number_sold_again(World& world);
void codes_of_another_epoch(World& world);

}  // namespace wattle::sim
