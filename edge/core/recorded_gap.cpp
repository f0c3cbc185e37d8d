#include "edge/core/recorded_gap.hpp"

#include "shared/readings/message.hpp"

namespace wattle::edge {

/// Its ends as chunks of one reading each.
Bytes encode(const RecordedGap& gap) {
  ReadingsBatch ends;
  for (const auto& reading : {gap.from, gap.until})
    ends.chunks.push_back(encode(ReadingChunk{gap.circuit, gap.room, gap.meter, {reading}}));
  return encode(ends);
}

std::optional<RecordedGap> decode_gap(ByteView bytes) {
  const auto ends = decode_readings_batch(bytes);
  if (!ends || ends->chunks.size() != 2) return std::nullopt;
  const auto from = decode_chunk(ends->chunks[0]);
  const auto until = decode_chunk(ends->chunks[1]);
  if (!from || !until || from->readings.size() != 1 || until->readings.size() != 1) return std::nullopt;
  if (from->circuit != until->circuit || from->room != until->room || from->meter != until->meter) return std::nullopt;
  if (from->readings[0].at >= until->readings[0].at) return std::nullopt;
  return RecordedGap{from->circuit, from->room, from->meter, from->readings[0], until->readings[0]};
}

}  // namespace wattle::edge
