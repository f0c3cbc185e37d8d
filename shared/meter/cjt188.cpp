#include "shared/meter/cjt188.hpp"

#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"

namespace wattle::cjt188 {
namespace {

constexpr std::size_t refusal_size = 3;
constexpr std::size_t volume_size = 5;

std::uint8_t high(std::uint16_t v) { return static_cast<std::uint8_t>(v >> 8); }
std::uint8_t low(std::uint16_t v) { return static_cast<std::uint8_t>(v); }

void put_head(Bytes& out, const Request& request) {
  const bool high_first = request.order == DiOrder::high_first;
  out.push_back(high_first ? high(request.di) : low(request.di));
  out.push_back(high_first ? low(request.di) : high(request.di));
  out.push_back(request.serial);
}

bool begins_identifier(std::uint8_t byte) { return byte == 0x90 || byte == 0xd1 || byte == 0x81 || byte == 0xa0; }

bool is_known(std::uint8_t function) {
  switch (static_cast<Command>(function)) {
    case Command::read:
    case Command::read_address:
    case Command::write:
    case Command::read_key_version:
    case Command::write_address:
    case Command::write_total: return true;
  }
  return false;
}

bool fits(Command command, std::size_t payload) {
  switch (command) {
    case Command::read:
    case Command::read_address:
    case Command::read_key_version: return payload == 0;
    case Command::write_address: return payload == Address{}.bytes.size();
    case Command::write_total: return payload == volume_size;
    case Command::write: return payload <= max_write_data - head_size;
  }
  return false;
}

/// A new address may answer for itself already.
bool is_from(const Request& request, const Address& from) {
  if (matches(request.address, from)) return true;
  return request.command == Command::write_address &&
         std::equal(from.bytes.begin(), from.bytes.end(), request.payload.begin(), request.payload.end());
}

std::variant<Answer, Bad> judge(const Request& request, const Found& found) {
  const auto& frame = found.frame;
  const auto at = [&](std::size_t in_frame) { return found.offset + in_frame; };
  if (!frame.is_from_meter()) return Bad{WATTLE_FAIL(MeterErrc::direction), at(control_at)};
  if (!is_from(request, frame.address)) return Bad{WATTLE_FAIL(MeterErrc::wrong_address), at(address_at)};
  if (frame.function() != static_cast<std::uint8_t>(request.command)) {
    return Bad{WATTLE_FAIL(MeterErrc::wrong_function), at(control_at)};
  }
  if (frame.is_refusal()) {
    if (frame.data.size() != refusal_size) return Bad{WATTLE_FAIL(MeterErrc::length), at(length_at)};
    const bool is_ours = frame.data[0] == request.serial;
    return Bad{is_ours ? WATTLE_FAIL(MeterErrc::refused) : WATTLE_FAIL(MeterErrc::sequence), at(data_at)};
  }
  if (frame.data.size() < head_size) return Bad{WATTLE_FAIL(MeterErrc::length), at(length_at)};
  Bytes head;
  put_head(head, request);
  // There are meters that know one order alone, whatever they are asked in. No identifier is another one's mirror image.
  const bool is_same = std::equal(head.begin(), head.begin() + 2, frame.data.begin());
  const bool is_mirrored = head[0] == frame.data[1] && head[1] == frame.data[0];
  if (!is_same && !is_mirrored) return Bad{WATTLE_FAIL(MeterErrc::foreign), at(data_at)};
  if (frame.data[2] != request.serial) return Bad{WATTLE_FAIL(MeterErrc::sequence), at(data_at + 2)};
  return Answer{frame.type, frame.address, Bytes(frame.data.begin() + head_size, frame.data.end()), found.offset};
}

struct UnitByte {
  std::uint8_t code;
  Unit unit;
  int exponent;  // of the unit
};
constexpr UnitByte units[] = {
    {0x2c, Unit::cubic_metre, 0},
    {0x29, Unit::cubic_metre, -3},
    {0x05, Unit::watt_hour, 3},
    {0x02, Unit::watt_hour, 0},
    {0x08, Unit::watt_hour, 6},
    {0x0e, Unit::joule, 6},
    {0x11, Unit::joule, 9},
    {0x17, Unit::watt, 3},
    {0x32, Unit::cubic_metre_per_hour, -3},
    {0x35, Unit::cubic_metre_per_hour, 0},
};
constexpr int decimals = -2;
constexpr std::size_t digit_bytes = 4;

/// ss mm hh DD MM, and the year's two pairs, low first.
Bytes clock_bytes(const LocalTime& time) {
  return {to_bcd(time.second),
          to_bcd(time.minute),
          to_bcd(time.hour),
          to_bcd(time.day),
          to_bcd(time.month),
          to_bcd(static_cast<std::uint8_t>(time.year % 100)),
          to_bcd(static_cast<std::uint8_t>(time.year / 100 % 100))};
}

}  // namespace

std::optional<LocalTime> decode_clock(ByteView seven) {
  if (seven.size() != clock_size) return std::nullopt;
  if (!std::all_of(seven.begin(), seven.end(), is_bcd)) return std::nullopt;
  const LocalTime time{static_cast<std::uint16_t>(from_bcd(seven[6]) * 100 + from_bcd(seven[5])),
                       from_bcd(seven[4]),
                       from_bcd(seven[3]),
                       from_bcd(seven[2]),
                       from_bcd(seven[1]),
                       from_bcd(seven[0])};
  return is_valid(time) ? std::optional(time) : std::nullopt;
}

Request read(std::uint8_t type, const Address& address, std::uint16_t di, std::uint8_t serial, DiOrder order) {
  return {Command::read, type, address, di, serial, {}, order};
}
Request read_address(std::uint8_t type, std::uint8_t serial, DiOrder order) {
  return {Command::read_address, type, wildcard, di::address, serial, {}, order};
}
Request write_address(std::uint8_t type, const Address& asked, const Address& own, std::uint8_t serial, DiOrder order) {
  return {Command::write_address, type, asked, di::set_address, serial, Bytes(own.bytes.begin(), own.bytes.end()), order};
}
Request set_clock(std::uint8_t type, const Address& address, const LocalTime& to, std::uint8_t serial, DiOrder order) {
  WATTLE_CHECK(is_valid(to));
  return {Command::write, type, address, di::set_clock, serial, clock_bytes(to), order};
}
Request move_valve(std::uint8_t type, const Address& address, ValveCommand command, std::uint8_t serial, DiOrder order) {
  return {Command::write, type, address, di::valve, serial, {static_cast<std::uint8_t>(command)}, order};
}

bool is_valid(const Request& request) { return fits(request.command, request.payload.size()); }

Bytes encode_request(const Request& request) {
  WATTLE_CHECK(is_valid(request));
  Frame frame{request.type, request.address, static_cast<std::uint8_t>(request.command), {}};
  put_head(frame.data, request);
  Writer(frame.data).raw(request.payload);
  return encode(frame, master_preamble);
}

Result<Request> decode_request(const Frame& frame) {
  if (frame.is_from_meter()) return WATTLE_FAIL(MeterErrc::direction);
  if (!is_known(frame.control)) return WATTLE_FAIL(MeterErrc::wrong_function);
  const auto command = static_cast<Command>(frame.control);
  if (frame.data.size() < head_size || !fits(command, frame.data.size() - head_size)) return WATTLE_FAIL(MeterErrc::length);
  const bool is_low_first = !begins_identifier(frame.data[0]) && begins_identifier(frame.data[1]);
  const auto first = frame.data[is_low_first ? 1 : 0];
  const auto second = frame.data[is_low_first ? 0 : 1];
  return Request{command,
                 frame.type,
                 frame.address,
                 static_cast<std::uint16_t>(first << 8 | second),
                 frame.data[2],
                 Bytes(frame.data.begin() + head_size, frame.data.end()),
                 is_low_first ? DiOrder::low_first : DiOrder::high_first};
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
    if (bad.error == MeterErrc::refused) return bad;
    // An echo is the least of the reasons: what came behind it says more.
    if (!foreign || foreign->error == MeterErrc::direction) foreign = bad;
  }
}

Bytes encode_answer(const Request& request, std::uint8_t type, const Address& own, ByteView data, std::size_t preambles) {
  WATTLE_CHECK(is_valid(request));
  Frame frame{type, own, static_cast<std::uint8_t>(static_cast<std::uint8_t>(request.command) | from_meter), {}};
  put_head(frame.data, request);
  Writer(frame.data).raw(data);
  return encode(frame, preambles);
}

Bytes encode_refusal(const Request& request, std::uint8_t type, const Address& own, std::uint16_t status,
                     std::size_t preambles) {
  const auto control = static_cast<std::uint8_t>(static_cast<std::uint8_t>(request.command) | from_meter | refusal);
  return encode({type, own, control, {request.serial, low(status), high(status)}}, preambles);
}

std::optional<Measured> volume_in(ByteView five) {
  WATTLE_CHECK(five.size() == volume_size);
  const auto digits = bcd_value(five.first(digit_bytes));
  const auto* unit =
      std::find_if(std::begin(units), std::end(units), [&](const UnitByte& u) { return u.code == five[digit_bytes]; });
  if (!digits || unit == std::end(units)) return std::nullopt;
  return Measured{*digits, unit->exponent + decimals, unit->unit};
}

bool put_volume(Bytes& out, const Measured& cubic_metres) {
  const auto hundredths = scaled(cubic_metres, decimals);
  if (!hundredths || cubic_metres.unit != Unit::cubic_metre || !put_bcd(out, *hundredths, digit_bytes)) return false;
  out.push_back(units[0].code);
  return true;
}

Result<Current> decode_current(ByteView data) {
  if (data.size() < current_size) return WATTLE_FAIL(MeterErrc::length);
  const auto status = data.subspan(current_size - status_size, status_size);
  return Current{volume_in(data.first(volume_size)), volume_in(data.subspan(volume_size, volume_size)),
                 decode_clock(data.subspan(2 * volume_size, clock_size)),
                 static_cast<std::uint16_t>(status[0] | status[1] << 8)};
}

Bytes encode_current(const Current& current) {
  Bytes out;
  for (const auto& volume : {current.total, current.settled}) {
    if (!volume || !put_volume(out, *volume)) out.insert(out.end(), volume_size, 0xff);
  }
  Writer(out).raw(current.clock ? clock_bytes(*current.clock) : Bytes(clock_size, 0xff));
  out.push_back(low(current.status));
  out.push_back(high(current.status));
  return out;
}

ValveState valve_state(std::uint16_t status, const StatusBits& bits) {
  const auto valve = status & bits.valve_mask;
  if (valve == bits.open) return ValveState::open;
  if (valve == bits.closed) return ValveState::closed;
  return valve == bits.fault ? ValveState::fault : ValveState::unknown;
}

}  // namespace wattle::cjt188
