#include "shared/io/json_text.hpp"

#include <algorithm>
#include <cstdint>

namespace wattle {
namespace {

void append_escaped(std::string& out, char c) {
  static constexpr char hex[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto byte = static_cast<std::uint8_t>(c);
  if (byte >= 0x20 && byte != 0x7f) {
    out += c;
    return;
  }
  out += "\\u00";
  out += hex[byte >> 4];
  out += hex[byte & 15];
}

}  // namespace

std::size_t utf8_sequence(std::string_view text) {
  const auto at = [text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  if (text.empty()) return 0;
  const std::uint8_t first = at(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((at(i) & 0xc0) != 0x80) return 0;
  }
  // The second byte's range excludes longer forms, surrogates and what lies beyond U+10FFFF (RFC 3629 §4).
  if (first == 0xe0 && at(1) < 0xa0) return 0;
  if (first == 0xed && at(1) > 0x9f) return 0;
  if (first == 0xf0 && at(1) < 0x90) return 0;
  if (first == 0xf4 && at(1) > 0x8f) return 0;
  return size;
}

void append_json_text(std::string& out, std::string_view text, std::size_t limit) {
  out += '"';
  std::size_t used = 0;
  while (!text.empty()) {
    const auto size = utf8_sequence(text);
    const auto step = std::max<std::size_t>(size, 1);
    if (used + step > limit) {
      out += "…";
      break;
    }
    if (size == 0) {
      out += "\xef\xbf\xbd";
    } else if (size == 1) {
      append_escaped(out, text[0]);
    } else {
      out += text.substr(0, size);
    }
    used += step;
    text.remove_prefix(step);
  }
  out += '"';
}

}  // namespace wattle
