#pragma once
// A frame for people: every part of it by name, in order, whatever the protocol.

#include <string>
#include <variant>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/meter/measured.hpp"

namespace wattle {

struct NotAvailable {
  bool operator==(const NotAvailable&) const = default;
};
/// Bytes that are shown as hex; text is already readable (words, addresses, times).
using FieldValue = std::variant<NotAvailable, std::uint64_t, bool, Measured, std::string, Bytes>;

struct Field {
  std::string name;
  FieldValue value;
  bool operator==(const Field&) const = default;
};
using Fields = std::vector<Field>;
/// "260 Wh", "yes", "91" (bytes in hex), "not available".
std::string to_text(const FieldValue& value);

/// What a decoder could make of bytes: the fields up to where it went wrong, and what was wrong there.
struct Described {
  Fields fields;
  Error error;             // none when the frame is sound and understood
  std::size_t offset = 0;  // of the byte at which the error showed
};

}  // namespace wattle
