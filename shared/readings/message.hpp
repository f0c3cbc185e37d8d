#pragma once
// What box and cloud say to each other about recorded readings (api-spec/readings.md): chunks up, and down which of them are
// stored. Either may be lost, come twice or out of order.

#include <vector>

#include "shared/readings/chunk.hpp"

namespace wattle {

inline constexpr std::size_t readings_batch_chunks_max = 2048;
inline constexpr std::size_t readings_batch_bytes_max = 192 * 1024;

/// Verbatim chunks, which are decoded one by one: a bad one takes no other with it.
struct ReadingsBatch {
  std::uint64_t waiting = 0;  // chunks in the box's ring, these among them
  std::vector<Bytes> chunks;
  bool operator==(const ReadingsBatch&) const = default;
};

/// What a chunk adds to a batch.
std::size_t batch_bytes(ByteView chunk);
inline constexpr std::size_t batch_overhead = 1 + 10 + 2;

struct RefusedChunk {
  ChunkId id;
  ReadingsErrc why{};
  bool operator==(const RefusedChunk&) const = default;
};

/// Durable at the cloud, or never to be: in both cases the box need not keep them.
struct ReadingsAck {
  std::vector<ChunkId> stored;
  std::vector<RefusedChunk> refused;
  bool operator==(const ReadingsAck&) const = default;
};

Bytes encode(const ReadingsBatch& batch);
Result<ReadingsBatch> decode_readings_batch(ByteView bytes);
Bytes encode(const ReadingsAck& ack);
Result<ReadingsAck> decode_readings_ack(ByteView bytes);

}  // namespace wattle
