#pragma once
// Recorded readings on the box's disk until the cloud has them: open ones, and chunks of which the oldest give way when there
// is no room. A file of its own, so that history never makes the ledger's commits wait; NORMAL, so that a power cut may cost
// the last minutes of history, and never the file.
//
// Readings are no ledger: no failure here ends the process. A file that is damaged is given up and begun anew.

#include <memory>
#include <set>

#include "edge/core/readings_sender.hpp"
#include "edge/core/recorder.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/store/database.hpp"

namespace wattle::edge {

inline constexpr std::int64_t ring_cache_kib = 512;
inline constexpr std::int64_t ring_bytes_usual = 128 * 1024 * 1024;
inline constexpr std::size_t ring_gaps_max = 1024;    // silences that are still to be filled; the oldest give way
inline constexpr std::size_t ring_row_overhead = 32;  // beside a chunk's bytes, about

struct RingChunk {
  RingPlace place;
  Bytes bytes;
};

/// What became of readings that never reached the cloud.
struct RingLosses {
  std::uint64_t full = 0;     // readings that gave way to newer ones
  std::uint64_t damaged = 0;  // rows that were not what had been written, or all that a given-up file may have held: 1
};

class ReadingsRing {
 public:
  /// The file is made when it is not there, and made anew when it is damaged.
  static Result<std::unique_ptr<ReadingsRing>> open(const std::string& path, std::int64_t bytes_max, const Crypto& crypto);
  ReadingsRing(const ReadingsRing&) = delete;
  ReadingsRing& operator=(const ReadingsRing&) = delete;
  ~ReadingsRing();

  /// One transaction. With a full disk the oldest tenth gives way and it is tried once more.
  Result<void> write(const RingWrite& write);
  /// The file has room for it, and need not grow; its log, which is bounded, may.
  bool has_free(const RingWrite& write);
  /// In the order of writing.
  Result<std::vector<Bytes>> open_readings();
  /// The newest reading of each circuit, as it was last written.
  Result<std::vector<Bytes>> ends();
  /// Silences that are still to be filled, the oldest first.
  Result<std::vector<Bytes>> gaps();
  /// The newest chunks but those that are named, as many as the bytes of a batch allow.
  Result<std::vector<RingChunk>> newest(std::size_t batch_bytes, const std::set<std::uint64_t>& but);
  Result<void> drop(const std::vector<std::uint64_t>& numbers);

  std::uint64_t chunks() const { return chunks_; }
  std::int64_t bytes() const { return bytes_; }
  const RingLosses& losses() const { return losses_; }

 private:
  struct Statements {
    Statement begin, commit, rollback, add_chunk, add_open, drop_open, all_open, newest, drop, oldest, put_end, all_ends,
        add_gap, drop_gap, drop_old_gaps, all_gaps;
  };
  ReadingsRing(std::string path, std::int64_t bytes_max, const Crypto& crypto);
  Result<void> begin();
  Result<void> open_file();
  Result<void> prepare();
  Result<void> count();
  Result<void> give_up_file();
  Result<void> put(const RingWrite& write);
  Result<void> put_marks(const RingWrite& write);
  static Result<std::vector<Bytes>> all_of(Statement& statement);
  Result<void> make_room(std::int64_t most);
  Result<void> drop_one(std::uint64_t number);
  template <class F>
  Result<void> in_transaction(const F& action);

  std::string path_;
  std::int64_t bytes_max_;
  const Crypto* crypto_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Statements> run_;
  std::uint64_t chunks_ = 0;
  std::int64_t bytes_ = 0;  // of all chunks, with their overhead
  RingLosses losses_;
};

}  // namespace wattle::edge
