#pragma once
// A register as the ledger counts it. A meter's display comes to its end and begins again from zero; what the ledger has
// charged up to goes on behind that end, so that a step over it is a step like any other: charged once, whole, and by whatever
// box has the room.
//
// A register that shows less than before may also have run backwards, been set back, or be another one. That it has turned is
// believed when a person has said so of this very turn; or when the step over the end is small against the whole register and
// the next reading goes on from there. Else, and where a step would be more than half of the register, the reading stays as it
// is shown, and is held as an anomaly.

#include <map>
#include <optional>

#include "edge/core/event.hpp"
#include "shared/policy/meter_orders.hpp"

namespace wattle::edge {

inline constexpr std::int64_t turn_step_share = 1000;  // of the whole register, at most one part in so many flows over its end

/// Where a circuit's register stands, and where it ends.
struct Register {
  MeterId meter;
  Quantity from;                         // as last counted
  Quantity ends;                         // begins again from zero there, as the profile says; zero: it says nothing
  const RolloverOrder* order = nullptr;  // a person's word; null: none
};

struct Counted {
  Quantity units;
  bool has_turned = false;  // since `from`
  bool is_sure = true;      // false: another reading must say so too
};
Counted counted(Quantity shown, const Register& of);

class Counting {
 public:
  /// Nothing for the first reading behind a register's end, unless a person has told of it.
  std::optional<MeterRead> count(MeterRead read, const Register& of);
  /// Nobody is charged for it now: what was to be said again is not said by a reading of the next stay.
  void forget(CircuitId circuit) { turned_.erase(circuit); }

 private:
  std::map<CircuitId, Quantity> turned_;  // as the reading said that must be said again
};

}  // namespace wattle::edge
