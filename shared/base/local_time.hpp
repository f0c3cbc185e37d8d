#pragma once
// A meter's clock: the wall clock of its site, without a zone. Meters send two digits of the year; they mean 20xx.

#include <optional>
#include <string>

#include "shared/base/time.hpp"

namespace wattle {

struct LocalTime {
  std::uint16_t year = 2000;
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  std::uint8_t hour = 0;
  std::uint8_t minute = 0;
  std::uint8_t second = 0;
  auto operator<=>(const LocalTime&) const = default;
};

/// A day of the calendar, and a time on it. Second 60 is not one.
bool is_valid(const LocalTime& time);
/// The site's zone as an offset east of UTC; China has one, without summer time.
LocalTime local_time(Instant at, Duration utc_offset);
/// Nothing when the time is not valid.
std::optional<Instant> instant_of(const LocalTime& time, Duration utc_offset);
/// 0 is Sunday.
std::uint8_t weekday(const LocalTime& time);
/// "2016-01-11 21:53:55".
std::string to_text(const LocalTime& time);

}  // namespace wattle
