#pragma once
// A line of the local socket: `code ROOM DIGITS`, `cash ROOM AMOUNT`, `status`.

#include <string>
#include <string_view>
#include <variant>

#include "edge/core/event.hpp"

namespace wattle::edge {

struct StatusAsked {};
struct BadCommand {
  std::string why;
};
using LocalCommand = std::variant<CodeTyped, CashTaken, StatusAsked, BadCommand>;

inline constexpr Money largest_cash_sale = yuan(10'000);

LocalCommand parse_command(std::string_view line);

}  // namespace wattle::edge
