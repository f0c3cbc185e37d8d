#pragma once
// Lengths as people and JSON Schema count them: in code points (RFC 8259 §8.1, UTF-8), not in bytes.

#include <cstddef>
#include <string_view>

namespace wattle {

/// `text` is UTF-8.
std::size_t count_characters(std::string_view text);
/// The first `most` of them; never a part of one.
std::string_view first_characters(std::string_view text, std::size_t most);

}  // namespace wattle
