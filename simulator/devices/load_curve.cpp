#include "simulator/devices/load_curve.hpp"

#include <charconv>

namespace wattle::sim {
namespace {

constexpr std::int64_t minute_micros = minutes(1).micros;
constexpr std::int64_t epoch_after_monday = 3 * 24 * 60;  // 1970-01-01 was a Thursday

std::int64_t floor_divide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

/// Appends the numbers of one line; empty when all is well.
std::string_view read_line(std::string_view line, std::vector<std::int64_t>& watts) {
  const char* at = line.data();
  const char* const end = at + line.size();
  while (at != end) {
    if (*at == ' ' || *at == '\r') {
      ++at;
      continue;
    }
    std::int64_t value = 0;
    const auto [stop, code] = std::from_chars(at, end, value);
    if (code != std::errc{} || (stop != end && *stop != ' ' && *stop != '\r')) return "not a whole number of watts";
    if (value < 0 || value > max_curve_watts) return "a power outside of 0 to 30000 W";
    if (watts.size() == max_curve_minutes) return "more than 53 weeks";
    watts.push_back(value);
    at = stop;
  }
  return {};
}

}  // namespace

Power LoadCurve::at_minute(std::int64_t minute) const {
  const auto size = static_cast<std::int64_t>(watts_.size());
  return {watts_[static_cast<std::size_t>(((minute % size) + size) % size)]};
}

std::optional<LoadCurve> parse_load_curve(std::string_view text, CurveError& error) {
  std::vector<std::int64_t> watts;
  error = {};
  while (!text.empty()) {
    ++error.line;
    const auto end = text.find('\n');
    const auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with('#')) continue;
    error.why = read_line(line, watts);
    if (!error.why.empty()) return std::nullopt;
  }
  if (watts.empty() || watts.size() % static_cast<std::size_t>(week_minutes) != 0) {
    error.why = "not a whole number of weeks of minutes";
    return std::nullopt;
  }
  return LoadCurve(std::move(watts));
}

std::int64_t minute_since_monday(Instant now, Duration utc_offset) {
  return floor_divide(now.micros + utc_offset.micros, minute_micros) + epoch_after_monday;
}

Instant next_minute(Instant now) { return {(floor_divide(now.micros, minute_micros) + 1) * minute_micros}; }

}  // namespace wattle::sim
