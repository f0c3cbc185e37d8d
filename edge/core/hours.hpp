#pragma once
// Which period each timetable is in, by the wall clock of the site. While the clock cannot be trusted everything stays as it
// was: a box that woke up in 1970 neither cuts nor restores for it.

#include "edge/core/settings_book.hpp"

namespace wattle::edge {

class Hours {
 public:
  explicit Hours(Duration utc_offset) : utc_offset_(utc_offset) {}

  /// True when a timetable may have entered another period. `changed`: the registers have.
  bool look(std::optional<Instant> clock, bool changed, const SettingsBook& book);
  /// A trusted time has been known in this life.
  bool is_known() const { return minute_ != INT64_MIN; }
  /// Nothing outside all periods, without a timetable, and as long as no trusted time was known.
  const TimePeriod* of(std::uint8_t timetable) const;
  /// When the next period may begin or end; after `wall`. Nothing: not by the clock.
  std::optional<Instant> next_change() const { return next_; }

 private:
  Duration utc_offset_;
  std::int64_t minute_ = INT64_MIN;  // local, that was looked at last
  bool stale_ = false;               // the registers have changed while the clock was not trusted
  std::map<std::uint8_t, std::optional<TimePeriod>> periods_;
  std::optional<Instant> next_;
};

}  // namespace wattle::edge
