#include "shared/crypto/sodium_crypto.hpp"

#include "tests/support/vectors.hpp"

using namespace wattle;

namespace {

Seed seed_of(std::uint8_t first) {
  Seed seed{};
  seed[0] = first;
  return seed;
}

}  // namespace

TEST_CASE("hash and mac are BLAKE2b-256") {
  const SodiumCrypto crypto;
  const auto golden = vectors("crypto.json");
  for (const auto& each : golden.at("blake2b_256").as_array()) {
    CHECK(crypto.hash(bytes(each, "input")) == fixed<Digest>(each, "digest"));
  }
  for (const auto& each : golden.at("mac").as_array()) {
    CHECK(crypto.mac(bytes(each, "key"), bytes(each, "input")) == fixed<Uid>(each, "mac"));
  }
}

TEST_CASE("a chain begins with zeros and hashes digests, so that a digest can stand for its entry") {
  const SodiumCrypto crypto;
  const auto golden = vectors("crypto.json").at("chain").as_object();
  const auto& entries = golden.at("entries").as_array();
  const auto& digests = golden.at("digests").as_array();
  REQUIRE(entries.size() == digests.size());
  Digest at;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto entry = from_hex(std::string(entries[i].as_string()));
    Bytes both(at.bytes.begin(), at.bytes.end());
    const auto digest = crypto.hash(entry);
    both.insert(both.end(), digest.bytes.begin(), digest.bytes.end());
    at = crypto.chain(at, entry);
    CHECK(to_hex(at.bytes) == std::string(digests[i].as_string()));
    CHECK(at == crypto.hash(both));
  }
}

TEST_CASE("Ed25519 signs and verifies as in RFC 8032") {
  const SodiumCrypto crypto;
  const auto golden = vectors("crypto.json");
  for (const auto& each : golden.at("ed25519").as_array()) {
    const SodiumSigner signer(array_of<32>(bytes(each, "seed")));
    const auto message = bytes(each, "message");
    const auto signature = fixed<Signature>(each, "signature");
    CHECK(signer.key() == fixed<PublicKey>(each, "public"));
    CHECK(signer.sign(message) == signature);
    CHECK(crypto.verify(signer.key(), message, signature));
  }
}

TEST_CASE("every changed bit of a signature, its message or its key is refused") {
  const SodiumCrypto crypto;
  const SodiumSigner signer(seed_of(1));
  const Bytes message{1, 2, 3};
  const auto good = signer.sign(message);
  REQUIRE(crypto.verify(signer.key(), message, good));
  for (std::size_t bit = 0; bit < 512; ++bit) {
    auto bad = good;
    bad.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK_FALSE(crypto.verify(signer.key(), message, bad));
  }
  for (std::size_t bit = 0; bit < 256; ++bit) {
    auto bad = signer.key();
    bad.bytes[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
    CHECK_FALSE(crypto.verify(bad, message, good));
  }
  CHECK_FALSE(crypto.verify(signer.key(), Bytes{1, 2, 2}, good));
  CHECK_FALSE(crypto.verify(signer.key(), Bytes{1, 2}, good));
  CHECK_FALSE(crypto.verify(SodiumSigner(seed_of(2)).key(), message, good));
}

TEST_CASE("a key of small order, with which one signature fits many messages, is refused") {
  const SodiumCrypto crypto;
  PublicKey neutral;
  neutral.bytes[0] = 1;
  Signature fits_all;  // R neutral, S zero
  fits_all.bytes[0] = 1;
  CHECK_FALSE(crypto.verify(neutral, Bytes{1}, fits_all));
  CHECK_FALSE(crypto.verify(PublicKey{}, Bytes{1}, Signature{}));
}

TEST_CASE("a signature with the group order added to S is not the same signature") {
  const SodiumCrypto crypto;
  const SodiumSigner signer(seed_of(3));
  auto signature = signer.sign(view("once"));
  const auto order = from_hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
  unsigned carry = 0;
  for (std::size_t i = 0; i < 32; ++i) {
    carry += static_cast<unsigned>(signature.bytes[32 + i]) + order[i];
    signature.bytes[32 + i] = static_cast<std::uint8_t>(carry);
    carry >>= 8;
  }
  CHECK_FALSE(crypto.verify(signer.key(), view("once"), signature));
}

TEST_CASE("wiped bytes are zero") {
  auto secret = seed_of(9);
  wipe(secret);
  CHECK(secret == Seed{});
}
