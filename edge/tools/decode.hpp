#pragma once
// What a technician does at a desk with bytes that were caught on a bus: `wattle-edge decode`.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/meter/capture.hpp"

namespace wattle::edge {

/// Hex digits as people have them: pairs in one piece or several, with blanks, colons, commas, dashes and 0x among them. Else
/// what is wrong with them, in words.
std::variant<Bytes, std::string> bytes_of(const std::vector<std::string>& pieces);

/// The same of one text, of any length, behind what is there. What is wrong; nothing when all is taken.
std::optional<std::string> append_hex(std::string_view text, Bytes& out);

/// One frame as a JSON object in one line.
std::string to_json(const Caught& caught);

/// Of the command.
struct Decoded {
  std::string lines;      // a JSON object each
  bool all_good = false;  // each is a frame, whole and understood
};
Decoded decode(Protocol protocol, ByteView heard, const CaptureHints& hints = {});
/// "modbus-rtu"; nothing for a protocol that there is not.
std::optional<Protocol> protocol_named(std::string_view name);

}  // namespace wattle::edge
