#pragma once
// A box with 20 rooms and its cloud, with the product's cryptography, and a stream of slices between them.

#include "shared/crypto/sodium_crypto.hpp"
#include "shared/sync/link.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::bench {

inline constexpr std::uint32_t rooms_per_box = 20;

class LinkPair {
 public:
  /// The cloud judges by `cloud_crypto`.
  explicit LinkPair(const Crypto& cloud_crypto);

  Link& edge() { return edge_; }
  Link& cloud() { return cloud_; }
  test::MemoryStore& edge_store() { return edge_store_; }
  const SodiumSigner& edge_signer() const { return edge_signer_; }
  /// The box closes the next so many slices, one a room and hour.
  Batch slices(std::size_t count);

 private:
  void found();
  Entry slice(RoomId room);

  SodiumCrypto crypto_;
  SodiumSigner edge_signer_;
  SodiumSigner cloud_signer_;
  test::MemoryStore edge_store_;
  test::MemoryStore cloud_store_;
  Link edge_;
  Link cloud_;
  PricePlan plan_;
  std::uint64_t closed_ = 0;
};

/// Says yes to every signature; all else is the real thing.
class NoSignatures final : public Crypto {
 public:
  Digest hash(ByteView bytes) const override { return real_.hash(bytes); }
  Digest chain(const Digest& before, ByteView entry) const override { return real_.chain(before, entry); }
  Uid mac(ByteView key, ByteView bytes) const override { return real_.mac(key, bytes); }
  bool verify(const PublicKey&, ByteView, const Signature&) const override { return true; }

 private:
  SodiumCrypto real_;
};

}  // namespace wattle::bench
