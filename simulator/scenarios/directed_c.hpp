#pragma once
// Stories for bugs that no table names: limits, settings, refunds in parts, orders taken back.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

void long_backlog(World& world);
void codes_up_to_the_cap(World& world);
void orders_taken_back_in_time(World& world);
void refund_in_parts(World& world);
void settings_change(World& world);
void override_of_an_older_setting(World& world);
void settings_of_a_later_box(World& world);
void arrears_come_first(World& world);

}  // namespace wattle::sim
