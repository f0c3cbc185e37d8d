// At each order to a relay: its reason is on the disk, and can be found again from the facts that stand beside it; those facts
// are what the world knows; and after a mains failure one circuit follows the other.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

/// Safety over force over an empty room over arrears over timetable, once more.
Decision decided_again(const RelayRow& row) {
  const auto& facts = row.facts;
  if (facts.fire && !facts.is_lighting) return {false, RelayReason::fire};
  if (facts.trip.locked) return {false, RelayReason::locked_out};
  if (facts.trip.cut_at)
    return {false, facts.trip.cause == TripCause::overload ? RelayReason::overload : RelayReason::malignant};
  if (facts.mode == ControlMode::forced_off) return {false, RelayReason::forced_off};
  if (!facts.may_return) return {false, RelayReason::returning};
  if (facts.mode == ControlMode::forced_on) return {true, RelayReason::forced_on};
  if (facts.is_over) return {false, RelayReason::stay_over};
  if (facts.available.micros <= facts.cut_at.micros) return {false, RelayReason::no_credit};
  if (row.period && row.period->action == TimeAction::off) return {false, RelayReason::timetable};
  return {true, RelayReason::credit};
}

std::string name_of(CircuitId circuit) { return "circuit " + std::to_string(circuit.value); }

}  // namespace

/// What of a commit concerns the log and the trips, once it is durable.
void World::note_rows(BoxNode& box, const Commit& commit) {
  box.known.durable = box.known.trips;
  for (const auto& write : commit) {
    const auto* put = std::get_if<PutRow>(&write);
    if (put == nullptr || put->table != Table::relay || put->value.empty()) continue;
    const auto row = decode_relay_row(put->value);
    require(row.has_value(), "relay log", "a row cannot be read");
    if (row->event != RelayEvent::decided) continue;
    require(decided_again(*row) == row->decision, "relay log",
            name_of(row->circuit) + ": the reason does not follow from the facts");
    check_facts(box, *row);
    box.known.rows[row->circuit] = *row;
    const auto trip = box.known.trips.find(row->circuit);
    if (trip == box.known.trips.end() || !trip->second.off()) continue;
    trip->second.number = box.known.durable[row->circuit].number = row->trip;
  }
}

/// The facts of a row are those that the world knows.
void World::check_facts(const BoxNode& box, const RelayRow& row) const {
  if (!box.engine || box.known.unsure.contains(row.circuit)) return;
  const auto settings = settings_of(box.engine->link().state(), row.circuit);
  if (!settings) return;
  const auto trip = box.known.trips.find(row.circuit);
  const bool locked = trip != box.known.trips.end() && trip->second.locked;
  const bool cut = trip != box.known.trips.end() && trip->second.cut;
  const auto* room = box.engine->link().state().find(row.room);
  require(row.facts.mode == settings->mode && row.facts.cut_at == settings->cut_at, "relay log",
          name_of(row.circuit) + ": the row names other settings");
  require(row.facts.trip.locked == locked && row.facts.trip.cut_at.has_value() == cut, "relay log",
          name_of(row.circuit) + ": the row names another trip");
  require(room != nullptr && row.facts.available.micros <= room->balance.micros + room->allowance().micros, "relay log",
          name_of(row.circuit) + ": the row names more money than there is");
}

void World::check_relay(BoxNode& box, const edge::SwitchRelay& relay) {
  const StreamId up{{1}, box.holder, Direction::up};
  const StreamId down{{1}, box.holder, Direction::down};
  require(relay.rests_on.mine <= box.disk.head(up).number && relay.rests_on.theirs <= box.disk.head(down).number, "output",
          "a relay moves for what is not durable");
  const auto row = box.known.rows.find(relay.circuit);
  require(row != box.known.rows.end() && row->second.decision == Decision{relay.close, relay.reason}, "relay log",
          name_of(relay.circuit) + " moves without a row that says why");
  if (relay.close) check_turn(box, relay.circuit);
}

/// Of those that wait: not before the pause is over, and lamps first.
void World::check_turn(BoxNode& box, CircuitId circuit) {
  auto& known = box.known;
  if (known.waiting.erase(circuit) == 0 || known.excused.erase(circuit) != 0) return;
  const auto now = now_of(box).tick;
  if (now >= known.until) return;
  const auto& state = box.engine->link().state();
  require(now >= known.next_turn, "mains", name_of(circuit) + " returns before the pause is over");
  known.next_turn = now + pause_of(state);
  const auto load = settings_of(state, circuit).value_or(ControlSettings{}).load;
  for (const auto& [id, room] : state.rooms())
    for (const auto& figures : room.circuits) {
      const auto other = figures.circuit;
      const auto settings = settings_of(state, other);
      if (!room.open || !known.waiting.contains(other) || known.excused.contains(other) || !known.seen.contains(other) ||
          !settings)
        continue;
      // On a bus a room's meters are not all heard in one sweep; before they were, nothing closes there for its money.
      if (settings->mode == ControlMode::prepaid && !is_read(box, id)) continue;
      const bool ready = should_be_on(box, other, means_of(box, room, figures.utility, std::nullopt)).value_or(false);
      require(!ready || settings->load >= load, "mains", name_of(circuit) + " returns before " + name_of(other));
    }
}

/// A trip lasts longer over a restart, never shorter: ticks begin anew. The hours, who waits and whose turn was last are
/// not kept.
void World::start_trips(BoxNode& box) const {
  auto& known = box.known;
  known.trips = known.durable;
  for (auto& [circuit, trip] : known.trips) {
    trip.above_since.reset();
    if (!trip.off()) trip.count = 0;
    trip.first = now_of(box).tick;
    if (trip.cut) trip.cut = trip.first;
  }
  known.periods.clear();
  known.hours_at = {};
  known.registers_at = {};
  known.waiting.clear();
  known.seen.clear();
  known.next_turn = {};
  find_rows(box);
}

/// Which trips were among what the disk has lost is not reckoned.
void World::forget_trips(BoxNode& box) const {
  for (const auto& [circuit, trip] : box.known.trips) box.known.unsure.insert(circuit);
  for (const auto& [circuit, trip] : box.known.durable) box.known.unsure.insert(circuit);
}

/// As it is on the disk, when a box starts or its disk has forgotten.
void World::find_rows(BoxNode& box) const {
  box.known.rows.clear();
  for (const auto& [key, value] : box.disk.rows(Table::relay))
    if (const auto row = decode_relay_row(value); row && row->event == RelayEvent::decided) box.known.rows[row->circuit] = *row;
}

}  // namespace wattle::sim
