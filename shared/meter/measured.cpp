#include "shared/meter/measured.hpp"

namespace wattle {
namespace {
constexpr int max_plain_exponent = 18;  // beyond it no digits are written out: nothing that a meter counts is so large
}  // namespace

const char* word(Unit unit) {
  switch (unit) {
    case Unit::none: return "";
    case Unit::watt_hour: return "Wh";
    case Unit::var_hour: return "varh";
    case Unit::volt_ampere_hour: return "VAh";
    case Unit::joule: return "J";
    case Unit::watt: return "W";
    case Unit::joule_per_hour: return "J/h";
    case Unit::var: return "var";
    case Unit::volt_ampere: return "VA";
    case Unit::volt: return "V";
    case Unit::ampere: return "A";
    case Unit::hertz: return "Hz";
    case Unit::degree: return "°";
    case Unit::celsius: return "°C";
    case Unit::kelvin: return "K";
    case Unit::cubic_metre: return "m³";
    case Unit::cubic_metre_per_hour: return "m³/h";
    case Unit::cubic_metre_per_minute: return "m³/min";
    case Unit::cubic_metre_per_second: return "m³/s";
    case Unit::kilogram: return "kg";
    case Unit::kilogram_per_hour: return "kg/h";
    case Unit::bar: return "bar";
    case Unit::second: return "s";
    case Unit::minute: return "min";
    case Unit::hour: return "h";
    case Unit::day: return "d";
    case Unit::month: return "months";
    case Unit::year: return "years";
    case Unit::yuan: return "yuan";
    case Unit::yuan_per_kwh: return "yuan/kWh";
    case Unit::pulse_per_kwh: return "imp/kWh";
    case Unit::percent: return "%";
    case Unit::dbm: return "dBm";
    case Unit::bit_per_second: return "bit/s";
  }
  return "";
}

Result<std::int64_t> scaled(const Measured& measured, int exponent) {
  auto value = measured.value;
  int steps = measured.exponent - exponent;
  for (; steps > 0 && value != 0; --steps) {
    if (value > max_value / 10 || value < -max_value / 10) return WATTLE_FAIL(MeterErrc::value);
    value *= 10;
  }
  for (; steps < -1 && value != 0; ++steps) value /= 10;
  // Only the last digit dropped decides about the nearest; the ones below it never reach a tie from the other side.
  if (steps == -1) value = value / 10 + (value % 10 >= 5 ? 1 : value % 10 <= -5 ? -1 : 0);
  if (value > max_value || value < -max_value) return WATTLE_FAIL(MeterErrc::value);
  return value;
}

std::string decimal_text(const Measured& measured) {
  const bool negative = measured.value < 0;
  auto digits = std::to_string(measured.value).substr(negative ? 1 : 0);
  if (measured.exponent > max_plain_exponent || measured.exponent < -max_plain_exponent) {
    return (negative ? "-" : "") + digits + "e" + std::to_string(measured.exponent);
  }
  if (measured.exponent >= 0) {
    if (measured.value != 0) digits.append(static_cast<std::size_t>(measured.exponent), '0');
  } else {
    const auto decimals = static_cast<std::size_t>(-measured.exponent);
    if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
    digits.insert(digits.size() - decimals, 1, '.');
  }
  return (negative ? "-" : "") + digits;
}

}  // namespace wattle
