#pragma once
// After a mains failure the circuits of a bus come back one after the other, lamps first, so that a building does not draw all
// its first currents at once. Only a circuit whose relay is open waits: one that is closed carries its load already.

#include <functional>
#include <set>
#include <vector>

#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/policy/control.hpp"

namespace wattle::edge {

inline constexpr Duration return_patience = minutes(10);  // for meters that do not answer yet

class Returning {
 public:
  /// In the order in which they return.
  struct Place {
    LoadKind load{};
    CircuitId circuit;
    auto operator<=>(const Place&) const = default;
  };

  void add(CircuitId circuit, Tick now);
  void forget(CircuitId circuit);
  bool empty() const { return waiting_.empty(); }
  bool holds(CircuitId circuit) const { return waiting_.contains(circuit); }
  /// `load_of`: as the registers say now; they may have changed since.
  std::vector<Place> in_order(const std::function<LoadKind(CircuitId)>& load_of) const;

  bool is_turn(Tick now) const { return now >= next_turn_; }
  /// This one closes now; the next one not before the pause is over.
  void take_turn(CircuitId circuit, Duration pause, Tick now);
  /// Nobody waits longer than this for a meter that has not answered since.
  bool is_over(Tick now) const { return now >= until_; }
  Tick wake_up(Tick now) const;

 private:
  std::set<CircuitId> waiting_;
  Tick next_turn_{};
  Tick until_{};
};

}  // namespace wattle::edge
