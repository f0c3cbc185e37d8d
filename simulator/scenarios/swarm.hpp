#pragma once
// As many seeds as there is time for, on all cores, in as many sittings as it takes.

#include <string>

#include "simulator/scenarios/runs.hpp"

namespace wattle::sim {

inline constexpr int failures_shown_max = 5;

struct SwarmOrder {
  Options options;
  Seeds seeds;
  double minutes = 0;                       // 0: until the seeds are done
  std::string resume_file;                  // empty: none
  int failures_shown = failures_shown_max;  // shortened, and printed
};

/// The exit code: 0 when every seed was clean in all sittings, 1 when one was not, 2 when the file is of other runs or cannot
/// be written.
int run_swarm(const SwarmOrder& order);

}  // namespace wattle::sim
