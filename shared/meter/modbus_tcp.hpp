#pragma once
// Modbus over TCP (Messaging Implementation Guide V1.0b §3.1): the MBAP header instead of address and CRC.

#include "shared/meter/modbus.hpp"
#include "shared/meter/received.hpp"

namespace wattle::modbus_tcp {

inline constexpr std::size_t header_size = 7;      // transaction, protocol, length, unit
inline constexpr std::uint8_t whole_device = 255;  // with no line behind it, which is called by its IP address; some take 0

struct Frame {
  std::uint16_t transaction = 0;
  std::uint8_t unit = 0;
  ByteView pdu;
};

Bytes frame(std::uint16_t transaction, std::uint8_t unit, ByteView pdu);
Bytes encode_request(std::uint16_t transaction, std::uint8_t unit, const modbus::Request& request);

/// The frame at the beginning of the stream. Bad is final: a stream that lost its framing has to be closed.
std::variant<Frame, NeedMore, Bad> decode_frame(ByteView stream);

/// Looks for this transaction's answer; late answers to earlier ones are passed over.
Received decode_answer(std::uint16_t transaction, std::uint8_t unit, const modbus::Request& request, ByteView heard, Wire wire);

}  // namespace wattle::modbus_tcp
