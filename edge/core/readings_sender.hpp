#pragma once
// When recorded readings are sent, how many at once, and what an acknowledgement lets go of. Pure: the shell reads the ring and
// publishes.
//
// A few batches are under way at a time. Whoever is not answered waits longer before each next try, and then with one batch, so
// that a cloud that is away does not find its queue full of repetitions. Chunks that were sent and not answered are still
// known: a late acknowledgement counts.
//
// Money goes first and takes the line, but for a small share: a week of entries must not keep the newest readings back.

#include <map>
#include <set>
#include <vector>

#include "shared/base/entropy.hpp"
#include "shared/base/time.hpp"
#include "shared/readings/message.hpp"

namespace wattle::edge {

struct SenderSettings {
  std::size_t batch_bytes = 128 * 1024;
  std::size_t window = 4;                           // batches under way
  std::int64_t bytes_per_second = 2 * 1024 * 1024;  // on average
  Duration spread = seconds(5);                     // the boxes of a site close their chunks in the same second
  Duration spread_connected = seconds(1);           // and may come back in the same one
  Duration answer_time = seconds(10);               // doubled with each try that was not answered, up to
  Duration longest_pause = minutes(5);
  // While money waits, one batch under way:
  std::size_t batch_bytes_beside = 32 * 1024;
  Duration pause_beside = milliseconds(500);  // at least, from one to the next
};

/// A chunk of the ring, by its place there.
struct RingPlace {
  std::uint64_t number = 0;
  ChunkId id;
};

class ReadingsSender {
 public:
  ReadingsSender(SenderSettings settings, Entropy& entropy) : settings_(settings), entropy_(&entropy) {}

  void connected(Tick now);
  void disconnected();
  /// The ring has more.
  void added(Tick now);
  /// The ring has nothing that is not under way: until added() or a time-out there is nothing to do.
  void exhausted() { exhausted_ = true; }

  bool may_send(Tick now, bool beside_money = false);
  std::size_t batch_bytes(bool beside_money = false) const {
    return beside_money ? settings_.batch_bytes_beside : settings_.batch_bytes;
  }
  /// Numbers of chunks that are not to be sent again yet.
  const std::set<std::uint64_t>& under_way() const { return under_way_; }
  void sent(const std::vector<RingPlace>& chunks, std::size_t bytes, Tick now);
  /// What the ring may drop.
  std::vector<std::uint64_t> acknowledged(const ReadingsAck& ack, Tick now);
  /// When may_send() may turn true, or a time-out is to be noticed.
  Tick wake_up() const;

 private:
  struct Batch {
    std::size_t left = 0;  // chunks without an answer
    Tick sent;
  };
  struct Known {
    std::uint64_t number = 0;
    std::uint64_t batch = 0;  // may be over
  };
  Duration jitter(Duration most);
  Duration patience() const;
  void refill(Tick now);
  void expire(Tick now);
  std::optional<std::uint64_t> answered(ChunkId id);

  SenderSettings settings_;
  Entropy* entropy_;
  bool connected_ = false;
  bool exhausted_ = false;
  Tick not_before_{};
  Tick beside_not_before_{};
  std::int64_t allowance_ = 0;  // bytes that may leave now
  Tick refilled_{};
  unsigned unanswered_ = 0;  // tries in a row
  std::uint64_t last_batch_ = 0;
  std::map<std::uint64_t, Batch> batches_;
  std::map<ChunkId, Known> known_;
  std::set<std::uint64_t> under_way_;
};

}  // namespace wattle::edge
