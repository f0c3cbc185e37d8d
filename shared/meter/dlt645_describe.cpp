#include "shared/meter/dlt645_describe.hpp"

#include <algorithm>

namespace wattle::dlt645 {
namespace {

constexpr std::size_t sequence_size = 1;

std::string hex_number(std::uint32_t value, int digits) {
  constexpr const char* characters = "0123456789ABCDEF";
  std::string text;
  for (int i = digits - 1; i >= 0; --i) text += characters[value >> (4 * i) & 0x0f];
  return text;
}
std::string di_text(Edition edition, std::uint32_t di) { return hex_number(di, edition == Edition::v2007 ? 8 : 4); }

void append(Fields& fields, Fields more) {
  for (auto& field : more) fields.push_back(std::move(field));
}

/// A time among the payload: 99H in it means any, so that it stays digits.
std::string digits_text(ByteView low_first) {
  Bytes high_first(low_first.rbegin(), low_first.rend());
  return to_hex(high_first);
}

/// 0400 0C01 to 0C0A: passwords of the levels 0 to 9. In 1997 C212.
bool is_password(Edition edition, std::uint32_t di) {
  return edition == Edition::v2007 ? (di & 0xffffff00) == 0x04000c00 : di == 0xc212;
}

const FieldValue hidden = std::string("hidden");

/// Bytes of an identifier, by name where one is known. MeterErrc::data when they are not what it shows.
Error put_item(Fields& fields, Edition edition, std::uint32_t di, ByteView data, const Dialect& dialect) {
  append(fields, describe_item(edition, di, data, dialect));
  if (find_item(edition, di) == nullptr) fields.push_back({"understood", false});
  return is_sound(edition, di, data, dialect) ? Error{} : WATTLE_FAIL(MeterErrc::data);
}

/// The sheets of 1997 differ.
bool is_rate(Edition edition, std::uint8_t code) { return edition == Edition::v1997 || baud_of(code) != 0; }

/// ss mm hh DD MM YY as people write it; its digits where it is no time.
FieldValue moment(ByteView bytes) {
  constexpr std::size_t size = 6;
  const auto value = bytes.size() == size ? time_value(Shape::second_time, bytes) : FieldValue(NotAvailable{});
  return std::holds_alternative<NotAvailable>(value) ? FieldValue(digits_text(bytes)) : value;
}

void put_relay(Fields& fields, ByteView payload) {
  const auto command = static_cast<RelayCommand>(payload[0]);
  fields.push_back({"relay_command", std::string(word(command))});
  fields.push_back({"relay_code", std::uint64_t{payload[0]}});
  fields.push_back({"parameter", std::uint64_t{payload[1]}});
  fields.push_back({"valid_until", moment(payload.subspan(2))});
}

void put_rate(Fields& fields, Edition edition, std::uint8_t code) {
  fields.push_back({"rate_code", std::uint64_t{code}});
  if (is_rate(edition, code) && edition == Edition::v2007) fields.push_back({"baud", std::uint64_t{baud_of(code)}});
}

void put_payload(Fields& fields, const Request& request, const Dialect& dialect) {
  const ByteView payload = request.payload;
  switch (request.command) {
    case Command::relay: return put_relay(fields, payload);
    case Command::set_clock: return fields.push_back({"time", moment(payload)});
    case Command::freeze: return fields.push_back({"time", digits_text(payload)});
    case Command::change_rate: return put_rate(fields, request.edition, payload[0]);
    case Command::write_address: return fields.push_back({"new_address", digits_text(payload)});
    case Command::read_more:
      if (!payload.empty()) fields.push_back({"sequence", std::uint64_t{payload[0]}});
      return;
    case Command::read:
      if (!payload.empty()) fields.push_back({"blocks", std::uint64_t{payload[0]}});
      if (payload.size() > 1) fields.push_back({"from_time", digits_text(payload.subspan(1))});
      return;
    case Command::write:
      if (is_password(request.edition, request.di)) return fields.push_back({"new_password", hidden});
      return append(fields, describe_item(request.edition, request.di, payload, dialect));
    case Command::change_password: return fields.push_back({"new_password", std::string("hidden")});
    case Command::clear_events: return fields.push_back({"events", digits_text(payload)});
    case Command::clear_demand:  // of 1997: may be a password
      if (!payload.empty()) fields.push_back({"password", std::string("hidden")});
      return;
    case Command::authenticate:
    case Command::set_output:
    case Command::read_address:
    case Command::read_again:
    case Command::clear_meter: break;
  }
  if (!payload.empty()) fields.push_back({"payload", Bytes(payload.begin(), payload.end())});
}

Error describe_request(Fields& fields, Edition edition, const Frame& frame, const Dialect& dialect) {
  const auto request = decode_request(edition, frame);
  if (!request) return request.error();
  fields.push_back({"command", std::string(word(request->command))});
  const bool is_write = request->command == Command::write;
  const bool has_di = is_write || request->command == Command::read || request->command == Command::read_more ||
                      request->command == Command::authenticate ||
                      (request->command == Command::change_password && edition == Edition::v2007);
  if (has_di) fields.push_back({"di", di_text(edition, request->di)});
  if (const auto* item = has_di ? find_item(edition, request->di) : nullptr)
    fields.push_back({"item", item_name(edition, *item, request->di)});
  const bool has_password =
      frame.data.size() >= 8 && (is_write || request->command == Command::relay || request->command == Command::clear_meter ||
                                 request->command == Command::clear_events || request->command == Command::change_password ||
                                 (request->command == Command::clear_demand && edition == Edition::v2007));
  if (has_password) {
    fields.push_back({"password_level", std::uint64_t{request->by.password[0]}});
    fields.push_back({"password", std::string("hidden")});
  }
  if (has_password && edition == Edition::v2007 && request->command != Command::change_password) {
    fields.push_back({"operator", to_hex(request->by.operator_code)});
  }
  put_payload(fields, *request, dialect);
  if (is_write && find_item(edition, request->di) == nullptr && !is_password(edition, request->di))
    fields.push_back({"understood", false});
  const bool is_wrong_value = is_write && !is_password(edition, request->di) && !request->payload.empty() &&
                              !is_sound(edition, request->di, request->payload, dialect);
  if (is_wrong_value) return WATTLE_FAIL(MeterErrc::data);
  const bool is_wrong_rate = request->command == Command::change_rate && !is_rate(edition, request->payload[0]);
  return is_wrong_rate ? WATTLE_FAIL(MeterErrc::data) : Error{};
}

/// What the function of an answer is called. The edition's requests have the same numbers.
std::optional<Command> command_of(Edition edition, std::uint8_t function) {
  for (std::size_t size = 0; size <= max_write_data; ++size) {
    const auto request = decode_request(edition, {{}, function, Bytes(size)});
    if (request) return request->command;
    if (request.error() != MeterErrc::length) break;
  }
  return std::nullopt;
}

/// Whose question has a password in it, so that an answer with data may have it too.
bool carries_password(Command command) {
  switch (command) {
    case Command::write:
    case Command::change_password:
    case Command::clear_demand:
    case Command::clear_meter:
    case Command::clear_events:
    case Command::relay: return true;
    default: return false;
  }
}

Error describe_good_answer(Fields& fields, Edition edition, Command command, ByteView data, bool has_more,
                           const Dialect& dialect) {
  if (command == Command::read_address) {
    fields.push_back({"own_address", digits_text(data)});
    return data.size() == Address{}.bytes.size() ? Error{} : WATTLE_FAIL(MeterErrc::length);
  }
  const bool has_di = command == Command::read || command == Command::read_more || command == Command::read_again;
  if (command == Command::change_rate && data.size() == 1) {
    put_rate(fields, edition, data[0]);
    return is_rate(edition, data[0]) ? Error{} : WATTLE_FAIL(MeterErrc::data);
  }
  if (!has_di) {
    if (command == Command::change_password) {
      fields.push_back({"password", hidden});
    } else if (!data.empty()) {
      fields.push_back({"data", carries_password(command) ? hidden : FieldValue(Bytes(data.begin(), data.end()))});
      fields.push_back({"understood", false});
    }
    return {};
  }
  if (data.size() < di_size(edition)) return WATTLE_FAIL(MeterErrc::length);
  const auto di = di_in(data, edition);
  fields.push_back({"di", di_text(edition, di)});
  if (const auto* item = find_item(edition, di)) fields.push_back({"item", item_name(edition, *item, di)});
  data = data.subspan(di_size(edition));
  if (command == Command::read_more && edition == Edition::v2007) {
    if (data.size() < sequence_size) return WATTLE_FAIL(MeterErrc::length);
    fields.push_back({"sequence", std::uint64_t{data.back()}});
    data = data.first(data.size() - sequence_size);
  }
  if (command == Command::read_more) fields.push_back({"continuation", true});
  if (is_password(edition, di)) {
    fields.push_back({"password", hidden});
    return {};
  }
  // A piece from the middle of something: its bytes have no names. So it may be with what is said once more.
  if (command != Command::read) {
    fields.push_back({"data", Bytes(data.begin(), data.end())});
    return {};
  }
  const auto error = put_item(fields, edition, di, data, dialect);
  return has_more ? Error{} : error;  // a beginning is too short, and is cut anywhere
}

Error describe_answer(Fields& fields, Edition edition, const Frame& frame, const Dialect& dialect) {
  const auto command = command_of(edition, frame.function());
  if (!command) return WATTLE_FAIL(MeterErrc::wrong_function);
  fields.push_back({"command", std::string(word(*command))});
  fields.push_back({"refused", frame.is_refusal()});
  fields.push_back({"more_follows", frame.has_more()});
  if (!frame.is_refusal()) return describe_good_answer(fields, edition, *command, frame.data, frame.has_more(), dialect);
  if (frame.data.empty()) return WATTLE_FAIL(MeterErrc::length);
  const bool is_transaction = *command == Command::authenticate;
  const auto high = is_transaction && frame.data.size() > 1 ? frame.data[1] : 0u;
  fields.push_back({is_transaction ? "serr" : "refusal_byte", std::uint64_t{frame.data[0] | high << 8}});
  const auto reason =
      is_transaction ? transaction_reason(frame.data) : refusal_reason(default_refusals(edition), frame.data[0], *command);
  fields.push_back({"reason", make_error_code(reason).message()});
  return {};
}

/// Of a frame that is not understood nobody knows where its password stands, or whether it has one. Reads have none.
bool may_carry_password(Edition edition, const Frame& frame) {
  return frame.function() != (edition == Edition::v2007 ? 0x11 : 0x01);
}

}  // namespace

Described describe(Edition edition, const Frame& frame, const Dialect& dialect) {
  Described out;
  out.fields.push_back({"protocol", std::string(edition == Edition::v2007 ? "DL/T 645-2007" : "DL/T 645-1997")});
  out.fields.push_back({"from", std::string(frame.is_from_meter() ? "meter" : "master")});
  out.fields.push_back({"address", to_text(frame.address)});
  out.fields.push_back({"control", hex_number(frame.control, 2)});
  out.error = frame.is_from_meter() ? describe_answer(out.fields, edition, frame, dialect)
                                    : describe_request(out.fields, edition, frame, dialect);
  if (!out.error) return out;
  if (out.error == MeterErrc::data) {  // all of it is told
    out.offset = data_at;
    return out;
  }
  const bool is_hidden = may_carry_password(edition, frame);
  out.fields.push_back({"data", is_hidden ? FieldValue(std::string("hidden")) : FieldValue(frame.data)});
  const bool at_control = out.error == MeterErrc::wrong_function || out.error == MeterErrc::direction;
  out.offset = at_control ? data_at - 2 : data_at - 1;  // the control code, or the length
  return out;
}

}  // namespace wattle::dlt645
