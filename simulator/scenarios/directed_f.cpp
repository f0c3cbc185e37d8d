#include "simulator/scenarios/directed_f.hpp"

#include "shared/policy/registers.hpp"
#include "simulator/scenarios/directed_b.hpp"

namespace wattle::sim {

namespace {

constexpr int sweeps_max = 10;  // within which a dryer trips, with a patience of some seconds
constexpr int sweeps_for_a_retry = 3;

void limit_to(World& world, CircuitId circuit, Power limit) {
  ControlSettings settings;
  settings.trip.limit = limit;
  settings.trip.patience = seconds(3);
  settings.trip.restore_minutes = 0;  // a person puts it back
  world.configure(control_key(circuit), world.meaning(settings), world.home_of(circuit));
}

/// Sweeps until this has happened; false when it has not within so many.
bool sweep_until(World& world, BoxNode& box, int most, const std::function<bool()>& happened) {
  for (int sweep = 0; sweep < most && !happened(); ++sweep) {
    world.use_energy({1020}, 10);
    world.read_meters(box);
  }
  return happened();
}

/// The wire swallows the first command, so the relay stays closed until the plan has read it back and tried again.
void trip(World& world, BoxNode& box, CircuitId circuit) {
  const auto& meter = world.facts().meters.at(circuit);
  require(sweep_until(world, box, sweeps_max, [&] { return meter.relay_closed; }), "story", "the circuit is not on");
  box.bus->commands_to_lose = 1;
  world.load(circuit, 1800);
  world.reach_point(sweep_until(world, box, sweeps_max, [&] { return box.bus->commands_to_lose == 0; }), "nothing was ordered");
  const bool opened = sweep_until(world, box, sweeps_for_a_retry, [&] { return !meter.relay_closed; });
  require(opened, "bus", "circuit " + std::to_string(circuit.value) + " stays on since its first command was lost");
  const auto is_seen = [&] { return !box.bus->places.at(circuit).wanted; };
  require(sweep_until(world, box, sweeps_for_a_retry, is_seen), "bus", "a relay that has opened is not read back");
  require(box.bus->places.at(circuit).commands == 2, "bus",
          std::to_string(box.bus->places.at(circuit).commands) + " commands instead of the lost one and its retry");
  world.load(circuit, 0);
}

}  // namespace

/// A dryer of 1,800 W where 1,000 may flow, in a room of each protocol; the last reading of what was used is charged.
void hair_dryer_over_the_wire(World& world) {
  get_going(world);
  for (const std::uint32_t room : {102U, 105U}) pay_in(world, room, yuan(50));
  for (const CircuitId circuit : {CircuitId{1020}, CircuitId{1050}}) limit_to(world, circuit, {1000});
  live(world, 100);
  auto& box = box_of(world, 1);
  for (const CircuitId circuit : {CircuitId{1020}, CircuitId{1050}}) trip(world, box, circuit);
  end_well(world);
}

}  // namespace wattle::sim
