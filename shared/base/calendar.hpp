#pragma once
// Which days are worked. China moves working days around its holidays, so weekdays alone do not tell: exceptions name the date.

#include <map>

#include "shared/base/local_time.hpp"

namespace wattle {

enum class DayKind : std::uint8_t { working = 0, rest = 1, holiday = 2 };

/// A set of kinds, as bits 1 << kind.
using DayKinds = std::uint8_t;
constexpr DayKinds of(DayKind kind) { return static_cast<DayKinds>(1U << static_cast<unsigned>(kind)); }
inline constexpr DayKinds every_day = of(DayKind::working) | of(DayKind::rest) | of(DayKind::holiday);

struct Date {
  std::uint16_t year = 2000;
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  auto operator<=>(const Date&) const = default;
};
constexpr Date date_of(const LocalTime& time) { return {time.year, time.month, time.day}; }

inline constexpr std::uint8_t saturday_and_sunday = 1U << 6 | 1U << 0;  // bits as weekday(): 0 is Sunday

struct Calendar {
  std::uint8_t rest_days = saturday_and_sunday;
  std::map<Date, DayKind> exceptions;
  bool operator==(const Calendar&) const = default;
};

DayKind day_kind(const Calendar& calendar, const LocalTime& time);

}  // namespace wattle
