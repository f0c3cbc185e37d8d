// At the moment itself, since what follows heals it: a room's energy is charged up to what was read before its money leaves,
// and nothing is credited where a close was asked for.

#include <algorithm>

#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

/// What was paid settles the debt of the room's stay first: an entry of this moment that credits the room leaves none.
void check_arrears(const Entry& entry, const cloud::Site& site) {
  if (entry.kind != Kind::recharge && entry.kind != Kind::deliver) return;
  const bool credits =
      std::any_of(entry.lines.begin(), entry.lines.end(), [](const Line& line) { return line.to.kind == PocketKind::room; });
  const auto opening = detail_of<Credit>(entry).value_or(Credit{}).opening;
  const auto owed = std::min(-site.index().balance(arrears_pocket(*entry.room)).micros,
                             site.index().owed(*entry.room, opening).micros);  // of an ended stay's a restore may know again
  require(!credits || owed <= 0, "arrears",
          "room " + std::to_string(entry.room->value) + " is credited and owes " + std::to_string(owed));
}

/// The next stay begins without the last one's debt.
void check_next_stay(const Entry& open, const Disk& database, const cloud::Site& site) {
  if (open.kind != Kind::open || !open.cause) return;
  const auto record = database.entry({open.stream.site, open.cause->link, open.cause->direction}, open.cause->number);
  const auto closed = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  if (!closed) return;
  const auto on_behalf = closed->kind == Kind::close_for ? detail_of<CloseFor>(*closed) : std::nullopt;
  const auto close = on_behalf ? std::optional(on_behalf->close) : detail_of<Close>(*closed);
  if (!close || close->opening == detail_of<Open>(open).value_or(Open{}).opening) return;
  const auto owed = -site.index().balance(arrears_pocket(*open.room)).micros;
  require(owed <= 0, "arrears",
          "room " + std::to_string(open.room->value) + " is opened for the next students and owes " + std::to_string(owed));
}

/// What energy has surely used of a room's own money since its slices, beyond its allowances: by the readings that the box was
/// given, at the cheapest rate that it knows. A circuit that was never charged may have no price yet.
std::int64_t surely_used(const BoxNode& box, const RoomState& room) {
  const auto& prices = box.engine->link().state().prices();
  std::map<Utility, std::int64_t> used;
  for (const auto& circuit : room.circuits) {
    const auto told = box.told.find(circuit.circuit);
    if (told == box.told.end() || told->second.first != circuit.meter || !prices.contains(circuit.price)) continue;
    std::int64_t rate = INT64_MAX;
    for (const auto& [version, plan] : prices)
      for (const auto& band : plan.bands)
        for (const auto& tier : band.tiers)
          if (plan.utility == static_cast<std::uint8_t>(circuit.utility)) rate = std::min(rate, tier.rate);
    const auto units = std::max<std::int64_t>(0, told->second.second.units - circuit.reading.units);
    if (units > 0) used[circuit.utility] += units * rate / 1000 - 1;
  }
  std::int64_t sum = 0;
  for (const auto& [utility, micros] : used) {
    const auto allowed = room.allow.find(utility);
    sum += std::max<std::int64_t>(
        0, micros - (allowed == room.allow.end() ? 0 : std::max<std::int64_t>(0, allowed->second.micros)));
  }
  return sum;
}

/// What a person charges again is of what the energy has left.
void check_left_for_energy(const BoxNode& box, const Entry& entry) {
  const auto charges = [](const Line& line) { return line.to.kind == PocketKind::sold; };
  const auto* room = box.engine->link().state().find(*entry.room);
  if (room == nullptr || !entry.after || std::none_of(entry.lines.begin(), entry.lines.end(), charges)) return;
  const auto used = surely_used(box, *room);
  require(entry.after->room.micros >= used, "correction",
          "room " + std::to_string(entry.room->value) + " is charged again and left with " +
              std::to_string(entry.after->room.micros) + ", of which energy has used " + std::to_string(used));
}

}  // namespace

void World::forget_readings(BoxNode& box) {
  box.told.clear();
  box.read.clear();
  box.dated.clear();
  box.begun.clear();
  box.first_gaps.clear();
  box.gone_on.clear();
  box.undated.clear();
  box.latest = {};
  box.unread_since = now_of(box).tick;
}

/// For meters that say nothing, since the box started, was given back a copy, or has had the room: by this very event, if that
/// is not noted yet.
bool World::has_waited(const BoxNode& box, RoomId room) const {
  const auto opened = box.opened.find(room);
  const auto since = opened == box.opened.end() ? now_of(box).tick : std::max(box.unread_since, opened->second);
  return now_of(box).tick - since >= edge::patience_for_reading;
}

/// What is to be kept is kept by both of a box's clocks, its own and the one that it trusts.
Clocks World::clocks_of(const BoxNode& box) const {
  const auto wall = now_of(box).wall;
  const auto trusted = box.engine->clock(now_of(box)).value_or(wall);
  return {std::min(trusted, wall), std::max(trusted, wall)};
}

void World::note_openings(BoxNode& box) {
  const auto& state = box.engine->link().state();
  const auto is_open = [&](RoomId id) { return state.find(id) != nullptr && state.find(id)->open; };
  std::erase_if(box.opened, [&](const auto& item) { return !is_open(item.first); });
  for (const auto& [id, room] : state.rooms())
    if (room.open) box.opened.try_emplace(id, now_of(box).tick);
}

/// It is given back what it wrote in another life, or goes on from there.
void World::forget_branch(BoxNode& box) {
  forget_readings(box);
  for (const auto& [circuit, meter] : facts_.meters) box.gone_on.insert(circuit);  // its accruals may have stayed
  last_slices_.clear();  // two lives may have charged up to the same reading
}

/// A circuit's accrual begins anew.
void World::forget_way(BoxNode& box, CircuitId circuit) {
  box.dated.erase(circuit);
  box.begun.erase(circuit);
  box.first_gaps.erase(circuit);
  box.gone_on.erase(circuit);
}

/// What this box's meters have told it in this life, as far as it could take it.
void World::note_reading(BoxNode& box, const edge::Event& event) {
  if (const auto* replaced = std::get_if<edge::MeterReplaced>(&event); replaced != nullptr && box.engine) {
    const auto* at = box.engine->link().state().find(replaced->room);
    const auto* old = at != nullptr && at->open ? at->find(replaced->circuit) : nullptr;
    if (old != nullptr) note_dated(box, *old, replaced->final_reading.units);  // the technician has read it
  }
  const auto* reading = std::get_if<edge::MeterRead>(&event);
  const auto* room = reading != nullptr && box.engine ? box.engine->link().state().find(reading->room) : nullptr;
  const auto* circuit = room != nullptr && room->open ? room->find(reading->circuit) : nullptr;
  // Also of a room that has just left: its bus goes on until the sweep is over, and the box believes what it reads.
  if (reading != nullptr && reading->relay_closed) box.ordered[reading->circuit] = *reading->relay_closed;
  if (circuit == nullptr) return;
  box.read.insert(reading->circuit);
  priced_[circuit->circuit].insert(circuit->price);
  if (circuit->meter != reading->meter) return;
  const auto told = box.told.find(reading->circuit);
  const auto before = told != box.told.end() && told->second.first == circuit->meter
                          ? std::max(told->second.second, circuit->reading)
                          : circuit->reading;
  const auto step = reading->register_units.units - before.units;
  if (step < 0 || step > edge::register_step_max) return;
  box.told[reading->circuit] = {reading->meter, reading->register_units};
  note_dated(box, *circuit, reading->register_units.units);
}

/// A change of a meter that the box has not taken: what it makes of its last reading is the box's.
void World::note_refused(BoxNode& box, const edge::Event& event) {
  const auto* replaced = std::get_if<edge::MeterReplaced>(&event);
  if (replaced == nullptr || !box.engine) return;
  const auto* room = box.engine->link().state().find(replaced->room);
  const auto* circuit = room != nullptr && room->open ? room->find(replaced->circuit) : nullptr;
  if (circuit != nullptr && circuit->meter == replaced->new_meter) return;
  forget_way(box, replaced->circuit);
  box.gone_on.insert(replaced->circuit);
}

/// A request ends with its answer: what was asked for in full, or all that there was.
void World::check_whole(const BoxNode& box, const Entry& answer) const {
  const auto reason = detail_of<Answer>(answer).value_or(Answer{}).reason;
  if (reason != AnswerReason::released && reason != AnswerReason::nothing_left) return;
  const auto record = box.engine->link().down().at(answer.cause->number);
  const auto asked = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  if (!asked || asked->kind != Kind::release_request) return;
  const auto request = detail_of<ReleaseRequest>(*asked).value_or(ReleaseRequest{});
  const auto released = answer.lines.empty() ? Money{} : answer.lines.front().amount;
  if (released == request.at_most) return;
  const bool of_room = request.allow == Utility::none;
  const auto left =
      of_room ? answer.after->room : box.engine->link().state().balance(allow_pocket(*answer.room, request.allow, box.holder));
  require(left.micros <= (of_room ? 9'999 : 0), "allowance",
          "room " + std::to_string(answer.room->value) + " is left with " + std::to_string(left.micros) + " of its " +
              (of_room ? "money" : "allowance") + ", and was asked for " + std::to_string(request.at_most.micros));
}

/// Money leaves a room when its energy is charged up to the newest readings, each of this life.
void World::check_read_before(BoxNode& box, const Entry& entry) {
  const auto* check = entry.kind == Kind::close ? "meter chain" : "released money of accrued energy";
  const bool waited = has_waited(box, *entry.room);
  for (const auto& circuit : box.engine->link().state().find(*entry.room)->circuits) {
    const auto name = "circuit " + std::to_string(circuit.circuit.value);
    require(waited || box.read.contains(circuit.circuit), check,
            name + " was not read since the box started, was given back a copy or has had the room");
    const auto told = box.told.find(circuit.circuit);
    require(told == box.told.end() || told->second.first != circuit.meter || told->second.second <= circuit.reading ||
                !has_price(box, circuit, now_of(box)),
            check,
            name + " is charged up to " + std::to_string(circuit.reading.units) + " and was read at " +
                std::to_string(told == box.told.end() ? 0 : told->second.second.units));
    if (entry.kind == Kind::close) box.told.erase(circuit.circuit);  // should it come back, it is read again
  }
}

/// A register whose end the meter tells, and that stands where it was counted to, is none.
void World::check_anomaly(const Anomaly& told) const {
  const auto& meter = facts_.meters.at(told.circuit);
  const bool stands = meter.ends > 0 && tells_its_end(meter) && told.meter == meter.number &&
                      (told.last.units - told.seen.units) % meter.ends == 0;
  require(!stands, "anomaly",
          "circuit " + std::to_string(told.circuit.value) + " stands at " + std::to_string(told.last.units) +
              ", which is held behind itself: its register shows " + std::to_string(told.seen.units));
}

/// `before`: the box's head before the event. Releases and closes written since rest on the newest readings.
void World::check_charged(BoxNode& box, const Head& before) {
  if (!box.engine) return;
  const auto& link = box.engine->link();
  if (!link.up().holds(before)) {  // it was given back another branch, and its accruals are gone
    forget_branch(box);
    return note_openings(box);
  }
  std::map<CircuitId, std::vector<Consumption>> slices;
  std::set<CircuitId> asked;  // for a release or a close
  const auto close_way = [&](CircuitId circuit) {
    if (const auto at = slices.find(circuit); at != slices.end()) check_shares(box, circuit, at->second, true);
    slices.erase(circuit);
    forget_way(box, circuit);
  };
  for (auto number = before.number + 1; number <= link.up().head().number; ++number) {
    const auto at = link.up().at(number);
    const auto kept = database_.entry(link.up().id(), number);
    if (!at) {  // given back, and dropped at once by a settlement that was given back with it
      forget_branch(box);
      continue;
    }
    const auto& written = *at;
    if (kept && kept->hash == written.hash) {  // the cloud has it already, so it was written in another life and given back
      forget_branch(box);
      continue;
    }
    const auto entry = decode_entry(written.bytes);
    if (entry && entry->kind == Kind::consumption) {
      check_price(box, *entry);
      const auto slice = *detail_of<Consumption>(*entry);
      slices[slice.circuit].push_back(slice);
    }
    if (const auto held = entry && entry->kind == Kind::anomaly ? detail_of<Anomaly>(*entry) : std::nullopt)
      check_anomaly(*held);
    if (entry && entry->kind == Kind::correction) check_left_for_energy(box, *entry);
    if (entry && entry->kind == Kind::meter_change) {
      const auto change = detail_of<MeterChange>(*entry).value_or(MeterChange{});
      box.read.insert(change.circuit);  // the technician has read both
      close_way(change.circuit);
      if (change.old_meter == change.new_meter) box.told.erase(change.circuit);  // its register goes on from elsewhere
      last_slices_.erase(change.circuit);  // every new meter begins alike, so its reading tells no lives apart
    }
    if (const auto close = entry && entry->kind == Kind::close ? detail_of<Close>(*entry) : std::nullopt)
      for (const auto& figures : close->circuits) note_left(figures);
    if (entry && (entry->kind == Kind::close || entry->kind == Kind::answer))
      for (const auto& circuit : link.state().find(*entry->room)->circuits) {
        asked.insert(circuit.circuit);
        if (entry->kind == Kind::close) close_way(circuit.circuit);
      }
    if (entry && entry->kind == Kind::answer) check_whole(box, *entry);
    const bool leaves = entry && (entry->kind == Kind::close || (entry->kind == Kind::answer && !entry->lines.empty()));
    if (leaves && entry->room) check_read_before(box, *entry);
  }
  // What was charged for an answer stays so, where another circuit has no price yet and the answer waits for that.
  for (const auto& [number, request] : link.state().requests())
    if (const auto* room = slices.empty() ? nullptr : link.state().find(request.room); room != nullptr)
      for (const auto& circuit : room->circuits) asked.insert(circuit.circuit);
  // And what was counted before a reading that is held is charged at once.
  const auto is_held = [&](CircuitId circuit) { return box.engine->circuit_view(circuit).held; };
  for (const auto& [circuit, written] : slices)
    check_shares(box, circuit, written, asked.contains(circuit) || is_held(circuit));
  note_openings(box);
}

/// In the cloud's streams: from a close-request that is not answered on, nothing is credited to the room there.
void World::check_credits() {
  for (const auto& id : database_.streams()) {
    if (id.direction != Direction::down) continue;
    auto& looked = looked_[id];
    const auto head = database_.head(id);
    if (head == looked) continue;
    const auto here = database_.entry(id, looked.number);
    const bool goes_on = looked.number == 0 || (here && here->hash == looked.hash);
    auto from = goes_on ? looked.number + 1 : head.number + 1;  // after a restore: what comes from now on
    if (!goes_on) asked_to_close_[id].clear();
    for (auto number = from; number <= head.number; ++number) {
      if (!database_.entry(id, number)->signature)
        continue;  // its own entries come back signed: written before, at other times
      from = number + 1;
      asked_to_close_[id].clear();
    }
    looked = head;
    const StreamId up{id.site, id.link, Direction::up};
    for (auto number = from; number <= head.number; ++number) {
      const auto entry = decode_entry(database_.entry(id, number)->bytes);
      if (!entry || !entry->room) continue;
      const bool is_new = entry->time == now().wall;
      require(!is_new || entry->kind != Kind::release_request || !bills_due_, "provider's bill",
              "money is asked back before the bills since the restore are read");
      if (site() != nullptr && processes_.size() == 1 && is_new) {
        check_arrears(*entry, *site());
        check_next_stay(*entry, database_, *site());
      }
      auto& asked = asked_to_close_[id];
      if (entry->kind == Kind::open) asked.erase(*entry->room);
      if (entry->kind == Kind::close_request) asked[*entry->room] = number;
      const auto at = asked.find(*entry->room);
      if (at == asked.end() || entry->kind == Kind::settle_debt) continue;
      bool credits = false;
      for (const auto& line : entry->lines)
        credits = credits || line.to.kind == PocketKind::room || line.to.kind == PocketKind::allow;
      if (!credits || is_answered(up, at->second)) continue;
      require(false, "stranded money",
              "room " + std::to_string(entry->room->value) + " is credited at a box where its close was asked for");
    }
  }
}

bool World::is_answered(const StreamId& up, std::uint64_t request) const {
  for (auto number = database_.head(up).number; number >= database_.first(up) && number > 0; --number) {
    const auto entry = decode_entry(database_.entry(up, number)->bytes);
    if (entry && entry->cause && entry->cause->direction == Direction::down && entry->cause->number == request) return true;
    if (entry && entry->seen.number < request) return false;
  }
  return false;
}

}  // namespace wattle::sim
