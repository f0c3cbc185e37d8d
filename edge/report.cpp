#include "edge/report.hpp"

#include <algorithm>

namespace wattle::edge {
namespace {

constexpr std::uint8_t report_version = 2;
constexpr std::uint8_t relay_unknown = 0;
constexpr std::uint8_t relay_open = 1;
constexpr std::uint8_t relay_is_closed = 2;
constexpr unsigned setting_overridden = 1;
constexpr unsigned setting_unreadable = 2;

void write(Writer& out, const SettingReport& setting) {
  out.varint(setting.version);
  out.u8(static_cast<std::uint8_t>((setting.overridden ? setting_overridden : 0) | (setting.good ? 0 : setting_unreadable)));
}

void write(Writer& out, const CircuitReport& circuit) {
  const auto& view = circuit.view;
  out.varint(circuit.circuit.value);
  out.varint(circuit.room.value);
  out.u8(!circuit.relay_closed ? relay_unknown : *circuit.relay_closed ? relay_is_closed : relay_open);
  out.u8(view.decided ? static_cast<std::uint8_t>(view.decided->reason) : std::uint8_t{0});
  out.varint(static_cast<std::uint64_t>(circuit.reading.units));
  out.zigzag(circuit.live.micros);
  out.u8(circuit.power ? 1 : 0);
  if (circuit.power) out.zigzag(circuit.power->watts);
  out.u8(static_cast<std::uint8_t>(view.mode));
  out.u8(static_cast<std::uint8_t>(view.warning));
  out.varint(view.trip);
  out.u8(view.locked ? 1 : 0);
  write(out, circuit.control);
}

}  // namespace

Bytes encode_report(const Report& report) {
  Bytes bytes;
  Writer out(bytes);
  out.u8(report_version);
  const auto circuits = std::min(report.circuits.size(), report_circuits_max);
  out.varint(circuits);
  for (std::size_t i = 0; i < circuits; ++i) write(out, report.circuits[i]);
  const auto settings = std::min(report.settings.size(), report_settings_max);
  out.varint(settings);
  for (std::size_t i = 0; i < settings; ++i) {
    out.blob(view(report.settings[i].first));
    write(out, report.settings[i].second);
  }
  const auto rows = std::min(report.rows.size(), report_rows_max);
  out.varint(rows);
  for (std::size_t i = report.rows.size() - rows; i < report.rows.size(); ++i) out.blob(encode(report.rows[i]));
  return bytes;
}

SettingReport setting_report(const SettingsBook& book, const std::string& key) {
  const auto at = book.applied().find(key);
  if (at == book.applied().end()) return {};
  return {at->second.version, at->second.overridden, at->second.good};
}

std::vector<std::pair<std::string, SettingReport>> site_settings(const SettingsBook& book) {
  std::vector<std::pair<std::string, SettingReport>> settings;
  for (const auto& [key, applied] : book.applied()) {
    const auto parsed = parse_register_key(key);
    const bool of_a_circuit = parsed && (parsed->kind == RegisterKind::control || parsed->kind == RegisterKind::clear);
    if (!of_a_circuit) settings.emplace_back(key, setting_report(book, key));
  }
  return settings;
}

}  // namespace wattle::edge
