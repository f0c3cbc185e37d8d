#pragma once
// A measured load, minute by minute, over whole weeks that begin on a Monday; played round and round against the wall clock.

#include <optional>
#include <string_view>
#include <vector>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/base/units.hpp"

namespace wattle::sim {

inline constexpr std::int64_t week_minutes = 7 * 24 * 60;

inline constexpr std::size_t max_curve_minutes = 53 * 7 * 24 * 60;
inline constexpr std::int64_t max_curve_watts = 30'000;  // what a meter's signed power register can show

class LoadCurve {
 public:
  /// One power for ever.
  explicit LoadCurve(Power constant) : watts_{constant.watts} {}
  explicit LoadCurve(std::vector<std::int64_t> watts_by_minute) : watts_(std::move(watts_by_minute)) {}

  /// The minute counts from any Monday, 00:00 local time.
  Power at_minute(std::int64_t minutes_since_monday) const;
  std::size_t minutes() const { return watts_.size(); }

 private:
  std::vector<std::int64_t> watts_;
};

struct CurveError {
  std::size_t line = 0;
  std::string_view why;
};
/// Numbers between spaces, a line an hour; '#' begins a comment line. `error` says where when there is no curve.
std::optional<LoadCurve> parse_load_curve(std::string_view text, CurveError& error);

/// The minute of the week's play for a moment, in a time zone east of UTC by the offset.
std::int64_t minute_since_monday(Instant now, Duration utc_offset);
/// Where that minute ends.
Instant next_minute(Instant now);

}  // namespace wattle::sim
