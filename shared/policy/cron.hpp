#pragma once
// Five fields of a crontab: minute, hour, day of the month, month, weekday, as crontab(5) of Vixie's cron has them, which POSIX
// is a part of. Lists, ranges, steps behind a range or a star, names of months and weekdays; 7 is Sunday too. Days and weekdays
// that are both restricted are either of them; a field that begins with a star restricts nothing that the other has chosen.
// Not taken: six fields, @daily and its kind, L, W, # and ?.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/local_time.hpp"

namespace wattle {

struct Cron {
  std::uint64_t minutes = 0;  // each a set of bits
  std::uint32_t hours = 0;
  std::uint32_t days = 0;      // 1 to 31
  std::uint16_t months = 0;    // 1 to 12
  std::uint8_t weekdays = 0;   // 0 is Sunday
  bool every_day = false;      // the field begins with a star
  bool every_weekday = false;  // the field begins with a star
  bool operator==(const Cron&) const = default;

  bool is_day(const LocalTime& time) const;
  /// Of the local day.
  bool is_minute(unsigned minute) const;
};

inline constexpr std::size_t cron_text_max = 160;

/// Nothing for what is none, or names only days that there are not (the 30th of February).
std::optional<Cron> parse_cron(std::string_view text);
/// One blank between the fields, names in capitals; for a text that parse_cron takes.
std::string normal_cron(std::string_view text);

}  // namespace wattle
