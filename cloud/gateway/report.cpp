#include "cloud/gateway/report.hpp"

#include "cloud/gateway/errors.hpp"

namespace wattle::cloud {
namespace {

constexpr std::uint8_t health_since = 6;
constexpr std::uint8_t charges_and_purses_since = 5;
constexpr std::uint8_t parameters_since = 4;
constexpr std::uint8_t wiring_since = 4;
constexpr std::uint8_t meters_since = 3;
constexpr std::uint8_t oldest_version = 2;      // without all that is of meters
constexpr std::size_t bus_name_bytes_max = 64;  // a box's file may call its buses what it likes
constexpr std::uint64_t heard_ago_max_s = 10ULL * 366 * 86'400;
constexpr unsigned setting_overridden = 1;
constexpr unsigned setting_unreadable = 2;

std::uint64_t bounded(Reader& in, std::uint64_t most) {
  const auto value = in.varint();
  return value <= most ? value : in.fail();
}

template <class Enum>
Enum bounded_enum(Reader& in, Enum most) {
  const auto value = in.u8();
  if (value > static_cast<std::uint8_t>(most)) in.fail();
  return static_cast<Enum>(value);
}

bool read_flag(Reader& in) {
  const auto value = in.u8();
  if (value > 1) in.fail();
  return value == 1;
}

SettingReport read_setting(Reader& in) {
  SettingReport out;
  out.version = in.varint();
  const unsigned flags = in.u8();
  if (flags > (setting_overridden | setting_unreadable)) in.fail();
  out.overridden = (flags & setting_overridden) != 0;
  out.good = (flags & setting_unreadable) == 0;
  return out;
}

std::optional<OrderRefusal> read_refusal(Reader& in) {
  const auto why = bounded_enum(in, LedgerErrc::other_session);
  return why == LedgerErrc{} ? std::nullopt : std::optional(OrderRefusal{in.u32(), why});
}

CircuitReport read_circuit(Reader& in, std::uint8_t version) {
  CircuitReport out;
  out.circuit = {static_cast<std::uint32_t>(bounded(in, UINT32_MAX))};
  out.room = {static_cast<std::uint32_t>(bounded(in, UINT32_MAX))};
  out.relay = bounded_enum(in, RelayState::closed);
  const auto reason = bounded_enum(in, RelayReason::stay_over);
  if (reason != RelayReason{}) out.reason = reason;
  out.register_units = {static_cast<std::int64_t>(bounded(in, INT64_MAX))};
  out.live_balance = {in.zigzag()};
  if (read_flag(in)) out.power = Power{in.zigzag()};
  out.mode = bounded_enum(in, ControlMode::forced_off);
  out.warning = bounded_enum(in, Warning::second);
  out.trip = static_cast<std::uint32_t>(bounded(in, UINT32_MAX));
  out.locked = read_flag(in);
  out.control = read_setting(in);
  if (version < meters_since) return out;
  out.held = read_flag(in);
  out.plan = read_setting(in);
  out.meter = read_setting(in);
  const auto why = bounded_enum(in, LedgerErrc::other_session);
  if (why != LedgerErrc{}) out.meter_refused = why;
  out.rollover = read_setting(in);
  if (version < parameters_since) return out;
  out.parameters = read_setting(in);
  out.told = read_parameters_told(in);
  out.clock = read_clock_told(in);
  if (version < charges_and_purses_since) return out;
  out.accept = read_setting(in);
  out.accept_refused = read_refusal(in);
  out.correction = read_setting(in);
  out.correction_refused = read_refusal(in);
  out.held_after = {in.zigzag()};
  out.held_shown = {in.zigzag()};
  out.purse = read_setting(in);
  out.purse_told = decode_purse_told(in.blob(purse_told_bytes_max));  // of an odd one the rest of the report stands
  return out;
}

template <class Told>
void read_state(Reader& in, Told& out) {
  out.setting = read_setting(in);
  out.source = bounded_enum(in, WiringSource::stream);
  out.state = bounded_enum(in, WiringState::refused);
  out.fault = bounded_enum(in, wiring_fault_last);
  if (out.source == WiringSource{} || out.state == WiringState{}) in.fail();
}

BusReport read_bus(Reader& in, std::uint8_t version) {
  BusReport out;
  const auto name = in.blob(bus_name_bytes_max);
  out.name.assign(name.begin(), name.end());
  read_state(in, out);
  if (version >= health_since) out.faults = read_line_faults(in);
  return out;
}

MeterReport read_meter(Reader& in, std::uint8_t version) {
  MeterReport out;
  out.number = {in.varint()};
  const auto bus = in.blob(bus_name_bytes_max);
  out.bus.assign(bus.begin(), bus.end());
  out.address = in.varint();
  read_state(in, out);
  if (read_flag(in)) out.heard_ago = seconds(static_cast<std::int64_t>(bounded(in, heard_ago_max_s)));
  if (version >= health_since) out.health = read_meter_health(in);
  return out;
}

void write_setting(Writer& out, const SettingReport& setting) {
  out.varint(setting.version);
  out.u8(static_cast<std::uint8_t>((setting.overridden ? setting_overridden : 0) | (setting.good ? 0 : setting_unreadable)));
}

void write_refusal(Writer& out, const std::optional<OrderRefusal>& refused) {
  out.u8(refused ? static_cast<std::uint8_t>(refused->why) : std::uint8_t{0});
  if (refused) out.u32(refused->order);
}

void write_circuit(Writer& out, const CircuitReport& one) {
  out.varint(one.circuit.value);
  out.varint(one.room.value);
  out.u8(static_cast<std::uint8_t>(one.relay));
  out.u8(one.reason ? static_cast<std::uint8_t>(*one.reason) : std::uint8_t{0});
  out.varint(static_cast<std::uint64_t>(one.register_units.units));
  out.zigzag(one.live_balance.micros);
  out.u8(one.power ? 1 : 0);
  if (one.power) out.zigzag(one.power->watts);
  out.u8(static_cast<std::uint8_t>(one.mode));
  out.u8(static_cast<std::uint8_t>(one.warning));
  out.varint(one.trip);
  out.u8(one.locked ? 1 : 0);
  write_setting(out, one.control);
  out.u8(one.held ? 1 : 0);
  write_setting(out, one.plan);
  write_setting(out, one.meter);
  out.u8(one.meter_refused ? static_cast<std::uint8_t>(*one.meter_refused) : std::uint8_t{0});
  write_setting(out, one.rollover);
  write_setting(out, one.parameters);
  write(out, one.told);
  write(out, one.clock);
  write_setting(out, one.accept);
  write_refusal(out, one.accept_refused);
  write_setting(out, one.correction);
  write_refusal(out, one.correction_refused);
  out.zigzag(one.held_after.units);
  out.zigzag(one.held_shown.units);
  write_setting(out, one.purse);
  out.blob(one.purse_told ? encode(*one.purse_told) : Bytes{});
}

template <class Told>
void write_state(Writer& out, const Told& told) {
  write_setting(out, told.setting);
  out.u8(static_cast<std::uint8_t>(told.source));
  out.u8(static_cast<std::uint8_t>(told.state));
  out.u8(static_cast<std::uint8_t>(told.fault));
}

void write_wiring(Writer& out, const Report& report) {
  out.varint(report.buses.size());
  for (const auto& bus : report.buses) {
    out.blob(view(bus.name));
    write_state(out, bus);
    write(out, bus.faults.value_or(LineFaultsTold{}));
  }
  out.varint(report.meters.size());
  for (const auto& meter : report.meters) {
    out.varint(meter.number.value);
    out.blob(view(meter.bus));
    out.varint(meter.address);
    write_state(out, meter);
    out.u8(meter.heard_ago ? 1 : 0);
    if (meter.heard_ago) out.varint(static_cast<std::uint64_t>(meter.heard_ago->micros / seconds(1).micros));
    write(out, meter.health.value_or(MeterHealth{}));
  }
}

void read_wiring(Reader& in, Report& report) {
  const auto buses = bounded(in, report_buses_max);
  for (std::uint64_t i = 0; in.ok() && i < buses; ++i) report.buses.push_back(read_bus(in, report.version));
  const auto meters = bounded(in, report_meters_max);
  for (std::uint64_t i = 0; in.ok() && i < meters; ++i) report.meters.push_back(read_meter(in, report.version));
  if (report.version >= health_since) report.pace = decode_pace(in.blob(pace_bytes_max));  // of an odd one the rest stands
}

}  // namespace

Result<Report> read_report(ByteView bytes) {
  Reader in(bytes);
  const auto version = in.u8();
  if (version < oldest_version || version > report_version) return WATTLE_FAIL(GatewayErrc::report);
  Report report;
  report.version = version;
  const auto circuits = bounded(in, report_circuits_max);
  for (std::uint64_t i = 0; in.ok() && i < circuits; ++i) report.circuits.push_back(read_circuit(in, version));
  const auto settings = bounded(in, report_settings_max);
  for (std::uint64_t i = 0; in.ok() && i < settings; ++i) {
    const auto key = in.blob(setting_key_bytes_max);
    report.settings.emplace_back(std::string(key.begin(), key.end()), read_setting(in));
  }
  const auto rows = bounded(in, report_rows_max);
  for (std::uint64_t i = 0; in.ok() && i < rows; ++i) {
    auto row = decode_relay_row(in.blob(relay_row_bytes_max));
    if (!row) return WATTLE_FAIL(GatewayErrc::report);
    report.rows.push_back(std::move(*row));
  }
  if (version >= wiring_since) read_wiring(in, report);
  if (!in.finished()) return WATTLE_FAIL(GatewayErrc::report);
  return report;
}

Bytes write_report(const Report& report) {
  Bytes bytes;
  Writer out(bytes);
  out.u8(report_version);
  out.varint(report.circuits.size());
  for (const auto& one : report.circuits) write_circuit(out, one);
  out.varint(report.settings.size());
  for (const auto& [key, setting] : report.settings) {
    out.blob(view(key));
    write_setting(out, setting);
  }
  out.varint(report.rows.size());
  for (const auto& row : report.rows) out.blob(encode(row));
  write_wiring(out, report);
  out.blob(report.pace ? encode(*report.pace) : Bytes{});
  return bytes;
}

}  // namespace wattle::cloud
