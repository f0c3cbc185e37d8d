#pragma once
// A stand-in for libsodium in those seeds of the simulation that are about the ledger and not about cryptography: the same
// interfaces, some ten times faster. IT PROTECTS NOTHING OUTSIDE THE SIMULATION: the hash is no one-way function, and a
// signature is checked by looking the secret up.
//
// What it keeps, because the checks rest on it: another byte gives another hash; chain(before, entry) is
// hash(before ‖ hash(entry)); a signature or a seal is made by the owner of a seed only and fails with any changed byte, any
// other key and any other message.

#include <map>
#include <memory>

#include "shared/crypto/crypto.hpp"
#include "shared/crypto/seal.hpp"
#include "shared/crypto/secret.hpp"

namespace wattle {

/// One object a world: a key is known to those who ask the object with which it was made.
class CheapCrypto final : public Crypto {
 public:
  Digest hash(ByteView bytes) const override;
  Digest chain(const Digest& before, ByteView entry) const override;
  Uid mac(ByteView key, ByteView bytes) const override;
  bool verify(const PublicKey& key, ByteView bytes, const Signature& signature) const override;

  std::unique_ptr<Signer> signer(const Seed& seed);

  /// The public half of a key for sealing, as SodiumBox::key.
  BoxKey box_key(const Seed& seed);
  /// As SodiumBox::seal_with; null when the peer's key was not made with this object.
  std::unique_ptr<Seal> seal_with(const Seed& own, const BoxKey& peer) const;

 private:
  using Secret = Digest;
  std::map<PublicKey, Secret> signing_;
  std::map<BoxKey, Secret> boxes_;
};

}  // namespace wattle
