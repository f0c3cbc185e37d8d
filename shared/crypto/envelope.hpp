#pragma once
// What travels between an edge and its cloud: a plain header, a sealed body, and a signature over both. A hostile broker can
// delay or drop an envelope, nothing else; that an old one comes again is the session's matter (shared/sync). Bytes and the
// order of the checks: api-spec/envelope.md.

#include <cstdint>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/result.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/crypto/seal.hpp"

namespace wattle {

inline constexpr std::uint8_t envelope_version = 1;
inline constexpr std::size_t max_envelope_bytes = 256 * 1024;
inline constexpr std::size_t envelope_header_bytes = 45;
inline constexpr std::size_t envelope_overhead = envelope_header_bytes + sizeof(Nonce) + seal_overhead + sizeof(Signature);
inline constexpr std::size_t max_envelope_body_bytes = max_envelope_bytes - envelope_overhead;

/// Which of an end's successive keys: it signs and seals with the keys of one epoch, and accepts the old one for a while.
using KeyEpoch = Id<struct KeyEpochTag>;

/// An end of a link: one incarnation, or the site's cloud.
struct Address {
  SiteId site;
  Holder holder;
  auto operator<=>(const Address&) const = default;
};

/// Both ends are of one site; crossing sites has no meaning.
struct EnvelopeHeader {
  SiteId site;
  Holder sender;
  Holder recipient;
  KeyEpoch sender_epoch;
  KeyEpoch recipient_epoch;
  std::uint64_t head_hint = 0;  // the sender's own durable head: for logs and priorities, decides nothing
  bool operator==(const EnvelopeHeader&) const = default;
};

struct PeerKeys {
  PublicKey verify;
  const Seal* seal = nullptr;  // between the recipient's key of its epoch and the sender's of its own
};

/// The keys that an end knows now. What it returns lives until the next change of the ring.
class KeyRing {
 public:
  virtual ~KeyRing() = default;
  virtual const PeerKeys* find(const EnvelopeHeader& header) const = 0;
};

struct Opened {
  EnvelopeHeader header;
  Bytes body;
};

/// The body may have at most max_envelope_body_bytes. The signer is the key of header.sender_epoch, the nonce is never used
/// twice.
Bytes seal_envelope(const EnvelopeHeader& header, ByteView body, const Nonce& nonce, const Seal& seal, const Signer& signer);

/// Refused with the first of: too_large, truncated, format, version, trailing, recipient, unknown_key, signature, seal.
Result<Opened> open_envelope(const Crypto& crypto, ByteView envelope, const Address& me, const KeyRing& keys);

/// The header as it stands there, unverified: for routing (which worker, which site) and logs only.
Result<EnvelopeHeader> peek_envelope(ByteView envelope);

}  // namespace wattle
