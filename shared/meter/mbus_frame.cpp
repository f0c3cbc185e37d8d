#include "shared/meter/mbus_frame.hpp"

#include <numeric>

#include "shared/base/check.hpp"
#include "shared/meter/frame_scan.hpp"

namespace wattle::mbus {
namespace {

constexpr std::uint8_t acknowledge = 0xe5;
constexpr std::uint8_t short_start = 0x10;
constexpr std::uint8_t long_start = 0x68;
constexpr std::uint8_t stop = 0x16;
constexpr std::size_t short_size = 5;
constexpr std::size_t long_head = 4;      // start, length twice, start
constexpr std::size_t long_overhead = 6;  // and checksum, stop
constexpr std::size_t counted = 3;        // control, address and CI are part of the length

std::uint8_t sum(ByteView bytes) { return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0u)); }

Candidate ended(ByteView bytes, std::size_t size, std::size_t summed_from) {
  if (bytes.size() < size) return {Match::partial, size};
  if (sum(bytes.subspan(summed_from, size - 2 - summed_from)) != bytes[size - 2]) {
    return {Match::broken, size, MeterErrc::checksum, size - 2};
  }
  if (bytes[size - 1] != stop) return {Match::broken, size, MeterErrc::end_mark, size - 1};
  return {Match::whole, size};
}

Candidate candidate_at(ByteView bytes) {
  if (bytes[0] == acknowledge) return {Match::whole, 1};
  if (bytes[0] == short_start) return ended(bytes, short_size, 1);
  if (bytes[0] != long_start) return {};
  for (std::size_t i = 1; i < long_head; ++i) {
    if (bytes.size() <= i) return {Match::partial};
    if (i == 2 && bytes[2] != bytes[1]) return {Match::broken, 0, MeterErrc::length, 2};
    if (i == 3 && bytes[3] != long_start) return {Match::broken, 0, MeterErrc::framing, 3};
  }
  if (bytes[1] < counted) return {Match::broken, 0, MeterErrc::length, 1};
  return ended(bytes, long_overhead + bytes[1], long_head);
}

Frame frame_in(ByteView bytes, std::size_t size) {
  if (bytes[0] == acknowledge) return {};
  if (bytes[0] == short_start) return {FrameKind::brief, bytes[1], bytes[2], 0, {}};
  const auto data = bytes.subspan(long_head + counted, size - long_overhead - counted);
  return {FrameKind::full, bytes[4], bytes[5], bytes[6], Bytes(data.begin(), data.end())};
}

/// E5H is a byte of data too: a frame only where no other may be under way.
Candidate candidate(ByteView bytes, bool is_under_way) {
  if (bytes[0] == acknowledge && is_under_way) return {};
  return candidate_at(bytes);
}

}  // namespace

Bytes encode(const Frame& frame) {
  if (frame.kind == FrameKind::acknowledge) return {acknowledge};
  if (frame.kind == FrameKind::brief) {
    const auto check = static_cast<std::uint8_t>(frame.control + frame.address);
    return {short_start, frame.control, frame.address, check, stop};
  }
  WATTLE_CHECK(frame.data.size() <= max_data);
  const auto length = static_cast<std::uint8_t>(counted + frame.data.size());
  Bytes out{long_start, length, length, long_start, frame.control, frame.address, frame.ci};
  Writer(out).raw(frame.data);
  out.push_back(sum(ByteView(out).subspan(long_head)));
  out.push_back(stop);
  return out;
}

Outcome<Found> find_frame(ByteView heard, Wire wire) {
  const auto scanned = scan_for_frame(heard, wire, candidate);
  if (const auto* found = std::get_if<FoundAt>(&scanned))
    return Found{frame_in(heard.subspan(found->offset), found->size), found->offset, found->size};
  if (const auto* bad = std::get_if<Bad>(&scanned)) return *bad;
  return NeedMore{};
}

std::size_t dead_bytes(ByteView heard) { return scan_for_dead_bytes(heard, candidate); }

}  // namespace wattle::mbus
