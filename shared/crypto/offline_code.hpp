#pragma once
// Top-up codes that a person types where there is no network: twenty decimal digits, which hold 66 bits. Packing, keys and MAC:
// api-spec/codes.md. That a number counts once, and how often one may try, is the ledger's and the edge's matter.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/crypto.hpp"

namespace wattle {

inline constexpr std::size_t code_digits = 20;
inline constexpr std::size_t code_group = 4;
inline constexpr std::size_t max_typed_code = 64;  // twenty digits and whatever spaces and dashes a person puts between
inline constexpr unsigned code_version_bits = 2;
inline constexpr unsigned code_number_bits = 12;
inline constexpr unsigned code_yuan_bits = 14;
inline constexpr unsigned code_mac_bits = 38;
inline constexpr std::uint8_t offline_code_version = 1;
inline constexpr std::uint16_t max_code_number = (1u << code_number_bits) - 1;
inline constexpr std::uint16_t max_code_yuan = (1u << code_yuan_bits) - 1;

/// A room's codes are numbered anew, and keyed anew, in each epoch: what the cloud turns when a room's numbers run out.
using CodeEpoch = Id<struct CodeEpochTag>;

/// The secret that cloud and box agree on at the claim; a new one with each incarnation, never in an entry.
using CodeKey = std::array<std::uint8_t, 32>;

/// Where the code may be typed. It stands in no digit: the box knows it, and the MAC covers it.
struct CodePlace {
  Holder issuer;
  RoomId room;
  CodeEpoch epoch;
  auto operator<=>(const CodePlace&) const = default;
};

struct CodePayload {
  std::uint16_t number = 0;  // 0 to max_code_number
  std::uint16_t yuan = 0;    // 1 to max_code_yuan
  auto operator<=>(const CodePayload&) const = default;
};

/// Twenty digits without spaces.
std::string make_code(const Crypto& crypto, const CodeKey& key, const CodePlace& place, CodePayload payload);

/// "1234 5678 …", as it is shown and printed.
std::string group_code(std::string_view digits);

/// Accepts spaces and dashes anywhere. Refused with the first of: code_length, code_digit, code_version, code_amount, code_mac.
Result<CodePayload> read_code(const Crypto& crypto, const CodeKey& key, const CodePlace& place, std::string_view typed);

}  // namespace wattle
