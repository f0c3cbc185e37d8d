#pragma once
// Randomness of the operating system: keys, nonces, incarnations, and the seeds of the generators that only jitter.

#include <array>
#include <cstdint>
#include <span>

#include "shared/base/ids.hpp"

namespace wattle {

void fill_random(std::span<std::uint8_t> out);
std::uint64_t random_u64();
Uid random_uid();

}  // namespace wattle
