#include "edge/config_buses.hpp"

#include <algorithm>
#include <filesystem>
#include <map>

#include "shared/io/files.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t u32_max = UINT32_MAX;
constexpr std::size_t password_file_max = 256;
constexpr std::size_t password_digits = 8;  // and as many of the operator's code
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

void read_way(ConfigSection& section, BusConfig& bus) {
  bus.device = section.path("device", "");
  const auto connect = section.text("connect", "");
  if (bus.device.empty() == connect.empty()) section.fault("device", "or \"connect\" must be there, one of the two");
  if (!connect.empty()) {
    bus.connect = parse_tcp_address(connect);
    if (!bus.connect) section.fault("connect", "must be \"host:port\"");
  }
  bus.latency = section.duration("latency", {milliseconds(0), seconds(5)}, connect.empty() ? Duration{} : tcp_latency);
  const auto framing = section.choice("framing", {"rtu", "modbus-tcp", "dlt645", "cjt188", "mbus", "any"}, "any");
  bus.framing = framing == "modbus-tcp" ? Framing::modbus_tcp : Framing::as_on_the_line;
  bus.speaks = framing == "dlt645"   ? Speaks::dlt645
               : framing == "cjt188" ? Speaks::cjt188
               : framing == "mbus"   ? Speaks::mbus
               : framing == "any"    ? Speaks::any
                                     : Speaks::modbus;
  if (bus.framing == Framing::modbus_tcp && connect.empty()) section.fault("framing", "needs \"connect\"");
}

}  // namespace

void read_buses(ConfigSection& root, EdgeConfig& config) {
  auto sections = root.sections("bus");
  if (sections.empty()) root.fault("bus", "must be there at least once, written as [[bus]]");
  if (sections.size() > buses_max) root.fault("bus", "is there too often");
  for (auto& section : sections) {
    BusConfig bus;
    bus.name = section.text("name", std::to_string(config.buses.size() + 1));
    read_way(section, bus);
    const auto format = read_format(section);
    bus.format_given = format.has_value();
    bus.line = format.value_or(LineFormat{});
    for (const auto& other : config.buses) {
      if (other.name == bus.name) section.fault("name", "is another bus's already");
      if (!bus.device.empty() && other.device == bus.device) section.fault("device", "is another bus's already");
      if (bus.connect && other.connect == bus.connect) section.fault("connect", "is another bus's already");
    }
    config.buses.push_back(std::move(bus));
  }
}

namespace {

/// Reads the meters one after the other, each model once.
struct MeterReader {
  EdgeConfig& config;
  std::string folder;
  std::map<std::string, std::shared_ptr<const MeterProfile>, std::less<>> known;

  std::shared_ptr<const MeterProfile> profile_of(ConfigSection& section);
  void read(ConfigSection& section);
  void compare(ConfigSection& section, const MeterConfig& meter) const;
};

std::shared_ptr<const MeterProfile> MeterReader::profile_of(ConfigSection& section) {
  const auto model = section.text("profile", std::string(usual_model));
  if (const auto at = known.find(model); at != known.end()) return at->second;
  auto& found = known[model];
  const auto path = folder + '/' + model + ".toml";
  if (folder.empty() || model.find('/') != std::string::npos || !std::filesystem::exists(path)) {
    found = shipped_profile(model);
    const auto refusal = refusal_of(model);
    if (!refusal.empty()) section.fault("profile", "cannot be used: " + refusal);
    if (found == nullptr && refusal.empty()) section.fault("profile", "is neither shipped nor in the folder of \"profiles\"");
    return found;
  }
  auto loaded = load_profile(path);
  for (const auto& fault : loaded.faults) section.fault("profile", "cannot be used: " + fault);
  if (loaded.faults.empty()) found = std::make_shared<const MeterProfile>(std::move(loaded.profile));
  return found;
}

/// One line: the password as it goes over the wire, in hex, and after it the operator's code if the meters want one.
std::optional<dlt645::Credentials> read_credentials(ConfigSection& section) {
  const auto path = section.path("password_file", "");
  if (path.empty()) return dlt645::Credentials{};
  const auto text = read_file(path, password_file_max);
  if (!text) {
    section.fault("password_file", "cannot be read: " + text.error().message());
    return std::nullopt;
  }
  std::string digits;
  for (const char c : *text)
    if (c != ' ' && c != '\n' && c != '\r') digits += c;
  const auto bytes = from_hex(digits);
  const bool is_right =
      (digits.size() == password_digits || digits.size() == 2 * password_digits) && bytes.size() * 2 == digits.size();
  if (!is_right) {
    section.fault("password_file", "must hold eight hex digits, or sixteen with the operator's code");
    return std::nullopt;
  }
  dlt645::Credentials by;
  std::copy_n(bytes.begin(), by.password.size(), by.password.begin());
  if (bytes.size() > by.password.size())
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(by.password.size()), by.operator_code.size(),
                by.operator_code.begin());
  return by;
}

/// `circuit = 1010`, or `circuits = [1010, 1020]` in the order of the profile; `room`, or `rooms` in the same order.
std::vector<CircuitConfig> read_circuits(ConfigSection& section, std::size_t most) {
  auto circuits = section.integers("circuits", {1, u32_max});
  if (circuits.empty()) circuits = {section.integer("circuit", {1, u32_max})};
  auto rooms = section.integers("rooms", {1, u32_max});
  if (rooms.empty()) rooms.assign(circuits.size(), section.integer("room", {1, u32_max}));
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

bool share_an_address(const MeterConfig& a, const MeterConfig& b) {
  if (a.profile->protocol.index() != b.profile->protocol.index()) return false;
  const auto of_a = addresses_of(*a.profile, a.place.address);
  const auto of_b = addresses_of(*b.profile, b.place.address);
  return std::find_first_of(of_a.begin(), of_a.end(), of_b.begin(), of_b.end()) != of_a.end();
}

/// A bus that says nothing of its line format has that of its meters, which must then agree.
void agree_on_format(ConfigSection& section, BusConfig& bus, const MeterProfile& profile) {
  if (bus.format_given) return;
  if (!bus.meters.empty() && bus.line != profile.line)
    section.fault("profile",
                  "is delivered with another line format than the meter before it; say \"baud\" and \"parity\" at the bus");
  if (!bus.connect && !is_known_rate(profile.line.baud))
    section.fault("profile", "has a baud rate that serial devices do not know; say \"baud\" at the bus, or mend the profile");
  bus.line = profile.line;
}

Speaks speaks_of(const MeterProfile& profile) {
  if (std::holds_alternative<ModbusModel>(profile.protocol)) return Speaks::modbus;
  if (std::holds_alternative<cjt188::Model>(profile.protocol)) return Speaks::cjt188;
  return std::holds_alternative<mbus::Model>(profile.protocol) ? Speaks::mbus : Speaks::dlt645;
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
  const auto address = section.integer("address", {1, most}, usual_address);
  meter.place.address = static_cast<std::uint64_t>(address);
  const auto name = section.text("bus", config.buses.empty() ? "1" : config.buses.front().name);
  if (meter.profile == nullptr) return;
  if (!is_address(*meter.profile, meter.place.address))
    section.fault("address",
                  "must be 1 to " + std::to_string(max_address(*meter.profile)) + ", for each of the meter's circuits");
  if (meter.place.number.value > max_plate_number(*meter.profile))
    section.fault("meter_number", "has more digits than a meter of this profile");
  if (by_number && address != number) section.fault("address", "is the meter's number under this profile");
  compare(section, meter);
  const auto bus = std::find_if(config.buses.begin(), config.buses.end(), [&](const auto& b) { return b.name == name; });
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
  if (meters.size() > meters_max) root.fault("meter", "is there too often");
  MeterReader reader{config, root.path("profiles", ""), {}};
  for (auto& meter : meters) reader.read(meter);
}

}  // namespace wattle::edge
