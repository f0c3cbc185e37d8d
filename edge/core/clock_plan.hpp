#pragma once
// When the meters of a bus are told the time.

#include <optional>

#include "shared/base/time.hpp"

namespace wattle::edge {

inline constexpr std::uint16_t clock_midnight_minutes = 10;  // before and after midnight no clock is read or told anything

struct ClockPlan {
  Duration utc_offset = hours(8);
  std::optional<std::uint16_t> broadcast_minute = {};  // of the local day; not around midnight
};

/// The time as this box knows it.
struct BoxTime {
  Instant utc;
  bool may_be_told = false;  // to meters; else it is only good enough to look at their clocks
  bool is_recorded = true;   // readings are recorded by the same time, or nearly
};

}  // namespace wattle::edge
