#pragma once
// Named stories beside the swarm: a short script on the World's own moves, which shows with certainty what the swarm meets
// rarely. Green on the right sources; with its bug planted it must throw a Violation. Each says where its point is, by
// World::reach_point: a story that ends before it has shown nothing, and fails.

#include <span>
#include <string_view>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

struct Scenario {
  const char* name;
  const char* summary;
  void (*run)(World&);
  Options options;
};

/// All of them, as scenarios.cpp lists them.
std::span<const Scenario> scenarios();
/// Null when there is none of that name.
const Scenario* find_scenario(std::string_view name);

/// Nothing goes wrong but what the story does itself: no faults, no people.
Options calm(std::uint64_t seed = 1);

}  // namespace wattle::sim
