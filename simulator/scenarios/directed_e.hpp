#pragma once
// Stories of prices and clocks, and of cash for a room that is leaving.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void bands_and_seasons(World& world);
void meter_changed_without_a_clock(World& world);
void cash_while_leaving(World& world);

}  // namespace wattle::sim
