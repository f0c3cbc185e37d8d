// Readings become slices. A slice closes on the hour, or when another price holds, when its bus has been read through; and at
// once at a release, a close or a meter change, and where a reading is held. Between, what has been used is an open accrual,
// which is provisional.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {

namespace {

struct PricedPart {
  std::uint8_t band = 0;
  Charge charge;
};

/// None when there is no such price, or more than a slice may have.
std::optional<PricedPart> price_part(const AccrualPart& part, const std::map<std::uint32_t, PricePlan>& prices,
                                     const Accrued& before) {
  const auto plan = prices.find(part.point.version);
  if (plan == prices.end()) return std::nullopt;
  const Quantity units{part.units};
  const auto period = part.point.period;
  const bool lowest = part.split == SplitBy::lowest;
  const auto band = lowest ? cheapest_band(plan->second, units, period, before) : part.point.band;
  const auto cost = charge(plan->second, band, units, period, before);
  if (!cost) return std::nullopt;
  return PricedPart{band, *cost};
}

}  // namespace

/// A version holds from its start, or from when this box has read it, whichever is later: never for energy that has flowed. Of
/// those that hold the one that started last counts. What flowed between the last slice and a restart or a replacement is
/// charged at that slice's version.
std::vector<InForce> Engine::versions_for(const CircuitFigures& circuit, const Accrual& open, Instant now) const {
  const auto& prices = link_.state().prices();
  if (const auto before = prices.find(open.version); before != prices.end()) return {{Instant{}, &before->second}};
  std::vector<InForce> versions;
  for (const auto& [number, plan] : prices) {
    if (plan.utility != static_cast<std::uint8_t>(circuit.utility)) continue;
    const auto read = prices_read_.find(number);
    const bool since_boot = read != prices_read_.end() && read->second;
    const auto from = since_boot ? std::max(plan.starts, now - (now_.tick - *read->second)) : plan.starts;
    if (from <= now) versions.push_back({from, &plan});
  }
  const auto started = [](const InForce& v) { return std::pair(v.plan->starts, v.plan->version); };
  std::sort(versions.begin(), versions.end(),
            [&](const InForce& a, const InForce& b) { return std::pair(a.from, started(a)) < std::pair(b.from, started(b)); });
  std::vector<InForce> counting;
  for (const auto& version : versions)
    if (counting.empty() || started(version) > started(counting.back())) counting.push_back(version);
  return counting;
}

void Engine::note_prices() {
  for (const auto& [version, plan] : link_.state().prices()) prices_read_.try_emplace(version, now_.tick);
}

Accrual& Engine::accrual(const CircuitFigures& circuit) {
  const auto [at, fresh] = accruals_.try_emplace(circuit.circuit);
  if (fresh || at->second.begun != circuit.reading) at->second = Accrual::begin(circuit);
  return at->second;
}

Quantity Engine::counted_to(const CircuitFigures& circuit) const {
  const auto at = accruals_.find(circuit.circuit);
  return at == accruals_.end() || at->second.begun != circuit.reading ? circuit.reading : at->second.newest;
}

/// A reading that cannot be is told once while it lasts.
bool Engine::is_plausible(const MeterRead& reading, const CircuitFigures& circuit, Accrual& open) {
  const auto step = reading.register_units.units - open.newest.units;
  if (reading.meter == circuit.meter && step >= 0 && step <= register_step_max) {
    open.held.reset();
    return true;
  }
  open.seen = reading.register_units;
  open.seen_meter = reading.meter;
  if (!open.held) {
    open.held = now_.tick;
    raise(Alarm::meter_anomaly, reading.meter.value, reading.room);
  }
  if (may_mint()) write_anomaly(reading, circuit, open);
  return false;
}

/// Once an hour. What was counted before is booked with it, or once the hold lasts: the register may never say it again, and a
/// box that starts anew has to go on from the reading that the person's order names. So it waits for a price, too.
void Engine::write_anomaly(const MeterRead& reading, const CircuitFigures& circuit, Accrual& open) {
  auto& written = anomalies_written_[reading.circuit];
  const bool is_due = !written || now_.tick - *written >= anomaly_again;
  if (is_due || now_.tick - *open.held >= hold_lasts) {
    if (open.has_rest()) place(circuit, open);
    if (!close_slice(reading.room, reading.circuit)) return;
  }
  if (!is_due) return;
  written = now_.tick;
  auto made = entry(Kind::anomaly, reading.room);
  set_detail(made, Anomaly{reading.circuit, reading.meter, open.newest, reading.register_units});
  mint(std::move(made));
}

void Engine::on(const MeterRead& reading) {
  observe(reading);
  const auto* room = link_.state().find(reading.room);
  const auto* circuit = room != nullptr && room->open ? room->find(reading.circuit) : nullptr;
  if (circuit == nullptr) return;
  auto& open = accrual(*circuit);
  if (!is_plausible(reading, *circuit, open)) return;
  open.read = true;
  open.newest = reading.register_units;
  place(*circuit, open);
}

/// Without a clock, or before the first price, the energy waits: a reading with both divides it from the last one that had.
void Engine::place(const CircuitFigures& circuit, Accrual& open) {
  const auto now = clock_.read(now_);
  if (!now) return;
  const auto versions = versions_for(circuit, open, *now);
  if (!versions.empty()) open.place(versions, *now, config_.utc_offset);
}

/// What is due closes when a bus has been read through, so that a round is one commit, however many meters it has. A box that
/// may not write now keeps the parts, each with its price, and writes them later.
void Engine::on(const Swept&) {
  for (const auto& [id, room] : link_.state().rooms()) {
    if (!room.open) continue;
    for (const auto& circuit : room.circuits) {
      const auto at = accruals_.find(circuit.circuit);
      if (at == accruals_.end() || at->second.begun != circuit.reading || !may_mint()) continue;
      if (const auto due = at->second.due(config_.utc_offset); due > 0) close_parts(id, circuit.circuit, due);
    }
  }
}

/// Where energy goes of which nobody knows when it flowed: to the version and tiers at which the circuit was charged last.
PricePoint Engine::lowest_point(const CircuitFigures& circuit, const Accrual& open) const {
  PricePoint last{circuit.price, circuit.accrued.tier_period, 0};
  if (!open.parts.empty()) last = open.parts.back().point;
  const auto plan = link_.state().prices().find(last.version);
  if (plan == link_.state().prices().end()) return {};
  return {last.version, plan->second.period == TierPeriod::none ? 0 : last.period, 0};
}

bool Engine::write_part(RoomId room, CircuitId id, const AccrualPart& part) {
  const auto& circuit = *link_.state().find(room)->find(id);
  const auto priced = price_part(part, link_.state().prices(), circuit.accrued);
  if (!priced) return false;
  auto made = entry(Kind::consumption, room);
  const Quantity to{circuit.reading.units + part.units};
  set_detail(made, Consumption{id, circuit.reading, to, part.point.version, priced->band, priced->charge.after, part.split,
                               part.until});
  const auto holder = link_.holder();
  const auto sold = sold_pocket(circuit.utility, holder);
  const auto allow = allow_pocket(room, circuit.utility, holder);
  const auto amount = priced->charge.amount;
  const auto free = min(amount, max(link_.state().balance(allow), Money{}));
  const Money paid{amount.micros - free.micros};
  if (free.micros > 0) made.lines.push_back({allow, sold, free, true});
  if (paid.micros > 0) made.lines.push_back({room_pocket(room, holder), sold, paid, true});
  return mint(std::move(made)).has_value();
}

/// The first ones. False when the ledger did not take one, and that one is still open.
bool Engine::close_parts(RoomId room, CircuitId id, std::size_t parts) {
  auto& open = accrual(*link_.state().find(room)->find(id));
  Instant ended;
  for (; parts > 0; --parts) {
    auto part = open.parts.front();
    ended = std::max(ended, part.until);
    if (parts == 1) part.until = ended;                // a price that came back may have ended last
    if (open.parts.size() == 1) part.until = open.at;  // the newest reading, though nothing may have flowed of late
    if (!write_part(room, id, part)) return false;
    open.drop_first();
  }
  open.hour = hour_of(open.at + config_.utc_offset);
  return true;
}

/// Writes all that has been used since the last slice. False when the ledger did not take it.
bool Engine::close_slice(RoomId room, CircuitId id) {
  const auto& circuit = *link_.state().find(room)->find(id);
  auto& open = accrual(circuit);
  // A price may have come since the last reading, and there may be no other.
  if (open.has_rest() && lowest_point(circuit, open).version == 0) place(circuit, open);
  if (open.has_rest()) {
    const auto point = lowest_point(circuit, open);
    if (point.version == 0) return false;  // no price yet: the energy waits in the register
    open.place_lowest(point.version, point.period);
  }
  return close_parts(room, id, open.parts.size());
}

/// All circuits have been read since boot, or since the room opened here: else money could be released that energy has already
/// used.
bool Engine::is_read(RoomId id) const {
  if (has_waited(id)) return true;
  const auto& circuits = link_.state().find(id)->circuits;
  return std::all_of(circuits.begin(), circuits.end(), [&](const auto& circuit) {
    const auto at = accruals_.find(circuit.circuit);
    return at != accruals_.end() && at->second.read;
  });
}

/// Long enough for meters that say nothing.
bool Engine::has_waited(RoomId id) const {
  const auto opened = opened_.find(id);
  const auto since = opened == opened_.end() ? unread_since_ : std::max(unread_since_, opened->second);
  return now_.tick - since >= patience_for_reading;
}

void Engine::note_openings() {
  const auto is_gone = [&](const auto& item) {
    const auto* room = link_.state().find(item.first);
    return room == nullptr || !room->open;
  };
  std::erase_if(opened_, is_gone);
  for (const auto& [id, room] : link_.state().rooms())
    if (room.open) opened_.try_emplace(id, now_.tick);
}

/// No price of its utility has begun, nor will at once, so that what it has used costs nothing that could be kept back.
bool Engine::has_no_price(const CircuitFigures& circuit) const {
  const auto now = clock_.read(now_);
  const auto at = accruals_.find(circuit.circuit);
  if (!now || at == accruals_.end() || at->second.begun != circuit.reading) return false;
  const auto& open = at->second;
  return open.has_rest() && lowest_point(circuit, open).version == 0 &&
         versions_for(circuit, open, *now + clock_error_max).empty();
}

/// Before the room's money leaves. The energy that has no price waits in its register, for the next box or stay.
bool Engine::close_slices(RoomId room) {
  const auto circuits = link_.state().find(room)->circuits;
  bool all = true;
  for (const auto& circuit : circuits) all = (has_no_price(circuit) || close_slice(room, circuit.circuit)) && all;
  return all;
}

/// What closing it now would cost.
Money Engine::open_cost(const CircuitFigures& circuit) const {
  const auto at = accruals_.find(circuit.circuit);
  if (at == accruals_.end() || at->second.begun != circuit.reading) return {};
  auto open = at->second;
  if (open.has_rest())
    if (const auto point = lowest_point(circuit, open); point.version != 0) open.place_lowest(point.version, point.period);
  Money sum;
  auto accrued = circuit.accrued;
  for (const auto& part : open.parts) {
    const auto priced = price_part(part, link_.state().prices(), accrued);
    if (!priced) return sum;
    sum.micros += priced->charge.amount.micros;
    accrued = priced->charge.after;
  }
  return sum;
}

Money Engine::live_balance(RoomId id) const {
  const auto* room = link_.state().find(id);
  if (room == nullptr) return {};
  Money live{room->balance.micros + room->allowance().micros};
  for (const auto& circuit : room->circuits) live.micros -= open_cost(circuit).micros;
  return live;
}

Money Engine::available(RoomId id, Utility utility) const {
  const auto* room = link_.state().find(id);
  if (room == nullptr) return {};
  std::map<Utility, std::int64_t> free;
  for (const auto& [sort, money] : room->allow) free[sort] = money.micros;
  for (const auto& circuit : room->circuits) free[circuit.utility] -= open_cost(circuit).micros;
  Money sum = room->balance;
  for (const auto& [sort, rest] : free)
    if (rest < 0 || sort == utility) sum.micros += rest;
  return sum;
}

/// An accrual of a room that has left, or that an entry taken back has passed, is dropped.
void Engine::forget_stale_accruals() {
  std::erase_if(accruals_, [&](const auto& item) {
    for (const auto& [id, room] : link_.state().rooms()) {
      const auto* circuit = room.open ? room.find(item.first) : nullptr;
      if (circuit != nullptr) return item.second.begun != circuit->reading;
    }
    return true;
  });
}

}  // namespace wattle::edge
