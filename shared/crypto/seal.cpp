#include "shared/crypto/seal.hpp"

#include <sodium.h>

#include "shared/base/check.hpp"
#include "shared/crypto/errors.hpp"

namespace wattle {

static_assert(sizeof(Nonce) == crypto_box_curve25519xchacha20poly1305_NONCEBYTES);
static_assert(seal_overhead == crypto_box_curve25519xchacha20poly1305_MACBYTES);
static_assert(seed_bytes == crypto_box_curve25519xchacha20poly1305_SEEDBYTES);

SodiumSeal::SodiumSeal(const std::array<std::uint8_t, 32>& shared) : shared_(shared) {}

SodiumSeal::~SodiumSeal() { wipe(shared_); }

void SodiumSeal::close(ByteView plain, const Nonce& nonce, std::uint8_t* out) const {
  const int failed =
      crypto_box_curve25519xchacha20poly1305_easy_afternm(out, plain.data(), plain.size(), nonce.bytes.data(), shared_.data());
  WATTLE_CHECK(failed == 0);  // it fails on absurd lengths only
}

bool SodiumSeal::open(ByteView sealed, const Nonce& nonce, std::uint8_t* out) const {
  return crypto_box_curve25519xchacha20poly1305_open_easy_afternm(out, sealed.data(), sealed.size(), nonce.bytes.data(),
                                                                  shared_.data()) == 0;
}

SodiumBox::SodiumBox(const Seed& seed) : secret_(crypto_box_curve25519xchacha20poly1305_SECRETKEYBYTES) {
  crypto_box_curve25519xchacha20poly1305_seed_keypair(public_.bytes.data(), secret_.data(), seed.data());
  secret_.make_readonly();
}

Result<std::unique_ptr<Seal>> SodiumBox::seal_with(const BoxKey& peer) const {
  std::array<std::uint8_t, 32> shared{};
  const int weak = crypto_box_curve25519xchacha20poly1305_beforenm(shared.data(), peer.bytes.data(), secret_.data());
  if (weak != 0) return WATTLE_FAIL(CryptoErrc::weak_key);
  std::unique_ptr<Seal> seal = std::make_unique<SodiumSeal>(shared);
  wipe(shared);
  return seal;
}

}  // namespace wattle
