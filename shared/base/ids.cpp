#include "shared/base/ids.hpp"

#include <algorithm>

#include "shared/base/bytes.hpp"

namespace wattle {

std::string to_hex(const Uid& id) { return to_hex(ByteView(id.bytes)); }

std::optional<Uid> parse_uid(std::string_view hex) {
  const auto bytes = from_hex(hex);
  if (bytes.size() != 16) return std::nullopt;
  Uid id;
  std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
  return id;
}

}  // namespace wattle
