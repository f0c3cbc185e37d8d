#pragma once
// How the kernel turns an RS485 line around, where a device has no hardware of its own for that: RTS holds the transceiver's
// driver on while bytes are sent.

#include <cstdint>

namespace wattle {

inline constexpr std::uint32_t rs485_delay_max_ms = 100;  // the kernel takes no more

struct Rs485 {
  bool high_while_sending = true;  // the level of RTS; in silence it is the other one
  std::uint32_t before_ms = 0;     // from RTS to the first bit
  std::uint32_t after_ms = 0;      // from the last bit to RTS
  bool operator==(const Rs485&) const = default;
};

}  // namespace wattle
