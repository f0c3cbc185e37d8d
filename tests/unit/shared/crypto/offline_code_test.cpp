#include "shared/crypto/offline_code.hpp"

#include "shared/base/random.hpp"
#include "shared/crypto/errors.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/support/vectors.hpp"

using namespace wattle;

namespace {

CodePlace place_of(const boost::json::value& v) {
  return {{{number<std::uint32_t>(v, "edge")}, {number<std::uint32_t>(v, "incarnation")}},
          {number<std::uint32_t>(v, "room")},
          {number<std::uint32_t>(v, "epoch")}};
}

struct Golden {
  boost::json::object all = vectors("codes.json");
  SodiumCrypto crypto;
  CodeKey key = array_of<32>(from_hex(std::string(all.at("code_key").as_string())));
  CodePlace refused_at = place_of(all.at("refused_at"));
};

}  // namespace

TEST_CASE("golden codes are made and read") {
  const Golden golden;
  for (const auto& each : golden.all.at("codes").as_array()) {
    const auto place = place_of(each);
    const CodePayload payload{number<std::uint16_t>(each, "number"), number<std::uint16_t>(each, "yuan")};
    const auto code = make_code(golden.crypto, golden.key, place, payload);
    CHECK(code == text(each, "code"));
    CHECK(read_code(golden.crypto, golden.key, place, code).value() == payload);
    CHECK(read_code(golden.crypto, golden.key, place, group_code(code)).value() == payload);
  }
}

TEST_CASE("golden refusals: length, digit, version, amount, mac") {
  const Golden golden;
  for (const auto& each : golden.all.at("refused").as_array()) {
    INFO('"' << text(each, "typed") << '"');
    const auto read = read_code(golden.crypto, golden.key, golden.refused_at, text(each, "typed"));
    REQUIRE(read.has_error());
    CHECK(read.error().message() == text(each, "error"));
  }
}

TEST_CASE("spaces and dashes are for people") {
  const Golden golden;
  for (const auto& each : golden.all.at("typed").as_array()) {
    CHECK(read_code(golden.crypto, golden.key, golden.refused_at, text(each, "text")).has_value());
  }
  CHECK(group_code("18523319135188500293") == "1852 3319 1351 8850 0293");
}

TEST_CASE("every single mistyped digit and every swap of neighbours is refused") {
  const Golden golden;
  const auto code = make_code(golden.crypto, golden.key, golden.refused_at, {1234, 100});
  for (std::size_t at = 0; at < code.size(); ++at) {
    for (char digit = '0'; digit <= '9'; ++digit) {
      auto typed = code;
      typed[at] = digit;
      CHECK(read_code(golden.crypto, golden.key, golden.refused_at, typed).has_value() == (digit == code[at]));
    }
    if (at == 0 || code[at] == code[at - 1]) continue;
    auto typed = code;
    std::swap(typed[at], typed[at - 1]);
    CHECK(read_code(golden.crypto, golden.key, golden.refused_at, typed).has_error());
  }
}

TEST_CASE("whatever is made is read again, at its place only") {
  const Golden golden;
  Random random(7);
  for (int i = 0; i < 500; ++i) {
    const auto word = [&] { return static_cast<std::uint32_t>(random.next()); };
    const CodePlace place{{{word()}, {word()}}, {word()}, {word()}};
    const CodePayload payload{static_cast<std::uint16_t>(random.below(max_code_number + 1)),
                              static_cast<std::uint16_t>(random.between(1, max_code_yuan))};
    const auto code = make_code(golden.crypto, golden.key, place, payload);
    CHECK(code.size() == code_digits);
    CHECK(read_code(golden.crypto, golden.key, place, code).value() == payload);
    for (unsigned field = 0; field < 4; ++field) {
      auto other = place;
      if (field == 0) other.issuer.edge.value ^= 1;
      if (field == 1) other.issuer.incarnation.value ^= 1;
      if (field == 2) other.room.value ^= 1;
      if (field == 3) other.epoch.value ^= 1;
      CHECK(read_code(golden.crypto, golden.key, other, code).error() == CryptoErrc::code_mac);
    }
  }
}
