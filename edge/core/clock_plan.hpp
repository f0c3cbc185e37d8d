#pragma once
// When the meters of a bus are told the time.

#include <optional>

#include "shared/base/time.hpp"
#include "shared/policy/box_pace.hpp"

namespace wattle::edge {

/// Before and after midnight no clock is read or told anything.
inline constexpr std::uint16_t clock_midnight_minutes = broadcast_midnight_minutes;

struct ClockPlan {
  Duration utc_offset = hours(8);
  std::optional<std::uint16_t> broadcast_minute = {};  // of the local day; not around midnight
  bool operator==(const ClockPlan&) const = default;
};

/// The time as this box knows it.
struct BoxTime {
  Instant utc;
  bool may_be_told = false;  // to meters; else it is only good enough to look at their clocks
  bool is_recorded = true;   // readings are recorded by the same time, or nearly
};

}  // namespace wattle::edge
