#pragma once
// Sums of plain integers of which somebody outside of us says how large they are.

#include <cstdint>
#include <optional>

namespace wattle {

constexpr std::optional<std::int64_t> checked_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

}  // namespace wattle
