#pragma once
// A line of the local socket: `code ROOM DIGITS`, `cash ROOM AMOUNT`, `force CIRCUIT MODE`, `meter CIRCUIT LAST NUMBER FIRST`,
// `status`.

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
/// A technician has put another meter in. Readings in Wh, or litres.
struct MeterChanged {
  CircuitId circuit;
  Quantity last;  // of the old one
  MeterId meter;
  Quantity first;
};
struct BadCommand {
  std::string why;
};
using LocalCommand = std::variant<CodeTyped, CashTaken, CircuitForced, MeterChanged, StatusAsked, BadCommand>;

inline constexpr Money largest_cash_sale = yuan(10'000);

LocalCommand parse_command(std::string_view line);

}  // namespace wattle::edge
