#pragma once
// Which value of a reading a register, an item or a fault is about.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/further.hpp"

namespace wattle {

enum class What : std::uint8_t { number, voltage, frequency, energy, power, current, power_factor, relay, further, overdrawn };

struct ValueName {
  What what = What::number;
  FurtherKind kind{};                    // of What::further and What::overdrawn
  std::optional<std::size_t> circuit{};  // from 0; nothing: of the meter as a whole
  bool operator==(const ValueName&) const = default;
};

/// Charging and switching rest on it: a reading in which it cannot be is refused. All others are only recorded.
bool is_needed(const ValueName& value);
/// As a profile's file calls it within its section: "power".
std::string_view key_of(const ValueName& value);
/// Among all values of a meter: "circuit_1.power", "voltage".
std::string full_name(const ValueName& value);

}  // namespace wattle
