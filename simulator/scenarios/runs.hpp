#pragma once
// One run, many runs, and the shortest run that still fails. Each runs in a child process, so that an own CHECK that ends the
// process, or a run that never ends, is a finding like any other.

#include <functional>

#include "simulator/scenarios/scenario.hpp"

namespace wattle::sim {

struct Outcome {
  std::string check;  // which did not hold; empty: all did
  std::string text;
  std::uint64_t events = 0;
  bool failed() const { return !check.empty(); }
};

/// One seed in fifty runs with the real cryptography by itself.
inline constexpr std::uint64_t real_crypto_one_in = 50;

/// One in three has meters on buses, where that is left to the seed.
inline constexpr std::uint64_t buses_one_in = 3;

/// In this process.
Outcome run_seed(const Options& options);
Outcome run_scenario(const Scenario& scenario);
/// In a child process.
Outcome apart(const std::function<Outcome()>& run, unsigned seconds_max);
Outcome run_seed_apart(const Options& options);

/// Fewer steps, then fewer faults, as long as the same check fails. At most `tries_max` runs.
Options shortened(Options options, const std::string& check, int tries_max = 40);

/// The command that runs the same again.
std::string command_of(const Options& options);

struct Seeds {
  std::uint64_t from = 1;
  std::uint64_t to = 1;
  unsigned processes = 1;
};
/// Told of each seed when it is done, in whatever order; false ends it all.
using Done = std::function<bool(std::uint64_t seed, const Outcome& outcome)>;
void run_seeds(const Options& options, const Seeds& seeds, const Done& done);

}  // namespace wattle::sim
