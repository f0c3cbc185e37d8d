// What wardens, guests with hair dryers and the power company do to circuits; what is decided about money and rooms that wait.

#include <algorithm>

#include "shared/policy/registers.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {
constexpr std::int64_t dryer_watts = 1800;
}

Bytes World::meaning(const ControlSettings& settings) {
  auto bytes = encode(settings);
  meanings_.controls[bytes] = settings;
  return bytes;
}

Bytes World::meaning(const SiteDefaults& defaults) {
  auto bytes = encode(defaults);
  meanings_.defaults[bytes] = defaults;
  return bytes;
}

Bytes World::meaning(const Timetable& timetable) {
  auto bytes = encode(timetable);
  meanings_.timetables[bytes] = timetable;
  return bytes;
}

Bytes World::meaning(const Calendar& calendar) {
  auto bytes = encode(calendar);
  meanings_.calendars[bytes] = calendar;
  return bytes;
}

Bytes World::meaning(std::uint32_t trip) {
  auto bytes = encode(ClearOrder{trip});
  meanings_.clears[bytes] = trip;
  return bytes;
}

void World::configure(const std::string& key, const Bytes& value, EdgeId slot) {
  give(cloud::ConfigOrder{random_.uid(), slot, key, value, next_setting()});
}

/// Where it was fitted; it follows from there.
EdgeId World::home_of(CircuitId circuit) const { return home_.at(facts_.meters.at(circuit).room); }

/// Mostly as usual; now and then forced, with an overdraft, or with a limit that a hair dryer exceeds.
ControlSettings World::some_control() {
  ControlSettings settings;
  if (random_.chance(1, 4)) settings.mode = random_.chance(1, 2) ? ControlMode::forced_on : ControlMode::forced_off;
  settings.load = static_cast<LoadKind>(random_.below(1 + static_cast<std::uint64_t>(load_kind_last)));
  if (random_.chance(1, 3)) settings.cut_at = {random_.between(-10, 20) * 1'000'000};
  if (random_.chance(2, 3)) settings.trip.limit = {random_.between(200, 2500)};
  settings.trip.patience = seconds(random_.between(0, 20));
  settings.trip.restore_minutes = static_cast<std::uint8_t>(random_.chance(1, 6) ? 0 : random_.between(1, 12));
  settings.trip.lock_after = static_cast<std::uint8_t>(random_.between(0, 3));
  settings.trip.window = minutes(random_.between(1, 120));
  settings.timetable = static_cast<std::uint8_t>(random_.below(3));
  return settings;
}

/// For the whole year, or in two sets, which change about the day of the run.
Timetable World::some_timetable() {
  Timetable timetable{{some_set()}};
  if (random_.chance(1, 2)) return timetable;
  constexpr std::array<YearDay, 4> begins{{{9, 30}, {10, 1}, {12, 31}, {1, 1}}};
  const auto first = random_.below(begins.size());
  timetable.sets.push_back(some_set());
  timetable.sets.front().begins = begins.at(first);
  timetable.sets.back().begins = begins.at((first + 1 + random_.below(begins.size() - 1)) % begins.size());
  return timetable;
}

TimetableSet World::some_set() {
  TimetableSet set;
  for (auto count = random_.between(0, 4); count > 0; --count) {
    TimePeriod period;
    period.from = static_cast<std::uint16_t>(random_.below(minutes_a_day - 1));
    period.to = static_cast<std::uint16_t>(random_.between(period.from + 1, minutes_a_day));
    period.days = static_cast<DayKinds>(random_.between(1, every_day));
    period.action = static_cast<TimeAction>(random_.below(3));
    if (period.action == TimeAction::limit) period.limit = {random_.between(60, 1500)};
    set.periods.push_back(period);
  }
  return set;
}

void World::set_control(CircuitId circuit) {
  const auto key = control_key(circuit);
  if (random_.chance(1, 20))
    return configure(key, {2, 7, 7}, home_of(circuit));  // by a newer cloud, in a way that this box does not know
  const auto value = meaning(some_control());
  if (random_.chance(1, 6)) {  // by the caretaker, at the box
    auto& box = any_box();
    if (!box.clone) to_box(box, edge::ConfigOverridden{key, value});
    return;
  }
  configure(key, value, home_of(circuit));
}

/// What holds the circuit now; or an order that was given before, late.
void World::clear_trip(BoxNode& box) {
  if (!clears_.empty() && random_.chance(1, 3)) {
    const auto& [circuit, value] = clears_[random_.below(clears_.size())];
    return configure(clear_key(circuit), value, home_of(circuit));
  }
  for (const auto& [circuit, trip] : box.known.trips) {
    if (!trip.off() || trip.number == 0 || !random_.chance(1, 2)) continue;
    clears_.emplace_back(circuit, meaning(trip.number));
    return configure(clear_key(circuit), clears_.back().second, home_of(circuit));
  }
}

/// Somebody else on the bus has switched it.
void World::stray(CircuitId circuit) {
  auto& meter = facts_.meters.at(circuit);
  if (!meter.welded) meter.relay_closed = !meter.relay_closed;
  disturb(circuit);
  if (options_.has(Fault::buses)) return;  // the poll plan notices
  for (auto& box : boxes_) {
    const auto* room = box->engine ? box->engine->link().state().find(meter.room) : nullptr;
    if (room != nullptr && room->open) return to_box(*box, edge::RelayNoticed{meter.room, circuit, RelayEvent::strayed});
  }
}

void World::mains_fail(BoxNode& box) {
  if (!box.engine || box.clone) return;
  std::vector<CircuitId> circuits;
  for (auto& [circuit, meter] : facts_.meters) {
    const auto* room = box.engine->link().state().find(meter.room);
    if (room == nullptr || !room->open) continue;
    circuits.push_back(circuit);
    if (random_.chance(2, 3) && !meter.welded) meter.relay_closed = false;
    disturb(circuit);
  }
  const auto away = seconds(options_.has(Fault::buses) ? random_.between(1, 120) : 0);
  if (random_.chance(1, 2)) {
    stop_box(box);
    start_box(box);
  } else if (options_.has(Fault::buses)) {
    return silence(circuits, away);  // the box has power of its own; that the mains were away shows on the bus
  }
  to_box(box, edge::MainsReturned{circuits});
}

void World::warden_acts() {
  auto at = facts_.meters.begin();
  std::advance(at, static_cast<std::ptrdiff_t>(random_.below(facts_.meters.size())));
  const auto pick = random_.below(100);
  if (pick < 40) {
    load(at->first, random_.chance(1, 2) ? dryer_watts : random_.between(0, 900));
  } else if (pick < 55) {
    set_control(at->first);
  } else if (pick < 62) {
    configure(timetable_key(static_cast<std::uint8_t>(random_.between(1, 2))), meaning(some_timetable()), cloud::every_slot);
  } else if (pick < 66) {
    Calendar calendar;
    calendar.rest_days = static_cast<std::uint8_t>(random_.below(128));
    calendar.exceptions[{2026, 9, 30}] = static_cast<DayKind>(random_.below(3));
    calendar.exceptions[{2026, 10, 1}] = static_cast<DayKind>(random_.below(3));
    configure(std::string(calendar_key), meaning(calendar), cloud::every_slot);
  } else if (pick < 70) {
    configure(std::string(defaults_key), meaning(SiteDefaults{some_control(), seconds(random_.between(0, 30))}),
              cloud::every_slot);
  } else if (pick < 90) {
    clear_trip(any_box());
  } else {
    stray(at->first);
  }
}

/// About money in suspense, or some of it: into some room, or the person pays it out himself.
void World::decide() {
  if (site() == nullptr) return;
  auto open = site()->undecided();
  std::erase_if(open, [](const auto& one) { return one.second.micros <= 0; });
  if (open.empty()) return;
  const auto at = std::next(open.begin(), static_cast<std::ptrdiff_t>(random_.below(open.size())));
  cloud::Resolution decision{random_.uid(), std::string(at->first.text()), cloud::ResolveTo::room, any_room(), 0, {},
                             at->second};
  decision.opening = opening_of(decision.room);
  if (random_.chance(1, 3)) decision.amount = {random_.between(1, at->second.micros)};
  if (random_.chance(1, 3))
    decision = {decision.id, decision.of, cloud::ResolveTo::provider, {}, 0, Provider::cash_desk, decision.amount};
  give(decision);
}

/// A room waits for a box, and a person does not: he names another for it. Where the box that it was named for lives, whether
/// or not it has the room by now, he is refused.
void World::give_another_box() {
  const auto* chain = site() != nullptr ? site()->index().room(any_room()) : nullptr;
  if (chain == nullptr || chain->has_hole()) return;
  const auto* close = chain->open_at() ? nullptr : chain->unclaimed();
  for (const auto& [holder, at] : chain->links) {
    if (close != nullptr || at.closes.empty()) continue;
    const auto slot = site()->index().destination(at.closes.back().close.id);
    if (slot && site()->holder_of(*slot)) close = &at.closes.back();
  }
  if (close == nullptr) return;
  const auto id = close->close.id;
  to_cloud(cloud::RehomeOrdered{id, {1 + static_cast<std::uint32_t>(random_.below(options_.slots))}});
}

}  // namespace wattle::sim
