// wattle-sim: the deterministic simulation. The exit code is 0 when nothing was found, 1 when something was, 2 for a wrong
// call.

#include <unistd.h>

#include <cstdio>
#include <map>

#include "simulator/scenarios/call.hpp"
#include "simulator/scenarios/swarm.hpp"

namespace wattle::sim {

namespace {

void list_all() {
  std::printf("scenarios:\n");
  for (const auto& scenario : scenarios()) std::printf("  %-32s %s\n", scenario.name, scenario.summary);
  std::printf("faults:\n ");
  for (const auto* name : fault_names) std::printf(" %s", name);
  std::printf("\n");
}

void print(const std::string& name, const Outcome& outcome) {
  if (outcome.failed())
    std::printf("%s: FAILED %s\n", name.c_str(), outcome.text.c_str());
  else
    std::printf("%s: clean, %llu events\n", name.c_str(), static_cast<unsigned long long>(outcome.events));
}

int run_scenarios(const Call& call) {
  int failed = 0;
  constexpr unsigned seconds_max = 60;
  for (auto scenario : scenarios()) {
    if (call.scenario != "all" && call.scenario != scenario.name) continue;
    scenario.options.trace = call.options.trace;
    const auto outcome = apart([&] { return run_scenario(scenario); }, seconds_max);
    print(scenario.name, outcome);
    failed += outcome.failed() ? 1 : 0;
  }
  return failed == 0 ? 0 : 1;
}

int run_one(const Call& call) {
  const auto& options = call.options;
  const bool shows = options.trace.on;
  const auto outcome = shows ? run_seed(options) : run_seed_apart(options);
  print("seed " + std::to_string(options.seed), outcome);
  if (!outcome.failed()) return 0;
  if (!shows && !call.no_shortening) std::printf("  %s\n", command_of(shortened(options, outcome.check)).c_str());
  return 1;
}

/// In the order of the seeds, so that the same call prints the same bytes.
int run_range(const Call& call, const Seeds& seeds) {
  std::map<std::uint64_t, Outcome> failures;
  std::uint64_t events = 0;
  std::uint64_t done = 0;
  run_seeds(call.options, seeds, [&](std::uint64_t seed, const Outcome& outcome) {
    ++done;
    events += outcome.events;
    if (outcome.failed()) failures.emplace(seed, outcome);
    return failures.empty() || !call.first;
  });
  int shown = 0;
  for (const auto& [seed, outcome] : failures) {
    constexpr int shortened_max = 5;
    auto options = call.options;
    options.seed = seed;
    if (!call.no_shortening && shown++ < shortened_max) options = shortened(options, outcome.check);
    std::printf("seed %llu: FAILED %s\n  %s\n", static_cast<unsigned long long>(seed), outcome.text.c_str(),
                command_of(options).c_str());
  }
  std::printf("%llu seeds × %llu steps, %zu failed, %llu events; 1 seed in %llu with real cryptography\n",
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(call.options.steps), failures.size(),
              static_cast<unsigned long long>(events), static_cast<unsigned long long>(real_crypto_one_in));
  return failures.empty() ? 0 : 1;
}

int run(const Call& call) {
  auto seeds = call.seeds.value_or(Seeds{1, seeds_max, 1});
  const auto cores = static_cast<std::uint64_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  seeds.processes = static_cast<unsigned>(call.processes != 0 ? call.processes : cores);
  if (call.options.trace.on) {
    seeds.processes = 1;                             // one tale after the other
    std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);  // the tale of a run that dies goes up to its death
  }
  if (call.list) return list_all(), 0;
  if (!call.scenario.empty()) return run_scenarios(call);
  if (call.swarm)
    return run_swarm({call.options, seeds, call.minutes, call.resume, call.no_shortening ? 0 : failures_shown_max});
  if (call.seeds) return run_range(call, seeds);
  return run_one(call);
}

}  // namespace

}  // namespace wattle::sim

int main(int argc, char** argv) {
  int exit_code = 0;
  const auto call = wattle::sim::parse_call(argc, argv, exit_code);
  return call ? wattle::sim::run(*call) : exit_code;
}
