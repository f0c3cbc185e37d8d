#pragma once
// The trips of this box's circuits. Each is a row: after a restart a circuit that was cut is still cut, one that was locked
// out still locked. Only the ticks begin anew, so a trip lasts longer then, never shorter; trips that are over are not counted
// on.

#include <map>

#include "shared/ledger/store.hpp"
#include "shared/policy/trip.hpp"

namespace wattle::edge {

struct TripState {
  Trip trip;
  std::uint32_t number = 0;  // of the last trip, drawn at random: an old order to clear never names a newer one
};

class Trips {
 public:
  Trips(const StoreReader& store, Tick booted);

  const TripState* find(CircuitId circuit) const;
  /// What the meter shows. True when this reading has cut the circuit; `number` is then the trip's.
  bool observe(CircuitId circuit, const TripRule& rule, Power power, std::uint32_t number, Tick now, Commit& commit);
  /// A person has cleared this trip. False when it is not the one that holds the circuit.
  bool clear(CircuitId circuit, std::uint32_t number, Commit& commit);
  /// The time of this one has passed.
  bool restore_if_due(CircuitId circuit, const TripRule& rule, Tick now, Commit& commit);

  const std::map<CircuitId, TripState>& all() const { return trips_; }

 private:
  static void keep(CircuitId circuit, const TripState& state, Commit& commit);

  std::map<CircuitId, TripState> trips_;
};

}  // namespace wattle::edge
