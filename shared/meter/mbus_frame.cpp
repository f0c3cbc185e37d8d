#include "shared/meter/mbus_frame.hpp"

#include <numeric>

#include "shared/base/check.hpp"

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

std::uint8_t sum(ByteView bytes) {
  return static_cast<std::uint8_t>(std::accumulate(bytes.begin(), bytes.end(), 0u));
}

enum class Match { none, partial, broken, whole };
struct Candidate {
  Match match = Match::none;
  std::size_t size = 0;
  MeterErrc why = MeterErrc::framing;  // of a broken one
  std::size_t broken_at = 0;
};

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
  std::optional<std::size_t> partial;
  std::optional<Bad> broken;
  for (std::size_t offset = 0; offset < heard.size(); ++offset) {
    const auto rest = heard.subspan(offset);
    const auto candidate = candidate_at(rest);
    const bool is_inside = rest[0] == acknowledge && (partial || broken);
    if (candidate.match == Match::whole && !is_inside) return Found{frame_in(rest, candidate.size), offset, candidate.size};
    if (candidate.match == Match::partial && !partial) partial = offset;
    if (candidate.match == Match::broken && !broken) {
      broken = Bad{make_error_code(candidate.why), offset + candidate.broken_at};
    }
  }
  if (wire == Wire::open) return NeedMore{};
  if (heard.empty()) return Bad{WATTLE_FAIL(MeterErrc::silence), 0};
  if (broken) return *broken;
  if (partial) return Bad{WATTLE_FAIL(MeterErrc::length), heard.size()};
  return Bad{WATTLE_FAIL(MeterErrc::framing), 0};
}

std::size_t dead_bytes(ByteView heard) {
  for (std::size_t offset = 0; offset < heard.size(); ++offset) {
    if (candidate_at(heard.subspan(offset)).match == Match::partial) return offset;
  }
  return heard.size();
}

}  // namespace wattle::mbus
