#include "shared/meter/modbus.hpp"

#include "shared/base/check.hpp"
#include "shared/meter/big_endian.hpp"

namespace wattle::modbus {
namespace {

constexpr std::size_t single_pdu = 5;       // function, address, value; also a read's function, start, count
constexpr std::size_t multiple_header = 6;  // function, start, count, byte count
constexpr std::uint16_t coil_on = 0xff00;   // V1.1b3 §6.5: every other value but 0000 is illegal

bool is_single_write(Function f) { return f == Function::write_coil || f == Function::write_register; }
bool is_known(std::uint8_t f) {
  const auto function = static_cast<Function>(f);
  return is_read(function) || is_single_write(function) || function == Function::write_coils ||
         function == Function::write_registers;
}

std::size_t max_count(Function f) {
  switch (f) {
    case Function::read_coils:
    case Function::read_discrete: return max_read_coils;
    case Function::read_holding:
    case Function::read_input: return max_read_registers;
    case Function::write_coils: return max_write_coils;
    case Function::write_registers: return max_write_registers;
    case Function::write_coil:
    case Function::write_register: return 1;
  }
  return 0;
}

std::size_t data_size(Function f, std::size_t count) { return is_bits(f) ? (count + 7) / 8 : count * 2; }

void put_values(Bytes& out, Function f, const std::vector<std::uint16_t>& values) {
  if (!is_bits(f)) {
    for (const auto v : values) put_big_endian(out, v);
    return;
  }
  const auto at = out.size();
  out.resize(at + data_size(f, values.size()));
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (values[i] != 0) out[at + i / 8] = static_cast<std::uint8_t>(out[at + i / 8] | 1u << (i % 8));
  }
}

std::vector<std::uint16_t> take_values(ByteView data, Function f, std::size_t count) {
  std::vector<std::uint16_t> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = is_bits(f) ? static_cast<std::uint16_t>(data[i / 8] >> (i % 8) & 1) : big_endian_at(data, i * 2);
  }
  return values;
}

/// What an exception answer must carry, as an error.
Error refusal(Exception e) { return make_error_code(exception_errc(static_cast<std::uint8_t>(e))); }

std::uint16_t single_value(const Request& request) {
  if (request.function == Function::write_register) return request.values[0];
  return request.values[0] != 0 ? coil_on : std::uint16_t{0};
}

}  // namespace

Request read(Function function, std::uint16_t start, std::uint16_t count) { return {function, start, count, {}}; }
Request write_coil(std::uint16_t address, bool on) {
  return {Function::write_coil, address, 1, {static_cast<std::uint16_t>(on ? 1 : 0)}};
}
Request write_register(std::uint16_t address, std::uint16_t value) { return {Function::write_register, address, 1, {value}}; }
Request write_registers(std::uint16_t start, std::vector<std::uint16_t> values) {
  const auto count = static_cast<std::uint16_t>(values.size());
  return {Function::write_registers, start, count, std::move(values)};
}

bool is_valid(const Request& request) {
  return request.count > 0 && request.count <= max_count(request.function) && request.start + request.count <= 0x10000 &&
         request.values.size() == (is_read(request.function) ? 0u : request.count);
}

Bytes encode_request(const Request& request) {
  WATTLE_CHECK(is_valid(request));
  Bytes pdu{static_cast<std::uint8_t>(request.function)};
  put_big_endian(pdu, request.start);
  if (is_single_write(request.function)) {
    put_big_endian(pdu, single_value(request));
    return pdu;
  }
  put_big_endian(pdu, request.count);
  if (is_read(request.function)) return pdu;
  pdu.push_back(static_cast<std::uint8_t>(data_size(request.function, request.count)));
  put_values(pdu, request.function, request.values);
  return pdu;
}

std::size_t request_size(ByteView pdu) {
  if (pdu.empty()) return 1;
  if (!is_known(pdu[0])) return 0;
  const auto function = static_cast<Function>(pdu[0]);
  if (is_read(function) || is_single_write(function)) return single_pdu;
  return pdu.size() < multiple_header ? multiple_header : multiple_header + pdu[multiple_header - 1];
}

Result<Request> decode_request(ByteView pdu) {
  const auto size = request_size(pdu);
  if (size == 0) return refusal(Exception::illegal_function);
  if (pdu.size() != size || pdu.size() < single_pdu) return refusal(Exception::illegal_value);
  Request request{static_cast<Function>(pdu[0]), big_endian_at(pdu, 1), 1, {}};
  const auto second = big_endian_at(pdu, 3);
  if (is_single_write(request.function)) {
    const bool is_coil = request.function == Function::write_coil;
    if (is_coil && second != 0 && second != coil_on) return refusal(Exception::illegal_value);
    request.values = {is_coil ? static_cast<std::uint16_t>(second != 0) : second};
    return request;
  }
  request.count = second;
  if (request.count == 0 || request.count > max_count(request.function)) return refusal(Exception::illegal_value);
  if (request.start + request.count > 0x10000) return refusal(Exception::illegal_address);
  if (is_read(request.function)) return request;
  const auto data = pdu.subspan(multiple_header);
  if (data.size() != data_size(request.function, request.count)) return refusal(Exception::illegal_value);
  request.values = take_values(data, request.function, request.count);
  return request;
}

std::size_t answer_size(const Request& request) {
  return is_read(request.function) ? read_answer_header + data_size(request.function, request.count) : single_pdu;
}

Result<std::vector<std::uint16_t>> decode_answer(const Request& request, ByteView pdu) {
  const auto function = static_cast<std::uint8_t>(request.function);
  if (pdu.size() < 2) return WATTLE_FAIL(MeterErrc::length);
  if (pdu[0] == (function | exception_flag)) {
    if (pdu.size() != 2) return WATTLE_FAIL(MeterErrc::length);
    return make_error_code(exception_errc(pdu[1]));
  }
  if (pdu[0] != function) return WATTLE_FAIL(MeterErrc::wrong_function);
  if (pdu.size() != answer_size(request)) return WATTLE_FAIL(MeterErrc::length);
  if (is_read(request.function)) {
    if (pdu[1] != pdu.size() - read_answer_header) return WATTLE_FAIL(MeterErrc::length);
    return take_values(pdu.subspan(read_answer_header), request.function, request.count);
  }
  const auto second = is_single_write(request.function) ? single_value(request) : request.count;
  if (big_endian_at(pdu, 1) != request.start || big_endian_at(pdu, 3) != second) return WATTLE_FAIL(MeterErrc::foreign);
  return std::vector<std::uint16_t>{};
}

namespace {

std::map<std::uint16_t, Cell>& cells(RegisterImage& image, Function f) {
  if (f == Function::read_discrete) return image.discrete;
  if (is_bits(f)) return image.coils;
  return f == Function::read_input ? image.input : image.holding;
}

Result<Bytes> carry_out(const Request& request, RegisterImage& image) {
  std::vector<Cell*> found;
  for (std::size_t i = 0; i < request.count; ++i) {
    auto& bank = cells(image, request.function);
    const auto cell = bank.find(static_cast<std::uint16_t>(request.start + i));
    if (cell == bank.end() || (!is_read(request.function) && !cell->second.writable)) {
      return refusal(Exception::illegal_address);
    }
    found.push_back(&cell->second);
  }
  Bytes pdu{static_cast<std::uint8_t>(request.function)};
  if (is_read(request.function)) {
    std::vector<std::uint16_t> values;
    for (const auto* cell : found) values.push_back(cell->value);
    pdu.push_back(static_cast<std::uint8_t>(data_size(request.function, request.count)));
    put_values(pdu, request.function, values);
    return pdu;
  }
  for (std::size_t i = 0; i < found.size(); ++i) found[i]->value = request.values[i];
  put_big_endian(pdu, request.start);
  put_big_endian(pdu, is_single_write(request.function) ? single_value(request) : request.count);
  return pdu;
}

}  // namespace

Bytes answer(ByteView request_pdu, RegisterImage& image) {
  const auto request = decode_request(request_pdu);
  const auto done = request ? carry_out(*request, image) : Result<Bytes>(request.error());
  if (done) return *done;
  const auto function = request_pdu.empty() ? std::uint8_t{0} : request_pdu[0];
  const auto code = done.error().value() - static_cast<int>(MeterErrc::exception);
  return {static_cast<std::uint8_t>(function | exception_flag), static_cast<std::uint8_t>(code)};
}

}  // namespace wattle::modbus
