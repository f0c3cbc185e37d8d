#pragma once
// The stories for the planted bugs 01 to 22.

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

}  // namespace wattle::sim
