#pragma once
// The four operations on which the ledger rests, behind one small interface: libsodium in the product, and for most seeds of
// the simulation a cheap stand-in with the same shape (simulator/world). Nothing here draws randomness.

#include <array>
#include <compare>
#include <cstdint>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"

namespace wattle {

struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const Digest&) const = default;
  bool is_zero() const { return *this == Digest{}; }
};

struct Signature {
  std::array<std::uint8_t, 64> bytes{};
  auto operator<=>(const Signature&) const = default;
};

struct PublicKey {
  std::array<std::uint8_t, 32> bytes{};
  auto operator<=>(const PublicKey&) const = default;
};

class Crypto {
 public:
  virtual ~Crypto() = default;
  /// BLAKE2b-256 (RFC 7693) without key.
  virtual Digest hash(ByteView bytes) const = 0;
  /// One step of a chain: hash(before ‖ hash(entry)). The chain begins with a digest of zeros.
  virtual Digest chain(const Digest& before, ByteView entry) const = 0;
  /// BLAKE2b with a key of 16 to 64 bytes; the first 16 bytes of the result.
  virtual Uid mac(ByteView key, ByteView bytes) const = 0;
  /// Ed25519 (RFC 8032).
  virtual bool verify(const PublicKey& key, ByteView bytes, const Signature& signature) const = 0;
};

/// One end's own key. The private half never leaves the object.
class Signer {
 public:
  virtual ~Signer() = default;
  virtual PublicKey key() const = 0;
  virtual Signature sign(ByteView bytes) const = 0;
};

}  // namespace wattle
