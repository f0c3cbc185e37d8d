#include "edge/config.hpp"

#include <algorithm>

#include "edge/io/http_post.hpp"
#include "shared/io/config.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t u32_max = UINT32_MAX;

LineFormat read_format(ConfigSection& bus) {
  LineFormat format;
  const auto baud = bus.integer("baud", {300, 115'200}, format.baud);
  format.baud = static_cast<std::uint32_t>(baud);
  if (!is_known_rate(format.baud)) bus.fault("baud", "is no rate that serial devices know");
  const auto parity = bus.choice("parity", {"none", "even", "odd"}, "even");
  format.parity = parity == "none" ? Parity::none : parity == "odd" ? Parity::odd : Parity::even;
  format.stop_bits = static_cast<std::uint8_t>(bus.integer("stop_bits", {1, 2}, 1));
  return format;
}

void read_buses(ConfigSection& root, EdgeConfig& config) {
  auto sections = root.sections("bus");
  if (sections.empty()) root.fault("bus", "must be there at least once, written as [[bus]]");
  if (sections.size() > buses_max) root.fault("bus", "is there too often");
  for (auto& section : sections) {
    BusConfig bus;
    bus.name = section.text("name", std::to_string(config.buses.size() + 1));
    bus.serial.device = section.path("device");
    bus.serial.format = read_format(section);
    for (const auto& other : config.buses) {
      if (other.name == bus.name) section.fault("name", "is another bus's already");
      if (other.serial.device == bus.serial.device) section.fault("device", "is another bus's already");
    }
    config.buses.push_back(std::move(bus));
  }
}

/// What must be unlike in any two meters of the box.
void compare(ConfigSection& section, const MeterConfig& meter, const EdgeConfig& config) {
  for (const auto& bus : config.buses) {
    for (const auto& other : bus.meters) {
      if (other.place.number == meter.place.number) section.fault("meter_number", "is another meter's already");
      for (const auto& circuit : meter.circuits) {
        const auto is_same = [&](const CircuitConfig& c) { return c.circuit == circuit.circuit; };
        if (std::any_of(other.circuits.begin(), other.circuits.end(), is_same))
          section.fault("circuit", "is another meter's already");
      }
    }
  }
}

bool share_an_address(const MeterConfig& a, const MeterConfig& b) {
  if (a.profile->protocol.index() != b.profile->protocol.index()) return false;
  const auto of_a = addresses_of(*a.profile, a.place.address);
  const auto of_b = addresses_of(*b.profile, b.place.address);
  return std::find_first_of(of_a.begin(), of_a.end(), of_b.begin(), of_b.end()) != of_a.end();
}

void read_meter(ConfigSection& section, EdgeConfig& config) {
  MeterConfig meter;
  const auto number = section.integer("meter_number", {1, static_cast<std::int64_t>(max_meter_number)});
  meter.place.number = {static_cast<std::uint64_t>(number)};
  meter.place.address =
      static_cast<std::uint64_t>(section.integer("address", {1, static_cast<std::int64_t>(max_meter_number)}, number));
  meter.circuits = {{{static_cast<std::uint32_t>(section.integer("room", {1, u32_max}))},
                     {static_cast<std::uint32_t>(section.integer("circuit", {1, u32_max}))}}};
  if (const auto known = built_in_profile(section.text("profile", "generic-relay-meter")))
    meter.profile = std::make_shared<const MeterProfile>(*known);
  const auto name = section.text("bus", config.buses.empty() ? "1" : config.buses.front().name);
  if (meter.profile == nullptr) return section.fault("profile", "is no model that is known");
  if (!is_address(*meter.profile, meter.place.address)) section.fault("address", "is none of this protocol");
  compare(section, meter, config);
  const auto bus = std::find_if(config.buses.begin(), config.buses.end(), [&](const auto& b) { return b.name == name; });
  if (bus == config.buses.end()) return section.fault("bus", "names no [[bus]]");
  const auto shares = [&](const MeterConfig& other) { return share_an_address(meter, other); };
  if (std::any_of(bus->meters.begin(), bus->meters.end(), shares))
    section.fault("address", "is another meter's on this bus already");
  bus->meters.push_back(std::move(meter));
}

void read_cloud(ConfigSection& root, EdgeConfig& config) {
  auto cloud = root.section("cloud");
  if (!cloud.present()) return root.fault("cloud", "must be there, written as [cloud]");
  config.cloud_url = cloud.text("url");
  while (config.cloud_url.ends_with('/')) config.cloud_url.pop_back();
  if (!config.cloud_url.empty() && !check_cloud_url(config.cloud_url))
    cloud.fault("url", "must begin with https:// (http:// only to 127.0.0.1)");
  config.cloud_ca = cloud.path("ca", "");
  config.claim_code_file = cloud.path("claim_code_file");
}

void read_rest(ConfigSection& root, EdgeConfig& config) {
  auto mqtt = root.section("mqtt");
  config.mqtt_host = mqtt.text("host", "");
  config.mqtt_port = static_cast<std::uint16_t>(mqtt.integer("port", {1, 65535}, 0));
  config.mqtt_longest_pause = mqtt.duration("longest_pause", {seconds(1), minutes(10)}, seconds(30));
  config.poll_every = root.section("poll").duration("every", {milliseconds(200), minutes(10)}, seconds(10));
  auto log = root.section("log");
  const auto level = log.choice("level", {"debug", "info", "warning", "error"}, "info");
  config.log_least = parse_log_level(level).value_or(LogLevel::info);
  config.log_file = log.path("file", "");
  config.metrics_port = static_cast<std::uint16_t>(root.section("metrics").integer("port", {0, 65535}, 0));
}

LoadedConfig read(Config file) {
  LoadedConfig loaded;
  auto& config = loaded.config;
  auto root = file.root();
  config.data = root.path("data");
  config.utc_offset = minutes(root.integer("utc_offset_minutes", {-12 * 60, 14 * 60}, 8 * 60));
  read_cloud(root, config);
  read_rest(root, config);
  read_buses(root, config);
  auto meters = root.sections("meter");
  if (meters.size() > meters_max) root.fault("meter", "is there too often");
  for (auto& meter : meters) read_meter(meter, config);
  for (const auto& fault : file.finish()) loaded.faults.push_back(describe(fault));
  return loaded;
}

}  // namespace

LoadedConfig load_config(const std::string& path) { return read(Config::load(path)); }

LoadedConfig parse_config(std::string_view text, const std::string& source) { return read(Config::parse(text, source)); }

}  // namespace wattle::edge
