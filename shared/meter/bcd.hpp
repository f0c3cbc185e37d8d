#pragma once
// Packed decimal digits, low pair first, as DL/T 645, CJ/T 188 and M-Bus send them.

#include <optional>

#include "shared/base/bytes.hpp"

namespace wattle {

inline constexpr std::size_t max_bcd_bytes = 9;  // eighteen digits fit 63 bits

/// The top bit of the last byte may be a sign (DL/T 645-2007), and is a digit's bit otherwise.
enum class BcdSign : std::uint8_t { none, top_bit };

/// Nothing when a nibble is no digit: that is how meters say "not available". At most max_bcd_bytes.
std::optional<std::int64_t> bcd_value(ByteView low_first, BcdSign sign = BcdSign::none);
/// Appends `size` bytes. False, and nothing appended, when the value does not fit.
bool put_bcd(Bytes& out, std::int64_t value, std::size_t size, BcdSign sign = BcdSign::none);

constexpr bool is_bcd(std::uint8_t byte) { return (byte & 0x0f) <= 9 && byte >> 4 <= 9; }
constexpr std::uint8_t from_bcd(std::uint8_t byte) { return static_cast<std::uint8_t>((byte >> 4) * 10 + (byte & 0x0f)); }
constexpr std::uint8_t to_bcd(std::uint8_t below_100) {
  return static_cast<std::uint8_t>((below_100 / 10) << 4 | below_100 % 10);
}

}  // namespace wattle
