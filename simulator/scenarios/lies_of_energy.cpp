// What a box with other software may not say of meters, of what their energy costs, and of what is put right of it.

#include "shared/policy/charge_orders.hpp"
#include "shared/policy/registers.hpp"
#include "simulator/scenarios/deeds.hpp"
#include "simulator/scenarios/lies.hpp"

namespace wattle::sim {

namespace {

using E = LedgerErrc;

void use(World& world, BoxNode& box) {
  world.use_energy({1020}, 1000);
  world.read_meters(box);
  world.pass(hours(1));
  world.use_energy({1020}, 3001);
  world.read_meters(box);
}

void use_beside_water(World& world, BoxNode& box) {
  world.give(cloud::PriceOrder{PricePlan{7, 2, world.now().wall, TierPeriod::none, {Band{{Tier{0, 517'300}}}}}});
  live(world, 100);
  use(world, box);
}

void use_allowance(World& world, BoxNode& box) {
  world.give(cloud::AllowanceGrant{{102}, 1, Utility::electricity, yuan(10), "spring"});
  live(world, 100);
  use(world, box);
}

/// Room 102 has left, and 105 goes on.
void leave_and_use(World& world, BoxNode& box) {
  pay_in(world, 105, yuan(20));
  move_away(world, box);
  live(world, 200);
  world.use_energy({1050}, 1000);
  world.read_meters(box);
  world.pass(hours(1));
  world.use_energy({1050}, 3001);
  world.read_meters(box);
}

/// As World::change_meter.
void change_meter(World& world, BoxNode& box) {
  auto& meter = world.facts().meters.at({1020});
  const MeterId fresh{meter.number.value + 1'000'000};
  world.to_box(box, edge::MeterReplaced{{102}, {1020}, {meter.register_units}, fresh, {7}});
  meter.charged_before += meter.register_units - meter.base;
  meter.number = fresh;
  meter.base = meter.register_units = 7;
}

/// The cloud has let the meter that is there go on from where the next one will begin.
void accept_and_change(World& world, BoxNode& box) {
  const auto& meter = world.facts().meters.at({1020});
  const AcceptOrder order{{}, meter.number, {meter.register_units}, {7}, 1};
  world.configure(accept_key({1020}), encode(order), box.holder.edge);
  live(world, 100);
  change_meter(world, box);
}

constexpr std::uint8_t own_order = 2;

/// The same, where not the cloud has said so: the caretaker has, at the box.
void override_and_change(World& world, BoxNode& box) {
  const auto& meter = world.facts().meters.at({1020});
  AcceptOrder order{{}, meter.number, {meter.register_units}, {7}, 1};
  order.id.bytes[0] = own_order;
  world.to_box(box, edge::ConfigOverridden{accept_key({1020}), encode(order)});
  live(world, 60);
  change_meter(world, box);
}

/// The change of a meter becomes a reading that was accepted of the one before.
bool goes_on_itself(Entry& entry, std::uint8_t other_order, std::int64_t other_reading) {
  if (!is(entry, Kind::meter_change)) return false;
  Uid order;
  order.bytes[0] = other_order;
  entry.outside = OutsideId("order/" + to_hex(order));
  Altered<MeterChange> change(entry);
  change->new_meter = change->old_meter;
  change->first_reading.units += other_reading;
  return true;
}

Place newest_slice(const BoxNode& box, RoomId room) {
  const auto& up = box.engine->link().up();
  for (auto number = up.head().number; number > 0; --number) {
    const auto entry = decode_entry(up.at(number)->bytes);
    if (entry && is(*entry, Kind::consumption) && entry->room == room) return entry->place();
  }
  throw Violation("story", "the room was charged for nothing");
}

void use_and_sell(World& world, BoxNode& box) {
  pay_in(world, 105, yuan(20));
  live(world, 60);
  world.use_energy({1050}, 3000);
  use(world, box);
  live(world, 60);
  take_cash(world, box);
}

/// Half a yuan's worth.
void use_little_and_sell(World& world, BoxNode& box) {
  world.use_energy({1020}, 1000);
  world.read_meters(box);
  world.pass(hours(1));
  world.read_meters(box);
  live(world, 60);
  take_cash(world, box);
}

void use_allowance_and_sell(World& world, BoxNode& box) {
  use_allowance(world, box);
  live(world, 60);
  take_cash(world, box);
}

void give_back_and_sell(World& world, BoxNode& box) {
  use(world, box);
  live(world, 60);
  const auto slice = newest_slice(box, {102});
  const auto cost = decode_entry(box.engine->link().up().at(slice.number)->bytes)->lines[0].amount;
  const CorrectionOrder order{world.random().uid(), box.holder, slice.number, CorrectionWay::back, cost};
  world.configure(correction_key({1020}), encode(order), box.holder.edge);
  live(world, 100);
  take_cash(world, box);
}

void use_and_change_students(World& world, BoxNode& box) {
  use(world, box);
  live(world, 60);
  world.give(cloud::Move{world.random().uid(), {102}, 1, {}});
  const auto& meter = world.facts().meters.at({1020});
  const CircuitFigures circuit{{1020}, meter.number, meter.utility, {meter.register_units}, {}, {}, 0};
  world.give(cloud::Fitting{{102}, 2, box.holder.edge, {circuit}});
  live(world, 200);
  take_cash(world, box);
}

Pocket sold(const BoxNode& box) { return sold_pocket(Utility::electricity, box.holder); }

/// A yuan of cash becomes a correction of the room's newest slice, of as much.
bool corrects(const BoxNode& box, Entry& entry, const Line& line) {
  if (!becomes(entry, Kind::cash, Kind::correction, {line})) return false;
  entry.cause = newest_slice(box, {102});
  entry.detail.clear();
  return true;
}

/// It becomes one that takes a yuan.
bool charges(const BoxNode& box, Entry& entry, bool measured) {
  if (!corrects(box, entry, {room_of(box, 102), sold(box), yuan(1), measured})) return false;
  entry.after->room.micros -= 2 * yuan(1).micros;
  return true;
}

const std::vector<Lie> of_energy = {
    {"a slice that begins elsewhere", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (++Altered<Consumption>(e)->from.units, true); },
     E::reading_chain},
    {"a slice of other energy", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (++Altered<Consumption>(e)->to.units, true); },
     E::remainder_chain},
    {"a slice that leaves another remainder", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (++Altered<Consumption>(e)->after.remainder, true); },
     E::remainder_chain},
    {"a slice at no price", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (Altered<Consumption>(e)->price = 99, true); },
     E::price_unknown},
    {"a slice in no band", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (Altered<Consumption>(e)->band = 9, true); },
     E::price_unknown},
    {"a slice of no circuit of its room", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (Altered<Consumption>(e)->circuit = {1050}, true); },
     E::circuit_unknown},
    {"a slice that costs less", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (--e.lines[0].amount.micros, true); }, E::price_wrong},
    {"a meter that ends elsewhere", change_meter,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::meter_change) && (++Altered<MeterChange>(e)->final_reading.units, true);
     },
     E::reading_chain},
    {"a meter that is not there", change_meter,
     [](const BoxNode&, Entry& e) { return is(e, Kind::meter_change) && (++Altered<MeterChange>(e)->old_meter.value, true); },
     E::reading_chain},
    {"a meter in place of itself", change_meter,
     [](const BoxNode&, Entry& e) {
       Altered<MeterChange> change(e);
       change->new_meter = change->old_meter;
       return is(e, Kind::meter_change);
     },
     E::reading_chain},
    {"a slice without its detail", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (e.detail.clear(), true); }, E::detail},
    {"a slice of another millennium", use,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::consumption) && (Altered<Consumption>(e)->until = {INT64_MIN + 1'000'000'000'000'000}, true);
     },
     E::detail},
    {"a slice that is divided in no known way", use,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::consumption) && (Altered<Consumption>(e)->split = static_cast<SplitBy>(4), true);
     },
     E::detail},
    {"a slice of a room that has left", leave_and_use,
     [](const BoxNode& b, Entry& e) {
       return is(e, Kind::consumption) && (e.room = RoomId{102}, e.after = b.engine->link().state().after({102}), true);
     },
     E::room_not_open},
    {"a slice without energy", use,
     [](const BoxNode&, Entry& e) {
       Altered<Consumption> slice(e);
       slice->to = slice->from;
       return is(e, Kind::consumption);
     },
     E::reading_chain},
    {"a slice at another utility's price", use_beside_water,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (Altered<Consumption>(e)->price = 7, true); },
     E::price_unknown},
    {"a slice of a period that its price has not", use,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::consumption)) return false;
       Altered<Consumption> slice(e);
       slice->after.tier_period = 5;
       slice->after.tier_units = slice->to.units - slice->from.units;
       return true;
     },
     E::remainder_chain},
    {"a slice that takes the room's money first", use_allowance,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::consumption)) return false;
       e.lines[0].from = room_of(b, 102);
       e.after->room.micros -= e.lines[0].amount.micros;
       e.after->allow.micros += e.lines[0].amount.micros;
       return true;
     },
     E::split_wrong},
    {"a slice that takes another utility's allowance", use_allowance,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (e.lines[0].from.utility = Utility::cold_water, true); },
     E::illegal_line},
    {"a slice that takes something more", use,
     [](const BoxNode&, Entry& e) {
       if (!is(e, Kind::consumption)) return false;
       auto more = e.lines[0];
       more.amount = {1};
       e.lines.push_back(more);
       --e.after->room.micros;
       return true;
     },
     E::price_wrong},
    {"a slice as a decision", use,
     [](const BoxNode&, Entry& e) { return is(e, Kind::consumption) && (e.lines[0].measured = false, true); }, E::price_wrong},
    {"a meter change that moves money", change_meter,
     [](const BoxNode& b, Entry& e) {
       if (!is(e, Kind::meter_change)) return false;
       e.lines = {{room_of(b, 102), sold_pocket(Utility::electricity, b.holder), {1}, false}};
       --e.after->room.micros;
       return true;
     },
     E::detail},
    {"a meter of a room that is elsewhere", change_meter,
     [](const BoxNode&, Entry& e) { return is(e, Kind::meter_change) && (e.room = RoomId{103}, e.after = After{}, true); },
     E::room_not_open},
    {"a meter of no circuit of its room", change_meter,
     [](const BoxNode&, Entry& e) { return is(e, Kind::meter_change) && (Altered<MeterChange>(e)->circuit = {1050}, true); },
     E::circuit_unknown},
    {"a meter that begins below zero", change_meter,
     [](const BoxNode&, Entry& e) {
       return is(e, Kind::meter_change) && (Altered<MeterChange>(e)->first_reading = {-7}, true);
     },
     E::reading_chain},
    {"an accepted reading by another order", accept_and_change,
     [](const BoxNode&, Entry& e) { return goes_on_itself(e, 1, 0); }, E::reading_chain},
    {"a reading that the box has accepted itself", override_and_change,
     [](const BoxNode&, Entry& e) { return goes_on_itself(e, own_order, 0); }, E::reading_chain},
    {"another reading than was accepted", accept_and_change, [](const BoxNode&, Entry& e) { return goes_on_itself(e, 0, 1); },
     E::reading_chain},
};

const std::vector<Lie> of_corrections = {
    {"a correction of more than its slice", use_little_and_sell,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false});
     },
     E::amount},
    {"what was given back, once more", give_back_and_sell,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false});
     },
     E::amount},
    {"a correction out of another utility's sales", use_and_sell,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold_pocket(Utility::cold_water, b.holder), room_of(b, 102), yuan(1), false});
     },
     E::line_missing},
    {"a correction of another room's slice", use_and_sell,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false}) && (e.cause = newest_slice(b, {105}), true);
     },
     E::request_unknown},
    {"a correction of what is no slice", use_and_sell,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false}) && (e.cause->number = e.number, true);
     },
     E::request_unknown},
    {"a correction of an entry of the cloud's", use_and_sell,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false}) && (e.cause->direction = Direction::down, true);
     },
     E::detail},
    {"a correction of another stay's slice", use_and_change_students,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false});
     },
     E::opening},
    {"a slice that another room is charged for again", use_and_sell,
     [](const BoxNode& b, Entry& e) {
       if (!corrects(b, e, {room_of(b, 105), sold(b), yuan(1), false})) return false;
       e.after->room.micros -= yuan(1).micros;
       return true;
     },
     E::line_missing},
    {"a correction of nothing", use_and_sell,
     [](const BoxNode& b, Entry& e) {
       if (!corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false})) return false;
       e.lines = {};
       e.after->room.micros -= yuan(1).micros;
       return true;
     },
     E::line_missing},
    {"what the allowance has paid, to the room", use_allowance_and_sell,
     [](const BoxNode& b, Entry& e) {
       return corrects(b, e, {sold(b), room_of(b, 102), yuan(1), false});
     },
     E::amount},
    {"what the room has paid, to its allowance", use_and_sell,
     [](const BoxNode& b, Entry& e) {
       const auto allow = allow_pocket({102}, Utility::electricity, b.holder);
       if (!corrects(b, e, {sold(b), allow, yuan(1), false})) return false;
       e.after->room.micros -= yuan(1).micros;
       e.after->allow.micros += yuan(1).micros;
       return true;
     },
     E::split_wrong},
    {"a slice that is charged more than once more", use_little_and_sell,
     [](const BoxNode& b, Entry& e) { return charges(b, e, false); }, E::amount},
    {"a slice that is charged again as energy", use_and_sell, [](const BoxNode& b, Entry& e) { return charges(b, e, true); },
     E::line_missing},
};

}  // namespace

std::span<const Lie> lies_of_energy() { return of_energy; }
std::span<const Lie> lies_of_corrections() { return of_corrections; }

}  // namespace wattle::sim
