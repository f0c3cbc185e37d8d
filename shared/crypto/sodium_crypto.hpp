#pragma once
// The product's Crypto and Signer, on libsodium. Keys are made from seeds that the shell hands in; nothing here draws any.

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/secret.hpp"

namespace wattle {

/// Lets libsodium choose the fastest code for this processor; called by every object here, harmless when repeated.
void start_sodium();

class SodiumCrypto final : public Crypto {
 public:
  SodiumCrypto() { start_sodium(); }
  Digest hash(ByteView bytes) const override;
  Digest chain(const Digest& before, ByteView entry) const override;
  /// Keyed BLAKE2b-256, cut to its first 16 bytes. A key of another length than 16 to 64 bytes is a bug of the caller.
  Uid mac(ByteView key, ByteView bytes) const override;
  /// Refuses what RFC 8032 §5.1.7 refuses, and keys of small order besides.
  bool verify(const PublicKey& key, ByteView bytes, const Signature& signature) const override;
};

class SodiumSigner final : public Signer {
 public:
  /// The same seed gives the same key. The caller wipes its copy of the seed.
  explicit SodiumSigner(const Seed& seed);
  PublicKey key() const override { return public_; }
  Signature sign(ByteView bytes) const override;

 private:
  PublicKey public_;
  LockedSecret secret_;
};

}  // namespace wattle
