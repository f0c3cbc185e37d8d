#include "cloud/gateway/claim.hpp"

#include <cstdio>

namespace wattle::cloud {

PutRow row_of(const Claim& claim) {
  Bytes key = {'c', 'l', 'a', 'i', 'm', '/'};
  const auto tail = to_bytes(claim.holder);
  key.insert(key.end(), tail.begin(), tail.end());
  return {Table::site, std::move(key), to_bytes(claim)};
}

std::vector<Claim> stored_claims(const StoreReader& store) {
  std::vector<Claim> claims;
  for (const auto& [key, value] : store.rows(Table::site)) {
    const auto claim = from_bytes<Claim>(value);
    if (claim && row_of(*claim).key == key) claims.push_back(*claim);
  }
  return claims;
}

std::string client_name(Holder holder) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "edge-%u-%x", holder.edge.value, holder.incarnation.value);
  return text.data();
}

}  // namespace wattle::cloud
