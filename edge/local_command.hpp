#pragma once
// A line of the local socket: `code ROOM DIGITS`, `cash ROOM AMOUNT`, `force CIRCUIT MODE`, `status`.

#include <string>
#include <string_view>
#include <variant>

#include "edge/core/event.hpp"

namespace wattle::edge {

struct StatusAsked {};
/// The caretaker overrides the mode of one circuit; the rest of its register stays as it is applied.
struct CircuitForced {
  CircuitId circuit;
  ControlMode mode{};
};
struct BadCommand {
  std::string why;
};
using LocalCommand = std::variant<CodeTyped, CashTaken, CircuitForced, StatusAsked, BadCommand>;

inline constexpr Money largest_cash_sale = yuan(10'000);

LocalCommand parse_command(std::string_view line);

}  // namespace wattle::edge
