#pragma once
// What a cloud does that was restored twice, or whose boxes were lost before they could tell it what they knew.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void second_restore_told_by_an_unheard_box(World& world);
void forgotten_refund_in_parts(World& world);
void causes_lost_with_their_box(World& world);
void suspense_decided_before_a_restore(World& world);

}  // namespace wattle::sim
