#pragma once
// A Modbus PDU for people. The bytes do not always tell who sent them: an order to one coil or register and its answer are the
// same, and an answer does not name the registers that it carries.

#include <optional>

#include "shared/meter/field.hpp"
#include "shared/meter/modbus.hpp"

namespace wattle::modbus {

enum class Side : std::uint8_t { either, master, meter };

/// Lengths of a PDU that begins so, as far as its bytes tell: of a request and of an answer; 0 for what it cannot be.
struct Lengths {
  std::size_t request = 0;
  std::size_t answer = 0;
};
Lengths lengths_of(ByteView pdu);

struct DescribedPdu {
  Side from = Side::either;
  std::optional<Request> request;     // what it asks, if a master may have sent it
  std::optional<Request> asked;       // what it answers, where that is known
  std::vector<std::uint16_t> values;  // of that answer: registers or coils
  Described described;                // the offset counts from the function
};
/// `told` is who sent it, if somebody knows. `asked` is the question before it to the same unit: an answer to it has its
/// registers named by their addresses.
DescribedPdu describe(ByteView pdu, Side told, const std::optional<Request>& asked);
const char* word(Side side);

}  // namespace wattle::modbus
