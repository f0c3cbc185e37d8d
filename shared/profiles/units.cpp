#include "shared/profiles/units.hpp"

#include <array>
#include <numeric>

#include "shared/base/check.hpp"

namespace wattle {
namespace {

struct NamedUnit {
  Measure measure;
  std::string_view name;
  std::int64_t ours;   // of ours: Wh, W, mV, mA, mHz, thousandths, varh, var, micro-units, s
  std::size_t before;  // digits before the point, at most: a step of that many fits 31 bits in ours
  std::size_t digits = 9;
};
constexpr std::array<NamedUnit, 22> units{{
    {Measure::energy, "Wh", 1, 9},
    {Measure::energy, "kWh", 1000, 6},
    {Measure::energy, "MWh", 1'000'000, 3},
    {Measure::power, "W", 1, 9},
    {Measure::power, "kW", 1000, 6},
    {Measure::voltage, "mV", 1, 9},
    {Measure::voltage, "V", 1000, 6},
    {Measure::current, "mA", 1, 9},
    {Measure::current, "A", 1000, 6},
    {Measure::frequency, "mHz", 1, 9},
    {Measure::frequency, "Hz", 1000, 6},
    {Measure::power_factor, "", 1000, 6},
    {Measure::power_factor, "%", 10, 8},
    {Measure::reactive_energy, "varh", 1, 9},
    {Measure::reactive_energy, "kvarh", 1000, 6},
    {Measure::reactive_energy, "Mvarh", 1'000'000, 3},
    {Measure::reactive_power, "var", 1, 9},
    {Measure::reactive_power, "kvar", 1000, 6},
    {Measure::money, "yuan", 1'000'000, 3},
    {Measure::money, "fen", 10'000, 5},
    {Measure::delay, "s", 1, 9},
    {Measure::delay, "min", 60, 7, 8},
}};
constexpr std::size_t max_digits = 9;

struct Decimal {
  std::int64_t value = 0;  // of all digits
  std::int64_t divide = 1;
  std::size_t digits = 0;
  std::size_t before = 0;  // the point
};

/// The number in front, taken off the text; one when there is none.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal out;
  std::size_t used = 0;
  bool fraction = false;
  for (; used < text.size(); ++used) {
    const char c = text[used];
    if (c == '.' && !fraction && out.digits > 0) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (++out.digits > max_digits) return std::nullopt;
    out.value = out.value * 10 + (c - '0');
    if (fraction) out.divide *= 10;
    if (!fraction) ++out.before;
  }
  if (used > 0 && text[used - 1] == '.') return std::nullopt;
  if (out.digits == 0) out.value = 1;
  text.remove_prefix(used);
  while (out.digits > 0 && !text.empty() && text.front() == ' ') text.remove_prefix(1);
  return out;
}

}  // namespace

std::optional<Scale> parse_step(Measure measure, std::string_view text) {
  const auto step = take_decimal(text);
  if (!step || step->value == 0) return std::nullopt;
  for (const auto& unit : units) {
    if (unit.measure != measure || unit.name != text) continue;
    if (step->before > unit.before || step->digits > unit.digits) return std::nullopt;
    const auto multiply = step->value * unit.ours;
    const auto common = std::gcd(multiply, step->divide);
    WATTLE_CHECK(multiply / common <= INT32_MAX && step->divide / common <= INT32_MAX);
    return Scale{static_cast<std::int32_t>(multiply / common), static_cast<std::int32_t>(step->divide / common)};
  }
  return std::nullopt;
}

std::string_view units_of(Measure measure) {
  switch (measure) {
    case Measure::energy: return "Wh, kWh or MWh";
    case Measure::power: return "W or kW";
    case Measure::voltage: return "mV or V";
    case Measure::current: return "mA or A";
    case Measure::frequency: return "mHz or Hz";
    case Measure::power_factor: return "nothing, or %";
    case Measure::reactive_energy: return "varh, kvarh or Mvarh";
    case Measure::reactive_power: return "var or kvar";
    case Measure::money: return "yuan or fen";
    case Measure::delay: return "s or min";
  }
  return "";
}

}  // namespace wattle
