// Registers that say what cannot be.

#include "simulator/scenarios/stories.hpp"

#include "shared/policy/charge_orders.hpp"
#include "shared/policy/registers.hpp"
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

/// A repaired meter has lost what it counted, and shows this. What it had charged stays charged.
void fall_back(Meter& meter, std::int64_t shown) {
  meter.charged_before += meter.register_units - meter.base;
  meter.base = meter.register_units = shown;
}

/// A person finds true what meter 1020 shows.
void accept(World& world, BoxNode& box, std::uint32_t opening) {
  const auto& meter = world.facts().meters.at({1020});
  const auto charged = box.engine->link().state().find({102})->find({1020})->reading;
  const AcceptOrder order{world.random().uid(), meter.number, charged, {meter.register_units}, opening};
  for (int times = 0; times < 2; ++times) world.configure(accept_key({1020}), encode(order), box.holder.edge);
  live(world, 100);
}

std::int64_t charged_up_to(const BoxNode& box) { return box.engine->link().state().find({102})->find({1020})->reading.units; }

}  // namespace

/// A register falls, and a person finds that true; the students change, and it falls again. What he said for those who lived
/// there before is not carried out for these.
void reading_accepted(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  pay_in(world, 102, yuan(20));
  live(world, 100);
  auto& meter = world.facts().meters.at({1020});
  fall_back(meter, 50);
  live(world, 40);
  require(charged_up_to(box) > 50, "anomaly", "a register falls, and its circuit goes on from there");
  accept(world, box, 1);
  world.reach_point(charged_up_to(box) == 50, "what a person has found true is not carried out");
  world.give(cloud::Move{world.random().uid(), {102}, 1, {}});
  world.give(cloud::Fitting{{102}, 2, {1}, {CircuitFigures{{1020}, meter.number, meter.utility, {50}, {}, {}, 0}}});
  arrive(world, 102, 1);
  fall_back(meter, 30);
  live(world, 40);
  accept(world, box, 1);
  require(charged_up_to(box) == 50, "anomaly", "what was found true for the last students is carried out for the next ones");
  accept(world, box, 2);
  require(charged_up_to(box) == 30, "anomaly", "what a person has found true is not carried out");
  end_well(world);
}

/// A technician types one digit too many of the old meter's last reading: nothing of that is charged, and he tries again.
void mistyped_last_reading(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  pay_in(world, 102, yuan(20));
  live(world, 100);
  world.use_energy({1020}, 500);
  auto& meter = world.facts().meters.at({1020});
  const MeterId fresh{meter.number.value + 1'000'000};
  const auto change = [&](std::int64_t last) {
    const auto before = box.engine->link().state().balance(room_pocket({102}, box.holder));
    world.to_box(box, edge::MeterReplaced{{102}, {1020}, {last}, fresh, {7}});
    const auto after = box.engine->link().state().balance(room_pocket({102}, box.holder));
    require(before.micros - after.micros < yuan(1).micros, "anomaly", "a reading that no register can have come to is charged");
    return box.engine->link().state().find({102})->find({1020})->meter == fresh;
  };
  const auto typed = charged_up_to(box) + edge::register_step_max + 1;
  require(!change(typed), "anomaly", "a meter is changed at a reading that its register cannot have come to");
  require(!change(meter.base - 1), "anomaly", "a meter is changed at less than it was charged for");
  world.reach_point(change(meter.register_units), "the right reading is not taken");
  meter.charged_before += meter.register_units - meter.base;
  meter.number = fresh;
  meter.base = meter.register_units = 7;
  end_well(world);
}

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
