#pragma once
// The step of a register as people write it, "0.01 kWh", against the whole units that Wattle counts in.

#include <optional>
#include <string_view>

#include "shared/meter/point.hpp"

namespace wattle {

enum class Measure : std::uint8_t {
  energy,
  power,
  voltage,
  current,
  frequency,
  power_factor,
  reactive_energy,
  reactive_power,
  money,
  delay
};

/// Nothing when the text is no positive number with a unit of this measure, or too fine. Without a number it is one.
std::optional<Scale> parse_step(Measure measure, std::string_view text);
/// What may be written, for messages: "Wh, kWh or MWh".
std::string_view units_of(Measure measure);

}  // namespace wattle
