#pragma once
// A serial device, opened raw for one process.

#include <cstdint>
#include <string>

#include "edge/io/bus.hpp"

namespace wattle {

enum class Parity : std::uint8_t { none, even, odd };

struct LineFormat {
  std::uint32_t baud = 9600;
  Parity parity = Parity::even;
  std::uint8_t stop_bits = 1;
};

/// A rate that the devices know.
bool is_known_rate(std::uint32_t baud);
/// Start, data, parity and stop bits of one character.
Duration character_time(const LineFormat& format);

/// The descriptor, or BusErrc::closed, busy or line_settings.
Result<int> open_serial_device(const std::string& path, const LineFormat& format);

}  // namespace wattle
