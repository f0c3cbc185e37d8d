#pragma once
// Where a core gets what nobody may guess: nonces, receipts, request numbers. The shell passes the system's generator in, the
// simulation a seeded one.

#include "shared/base/ids.hpp"

namespace wattle {

class Entropy {
 public:
  virtual ~Entropy() = default;
  virtual std::uint64_t word() = 0;

  Uid uid() {
    Uid id;
    for (std::size_t i = 0; i < 16; i += 8) {
      const auto w = word();
      for (std::size_t k = 0; k < 8; ++k) id.bytes[i + k] = static_cast<std::uint8_t>(w >> (8 * k));
    }
    return id;
  }
};

}  // namespace wattle
