#include "shared/api/money_text.hpp"

#include <algorithm>

namespace wattle {
namespace {

constexpr std::size_t places = 6;
constexpr std::uint64_t unit = 1'000'000;
constexpr std::size_t longest_whole = 9;  // digits, those of largest_amount; keeps the arithmetic below far from overflow

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::int64_t number(std::string_view digits) {
  std::int64_t value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

}  // namespace

std::string money_text(Money amount) {
  const bool negative = amount.micros < 0;
  auto magnitude = static_cast<std::uint64_t>(amount.micros);
  if (negative) magnitude = 0 - magnitude;  // also right for the smallest number, which has no positive twin
  auto fraction = std::to_string(magnitude % unit);
  fraction.insert(0, places - fraction.size(), '0');
  return (negative ? "-" : "") + std::to_string(magnitude / unit) + '.' + fraction;
}

std::optional<Money> parse_amount(std::string_view text) {
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  if (!all_digits(whole) || whole.size() > longest_whole || (whole.size() > 1 && whole[0] == '0')) return std::nullopt;
  auto micros = number(whole) * static_cast<std::int64_t>(unit);
  if (point == std::string_view::npos) return Money{micros};
  std::string fraction(text.substr(point + 1));
  if (!all_digits(fraction) || fraction.size() > places) return std::nullopt;
  fraction.append(places - fraction.size(), '0');
  return Money{micros + number(fraction)};
}

}  // namespace wattle
