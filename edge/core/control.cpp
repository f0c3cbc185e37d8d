// Whether each circuit is on. From a hair dryer to a cut:
//
// 1. observe(): the meter's reading shows 1,800 W on a circuit that may carry 1,000 W. The trip's patience begins.
// 2. A reading some seconds later still shows it: the circuit has tripped. That is a row (trips.hpp), so that it stays tripped
//    over a restart.
// 3. decide_relays(), after every event: for each circuit that the event may concern, facts_of() gathers what the decision
// rests
//    on, and decide() (shared/policy/arbiter.hpp) says {off, overload}. That is another decision than the last one, so it
//    becomes a row of the relay log with all its facts.
// 4. The engine puts both rows into the commit that goes first; only then comes the order to the relay.
// 5. After `restore_minutes` wake_up() names the moment, restore_due() ends the trip, and the circuit closes again; after
//    `lock_after` trips it stays locked out, until the register clear/<circuit> names this very trip.
//
// A room whose stay has ended is dark until the next one begins: what flowed meanwhile would be charged to that one. A room
// that has left for another box, or that has no price yet, keeps its relays as they are; so does a box that is fenced.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {

namespace {

Bytes warned_key(RoomId room) {
  const auto text = "warned/" + std::to_string(room.value);
  return {text.begin(), text.end()};
}

Bytes ended_key(RoomId room) {
  const auto text = "ended/" + std::to_string(room.value);
  return {text.begin(), text.end()};
}

}  // namespace

/// What a reading says about the relay and about the load. False when it is not of a circuit that is charged here.
void Engine::observe(const MeterRead& reading) {
  auto& circuit = circuits_[reading.circuit];
  if (reading.relay_closed) circuit.closed = *reading.relay_closed;
  if (circuit.ordered == reading.relay_closed) circuit.ordered.reset();
  touched_ = reading.room;
  const auto* room = link_.state().find(reading.room);
  const auto* figures = room != nullptr && room->open ? room->find(reading.circuit) : nullptr;
  // Behind another number there may be another room's load.
  if (!reading.power || figures == nullptr || figures->meter != reading.meter) return;
  circuit.power = reading.power;
  if (link_.row().fenced) return;
  const auto& settings = settings_.of(reading.circuit);
  auto rule = settings.trip;
  rule.limit = limit_of(rule, hours_.of(settings.timetable)).value_or(Power{});
  const auto number = static_cast<std::uint32_t>(entropy_->word() | 1U);
  if (!trips_.observe(reading.circuit, rule, *reading.power, number, now_.tick, commit_)) return;
  const bool locked = trips_.find(reading.circuit)->trip.locked;
  raise(locked ? Alarm::locked_out : Alarm::tripped, number, reading.room);
}

/// The circuits whose mains have come back. What their relays did meanwhile is not known.
void Engine::on(const MainsReturned& returned) {
  for (const auto id : returned.circuits) {
    auto& circuit = circuits_[id];
    circuit.closed.reset();
    // Else all that were to close while their meters were silent would close together, as fast as they are heard.
    if (std::exchange(circuit.ordered, std::nullopt) == true) outcome_.push_back(ForgetOrder{id});
    returning_.add(id, now_.tick);
  }
  look_at_all_ = true;
}

void Engine::on(const RelayNoticed& noticed) { write_noticed(noticed.room, noticed.circuit, noticed.what, std::nullopt); }

/// Once each, also over a restart. A trip that this box had ordered is none of the meter's own.
void Engine::on(const MeterEventFound& found) {
  const bool has_row = found.what == MeterEvent::tripped || is_opened_cover(found.what);
  if (has_row && relay_log_.has_noted(found.circuit, found.what, found.at)) return;
  const auto at = circuits_.find(found.circuit);
  const auto decided = at == circuits_.end() ? std::nullopt : at->second.decided;
  if (found.what == MeterEvent::tripped && relay_log_.was_to_be_off(found.circuit, found.at, decided)) return;
  if (has_row) write_noticed(found.room, found.circuit, RelayEvent::meter, MeterEventNote{found.what, found.cause, found.at});
  outcome_.push_back(EventTold{found});
}

void Engine::write_noticed(RoomId id, CircuitId circuit, RelayEvent what, std::optional<MeterEventNote> noted) {
  const auto at = circuits_.find(circuit);
  const auto* room = link_.state().find(id);
  const auto* figures = room != nullptr && decides_on(id) ? room->find(circuit) : nullptr;
  if (at == circuits_.end() || !at->second.decided || figures == nullptr) return;
  auto row = row_of(id, circuit, facts_of(id, circuit));
  row.event = what;
  row.noted = noted;
  row.decision = *at->second.decided;
  relay_log_.write(std::move(row), commit_);
}

/// Makes every decision that the event may have changed. `switches`: the orders, which follow the commit.
void Engine::decide_relays(Effects& switches) {
  const auto touched = std::exchange(touched_, std::nullopt);
  if (link_.row().fenced) return;
  const std::pair heads{link_.up().head(), link_.down().head()};
  if (heads != decided_at_) {  // money has moved, or a register may have
    decided_at_ = heads;
    look_at_all_ = true;
    follow_settings();
  }
  look_at_all_ = restore_due() || look_at_all_;
  const auto waits = [&](const auto& item) { return !has_waited(item.first); };
  const auto waiting = std::count_if(opened_.begin(), opened_.end(), waits);
  if (std::exchange(waiting_, waiting) != waiting) look_at_all_ = true;
  if (link_.state().prices().empty()) return;
  const bool turn = give_turn();
  const bool all = std::exchange(look_at_all_, false) || turn;
  if (!all && touched) decide_room(*touched, switches);
  if (!all) return;
  for (const auto& [id, room] : link_.state().rooms()) decide_room(id, switches);
}

void Engine::look_at_hours(bool settings_changed) {
  look_at_all_ = hours_.look(clock_.read(now_), settings_changed, settings_) || look_at_all_;
}

void Engine::follow_settings() {
  const std::pair heads{link_.up().head(), link_.down().head()};
  if (std::exchange(settings_at_, heads) != heads && read_settings()) look_at_hours(true);
}

bool Engine::read_settings() {
  const auto change = settings_.read(link_.state().config(), commit_);
  for (std::size_t i = 0; i < change.bad.size(); ++i) raise(Alarm::bad_setting);
  for (const auto& [circuit, order] : settings_.clears())
    if (change.any) trips_.clear(circuit, order.trip, commit_);
  note_wiring(change.wiring);
  if (change.any) order_outcomes_.look(settings_);
  return change.any;
}

bool Engine::restore_due() {
  bool any = false;
  for (const auto& [circuit, state] : trips_.all())
    if (state.trip.cut_at) any = trips_.restore_if_due(circuit, settings_.of(circuit).trip, now_.tick, commit_) || any;
  return any;
}

/// Of those that wait after a mains failure the first one that would close now, and whose relay is known to be open.
bool Engine::give_turn() {
  if (returning_.empty() || !returning_.is_turn(now_.tick)) return false;
  bool any = false;
  for (const auto& place : returning_.in_order([this](CircuitId id) { return settings_.of(id).load; })) {
    const auto room = deciding_room(place.circuit);
    const auto& closed = circuits_[place.circuit].closed;
    const auto facts = facts_of(room.value_or(RoomId{}), place.circuit);
    const auto decision = room ? decision_of(*room, place.circuit, facts) : std::nullopt;
    const bool waits = room && !closed.value_or(false) && (!decision || decision->on);
    const bool is_ready = closed && decision;
    if (!waits || (!is_ready && returning_.is_over(now_.tick))) {
      returning_.forget(place.circuit);
      any = true;
    } else if (is_ready) {
      returning_.take_turn(place.circuit, settings_.return_pause(), now_.tick);
      return true;
    }
  }
  return any;
}

std::optional<RoomId> Engine::room_of(CircuitId circuit) const {
  for (const auto& [id, room] : link_.state().rooms())
    if (room.open && room.find(circuit) != nullptr) return id;
  return std::nullopt;
}

/// Where it is open; else where a stay has ended with it.
std::optional<RoomId> Engine::deciding_room(CircuitId circuit) const {
  if (const auto room = room_of(circuit)) return room;
  for (const auto& [id, room] : link_.state().rooms())
    if (has_ended(id) && room.find(circuit) != nullptr) return id;
  return std::nullopt;
}

CircuitFacts Engine::facts_of(RoomId room, CircuitId id) const {
  const auto& settings = settings_.of(id);
  CircuitFacts facts;
  facts.is_lighting = settings.load == LoadKind::lighting;
  facts.mode = settings.mode;
  if (const auto* tripped = trips_.find(id)) facts.trip = tripped->trip;
  const auto* there = link_.state().find(room);
  if (const auto* figures = there == nullptr ? nullptr : there->find(id)) facts.available = available(room, figures->utility);
  facts.cut_at = settings.cut_at;
  facts.period = hours_.of(settings.timetable);
  facts.is_over = has_ended(room);
  return facts;
}

RelayRow Engine::row_of(RoomId room, CircuitId id, const CircuitFacts& facts) const {
  const auto& circuit = circuits_.at(id);
  const auto* tripped = trips_.find(id);
  RelayRow row;
  row.time = now_.wall;
  row.room = room;
  row.circuit = id;
  row.before = circuit.closed;
  row.facts = facts;
  if (facts.period != nullptr) row.period = *facts.period;
  row.trip = tripped == nullptr ? 0 : tripped->number;
  row.power = circuit.power;
  row.limit = limit_of(settings_.of(id).trip, facts.period);
  row.mine = position().mine;
  row.theirs = position().theirs;
  return row;
}

void Engine::decide_room(RoomId id, Effects& switches) {
  const auto* room = link_.state().find(id);
  if (room == nullptr || !decides_on(id)) return;
  for (const auto& figures : room->circuits)
    if (room->open || deciding_room(figures.circuit) == id) decide_circuit(id, figures.circuit, switches);
  if (room->open) warn(id, *room);
}

bool Engine::decides_on(RoomId id) const {
  const auto* room = link_.state().find(id);
  return room != nullptr && (room->open || has_ended(id));
}

bool Engine::has_ended(RoomId id) const {
  const auto* room = link_.state().find(id);
  const auto at = ended_.find(id);
  return room != nullptr && !room->open && at != ended_.end() && at->second == room->opening;
}

/// With the close, in its commit.
void Engine::note_ended(RoomId id, std::uint32_t opening) {
  ended_[id] = opening;
  Bytes row;
  Writer(row).u32(opening);
  commit_.push_back(PutRow{Table::box, ended_key(id), std::move(row)});
}

/// What follows from the facts, as far as a box knows them that has just started. What its last life has cut for the hour stays
/// cut until somebody knows the hour. And before its meters have been read again a room seems to have more than it has: until
/// then nothing is closed for its money, and there is no decision.
std::optional<Decision> Engine::decision_of(RoomId room, CircuitId id, const CircuitFacts& facts) const {
  const auto& circuit = circuits_.at(id);
  const auto decision = decide(facts);
  if (decision != Decision{true, RelayReason::credit}) return decision;
  const bool cut_for_hour = circuit.decided == Decision{false, RelayReason::timetable};
  if (cut_for_hour && !hours_.is_known() && settings_.of(id).timetable != 0) return circuit.decided;
  if (!circuit.closed.value_or(false) && !is_read(room)) return std::nullopt;
  return decision;
}

void Engine::decide_circuit(RoomId room, CircuitId id, Effects& switches) {
  auto& circuit = circuits_[id];
  if (circuit.closed.value_or(false)) returning_.forget(id);  // it carries its load already
  auto facts = facts_of(room, id);
  facts.may_return = !returning_.holds(id);
  if (!facts.may_return && !circuit.closed) return;  // its meter has not been heard since
  const auto decision = decision_of(room, id, facts);
  if (!decision) return;
  if (circuit.decided != decision) {
    auto row = row_of(room, id, facts);
    row.decision = *decision;
    relay_log_.write(std::move(row), commit_);
    circuit.decided = decision;
  }
  if (circuit.closed == decision->on && circuit.ordered.value_or(decision->on) == decision->on) return;
  circuit.closed = circuit.ordered = decision->on;  // until a reading shows something else
  switches.push_back(SwitchRelay{room, id, decision->on, decision->reason, position()});
}

/// Once each way, also over a restart: before its meters have been read again a room seems to have more than it has.
void Engine::warn(RoomId id, const RoomState& room) {
  if (!is_read(id)) return;
  const auto at = warned_.find(id);
  const auto before = at == warned_.end() ? Warning::none : at->second;
  auto level = Warning::none;
  auto left = live_balance(id);  // of the circuit that is told of
  for (const auto& figures : room.circuits) {
    const auto& settings = settings_.of(figures.circuit);
    if (settings.mode != ControlMode::prepaid) continue;
    const auto has = available(id, figures.utility);
    const auto own = next_warning(before, has, settings.warn_first, settings.warn_second);
    if (own > level || (own == level && has < left)) left = has;
    level = std::max(level, own);
  }
  if (level == before) return;
  warned_[id] = level;
  const auto value = level == Warning::none ? Bytes{} : Bytes{static_cast<std::uint8_t>(level)};
  commit_.push_back(PutRow{Table::box, warned_key(id), value});
  outcome_.push_back(Warned{id, level, left, position()});
}

/// What a former life of the box has left: the registers, who was warned, and what was decided last.
void Engine::load_control() {
  read_settings();
  rewired_.clear(), buses_rewired_ = false;  // all is read afresh here, and nothing has been counted since
  for (const auto& [circuit, decision] : relay_log_.found()) circuits_[circuit].decided = decision;
  for (const auto& [id, room] : link_.state().rooms()) {
    const auto row = store_->row(Table::box, warned_key(id));
    if (row && row->size() == 1) warned_[id] = static_cast<Warning>(std::min<std::uint8_t>((*row)[0], 2));
    if (const auto ended = store_->row(Table::box, ended_key(id)); ended && ended->size() == sizeof(std::uint32_t))
      ended_[id] = Reader(*ended).u32();
  }
}

/// When a decision may change although nothing happens.
Tick Engine::control_wake_up() const {
  Tick next = never;
  const auto look_at = [&](Tick tick) {  // what is due already was decided just now, or may not be
    if (tick > now_.tick) next = std::min(next, tick);
  };
  look_at(returning_.wake_up(now_.tick));
  const auto clock = clock_.read(now_);
  if (const auto change = hours_.next_change(); change && clock) look_at(now_.tick + (*change - *clock));
  for (const auto& [circuit, state] : trips_.all())
    if (state.trip.is_cut()) look_at(wattle::wake_up(state.trip, settings_.of(circuit).trip));
  return next;
}

CircuitView Engine::circuit_view(CircuitId id) const {
  CircuitView view;
  const auto& settings = settings_.of(id);
  view.mode = settings.mode;
  const auto at = circuits_.find(id);
  if (at != circuits_.end()) view.decided = at->second.decided;
  if (const auto* tripped = trips_.find(id); tripped != nullptr && tripped->trip.is_cut()) {
    view.trip = tripped->number;
    view.locked = tripped->trip.locked;
  }
  if (const auto room = room_of(id))
    if (const auto warned = warned_.find(*room); warned != warned_.end()) view.warning = warned->second;
  if (const auto open = accruals_.find(id); open != accruals_.end() && open->second.held) {
    view.held = true;
    view.held_after = open->second.newest;
    view.held_shown = open->second.seen;
  }
  view.accept_refused = order_outcomes_.why(RegisterKind::accept, id);
  view.correction_refused = order_outcomes_.why(RegisterKind::correction, id);
  return view;
}

}  // namespace wattle::edge
