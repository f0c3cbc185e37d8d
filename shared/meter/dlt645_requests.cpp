#include <algorithm>

#include "shared/base/check.hpp"
#include "shared/meter/bcd.hpp"
#include "shared/meter/dlt645.hpp"

namespace wattle::dlt645 {
namespace {

constexpr std::uint32_t slowest_baud = 600;
constexpr unsigned rate_codes = 6;  // 02H is 600 bit/s, and each further bit is twice as fast up to 40H, 19200

std::uint8_t year_code(const LocalTime& time) {
  WATTLE_CHECK(is_valid(time) && time.year >= 2000 && time.year < 2100);
  return to_bcd(static_cast<std::uint8_t>(time.year - 2000));
}

/// ss mm hh DD MM YY
Bytes time_bytes(const LocalTime& time) {
  return {to_bcd(time.second), to_bcd(time.minute), to_bcd(time.hour), to_bcd(time.day), to_bcd(time.month), year_code(time)};
}

}  // namespace

Request read(Edition edition, const Address& address, std::uint32_t di) {
  return {edition, Command::read, address, di, {}, {}};
}

Request read_records(const Address& address, std::uint32_t di, std::uint8_t blocks, const LocalTime* from) {
  Request request{Edition::v2007, Command::read, address, di, {}, {blocks}};
  if (from == nullptr) return request;
  const auto time = time_bytes(*from);
  request.payload.insert(request.payload.end(), time.begin() + 1, time.end());  // mm hh DD MM YY
  return request;
}

Request read_more(const Request& of, std::uint8_t sequence) {
  Request request{of.edition, Command::read_more, of.address, of.di, {}, {}, of.refusals};
  if (of.edition == Edition::v2007) request.payload = {sequence};
  return request;
}

Request needing(Request request, std::size_t bytes) {
  WATTLE_CHECK(bytes <= max_data);
  request.needs = static_cast<std::uint8_t>(bytes);
  return request;
}

Request read_address() { return {Edition::v2007, Command::read_address, wildcard, 0, {}, {}}; }

Request write(Edition edition, const Address& address, std::uint32_t di, const Credentials& by, Bytes data) {
  return {edition, Command::write, address, di, by, std::move(data)};
}

Request write_address(Edition edition, const Address& own) {
  return {edition, Command::write_address, wildcard, 0, {}, Bytes(own.bytes.begin(), own.bytes.end())};
}

Request set_clock(Edition edition, const LocalTime& to) {
  return {edition, Command::set_clock, broadcast, 0, {}, time_bytes(to)};
}

Request freeze(const Address& address, const std::array<std::uint8_t, 4>& minute_hour_day_month) {
  return {Edition::v2007, Command::freeze, address, 0, {}, Bytes(minute_hour_day_month.begin(), minute_hour_day_month.end())};
}
Request freeze_now(const Address& address) { return freeze(address, {any_time, any_time, any_time, any_time}); }

Request change_rate(Edition edition, const Address& address, std::uint8_t code) {
  return {edition, Command::change_rate, address, 0, {}, {code}};
}

Request change_password(Edition edition, const Address& address, std::uint32_t di, const Credentials& old,
                        const std::array<std::uint8_t, 4>& fresh) {
  const Credentials by{old.password, {}};  // no operator's code in this one
  return {edition, Command::change_password,         address, edition == Edition::v2007 ? di : 0,
          by,      Bytes(fresh.begin(), fresh.end())};
}

Request clear_meter(const Address& address, const Credentials& by) {
  return {Edition::v2007, Command::clear_meter, address, 0, by, {}};
}

std::uint8_t rate_code(std::uint32_t baud) {
  for (unsigned bit = 0; bit < rate_codes; ++bit) {
    if (baud == slowest_baud << bit) return static_cast<std::uint8_t>(2u << bit);
  }
  return 0;
}

std::uint32_t baud_of(std::uint8_t code) {
  for (unsigned bit = 0; bit < rate_codes; ++bit) {
    if (code == 2u << bit) return slowest_baud << bit;
  }
  return 0;
}

const char* word(RelayCommand command) {
  switch (command) {
    case RelayCommand::trip: return "trip";
    case RelayCommand::permit_close: return "permit_close";
    case RelayCommand::close: return "close";
    case RelayCommand::trip_then_close: return "trip_then_close";
    case RelayCommand::trip_then_permit: return "trip_then_permit";
    case RelayCommand::alarm: return "alarm";
    case RelayCommand::end_alarm: return "end_alarm";
    case RelayCommand::keep_power: return "keep_power";
    case RelayCommand::end_keep_power: return "end_keep_power";
  }
  return "unknown";
}

Request relay(const Address& address, const Credentials& by, RelayCommand command, const LocalTime& valid_until,
              std::uint8_t parameter) {
  Request request{Edition::v2007, Command::relay, address, 0, by, time_bytes(valid_until)};
  request.payload.insert(request.payload.begin(), {static_cast<std::uint8_t>(command), parameter});
  return request;
}

const char* word(Command command) {
  switch (command) {
    case Command::authenticate: return "authenticate";
    case Command::set_clock: return "set_clock";
    case Command::read: return "read";
    case Command::read_more: return "read_more";
    case Command::read_again: return "read_again";
    case Command::read_address: return "read_address";
    case Command::write: return "write";
    case Command::write_address: return "write_address";
    case Command::freeze: return "freeze";
    case Command::change_rate: return "change_rate";
    case Command::change_password: return "change_password";
    case Command::clear_demand: return "clear_demand";
    case Command::clear_meter: return "clear_meter";
    case Command::clear_events: return "clear_events";
    case Command::relay: return "relay";
    case Command::set_output: return "set_output";
  }
  return "unknown";
}

}  // namespace wattle::dlt645
