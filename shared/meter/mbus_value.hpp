#pragma once
// The values within M-Bus records, by the data field of their DIF (EN 13757-3 §6.3.3) and annex A for times.

#include <optional>

#include "shared/meter/field.hpp"
#include "shared/meter/mbus_vif.hpp"

namespace wattle::mbus {

// Data field, the low nibble of the DIF.
inline constexpr std::uint8_t no_data = 0x0;
inline constexpr std::uint8_t real_32 = 0x5;
inline constexpr std::uint8_t selection = 0x8;
inline constexpr std::uint8_t variable_length = 0xd;
inline constexpr std::uint8_t special = 0xf;

/// Bytes of a field of fixed length; nothing for the variable and special ones.
std::optional<std::size_t> fixed_size(std::uint8_t field);
/// Bytes behind the length byte of a variable field; nothing for a reserved one.
std::optional<std::size_t> variable_size(std::uint8_t length);

/// The value of a field of fixed length.
FieldValue value_of(const Vif& vif, std::uint8_t field, ByteView bytes);
/// The value behind a length byte: text, digits or a number.
FieldValue variable_value(const Vif& vif, std::uint8_t length, ByteView bytes);
/// Text is sent with its last character first.
std::string reversed_text(ByteView bytes);

}  // namespace wattle::mbus
