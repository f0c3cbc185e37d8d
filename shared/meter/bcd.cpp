#include "shared/meter/bcd.hpp"

#include "shared/base/check.hpp"

namespace wattle {
namespace {
constexpr std::uint8_t negative_bit = 0x80;
}

std::optional<std::int64_t> bcd_value(ByteView low_first, BcdSign sign) {
  WATTLE_CHECK(low_first.size() <= max_bcd_bytes);
  if (low_first.empty()) return std::nullopt;
  const bool negative = sign == BcdSign::top_bit && (low_first.back() & negative_bit) != 0;
  std::int64_t value = 0;
  for (std::size_t i = low_first.size(); i-- > 0;) {
    const bool is_last = i + 1 == low_first.size();
    const auto byte = static_cast<std::uint8_t>(is_last && negative ? low_first[i] & ~negative_bit : low_first[i]);
    if (!is_bcd(byte)) return std::nullopt;
    value = value * 100 + from_bcd(byte);
  }
  return negative ? -value : value;
}

bool put_bcd(Bytes& out, std::int64_t value, std::size_t size, BcdSign sign) {
  WATTLE_CHECK(size > 0 && size <= max_bcd_bytes);
  if (value < 0 && (sign == BcdSign::none || value == INT64_MIN)) return false;
  const auto at = out.size();
  auto rest = value < 0 ? -value : value;
  for (std::size_t i = 0; i < size; ++i, rest /= 100) out.push_back(to_bcd(static_cast<std::uint8_t>(rest % 100)));
  const bool fits = rest == 0 && (sign == BcdSign::none || (out.back() & negative_bit) == 0);
  if (!fits) out.resize(at);
  if (fits && value < 0) out.back() |= negative_bit;
  return fits;
}

}  // namespace wattle
