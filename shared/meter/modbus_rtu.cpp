#include "shared/meter/modbus_rtu.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::modbus_rtu {
namespace {

constexpr std::size_t crc_size = 2;
constexpr std::size_t exception_frame = 5;

constexpr std::array<std::uint16_t, 256> crc_table = [] {
  std::array<std::uint16_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0xa001u : value >> 1;
    table[i] = static_cast<std::uint16_t>(value);
  }
  return table;
}();

enum class Match { none, partial, whole };
struct Candidate {
  Match match = Match::none;
  std::size_t size = 0;
};

/// Could a frame that answers the request begin at the first of these bytes?
Candidate candidate_at(std::uint8_t unit, const modbus::Request& request, ByteView bytes) {
  const auto function = static_cast<std::uint8_t>(request.function);
  if (bytes[0] != unit) return {};
  if (bytes.size() == 1) return {Match::partial, 0};
  if (bytes[1] != function && bytes[1] != (function | modbus::exception_flag)) return {};
  const auto size = bytes[1] == function ? modbus::answer_size(request) + frame_overhead : exception_frame;
  if (bytes.size() < size) {
    const bool other_length =
        is_read(request.function) && size != exception_frame && bytes.size() > 2 && bytes[2] != size - exception_frame;
    return {other_length ? Match::none : Match::partial, size};
  }
  return {crc(bytes.first(size)) == 0 ? Match::whole : Match::none, size};
}

/// A sound frame that is no answer: where that shows, its function or its byte count.
Bad unfit(Error error, std::size_t frame_begins) { return {error, frame_begins + (error == MeterErrc::length ? 2u : 1u)}; }

/// Why bytes without an answer are none. Best guess: it feeds counters and alarms, never a value.
Bad diagnose(std::uint8_t unit, const modbus::Request& request, ByteView heard, std::optional<std::size_t> partial) {
  if (heard.empty()) return {WATTLE_FAIL(MeterErrc::silence), 0};
  const bool sound = heard.size() >= exception_frame && heard.size() <= max_frame && crc(heard) == 0;
  if (sound && heard[0] != unit) return {WATTLE_FAIL(MeterErrc::wrong_address), 0};
  if (sound) {
    const auto pdu = modbus::decode_answer(request, heard.subspan(1, heard.size() - frame_overhead));
    if (!pdu) return unfit(pdu.error(), 0);
  }
  if (partial) return {WATTLE_FAIL(MeterErrc::length), heard.size()};
  if (heard.size() < exception_frame) return {WATTLE_FAIL(MeterErrc::length), heard.size()};
  return {WATTLE_FAIL(MeterErrc::checksum), heard.size() - crc_size};
}

constexpr std::size_t least_frame = 4;  // unit, function, CRC

/// May the whole of it, from its first byte on, be a request that cannot be sized? Answers of meters have the top bit in their
/// function, or a function that is known.
bool may_be_odd(ByteView heard) {
  if (heard.empty() || heard.size() > max_frame || heard[0] > max_unit) return false;
  return heard.size() == 1 || (heard[1] & modbus::exception_flag) == 0;
}

bool is_odd_request(ByteView heard, Wire wire) {
  if (heard.size() < least_frame || !may_be_odd(heard) || crc(heard) != 0) return false;
  const auto size = modbus::request_size(heard.subspan(1)) + frame_overhead;
  return size == frame_overhead || size <= heard.size() || wire == Wire::quiet;
}

}  // namespace

std::uint16_t crc(ByteView bytes) {
  std::uint16_t value = 0xffff;
  for (const auto b : bytes) value = static_cast<std::uint16_t>(value >> 8 ^ crc_table[(value ^ b) & 0xff]);
  return value;
}

Bytes frame(std::uint8_t unit, ByteView pdu) {
  WATTLE_CHECK(!pdu.empty() && pdu.size() <= modbus::max_pdu);
  Bytes out;
  out.reserve(pdu.size() + frame_overhead);
  out.push_back(unit);
  Writer(out).raw(pdu);
  const auto check = crc(out);
  out.push_back(static_cast<std::uint8_t>(check));  // unlike all else in Modbus, low byte first (V1.02 §2.5.1.2)
  out.push_back(static_cast<std::uint8_t>(check >> 8));
  return out;
}

Bytes encode_request(std::uint8_t unit, const modbus::Request& request) { return frame(unit, modbus::encode_request(request)); }

Received decode_answer(std::uint8_t unit, const modbus::Request& request, ByteView heard, Wire wire) {
  std::optional<std::size_t> partial;
  std::optional<Bad> foreign;
  for (std::size_t offset = 0; offset < heard.size(); ++offset) {
    const auto rest = heard.subspan(offset);
    const auto candidate = candidate_at(unit, request, rest);
    if (candidate.match == Match::partial && !partial) partial = offset;
    if (candidate.match != Match::whole) continue;
    auto answer = modbus::decode_answer(request, rest.subspan(1, candidate.size - frame_overhead));
    if (answer) return MeterAnswer{std::move(*answer), offset, {}};
    const auto bad = unfit(answer.error(), offset);
    if (is_exception(static_cast<MeterErrc>(bad.error.value()))) return bad;
    if (!foreign) foreign = bad;
  }
  const auto whole = modbus::answer_size(request) + frame_overhead;
  if (wire == Wire::open && (partial || heard.size() < whole)) return NeedMore{};
  return foreign ? *foreign : diagnose(unit, request, heard, partial);
}

Scan find_request(ByteView heard, Wire wire) {
  std::optional<std::size_t> partial;
  for (std::size_t offset = 0; offset < heard.size(); ++offset) {
    const auto rest = heard.subspan(offset);
    const auto pdu_size = modbus::request_size(rest.subspan(1));
    if (rest[0] > max_unit || pdu_size == 0 || pdu_size > modbus::max_pdu) continue;
    const auto size = pdu_size + frame_overhead;
    if (rest.size() < size) {
      if (!partial) partial = offset;
    } else if (crc(rest.first(size)) == 0) {
      return {Heard{rest[0], rest.subspan(1, pdu_size)}, offset + size};
    }
  }
  if (is_odd_request(heard, wire)) return {Heard{heard[0], heard.subspan(1, heard.size() - frame_overhead)}, heard.size()};
  if (wire == Wire::open && may_be_odd(heard)) return {std::nullopt, 0};
  return {std::nullopt, partial.value_or(heard.size())};
}

}  // namespace wattle::modbus_rtu
