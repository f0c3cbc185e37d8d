#include "shared/meter/capture_modbus.hpp"

#include <algorithm>

#include "shared/meter/big_endian.hpp"
#include "shared/meter/modbus_naming.hpp"
#include "shared/meter/modbus_rtu.hpp"
#include "shared/meter/modbus_tcp.hpp"

namespace wattle {
namespace {

constexpr std::size_t crc_size = 2;
constexpr std::size_t shortest_frame = 4;  // unit, function, CRC
constexpr std::size_t tcp_head = 4;        // what tells the header from other bytes
constexpr std::size_t tcp_protocol_at = 2;
constexpr std::size_t tcp_counted_from = 6;  // the length in front of it counts from here on

/// Lengths that a frame beginning here can have, the shorter one first; 0 for none.
std::array<std::size_t, 2> sizes_at(ByteView bytes) {
  const auto lengths = modbus::lengths_of(bytes.subspan(1));
  std::array<std::size_t, 2> sizes{lengths.request, lengths.answer};
  for (auto& size : sizes) {
    if (size > 0) size += modbus_rtu::frame_overhead;
  }
  std::sort(sizes.begin(), sizes.end());
  return sizes;
}

bool is_sound(ByteView bytes, std::size_t size) {
  return size > 0 && size <= bytes.size() && modbus_rtu::crc(bytes.first(size)) == 0;
}

/// Stricter than for a frame with a sound CRC: nothing is asked of unit 0, and refused is what we know ourselves.
bool may_begin(ByteView bytes) {
  if (bytes.size() < 2 || bytes[0] > modbus_rtu::max_unit) return false;
  const auto function = static_cast<std::uint8_t>(bytes[1] & ~modbus::exception_flag);
  if (modbus::lengths_of(ByteView(&function, 1)).request == 0) return false;
  const bool is_write = function >= static_cast<std::uint8_t>(modbus::Function::write_coil);
  if (bytes[0] == modbus_rtu::broadcast && (!is_write || function != bytes[1])) return false;
  return sizes_at(bytes).back() > 0;
}

/// Whole, and shaped as a frame of Modbus-TCP, but that its protocol has another number; 0: no such thing begins here.
std::size_t foreign_tcp_size(ByteView bytes) {
  if (bytes.size() <= modbus_tcp::header_size || big_endian_at(bytes, tcp_protocol_at) == 0) return 0;
  const std::size_t size = tcp_counted_from + big_endian_at(bytes, tcp_counted_from - 2);
  if (size <= modbus_tcp::header_size || size > bytes.size()) return 0;
  const auto pdu = bytes.subspan(modbus_tcp::header_size, size - modbus_tcp::header_size);
  const auto lengths = modbus::lengths_of(pdu);
  return lengths.request == pdu.size() || lengths.answer == pdu.size() ? size : 0;
}

/// Why there is no frame among these bytes. What begins like one tells by its length.
Bad why_not_rtu(ByteView rest) {
  std::size_t begins = 0;
  while (begins < rest.size() && !may_begin(rest.subspan(begins))) ++begins;
  const auto bytes = rest.subspan(begins);
  if (bytes.empty()) return {WATTLE_FAIL(MeterErrc::framing), 0};
  const auto sizes = sizes_at(bytes);
  std::size_t size = 0;
  for (const auto s : sizes) size = s <= bytes.size() ? s : size;
  if (size == 0) return {WATTLE_FAIL(MeterErrc::length), rest.size(), begins, bytes.size()};
  return {WATTLE_FAIL(MeterErrc::checksum), begins + size - crc_size, begins, size};
}

}  // namespace

std::size_t sound_rtu_size(ByteView bytes) {
  if (bytes[0] > modbus_rtu::max_unit || bytes.size() < shortest_frame) return 0;
  const auto sizes = sizes_at(bytes);
  for (const auto size : sizes) {
    if (is_sound(bytes, size)) return size;
  }
  const bool is_unknown = sizes.back() == 0 && bytes.size() <= modbus_rtu::max_frame;
  return is_unknown && is_sound(bytes, bytes.size()) ? bytes.size() : 0;
}

CaughtFrame ModbusCapture::describe(std::uint8_t unit, ByteView pdu, Fields head, std::size_t pdu_at) {
  const bool is_same_unit = asked_ && asked_->unit == unit;
  auto pdu_described = modbus::describe(pdu, told_, is_same_unit ? std::optional(asked_->request) : std::nullopt);
  head.push_back({"from", std::string(word(pdu_described.from))});
  head.push_back({"unit", std::uint64_t{unit}});
  CaughtFrame out;
  out.described = std::move(pdu_described.described);
  out.described.fields.insert(out.described.fields.begin(), head.begin(), head.end());
  if (out.described.error) out.described.offset += pdu_at;
  if (model_ != nullptr) {
    auto named = pdu_described.request ? modbus::name_order(*model_, *pdu_described.request) : Fields{};
    if (pdu_described.asked) named = modbus::name_values(*model_, *pdu_described.asked, pdu_described.values);
    out.described.fields.insert(out.described.fields.end(), named.begin(), named.end());
  }
  asked_.reset();
  if (pdu_described.request) asked_ = Question{unit, std::move(*pdu_described.request)};
  return out;
}

Catch ModbusCapture::next_rtu(ByteView rest) {
  for (std::size_t offset = 0; offset < rest.size(); ++offset) {
    const auto bytes = rest.subspan(offset);
    const auto size = sound_rtu_size(bytes);
    if (size == 0) continue;
    const auto pdu = bytes.subspan(1, size - modbus_rtu::frame_overhead);
    auto out = describe(bytes[0], pdu, {{"protocol", std::string("Modbus-RTU")}}, 1);
    out.offset = offset;
    out.size = size;
    return out;
  }
  return why_not_rtu(rest);
}

Catch ModbusCapture::next_tcp(ByteView rest) {
  std::optional<Bad> broken;
  for (std::size_t offset = 0; offset < rest.size(); ++offset) {
    const auto bytes = rest.subspan(offset);
    const auto outcome = modbus_tcp::decode_frame(bytes);
    const auto* frame = std::get_if<modbus_tcp::Frame>(&outcome);
    // Nothing proves a header: behind other bytes only one whose PDU has the length that its function wants.
    const auto lengths = frame != nullptr ? modbus::lengths_of(frame->pdu) : modbus::Lengths{};
    if (frame != nullptr && (offset == 0 || lengths.request == frame->pdu.size() || lengths.answer == frame->pdu.size())) {
      Fields head{{"protocol", std::string("Modbus-TCP")}, {"transaction", std::uint64_t{frame->transaction}}};
      auto out = describe(frame->unit, frame->pdu, std::move(head), modbus_tcp::header_size);
      out.offset = offset;
      out.size = modbus_tcp::header_size + frame->pdu.size();
      return out;
    }
    if (broken || frame != nullptr) continue;
    const auto* bad = std::get_if<Bad>(&outcome);
    const bool is_length = bad != nullptr && bad->error == MeterErrc::length;
    const bool is_cut = bad == nullptr && bytes.size() >= tcp_head && big_endian_at(bytes, 2) == 0;
    if (const auto foreign = foreign_tcp_size(bytes); foreign > 0)
      broken = Bad{WATTLE_FAIL(MeterErrc::framing), offset + tcp_protocol_at, offset, foreign};
    if (is_length) broken = Bad{bad->error, offset + bad->offset, offset};
    if (is_cut) broken = Bad{WATTLE_FAIL(MeterErrc::length), rest.size(), offset};
  }
  return broken ? *broken : Bad{WATTLE_FAIL(MeterErrc::framing), 0};
}

}  // namespace wattle
