#include "cloud/gateway/report.hpp"

#include "cloud/gateway/errors.hpp"

namespace wattle::cloud {
namespace {

constexpr std::uint8_t report_version = 2;
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

CircuitReport read_circuit(Reader& in) {
  CircuitReport out;
  out.circuit = {static_cast<std::uint32_t>(bounded(in, UINT32_MAX))};
  out.room = {static_cast<std::uint32_t>(bounded(in, UINT32_MAX))};
  out.relay = bounded_enum(in, RelayState::closed);
  const auto reason = bounded_enum(in, RelayReason::fire);
  if (reason != RelayReason{}) out.reason = reason;
  out.register_units = {static_cast<std::int64_t>(bounded(in, INT64_MAX))};
  out.live_balance = {in.zigzag()};
  if (read_flag(in)) out.power = Power{in.zigzag()};
  out.mode = bounded_enum(in, ControlMode::forced_off);
  out.warning = bounded_enum(in, Warning::second);
  out.trip = static_cast<std::uint32_t>(bounded(in, UINT32_MAX));
  out.locked = read_flag(in);
  out.control = read_setting(in);
  return out;
}

void write_setting(Writer& out, const SettingReport& setting) {
  out.varint(setting.version);
  out.u8(static_cast<std::uint8_t>((setting.overridden ? setting_overridden : 0) | (setting.good ? 0 : setting_unreadable)));
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
}

}  // namespace

Result<Report> read_report(ByteView bytes) {
  Reader in(bytes);
  if (in.u8() != report_version) return WATTLE_FAIL(GatewayErrc::report);
  Report report;
  const auto circuits = bounded(in, report_circuits_max);
  for (std::uint64_t i = 0; in.ok() && i < circuits; ++i) report.circuits.push_back(read_circuit(in));
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
  return bytes;
}

}  // namespace wattle::cloud
