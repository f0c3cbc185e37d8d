#pragma once
// The boxes as their envelopes know them: keys, topics, and what came a moment ago already.

#include <string>

#include "cloud/gateway/claim.hpp"
#include "cloud/gateway/site_keys.hpp"
#include "shared/crypto/key_table.hpp"
#include "shared/crypto/recent_envelopes.hpp"

namespace wattle::cloud {

inline constexpr std::uint32_t partitions = 64;
inline constexpr KeyEpoch first_epoch{1};

enum class Channel : std::uint8_t { sync, report, readings, reads };

struct PeerMessage {
  Holder from;
  Channel channel{};
  Bytes body;
};

struct Sealed {
  std::string topic;
  Bytes payload;
};

/// "up/p41/edge-7-c41e/sync"
std::string topic_up(const Crypto& crypto, SiteId site, Holder holder, std::string_view kind);
std::string topic_down(Holder holder, std::string_view kind = "sync");

class Peers {
 public:
  Peers(SiteId site, const Crypto& crypto, const SiteKeys& keys) : me_{site, cloud_holder}, crypto_(&crypto), keys_(&keys) {}

  /// box_key when nothing can be sealed for it.
  Result<void> add(const Claim& claim);
  /// Refused with a CryptoErrc of open_envelope, topic, or replayed.
  Result<PeerMessage> open(std::string_view topic, ByteView payload);
  /// None for a box that was never claimed here.
  std::optional<Sealed> seal(Holder to, ByteView body, std::uint64_t head, const Nonce& nonce,
                             std::string_view kind = "sync") const;
  /// nonce ‖ sealed. None for a box that was never claimed here.
  std::optional<Bytes> seal_secret_for(Holder to, ByteView secret, const Nonce& nonce) const;
  /// nonce ‖ sealed, for a claim's answer.
  static Bytes seal_secret(ByteView secret, const Nonce& nonce, const Seal& seal);

 private:
  EnvelopeHeader header_to(Holder to, std::uint64_t head) const;

  Address me_;
  const Crypto* crypto_;
  const SiteKeys* keys_;
  KeyTable table_;
  RecentEnvelopes recent_;
};

}  // namespace wattle::cloud
