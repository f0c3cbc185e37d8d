#pragma once
// Modbus sends registers high byte first; everything else of ours is little-endian (shared/base/bytes.hpp).

#include "shared/base/bytes.hpp"

namespace wattle {

inline void put_big_endian(Bytes& out, std::uint16_t v) {
  out.push_back(static_cast<std::uint8_t>(v >> 8));
  out.push_back(static_cast<std::uint8_t>(v));
}

/// The two bytes at `at`, which the caller knows to be there.
inline std::uint16_t big_endian_at(ByteView in, std::size_t at) { return static_cast<std::uint16_t>(in[at] << 8 | in[at + 1]); }

}  // namespace wattle
