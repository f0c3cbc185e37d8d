#pragma once
// A price version, and what a consumption costs under it. The only place that rounds money.
//
// A rate is in micro-units of the currency per thousand units of quantity (per kWh, per m³), so units × rate is the cost in
// thousandths of a micro-unit, exactly. What does not make a whole micro-unit stays behind as the circuit's remainder and is
// charged with the next slice: no path through restarts, outages or replaced boxes changes the sum.
//
// A version has bands (peak, flat, valley …), each with tiers of its own; the tiers' counter is one for all bands. When a band
// holds is told by day profiles, seasons and a calendar, all within the version: see schedule.hpp.

#include <boost/container/small_vector.hpp>
#include <optional>
#include <string>

#include "shared/base/calendar.hpp"
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

struct Band {
  boost::container::small_vector<Tier, 2> tiers;
  std::string name = {};  // for people, may be empty
  bool operator==(const Band&) const = default;
};

/// From this minute of the local day on, until the next span or midnight.
struct DaySpan {
  std::uint16_t from_minute = 0;
  std::uint8_t band = 0;
  bool operator==(const DaySpan&) const = default;
};
using DayProfile = boost::container::small_vector<DaySpan, 8>;

/// From this day of each year on, until the next season begins: which day profile holds on days of each kind.
struct Season {
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  std::uint8_t working = 0;
  std::uint8_t rest = 0;
  std::uint8_t holiday = 0;
  bool operator==(const Season&) const = default;
};

inline constexpr std::size_t tiers_max = 8;
inline constexpr std::size_t bands_max = 16;
inline constexpr std::size_t band_name_bytes_max = 16;
inline constexpr std::size_t day_profiles_max = 16;
inline constexpr std::size_t day_spans_max = 24;
inline constexpr std::size_t seasons_max = 12;
inline constexpr std::size_t exceptions_max = 128;
inline constexpr std::int64_t rate_max = 1'000'000'000;  // a thousand yuan per kWh: above any price, and far from overflow
inline constexpr std::int64_t slice_units_max = 1'000'000'000;

struct PricePlan {
  std::uint32_t version = 0;
  std::uint8_t utility = 0;
  Instant starts;
  TierPeriod period = TierPeriod::none;
  boost::container::small_vector<Band, 1> bands;
  // Both empty: the one band holds always.
  boost::container::small_vector<DayProfile, 1> profiles = {};
  boost::container::small_vector<Season, 1> seasons = {};  // of a year, rising; the last one holds until the first begins
  Calendar calendar = {};
  bool operator==(const PricePlan&) const = default;
};

/// A circuit's place on the way from one slice to the next.
struct Accrued {
  std::uint16_t remainder = 0;    // thousandths of a micro-unit, 0 to 999
  std::int64_t tier_units = 0;    // used so far in the tier's period, in all bands
  std::uint32_t tier_period = 0;  // which period, see tier_period_of
  bool operator==(const Accrued&) const = default;
};

struct Charge {
  Money amount;
  Accrued after;
};

/// Nothing wrong with the plan: tiers rise from 0, rates are within bounds, each season names profiles and each profile bands
/// that there are, and a plan without profiles has one band.
bool is_valid(const PricePlan& plan);

/// 0 without a period, else year × 12 + month (0 to 11) or the year, of the instant in UTC plus the site's offset.
std::uint32_t tier_period_of(TierPeriod period, Instant local);

/// Cost of `units` in the given band and period; none when there is no such band, or units are negative or above
/// slice_units_max. A new period begins its tiers anew; another band does not.
std::optional<Charge> charge(const PricePlan& plan, std::uint8_t band, Quantity units, std::uint32_t period,
                             const Accrued& before);

}  // namespace wattle
