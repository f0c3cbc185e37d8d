#include "shared/crypto/errors.hpp"

#include <catch2/catch.hpp>
#include <string>

using namespace wattle;

TEST_CASE("errors carry their word, their area and the place where they arose") {
  const Error error = WATTLE_FAIL(CryptoErrc::signature);
  CHECK(error == CryptoErrc::signature);
  CHECK(error.message() == "envelope.signature");
  CHECK(error.category() == crypto_category());
  REQUIRE(error.has_location());
  CHECK(std::string(error.location().file_name()).find("errors_test.cpp") != std::string::npos);
}

TEST_CASE("numbers are stable") {
  CHECK(static_cast<int>(CryptoErrc::seal) == 9);
  CHECK(static_cast<int>(CryptoErrc::code_mac) == 24);
  CHECK(std::string(word(static_cast<CryptoErrc>(99))) == "crypto.?");
}
