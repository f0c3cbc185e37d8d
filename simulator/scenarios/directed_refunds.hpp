#pragma once
// What is paid back otherwise than it was planned, and what was meant for students who have left.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void provider_contradicts_itself(World& world);
void forgotten_refund_that_energy_used(World& world);
void refund_that_nobody_asked_for(World& world);
void suspense_shared_out(World& world);
void code_booked_for_a_past_stay(World& world);

}  // namespace wattle::sim
