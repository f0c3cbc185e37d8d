#include "shared/policy/wiring.hpp"

#include <algorithm>
#include <charconv>

namespace wattle {
namespace {

constexpr std::uint8_t version = 1;        // the first byte of each, but
constexpr std::uint8_t version_rs485 = 2;  // of a bus whose line the kernel turns around; any other is written as before
constexpr std::uint8_t taken_out = 0;
constexpr std::uint8_t is_there = 1;
constexpr std::uint32_t baud_min = 300;
constexpr std::uint32_t baud_max = 115'200;
constexpr std::size_t wiring_bytes_max = 1024;

std::optional<std::uint64_t> parse_number(std::string_view text, std::uint64_t most) {
  std::uint64_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end || number == 0 || number > most || text.front() == '0') return std::nullopt;
  return number;
}

/// The slot and what stands behind it.
std::optional<std::pair<EdgeId, std::string_view>> split(std::string_view key, std::string_view prefix) {
  if (!key.starts_with(prefix)) return std::nullopt;
  key.remove_prefix(prefix.size());
  const auto slash = key.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto slot = parse_number(key.substr(0, slash), UINT32_MAX);
  if (!slot) return std::nullopt;
  return std::pair{EdgeId{static_cast<std::uint32_t>(*slot)}, key.substr(slash + 1)};
}

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

bool is_collector(PortKind kind) { return kind == PortKind::collector || kind == PortKind::modbus_collector; }

/// The rest is for whoever opens it to say.
bool is_port(PortKind kind, const std::string& port) {
  if (port.size() > port_bytes_max) return false;
  switch (kind) {
    case PortKind::serial: return port.starts_with("/dev/") && port.find("..") == std::string::npos && is_printable(port);
    case PortKind::tcp:
    case PortKind::modbus_tcp: return port.find(':') != std::string::npos && is_printable(port);
    case PortKind::collector:
    case PortKind::modbus_collector: return port.size() >= registration_bytes_min && port.size() <= heartbeat_bytes_max;
  }
  return false;
}

bool is_line(const LineFormat& line) {
  return line.baud >= baud_min && line.baud <= baud_max && line.parity <= Parity::odd && line.stop_bits >= 1 &&
         line.stop_bits <= 2;
}

std::uint64_t bounded(Reader& in, std::uint64_t most) {
  const auto value = in.varint();
  return value <= most ? value : in.fail();
}

std::string read_text(Reader& in, std::size_t most) {
  const auto text = in.blob(most);
  return {text.begin(), text.end()};
}

Rs485 read_rs485(Reader& in) {
  Rs485 rs485;
  const auto high = in.u8();
  if (high > 1) in.fail();
  rs485.high_while_sending = high == 1;
  rs485.before_ms = static_cast<std::uint32_t>(bounded(in, rs485_delay_max_ms));
  rs485.after_ms = static_cast<std::uint32_t>(bounded(in, rs485_delay_max_ms));
  return rs485;
}

BusSetting read_bus(Reader& in, std::uint8_t as) {
  BusSetting bus;
  bus.kind = static_cast<PortKind>(in.u8());
  bus.port = read_text(in, port_bytes_max);
  bus.heartbeat = read_text(in, heartbeat_bytes_max);
  if (const auto baud = bounded(in, baud_max); baud != 0) {
    const auto parity = static_cast<Parity>(in.u8());
    bus.line = LineFormat{static_cast<std::uint32_t>(baud), parity, in.u8()};
  }
  bus.latency_ms = static_cast<std::uint32_t>(bounded(in, bus_latency_max));
  if (as == version_rs485) bus.rs485 = read_rs485(in);
  return bus;
}

PlaceSetting read_place(Reader& in, std::uint8_t) {
  PlaceSetting place;
  place.bus = read_text(in, bus_name_max);
  place.address = bounded(in, wired_number_max);
  place.profile = read_text(in, profile_name_max);
  const auto circuits = bounded(in, wired_circuits_max);
  for (std::uint64_t i = 0; in.ok() && i < circuits; ++i) {
    const CircuitId circuit{static_cast<std::uint32_t>(bounded(in, UINT32_MAX))};
    place.circuits.push_back({circuit, {static_cast<std::uint32_t>(bounded(in, UINT32_MAX))}});
  }
  const auto sealed = in.blob(sealed_password_bytes);
  if (!sealed.empty()) place.password = SealedPassword{Bytes(sealed.begin(), sealed.end()), {in.i64()}};
  return place;
}

/// Both kinds of register begin alike.
template <class Setting, class Body>
std::optional<std::variant<TakenOut, Setting>> read_register(ByteView bytes, std::uint8_t newest, Body&& body) {
  if (bytes.size() > wiring_bytes_max) return std::nullopt;
  Reader in(bytes);
  const auto as = in.u8();
  if (as < version || as > newest) return std::nullopt;
  const auto form = in.u8();
  if (form == taken_out && as == version && in.finished()) return TakenOut{};
  if (form != is_there) return std::nullopt;
  Setting setting = body(in, as);
  if (!in.finished() || !is_valid(setting)) return std::nullopt;
  return setting;
}

}  // namespace

bool is_bus_name(std::string_view name) {
  const auto is_its = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= bus_name_max && std::all_of(name.begin(), name.end(), is_its);
}

std::string bus_key(EdgeId slot, std::string_view name) {
  return std::string(bus_prefix) + std::to_string(slot.value) + '/' + std::string(name);
}

std::string place_key(EdgeId slot, MeterId number) {
  return std::string(place_prefix) + std::to_string(slot.value) + '/' + std::to_string(number.value);
}

std::optional<BusKey> parse_bus_key(std::string_view key) {
  const auto parts = split(key, bus_prefix);
  if (!parts || !is_bus_name(parts->second)) return std::nullopt;
  return BusKey{parts->first, std::string(parts->second)};
}

std::optional<PlaceKey> parse_place_key(std::string_view key) {
  const auto parts = split(key, place_prefix);
  const auto number = parts ? parse_number(parts->second, wired_number_max) : std::nullopt;
  if (!number) return std::nullopt;
  return PlaceKey{parts->first, {*number}};
}

bool is_valid(const BusSetting& bus) {
  const bool beats =
      is_collector(bus.kind) ? bus.heartbeat.size() != 1 && bus.heartbeat.size() <= heartbeat_bytes_max : bus.heartbeat.empty();
  const bool turns = !bus.rs485 || (bus.kind == PortKind::serial && bus.rs485->before_ms <= rs485_delay_max_ms &&
                                    bus.rs485->after_ms <= rs485_delay_max_ms);
  return is_port(bus.kind, bus.port) && beats && turns && (!bus.line || is_line(*bus.line)) &&
         bus.latency_ms <= bus_latency_max;
}

bool is_valid(const PlaceSetting& place) {
  const auto& all = place.circuits;
  if (!is_bus_name(place.bus) || place.address > wired_number_max || place.profile.empty() ||
      place.profile.size() > profile_name_max || !is_printable(place.profile) || place.profile.find('/') != std::string::npos ||
      all.empty() || all.size() > wired_circuits_max)
    return false;
  for (auto at = all.begin(); at != all.end(); ++at) {
    const auto is_same = [&](const WiredCircuit& other) { return other.circuit == at->circuit; };
    const bool is_nobodys = at->room.value == 0;
    // A meter is a room's or it is not: what only one of its circuits says would be charged, and the other lost.
    if (at->circuit.value == 0 || is_nobodys != (all.front().room.value == 0) || std::any_of(all.begin(), at, is_same))
      return false;
  }
  return !place.password || place.password->sealed.size() == sealed_password_bytes;
}

Bytes encode(const BusRegister& bus) {
  const auto* setting = std::get_if<BusSetting>(&bus);
  Bytes bytes{setting != nullptr && setting->rs485 ? version_rs485 : version};
  Writer out(bytes);
  out.u8(setting == nullptr ? taken_out : is_there);
  if (setting == nullptr) return bytes;
  out.u8(static_cast<std::uint8_t>(setting->kind));
  out.blob(view(setting->port));
  out.blob(view(setting->heartbeat));
  out.varint(setting->line ? setting->line->baud : 0);
  if (setting->line) {
    out.u8(static_cast<std::uint8_t>(setting->line->parity));
    out.u8(setting->line->stop_bits);
  }
  out.varint(setting->latency_ms);
  if (!setting->rs485) return bytes;
  out.u8(setting->rs485->high_while_sending ? 1 : 0);
  out.varint(setting->rs485->before_ms);
  out.varint(setting->rs485->after_ms);
  return bytes;
}

Bytes encode(const PlaceRegister& place) {
  Bytes bytes{version};
  Writer out(bytes);
  const auto* setting = std::get_if<PlaceSetting>(&place);
  out.u8(setting == nullptr ? taken_out : is_there);
  if (setting == nullptr) return bytes;
  out.blob(view(setting->bus));
  out.varint(setting->address);
  out.blob(view(setting->profile));
  out.varint(setting->circuits.size());
  for (const auto& circuit : setting->circuits) {
    out.varint(circuit.circuit.value);
    out.varint(circuit.room.value);
  }
  out.blob(setting->password ? ByteView(setting->password->sealed) : ByteView{});
  if (setting->password) out.i64(setting->password->set.micros);
  return bytes;
}

std::optional<BusRegister> decode_bus(ByteView bytes) { return read_register<BusSetting>(bytes, version_rs485, read_bus); }
std::optional<PlaceRegister> decode_place(ByteView bytes) { return read_register<PlaceSetting>(bytes, version, read_place); }

std::string_view word(WiringFault fault) {
  switch (fault) {
    case WiringFault::none: return "";
    case WiringFault::bus_unknown: return "wiring.bus_unknown";
    case WiringFault::profile_unknown: return "wiring.profile_unknown";
    case WiringFault::bad_address: return "wiring.bad_address";
    case WiringFault::address_taken: return "wiring.address_taken";
    case WiringFault::circuit_taken: return "wiring.circuit_taken";
    case WiringFault::too_many_circuits: return "wiring.too_many_circuits";
    case WiringFault::bus_full: return "wiring.bus_full";
    case WiringFault::password_unreadable: return "wiring.password_unreadable";
    case WiringFault::bad_port: return "wiring.bad_port";
    case WiringFault::port_taken: return "wiring.port_taken";
    case WiringFault::no_collectors: return "wiring.no_collectors";
    case WiringFault::line_format: return "wiring.line_format";
    case WiringFault::bad_number: return "wiring.bad_number";
    case WiringFault::other_protocol: return "wiring.other_protocol";
    case WiringFault::too_many: return "wiring.too_many";
    case WiringFault::bus_away: return "wiring.bus_away";
  }
  return "";
}

std::string_view word(WiringState state) {
  switch (state) {
    case WiringState::applied: return "applied";
    case WiringState::pending: return "pending";
    case WiringState::refused: return "refused";
  }
  return "";
}

std::string_view word(WiringSource source) { return source == WiringSource::file ? "file" : "stream"; }

}  // namespace wattle
