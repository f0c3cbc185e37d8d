#pragma once
// A box with one open room and money in it, and its cloud: links, sessions and stores of the product's own shape, with whatever
// lies between them in the test's hands. What a message changes is durable before anything else happens, as in the shells.

#include <deque>
#include <memory>

#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "shared/sync/session.hpp"
#include "tests/support/memory_store.hpp"

namespace wattle::sync {
class Message;
}

namespace wattle::test {

inline const SodiumCrypto sodium;

Bytes bytes_of(const sync::Message& message);

class SeededWords final : public Entropy {
 public:
  explicit SeededWords(std::uint64_t seed) : random_(seed) {}
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_;
};

/// One end, and its disk.
struct SyncEnd {
  SyncEnd(End which, const Crypto& crypto, std::uint8_t seed);
  /// As after a power cut: from the disk alone.
  void start(const PublicKey& peer);

  End which;
  const Crypto& crypto;
  SodiumSigner signer;
  SeededWords entropy;
  MemoryStore store;
  std::unique_ptr<Link> link;
  std::unique_ptr<Session> session;
  Heard heard;              // of the last message
  Commit written;           // by it
  std::deque<Bytes> said;   // and not yet delivered
  std::uint64_t nonce = 0;  // as its newest message shows them
  std::uint64_t peer_nonce = 0;
};

class TwoEnds {
 public:
  static constexpr SiteId site{1};
  static constexpr Holder box{{7}, {0xc41e}};
  static constexpr RoomId room{101};

  /// Both have met, and the room has twenty yuan. Other keys sign the very same entries.
  explicit TwoEnds(const Crypto& crypto, std::uint8_t keys = 1);
  TwoEnds(const TwoEnds&) = delete;
  TwoEnds& operator=(const TwoEnds&) = delete;

  SyncEnd& edge() { return edge_; }
  SyncEnd& cloud() { return cloud_; }
  SyncEnd& at(End end) { return end == End::edge ? edge_ : cloud_; }
  SyncEnd& peer_of(const SyncEnd& end) { return end.which == End::edge ? cloud_ : edge_; }

  Entry cash(Money amount);      // as a box would sell
  Entry recharge(Money amount);  // as a cloud would book
  /// The end writes it into its own stream, durably, and its session will say so.
  Entry mint(SyncEnd& end, Entry entry);
  /// The entry as the end would write it now, and has not: in its place, with `seen` and `after`.
  Entry draft(SyncEnd& end, Entry entry);
  /// A batch of that end, signed over its last entry, in the present session.
  Bytes batch(const SyncEnd& writer, std::uint64_t first, const std::vector<Bytes>& entries) const;

  const Heard& deliver(SyncEnd& to, ByteView message);
  void speak(SyncEnd& end);
  /// What was said is delivered until nobody says anything more.
  void exchange();
  void pass(Duration time);
  void connect(SyncEnd& end);
  void restart(SyncEnd& end);

  Now now{{1'772'323'200'000'000}, {1'000'000}};

 private:
  Uid next_uid();
  void found();

  SyncEnd edge_;
  SyncEnd cloud_;
  std::uint64_t uids_ = 0;
};

}  // namespace wattle::test
