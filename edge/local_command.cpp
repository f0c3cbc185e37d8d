#include "edge/local_command.hpp"

#include <algorithm>
#include <charconv>

#include "shared/api/money_text.hpp"
#include "shared/crypto/offline_code.hpp"
#include "shared/policy/meter_orders.hpp"

namespace wattle::edge {
namespace {

/// Up to the next space; what is left begins behind all spaces.
std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(end);
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  return word;
}

template <class Number>
std::optional<Number> parse_digits(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

std::optional<std::uint32_t> parse_number(std::string_view text) {
  const auto number = parse_digits<std::uint32_t>(text);
  return number == 0U ? std::nullopt : number;
}

LocalCommand parse_code(RoomId room, std::string_view digits) {
  if (digits.empty() || digits.size() > max_typed_code) return BadCommand{"code: ROOM and the code's digits"};
  return CodeTyped{room, std::string(digits)};
}

LocalCommand parse_cash(RoomId room, std::string_view line) {
  const auto amount = parse_amount(take_word(line));
  const bool is_word = std::all_of(line.begin(), line.end(), [](char c) { return c > ' ' && c <= '~'; });
  if (!amount || amount->micros <= 0 || *amount > largest_cash_sale || !is_word || line.size() > sale_key_max)
    return BadCommand{
        "cash: ROOM, an amount like 20.00, and a KEY of at most 64 printable characters where it may be told again"};
  return CashSold{room, *amount, std::string(line)};
}

LocalCommand parse_force(std::string_view circuit, std::string_view text) {
  const auto number = parse_number(circuit);
  for (const auto mode : {ControlMode::prepaid, ControlMode::forced_on, ControlMode::forced_off})
    if (number && text == word(mode)) return CircuitForced{{*number}, mode};
  return BadCommand{"force: CIRCUIT and prepaid, forced_on or forced_off"};
}

LocalCommand parse_meter(std::string_view circuit, std::string_view line) {
  const auto id = parse_number(circuit);
  const auto last = parse_digits<std::int64_t>(take_word(line));
  const auto meter = parse_digits<std::uint64_t>(take_word(line));
  const auto first = parse_digits<std::int64_t>(line);
  if (!id || !last || !meter || *meter == 0 || !first)
    return BadCommand{
        "meter: CIRCUIT, the old meter's LAST reading in Wh or litres, the new one's NUMBER and its FIRST reading"};
  return MeterChanged{{*id}, {*last}, {*meter}, {*first}};
}

LocalCommand parse_rollover(std::string_view circuit, std::string_view text) {
  const auto id = parse_number(circuit);
  const auto ends = parse_digits<std::int64_t>(text);
  if (!id || !ends || *ends < register_ends_min || *ends > shown_max)
    return BadCommand{"rollover: CIRCUIT and where the register ENDS, one more than it can show, in Wh or litres"};
  return RegisterTurned{{*id}, {*ends}};
}

}  // namespace

LocalCommand parse_command(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  const auto verb = take_word(line);
  if (verb == "status" && line.empty()) return StatusAsked{};
  if (verb == "wiring" && line.empty()) return WiringAsked{};
  if (verb != "code" && verb != "cash" && verb != "force" && verb != "meter" && verb != "rollover")
    return BadCommand{
        "the commands are: code ROOM DIGITS, cash ROOM AMOUNT [KEY], force CIRCUIT MODE, meter CIRCUIT LAST NUMBER FIRST, "
        "rollover CIRCUIT ENDS, status, wiring"};
  const auto first = take_word(line);
  if (verb == "force") return parse_force(first, line);
  if (verb == "meter") return parse_meter(first, line);
  if (verb == "rollover") return parse_rollover(first, line);
  const auto room = parse_number(first);
  if (!room) return BadCommand{"the room is a number"};
  return verb == "code" ? parse_code({*room}, line) : parse_cash({*room}, line);
}

}  // namespace wattle::edge
