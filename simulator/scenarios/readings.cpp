// Registers that say what cannot be.

#include "simulator/scenarios/stories.hpp"

#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

std::uint64_t anomalies_of(const BoxNode& box) {
  const StreamId up{the_site, box.holder, Direction::up};
  std::uint64_t count = 0;
  for (std::uint64_t number = 1; number <= box.disk.head(up).number; ++number)
    if (decode_entry(box.disk.entry(up, number)->bytes)->kind == Kind::anomaly) ++count;
  return count;
}

}  // namespace

/// More than the breaker could have passed in months, for some minutes; then the register is again what it was. Nothing is
/// charged for that, somebody is told, and the stream holds it once an hour.
void register_that_leaps(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  pay_in(world, 102, yuan(20));
  live(world, 100);
  const auto& meter = world.facts().meters.at({1020});
  const auto leap = meter.register_units + edge::register_step_max + 1;
  for (int minute = 0; minute < 90; ++minute) {
    world.pass(minutes(1));
    world.to_box(box, edge::MeterRead{{102}, {1020}, meter.number, {leap}, meter.relay_closed, {}});
    world.to_box(box, edge::Swept{});
  }
  world.reach_point(world.now().tick - box.started > minutes(90), "the leap is not read");
  require(box.alarms.contains(edge::Alarm::meter_anomaly), "anomaly", "a register leaps, and nobody is told");
  require(anomalies_of(box) == 2, "anomaly",
          "in an hour and a half " + std::to_string(anomalies_of(box)) + " entries tell of a leap");
  const auto charged = box.engine->link().state().find({102})->find({1020})->reading;
  require(charged.units <= meter.register_units, "anomaly", "what a register has leapt is charged");
  world.use_energy({1020}, 500);
  world.read_meters(box);
  end_well(world);
}

}  // namespace wattle::sim
