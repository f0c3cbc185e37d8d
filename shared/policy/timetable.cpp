#include "shared/policy/timetable.hpp"

#include <algorithm>

namespace wattle {

namespace {

bool is_valid(const TimePeriod& period) {
  return period.from < period.to && period.to <= minutes_a_day && period.days != 0 && (period.days & ~every_day) == 0 &&
         (period.action != TimeAction::limit || period.limit.watts > 0);
}

/// The set that began last; before the first of the year that is the last of the year before.
const TimetableSet& set_at(const std::vector<TimetableSet>& sets, YearDay today) {
  const auto began_last = [&](const TimetableSet& a, const TimetableSet& b) {
    return std::pair(a.begins <= today, a.begins) < std::pair(b.begins <= today, b.begins);
  };
  return *std::max_element(sets.begin(), sets.end(), began_last);
}

}  // namespace

bool is_valid(const Timetable& timetable) {
  if (timetable.sets.size() > timetable_sets_max) return false;
  if (timetable.sets.size() == timetable_sets_max && timetable.sets[0].begins == timetable.sets[1].begins) return false;
  return std::all_of(timetable.sets.begin(), timetable.sets.end(), [](const TimetableSet& set) {
    const LocalTime begins{2000, set.begins.month, set.begins.day, 0, 0, 0};  // a leap year: 29 February is a day
    return is_valid(begins) && set.periods.size() <= periods_max &&
           std::all_of(set.periods.begin(), set.periods.end(), [](const TimePeriod& period) { return is_valid(period); });
  });
}

const TimePeriod* period_at(const Timetable& timetable, const Calendar& calendar, const LocalTime& time) {
  if (timetable.sets.empty()) return nullptr;
  const auto& periods = set_at(timetable.sets, {time.month, time.day}).periods;
  const auto minute = time.hour * 60 + time.minute;
  const auto today = of(day_kind(calendar, time));
  const auto at = std::find_if(periods.begin(), periods.end(), [&](const TimePeriod& period) {
    return (period.days & today) != 0 && period.from <= minute && minute < period.to;
  });
  return at == periods.end() ? nullptr : &*at;
}

std::uint16_t next_change(const Timetable& timetable, std::uint16_t minute) {
  std::uint16_t next = minutes_a_day;
  for (const auto& set : timetable.sets)
    for (const auto& period : set.periods)
      for (const auto edge : {period.from, period.to})
        if (edge > minute) next = std::min(next, edge);
  return next;
}

}  // namespace wattle
