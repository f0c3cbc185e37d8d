#pragma once
// A circuit that was cut for what it carried: too much power, or an appliance that is not allowed. It comes back by itself
// after a while, some times; then it is locked out until a person puts it back.

#include <optional>

#include "shared/base/time.hpp"
#include "shared/base/units.hpp"

namespace wattle {

inline constexpr std::uint8_t restore_minutes_max = 255;
inline constexpr Duration above_unseen_max = minutes(2);  // between two readings: else nobody knows what it carried meanwhile

struct TripRule {
  Power limit;                       // 0: none
  Duration patience = seconds(5);    // so long above it: a motor's start is no overload
  std::uint8_t restore_minutes = 5;  // 0: never by itself
  std::uint8_t lock_after = 3;       // trips within `window`; 0: never locked
  Duration window = hours(24);
  bool operator==(const TripRule&) const = default;
};

enum class TripCause : std::uint8_t { overload = 1, malignant = 2 };  // the second is reserved

/// Kept over a restart: the cause, the count and the lock. Ticks begin anew then, so a trip lasts longer, never shorter.
struct Trip {
  std::optional<Tick> above_since;  // the power has been above the limit, and the circuit is still on
  Tick above_seen;                  // and was so at the newest reading
  std::optional<Tick> cut_at;
  TripCause cause = TripCause::overload;
  std::uint8_t count = 0;
  Tick first;  // of those that are counted
  bool locked = false;

  bool is_cut() const { return cut_at.has_value() || locked; }
};

/// What the meter shows, now. True when this reading has cut the circuit.
bool observe(Trip& trip, const TripRule& rule, Power measured, Tick now);
/// A detector has found what is not allowed here.
void cut_for(TripCause cause, Trip& trip, const TripRule& rule, Tick now);
/// The time has passed: true when the circuit may come back.
bool restore_if_due(Trip& trip, const TripRule& rule, Tick now);
/// When restore_if_due has something to do.
Tick wake_up(const Trip& trip, const TripRule& rule);
/// A person has looked.
void reset(Trip& trip);

}  // namespace wattle
