#include "edge/config_buses.hpp"

#include <algorithm>

#include "edge/bus_rules.hpp"
#include "edge/credentials.hpp"
#include "edge/io/tcp_bus.hpp"
#include "edge/profile_shelf.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t u32_max = UINT32_MAX;
constexpr std::string_view hex_mark = "hex:";
constexpr std::size_t said_max = 64;
constexpr std::size_t registration_min = 4;
constexpr std::string_view usual_model = "generic-relay-meter";

/// Nothing that was left out: that is as the meters are delivered.
std::optional<LineFormat> read_format(ConfigSection& bus) {
  LineFormat format;
  const auto baud = bus.integer("baud", {300, 115'200}, 0);
  const auto parity = bus.choice("parity", {"none", "even", "odd"}, "");
  const auto stop_bits = bus.integer("stop_bits", {1, 2}, 0);
  if (baud == 0 && parity.empty() && stop_bits == 0) return std::nullopt;
  if (baud != 0) format.baud = static_cast<std::uint32_t>(baud);
  if (!is_known_rate(format.baud)) bus.fault("baud", "is no rate that serial devices know");
  if (!parity.empty()) format.parity = parity == "none" ? Parity::none : parity == "odd" ? Parity::odd : Parity::even;
  if (stop_bits != 0) format.stop_bits = static_cast<std::uint8_t>(stop_bits);
  return format;
}

std::optional<Rs485> read_rs485(ConfigSection& bus, bool is_serial) {
  const auto rts = bus.choice("rs485", {"rts-high", "rts-low"}, "");
  const auto before = bus.integer("rs485_before_ms", {0, rs485_delay_max_ms}, 0);
  const auto after = bus.integer("rs485_after_ms", {0, rs485_delay_max_ms}, 0);
  if (rts.empty() && (before != 0 || after != 0))
    bus.fault(before != 0 ? "rs485_before_ms" : "rs485_after_ms", "needs \"rs485\"");
  if (rts.empty()) return std::nullopt;
  if (!is_serial) bus.fault("rs485", "needs \"device\": a serial server turns its line around by itself");
  return Rs485{rts == "rts-high", static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(after)};
}

/// Bytes that a collector says: the text itself, or hex digits behind "hex:".
Bytes read_said(ConfigSection& section, const std::string& key) {
  const auto text = section.text(key, "");
  const bool is_hex = text.starts_with(hex_mark);
  const auto said = is_hex ? from_hex(text.substr(hex_mark.size())) : Bytes(text.begin(), text.end());
  if (is_hex && (said.empty() || said.size() * 2 != text.size() - hex_mark.size()))
    section.fault(key, "must have pairs of hex digits behind \"hex:\"");
  if (said.size() > said_max) section.fault(key, "is longer than " + std::to_string(said_max) + " bytes");
  return said;
}

std::optional<CollectorSettings> read_collector(ConfigSection& section) {
  CollectorSettings collector{read_said(section, "collector"), read_said(section, "heartbeat")};
  if (collector.registration.empty()) {
    if (!collector.heartbeat.empty()) section.fault("heartbeat", "needs \"collector\"");
    return std::nullopt;
  }
  if (collector.registration.size() < registration_min)
    section.fault("collector", "must have at least " + std::to_string(registration_min) + " bytes, to be told from noise");
  if (collector.heartbeat.size() == 1) section.fault("heartbeat", "must have at least two bytes: one may be any answer's");
  return collector;
}

void read_way(ConfigSection& section, BusConfig& bus) {
  bus.device = section.path("device", "");
  const auto connect = section.text("connect", "");
  bus.collector = read_collector(section);
  const int ways = (bus.device.empty() ? 0 : 1) + (connect.empty() ? 0 : 1) + (bus.collector ? 1 : 0);
  if (ways != 1) section.fault("device", "or \"connect\" or \"collector\" must be there, one of the three");
  if (!connect.empty()) {
    bus.connect = parse_tcp_address(connect);
    if (!bus.connect) section.fault("connect", "must be \"host:port\"");
  }
  const auto usual_latency = bus.collector ? collector_latency : connect.empty() ? Duration{} : tcp_latency;
  bus.latency = section.duration("latency", {milliseconds(0), seconds(30)}, usual_latency);
  const auto framing = section.choice("framing", {"rtu", "modbus-tcp", "dlt645", "cjt188", "mbus", "any"}, "any");
  bus.framing = framing == "modbus-tcp" ? Framing::modbus_tcp : Framing::as_on_the_line;
  bus.speaks = framing == "dlt645"   ? Speaks::dlt645
               : framing == "cjt188" ? Speaks::cjt188
               : framing == "mbus"   ? Speaks::mbus
               : framing == "any"    ? Speaks::any
                                     : Speaks::modbus;
  if (bus.framing == Framing::modbus_tcp && !bus.device.empty()) section.fault("framing", "needs \"connect\" or \"collector\"");
}

/// What no two buses may have in common.
void compare(ConfigSection& section, const BusConfig& bus, const BusConfig& other) {
  if (other.name == bus.name) section.fault("name", "is another bus's already");
  if (!bus.device.empty() && other.device == bus.device) section.fault("device", "is another bus's already");
  if (bus.connect && other.connect == bus.connect) section.fault("connect", "is another bus's already");
  if (!bus.collector || !other.collector) return;
  if (cannot_be_told(*bus.collector, *other.collector))
    section.fault("collector", "is another bus's already, or cannot be told from it: one is part of the other");
}

void read_collectors(ConfigSection& root, EdgeConfig& config) {
  auto section = root.section("collectors");
  const auto listen = section.text("listen", "");
  if (!listen.empty()) {
    config.collectors_listen = parse_tcp_address(listen);
    if (!config.collectors_listen) section.fault("listen", "must be \"address:port\"");
  }
  const bool dials =
      std::any_of(config.buses.begin(), config.buses.end(), [](const auto& bus) { return bus.collector.has_value(); });
  if (dials && listen.empty()) section.fault("listen", "must be there: a [[bus]] has a \"collector\", which dials in");
}

}  // namespace

void read_buses(ConfigSection& root, EdgeConfig& config) {
  auto sections = root.sections("bus");
  if (sections.size() > box_buses_max) root.fault("bus", "is there too often");
  for (auto& section : sections) {
    BusConfig bus;
    bus.name = section.text("name", std::to_string(config.buses.size() + 1));
    read_way(section, bus);
    const auto format = read_format(section);
    bus.format_given = format.has_value();
    bus.line = format.value_or(LineFormat{});
    bus.rs485 = read_rs485(section, !bus.device.empty());
    for (const auto& other : config.buses) compare(section, bus, other);
    config.buses.push_back(std::move(bus));
  }
  read_collectors(root, config);
}

namespace {

/// Reads the meters one after the other, each model once.
struct MeterReader {
  EdgeConfig& config;
  ProfileShelf shelf;

  std::shared_ptr<const MeterProfile> profile_of(ConfigSection& section);
  void read(ConfigSection& section);
  void compare(ConfigSection& section, const MeterConfig& meter) const;
};

std::shared_ptr<const MeterProfile> MeterReader::profile_of(ConfigSection& section) {
  const auto model = section.text("profile", std::string(usual_model));
  const bool is_told = shelf.has_read(model);
  const auto& found = shelf.find(model);
  if (!is_told)
    for (const auto& fault : found.faults) section.fault("profile", fault);
  return found.profile;
}

std::optional<dlt645::Credentials> read_credentials(ConfigSection& section) {
  const auto path = section.path("password_file", "");
  if (path.empty()) return dlt645::Credentials{};
  const auto loaded = load_credentials(path);
  if (const auto* by = std::get_if<dlt645::Credentials>(&loaded)) return *by;
  section.fault("password_file", std::get<std::string>(loaded));
  return std::nullopt;
}

/// `room`, or `rooms` in the order of the circuits; none of a meter that is only recorded.
std::vector<std::int64_t> read_rooms(ConfigSection& section, std::size_t circuits) {
  auto rooms = section.integers("rooms", {1, u32_max});
  if (section.boolean("only_recorded", false)) {
    if (!rooms.empty() || section.integer("room", {1, u32_max}, 0) != 0)
      section.fault("only_recorded", "cannot be true of a room's meter");
    return std::vector<std::int64_t>(circuits, 0);
  }
  if (rooms.empty()) rooms.assign(circuits, section.integer("room", {1, u32_max}));
  return rooms;
}

/// `circuit = 1010`, or `circuits = [1010, 1020]` in the order of the profile.
std::vector<CircuitConfig> read_circuits(ConfigSection& section, std::size_t most) {
  auto circuits = section.integers("circuits", {1, u32_max});
  if (circuits.empty()) circuits = {section.integer("circuit", {1, u32_max})};
  const auto rooms = read_rooms(section, circuits.size());
  if (rooms.size() != circuits.size()) section.fault("rooms", "must be as many as \"circuits\"");
  if (circuits.size() > most) section.fault("circuits", "are more than the profile has");
  std::vector<CircuitConfig> out;
  for (std::size_t i = 0; i < std::min(circuits.size(), rooms.size()); ++i) {
    const CircuitId circuit{static_cast<std::uint32_t>(circuits[i])};
    const auto is_same = [&](const CircuitConfig& c) { return c.circuit == circuit; };
    if (std::any_of(out.begin(), out.end(), is_same)) section.fault("circuits", "names one twice");
    out.push_back({{static_cast<std::uint32_t>(rooms[i])}, circuit});
  }
  return out;
}

/// What must be unlike in any two meters of the box.
void MeterReader::compare(ConfigSection& section, const MeterConfig& meter) const {
  const auto has = [](const MeterConfig& other, CircuitId circuit) {
    return std::any_of(other.circuits.begin(), other.circuits.end(), [&](const auto& c) { return c.circuit == circuit; });
  };
  for (const auto& bus : config.buses) {
    for (const auto& other : bus.meters) {
      if (other.place.number == meter.place.number) section.fault("meter_number", "is another meter's already");
      for (const auto& circuit : meter.circuits)
        if (has(other, circuit.circuit))
          section.fault(meter.circuits.size() > 1 ? "circuits" : "circuit", "is another meter's already");
    }
  }
}

/// A bus that says nothing of its line format has that of its meters, which must then agree.
void agree_on_format(ConfigSection& section, BusConfig& bus, const MeterProfile& profile) {
  if (bus.format_given) return;
  if (bus.framing != Framing::modbus_tcp && !bus.meters.empty() && bus.line != profile.line)
    section.fault("profile",
                  "is delivered with another line format than the meter before it; say \"baud\" and \"parity\" at the bus");
  if (!bus.device.empty() && !is_known_rate(profile.line.baud))
    section.fault("profile", "has a baud rate that serial devices do not know; say \"baud\" at the bus, or mend the profile");
  bus.line = line_with(bus, profile);
}

void MeterReader::read(ConfigSection& section) {
  MeterConfig meter;
  const auto number = section.integer("meter_number", {1, static_cast<std::int64_t>(max_meter_number)});
  meter.place.number = {static_cast<std::uint64_t>(number)};
  meter.profile = profile_of(section);
  meter.circuits = read_circuits(section, meter.profile != nullptr ? circuit_count(*meter.profile) : max_meter_circuits);
  meter.place.by = read_credentials(section).value_or(dlt645::Credentials{});
  const bool by_number = meter.profile != nullptr && is_asked_by_number(*meter.profile);
  const bool is_dlt645 = meter.profile != nullptr && speaks_of(*meter.profile) == Speaks::dlt645;
  const auto most = static_cast<std::int64_t>(max_meter_number);
  // A model of DL/T 645 that tells its number has the same one as its address, unless somebody says otherwise.
  const auto usual_address = by_number || is_dlt645 ? std::optional(number) : std::nullopt;
  const auto address = section.integer("address", {0, most}, usual_address);
  meter.place.address = static_cast<std::uint64_t>(address);
  const auto name = section.text("bus", config.buses.empty() ? "1" : config.buses.front().name);
  if (meter.profile == nullptr) return;
  if (meter.place.number.value > max_plate_number(*meter.profile))
    section.fault("meter_number", "has more digits than a meter of this profile");
  if (by_number && address != number) section.fault("address", "is the meter's number under this profile");
  compare(section, meter);
  const auto bus = std::find_if(config.buses.begin(), config.buses.end(), [&](const auto& b) { return b.name == name; });
  const bool modbus_tcp = bus != config.buses.end() && bus->framing == Framing::modbus_tcp;
  if (!is_address(*meter.profile, meter.place.address, modbus_tcp))
    section.fault("address", "must be " + address_range(*meter.profile, modbus_tcp) + ", for each of the meter's circuits");
  if (bus == config.buses.end()) return section.fault("bus", "names no [[bus]]");
  if (bus->speaks != Speaks::any && bus->speaks != speaks_of(*meter.profile))
    section.fault("profile", "speaks another protocol than its bus");
  const auto shares = [&](const MeterConfig& other) { return share_an_address(meter, other); };
  if (std::any_of(bus->meters.begin(), bus->meters.end(), shares))
    section.fault("address", "is another meter's on this bus already");
  agree_on_format(section, *bus, *meter.profile);
  bus->meters.push_back(std::move(meter));
}

}  // namespace

void read_meters(ConfigSection& root, EdgeConfig& config) {
  auto meters = root.sections("meter");
  if (meters.size() > box_meters_max) root.fault("meter", "is there too often");
  config.profiles = root.path("profiles", "");
  MeterReader reader{config, ProfileShelf(config.profiles)};
  for (auto& meter : meters) reader.read(meter);
}

}  // namespace wattle::edge
