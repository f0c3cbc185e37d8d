// How fast the simulation is, on which the long runs rest: events that cores are given, a second of processor time.

#include "simulator/nodes/world.hpp"
#include "simulator/scenarios/runs.hpp"
#include "tests/bench/figure.hpp"

namespace wattle::bench {

void measure_sim(Effort effort, const Report& report) {
  const std::uint64_t seeds = effort == Effort::small ? 2 : effort == Effort::normal ? 30 : 300;
  std::uint64_t events = 0;
  const auto begin = cpu_seconds();
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    sim::Options options;
    options.seed = seed;
    options.steps = effort == Effort::small ? 200 : 5000;
    options.faults.set(static_cast<std::size_t>(sim::Fault::buses), seed % sim::buses_one_in == 0);  // as the swarm
    sim::World world(options);
    world.run();  // throws what it finds
    events += world.events();
  }
  const auto seconds = cpu_seconds() - begin;
  Figure figure{"sim.events", static_cast<double>(events) / seconds, "1/s"};
  figure.target = 100'000;
  report(figure);
  report({"sim.run", seconds * 1000 / static_cast<double>(seeds), "ms"});
}

}  // namespace wattle::bench
