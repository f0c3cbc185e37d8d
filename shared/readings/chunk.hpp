#pragma once
// Recorded readings of one circuit, packed: the form in which they lie in the box's ring, travel, and lie in the cloud
// (api-spec/readings.md). History for people and reports; no money rests on it.
//
// Each quantity is a column of its own with its length before it, so that a reader passes over quantities that it does not know
// and a store keeps them.

#include <optional>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/further.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/time.hpp"
#include "shared/base/units.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/readings/errors.hpp"

namespace wattle {

inline constexpr std::size_t chunk_readings_max = 256;
inline constexpr std::size_t chunk_bytes_max = 16 * 1024;                  // also with columns that are not known yet
inline constexpr Duration chunk_span_max = hours(1);                       // from the first to the last reading
inline constexpr std::int64_t recorded_value_max = std::int64_t{1} << 53;  // either sign: what JSON carries exactly
inline constexpr Instant recording_begins{1'577'836'800'000'000};          // 2020-01-01; before it a clock was not set
inline constexpr Instant recording_ends{4'102'444'800'000'000};            // 2100-01-01

/// What a meter said at one moment that was worth keeping.
struct RecordedReading {
  Instant at;               // whole seconds
  Quantity register_units;  // cumulative: Wh or litres
  std::optional<Power> power = {};
  std::optional<std::int64_t> voltage_mv = {};
  std::optional<std::int64_t> current_ma = {};
  Further further = {};
  bool from_history = false;  // frozen by the meter at that moment of its clock, and read later
  bool operator==(const RecordedReading&) const = default;
};

/// One circuit behind one meter in one room; times rise strictly, and all readings have the same quantities.
struct ReadingChunk {
  CircuitId circuit;
  RoomId room;
  MeterId meter;
  std::vector<RecordedReading> readings;
  bool operator==(const ReadingChunk&) const = default;
};

/// Of the bytes: the same readings sent twice are the same chunk.
using ChunkId = Id<struct ChunkTag, std::uint64_t>;
ChunkId chunk_id(const Crypto& crypto, ByteView chunk);

/// Whether the reading may stand in any chunk at all.
bool is_recordable(const RecordedReading& reading);
/// Whether the reading may stand behind the chunk's last one.
bool may_follow(const ReadingChunk& chunk, const RecordedReading& reading);

/// Of one to chunk_readings_max readings, each of which might follow those before it.
Bytes encode(const ReadingChunk& chunk);
Result<ReadingChunk> decode_chunk(ByteView bytes);

}  // namespace wattle
