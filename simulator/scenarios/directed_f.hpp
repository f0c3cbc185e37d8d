#pragma once
// Stories on the wire between a box and its meters.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void hair_dryer_over_the_wire(World& world);
void answer_that_was_missed(World& world);

}  // namespace wattle::sim
