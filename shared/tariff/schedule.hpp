#pragma once
// When which price holds: bands by the local time, and how energy that flowed between two readings is divided among the prices
// that held meanwhile. Local time is UTC plus the site's offset.

#include <span>

#include "shared/tariff/price.hpp"

namespace wattle {

/// What decides how a unit is charged, beside what was used before. No slice mixes two of them.
struct PricePoint {
  std::uint32_t version = 0;
  std::uint32_t period = 0;  // tier_period_of
  std::uint8_t band = 0;
  bool operator==(const PricePoint&) const = default;
};

/// A version and the moment (UTC) from which on it holds.
struct InForce {
  Instant from;
  const PricePlan* plan = nullptr;
};

struct Share {
  PricePoint point;
  std::int64_t units = 0;
  Instant until;  // UTC; when it last ended within the gap
};
using Shares = boost::container::small_vector<Share, 2>;

/// Longer gaps between two readings are not divided: no clock is trusted over them.
inline constexpr Duration divided_gap_max = days(800);

std::uint8_t band_at(const PricePlan& plan, Instant local);
PricePoint point_at(const PricePlan& plan, Instant utc, Duration utc_offset);
/// The first moment after `local` at which the band or the tier period may be another one.
Instant next_boundary(const PricePlan& plan, Instant local);

/// The last of `versions` (rising, not empty) that has begun; before all of them the first.
const PricePlan& plan_at(std::span<const InForce> versions, Instant utc);

/// Divides `units` that flowed from `begin` to `end` evenly in time among the points in force meanwhile, in the order in which
/// they were first touched, one share each. The shares' sum is `units`, exactly. When no time has passed all is the end's.
Shares divide(std::span<const InForce> versions, Instant begin, Instant end, std::int64_t units, Duration utc_offset);

/// Where these units cost least: for energy of which nobody knows when it flowed.
std::uint8_t cheapest_band(const PricePlan& plan, Quantity units, std::uint32_t period, const Accrued& before);

}  // namespace wattle
