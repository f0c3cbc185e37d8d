#include "shared/profiles/units.hpp"

#include <array>
#include <numeric>

namespace wattle {
namespace {

struct NamedUnit {
  Measure measure;
  std::string_view name;
  std::int64_t ours;  // of ours: Wh, W, mV, mA, mHz, thousandths, varh, var, micro-units, s
};
constexpr std::array<NamedUnit, 22> units{{
    {Measure::energy, "Wh", 1},
    {Measure::energy, "kWh", 1000},
    {Measure::energy, "MWh", 1'000'000},
    {Measure::power, "W", 1},
    {Measure::power, "kW", 1000},
    {Measure::voltage, "mV", 1},
    {Measure::voltage, "V", 1000},
    {Measure::current, "mA", 1},
    {Measure::current, "A", 1000},
    {Measure::frequency, "mHz", 1},
    {Measure::frequency, "Hz", 1000},
    {Measure::power_factor, "", 1000},
    {Measure::power_factor, "%", 10},
    {Measure::reactive_energy, "varh", 1},
    {Measure::reactive_energy, "kvarh", 1000},
    {Measure::reactive_energy, "Mvarh", 1'000'000},
    {Measure::reactive_power, "var", 1},
    {Measure::reactive_power, "kvar", 1000},
    {Measure::money, "yuan", 1'000'000},
    {Measure::money, "fen", 10'000},
    {Measure::delay, "s", 1},
    {Measure::delay, "min", 60},
}};
constexpr std::size_t max_digits = 9;

struct Decimal {
  std::int64_t digits = 0;
  std::int64_t divide = 1;
};

/// The number in front, taken off the text; one when there is none.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal out;
  std::size_t used = 0;
  std::size_t digits = 0;
  bool fraction = false;
  for (; used < text.size(); ++used) {
    const char c = text[used];
    if (c == '.' && !fraction && digits > 0) {
      fraction = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (++digits > max_digits) return std::nullopt;
    out.digits = out.digits * 10 + (c - '0');
    if (fraction) out.divide *= 10;
  }
  if (used > 0 && text[used - 1] == '.') return std::nullopt;
  if (digits == 0) out.digits = 1;
  text.remove_prefix(used);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return out;
}

}  // namespace

std::optional<Scale> parse_step(Measure measure, std::string_view text) {
  const auto step = take_decimal(text);
  if (!step || step->digits == 0) return std::nullopt;
  for (const auto& unit : units) {
    if (unit.measure != measure || unit.name != text) continue;
    const auto multiply = step->digits * unit.ours;
    const auto common = std::gcd(multiply, step->divide);
    if (multiply / common > INT32_MAX || step->divide / common > INT32_MAX) return std::nullopt;
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
