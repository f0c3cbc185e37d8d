#pragma once
// A value as a meter sends it: a decimal number of a unit, exact. What is charged is brought to whole Wh or litres from here.

#include <string>

#include "shared/base/result.hpp"
#include "shared/meter/errors.hpp"

namespace wattle {

enum class Unit : std::uint8_t {
  none,
  watt_hour,
  var_hour,
  volt_ampere_hour,
  joule,
  watt,
  joule_per_hour,
  var,
  volt_ampere,
  volt,
  ampere,
  hertz,
  degree,
  celsius,
  kelvin,
  cubic_metre,
  cubic_metre_per_hour,
  cubic_metre_per_minute,
  cubic_metre_per_second,
  kilogram,
  kilogram_per_hour,
  bar,
  second,
  minute,
  hour,
  day,
  month,
  year,
  yuan,
  yuan_per_kwh,
  pulse_per_kwh,
  percent,
  dbm,
  bit_per_second
};
/// As people write it: "Wh", "m³/h"; empty for none.
const char* word(Unit unit);

/// value × 10^exponent units.
struct Measured {
  std::int64_t value = 0;
  int exponent = 0;
  Unit unit = Unit::none;
  bool operator==(const Measured&) const = default;
};

/// In steps of 10^exponent of the same unit, to the nearest, ties away from zero: a voltage at -3 is millivolts.
/// MeterErrc::value when it does not fit 62 bits.
Result<std::int64_t> scaled(const Measured& measured, int exponent);
/// The number alone, every digit that was sent: "-1.2345", "230", "0.00".
std::string decimal_text(const Measured& measured);

}  // namespace wattle
