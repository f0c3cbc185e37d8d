#include "shared/meter/point.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle {
namespace {

__extension__ using Wide = __int128;  // a 64-bit register times a 31-bit scale

// IEEE 754-2019 §3.4, binary32.
constexpr int mantissa_bits = 23;
constexpr int exponent_bias = 127;
constexpr std::uint32_t exponent_all_ones = 0xff;
constexpr std::uint32_t mantissa_mask = (1u << mantissa_bits) - 1;
constexpr std::uint32_t sign_bit = 1u << 31;

Wide nearest(Wide numerator, Wide denominator) {
  const Wide half = denominator / 2;
  return (numerator < 0 ? numerator - half : numerator + half) / denominator;
}

Result<std::int64_t> checked(Wide value) {
  if (value > max_value || value < -max_value) return WATTLE_FAIL(MeterErrc::value);
  return static_cast<std::int64_t>(value);
}

Result<std::int64_t> from_float(std::uint32_t bits, Scale scale) {
  const std::uint32_t exponent = bits >> mantissa_bits & exponent_all_ones;
  if (exponent == exponent_all_ones) return WATTLE_FAIL(MeterErrc::value);
  // value = mantissa × 2^shift; a subnormal has no hidden bit and the exponent of the smallest normal number
  const std::uint32_t mantissa = (bits & mantissa_mask) | (exponent == 0 ? 0u : 1u << mantissa_bits);
  const int shift = (exponent == 0 ? 1 : static_cast<int>(exponent)) - exponent_bias - mantissa_bits;
  if (shift > 62 && mantissa != 0) return WATTLE_FAIL(MeterErrc::value);
  if (shift < -63) return 0;  // mantissa < 2^24 and scale < 2^31: less than half of a unit
  const Wide product = static_cast<Wide>(mantissa) * scale.multiply;
  const Wide magnitude =
      shift >= 0 ? nearest(product << shift, scale.divide) : nearest(product, static_cast<Wide>(scale.divide) << -shift);
  return checked((bits & sign_bit) != 0 ? -magnitude : magnitude);
}

/// Nearest binary32 to numerator / denominator, both positive.
std::uint32_t to_float(Wide numerator, Wide denominator) {
  if (numerator == 0) return 0;
  int exponent = 0;
  for (; numerator / denominator >= Wide{1} << (mantissa_bits + 1); ++exponent) denominator <<= 1;
  for (; numerator / denominator < Wide{1} << mantissa_bits; --exponent) numerator <<= 1;
  const auto mantissa = static_cast<std::uint32_t>(nearest(numerator, denominator));
  // rounding up to 2^24 carries into the exponent, which is right
  return static_cast<std::uint32_t>(exponent + exponent_bias + mantissa_bits - 1) * (1u << mantissa_bits) + mantissa;
}

struct Range {
  Wide low;
  Wide high;
};
Range register_range(Encoding encoding) {
  switch (encoding) {
    case Encoding::bit: return {0, 1};
    case Encoding::u16: return {0, UINT16_MAX};
    case Encoding::i16: return {INT16_MIN, INT16_MAX};
    case Encoding::u32: return {0, UINT32_MAX};
    case Encoding::i32: return {INT32_MIN, INT32_MAX};
    case Encoding::u64: return {0, UINT64_MAX};
    case Encoding::bcd32: return {0, 99'999'999};
    case Encoding::f32: break;
  }
  return {0, 0};
}

/// Each order is its own reverse.
std::vector<std::uint16_t> in_order(std::span<const std::uint16_t> words, WordOrder order) {
  std::vector<std::uint16_t> out(words.begin(), words.end());
  if (order == WordOrder::cdab || order == WordOrder::dcba) std::reverse(out.begin(), out.end());
  if (order == WordOrder::badc || order == WordOrder::dcba) {
    for (auto& word : out) word = static_cast<std::uint16_t>(word << 8 | word >> 8);
  }
  return out;
}

std::uint64_t bits_of(const Point& point, std::span<const std::uint16_t> words) {
  std::uint64_t raw = 0;
  for (const auto word : in_order(words, point.order)) raw = raw << 16 | word;
  return raw;
}

constexpr int bcd32_bits = 32;

std::optional<std::int64_t> from_digits(std::uint64_t raw) {
  std::int64_t value = 0;
  for (int shift = bcd32_bits - 4; shift >= 0; shift -= 4) {
    const auto digit = static_cast<std::int64_t>(raw >> shift & 0xf);
    if (digit > 9) return std::nullopt;
    value = value * 10 + digit;
  }
  return value;
}

std::uint64_t to_digits(Wide value) {
  std::uint64_t raw = 0;
  for (int shift = 0; shift < bcd32_bits; shift += 4, value /= 10) raw |= static_cast<std::uint64_t>(value % 10) << shift;
  return raw;
}

}  // namespace

std::size_t word_count(Encoding encoding) {
  switch (encoding) {
    case Encoding::bit:
    case Encoding::u16:
    case Encoding::i16: return 1;
    case Encoding::u32:
    case Encoding::i32:
    case Encoding::bcd32:
    case Encoding::f32: return 2;
    case Encoding::u64: return 4;
  }
  return 0;
}

Result<std::int64_t> decode_value(const Point& point, std::span<const std::uint16_t> words) {
  WATTLE_CHECK(words.size() == word_count(point.encoding));
  const auto raw = bits_of(point, words);
  if (point.invalid == raw) return WATTLE_FAIL(MeterErrc::value);
  Wide value = raw;
  if (point.encoding == Encoding::bcd32) {
    const auto digits = from_digits(raw);
    if (!digits) return WATTLE_FAIL(MeterErrc::value);
    value = *digits;
  }
  if (point.encoding == Encoding::f32) return from_float(static_cast<std::uint32_t>(raw), point.scale);
  if (point.encoding == Encoding::i16) value = static_cast<std::int16_t>(raw);
  if (point.encoding == Encoding::i32) value = static_cast<std::int32_t>(raw);
  return checked(nearest(value * point.scale.multiply, point.scale.divide));
}

bool is_mark_short(const Point& point) {
  const auto bits = word_count(point.encoding) * 16;
  return !point.invalid || bits >= 64 || *point.invalid >> bits == 0;
}

bool is_marked_invalid(const Point& point, std::span<const std::uint16_t> words) {
  WATTLE_CHECK(words.size() == word_count(point.encoding));
  return point.invalid && point.invalid == bits_of(point, words);
}

Result<std::vector<std::uint16_t>> encode_value(const Point& point, std::int64_t value) {
  const Wide numerator = static_cast<Wide>(value) * point.scale.divide;
  std::uint64_t raw = 0;
  if (point.encoding == Encoding::f32) {
    raw = to_float(numerator < 0 ? -numerator : numerator, point.scale.multiply) | (value < 0 ? sign_bit : 0u);
  } else {
    const Wide whole = nearest(numerator, point.scale.multiply);
    const auto range = register_range(point.encoding);
    if (whole < range.low || whole > range.high) return WATTLE_FAIL(MeterErrc::value);
    raw = point.encoding == Encoding::bcd32 ? to_digits(whole) : static_cast<std::uint64_t>(whole);
  }
  std::vector<std::uint16_t> words(word_count(point.encoding));
  for (auto word = words.rbegin(); word != words.rend(); ++word, raw >>= 16) *word = static_cast<std::uint16_t>(raw);
  return in_order(words, point.order);
}

}  // namespace wattle
