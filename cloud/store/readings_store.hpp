#pragma once
// Where a site's recorded readings lie: behind this stands SQLite on one machine, and PostgreSQL on many. The site is first in
// every key. Storing is idempotent by chunk; what is stored is durable when the call returns.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "cloud/core/reading_totals.hpp"
#include "shared/store/errors.hpp"

namespace wattle::cloud {

struct ArrivedChunk {
  Holder from;
  ChunkId id;
  Bytes bytes;         // verbatim
  ReadingChunk chunk;  // what they say
};

enum class ChunkOutcome : std::uint8_t {
  stored = 1,
  known = 2,    // was here before
  expired = 3,  // older than what is kept
};

/// Where a meter was read next after a span: in which one, and when.
struct Continued {
  Instant start;
  Instant at;
  bool operator==(const Continued&) const = default;
};

struct TotalRow {
  TotalKey key;
  ReadingTotal total;
  /// Up to the meter's next reading, however far that is; to the span's last where there is none yet, or another meter was read
  /// on its circuit meanwhile. So the spans of one meter add up to what its register shows. Negative when the register ran
  /// back, or turned over where nobody has said where it ends.
  Quantity used;
  std::map<FurtherKind, std::int64_t> further_used = {};  // of the counters among the further quantities, likewise
  std::optional<Continued> continued = {};                // where that next reading is
};

/// Whether what was used covers more than the row's span: the meter was not read in the one that follows.
inline bool covers_gap(const TotalRow& row) {
  return row.continued && row.continued->start > row.key.start + seconds(static_cast<std::int64_t>(row.key.span));
}
inline Instant covered_to(const TotalRow& row) { return row.continued ? row.continued->at : row.total.last_at; }

/// One more than a meter's register can show, where that is known.
using RegisterEnds = std::map<MeterId, Quantity>;

/// Where a page ends. Of single readings: in which chunk, and which of its readings; of totals: start and meter.
struct ReadingsPlace {
  CircuitId circuit;
  Instant at;
  std::uint64_t id = 0;
  std::uint32_t index = 0;
  bool operator==(const ReadingsPlace&) const = default;
};

struct ReadingsQuery {
  RoomId room;
  std::optional<CircuitId> circuit;  // else all of the room, one after the other
  Instant from;
  Instant to;  // not included
  std::size_t limit = 0;
  std::optional<ReadingsPlace> begin;
  std::shared_ptr<const RegisterEnds> register_ends = {};  // for totals; null: none is known
};

struct RecordedRow {
  CircuitId circuit;
  MeterId meter;
  RecordedReading reading;
  bool operator==(const RecordedRow&) const = default;
};

template <class Row>
struct ReadingsPage {
  std::vector<Row> rows;              // by circuit, then time
  std::optional<ReadingsPlace> next;  // there are more
};

/// Of one row after the other; the reading is there for the call alone.
using RowTaker = std::function<void(CircuitId, MeterId, const RecordedReading&)>;

class ReadingsStore {
 public:
  virtual ~ReadingsStore() = default;

  /// One transaction; an outcome for each chunk. After an error nothing of it is there, and the store can be used again.
  virtual Result<std::vector<ChunkOutcome>> store(std::span<const ArrivedChunk> chunks) = 0;
  virtual Result<ReadingsPage<RecordedRow>> recorded(const ReadingsQuery& query) = 0;
  /// The same rows, given as they are read: a month of a room need not lie in memory beside what is made of it. Where the next
  /// page begins.
  virtual Result<std::optional<ReadingsPlace>> read_recorded(const ReadingsQuery& query, const RowTaker& take) = 0;
  virtual Result<ReadingsPage<TotalRow>> totals(const ReadingsQuery& query, TotalSpan span) = 0;
  /// The newest reading of each circuit of the room.
  virtual Result<std::vector<RecordedRow>> latest(RoomId room) = 0;
  /// Single readings of months that ended longer than `keep` before now are given up; totals stay. Chunks of that time expire
  /// until the next call. Now is no later than the newest reading that is stored: a clock that is ahead gives nothing up. How
  /// many months went.
  virtual Result<std::size_t> thin(Instant now, Duration keep) = 0;
};

}  // namespace wattle::cloud
