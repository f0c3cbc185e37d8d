#pragma once
// A line of the local socket: `code ROOM DIGITS`, `cash ROOM AMOUNT [KEY]`, `force CIRCUIT MODE`,
// `meter CIRCUIT LAST NUMBER FIRST`, `rollover CIRCUIT ENDS`, `status`, `wiring`.

#include <string>
#include <string_view>
#include <variant>

#include "edge/core/event.hpp"

namespace wattle::edge {

struct StatusAsked {};
struct WiringAsked {};
/// The same key is the same sale, however often it is told.
struct CashSold {
  RoomId room;
  Money amount;
  std::string key;  // empty: none
};
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
    std::variant<CodeTyped, CashSold, CircuitForced, MeterChanged, RegisterTurned, StatusAsked, WiringAsked, BadCommand>;

inline constexpr Money largest_cash_sale = yuan(10'000);
inline constexpr std::size_t sale_key_max = 64;

LocalCommand parse_command(std::string_view line);

}  // namespace wattle::edge
