#include "shared/base/calendar.hpp"

namespace wattle {

DayKind day_kind(const Calendar& calendar, const LocalTime& time) {
  const auto exception = calendar.exceptions.find(date_of(time));
  if (exception != calendar.exceptions.end()) return exception->second;
  return (calendar.rest_days >> weekday(time) & 1U) != 0 ? DayKind::rest : DayKind::working;
}

}  // namespace wattle
