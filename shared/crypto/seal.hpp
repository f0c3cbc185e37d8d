#pragma once
// The secrecy of an envelope's body between two ends, behind a small interface for the same reason as Crypto: libsodium in the
// product, a cheap stand-in in most seeds of the simulation.

#include <array>
#include <cstdint>
#include <memory>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/secret.hpp"

namespace wattle {

/// 24 fresh random bytes for each envelope; at that length drawing at random never repeats one.
struct Nonce {
  std::array<std::uint8_t, 24> bytes{};
};

/// A Curve25519 public key; a type of its own, so that a signing key cannot stand in its place.
struct BoxKey {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const BoxKey&) const = default;
};

inline constexpr std::size_t seal_overhead = 16;  // the Poly1305 tag, before the cipher text

/// What two ends share: the same object at both, kept as long as both keys are in use.
class Seal {
 public:
  virtual ~Seal() = default;
  /// Writes plain.size() + seal_overhead bytes to out.
  virtual void close(ByteView plain, const Nonce& nonce, std::uint8_t* out) const = 0;
  /// Writes sealed.size() - seal_overhead bytes to out; false, and nothing of use in out, when a byte is not as it was sealed.
  virtual bool open(ByteView sealed, const Nonce& nonce, std::uint8_t* out) const = 0;
};

/// crypto_box_curve25519xchacha20poly1305 with the shared key worked out once. That key is zeroed with the object.
class SodiumSeal final : public Seal {
 public:
  explicit SodiumSeal(const std::array<std::uint8_t, 32>& shared);
  ~SodiumSeal() override;
  SodiumSeal(const SodiumSeal&) = delete;
  SodiumSeal& operator=(const SodiumSeal&) = delete;
  void close(ByteView plain, const Nonce& nonce, std::uint8_t* out) const override;
  bool open(ByteView sealed, const Nonce& nonce, std::uint8_t* out) const override;

 private:
  std::array<std::uint8_t, 32> shared_;
};

/// One end's own key for sealing. The private half never leaves the object.
class SodiumBox {
 public:
  /// The same seed gives the same key. The caller wipes its copy of the seed, and uses another seed for signing.
  explicit SodiumBox(const Seed& seed);
  const BoxKey& key() const { return public_; }
  /// weak_key when the peer's is a point of small order, with which anybody could open the seal.
  Result<std::unique_ptr<Seal>> seal_with(const BoxKey& peer) const;

 private:
  BoxKey public_;
  LockedSecret secret_;
};

}  // namespace wattle
