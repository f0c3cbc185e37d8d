// Readings become slices. A slice closes on the hour or at a price boundary, when its bus has been read through; and at once at
// a release, a close or a meter change. Between, what has been used is an open accrual, which is provisional.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {

namespace {

std::int64_t hour_of(Instant local) {
  constexpr auto micros = hours(1).micros;
  return local.micros >= 0 ? local.micros / micros : (local.micros - micros + 1) / micros;
}

}  // namespace

/// The newest version that has started, 0 when there is none: then the energy waits in the register. After a restart or a
/// replacement the version of the last closed slice goes on first, so that no price is charged for energy that flowed before it
/// was known.
std::uint32_t Engine::price_for(const CircuitFigures& circuit) const {
  std::uint32_t version = 0;
  Instant started;
  for (const auto& [number, plan] : link_.state().prices()) {
    if (plan.utility != static_cast<std::uint8_t>(circuit.utility) || plan.starts > now_.wall) continue;
    if (version != 0 && plan.starts < started) continue;
    version = number;
    started = plan.starts;
  }
  return version;
}

Engine::OpenAccrual& Engine::accrual(const CircuitFigures& circuit) {
  auto [at, fresh] = accruals_.try_emplace(circuit.circuit);
  auto& open = at->second;
  if (fresh || open.newest < circuit.reading) {
    const bool known = link_.state().prices().contains(circuit.price);
    open = {circuit.reading, known ? circuit.price : price_for(circuit), hour_of(now_.wall + config_.utc_offset), false, false};
  }
  return open;
}

bool Engine::is_plausible(const MeterRead& reading, const CircuitFigures& circuit, OpenAccrual& open) {
  const auto step = reading.register_units.units - open.newest.units;
  if (reading.meter == circuit.meter && step >= 0 && step <= register_step_max) {
    open.held = false;
    return true;
  }
  if (open.held) return false;
  open.held = true;
  raise(Alarm::meter_anomaly, reading.meter.value, reading.room);
  if (may_mint()) {
    auto made = entry(Kind::anomaly, reading.room);
    set_detail(made, Anomaly{circuit.circuit, reading.meter, open.newest, reading.register_units});
    mint(std::move(made));
  }
  return false;
}

void Engine::on(const MeterRead& reading) {
  observe(reading);
  const auto* room = link_.state().find(reading.room);
  const auto* circuit = room != nullptr && room->open ? room->find(reading.circuit) : nullptr;
  if (circuit == nullptr) return;
  auto& open = accrual(*circuit);
  open.read = true;
  if (open.price == 0) open.price = price_for(*circuit);
  if (!is_plausible(reading, *circuit, open)) return;
  open.newest = reading.register_units;
}

/// On the hour, and when another price holds.
bool Engine::is_due(const CircuitFigures& circuit) const {
  const auto at = accruals_.find(circuit.circuit);
  if (at == accruals_.end() || !at->second.read || at->second.newest < circuit.reading) return false;
  return hour_of(now_.wall + config_.utc_offset) != at->second.hour || price_for(circuit) != at->second.price;
}

/// What is due closes when a bus has been read through, so that a round is one commit, however many meters it has.
void Engine::on(const Swept&) {
  for (const auto& [id, room] : link_.state().rooms()) {
    if (!room.open) continue;
    for (const auto& circuit : room.circuits)
      if (may_mint() && is_due(circuit)) close_slice(id, circuit.circuit);
  }
}

/// Writes what has been used since the last slice. False when the ledger did not take it.
bool Engine::close_slice(RoomId room, CircuitId id) {
  const auto* circuit = link_.state().find(room)->find(id);
  auto& open = accrual(*circuit);
  const auto next_hour = hour_of(now_.wall + config_.utc_offset);
  if (open.newest == circuit->reading) {
    open.hour = next_hour;
    open.price = price_for(*circuit);
    return true;
  }
  if (open.price == 0) open.price = price_for(*circuit);
  const auto plan = link_.state().prices().find(open.price);
  if (plan == link_.state().prices().end()) return false;  // no price yet: the energy waits in the register
  const auto period = tier_period_of(plan->second.period, Instant{open.hour * hours(1).micros});  // in which the slice began
  const auto cost = charge(plan->second, {open.newest.units - circuit->reading.units}, period, circuit->accrued);
  if (!cost) return false;

  auto made = entry(Kind::consumption, room);
  set_detail(made, Consumption{id, circuit->reading, open.newest, open.price, cost->after, SplitBy::one_price});
  const auto holder = link_.holder();
  const auto sold = sold_pocket(circuit->utility, holder);
  const auto allow = allow_pocket(room, circuit->utility, holder);
  const auto free = min(cost->amount, max(link_.state().balance(allow), Money{}));
  const Money paid{cost->amount.micros - free.micros};
  if (free.micros > 0) made.lines.push_back({allow, sold, free, true});
  if (paid.micros > 0) made.lines.push_back({room_pocket(room, holder), sold, paid, true});
  if (!mint(std::move(made))) return false;
  open.hour = next_hour;
  open.price = price_for(*circuit);
  return true;
}

/// All circuits have been read since boot: else money could be released that energy has already used.
bool Engine::is_read(const RoomState& room) const {
  if (now_.tick - unread_since_ >= patience_for_reading) return true;
  return std::all_of(room.circuits.begin(), room.circuits.end(), [&](const auto& circuit) {
    const auto at = accruals_.find(circuit.circuit);
    return at != accruals_.end() && at->second.read;
  });
}

bool Engine::close_slices(RoomId room) {
  const auto circuits = link_.state().find(room)->circuits;
  bool all = true;
  for (const auto& circuit : circuits) all = close_slice(room, circuit.circuit) && all;
  return all;
}

Money Engine::open_cost(const CircuitFigures& circuit) const {
  const auto at = accruals_.find(circuit.circuit);
  if (at == accruals_.end() || at->second.newest <= circuit.reading) return {};
  const auto plan = link_.state().prices().find(at->second.price);
  if (plan == link_.state().prices().end()) return {};
  const auto period = tier_period_of(plan->second.period, Instant{at->second.hour * hours(1).micros});
  const auto cost = charge(plan->second, {at->second.newest.units - circuit.reading.units}, period, circuit.accrued);
  return cost ? cost->amount : Money{};
}

Money Engine::live_balance(RoomId id) const {
  const auto* room = link_.state().find(id);
  if (room == nullptr) return {};
  Money live{room->balance.micros + room->allowance().micros};
  for (const auto& circuit : room->circuits) live.micros -= open_cost(circuit).micros;
  return live;
}

/// An accrual of a room that has left, or that an adopted entry has passed, is dropped.
void Engine::forget_stale_accruals() {
  std::erase_if(accruals_, [&](const auto& item) {
    for (const auto& [id, room] : link_.state().rooms()) {
      const auto* circuit = room.open ? room.find(item.first) : nullptr;
      if (circuit != nullptr) return item.second.newest < circuit->reading;
    }
    return true;
  });
}

/// The old meter is charged to its last reading, then the chain goes on with the new one.
void Engine::mint_meter_change(const MeterReplaced& replaced) {
  const auto* room = link_.state().find(replaced.room);
  const auto* circuit = room != nullptr && room->open ? room->find(replaced.circuit) : nullptr;
  if (circuit == nullptr || circuit->meter == replaced.new_meter || replaced.final_reading < circuit->reading ||
      replaced.final_reading.units - circuit->reading.units > register_step_max || !is_reading(replaced.first_reading))
    return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::reading_chain), replaced.room);
  const auto old_meter = circuit->meter;
  auto& open = accrual(*circuit);
  open.newest = replaced.final_reading;
  if (!close_slice(replaced.room, replaced.circuit))  // the old one's energy cannot be priced yet: he tries again
    return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::price_unknown), replaced.room);
  auto made = entry(Kind::meter_change, replaced.room);
  set_detail(made,
             MeterChange{replaced.circuit, old_meter, replaced.final_reading, replaced.new_meter, replaced.first_reading});
  if (mint(std::move(made))) accruals_.erase(replaced.circuit);
}

void Engine::on(const MeterReplaced& replaced) {
  if (!may_mint()) return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::before_grant), replaced.room);
  mint_meter_change(replaced);
}

/// Money back for a consumption, to the pockets that it came from, the room's first.
/// By earlier corrections of the same slice, per pocket.
std::map<Pocket, Money> Engine::given_back(const Entry& slice) const {
  std::map<Pocket, Money> given;
  const auto& log = link_.up();
  for (auto number = slice.number + 1; number <= log.head().number; ++number) {
    const auto record = log.at(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry || entry->kind != Kind::correction || entry->cause != slice.place()) continue;
    for (const auto& line : entry->lines) given[line.to].micros += line.amount.micros;
  }
  return given;
}

void Engine::on(const CorrectionOrdered& order) {
  const auto refuse = [&](LedgerErrc why) { raise(Alarm::refused_event, static_cast<std::uint64_t>(why)); };
  if (!may_mint()) return refuse(LedgerErrc::before_grant);
  const auto record = link_.up().at(order.consumption);
  const auto corrected = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  if (!corrected || corrected->kind != Kind::consumption || !corrected->room) return refuse(LedgerErrc::request_unknown);
  const OutsideId outside("order/" + to_hex(order.order));
  if (stream_holds(outside, 0)) return refuse(LedgerErrc::outside_id_used);
  auto made = entry(Kind::correction, corrected->room);
  made.outside = outside;
  made.cause = corrected->place();
  Money left = order.amount;
  const auto given = given_back(*corrected);
  for (auto at = corrected->lines.rbegin(); at != corrected->lines.rend(); ++at) {  // the room's line stands last
    const auto before = given.find(at->from);
    const auto back = min(left, Money{at->amount.micros - (before == given.end() ? 0 : before->second.micros)});
    if (back.micros <= 0) continue;
    made.lines.push_back({at->to, at->from, back, false});
    left.micros -= back.micros;
  }
  if (left.micros != 0 || made.lines.empty()) return refuse(LedgerErrc::amount);
  mint(std::move(made));
}

}  // namespace wattle::edge
