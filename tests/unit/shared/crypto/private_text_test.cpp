#include "shared/crypto/private_text.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

TEST_CASE("a sealed text opens with its key, at its place, unchanged") {
  Seed key{};
  key.fill(7);
  PrivateNonce nonce{};
  nonce.fill(3);
  const auto sealed = seal_text(key, nonce, "person 1", "2026110042");
  CHECK(open_text(key, "person 1", sealed) == "2026110042");
  CHECK_FALSE(open_text(key, "person 2", sealed).has_value());
  CHECK_FALSE(open_text(Seed{}, "person 1", sealed).has_value());
  CHECK(open_text(key, "", seal_text(key, nonce, "", "")) == "");
  for (std::size_t i = 0; i < sealed.size(); i += 7) {
    auto changed = sealed;
    changed[i] = changed[i] == '0' ? '1' : '0';
    CHECK_FALSE(open_text(key, "person 1", changed).has_value());
  }
  for (const auto* text : {"", "00", "zz", "0011"}) CHECK_FALSE(open_text(key, "person 1", text).has_value());
}

}  // namespace
}  // namespace wattle
