#include "shared/meter/mbus.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::mbus {
namespace {

constexpr std::uint8_t any_byte = 0xff;
constexpr std::uint8_t any_digit = 0x0f;
constexpr std::uint32_t slowest_baud = 300;
constexpr std::uint8_t slowest_ci = 0xb8;
constexpr unsigned rates = 6;
constexpr std::uint8_t set_primary_record[] = {0x01, 0x7a};  // one byte, bus address

// Where in a full frame its parts stand.

bool is_digit_fit(std::uint8_t asked, std::uint8_t own) { return asked == any_digit || asked == own; }

std::optional<Command> command_of(std::uint8_t control) {
  const auto bare = static_cast<std::uint8_t>(control & ~frame_count_bit);
  switch (static_cast<Command>(bare)) {
    case Command::reset_link: return control == bare ? std::optional(Command::reset_link) : std::nullopt;
    case Command::send:
    case Command::read_alarm:
    case Command::read: return static_cast<Command>(bare);
  }
  return std::nullopt;
}

bool expects_data(Command command) { return command == Command::read; }

bool is_from(const Request& request, std::uint8_t from) {
  return request.address == selected || request.address == everyone || from == request.address;
}

std::variant<Answer, Bad> judge(const Request& request, const Found& found) {
  const auto& frame = found.frame;
  const auto at = [&](std::size_t in_frame) { return found.offset + in_frame; };
  if (frame.kind == FrameKind::acknowledge) {
    if (expects_data(request.command)) return Bad{WATTLE_FAIL(MeterErrc::wrong_function), found.offset};
    return Answer{request.address, false, 0, {}, found.offset};
  }
  if (frame.kind == FrameKind::brief) return Bad{WATTLE_FAIL(MeterErrc::direction), at(1)};
  if (frame.is_from_master()) return Bad{WATTLE_FAIL(MeterErrc::direction), at(control_at)};
  if (!is_from(request, frame.address)) return Bad{WATTLE_FAIL(MeterErrc::wrong_address), at(address_at)};
  if ((frame.control & 0x0f) != response) return Bad{WATTLE_FAIL(MeterErrc::wrong_function), at(control_at)};
  if (frame.ci == ci_error) {
    const auto code = frame.data.empty() ? std::uint8_t{0} : frame.data[0];
    return Bad{make_error_code(application_errc(code)), at(frame.data.empty() ? ci_at : data_at)};
  }
  const bool is_alarm = request.command == Command::read_alarm && frame.ci == ci_alarm;
  if (!expects_data(request.command) && !is_alarm) return Bad{WATTLE_FAIL(MeterErrc::wrong_function), at(ci_at)};
  return Answer{frame.address, true, frame.ci, frame.data, found.offset};
}

}  // namespace

Result<SecondaryAddress> parse_secondary(std::string_view digits) {
  constexpr std::size_t count = 8;
  if (digits.size() != count) return WATTLE_FAIL(MeterErrc::meter_number);
  SecondaryAddress address;
  for (std::size_t i = 0; i < count; ++i) {
    const auto c = digits[count - 1 - i];
    const bool is_any = c == 'F' || c == 'f';
    if (!is_any && (c < '0' || c > '9')) return WATTLE_FAIL(MeterErrc::meter_number);
    const auto nibble = is_any ? any_digit : static_cast<std::uint8_t>(c - '0');
    address.id[i / 2] = static_cast<std::uint8_t>(address.id[i / 2] | nibble << (i % 2 * 4));
  }
  return address;
}

std::string id_text(const SecondaryAddress& address) {
  auto high_first = address.id;
  std::reverse(high_first.begin(), high_first.end());
  auto text = to_hex(high_first);
  for (auto& c : text) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string manufacturer_text(std::uint16_t manufacturer) {
  constexpr unsigned letter_bits = 0x1f, before_a = 64;
  const unsigned packed = manufacturer;
  std::string text;
  for (const unsigned shift : {10u, 5u, 0u}) {
    const auto letter = static_cast<char>((packed >> shift & letter_bits) + before_a);
    text += letter >= 'A' && letter <= 'Z' ? letter : '?';
  }
  return text;
}

bool matches(const SecondaryAddress& asked, const SecondaryAddress& own) {
  for (std::size_t i = 0; i < own.id.size(); ++i) {
    if (!is_digit_fit(asked.id[i] & 0x0f, own.id[i] & 0x0f) || !is_digit_fit(asked.id[i] >> 4, own.id[i] >> 4)) return false;
  }
  for (const unsigned shift : {0u, 8u}) {
    const auto byte = static_cast<std::uint8_t>(asked.manufacturer >> shift);
    if (byte != any_byte && byte != static_cast<std::uint8_t>(own.manufacturer >> shift)) return false;
  }
  return (asked.version == any_byte || asked.version == own.version) &&
         (asked.medium == any_byte || asked.medium == own.medium);
}

const char* medium_word(std::uint8_t medium) {
  switch (medium) {
    case 0x00: return "other";
    case 0x01: return "oil";
    case 0x02: return "electricity";
    case 0x03: return "gas";
    case 0x04: return "heat (outlet)";
    case 0x05: return "steam";
    case 0x06: return "warm water";
    case 0x07: return "water";
    case 0x08: return "heat cost allocator";
    case 0x09: return "compressed air";
    case 0x0a: return "cooling (outlet)";
    case 0x0b: return "cooling (inlet)";
    case 0x0c: return "heat (inlet)";
    case 0x0d: return "heat and cooling";
    case 0x0e: return "bus or system";
    case 0x10: return "irrigation water";
    case 0x14: return "heat value";
    case 0x15: return "hot water";
    case 0x16: return "cold water";
    case 0x17: return "dual water";
    case 0x18: return "pressure";
    case 0x19: return "converter";
    case 0x20: return "breaker";
    case 0x21: return "valve";
    case 0x25: return "display";
    case 0x28: return "waste water";
    default: return "unknown";
  }
}

const char* fixed_medium_word(std::uint8_t medium) {
  switch (medium) {
    case 0x00:
    case 0x01:
    case 0x02:
    case 0x03:
    case 0x05:
    case 0x07:
    case 0x08: return medium_word(medium);
    case 0x04: return "heat";
    case 0x06: return "hot water";
    case 0x0a: return "gas (mode 2)";
    case 0x0b: return "heat (mode 2)";
    case 0x0c: return "hot water (mode 2)";
    case 0x0d: return "water (mode 2)";
    case 0x0e: return "heat cost allocator (mode 2)";
    default: return "unknown";
  }
}

Request reset_link(std::uint8_t address) { return {Command::reset_link, address, false, 0, {}}; }
Request read(std::uint8_t address, bool frame_count) { return {Command::read, address, frame_count, 0, {}}; }
Request read_alarm(std::uint8_t address, bool frame_count) { return {Command::read_alarm, address, frame_count, 0, {}}; }

Request select(const SecondaryAddress& address, bool frame_count) {
  Request request{Command::send, selected, frame_count, ci_select, Bytes(address.id.begin(), address.id.end())};
  Writer out(request.data);
  out.u16(address.manufacturer);
  out.u8(address.version);
  out.u8(address.medium);
  return request;
}

Request reset_application(std::uint8_t address, bool frame_count) {
  return {Command::send, address, frame_count, ci_reset, {}};
}

Request set_primary(std::uint8_t address, std::uint8_t fresh, bool frame_count) {
  WATTLE_CHECK(fresh <= max_primary);
  return {Command::send, address, frame_count, ci_data, {set_primary_record[0], set_primary_record[1], fresh}};
}

std::uint8_t rate_ci(std::uint32_t baud) {
  for (unsigned n = 0; n < rates; ++n) {
    if (baud == slowest_baud << n) return static_cast<std::uint8_t>(slowest_ci + n);
  }
  return 0;
}

std::uint32_t baud_of(std::uint8_t ci) {
  return ci >= slowest_ci && ci < slowest_ci + rates ? slowest_baud << (ci - slowest_ci) : 0;
}

Request change_rate(std::uint8_t address, std::uint32_t baud, bool frame_count) {
  WATTLE_CHECK(rate_ci(baud) != 0);
  return {Command::send, address, frame_count, rate_ci(baud), {}};
}

bool is_valid(const Request& request) {
  const bool carries = request.command == Command::send;
  if (request.command == Command::reset_link && request.frame_count) return false;
  return carries ? request.data.size() <= max_data : request.data.empty() && request.ci == 0;
}

bool is_answered(const Request& request) { return request.address != silent_everyone; }

Bytes encode_request(const Request& request) {
  WATTLE_CHECK(is_valid(request));
  const auto control =
      static_cast<std::uint8_t>(static_cast<std::uint8_t>(request.command) | (request.frame_count ? frame_count_bit : 0));
  if (request.command != Command::send) return encode({FrameKind::brief, control, request.address, 0, {}});
  return encode({FrameKind::full, control, request.address, request.ci, request.data});
}

Result<Request> decode_request(const Frame& frame) {
  if (!frame.is_from_master()) return WATTLE_FAIL(MeterErrc::direction);
  const auto command = command_of(frame.control);
  if (!command) return WATTLE_FAIL(MeterErrc::wrong_function);
  if ((*command == Command::send) != (frame.kind == FrameKind::full)) return WATTLE_FAIL(MeterErrc::length);
  return Request{*command, frame.address, (frame.control & frame_count_bit) != 0, frame.ci, frame.data};
}

Outcome<Answer> decode_answer(const Request& request, ByteView heard, Wire wire) {
  WATTLE_CHECK(is_valid(request));
  std::optional<Bad> foreign;
  std::size_t at = 0;
  for (;;) {
    const auto outcome = find_frame(heard.subspan(at), wire);
    if (const auto* bad = std::get_if<Bad>(&outcome)) return foreign ? *foreign : Bad{bad->error, at + bad->offset};
    if (std::holds_alternative<NeedMore>(outcome)) return NeedMore{};
    auto found = std::get<Found>(outcome);
    found.offset += at;
    at = found.offset + found.size;
    auto judged = judge(request, found);
    if (auto* answer = std::get_if<Answer>(&judged)) return std::move(*answer);
    const auto& bad = std::get<Bad>(judged);
    if (is_refusal(static_cast<MeterErrc>(bad.error.value()))) return bad;
    // An echo is the least of the reasons: what came behind it says more.
    if (!foreign || foreign->error == MeterErrc::direction) foreign = bad;
  }
}

}  // namespace wattle::mbus
