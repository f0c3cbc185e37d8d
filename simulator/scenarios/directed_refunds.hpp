#pragma once
// What is paid back otherwise than it was planned, what was meant for students who have left, what comes twice.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void provider_contradicts_itself(World& world);
void forgotten_refund_that_energy_used(World& world);
void refund_that_nobody_asked_for(World& world);
void suspense_shared_out(World& world);
void code_booked_for_a_past_stay(World& world);
void allowance_of_the_next_term(World& world);
void payment_told_otherwise(World& world);

}  // namespace wattle::sim
