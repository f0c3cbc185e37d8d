#pragma once
// What the hour of the day says about a circuit: on, off, or no more than so much power (lights-out: lamps off, sockets at 100
// W). Two sets, of which the season chooses one, as the meters of the field have.

#include <array>
#include <optional>
#include <vector>

#include "shared/base/calendar.hpp"
#include "shared/base/units.hpp"

namespace wattle {

enum class TimeAction : std::uint8_t { on = 0, off = 1, limit = 2 };

inline constexpr std::uint16_t minutes_a_day = 24 * 60;
inline constexpr std::size_t periods_max = 32;  // of one set

/// From `from` until before `to`, minutes of the local day; a period does not pass midnight.
struct TimePeriod {
  std::uint16_t from = 0;
  std::uint16_t to = minutes_a_day;
  DayKinds days = every_day;
  TimeAction action = TimeAction::on;
  Power limit;  // of TimeAction::limit
  bool operator==(const TimePeriod&) const = default;
};

/// A day of any year.
struct YearDay {
  std::uint8_t month = 1;
  std::uint8_t day = 1;
  auto operator<=>(const YearDay&) const = default;
};

struct TimetableSet {
  YearDay begins;                   // holds from here until the other set begins
  std::vector<TimePeriod> periods;  // of several that fit the first one counts
  bool operator==(const TimetableSet&) const = default;
};

/// One set: all year. None: nothing is said.
struct Timetable {
  std::vector<TimetableSet> sets;
  bool operator==(const Timetable&) const = default;
};
inline constexpr std::size_t timetable_sets_max = 2;

/// Periods within a day, beginning before they end; at most so many sets and periods; sets that begin on different days.
bool is_valid(const Timetable& timetable);
/// The period under way. Outside all periods the timetable says nothing.
const TimePeriod* period_at(const Timetable& timetable, const Calendar& calendar, const LocalTime& time);
/// The next minute of the same day at which a period begins or ends; minutes_a_day when none does any more, since another day
/// may be of another kind.
std::uint16_t next_change(const Timetable& timetable, std::uint16_t minute);

}  // namespace wattle
