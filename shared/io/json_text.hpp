#pragma once
// One JSON string (RFC 8259 §7) with its quotes, for log lines: whatever the bytes are, the result is valid JSON in valid
// UTF-8.

#include <cstddef>
#include <string>
#include <string_view>

namespace wattle {

/// Bytes that are no UTF-8 become U+FFFD; text beyond the limit (in bytes) is cut and ends in "…".
void append_json_text(std::string& out, std::string_view text, std::size_t limit);

/// Length of the UTF-8 sequence that begins here (RFC 3629), or 0 when it is none.
std::size_t utf8_sequence(std::string_view text);

}  // namespace wattle
