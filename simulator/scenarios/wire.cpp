// On the wire between a box and its meters.

#include "simulator/scenarios/stories.hpp"

#include "shared/policy/registers.hpp"
#include "simulator/scenarios/deeds.hpp"

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

void force(World& world, BoxNode& box, CircuitId circuit, ControlMode mode) {
  ControlSettings settings;
  settings.mode = mode;
  world.to_box(box, edge::ConfigOverridden{control_key(circuit), world.meaning(settings)});
}

/// The meter's answers are missed, and soon afterwards its relay is ordered, so that it would be read back at once. True when
/// an answer was still on its way.
bool miss_and_order(World& world, BoxNode& box, CircuitId circuit, Duration before, Duration after) {
  const auto& meter = world.facts().meters.at(circuit);
  const auto stands = [&](bool closed) {
    return [&box, &meter, circuit, closed] { return meter.relay_closed == closed && !box.bus->places.at(circuit).wanted; };
  };
  world.pass(before);  // shifts its turn among the others'
  force(world, box, circuit, ControlMode::forced_on);
  require(sweep_until(world, box, sweeps_max, stands(true)), "story", "the circuit is not on");
  box.bus->kept_of = circuit;
  box.bus->answers_to_keep = 2;  // to the question, and to its repetition
  const auto is_missed = [&] { return box.bus->answers_to_keep == 0; };
  require(sweep_until(world, box, sweeps_max, is_missed), "story", "the meter is not asked");
  world.pass(after);
  world.use_energy(circuit, 100);
  force(world, box, circuit, ControlMode::forced_off);
  const bool comes = box.bus->late && box.bus->places.at(circuit).wanted;
  require(sweep_until(world, box, sweeps_max, stands(false)), "bus", "the circuit stays on");
  return comes;
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

/// Whenever its relay is ordered: an answer that was missed is never taken for what the meter says now.
void answer_that_was_missed(World& world) {
  get_going(world);
  pay_in(world, 105, yuan(50));
  live(world, 100);
  auto& box = box_of(world, 1);
  int comes = 0;
  for (int before = 0; before < 2000; before += 100)
    for (int after = 0; after < 1000; after += 100)
      comes += miss_and_order(world, box, {1050}, milliseconds(before), milliseconds(after)) ? 1 : 0;
  world.reach_point(comes > 0, "no relay was ordered while an answer was on its way");
  end_well(world);
}

}  // namespace wattle::sim
