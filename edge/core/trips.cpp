#include "edge/core/trips.hpp"

namespace wattle::edge {

namespace {

/// Row of Table::trip; the key is the circuit.
struct TripKept {
  std::uint32_t number = 0;
  TripCause cause = TripCause::overload;
  std::uint8_t count = 0;
  bool cut = false;
  bool locked = false;
};
template <class F>
void fields(F& f, TripKept& v) {
  f(v.number), f(v.cause), f(v.count), f(v.cut), f(v.locked);
}

}  // namespace

Trips::Trips(const StoreReader& store, Tick booted) {
  for (const auto& [key, value] : store.rows(Table::trip)) {
    const auto circuit = from_bytes<CircuitId>(key);
    const auto kept = from_bytes<TripKept>(value);
    if (!circuit || !kept) continue;
    auto& state = trips_[*circuit];
    state.number = kept->number;
    state.trip.cause = kept->cause;
    if (kept->cut || kept->locked) state.trip.count = kept->count;  // how long ago the others were nobody knows any more
    state.trip.locked = kept->locked;
    state.trip.first = booted;
    if (kept->cut) state.trip.cut_at = booted;
  }
}

const TripState* Trips::find(CircuitId circuit) const {
  const auto at = trips_.find(circuit);
  return at == trips_.end() ? nullptr : &at->second;
}

bool Trips::observe(CircuitId circuit, const TripRule& rule, Power power, std::uint32_t number, Tick now, Commit& commit) {
  const auto at = trips_.find(circuit);
  if (at == trips_.end() && (rule.limit.watts <= 0 || power <= rule.limit)) return false;
  auto& state = at == trips_.end() ? trips_[circuit] : at->second;
  if (!wattle::observe(state.trip, rule, power, now)) return false;
  state.number = number;
  keep(circuit, state, commit);
  return true;
}

bool Trips::clear(CircuitId circuit, std::uint32_t number, Commit& commit) {
  const auto at = trips_.find(circuit);
  if (at == trips_.end() || at->second.number != number || !at->second.trip.is_cut()) return false;
  reset(at->second.trip);
  keep(circuit, at->second, commit);
  return true;
}

bool Trips::restore_if_due(CircuitId circuit, const TripRule& rule, Tick now, Commit& commit) {
  const auto at = trips_.find(circuit);
  if (at == trips_.end() || !wattle::restore_if_due(at->second.trip, rule, now)) return false;
  keep(circuit, at->second, commit);
  return true;
}

void Trips::keep(CircuitId circuit, const TripState& state, Commit& commit) {
  const auto& trip = state.trip;
  commit.push_back(PutRow{Table::trip, to_bytes(circuit),
                          to_bytes(TripKept{state.number, trip.cause, trip.count, trip.cut_at.has_value(), trip.locked})});
}

}  // namespace wattle::edge
