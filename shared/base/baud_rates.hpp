#pragma once
// The rates of serial lines: those that a device can be set to, a configuration may name, and the cloud sends to its boxes.

#include <algorithm>
#include <array>
#include <cstdint>

namespace wattle {

inline constexpr std::array<std::uint32_t, 10> baud_rates = {300, 600, 1200, 2400, 4800, 9600, 19'200, 38'400, 57'600, 115'200};

constexpr bool is_baud_rate(std::int64_t baud) {
  return std::find(baud_rates.begin(), baud_rates.end(), baud) != baud_rates.end();
}

}  // namespace wattle
