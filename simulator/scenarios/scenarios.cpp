// The list of all stories.

#include "simulator/scenarios/scenario.hpp"

#include <algorithm>
#include <vector>

#include "simulator/scenarios/directed.hpp"
#include "simulator/scenarios/directed_b.hpp"

namespace wattle::sim {

Options calm(std::uint64_t seed) {
  Options options;
  options.seed = seed;
  options.faults.reset();
  return options;
}

std::span<const Scenario> scenarios() {
  static const std::vector<Scenario> all = {
      // name, what is told, function, options
  };
  return all;
}

const Scenario* find_scenario(std::string_view name) {
  const auto all = scenarios();
  const auto at = std::find_if(all.begin(), all.end(), [&](const Scenario& scenario) { return name == scenario.name; });
  return at == all.end() ? nullptr : &*at;
}

}  // namespace wattle::sim
