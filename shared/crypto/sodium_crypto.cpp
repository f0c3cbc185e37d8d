#include "shared/crypto/sodium_crypto.hpp"

#include <sodium.h>

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle {
namespace {

static_assert(sizeof(Digest) == 32 && sizeof(Signature) == crypto_sign_BYTES &&
              sizeof(PublicKey) == crypto_sign_PUBLICKEYBYTES);
static_assert(seed_bytes == crypto_sign_SEEDBYTES);

// The one-shot call costs within 10 ns of the bare compression function (one of 128 bytes for a usual entry); the streaming
// API is no faster, and hashing entry and chain in one state would not be the specified chain.
void blake2b_256(std::uint8_t* out, const std::uint8_t* in, std::size_t size) {
  crypto_generichash_blake2b(out, 32, in, size, nullptr, 0);
}

}  // namespace

void start_sodium() {
  static const int started = sodium_init();
  WATTLE_CHECK(started >= 0);
}

Digest SodiumCrypto::hash(ByteView bytes) const {
  Digest out;
  blake2b_256(out.bytes.data(), bytes.data(), bytes.size());
  return out;
}

Digest SodiumCrypto::chain(const Digest& before, ByteView entry) const {
  std::uint8_t both[64];
  std::copy(before.bytes.begin(), before.bytes.end(), both);
  blake2b_256(both + 32, entry.data(), entry.size());
  Digest out;
  blake2b_256(out.bytes.data(), both, sizeof both);
  return out;
}

Uid SodiumCrypto::mac(ByteView key, ByteView bytes) const {
  WATTLE_CHECK(key.size() >= crypto_generichash_blake2b_KEYBYTES_MIN && key.size() <= crypto_generichash_blake2b_KEYBYTES_MAX);
  std::uint8_t full[32];
  crypto_generichash_blake2b(full, sizeof full, bytes.data(), bytes.size(), key.data(), key.size());
  Uid out;
  std::copy_n(full, out.bytes.size(), out.bytes.begin());
  return out;
}

bool SodiumCrypto::verify(const PublicKey& key, ByteView bytes, const Signature& signature) const {
  return crypto_sign_verify_detached(signature.bytes.data(), bytes.data(), bytes.size(), key.bytes.data()) == 0;
}

SodiumSigner::SodiumSigner(const Seed& seed) : secret_(crypto_sign_SECRETKEYBYTES) {
  crypto_sign_seed_keypair(public_.bytes.data(), secret_.data(), seed.data());
  secret_.make_readonly();
}

Signature SodiumSigner::sign(ByteView bytes) const {
  Signature out;
  crypto_sign_detached(out.bytes.data(), nullptr, bytes.data(), bytes.size(), secret_.data());
  return out;
}

}  // namespace wattle
