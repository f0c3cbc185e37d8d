#include "shared/meter/mbus_value.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>

#include "shared/base/local_time.hpp"
#include "shared/meter/bcd.hpp"

namespace wattle::mbus {
namespace {

constexpr std::uint8_t minus_nibble = 0xf0;  // in the highest digit (type A)
constexpr std::size_t max_text = 0xbf;
constexpr std::size_t max_integer = 8;

std::optional<std::int64_t> digits_in(ByteView low_first) {
  if (low_first.empty() || low_first.size() > max_bcd_bytes) return std::nullopt;
  if ((low_first.back() & minus_nibble) != minus_nibble) return bcd_value(low_first);
  Bytes bare(low_first.begin(), low_first.end());
  bare.back() &= 0x0f;
  const auto value = bcd_value(bare);
  return value ? std::optional(-*value) : std::nullopt;
}

/// Two's complement, low byte first (type B). The most negative one says "invalid".
std::optional<std::int64_t> integer_in(ByteView bytes) {
  if (bytes.empty() || bytes.size() > max_integer) return std::nullopt;
  std::uint64_t raw = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) raw = raw << 8 | bytes[i];
  const auto unused = 64 - 8 * static_cast<unsigned>(bytes.size());
  const auto value = static_cast<std::int64_t>(raw << unused) >> unused;
  const auto invalid = static_cast<std::int64_t>(std::uint64_t{1} << 63) >> unused;
  return value == invalid ? std::nullopt : std::optional(value);
}

/// The shortest decimal number that is this float: exact in its digits, without arithmetic on floats.
std::optional<Measured> real_in(ByteView four) {
  std::uint32_t raw = 0;
  for (std::size_t i = four.size(); i-- > 0;) raw = raw << 8 | four[i];
  constexpr std::uint32_t exponent_mask = 0x7f800000;
  if ((raw & exponent_mask) == exponent_mask) return std::nullopt;  // infinite, or no number
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), std::bit_cast<float>(raw), std::chars_format::scientific).ptr;
  Measured out;
  const char* c = text.data();
  const bool negative = *c == '-';
  if (negative) ++c;
  bool is_fraction = false;
  for (; c < end && *c != 'e'; ++c) {
    if (*c == '.') {
      is_fraction = true;
      continue;
    }
    out.value = out.value * 10 + (*c - '0');
    if (is_fraction) --out.exponent;
  }
  int power = 0;
  if (c < end) ++c;
  if (c < end && *c == '+') ++c;
  std::from_chars(c, end, power);
  out.exponent += power;
  if (negative) out.value = -out.value;
  return out;
}

std::uint16_t year_of(std::uint8_t with_day, std::uint8_t with_month) {
  return static_cast<std::uint16_t>(2000 + (with_day >> 5 | (with_month >> 4) << 3));
}

/// Type G: five bits of day, four of month, seven of year in two places.
FieldValue date_in(ByteView two) {
  const unsigned day = two[0] & 0x1f;
  const unsigned month = two[1] & 0x0f;
  const LocalTime time{year_of(two[0], two[1]), static_cast<std::uint8_t>(month), static_cast<std::uint8_t>(day), 0, 0, 0};
  if (!is_valid(time)) return NotAvailable{};
  return to_text(time).substr(0, std::string_view("2000-01-01").size());
}

/// Type F, four bytes; type I has the second in front of the same.
FieldValue date_time_in(ByteView bytes) {
  constexpr std::uint8_t invalid = 0x80;
  const bool has_second = bytes.size() == 6;
  const auto rest = bytes.subspan(has_second ? 1 : 0);
  if ((rest[0] & invalid) != 0) return NotAvailable{};
  const LocalTime time{year_of(rest[2], rest[3]),
                       static_cast<std::uint8_t>(rest[3] & 0x0f),
                       static_cast<std::uint8_t>(rest[2] & 0x1f),
                       static_cast<std::uint8_t>(rest[1] & 0x1f),
                       static_cast<std::uint8_t>(rest[0] & 0x3f),
                       static_cast<std::uint8_t>(has_second ? bytes[0] & 0x3f : 0)};
  if (!is_valid(time)) return NotAvailable{};
  return to_text(time);
}

bool is_digits_field(std::uint8_t field) { return (field >= 0x9 && field <= 0xc) || field == 0xe; }

FieldValue number(const Vif& vif, std::optional<std::int64_t> value) {
  if (!value) return NotAvailable{};
  return Measured{*value, vif.exponent, vif.unit};
}

}  // namespace

std::optional<std::size_t> fixed_size(std::uint8_t field) {
  constexpr std::array<std::size_t, 16> sizes{0, 1, 2, 3, 4, 4, 6, 8, 0, 1, 2, 3, 4, 0, 6, 0};
  if (field == variable_length || field >= special) return std::nullopt;
  return sizes[field];
}

std::optional<std::size_t> variable_size(std::uint8_t length) {
  if (length <= max_text) return length;
  if (length <= 0xc9) return length - 0xc0u;                    // digits
  if (length >= 0xd0 && length <= 0xd9) return length - 0xd0u;  // negative digits
  if (length >= 0xe0 && length <= 0xef) return length - 0xe0u;  // binary
  return std::nullopt;
}

std::string reversed_text(ByteView bytes) {
  std::string text(bytes.rbegin(), bytes.rend());
  const bool readable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return readable ? text : to_hex(bytes);
}

FieldValue value_of(const Vif& vif, std::uint8_t field, ByteView bytes) {
  if (field == no_data || field == selection) return NotAvailable{};
  if (vif.kind == VifKind::maker) return Bytes(bytes.begin(), bytes.end());
  if (vif.kind == VifKind::date && bytes.size() == 2) return date_in(bytes);
  if (vif.kind == VifKind::date_time && bytes.size() == 2) return date_in(bytes);
  if (vif.kind == VifKind::date_time && (bytes.size() == 4 || bytes.size() == 6)) return date_time_in(bytes);
  if (vif.kind == VifKind::date || vif.kind == VifKind::date_time) return Bytes(bytes.begin(), bytes.end());
  if (vif.kind == VifKind::digits && is_digits_field(field)) {
    Bytes high_first(bytes.rbegin(), bytes.rend());
    if (std::all_of(high_first.begin(), high_first.end(), is_bcd)) return to_hex(high_first);
    return NotAvailable{};
  }
  if (field == real_32) {
    auto value = real_in(bytes);
    if (!value) return NotAvailable{};
    value->exponent += vif.exponent;
    value->unit = vif.unit;
    return *value;
  }
  return number(vif, is_digits_field(field) ? digits_in(bytes) : integer_in(bytes));
}

FieldValue variable_value(const Vif& vif, std::uint8_t length, ByteView bytes) {
  if (length <= max_text) return reversed_text(bytes);
  if (length < 0xd0) return number(vif, digits_in(bytes));
  if (length < 0xe0) {
    const auto digits = digits_in(bytes);
    return number(vif, digits ? std::optional(-*digits) : std::nullopt);
  }
  if (bytes.size() <= max_integer) return number(vif, integer_in(bytes));
  return Bytes(bytes.begin(), bytes.end());
}

}  // namespace wattle::mbus
