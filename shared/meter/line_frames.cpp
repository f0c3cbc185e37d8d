#include "shared/meter/line_frames.hpp"

#include <algorithm>

#include "shared/meter/capture_modbus.hpp"

namespace wattle {
namespace {

using modbus::Side;

Side side_if(bool is_master) { return is_master ? Side::master : Side::meter; }

template <class Array>
Bytes bytes_in(const Array& array) {
  return Bytes(array.begin(), array.end());
}

LineFrame line_frame(const dlt645::Frame& frame) { return {side_if(!frame.is_from_meter()), bytes_in(frame.address.bytes)}; }
LineFrame line_frame(const cjt188::Frame& frame) { return {side_if(!frame.is_from_meter()), bytes_in(frame.address.bytes)}; }
LineFrame line_frame(const mbus::Frame& frame) {
  if (frame.kind == mbus::FrameKind::acknowledge) return {Side::meter, {}};
  return {side_if(frame.is_from_master()), {frame.address}};
}

template <class Find>
std::vector<LineFrame> frames_by(Find find, ByteView heard) {
  std::vector<LineFrame> frames;
  for (std::size_t at = 0; at < heard.size();) {
    const auto outcome = find(heard.subspan(at), Wire::quiet);
    if (outcome.index() != 0) break;
    const auto& found = std::get<0>(outcome);
    auto frame = line_frame(found.frame);
    frame.offset = at + found.offset;
    frame.size = found.size;
    at = frame.offset + frame.size;
    frames.push_back(std::move(frame));
  }
  return frames;
}

Side side_of(ByteView pdu) {
  const auto lengths = modbus::lengths_of(pdu);
  const bool can_ask = lengths.request == pdu.size() && modbus::decode_request(pdu).has_value();
  const bool can_answer = lengths.answer == pdu.size();
  return can_ask == can_answer ? Side::either : side_if(can_ask);
}

std::vector<LineFrame> frames_of_rtu(ByteView heard) {
  std::vector<LineFrame> frames;
  for (std::size_t at = 0; at < heard.size();) {
    const auto size = sound_rtu_size(heard.subspan(at));
    if (size > 0) {
      const auto pdu = heard.subspan(at + 1, size - modbus_rtu::frame_overhead);
      frames.push_back({side_of(pdu), {heard[at]}, at, size});
    }
    at += std::max<std::size_t>(size, 1);
  }
  return frames;
}

/// Sizes of an answer whose head these bytes begin with; 0: they do not.
std::size_t head_size(const ModbusAsk& ask, ByteView bytes) {
  const auto size = modbus::answer_size(ask.request) + modbus_rtu::frame_overhead;
  constexpr std::size_t head = 3;
  if (bytes.size() < head || bytes[0] != ask.unit || bytes[1] != static_cast<std::uint8_t>(ask.request.function)) return 0;
  const auto told = is_read(ask.request.function) ? size - modbus_rtu::frame_overhead - modbus::read_answer_header
                                                  : static_cast<std::size_t>(ask.request.start >> 8);
  return bytes[2] == told ? size : 0;
}
std::size_t head_size(const dlt645::Request& ask, ByteView bytes) {
  constexpr std::size_t second_start = 7;
  if (bytes.size() < dlt645::data_at || bytes[0] != 0x68 || bytes[second_start] != 0x68) return 0;
  const bool is_answer = (bytes[dlt645::control_at] & dlt645::from_meter) != 0 && bytes[dlt645::length_at] <= dlt645::max_data;
  dlt645::Address from;
  std::copy_n(bytes.begin() + dlt645::address_at, from.bytes.size(), from.bytes.begin());
  return is_answer && matches(ask.address, from) ? dlt645::frame_overhead + bytes[dlt645::length_at] : 0;
}
std::size_t head_size(const cjt188::Request& ask, ByteView bytes) {
  if (bytes.size() < cjt188::data_at || bytes[0] != 0x68) return 0;
  const bool is_answer = (bytes[cjt188::control_at] & cjt188::from_meter) != 0 && bytes[cjt188::length_at] <= cjt188::max_data;
  cjt188::Address from;
  std::copy_n(bytes.begin() + cjt188::address_at, from.bytes.size(), from.bytes.begin());
  return is_answer && matches(ask.address, from) ? cjt188::frame_overhead + bytes[cjt188::length_at] : 0;
}
std::size_t head_size(const mbus::Request& ask, ByteView bytes) {
  constexpr std::size_t around_counted = 6;
  if (bytes.size() <= mbus::address_at || bytes[0] != 0x68 || bytes[3] != 0x68 || bytes[1] != bytes[2]) return 0;
  const bool is_any = ask.address == mbus::selected || ask.address == mbus::everyone;
  const bool is_answer =
      (bytes[mbus::control_at] & 0x4f) == mbus::response && (is_any || bytes[mbus::address_at] == ask.address);
  return is_answer ? around_counted + bytes[1] : 0;
}

bool is_asked_by(const ModbusAsk& ask, const Bytes& address) { return address == Bytes{ask.unit}; }
bool is_asked_by(const dlt645::Request& ask, const Bytes& address) {
  dlt645::Address from;
  if (address.size() != from.bytes.size()) return false;
  std::copy(address.begin(), address.end(), from.bytes.begin());
  return matches(ask.address, from);
}
bool is_asked_by(const cjt188::Request& ask, const Bytes& address) {
  cjt188::Address from;
  if (address.size() != from.bytes.size()) return false;
  std::copy(address.begin(), address.end(), from.bytes.begin());
  return matches(ask.address, from);
}
/// Who was selected answers with its primary address.
bool is_asked_by(const mbus::Request& ask, const Bytes& address) {
  return address.empty() || ask.address == mbus::selected || ask.address == mbus::everyone || address == Bytes{ask.address};
}

Protocol spoken_in(const ModbusAsk&, Carriage carriage) {
  return carriage.modbus_tcp ? Protocol::modbus_tcp : Protocol::modbus_rtu;
}
Protocol spoken_in(const dlt645::Request& ask, Carriage) {
  return ask.edition == dlt645::Edition::v1997 ? Protocol::dlt645_1997 : Protocol::dlt645_2007;
}
Protocol spoken_in(const cjt188::Request&, Carriage) { return Protocol::cjt188; }
Protocol spoken_in(const mbus::Request&, Carriage) { return Protocol::mbus; }

}  // namespace

std::vector<LineFrame> frames_on_line(Protocol protocol, ByteView heard) {
  switch (protocol) {
    case Protocol::modbus_rtu: return frames_of_rtu(heard);
    case Protocol::modbus_tcp: return {};
    case Protocol::dlt645_1997:
    case Protocol::dlt645_2007: return frames_by(dlt645::find_frame, heard);
    case Protocol::cjt188: return frames_by(cjt188::find_frame, heard);
    case Protocol::mbus: return frames_by(mbus::find_frame, heard);
  }
  return {};
}

std::vector<AnswerHead> answer_heads(const Exchange& exchange, ByteView heard) {
  std::vector<AnswerHead> heads;
  for (std::size_t at = 0; at < heard.size(); ++at) {
    const auto size = std::visit([&](const auto& ask) { return head_size(ask, heard.subspan(at)); }, exchange.ask);
    if (size > 0) heads.push_back({at, size});
  }
  return heads;
}

Protocol protocol_of(const Exchange& exchange, Carriage carriage) {
  return std::visit([&](const auto& ask) { return spoken_in(ask, carriage); }, exchange.ask);
}

bool is_asked(const Exchange& exchange, const Bytes& address) {
  return std::visit([&](const auto& ask) { return is_asked_by(ask, address); }, exchange.ask);
}

}  // namespace wattle
