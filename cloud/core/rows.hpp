#pragma once
// The keys under which the site's rows stand in its store.

#include <algorithm>
#include <string_view>

#include "shared/ledger/store.hpp"

namespace wattle::cloud {

/// Table::site, there while the providers' bills and the journal have not been read since a restore: the number of the last
/// order that the database had then.
inline constexpr std::string_view bills_missing_key = "bills_missing";

/// Table::site, of a BoxRow.
inline Bytes box_key(Holder holder) {
  Bytes key = {'b', 'o', 'x', '/'};
  const auto tail = to_bytes(holder);
  key.insert(key.end(), tail.begin(), tail.end());
  return key;
}

/// Table::order: numbers, big-endian, so that their order is that in which the orders came. What is given while the bills are
/// missing leaves so many numbers free before it: the journal will bring what was given earlier.
inline constexpr std::uint64_t left_for_the_journal = std::uint64_t{1} << 32;
inline Bytes order_key(std::uint64_t number) {
  Bytes key;
  for (int shift = 56; shift >= 0; shift -= 8) key.push_back(static_cast<std::uint8_t>(number >> shift));
  return key;
}
inline std::uint64_t order_number(ByteView key) {
  std::uint64_t number = 0;
  for (const auto byte : key) number = number << 8 | byte;
  return number;
}

}  // namespace wattle::cloud
