#include "simulator/world/cheap_crypto.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <cstring>
#include <set>

#include "shared/crypto/envelope.hpp"
#include "shared/crypto/key_table.hpp"

using namespace wattle;

namespace {

Seed seed_of(std::uint8_t first) {
  Seed seed{};
  seed[0] = first;
  return seed;
}

int distance(const Digest& a, const Digest& b) {
  int bits = 0;
  for (std::size_t i = 0; i < 32; ++i) bits += std::popcount(static_cast<unsigned>(a.bytes[i] ^ b.bytes[i]));
  return bits;
}

}  // namespace

TEST_CASE("every bit of the input moves about half of the cheap hash") {
  const CheapCrypto crypto;
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{8}, std::size_t{31}, std::size_t{32}, std::size_t{33}, std::size_t{120}}) {
    const Bytes base(size, 0);
    const auto before = crypto.hash(base);
    for (std::size_t bit = 0; bit < size * 8; ++bit) {
      auto other = base;
      other[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      const auto moved = distance(before, crypto.hash(other));
      INFO(size << " bytes, bit " << bit);
      CHECK((moved > 80 && moved < 176));
    }
  }
}

TEST_CASE("lengths, paddings and counters have hashes of their own") {
  const CheapCrypto crypto;
  std::set<Digest> seen;
  for (std::size_t size = 0; size < 200; ++size) seen.insert(crypto.hash(Bytes(size, 0)));
  CHECK(seen.size() == 200);
  for (std::uint32_t i = 1; i <= 50'000; ++i) {
    Bytes entry(120, 0x11);
    std::memcpy(entry.data() + 40, &i, sizeof i);
    seen.insert(crypto.hash(entry));
  }
  CHECK(seen.size() == 50'200);
}

TEST_CASE("the cheap chain is built like the real one") {
  const CheapCrypto crypto;
  const auto first = crypto.chain(Digest{}, view("first"));
  const auto own = crypto.hash(view("second"));
  Bytes both(first.bytes.begin(), first.bytes.end());
  both.insert(both.end(), own.bytes.begin(), own.bytes.end());
  CHECK(crypto.chain(first, view("second")) == crypto.hash(both));
}

TEST_CASE("a cheap mac hangs on key and bytes, and on where the one ends") {
  const CheapCrypto crypto;
  const auto mac = crypto.mac(view("0123456789abcdef"), view("ghi"));
  CHECK(mac == crypto.mac(view("0123456789abcdef"), view("ghi")));
  CHECK(mac != crypto.mac(view("0123456789abcdeF"), view("ghi")));
  CHECK(mac != crypto.mac(view("0123456789abcdefg"), view("hi")));
}

TEST_CASE("a cheap signature needs its seed, its key and its message") {
  CheapCrypto crypto;
  const auto signer = crypto.signer(seed_of(1));
  const auto other = crypto.signer(seed_of(2));
  const Bytes message{1, 2, 3};
  const auto good = signer->sign(message);
  CHECK(crypto.verify(signer->key(), message, good));
  CHECK(crypto.signer(seed_of(1))->key() == signer->key());
  CHECK_FALSE(crypto.verify(other->key(), message, good));
  CHECK_FALSE(crypto.verify(signer->key(), message, other->sign(message)));
  CHECK_FALSE(crypto.verify(signer->key(), Bytes{1, 2}, good));
  CHECK_FALSE(crypto.verify(signer->key(), message, Signature{}));
  CHECK_FALSE(CheapCrypto().verify(signer->key(), message, good));
  for (std::size_t at = 0; at < 64; ++at) {
    auto bad = good;
    bad.bytes[at] ^= 1;
    CHECK_FALSE(crypto.verify(signer->key(), message, bad));
  }
}

TEST_CASE("an envelope works the same under cheap keys") {
  CheapCrypto crypto;
  const Address edge{{12}, {{7}, {99}}};
  const Address cloud{{12}, cloud_holder};
  const auto signer = crypto.signer(seed_of(1));
  const auto edge_key = crypto.box_key(seed_of(2));
  const auto cloud_key = crypto.box_key(seed_of(3));
  KeyTable keys;
  keys.put({edge, {1}, {1}}, signer->key(), crypto.seal_with(seed_of(3), edge_key));
  const auto seal = crypto.seal_with(seed_of(2), cloud_key);
  REQUIRE(seal != nullptr);
  CHECK(CheapCrypto().seal_with(seed_of(2), cloud_key) == nullptr);

  const auto good = seal_envelope({{12}, edge.holder, cloud_holder, {1}, {1}, 5}, view("body"), Nonce{}, *seal, *signer);
  CHECK(open_envelope(crypto, good, cloud, keys)->body == Bytes{'b', 'o', 'd', 'y'});
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] ^= 1;
    CHECK(open_envelope(crypto, bad, cloud, keys).has_error());
    CHECK(open_envelope(crypto, ByteView(good).first(at), cloud, keys).has_error());
  }
  const auto stranger = crypto.seal_with(seed_of(9), cloud_key);
  const auto foreign = seal_envelope({{12}, edge.holder, cloud_holder, {1}, {1}, 5}, view("body"), Nonce{}, *stranger, *signer);
  CHECK(open_envelope(crypto, foreign, cloud, keys).has_error());
}
