// Prices by band, boxes without a clock, and cash for a room that is leaving.

#include "simulator/scenarios/stories.hpp"

#include "shared/policy/registers.hpp"
#include "simulator/scenarios/deeds.hpp"

namespace wattle::sim {

namespace {

/// Of a campus at UTC+8, from now on: peak by day, half the price by night, a holiday on the 1st, another season from the 2nd.
void order_bands(World& world) {
  PricePlan plan{50, 1, world.now().wall, TierPeriod::month, {}};
  plan.bands = {Band{{Tier{0, 300'000}, Tier{4'000, 350'000}}, "valley"},
                Band{{Tier{0, 900'000}, Tier{4'000, 1'000'001}}, "peak"}, Band{{Tier{0, 1'400'000}}, "sharp"}};
  plan.profiles = {DayProfile{{0, 0}, {8 * 60 + 30, 1}, {22 * 60, 0}}, DayProfile{{0, 0}, {19 * 60, 1}, {21 * 60, 0}},
                   DayProfile{{0, 1}, {7 * 60, 2}, {23 * 60, 1}}};
  plan.seasons = {Season{3, 1, 0, 1, 1}, Season{10, 2, 2, 2, 2}};
  plan.calendar.exceptions[{2026, 10, 1}] = DayKind::holiday;
  world.give(cloud::PriceOrder{plan});
  world.settle_down(100);
}

void use_everywhere(World& world, std::int64_t units) {
  const auto meters = world.facts().meters;
  for (const auto& [circuit, meter] : meters) world.use_energy(circuit, units + circuit.value % 7);
}

bool has_slice(const BoxNode& box, SplitBy split) {
  const StreamId up{{1}, box.holder, Direction::up};
  for (std::uint64_t number = 1; number <= box.disk.head(up).number; ++number) {
    const auto entry = decode_entry(box.disk.entry(up, number)->bytes);
    const auto slice = entry && entry->kind == Kind::consumption ? detail_of<Consumption>(*entry) : std::nullopt;
    if (slice && slice->split == split && slice->price == 50) return true;
  }
  return false;
}

}  // namespace

/// Two days and a half: every boundary that there is, read often and seldom, and over a box that was off for some hours.
void bands_and_seasons(World& world) {
  get_going(world);
  for (const std::uint32_t room : {101U, 102U, 103U, 104U, 105U}) pay_in(world, room, yuan(400));
  order_bands(world);
  live(world, 100);
  for (int round = 0; round < 120; ++round) {
    use_everywhere(world, 150);
    world.pass(round % 10 == 9 ? minutes(110) : minutes(19));
    if (round == 40) world.stop_box(box_of(world, 1));
    if (round == 44) world.start_box(box_of(world, 1));
    live(world, 20);
  }
  end_well(world);
  world.reach_point(has_slice(box_of(world, 1), SplitBy::time), "no gap was divided");
}

/// A box starts with a dead battery and no cloud. What it must close then is charged at the lowest price; what it need not
/// waits until it hears the time.
void meter_changed_without_a_clock(World& world) {
  get_going(world);
  for (const std::uint32_t room : {102U, 105U}) pay_in(world, room, yuan(400));
  order_bands(world);
  live(world, 100);
  use_everywhere(world, 300);
  live(world, 20);
  world.pass(hours(1));
  live(world, 100);
  auto& box = box_of(world, 1);
  world.cut(box, true, true);
  world.stop_box(box);
  use_everywhere(world, 700);
  world.pass(hours(7));
  box.clock_error = Duration{-world.now().wall.micros};
  world.start_box(box);
  world.pass(minutes(2));
  world.read_meters(box);
  require(!box.engine->clock(world.now_of(box)), "clock", "a clock of 1970 is trusted");
  auto& meter = world.facts().meters.at({1020});
  const MeterId fresh{meter.number.value + 1'000'000};
  world.to_box(box, edge::MeterReplaced{meter.room, meter.circuit, {meter.register_units}, fresh, {7}});
  meter.charged_before += meter.register_units - meter.base;
  meter.number = fresh;
  meter.base = meter.register_units = 7;
  world.reach_point(has_slice(box, SplitBy::lowest), "nothing was charged without a clock");
  world.heal(box);
  world.settle_down(100);
  require(box.engine->clock(world.now_of(box)).has_value(), "clock", "the cloud's time is not taken");
  live(world, 100);
  box.clock_error = {};
  end_well(world);
}

/// What the timetable has cut stays cut while a box that has just started does not know the hour.
void night_without_a_clock(World& world) {
  get_going(world);
  pay_in(world, 102, yuan(20));
  TimePeriod off;
  off.action = TimeAction::off;
  ControlSettings settings;
  settings.timetable = 1;
  world.configure(timetable_key(1), world.meaning(Timetable{{TimetableSet{{1, 1}, {off}}}}), cloud::every_slot);
  world.configure(control_key({1020}), world.meaning(settings), {1});
  live(world, 200);
  const auto& meter = world.facts().meters.at({1020});
  auto& box = box_of(world, 1);
  world.reach_point(!meter.relay_closed, "the timetable cuts nothing");
  world.cut(box, true, true);
  world.stop_box(box);
  box.clock_error = Duration{-world.now().wall.micros};
  world.start_box(box);
  for (int minute = 0; minute < 5; ++minute) {
    world.pass(minutes(1));
    world.read_meters(box);
    require(!box.engine->clock(world.now_of(box)), "clock", "a clock of 1970 is trusted");
    require(!meter.relay_closed, "control", "what was cut for the night is on again, and nobody knows the hour");
  }
  world.heal(box);
  live(world, 100);
  box.clock_error = {};
  end_well(world);
}

namespace {

/// The room's students leave, and the next ones come to another box.
void change_students(World& world, RoomId room, EdgeId slot) {
  world.give(cloud::Move{world.random().uid(), room, 1, {}});
  Circuits circuits;
  for (const auto& [circuit, meter] : world.facts().meters)
    if (meter.room == room) circuits.push_back({circuit, meter.number, meter.utility, {meter.register_units}, {}, {}, 0});
  world.give(cloud::Fitting{room, 2, slot, circuits});
  world.settle_down(40);
}

}  // namespace

/// The students leave, and somebody pays cash for their room before the meters have been read. The cloud forgets all that, and
/// hears first of the next ones' box: when the cash arrives, others live there.
void cash_while_leaving(World& world) {
  get_going(world);
  world.backup();
  auto& box = box_of(world, 1);
  world.stop_box(box);
  world.start_box(box);
  world.settle_down(30);
  change_students(world, {102}, {2});
  const auto* leaving = box.engine->link().state().find({102});
  require(leaving != nullptr && leaving->open && leaving->closing, "story", "the room is not asked to close");
  world.to_box(box, edge::CashTaken{{102}, yuan(7)});
  arrive(world, 102, 2);
  world.cut(box, true, true);
  restore_from(world, world.backups() - 1, true);
  world.read_bills();
  live(world, 300);
  const auto& index = world.site()->index();
  world.reach_point(index.room({102})->opening() == 2 && index.room({102})->has_hole(),
                    "the cloud has not heard of the next students alone");
  world.heal(box);
  live(world, 300);
  end_well(world);
  const auto* room = box_of(world, 2).engine->link().state().find({102});
  require(room != nullptr && room->open && room->opening == 2, "opening", "the next students have not moved in");
  require(room->balance.micros <= 0, "opening", "the next students have the money of those who left");
}

namespace {

constexpr std::int64_t second_tier = 20'000;
constexpr Duration until_the_other_band = minutes(10);

/// Two bands of the same rates, by the hour: what costs more is the second tier alone. From now on, and in so long.
void order_tiers(World& world) {
  const Band band{{Tier{0, 500'000}, Tier{second_tier, 2'000'000}}};
  PricePlan plan{50, 1, world.now().wall, TierPeriod::none, {band, band}};
  DayProfile day;
  for (std::uint16_t hour = 0; hour < 24; ++hour)
    day.push_back({static_cast<std::uint16_t>(hour * 60), static_cast<std::uint8_t>(hour % 2)});
  plan.profiles = {day};
  plan.seasons = {Season{}};
  world.give(cloud::PriceOrder{plan});
  world.settle_down(100);
}

/// As the bus says it, in the middle of a sweep that has long to go.
void read_alone(World& world, BoxNode& box) {
  const auto& meter = world.facts().meters.at({1020});
  world.to_box(box, edge::MeterRead{{102}, {1020}, meter.number, {meter.register_units}, meter.relay_closed, {}});
}

}  // namespace

/// What has been used since the last slice lies in two bands, and in two tiers: the second part costs what comes behind the
/// first one, also before either is written.
void tiers_of_what_is_open(World& world) {
  get_going(world);
  auto& box = box_of(world, 1);
  pay_in(world, 102, yuan(400));
  order_tiers(world);
  live(world, 100);
  world.use_energy({1020}, 1'000);
  world.pass(hours(1));
  live(world, 40);
  const auto hour = hours(1).micros;
  const auto wait = 2 * hour - world.now().wall.micros % hour - until_the_other_band.micros;
  world.pass(Duration{wait % hour});
  live(world, 20);
  const auto& state = box.engine->link().state();
  const auto slice = *state.find({102})->find({1020});
  const auto paid = state.balance(room_pocket({102}, box.holder));
  const auto left = second_tier - slice.accrued.tier_units;
  const auto rest = slice.reading.units - world.facts().meters.at({1020}).register_units;
  world.use_energy({1020}, left + rest + 500);
  read_alone(world, box);
  world.pass(Duration{2 * until_the_other_band.micros});
  world.use_energy({1020}, 1'000);
  read_alone(world, box);
  world.reach_point(slice.price == 50 && *state.find({102})->find({1020}) == slice,
                    "the price does not hold yet, or a slice was closed in the middle of a sweep");
  const Money used{paid.micros - box.engine->live_balance({102}).micros};
  const Money cost{left * 500 + 1'500 * 2'000};  // micros a Wh
  require(used.micros <= cost.micros + 1 && cost.micros <= used.micros + 1, "price",
          "what is open costs " + std::to_string(used.micros) + " and not " + std::to_string(cost.micros));
  live(world, 40);
  end_well(world);
}

}  // namespace wattle::sim
