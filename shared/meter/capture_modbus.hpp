#pragma once
// The search for Modbus frames whose questions are not known: by length and CRC, or by the header of TCP.

#include <optional>
#include <variant>

#include "shared/meter/modbus_describe.hpp"
#include "shared/meter/modbus_model.hpp"
#include "shared/meter/received.hpp"

namespace wattle {

/// A frame in a capture. Its description's offset counts from the frame's first byte.
struct CaughtFrame {
  std::size_t offset = 0;
  std::size_t size = 0;
  Described described;
};
using Catch = std::variant<CaughtFrame, Bad>;

/// How long the sound frame is that begins here; 0: none does. One of a function without a known length must be all there is:
/// among all lengths one fits by chance too often.
std::size_t sound_rtu_size(ByteView bytes);

/// Goes along a capture and remembers the last question, which tells what the answer behind it means.
class ModbusCapture {
 public:
  /// The model names what its registers mean, if somebody knows it.
  ModbusCapture(modbus::Side told, const ModbusModel* model) : told_(told), model_(model) {}
  /// The first frame of these bytes, or why there is none. MeterErrc::framing: nothing in them looks like one.
  Catch next_rtu(ByteView rest);
  Catch next_tcp(ByteView rest);

 private:
  struct Question {
    std::uint8_t unit;
    modbus::Request request;
  };
  CaughtFrame describe(std::uint8_t unit, ByteView pdu, Fields head, std::size_t pdu_at);

  modbus::Side told_;
  const ModbusModel* model_;
  std::optional<Question> asked_;
};

}  // namespace wattle
