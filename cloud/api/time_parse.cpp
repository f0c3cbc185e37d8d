#include "cloud/api/time_parse.hpp"

#include <algorithm>
#include <chrono>

namespace wattle::api {
namespace {

std::optional<unsigned> digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return std::nullopt;
  unsigned value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + static_cast<unsigned>(text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool eat(std::string_view& text, char wanted) {
  if (text.empty() || text[0] != wanted) return false;
  text.remove_prefix(1);
  return true;
}

/// ".25" is 250,000; nothing is 0.
std::optional<unsigned> fraction(std::string_view& text) {
  if (!eat(text, '.')) return 0;
  constexpr std::size_t places = 6;
  const auto end = text.find_first_not_of("0123456789");
  const auto count = std::min(end, text.size());
  if (count == 0 || count > places) return std::nullopt;
  auto value = *digits(text, count);
  for (auto i = count; i < places; ++i) value *= 10;
  return value;
}

}  // namespace

std::optional<Instant> parse_time(std::string_view text) {
  const auto year = digits(text, 4);
  const bool first = eat(text, '-');
  const auto month = digits(text, 2);
  const bool second = eat(text, '-');
  const auto day = digits(text, 2);
  if (!year || !month || !day || !first || !second || !eat(text, 'T')) return std::nullopt;
  const auto hour = digits(text, 2);
  const bool third = eat(text, ':');
  const auto minute = digits(text, 2);
  const bool fourth = eat(text, ':');
  const auto second_of = digits(text, 2);
  if (!hour || !minute || !second_of || !third || !fourth || *hour > 23 || *minute > 59 || *second_of > 59) return std::nullopt;
  const auto micros = fraction(text);
  if (!micros || text != "Z") return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                         std::chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  const auto midnight = std::chrono::sys_days(date).time_since_epoch();
  const auto at = midnight + std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second_of);
  return Instant{std::chrono::duration_cast<std::chrono::microseconds>(at).count() + static_cast<std::int64_t>(*micros)};
}

}  // namespace wattle::api
