#include "shared/readings/message.hpp"

#include "shared/base/check.hpp"

namespace wattle {
namespace {

constexpr std::uint8_t message_version = 1;
constexpr auto last_refusal = static_cast<std::uint8_t>(ReadingsErrc::range);

Error cut_or_malformed(const Reader& in) {
  return in.at_end() ? WATTLE_FAIL(ReadingsErrc::truncated) : WATTLE_FAIL(ReadingsErrc::malformed);
}

/// How many follow, after the version.
Result<std::size_t> read_count(Reader& in) {
  const auto count = in.varint();
  if (!in.ok()) return cut_or_malformed(in);
  if (count > readings_batch_chunks_max) return WATTLE_FAIL(ReadingsErrc::too_large);
  return static_cast<std::size_t>(count);
}

Result<Reader> begin(ByteView bytes) {
  if (bytes.size() > readings_batch_bytes_max) return WATTLE_FAIL(ReadingsErrc::too_large);
  Reader in(bytes);
  const auto version = in.u8();
  if (!in.ok()) return WATTLE_FAIL(ReadingsErrc::truncated);
  if (version != message_version) return WATTLE_FAIL(ReadingsErrc::version);
  return in;
}

}  // namespace

std::size_t batch_bytes(ByteView chunk) { return chunk.size() + (chunk.size() < 128 ? 1 : chunk.size() < 16'384 ? 2 : 3); }

Bytes encode(const ReadingsBatch& batch) {
  WATTLE_CHECK(batch.chunks.size() <= readings_batch_chunks_max);
  Bytes bytes;
  Writer out(bytes);
  out.u8(message_version);
  out.varint(batch.waiting);
  out.varint(batch.chunks.size());
  for (const auto& chunk : batch.chunks) out.blob(chunk);
  WATTLE_CHECK(bytes.size() <= readings_batch_bytes_max);
  return bytes;
}

Result<ReadingsBatch> decode_readings_batch(ByteView bytes) {
  auto in = begin(bytes);
  if (!in) return in.error();
  ReadingsBatch batch;
  batch.waiting = in->varint();
  const auto count = read_count(*in);
  if (!count) return count.error();
  batch.chunks.reserve(*count);
  for (std::size_t i = 0; i < *count; ++i) {
    const auto size = in->varint();
    if (!in->ok()) return cut_or_malformed(*in);
    const auto chunk = in->raw(static_cast<std::size_t>(size));
    if (!in->ok()) return WATTLE_FAIL(ReadingsErrc::truncated);
    batch.chunks.emplace_back(chunk.begin(), chunk.end());
  }
  if (!in->at_end()) return WATTLE_FAIL(ReadingsErrc::malformed);
  return batch;
}

Bytes encode(const ReadingsAck& ack) {
  WATTLE_CHECK(ack.stored.size() + ack.refused.size() <= readings_batch_chunks_max);
  Bytes bytes;
  Writer out(bytes);
  out.u8(message_version);
  out.varint(ack.stored.size());
  for (const auto& id : ack.stored) out.u64(id.value);
  out.varint(ack.refused.size());
  for (const auto& one : ack.refused) {
    out.u64(one.id.value);
    out.u8(static_cast<std::uint8_t>(one.why));
  }
  return bytes;
}

Result<ReadingsAck> decode_readings_ack(ByteView bytes) {
  auto in = begin(bytes);
  if (!in) return in.error();
  ReadingsAck ack;
  const auto stored = read_count(*in);
  if (!stored) return stored.error();
  for (std::size_t i = 0; in->ok() && i < *stored; ++i) ack.stored.push_back({in->u64()});
  const auto refused = read_count(*in);
  if (!refused) return refused.error();
  for (std::size_t i = 0; in->ok() && i < *refused; ++i) {
    const ChunkId id{in->u64()};
    const auto why = in->u8();
    if (in->ok() && (why == 0 || why > last_refusal)) return WATTLE_FAIL(ReadingsErrc::malformed);
    ack.refused.push_back({id, static_cast<ReadingsErrc>(why)});
  }
  if (!in->ok()) return WATTLE_FAIL(ReadingsErrc::truncated);
  if (!in->at_end()) return WATTLE_FAIL(ReadingsErrc::malformed);
  return ack;
}

}  // namespace wattle
