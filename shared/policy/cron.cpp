#include "shared/policy/cron.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <span>

namespace wattle {
namespace {

constexpr std::array<std::string_view, 12> month_names = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> cron_weekdays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr std::array<unsigned, 12> longest_months = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
constexpr unsigned sunday_again = 7;

struct FieldRange {
  unsigned least = 0;
  unsigned most = 0;
  std::span<const std::string_view> names = {};  // of `least` and those after it
};

constexpr FieldRange minute_range{0, 59};
constexpr FieldRange hour_range{0, 23};
constexpr FieldRange day_range{1, 31};
constexpr FieldRange month_range{1, 12, month_names};
constexpr FieldRange weekday_range{0, sunday_again, cron_weekdays};

std::string_view take_until(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const auto part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

std::optional<unsigned> parse_value(std::string_view text, const FieldRange& range) {
  const auto name = std::find(range.names.begin(), range.names.end(), text);
  if (name != range.names.end()) return range.least + static_cast<unsigned>(name - range.names.begin());
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < range.least || value > range.most)
    return std::nullopt;
  return value;
}

/// "*", "7", "1-5", "*/10", "8-18/2".
std::optional<std::uint64_t> parse_item(std::string_view item, const FieldRange& range) {
  const bool has_step = item.find('/') != std::string_view::npos;
  auto values = take_until(item, '/');
  const bool is_range = values == "*" || values.find('-') != std::string_view::npos;
  if (has_step && !is_range) return std::nullopt;
  const auto step = has_step ? parse_value(item, {1, range.most}) : std::optional(1U);
  std::optional<unsigned> from = range.least;
  std::optional<unsigned> to = range.most;
  if (values != "*") {
    from = parse_value(take_until(values, '-'), range);
    to = is_range ? parse_value(values, range) : from;
  }
  if (!step || !from || !to || *from > *to) return std::nullopt;
  std::uint64_t bits = 0;
  for (auto value = *from; value <= *to; value += *step) bits |= std::uint64_t{1} << value;
  return bits;
}

std::optional<std::uint64_t> parse_field(std::string_view field, const FieldRange& range) {
  if (field.empty() || field.ends_with(',')) return std::nullopt;
  std::uint64_t bits = 0;
  while (!field.empty()) {
    const auto item = parse_item(take_until(field, ','), range);
    if (!item) return std::nullopt;
    bits |= *item;
  }
  return bits;
}

/// Whether some year has such a day.
bool has_a_day(const Cron& cron) {
  if (cron.every_day || !cron.every_weekday) return true;  // every month has each weekday
  for (unsigned month = 0; month < longest_months.size(); ++month)
    if ((cron.months >> (month + 1) & 1U) != 0 &&
        static_cast<unsigned>(std::countr_zero(cron.days)) <= longest_months.at(month))
      return true;
  return false;
}

}  // namespace

std::string normal_cron(std::string_view text) {
  std::string normal;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t';
    if (blank && (normal.empty() || normal.back() == ' ')) continue;
    normal.push_back(blank ? ' ' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c);
  }
  if (normal.ends_with(' ')) normal.pop_back();
  return normal;
}

std::optional<Cron> parse_cron(std::string_view text) {
  if (text.size() > cron_text_max) return std::nullopt;
  const auto normal = normal_cron(text);
  std::string_view rest = normal;
  if (std::count(rest.begin(), rest.end(), ' ') != 4) return std::nullopt;
  const auto minutes = parse_field(take_until(rest, ' '), minute_range);
  const auto hours = parse_field(take_until(rest, ' '), hour_range);
  const auto day_text = take_until(rest, ' ');
  const auto days = parse_field(day_text, day_range);
  const auto months = parse_field(take_until(rest, ' '), month_range);
  const auto weekdays = parse_field(rest, weekday_range);
  if (!minutes || !hours || !days || !months || !weekdays) return std::nullopt;
  Cron cron;
  cron.minutes = *minutes;
  cron.hours = static_cast<std::uint32_t>(*hours);
  cron.days = static_cast<std::uint32_t>(*days);
  cron.months = static_cast<std::uint16_t>(*months);
  cron.weekdays = static_cast<std::uint8_t>((*weekdays | *weekdays >> sunday_again) & 0x7fU);
  cron.every_day = day_text.starts_with('*');
  cron.every_weekday = rest.starts_with('*');
  return has_a_day(cron) ? std::optional(cron) : std::nullopt;
}

bool Cron::is_day(const LocalTime& time) const {
  if ((months >> time.month & 1U) == 0) return false;
  const bool day = (days >> time.day & 1U) != 0;
  const bool of_week = (weekdays >> weekday(time) & 1U) != 0;
  return every_day || every_weekday ? day && of_week : day || of_week;
}

bool Cron::is_minute(unsigned minute) const {
  return (hours >> (minute / 60) & 1U) != 0 && (minutes >> (minute % 60) & 1U) != 0;
}

}  // namespace wattle
