#pragma once
// Quantities as integers. Money is a count of micro-units of the site's currency (1 yuan = 1,000,000). No floating point
// touches money or energy; sums are checked.

#include <compare>
#include <cstdint>
#include <optional>

namespace wattle {

struct Money {
  std::int64_t micros = 0;
  auto operator<=>(const Money&) const = default;
};
constexpr Money yuan(std::int64_t n) { return {n * 1'000'000}; }
constexpr Money fen(std::int64_t n) { return {n * 10'000}; }

constexpr std::optional<Money> add(Money a, Money b) {
  Money sum;
  if (__builtin_add_overflow(a.micros, b.micros, &sum.micros)) return std::nullopt;
  return sum;
}
constexpr std::optional<Money> subtract(Money a, Money b) {
  Money difference;
  if (__builtin_sub_overflow(a.micros, b.micros, &difference.micros)) return std::nullopt;
  return difference;
}
constexpr Money min(Money a, Money b) { return a < b ? a : b; }
constexpr Money max(Money a, Money b) { return a < b ? b : a; }

/// A meter's cumulative register or a difference of two. Electricity in Wh; water in litres.
struct Quantity {
  std::int64_t units = 0;
  auto operator<=>(const Quantity&) const = default;
};

struct Power {
  std::int64_t watts = 0;
  auto operator<=>(const Power&) const = default;
};

}  // namespace wattle
