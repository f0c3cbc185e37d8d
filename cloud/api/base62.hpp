#pragma once
// Text of [0-9A-Za-z] for numbers that every payment provider takes.

#include <array>
#include <string>

#include "shared/base/ids.hpp"

namespace wattle::api {

inline constexpr std::size_t base62_digits = 22;  // 62²² > 2¹²⁸

/// Always 22 characters; different ids give different texts.
inline std::string base62(const Uid& id) {
  constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  auto left = id.bytes;
  std::string text(base62_digits, '0');
  for (auto at = text.rbegin(); at != text.rend(); ++at) {
    unsigned remainder = 0;
    for (auto& byte : left) {
      const unsigned value = remainder * 256 + byte;
      byte = static_cast<std::uint8_t>(value / digits.size());
      remainder = static_cast<unsigned>(value % digits.size());
    }
    *at = digits[remainder];
  }
  return text;
}

}  // namespace wattle::api
