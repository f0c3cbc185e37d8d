#pragma once
// Modbus over a serial line (V1.02): address, PDU, CRC-16. A user-space master cannot see the gaps of 1.5 characters that the
// standard delimits frames by (USB adapters and serial servers join bytes at will), so a frame is known by the length that the
// question demands and by its CRC; noise in front of it is skipped.

#include <optional>

#include "shared/meter/modbus.hpp"
#include "shared/meter/received.hpp"

namespace wattle::modbus_rtu {

inline constexpr std::size_t max_frame = 256;
inline constexpr std::size_t frame_overhead = 3;  // address and CRC
inline constexpr std::uint8_t broadcast = 0;      // carried out by all, answered by nobody
inline constexpr std::uint8_t max_unit = 247;     // 248 to 255 are reserved (V1.02 §2.2)

/// Reflected polynomial A001, start FFFF; 0 over a whole frame that is sound.
std::uint16_t crc(ByteView bytes);
/// Address, PDU and CRC.
Bytes frame(std::uint8_t unit, ByteView pdu);
Bytes encode_request(std::uint8_t unit, const modbus::Request& request);

/// Looks for the answer to this request in everything heard since it was sent. The echo of a half-duplex adapter is skipped as
/// noise, but for functions 05 and 06 it cannot be told from the answer: a relay is believed only when its state was read back.
Received decode_answer(std::uint8_t unit, const modbus::Request& request, ByteView heard, Wire wire);

/// The meter's side: the first sound request in what was heard. One that cannot be sized, of an unknown function or with a
/// wrong count of bytes, is one too, for the exception that V1.1b3 wants: if it is all that was heard and its CRC fits. On an
/// open wire that is not believed of a known function whose bytes may still come.
struct Heard {
  std::uint8_t unit = 0;
  ByteView pdu;
};
struct Scan {
  std::optional<Heard> request;
  std::size_t used = 0;  // bytes that the caller drops; what is left may be the beginning of a request
};
Scan find_request(ByteView heard, Wire wire = Wire::open);

}  // namespace wattle::modbus_rtu
