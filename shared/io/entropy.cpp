#include "shared/io/entropy.hpp"

#include <sys/random.h>

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle {

void fill_random(std::span<std::uint8_t> out) {
  constexpr std::size_t at_once = 256;  // getentropy(3) refuses more in one call
  while (!out.empty()) {
    const auto part = out.first(std::min(out.size(), at_once));
    WATTLE_CHECK(getentropy(part.data(), part.size()) == 0);
    out = out.subspan(part.size());
  }
}

std::uint64_t random_u64() {
  std::array<std::uint8_t, 8> bytes{};
  fill_random(bytes);
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = (value << 8) | byte;
  return value;
}

Uid random_uid() {
  Uid id;
  fill_random(id.bytes);
  return id;
}

}  // namespace wattle
