#include "shared/meter/mbus_data.hpp"

namespace wattle::mbus {
namespace {

std::string hex_byte(std::uint8_t byte) {
  auto text = to_hex(ByteView(&byte, 1));
  for (auto& c : text) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

const char* word(Command command) {
  switch (command) {
    case Command::reset_link: return "reset_link";
    case Command::send: return "send";
    case Command::read_alarm: return "read_alarm";
    case Command::read: return "read";
  }
  return "unknown";
}

const char* word(RecordFunction function) {
  switch (function) {
    case RecordFunction::instantaneous: return "";
    case RecordFunction::maximum: return ".maximum";
    case RecordFunction::minimum: return ".minimum";
    case RecordFunction::at_error: return ".at_error";
  }
  return "";
}

const char* application_word(std::uint8_t code) {
  constexpr const char* words[] = {"unspecified",       "unknown CI field",  "buffer too long",
                                   "too many records",  "record breaks off", "more than 10 DIFE",
                                   "more than 10 VIFE", "reserved",          "busy",
                                   "too many readouts"};
  return code < std::size(words) ? words[code] : "unknown";
}

void put_secondary(Fields& fields, const SecondaryAddress& address) {
  fields.push_back({"id", id_text(address)});
  fields.push_back({"manufacturer", manufacturer_text(address.manufacturer)});
  fields.push_back({"version", std::uint64_t{address.version}});
  fields.push_back({"medium", std::string(medium_word(address.medium))});
}

void put_status(Fields& fields, std::uint8_t status) {
  fields.push_back({"status", std::uint64_t{status}});
  fields.push_back({"busy", (status & 3) == 1});
  fields.push_back({"application_error", (status & 3) == 2});
  fields.push_back({"power_low", (status & 4) != 0});
  fields.push_back({"permanent_error", (status & 8) != 0});
  fields.push_back({"temporary_error", (status & 16) != 0});
}

/// "record_1.volume", and behind that what tells it from another record of the same quantity.
std::string record_name(const Record& record, std::size_t n) {
  auto name = "record_" + std::to_string(n + 1) + '.' + record.name + word(record.function);
  if (record.storage != 0) name += ".storage_" + std::to_string(record.storage);
  if (record.tariff != 0) name += ".tariff_" + std::to_string(record.tariff);
  if (record.subunit != 0) name += ".subunit_" + std::to_string(record.subunit);
  return name;
}

bool is_password(const Record& record) { return record.name.starts_with("password"); }

/// Records that a master sends have no header.
bool carries_password(ByteView records) {
  constexpr std::uint8_t table_fd = 0xfd, password = 0x16;
  for (std::size_t at = 0; at + 1 < records.size(); ++at)
    if (records[at] == table_fd && (records[at + 1] & 0x7f) == password) return true;
  return false;
}

void describe_variable(Described& out, const Frame& frame) {
  const auto data = decode_variable(frame.data);
  if (!data) {
    out.error = data.error();
    out.offset = data_at + frame.data.size();
    return;
  }
  put_secondary(out.fields, data->header.own);
  out.fields.push_back({"access", std::uint64_t{data->header.access}});
  put_status(out.fields, data->header.status);
  out.fields.push_back({"signature", std::uint64_t{data->header.signature}});
  if (data->encryption != 0) {
    out.fields.push_back({"encrypted", true});
    out.fields.push_back({"encryption_mode", std::uint64_t{data->encryption}});
    out.fields.push_back({"data", Bytes(frame.data.begin() + header_size, frame.data.end())});
  }
  for (std::size_t n = 0; n < data->records.size(); ++n) {
    const auto& record = data->records[n];
    out.fields.push_back({record_name(record, n), is_password(record) ? FieldValue(std::string("hidden")) : record.value});
  }
  if (!data->maker.empty()) out.fields.push_back({"maker", data->maker});
  out.fields.push_back({"more_follows", data->more});
  out.error = data->error;
  out.offset = data->error ? data_at + data->offset : 0;
}

void describe_fixed(Described& out, const Frame& frame) {
  const auto data = decode_fixed(frame.data);
  if (!data) {
    out.error = data.error();
    out.offset = data_at + frame.data.size();
    return;
  }
  out.fields.push_back({"id", id_text(data->own)});
  out.fields.push_back({"medium", std::string(fixed_medium_word(data->medium))});
  out.fields.push_back({"access", std::uint64_t{data->access}});
  out.fields.push_back({"status", std::uint64_t{data->status}});
  for (std::size_t i = 0; i < 2; ++i) {
    const auto name = "counter_" + std::to_string(i + 1);
    out.fields.push_back({name, data->counters[i] ? FieldValue(*data->counters[i]) : FieldValue(NotAvailable{})});
    out.fields.push_back({name + "_unit_code", std::uint64_t{data->units[i]}});
  }
}

void describe_answer(Described& out, const Frame& frame) {
  if ((frame.control & 0x0f) != response || frame.kind != FrameKind::full) {
    out.error = WATTLE_FAIL(MeterErrc::wrong_function);
    out.offset = frame.kind == FrameKind::full ? control_at : 1;
    return;
  }
  if (frame.ci == ci_variable) return describe_variable(out, frame);
  if (frame.ci == ci_fixed) return describe_fixed(out, frame);
  if (frame.ci == ci_error) {
    const auto code = frame.data.empty() ? std::uint8_t{0} : frame.data[0];
    out.fields.push_back({"application_error", std::uint64_t{code}});
    out.fields.push_back({"reason", std::string(application_word(code))});
    // What it says of the question; code 0 says nothing of it, and is a sound telegram.
    if (code == 0) return;
    out.error = make_error_code(application_errc(code));
    out.offset = data_at;
    return;
  }
  out.fields.push_back({"data", carries_password(frame.data) ? FieldValue(std::string("hidden")) : FieldValue(frame.data)});
  out.fields.push_back({"understood", false});
}

void describe_request(Described& out, const Frame& frame) {
  const auto request = decode_request(frame);
  if (!request) {
    out.error = request.error();
    out.offset = frame.kind == FrameKind::full ? control_at : 1;
    return;
  }
  out.fields.push_back({"command", std::string(word(request->command))});
  out.fields.push_back({"frame_count_bit", request->frame_count});
  if (request->command != Command::send) return;
  if (baud_of(request->ci) != 0) out.fields.push_back({"baud", std::uint64_t{baud_of(request->ci)}});
  constexpr std::size_t secondary_size = 8;
  if (request->ci == ci_select && request->data.size() == secondary_size) {
    Reader in(request->data);
    SecondaryAddress asked;
    for (auto& pair : asked.id) pair = in.u8();
    asked.manufacturer = in.u16();
    asked.version = in.u8();
    asked.medium = in.u8();
    put_secondary(out.fields, asked);
  } else if (!request->data.empty()) {
    if (carries_password(request->data)) out.fields.push_back({"password", std::string("hidden")});
    if (!carries_password(request->data)) out.fields.push_back({"data", request->data});
  }
}

}  // namespace

Described describe(const Frame& frame) {
  Described out;
  out.fields.push_back({"protocol", std::string("M-Bus")});
  if (frame.kind == FrameKind::acknowledge) {
    out.fields.push_back({"frame", std::string("acknowledge")});
    return out;
  }
  out.fields.push_back({"frame", std::string(frame.kind == FrameKind::full ? "long" : "short")});
  out.fields.push_back({"from", std::string(frame.is_from_master() ? "master" : "meter")});
  out.fields.push_back({"control", hex_byte(frame.control)});
  out.fields.push_back({"address", std::uint64_t{frame.address}});
  if (frame.kind == FrameKind::full) out.fields.push_back({"ci", hex_byte(frame.ci)});
  if (frame.is_from_master()) {
    describe_request(out, frame);
  } else {
    describe_answer(out, frame);
  }
  return out;
}

}  // namespace wattle::mbus
