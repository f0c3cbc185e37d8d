#pragma once
// Modbus application protocol (V1.1b3): the PDU, which is the same on a wire and on TCP. Both sides: the master's questions and
// the answers that they demand, and a meter that answers from an image of its registers.

#include <map>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/meter/errors.hpp"

namespace wattle::modbus {

enum class Function : std::uint8_t {
  read_coils = 0x01,
  read_discrete = 0x02,
  read_holding = 0x03,
  read_input = 0x04,
  write_coil = 0x05,
  write_register = 0x06,
  write_coils = 0x0f,
  write_registers = 0x10,
};
inline constexpr std::uint8_t exception_flag = 0x80;

inline constexpr bool is_read(Function f) {
  return f == Function::read_coils || f == Function::read_discrete || f == Function::read_holding || f == Function::read_input;
}
inline constexpr bool is_bits(Function f) {
  return f == Function::read_coils || f == Function::read_discrete || f == Function::write_coil || f == Function::write_coils;
}
inline constexpr std::size_t read_answer_header = 2;  // function, byte count

// Limits of V1.1b3 chapter 6.
inline constexpr std::size_t max_pdu = 253;
inline constexpr std::size_t max_read_registers = 125;
inline constexpr std::size_t max_write_registers = 123;
inline constexpr std::size_t max_read_coils = 2000;
inline constexpr std::size_t max_write_coils = 1968;

enum class Exception : std::uint8_t { illegal_function = 1, illegal_address = 2, illegal_value = 3 };

struct Request {
  Function function = Function::read_holding;
  std::uint16_t start = 0;
  std::uint16_t count = 1;            // registers or coils
  std::vector<std::uint16_t> values;  // what a write carries; a coil is 0 or 1
  bool operator==(const Request&) const = default;
};

Request read(Function function, std::uint16_t start, std::uint16_t count);
Request write_coil(std::uint16_t address, bool on);
Request write_register(std::uint16_t address, std::uint16_t value);
Request write_registers(std::uint16_t start, std::vector<std::uint16_t> values);

/// Known function, a count within its limit, and as many values as it says.
bool is_valid(const Request& request);

/// The request must be valid.
Bytes encode_request(const Request& request);
/// MeterErrc::exception + n is what a meter has to answer to a PDU that is no request.
Result<Request> decode_request(ByteView pdu);
/// How long the request that begins here is, as far as the bytes tell: grows once the byte count is there. 0: unknown function.
std::size_t request_size(ByteView pdu);

/// Length of a good answer.
std::size_t answer_size(const Request& request);
/// The registers or coils that were read; empty for a write that was carried out.
Result<std::vector<std::uint16_t>> decode_answer(const Request& request, ByteView pdu);

struct Cell {
  std::uint16_t value = 0;
  bool writable = false;
};
struct RegisterImage {
  std::map<std::uint16_t, Cell> holding;
  std::map<std::uint16_t, Cell> input;
  std::map<std::uint16_t, Cell> coils;
  std::map<std::uint16_t, Cell> discrete;
};
/// What a meter with these registers answers; writes change the image, all of them or none.
Bytes answer(ByteView request_pdu, RegisterImage& image);

}  // namespace wattle::modbus
