#pragma once
// The stories for the planted bugs 23 to 45.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

}  // namespace wattle::sim
