// wattle-sim: the deterministic simulation. The exit code is 0 when nothing was found, 1 when something was, 2 for a wrong
// call.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <map>

#include "simulator/scenarios/fault_list.hpp"
#include "simulator/scenarios/swarm.hpp"

namespace wattle::sim {

namespace {

struct Call {
  Options options;
  std::string seeds;
  std::string scenario;
  std::string faults;
  bool list = false;
  bool swarm = false;
  bool first = false;
  bool no_shortening = false;
  unsigned processes = 0;
  double minutes = 0;
  std::string resume;
};

bool parse_seeds(const std::string& text, Seeds& seeds) {
  unsigned long long from = 0;
  unsigned long long to = 0;
  char rest = 0;
  if (std::sscanf(text.c_str(), "%llu-%llu%c", &from, &to, &rest) != 2 || from == 0 || to < from) return false;
  seeds.from = from;
  seeds.to = to;
  return true;
}

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
  if (call.scenario != "all" && find_scenario(call.scenario) == nullptr) {
    std::fprintf(stderr, "there is no scenario '%s'; --list names them\n", call.scenario.c_str());
    return 2;
  }
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
  const bool shows = options.trace || options.trace_room != 0 || options.trace_slot != 0;
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

int run(Call& call) {
  const auto faults = parse_faults(call.faults.empty() ? "all" : call.faults);
  if (!faults) {
    std::fprintf(stderr, "--faults: '%s' has a name that is none; --list names them\n", call.faults.c_str());
    return 2;
  }
  call.options.faults = *faults;
  call.options.buses_by_seed = call.faults.empty();
  Seeds seeds{1, ~0ULL >> 1, call.processes};
  if (seeds.processes == 0) seeds.processes = static_cast<unsigned>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  if (call.options.trace) {
    seeds.processes = 1;                             // one tale after the other
    std::setvbuf(stdout, nullptr, _IOLBF, 1 << 16);  // the tale of a run that dies goes up to its death
  }
  if (!call.seeds.empty() && !parse_seeds(call.seeds, seeds)) {
    std::fprintf(stderr, "--seeds wants A-B with 1 ≤ A ≤ B\n");
    return 2;
  }
  if (call.list) return list_all(), 0;
  if (!call.scenario.empty()) return run_scenarios(call);
  if (call.swarm) return run_swarm({call.options, seeds, call.minutes, call.resume});
  if (!call.seeds.empty()) return run_range(call, seeds);
  return run_one(call);
}

}  // namespace

}  // namespace wattle::sim

int main(int argc, char** argv) {
  wattle::sim::Call call;
  CLI::App app("The site in one process, on the product's own cores, under every fault. The same seed gives the same bytes.");
  app.add_option("--seed", call.options.seed, "one run");
  app.add_option("--seeds", call.seeds, "A-B: these runs");
  app.add_option("--steps", call.options.steps, "of each run, before the faults stop")->capture_default_str();
  app.add_option(
      "--faults", call.faults,
      "names with commas between: these alone; -name: all but it (write --faults=-name); see --list. If not given: all, with "
      "buses in 1 seed of 3");
  app.add_flag("--trace", call.options.trace, "print what happens");
  app.add_option("--room", call.options.trace_room, "print this room's entries at the end");
  app.add_option("--slot", call.options.trace_slot, "print the entries of this slot's streams at the end");
  app.add_flag("--real-crypto", call.options.real_crypto, "in every run; else in 1 of 50");
  app.add_flag("--swarm", call.swarm, "seeds without end on all cores, with throughput");
  app.add_option("--minutes", call.minutes, "end the swarm after so long");
  app.add_option("--resume", call.resume, "FILE in which the swarm keeps how far it has come");
  app.add_option("--processes", call.processes, "as many at once; all cores if not given");
  app.add_flag("--first", call.first, "end at the first failure");
  app.add_flag("--as-found", call.no_shortening, "print failures without shortening them");
  app.add_option("--scenario", call.scenario, "a directed scenario by name, or all");
  app.add_flag("--list", call.list, "name scenarios and faults");
  app.footer("`./wattle sim planted [NUMBER…]` plants known bugs one at a time and looks whether they are found.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  return wattle::sim::run(call);
}
