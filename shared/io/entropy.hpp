#pragma once
// Randomness of the operating system: keys, nonces, incarnations, and the seeds of the generators that only jitter.

#include <array>
#include <cstdint>
#include <span>

#include "shared/base/entropy.hpp"

namespace wattle {

void fill_random(std::span<std::uint8_t> out);
std::uint64_t random_u64();
Uid random_uid();

/// For the cores: every word is drawn afresh.
class SystemEntropy final : public Entropy {
 public:
  std::uint64_t word() override { return random_u64(); }
};

}  // namespace wattle
