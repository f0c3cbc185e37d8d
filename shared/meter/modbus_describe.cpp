#include "shared/meter/modbus_describe.hpp"

#include <algorithm>

#include "shared/meter/big_endian.hpp"

namespace wattle::modbus {
namespace {

constexpr std::size_t write_answer_size = 5;
constexpr std::size_t exception_size = 2;

const char* function_word(std::uint8_t function) {
  switch (static_cast<Function>(function)) {
    case Function::read_coils: return "read_coils";
    case Function::read_discrete: return "read_discrete_inputs";
    case Function::read_holding: return "read_holding";
    case Function::read_input: return "read_input";
    case Function::write_coil: return "write_coil";
    case Function::write_register: return "write_register";
    case Function::write_coils: return "write_coils";
    case Function::write_registers: return "write_registers";
  }
  return "unknown";
}

/// V1.1b3 chapter 7.
const char* exception_word(std::uint8_t code) {
  switch (code) {
    case 0x01: return "illegal function";
    case 0x02: return "illegal data address";
    case 0x03: return "illegal data value";
    case 0x04: return "device failure";
    case 0x05: return "acknowledge: it takes longer";
    case 0x06: return "busy";
    case 0x07: return "negative acknowledge";
    case 0x08: return "memory parity error";
    case 0x0a: return "gateway path unavailable";
    case 0x0b: return "gateway target silent";
    default: return "unknown";
  }
}

bool is_known(ByteView pdu) { return request_size(pdu) != 0 && !pdu.empty(); }

/// Of an answer that begins so; 0 when none does.
std::size_t answer_length(ByteView known) {
  const auto function = static_cast<Function>(known[0]);
  if (!is_read(function)) return write_answer_size;
  if (known.size() < read_answer_header) return read_answer_header;
  const auto count = known[1];
  const bool fits = count > 0 && (is_bits(function) || count % 2 == 0) && count <= max_pdu - read_answer_header;
  return fits ? read_answer_header + count : 0;
}

std::string hex_text(unsigned value, int digits) {
  constexpr const char* characters = "0123456789ABCDEF";
  std::string text;
  for (int i = digits - 1; i >= 0; --i) text += characters[value >> (4 * i) & 0x0f];
  return text;
}
std::string register_text(unsigned address) { return "0x" + hex_text(address, 4); }

/// "register_0x000C", or "register_1" where nobody knows which they are.
void put_values(Fields& fields, bool bits, std::span<const std::uint16_t> values, std::optional<std::uint16_t> start) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto place = start ? register_text(static_cast<unsigned>(*start + i)) : std::to_string(i + 1);
    if (bits) fields.push_back({"coil_" + place, values[i] != 0});
    if (!bits) fields.push_back({"register_" + place, std::uint64_t{values[i]}});
  }
}

void put_request(Fields& fields, const Request& request) {
  fields.push_back({"start", register_text(request.start)});
  fields.push_back({"count", std::uint64_t{request.count}});
  put_values(fields, is_bits(request.function), request.values, request.start);
}

/// The registers or bits of an answer whose question is not known. Of bits as many as the bytes hold.
std::vector<std::uint16_t> values_in(Function function, ByteView data) {
  std::vector<std::uint16_t> values;
  if (!is_bits(function)) {
    for (std::size_t i = 0; i + 1 < data.size(); i += 2) values.push_back(big_endian_at(data, i));
    return values;
  }
  for (const auto byte : data) {
    for (unsigned bit = 0; bit < 8; ++bit) values.push_back(static_cast<std::uint16_t>(byte >> bit & 1));
  }
  return values;
}

void put_answer(Fields& fields, ByteView known, const std::optional<Request>& asked) {
  const auto function = static_cast<Function>(known[0]);
  fields.push_back({"refused", false});
  if (is_read(function)) {
    const auto data = known.subspan(read_answer_header);
    auto values = values_in(function, data);
    if (asked) values.resize(std::min<std::size_t>(values.size(), asked->count));
    fields.push_back({"byte_count", std::uint64_t{data.size()}});
    return put_values(fields, is_bits(function), values, asked ? std::optional(asked->start) : std::nullopt);
  }
  fields.push_back({"start", register_text(big_endian_at(known, 1))});
  const bool is_single = function == Function::write_coil || function == Function::write_register;
  if (!is_single) return fields.push_back({"count", std::uint64_t{big_endian_at(known, 3)}});
  const auto value = big_endian_at(known, 3);
  const auto shown = is_bits(function) ? static_cast<std::uint16_t>(value != 0) : value;
  put_values(fields, is_bits(function), std::span(&shown, 1), big_endian_at(known, 1));
}

DescribedPdu describe_exception(ByteView pdu, Side told) {
  DescribedPdu out;
  out.from = Side::meter;
  out.described.fields.push_back({"refused", true});
  if (told == Side::master) {
    out.described.error = WATTLE_FAIL(MeterErrc::direction);
  } else if (pdu.size() != exception_size) {
    out.described.error = WATTLE_FAIL(MeterErrc::length);
    out.described.offset = std::min(pdu.size(), exception_size);
  } else {
    out.described.fields.push_back({"exception", std::uint64_t{pdu[1]}});
    out.described.fields.push_back({"reason", std::string(exception_word(pdu[1]))});
  }
  return out;
}

/// Which of the two it is, of those that it can be.
Side side_of(bool can_ask, bool can_answer, bool answers_question) {
  if (can_answer && (answers_question || !can_ask)) return Side::meter;
  return can_answer ? Side::either : Side::master;
}

/// An order to one coil or register whose answer is its echo.
bool is_echoed(Function function) { return function == Function::write_coil || function == Function::write_register; }

constexpr std::size_t order_value_at = 3;  // behind function and address
/// V1.1b3 §6.5: a coil is ordered FF00H or 0000H.
bool is_coil_value_allowed(ByteView known) {
  constexpr std::uint16_t on = 0xff00, off = 0x0000;
  if (known[0] != static_cast<std::uint8_t>(Function::write_coil) || known.size() < order_value_at + 2) return true;
  const auto value = big_endian_at(known, order_value_at);
  return value == on || value == off;
}

DescribedPdu describe_known(ByteView known, Side told, std::optional<Request> asked) {
  DescribedPdu out;
  if (!is_coil_value_allowed(known)) {
    out.from = told;
    out.described.error = WATTLE_FAIL(MeterErrc::value);
    out.described.offset = order_value_at;
    return out;
  }
  const auto request = decode_request(known);
  const bool can_ask = request.has_value() && told != Side::meter;
  const bool can_answer = answer_length(known) == known.size() && told != Side::master;
  if (!can_ask && !can_answer) {
    out.from = told;
    out.described.error = WATTLE_FAIL(MeterErrc::data);
    out.described.offset = 1;
    return out;
  }
  const auto values = asked ? decode_answer(*asked, known) : Result<std::vector<std::uint16_t>>(Error{});
  if (asked && !values) asked.reset();
  out.from = side_of(can_ask, can_answer, asked.has_value());
  if (out.from != Side::meter) out.request = *request;
  if (out.from == Side::meter && asked) out.values = *values;
  if (out.from == Side::meter) out.asked = asked;
  // A read's request that has the length of an answer too is shown as what it more likely is.
  if (out.from == Side::meter || (out.from == Side::either && is_echoed(request->function)))
    put_answer(out.described.fields, known, asked);
  else
    put_request(out.described.fields, *request);
  if (out.from == Side::either) std::erase_if(out.described.fields, [](const Field& f) { return f.name == "refused"; });
  return out;
}

}  // namespace

const char* word(Side side) {
  switch (side) {
    case Side::master: return "master";
    case Side::meter: return "meter";
    case Side::either: break;
  }
  return "master or meter";
}

Lengths lengths_of(ByteView pdu) {
  if (pdu.empty()) return {};
  if ((pdu[0] & exception_flag) != 0) return {0, exception_size};
  if (!is_known(pdu)) return {};
  const auto asks = request_size(pdu);
  return {asks <= max_pdu ? asks : 0, answer_length(pdu)};
}

DescribedPdu describe(ByteView pdu, Side told, const std::optional<Request>& asked) {
  DescribedPdu out;
  if (pdu.empty()) {
    out.described.error = WATTLE_FAIL(MeterErrc::length);
    return out;
  }
  const bool is_exception = (pdu[0] & exception_flag) != 0;
  if (is_exception) {
    out = describe_exception(pdu, told);
  } else if (is_known(pdu)) {
    out = describe_known(pdu, told, asked);
  } else {
    out.from = told;
    out.described.error = WATTLE_FAIL(MeterErrc::wrong_function);
  }
  auto& fields = out.described.fields;
  const auto function = static_cast<std::uint8_t>(pdu[0] & ~exception_flag);
  fields.insert(fields.begin(), {{"function", hex_text(pdu[0], 2)}, {"command", std::string(function_word(function))}});
  return out;
}

}  // namespace wattle::modbus
