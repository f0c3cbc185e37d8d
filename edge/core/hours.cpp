#include "edge/core/hours.hpp"

#include <algorithm>

namespace wattle::edge {

bool Hours::look(std::optional<Instant> clock, bool changed, const SettingsBook& book) {
  stale_ = stale_ || changed;
  if (!clock) {
    next_.reset();
    return false;
  }
  const auto local = *clock + utc_offset_;
  const auto minute = local.micros / minutes(1).micros;  // trusted clocks stand after 1970
  if (minute == minute_ && !stale_ && (next_ || book.timetables().empty())) return false;
  minute_ = minute;
  stale_ = false;
  next_.reset();
  decltype(periods_) periods;
  const auto time = local_time(*clock, utc_offset_);
  const auto minute_of_day = static_cast<std::uint16_t>(time.hour * 60 + time.minute);
  for (const auto& [number, timetable] : book.timetables()) {
    const auto* period = period_at(timetable, book.calendar(), time);
    periods[number] = period == nullptr ? std::nullopt : std::optional(*period);
    const auto ahead = wattle::next_change(timetable, minute_of_day) - minute_of_day;
    const Instant at{(minute + ahead) * minutes(1).micros - utc_offset_.micros};
    next_ = next_ ? std::min(*next_, at) : at;
  }
  return std::exchange(periods_, periods) != periods;
}

const TimePeriod* Hours::of(std::uint8_t timetable) const {
  const auto at = periods_.find(timetable);
  return at == periods_.end() || !at->second ? nullptr : &*at->second;
}

}  // namespace wattle::edge
