#pragma once
// The buses and meters of the box's file.

#include "edge/config.hpp"
#include "shared/io/config.hpp"

namespace wattle::edge {

void read_buses(ConfigSection& root, EdgeConfig& config);
/// After the buses. Models are looked up in the folder that `profiles` names, then among those that are shipped.
void read_meters(ConfigSection& root, EdgeConfig& config);

}  // namespace wattle::edge
