// Whether a circuit is on: safety over force over arrears over timetable, by what the box itself has read and been told.
// Shares no code with the engine's own reckoning, so between the cheapest and the dearest price that the box knows either is
// right.

#include <algorithm>
#include <chrono>
#include <utility>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

struct Rates {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

std::optional<Rates> rates_of(const LinkState& state) {
  std::optional<Rates> rates;
  for (const auto& [version, plan] : state.prices())
    for (const auto& band : plan.bands)
      for (const auto& tier : band.tiers) {
        if (!rates) rates = Rates{tier.rate, tier.rate};
        rates->least = std::min(rates->least, tier.rate);
        rates->most = std::max(rates->most, tier.rate);
      }
  return rates;
}

const Bytes* value_of(const LinkState& state, const std::string& key) {
  const auto at = state.config().find(key);
  return at == state.config().end() ? nullptr : &at->second.value;
}

/// Two sets share the year: from its first day each holds until the other's.
const TimetableSet& set_of(const Timetable& timetable, const Date& today) {
  const auto has_begun = [&](const TimetableSet& set) {
    return set.begins.month < today.month || (set.begins.month == today.month && set.begins.day <= today.day);
  };
  const auto& one = timetable.sets.front();
  const auto& other = timetable.sets.back();
  const bool one_is_later = other.begins < one.begins;
  const auto& later = one_is_later ? one : other;
  const auto& earlier = one_is_later ? other : one;
  return has_begun(earlier) && !has_begun(later) ? earlier : later;
}

/// The first period that fits, by the calendar of the building. Nothing is known of a timetable that cannot be read.
std::optional<TimePeriod> period_of(const Timetable& timetable, const Calendar& calendar, Instant local) {
  if (timetable.sets.empty()) return std::nullopt;
  const std::chrono::sys_time<std::chrono::microseconds> time{std::chrono::microseconds(local.micros)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto minute = std::chrono::duration_cast<std::chrono::minutes>(time - day).count();
  const Date today{static_cast<std::uint16_t>(static_cast<int>(date.year())),
                   static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
                   static_cast<std::uint8_t>(static_cast<unsigned>(date.day()))};
  auto kind = (calendar.rest_days >> std::chrono::weekday(day).c_encoding() & 1U) != 0 ? DayKind::rest : DayKind::working;
  if (const auto at = calendar.exceptions.find(today); at != calendar.exceptions.end()) kind = at->second;
  for (const auto& period : set_of(timetable, today).periods)
    if ((period.days >> static_cast<unsigned>(kind) & 1U) != 0 && period.from <= minute && minute < period.to) return period;
  return std::nullopt;
}

}  // namespace

/// None: the box holds a register whose meaning nobody knows.
std::optional<ControlSettings> World::settings_of(const LinkState& state, CircuitId circuit) const {
  if (const auto* own = value_of(state, "control/" + std::to_string(circuit.value))) {
    const auto at = meanings_.controls.find(*own);
    return at == meanings_.controls.end() ? std::nullopt : std::optional(at->second);
  }
  const auto* all = value_of(state, "site/defaults");
  if (all == nullptr) return ControlSettings{};
  const auto at = meanings_.defaults.find(*all);
  return at == meanings_.defaults.end() ? std::nullopt : std::optional(at->second.circuit);
}

Duration World::pause_of(const LinkState& state) const {
  const auto* all = value_of(state, "site/defaults");
  const auto at = all == nullptr ? meanings_.defaults.end() : meanings_.defaults.find(*all);
  return at == meanings_.defaults.end() ? SiteDefaults{}.return_pause : at->second.return_pause;
}

/// While the clock shows a year that cannot be, everything stays as it was.
void World::note_hours(BoxNode& box) const {
  const auto clock = box.engine->clock(now_of(box));
  if (!clock) return;
  const auto& link = box.engine->link();
  const HoursAt at{link.up().head().hash, link.down().head().hash, link.folded(), clock->micros / minutes(1).micros};
  if (at == box.known.hours_at) return;
  box.known.hours_at = at;
  const auto& state = link.state();
  Calendar calendar;
  if (const auto* days = value_of(state, "calendar")) calendar = meanings_.calendars.at(*days);
  box.known.periods.clear();
  for (std::uint8_t number = 1; number <= 2; ++number)
    if (const auto* value = value_of(state, "timetable/" + std::to_string(number)))
      box.known.periods[number] = period_of(meanings_.timetables.at(*value), calendar, *clock + utc_offset_);
}

std::optional<TimePeriod> World::hour_of(const BoxNode& box, const ControlSettings& settings) const {
  const auto at = box.known.periods.find(settings.timetable);
  return at == box.known.periods.end() ? std::nullopt : at->second;
}

/// Before the box hears of it: what a reading does to the trips.
void World::note_load(BoxNode& box, const edge::Event& event) {
  if (!box.engine || box.engine->link().row().fenced) return;
  note_hours(box);
  const auto now = now_of(box).tick;
  auto& known = box.known;
  if (const auto* returned = std::get_if<edge::MainsReturned>(&event)) {
    for (const auto circuit : returned->circuits) {
      known.waiting.insert(circuit);
      known.seen.erase(circuit);
      known.excused.erase(circuit);
      box.ordered.erase(circuit);  // what its relay did meanwhile is not known
    }
    known.next_turn = std::max(known.next_turn, now);
    known.until = now + edge::return_patience;
    return;
  }
  const auto* reading = std::get_if<edge::MeterRead>(&event);
  if (reading == nullptr) return;
  const auto& state = box.engine->link().state();
  const auto* room = state.find(reading->room);
  const auto* circuit = room != nullptr && room->open ? room->find(reading->circuit) : nullptr;
  if (reading->relay_closed) known.seen.insert(reading->circuit);
  if (reading->relay_closed.value_or(false)) known.waiting.erase(reading->circuit);
  if (circuit == nullptr || circuit->meter != reading->meter || !reading->power) return;
  const auto settings = settings_of(state, reading->circuit);
  if (!settings) {
    known.unsure.insert(reading->circuit);
    return;
  }
  auto limit = settings->trip.limit.watts;
  const auto hour = hour_of(box, *settings);
  if (hour && hour->action == TimeAction::limit) limit = limit > 0 ? std::min(limit, hour->limit.watts) : hour->limit.watts;
  auto& trip = known.trips[reading->circuit];
  if (trip.off()) return;
  if (limit <= 0 || reading->power->watts <= limit) {
    trip.above_since.reset();
    return;
  }
  if (!trip.above_since || now.micros - trip.above_seen.micros > above_unseen_max.micros) trip.above_since = now;
  trip.above_seen = now;
  if (now.micros - trip.above_since->micros < settings->trip.patience.micros) return;
  trip.above_since.reset();
  trip.cut = now;
  if (trip.count == 0 || now.micros - trip.first.micros >= settings->trip.window.micros) trip.first = now, trip.count = 0;
  ++trip.count;
  trip.locked = settings->trip.lock_after != 0 && trip.count >= settings->trip.lock_after;
  trip.number = 0;  // until its row is on the disk
}

/// After the box has heard of it, and before anything of it is durable: who was cleared, and whose time has passed.
void World::note_cleared(BoxNode& box) {
  if (!box.engine || box.engine->link().row().fenced) return;
  note_hours(box);
  const auto& link = box.engine->link();
  const auto& state = link.state();
  const auto now = now_of(box).tick;
  const RegistersAt at{link.up().head().hash, link.down().head().hash, link.folded()};
  const bool has_read = std::exchange(box.known.registers_at, at) != at;
  for (auto& [circuit, trip] : box.known.trips) {
    if (!has_read && !trip.off()) continue;  // nothing to clear, and its register is what it was
    const auto* cleared = value_of(state, "clear/" + std::to_string(circuit.value));
    if (cleared != nullptr && trip.off() && trip.number != 0 && meanings_.clears.at(*cleared) == trip.number)
      trip = KnownTrip{std::nullopt, std::nullopt, {}, 0, false, trip.number};
    const auto settings = settings_of(state, circuit);
    if (!settings) box.known.unsure.insert(circuit);
    if (!settings || !trip.cut || trip.locked || settings->trip.restore_minutes == 0) continue;
    if (now.micros - trip.cut->micros >= minutes(settings->trip.restore_minutes).micros) trip.cut.reset();
  }
}

/// What a utility of the room has, and how sure that is: the money, and its own allowance alone. `just_read`: what another
/// circuit has used may not have a price before that one is read again.
World::Means World::means_of(const BoxNode& box, const RoomState& room, Utility utility,
                             std::optional<CircuitId> just_read) const {
  const auto rates = rates_of(box.engine->link().state()).value_or(Rates{});
  std::map<Utility, std::pair<std::int64_t, std::int64_t>> costs;  // the least and the most of each
  for (const auto& circuit : room.circuits) {
    const auto told = box.told.find(circuit.circuit);
    if (told == box.told.end() || told->second.first != circuit.meter) continue;
    const auto units = std::max<std::int64_t>(0, told->second.second.units - circuit.reading.units);
    auto& cost = costs[circuit.utility];
    cost.second += units * rates.most / 1000 + 1;
    if (circuit.circuit == just_read && has_price(box, circuit, now_of(box)))
      cost.first += std::max<std::int64_t>(0, units * rates.least / 1000 - 1);
  }
  Means means{room.balance.micros, room.balance.micros};
  for (const auto& [sort, cost] : costs) {
    const auto free = free_of(room, sort).micros;
    means.least += sort == utility ? -cost.second : std::min<std::int64_t>(0, free - cost.second);
    means.most += sort == utility ? -cost.first : std::min<std::int64_t>(0, free - cost.first);
  }
  const auto free = free_of(room, utility).micros;
  return {means.least + free, means.most + free};
}

Money World::free_of(const RoomState& room, Utility utility) {
  const auto at = room.allow.find(utility);
  return at == room.allow.end() ? Money{} : at->second;
}

/// After each event: as the box has last ordered, or seen, each relay.
void World::check_control(BoxNode& box, std::optional<CircuitId> just_read) {
  if (!box.engine || box.engine->link().row().fenced || box.engine->link().state().prices().empty()) return;
  for (const auto& [id, room] : box.engine->link().state().rooms()) {
    if (!room.open) continue;
    for (const auto& circuit : room.circuits)
      check_circuit(box, id, circuit.circuit, means_of(box, room, circuit.utility, just_read));
  }
  const auto is_here = [&](CircuitId circuit) {
    const auto& rooms = box.engine->link().state().rooms();
    return std::any_of(rooms.begin(), rooms.end(),
                       [&](const auto& item) { return item.second.open && item.second.find(circuit) != nullptr; });
  };
  for (const auto circuit : box.known.waiting)
    if (!is_here(circuit)) box.known.excused.insert(circuit);
}

/// What it surely must be, given that its room has between `least` and `most`. Nothing: either.
std::optional<bool> World::should_be_on(const BoxNode& box, CircuitId circuit, const Means& means) const {
  const auto settings = settings_of(box.engine->link().state(), circuit);
  if (!settings || box.known.unsure.contains(circuit)) return std::nullopt;
  const auto trip = box.known.trips.find(circuit);
  if (trip != box.known.trips.end() && trip->second.off()) return false;
  if (settings->mode == ControlMode::forced_off) return false;
  if (settings->mode == ControlMode::forced_on) return true;
  if (means.most <= settings->cut_at.micros) return false;
  const auto hour = hour_of(box, *settings);
  if (hour && hour->action == TimeAction::off) return false;
  const auto row = box.known.rows.find(circuit);
  const bool cut_for_hour = row != box.known.rows.end() && row->second.decision == Decision{false, RelayReason::timetable};
  const bool knows_hour = box.known.hours_at.minute >= 0;
  if (cut_for_hour && settings->timetable != 0 && !knows_hour) return false;  // it is held until somebody knows the hour
  if (cut_for_hour && !box.known.periods.contains(settings->timetable)) return std::nullopt;
  if (means.least > settings->cut_at.micros) return true;
  return std::nullopt;
}

/// All of a room's meters have told what they show, or were waited for: before, nothing is closed for its money.
bool World::is_read(const BoxNode& box, RoomId room) const {
  if (has_waited(box, room)) return true;
  const auto& circuits = box.engine->link().state().find(room)->circuits;
  return std::all_of(circuits.begin(), circuits.end(), [&](const auto& circuit) { return box.told.contains(circuit.circuit); });
}

void World::check_circuit(BoxNode& box, RoomId room, CircuitId circuit, const Means& means) {
  const auto at = box.ordered.find(circuit);
  const auto should = should_be_on(box, circuit, means);
  auto& known = box.known;
  // One that would not close now may do so later, with a turn or without.
  if (!should.value_or(false) || now_of(box).tick >= known.until) known.excused.insert(circuit);
  if (at == box.ordered.end() || !should || at->second == *should || known.waiting.contains(circuit)) return;
  const auto settings = settings_of(box.engine->link().state(), circuit);
  if (*should && settings->mode == ControlMode::prepaid && !is_read(box, room)) return;
  const auto text = "circuit " + std::to_string(circuit.value) + " of room " + std::to_string(room.value) + " with " +
                    std::to_string(means.least) + " to " + std::to_string(means.most) + " micros";
  require(!*should, "control", text + " is off");
  require(*should, "control", text + " is on");
}

/// The last close that the box wrote for the room was asked for without a place to go to.
bool World::is_empty(const BoxNode& box, RoomId id) const {
  const StreamId up{{1}, box.holder, Direction::up};
  for (auto number = box.disk.head(up).number; number > 0; --number) {
    const auto record = box.disk.entry(up, number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry) return false;
    if (entry->kind != Kind::close || entry->room != id || !entry->cause) continue;
    const auto asked = box.disk.entry({{1}, box.holder, Direction::down}, entry->cause->number);
    const auto request = asked ? decode_entry(asked->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    const auto detail = request ? detail_of<CloseRequest>(*request) : std::nullopt;
    return detail && detail->destination == EdgeId{};
  }
  return false;
}

/// Between two stays nothing flows for which the next one would pay, but where a person wants it so.
void World::check_empty(const BoxNode& box, RoomId id, const RoomState& room) const {
  if (room.open || has_come_elsewhere(id, room.opening) || !is_empty(box, id)) return;
  for (const auto& circuit : room.circuits) {
    const auto settings = settings_of(box.engine->link().state(), circuit.circuit);
    const auto& meter = facts_.meters.at(circuit.circuit);
    const bool is_free = settings && settings->mode != ControlMode::forced_on && meter.room == id && !meter.welded;
    require(!is_free || !meter.relay_closed, "control",
            "at rest circuit " + std::to_string(circuit.circuit.value) + " of a room without a stay is on");
  }
}

/// At rest the meters agree; of a box that is due for a turn, as where a timetable's time has just come, that cannot be said.
void World::check_relays() {
  for (const auto& box : boxes_) {
    if (!box->engine || box->engine->link().row().fenced || box->engine->link().state().prices().empty()) continue;
    if (box->engine->wake_up() <= tick_) continue;
    note_hours(*box);
    for (const auto& [id, room] : box->engine->link().state().rooms()) {
      check_empty(*box, id, room);
      if (!room.open) continue;
      for (const auto& circuit : room.circuits) {
        const auto money = room.balance.micros + free_of(room, circuit.utility).micros;
        const auto should = should_be_on(*box, circuit.circuit, {money, money});
        require(!should || facts_.meters.at(circuit.circuit).relay_closed == *should, "control",
                "at rest circuit " + std::to_string(circuit.circuit.value) + (should.value_or(false) ? " is off" : " is on"));
      }
    }
  }
}

}  // namespace wattle::sim
