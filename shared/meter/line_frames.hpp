#pragma once
// The sound frames among bytes heard on a line, whoever sent them, without what they say: for judging the line.

#include "shared/meter/capture.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle {

struct LineFrame {
  modbus::Side from = modbus::Side::either;  // either: an order to one coil or register and its answer are the same bytes
  Bytes address;                             // as on the wire; empty: M-Bus acknowledges without saying who
  std::size_t offset = 0;
  std::size_t size = 0;
};

/// In the order of the wire. None of Modbus over TCP, which is no line: a gateway keeps others' frames to itself.
std::vector<LineFrame> frames_on_line(Protocol protocol, ByteView heard);

/// What looks like the answer to a question from its first bytes on (start marks, address, function, length), whatever the rest
/// of it is.
struct AnswerHead {
  std::size_t offset = 0;
  std::size_t size = 0;  // of the whole frame, as the head says it
};
std::vector<AnswerHead> answer_heads(const Exchange& exchange, ByteView heard);

Protocol protocol_of(const Exchange& exchange, Carriage carriage);
/// Whether that address is one that the question was meant for.
bool is_asked(const Exchange& exchange, const Bytes& address);

}  // namespace wattle
