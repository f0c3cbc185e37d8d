#include "shared/crypto/offline_code.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/crypto/errors.hpp"
#include "shared/crypto/secret.hpp"

namespace wattle {
namespace {

__extension__ typedef unsigned __int128 Packed;  // 66 bits do not fit in 64

static_assert(code_version_bits + code_number_bits + code_yuan_bits + code_mac_bits == 66);

constexpr std::string_view room_key_text = "wattle-code-room";
constexpr std::string_view code_text = "wattle-code";

std::uint32_t pack_payload(CodePayload payload) {
  return (std::uint32_t{offline_code_version} << (code_number_bits + code_yuan_bits)) |
         (std::uint32_t{payload.number} << code_yuan_bits) | payload.yuan;
}

Uid room_key(const Crypto& crypto, const CodeKey& key, const CodePlace& place) {
  Bytes text;
  Writer w(text);
  w.raw(view(room_key_text));
  w.u32(place.room.value);
  w.u32(place.epoch.value);
  return crypto.mac(key, text);
}

std::uint64_t tag(const Crypto& crypto, const CodeKey& key, const CodePlace& place, std::uint32_t payload) {
  auto derived = room_key(crypto, key, place);
  Bytes text;
  Writer w(text);
  w.raw(view(code_text));
  w.u32(place.issuer.edge.value);
  w.u32(place.issuer.incarnation.value);
  w.u32(place.room.value);
  w.u32(place.epoch.value);
  w.u32(payload);
  const auto full = crypto.mac(derived.bytes, text);
  wipe(derived.bytes);
  Reader r(full.bytes);
  return r.u64() & ((std::uint64_t{1} << code_mac_bits) - 1);
}

bool is_gap(char c) { return c == ' ' || c == '-'; }

Result<Packed> read_digits(std::string_view typed) {
  if (typed.size() > max_typed_code) return WATTLE_FAIL(CryptoErrc::code_length);
  const auto count = typed.size() - static_cast<std::size_t>(std::count_if(typed.begin(), typed.end(), is_gap));
  if (count != code_digits) return WATTLE_FAIL(CryptoErrc::code_length);
  Packed value = 0;
  for (const char c : typed) {
    if (is_gap(c)) continue;
    if (c < '0' || c > '9') return WATTLE_FAIL(CryptoErrc::code_digit);
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return value;
}

}  // namespace

std::string make_code(const Crypto& crypto, const CodeKey& key, const CodePlace& place, CodePayload payload) {
  WATTLE_CHECK(payload.number <= max_code_number && payload.yuan >= 1 && payload.yuan <= max_code_yuan);
  const auto packed_payload = pack_payload(payload);
  Packed value = (static_cast<Packed>(packed_payload) << code_mac_bits) | tag(crypto, key, place, packed_payload);
  std::string digits(code_digits, '0');
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, value /= 10) {
    *digit = static_cast<char>('0' + static_cast<int>(value % 10));
  }
  return digits;
}

std::string group_code(std::string_view digits) {
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && i % code_group == 0) out += ' ';
    out += digits[i];
  }
  return out;
}

Result<CodePayload> read_code(const Crypto& crypto, const CodeKey& key, const CodePlace& place, std::string_view typed) {
  const auto digits = read_digits(typed);
  if (!digits) return digits.error();
  // 10^20 is above 2^66: what stands there reads as a version that two bits cannot hold, and goes the way of any other.
  const auto packed = static_cast<std::uint32_t>(*digits >> code_mac_bits);
  if (packed >> (code_number_bits + code_yuan_bits) != offline_code_version) return WATTLE_FAIL(CryptoErrc::code_version);
  const CodePayload payload{static_cast<std::uint16_t>((packed >> code_yuan_bits) & max_code_number),
                            static_cast<std::uint16_t>(packed & max_code_yuan)};
  if (payload.yuan == 0) return WATTLE_FAIL(CryptoErrc::code_amount);

  // Both tags are whole words, so that the comparison takes one time whichever bit differs.
  const auto typed_tag = static_cast<std::uint64_t>(*digits) & ((std::uint64_t{1} << code_mac_bits) - 1);
  if ((typed_tag ^ tag(crypto, key, place, packed)) != 0) return WATTLE_FAIL(CryptoErrc::code_mac);
  return payload;
}

}  // namespace wattle
