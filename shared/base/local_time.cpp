#include "shared/base/local_time.hpp"

#include <chrono>

namespace wattle {
namespace {

std::chrono::year_month_day date_of(const LocalTime& time) {
  return {std::chrono::year(time.year), std::chrono::month(time.month), std::chrono::day(time.day)};
}

std::string two_digits(unsigned value) { return (value < 10 ? "0" : "") + std::to_string(value); }

}  // namespace

bool is_valid(const LocalTime& time) { return date_of(time).ok() && time.hour < 24 && time.minute < 60 && time.second < 60; }

LocalTime local_time(Instant at, Duration utc_offset) {
  const std::chrono::sys_time<std::chrono::microseconds> moment(std::chrono::microseconds(at.micros + utc_offset.micros));
  const auto day = std::chrono::floor<std::chrono::days>(moment);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(moment - day));
  return {static_cast<std::uint16_t>(static_cast<int>(date.year())),
          static_cast<std::uint8_t>(static_cast<unsigned>(date.month())),
          static_cast<std::uint8_t>(static_cast<unsigned>(date.day())),
          static_cast<std::uint8_t>(clock.hours().count()),
          static_cast<std::uint8_t>(clock.minutes().count()),
          static_cast<std::uint8_t>(clock.seconds().count())};
}

std::optional<Instant> instant_of(const LocalTime& time, Duration utc_offset) {
  if (!is_valid(time)) return std::nullopt;
  const auto day = std::chrono::sys_days(date_of(time)).time_since_epoch().count();
  const std::int64_t second = time.hour * 3600 + time.minute * 60 + time.second;
  return Instant{days(day).micros + seconds(second).micros - utc_offset.micros};
}

std::uint8_t weekday(const LocalTime& time) {
  return static_cast<std::uint8_t>(std::chrono::weekday(std::chrono::sys_days(date_of(time))).c_encoding());
}

std::string to_text(const LocalTime& time) {
  return std::to_string(time.year) + '-' + two_digits(time.month) + '-' + two_digits(time.day) + ' ' + two_digits(time.hour) +
         ':' + two_digits(time.minute) + ':' + two_digits(time.second);
}

}  // namespace wattle
