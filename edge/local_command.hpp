#pragma once
// A line of the local socket: `code ROOM DIGITS`, `cash ROOM AMOUNT`, `force CIRCUIT MODE`, `meter CIRCUIT LAST NUMBER FIRST`,
// `rollover CIRCUIT ENDS`, `status`, `wiring`.

#include <string>
#include <string_view>
#include <variant>

#include "edge/core/event.hpp"

namespace wattle::edge {

struct StatusAsked {};
struct WiringAsked {};
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
/// A meter's register has come to its end and begun again from zero.
struct RegisterTurned {
  CircuitId circuit;
  Quantity ends;  // it shows up to one less
};
struct BadCommand {
  std::string why;
};
using LocalCommand =
    std::variant<CodeTyped, CashTaken, CircuitForced, MeterChanged, RegisterTurned, StatusAsked, WiringAsked, BadCommand>;

inline constexpr Money largest_cash_sale = yuan(10'000);

LocalCommand parse_command(std::string_view line);

}  // namespace wattle::edge
