#pragma once
// A price version, and what a consumption costs under it. The only place that rounds money.
//
// A rate is in micro-units of the currency per thousand units of quantity (per kWh, per m³), so units × rate is the cost in
// thousandths of a micro-unit, exactly. What does not make a whole micro-unit stays behind as the circuit's remainder and is
// charged with the next slice: no path through restarts, outages or replaced boxes changes the sum.

#include <boost/container/small_vector.hpp>
#include <optional>

#include "shared/base/time.hpp"
#include "shared/base/units.hpp"

namespace wattle {

enum class TierPeriod : std::uint8_t { none = 0, month = 1, year = 2 };

/// Units above the tier's beginning cost its rate. The first tier begins at 0; beginnings rise.
struct Tier {
  std::int64_t from_units = 0;
  std::int64_t rate = 0;  // micro-units per 1000 units, 0 or more
  bool operator==(const Tier&) const = default;
};

inline constexpr std::size_t tiers_max = 8;
inline constexpr std::int64_t rate_max = 1'000'000'000;  // a thousand yuan per kWh: above any price, and far from overflow
inline constexpr std::int64_t slice_units_max = 1'000'000'000;

struct PricePlan {
  std::uint32_t version = 0;
  std::uint8_t utility = 0;
  Instant starts;
  TierPeriod period = TierPeriod::none;
  boost::container::small_vector<Tier, 2> tiers;
  bool operator==(const PricePlan&) const = default;
};

/// A circuit's place on the way from one slice to the next.
struct Accrued {
  std::uint16_t remainder = 0;    // thousandths of a micro-unit, 0 to 999
  std::int64_t tier_units = 0;    // used so far in the tier's period
  std::uint32_t tier_period = 0;  // which period, see tier_period_of
  bool operator==(const Accrued&) const = default;
};

struct Charge {
  Money amount;
  Accrued after;
};

/// Nothing wrong with the plan: 1 to tiers_max tiers, rising from 0, rates within bounds.
bool is_valid(const PricePlan& plan);

/// 0 without a period, else year × 12 + month or the year, of the instant in UTC plus the site's offset.
std::uint32_t tier_period_of(TierPeriod period, Instant local);

/// Cost of `units` in the given period; none when units are negative or above slice_units_max. A new period begins its tiers
/// anew.
std::optional<Charge> charge(const PricePlan& plan, Quantity units, std::uint32_t period, const Accrued& before);

}  // namespace wattle
