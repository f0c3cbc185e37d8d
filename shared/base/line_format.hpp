#pragma once
// How characters stand on a serial line: a property of the meters' models, and of the device that talks to them.

#include <cstdint>

#include "shared/base/time.hpp"

namespace wattle {

enum class Parity : std::uint8_t { none, even, odd };

struct LineFormat {
  std::uint32_t baud = 9600;
  Parity parity = Parity::even;
  std::uint8_t stop_bits = 1;
  bool operator==(const LineFormat&) const = default;
};

/// Start, data, parity and stop bits of so many characters, rounded up to a microsecond.
constexpr Duration wire_time(const LineFormat& format, std::int64_t characters) {
  const std::int64_t bits = 1 + 8 + (format.parity == Parity::none ? 0 : 1) + format.stop_bits;
  return microseconds((characters * bits * 1'000'000 + format.baud - 1) / format.baud);
}

}  // namespace wattle
