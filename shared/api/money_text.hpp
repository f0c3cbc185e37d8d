#pragma once
// Money as the API writes it: decimal text with exactly six places ("12.340000"), read exactly and strictly.

#include <optional>
#include <string>
#include <string_view>

#include "shared/base/units.hpp"

namespace wattle {

/// The largest amount that a request may name: far above any recharge, far below where sums could overflow.
inline constexpr Money largest_amount{yuan(1'000'000'000).micros - 1};

std::string money_text(Money amount);

/// Digits, and at most six of them after a point: "0", "20", "12.34". Neither sign, exponent, space, leading zero nor bare
/// point; nothing above largest_amount.
std::optional<Money> parse_amount(std::string_view text);

}  // namespace wattle
