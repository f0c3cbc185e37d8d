#include "shared/api/characters.hpp"

namespace wattle {
namespace {

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) != 0x80; }

}  // namespace

std::size_t count_characters(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) count += begins_character(byte) ? 1U : 0U;
  return count;
}

std::string_view first_characters(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (begins_character(text[i]) && count++ == most) return text.substr(0, i);
  return text;
}

}  // namespace wattle
