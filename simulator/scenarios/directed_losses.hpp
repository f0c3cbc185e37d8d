#pragma once
// What nothing can heal: it must end in a reported difference, never in a silent one. And disks that are full.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void box_lost_before_it_spoke(World& world);
void disk_lies_before_the_box_spoke(World& world);
void cash_desk_forgotten(World& world);
void full_disks(World& world);
void override_set_aside(World& world);

}  // namespace wattle::sim
