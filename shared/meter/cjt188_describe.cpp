#include "shared/meter/bcd.hpp"
#include "shared/meter/cjt188.hpp"

#include <algorithm>

namespace wattle::cjt188 {
namespace {

FieldValue or_absent(const std::optional<Measured>& value) { return value ? FieldValue(*value) : FieldValue(NotAvailable{}); }

std::string hex_number(unsigned value, int digits) {
  constexpr const char* characters = "0123456789ABCDEF";
  std::string text;
  for (int i = digits - 1; i >= 0; --i) text += characters[value >> (4 * i) & 0x0f];
  return text;
}

void put_status(Fields& fields, ByteView two, const StatusBits& bits) {
  const auto status = static_cast<std::uint16_t>(two[0] | two[1] << 8);
  fields.push_back({"status", Bytes(two.begin(), two.end())});
  fields.push_back({"valve", std::string(word(valve_state(status, bits)))});
  fields.push_back({"battery_low", (status & bits.battery_low) != 0});
}

void put_head(Fields& fields, const Request& request) {
  fields.push_back({"command", std::string(word(request.command))});
  fields.push_back({"di", hex_number(request.di, 4)});
  if (*item_word(request.di) != '\0') fields.push_back({"item", std::string(item_word(request.di))});
  fields.push_back({"di_order", std::string(request.order == DiOrder::high_first ? "high_first" : "low_first")});
  fields.push_back({"serial", std::uint64_t{request.serial}});
}

std::string digits_text(ByteView low_first) {
  Bytes high_first(low_first.rbegin(), low_first.rend());
  return to_hex(high_first);
}

/// Bytes that nothing here names.
void put_raw(Fields& fields, ByteView data) {
  fields.push_back({"data", Bytes(data.begin(), data.end())});
  fields.push_back({"understood", false});
}

Error describe_request(Fields& fields, const Frame& frame) {
  const auto request = decode_request(frame);
  if (!request) return request.error();
  put_head(fields, *request);
  const ByteView payload = request->payload;
  if (payload.empty()) return {};
  if (request->command == Command::write && request->di == di::valve) {
    fields.push_back({"valve", std::string(word(static_cast<ValveCommand>(payload[0])))});
    if (payload.size() > 1) fields.push_back({"rest", Bytes(payload.begin() + 1, payload.end())});
  } else if (request->command == Command::write_address) {
    fields.push_back({"new_address", digits_text(payload)});
  } else if (request->command == Command::write_total) {
    fields.push_back({"total", or_absent(volume_in(payload))});
  } else if (request->command == Command::write && request->di == di::set_clock) {
    const auto clock = decode_clock(payload);
    fields.push_back({"clock", clock ? to_text(*clock) : digits_text(payload)});
  } else if (request->command == Command::write && request->di == di::set_key) {
    fields.push_back({"key", std::string("hidden")});
  } else {
    put_raw(fields, payload);
  }
  return {};
}

/// MeterErrc::data when it is too short, or too long: a reading is taken of the latter all the same.
Error put_current(Fields& fields, std::uint8_t type, ByteView data, const StatusBits& bits) {
  constexpr std::uint8_t first_water = 0x10, first_heat = 0x20;
  if (type < first_water || type >= first_heat) {  // they order their values otherwise
    const auto water = data.size() == current_size ? decode_current(data) : WATTLE_FAIL(MeterErrc::length);
    const bool is_as_water = water && water->total && water->total->unit == Unit::cubic_metre;
    if (!is_as_water) return put_raw(fields, data), Error{};
  }
  const auto current = decode_current(data);
  if (!current) {
    fields.push_back({"data", Bytes(data.begin(), data.end())});
    return WATTLE_FAIL(MeterErrc::data);
  }
  fields.push_back({"total", or_absent(current->total)});
  fields.push_back({"settled", or_absent(current->settled)});
  fields.push_back({"clock", current->clock ? FieldValue(to_text(*current->clock)) : FieldValue(NotAvailable{})});
  put_status(fields, data.subspan(current_size - status_size, status_size), bits);
  const auto rest = data.subspan(current_size);
  if (rest.empty()) return {};
  fields.push_back({"rest", Bytes(rest.begin(), rest.end())});
  return WATTLE_FAIL(MeterErrc::data);
}

Error describe_answer(Fields& fields, const Frame& frame, const StatusBits& bits) {
  // Identifier and serial stand where they stand in a request; the payload's length is the answer's own affair.
  Frame as_request{frame.type, frame.address, frame.function(), frame.data};
  if (frame.is_refusal()) {
    if (frame.data.size() != 1 + status_size) return WATTLE_FAIL(MeterErrc::length);
    fields.push_back({"command", std::string(word(static_cast<Command>(frame.function())))});
    fields.push_back({"refused", true});
    fields.push_back({"serial", std::uint64_t{frame.data[0]}});
    put_status(fields, ByteView(frame.data).subspan(1), bits);
    return {};
  }
  if (frame.data.size() < head_size) return WATTLE_FAIL(MeterErrc::length);
  const bool has_payload = frame.function() == static_cast<std::uint8_t>(Command::write_address) ||
                           frame.function() == static_cast<std::uint8_t>(Command::write_total);
  as_request.data.resize(head_size);
  if (has_payload) as_request.data.resize(head_size + (frame.function() == 0x15 ? 7 : 5));
  const auto request = decode_request(as_request);
  if (!request) return request.error();
  put_head(fields, *request);
  fields.push_back({"refused", false});
  const auto data = ByteView(frame.data).subspan(head_size);
  const bool has_status =
      data.size() == status_size && (request->command == Command::write || request->command == Command::write_total);
  if (request->command == Command::read_address) fields.push_back({"own_address", to_text(frame.address)});
  if (request->command == Command::read && request->di == di::current) return put_current(fields, frame.type, data, bits);
  const bool is_key = request->di == di::set_key;
  if (has_status) {
    put_status(fields, data, bits);
  } else if (is_key && !data.empty()) {
    fields.push_back({"key", std::string("hidden")});
  } else if (!data.empty()) {
    put_raw(fields, data);
  }
  return {};
}

struct NamedItem {
  std::uint16_t di;
  const char* name;
};
constexpr NamedItem items[] = {
    {0x901f, "current"},         {0x8102, "price"},         {0x8103, "settlement_day"},
    {0x8104, "reading_day"},     {0x8105, "purchase"},      {0x8106, "key_version"},
    {0x810a, "address"},         {0xa010, "set_price"},     {0xa011, "set_settlement_day"},
    {0xa012, "set_reading_day"}, {0xa013, "set_purchase"},  {0xa014, "set_key"},
    {0xa015, "set_clock"},       {0xa016, "set_total"},     {0xa017, "valve"},
    {0xa018, "set_address"},     {0xa019, "leave_factory"},
};
constexpr std::uint16_t months_back = 12;

}  // namespace

const char* item_word(std::uint16_t di) {
  if (di >= di::last_month && di < di::last_month + months_back) return "month";
  const auto* found = std::find_if(std::begin(items), std::end(items), [&](const NamedItem& i) { return i.di == di; });
  return found == std::end(items) ? "" : found->name;
}

const char* word(Command command) {
  switch (command) {
    case Command::read: return "read";
    case Command::read_address: return "read_address";
    case Command::write: return "write";
    case Command::read_key_version: return "read_key_version";
    case Command::write_address: return "write_address";
    case Command::write_total: return "write_total";
  }
  return "unknown";
}

const char* word(ValveCommand command) {
  switch (command) {
    case ValveCommand::open: return "open";
    case ValveCommand::close: return "close";
    case ValveCommand::free_open: return "free_open";
    case ValveCommand::free_close: return "free_close";
  }
  return "unknown";
}

const char* word(ValveState state) {
  switch (state) {
    case ValveState::open: return "open";
    case ValveState::closed: return "closed";
    case ValveState::fault: return "fault";
    case ValveState::unknown: return "unknown";
  }
  return "unknown";
}

Described describe(const Frame& frame, const StatusBits& bits) {
  Described out;
  out.fields.push_back({"protocol", std::string("CJ/T 188")});
  out.fields.push_back({"from", std::string(frame.is_from_meter() ? "meter" : "master")});
  out.fields.push_back({"type", hex_number(frame.type, 2)});
  out.fields.push_back({"medium", std::string(type_word(frame.type))});
  out.fields.push_back({"address", to_text(frame.address)});
  out.fields.push_back({"control", hex_number(frame.control, 2)});
  out.error = frame.is_from_meter() ? describe_answer(out.fields, frame, bits) : describe_request(out.fields, frame);
  if (!out.error) return out;
  if (out.error == MeterErrc::data) {  // all of it is told
    out.offset = length_at;
    return out;
  }
  // What is not understood of a write, or of its answer, may be a key.
  const bool is_write = frame.function() == static_cast<std::uint8_t>(Command::write);
  out.fields.push_back({"data", is_write ? FieldValue(std::string("hidden")) : FieldValue(frame.data)});
  out.offset = out.error == MeterErrc::wrong_function ? control_at : length_at;
  return out;
}

}  // namespace wattle::cjt188
