#include "edge/report.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace wattle::edge {
namespace {

constexpr std::uint8_t report_version = 6;
constexpr std::size_t report_heads = 16 + pace_bytes_max;  // the version, how long each list is, and the pace
constexpr std::uint8_t relay_unknown = 0;
constexpr std::uint8_t relay_open = 1;
constexpr std::uint8_t relay_is_closed = 2;
constexpr unsigned setting_overridden = 1;
constexpr unsigned setting_unreadable = 2;

void write(Writer& out, const SettingReport& setting) {
  out.varint(setting.version);
  out.u8(static_cast<std::uint8_t>((setting.overridden ? setting_overridden : 0) | (setting.good ? 0 : setting_unreadable)));
}

void write(Writer& out, const std::optional<OrderRefusal>& refused) {
  out.u8(refused ? static_cast<std::uint8_t>(refused->why) : std::uint8_t{0});
  if (refused) out.u32(refused->order);
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
  out.u8(view.held ? 1 : 0);
  write(out, circuit.plan);
  write(out, circuit.meter);
  out.u8(circuit.meter_refused ? static_cast<std::uint8_t>(*circuit.meter_refused) : std::uint8_t{0});
  write(out, circuit.rollover);
  write(out, circuit.parameters);
  wattle::write(out, circuit.told);
  wattle::write(out, circuit.clock);
  write(out, circuit.accept);
  write(out, view.accept_refused);
  write(out, circuit.correction);
  write(out, view.correction_refused);
  out.zigzag(view.held_after.units);
  out.zigzag(view.held_shown.units);
  write(out, circuit.purse);
  out.blob(circuit.purse_told ? encode(*circuit.purse_told) : Bytes{});
}

void write(Writer& out, WiringSource source, WiringState state, WiringFault fault) {
  out.u8(static_cast<std::uint8_t>(source));
  out.u8(static_cast<std::uint8_t>(state));
  out.u8(static_cast<std::uint8_t>(fault));
}

/// A file may call a bus what it likes. No character of UTF-8 is cut in two: the cloud shows the name as JSON.
void write_name(Writer& out, const std::string& name) {
  auto size = std::min(name.size(), report_name_max);
  const auto goes_on = [&] { return size < name.size() && (static_cast<unsigned char>(name[size]) & 0xC0U) == 0x80U; };
  while (size > 0 && goes_on()) --size;
  out.blob(view(std::string_view(name).substr(0, size)));
}

void write(Writer& out, const BusReport& bus) {
  write_name(out, bus.name);
  write(out, bus.setting);
  write(out, bus.source, bus.state, bus.fault);
  wattle::write(out, bus.faults);
}

void write(Writer& out, const MeterReport& meter) {
  out.varint(meter.number.value);
  write_name(out, meter.bus);
  out.varint(meter.address);
  write(out, meter.setting);
  write(out, meter.source, meter.state, meter.fault);
  out.u8(meter.heard_ago ? 1 : 0);
  if (meter.heard_ago) out.varint(static_cast<std::uint64_t>(meter.heard_ago->micros / seconds(1).micros));
  wattle::write(out, meter.health);
}

void write(Writer& out, const std::pair<std::string, SettingReport>& setting) {
  out.blob(view(setting.first));
  write(out, setting.second);
}

void write(Writer& out, const RelayRow& row) { out.blob(encode(row)); }

struct Listed {
  Bytes bytes;
  bool is_whole = false;
};

/// The first ones of a list, as many as the bytes that are left take.
template <class List>
Listed list_of(const List& list, std::size_t most, std::size_t& left) {
  Bytes items;
  std::size_t count = 0;
  for (const auto& item : list) {
    Bytes bytes;
    Writer one(bytes);
    write(one, item);
    if (count == most || bytes.size() > left) break;
    left -= bytes.size();
    ++count;
    items.insert(items.end(), bytes.begin(), bytes.end());
  }
  Bytes out;
  Writer writer(out);
  writer.varint(count);
  writer.raw(items);
  return {std::move(out), count == list.size()};
}

/// Of each circuit all but what is long, and what nobody misses so soon.
std::vector<CircuitReport> shortened(std::vector<CircuitReport> circuits, bool tables_only) {
  for (auto& circuit : circuits) {
    if (!tables_only) circuit.told.clear();
    for (auto& [parameter, told] : circuit.told)
      if (is_table(info(parameter).kind)) told.in_meter.reset();
  }
  return circuits;
}

struct ListedMeters {
  Listed circuits;
  Listed meters;
};
ListedMeters meters_of(const std::vector<CircuitReport>& circuits, const Report& report, std::size_t left) {
  ListedMeters out;
  out.circuits = list_of(circuits, report_circuits_max, left);
  out.meters = list_of(report.meters, report_meters_max, left);
  return out;
}

/// Before a circuit or a meter is left out the tables that are in meters are, and before a circuit all that they were told.
ListedMeters meters_of(const Report& report, std::size_t left) {
  auto all = meters_of(report.circuits, report, left);
  if (all.circuits.is_whole && all.meters.is_whole) return all;
  all = meters_of(shortened(report.circuits, true), report, left);
  if (all.circuits.is_whole) return all;
  return meters_of(shortened(report.circuits, false), report, left);
}

/// What is wired has lists of its own.
bool is_of_neither(const std::string& key) {
  const auto parsed = parse_register_key(key);
  return !circuit_of_register(key) && !(parsed && is_wiring(parsed->kind));
}

}  // namespace

/// What is short comes first to the bytes that there are.
Bytes encode_report(const Report& report) {
  auto left = report_bytes_max - report_heads;
  const auto all = std::span(report.rows);
  const auto settings = list_of(report.settings, report_settings_max, left);
  const auto rows = list_of(all, report_rows_max, left);
  const auto buses = list_of(report.buses, report_buses_max, left);
  const auto of_meters = meters_of(report, left);
  Bytes bytes;
  Writer out(bytes);
  out.u8(report_version);
  for (const auto* list : {&of_meters.circuits, &settings, &rows, &buses, &of_meters.meters}) out.raw(list->bytes);
  out.blob(encode(report.pace));
  return bytes;
}

SettingReport setting_report(const SettingsBook& book, const std::string& key) {
  const auto at = book.applied().find(key);
  if (at == book.applied().end()) return {};
  return {at->second.version, at->second.overridden, at->second.good};
}

std::vector<std::pair<std::string, SettingReport>> site_settings(const SettingsBook& book) {
  std::vector<std::pair<std::string, SettingReport>> settings;
  for (const auto& [key, applied] : book.applied())
    if (is_of_neither(key)) settings.emplace_back(key, setting_report(book, key));
  return settings;
}

}  // namespace wattle::edge
