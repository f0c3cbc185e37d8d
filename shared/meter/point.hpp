#pragma once
// One value of a meter in its registers: where, in which encoding, and in which unit. Conversions are exact in integers; the
// binary value of a float32 register is converted without a floating-point operation.

#include <optional>
#include <span>

#include "shared/meter/modbus.hpp"

namespace wattle {

/// bcd32: eight decimal digits, four bits each.
enum class Encoding : std::uint8_t { bit, u16, i16, u32, i32, u64, f32, bcd32 };

/// Our unit = register × multiply / divide, to the nearest, ties away from zero. Both are positive.
struct Scale {
  std::int32_t multiply = 1;
  std::int32_t divide = 1;
  bool operator==(const Scale&) const = default;
};

/// Of a value's bytes over its registers, A the highest. Modbus itself only says that a register goes high byte first.
enum class WordOrder : std::uint8_t { abcd, cdab, badc, dcba };

struct Point {
  modbus::Function source = modbus::Function::read_holding;  // coils or discrete inputs for Encoding::bit
  std::uint16_t address = 0;
  Encoding encoding = Encoding::u16;
  Scale scale;
  WordOrder order = WordOrder::abcd;
  std::optional<std::uint64_t> invalid = {};  // the bits, in ABCD, by which the meter says that it has no value there
  bool operator==(const Point&) const = default;
};

/// Registers that the encoding takes.
std::size_t word_count(Encoding encoding);
/// MeterErrc::value for what is no number (NaN, infinity, a digit beyond nine), marked as none, or does not fit 62 bits; words
/// has word_count entries.
Result<std::int64_t> decode_value(const Point& point, std::span<const std::uint16_t> words);
/// Whether the mark fits into the value's registers.
bool is_mark_short(const Point& point);
/// Whether the words are the mark of a value that the meter does not have.
bool is_marked_invalid(const Point& point, std::span<const std::uint16_t> words);
/// The other direction, for virtual meters; MeterErrc::value when the register cannot hold it.
Result<std::vector<std::uint16_t>> encode_value(const Point& point, std::int64_t value);

}  // namespace wattle
