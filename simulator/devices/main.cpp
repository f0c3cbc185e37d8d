// wattle-meter: virtual meters on a pseudo-terminal. Their load follows the wall clock, so that whoever accelerates that clock
// from outside accelerates them too.

#include <CLI/CLI.hpp>
#include <iostream>

#include "shared/io/clock.hpp"
#include "shared/io/files.hpp"
#include "shared/io/line_socket.hpp"
#include "shared/io/signals.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/collector.hpp"
#include "simulator/devices/memory_file.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"

namespace {

using namespace wattle;

constexpr std::size_t max_curve_file = 4 * 1024 * 1024;
constexpr std::int64_t load_without_curve_w = 200;

struct Options {
  std::string link;
  std::string protocol = "modbus-rtu";
  bool is_protocol_named = false;
  std::string profile;
  std::string password = "02000000";
  std::vector<std::uint64_t> addresses;
  bool are_addresses_named = false;
  bool clash = false;
  std::uint8_t rooms = 0;
  std::uint64_t first_number = 1;
  std::string curve;
  std::string memory;
  std::string control;
  std::optional<std::uint16_t> tcp;
  std::string dial;
  std::string registration;
  std::string heartbeat;
  std::int64_t heartbeat_ms = 30'000;
  std::optional<std::uint16_t> modbus_tcp;
  sim::BusTiming timing;
  std::int64_t turnaround_ms = 20;
  std::uint64_t seed = 1;
};

void declare(CLI::App& app, Options& o) {
  app.add_option("--link", o.link, "symbolic link that is pointed at the pseudo-terminal")->required();
  app.add_option("--protocol", o.protocol,
                 "what they speak, with its usual model; under DL/T 645 and CJ/T 188 the address is the meter's number")
      ->check(CLI::IsMember({"modbus-rtu", "dlt645-2007", "dlt645-1997", "cjt188", "mbus"}))
      ->capture_default_str();
  app.add_option("--profile", o.profile, "their model: a shipped one's name, or a file (docs/operating/profiles.md)");
  app.add_option("--password", o.password, "of DL/T 645 meters: four bytes as on the wire, in hex")->capture_default_str();
  auto* addresses =
      app.add_option("--address", o.addresses,
                     "bus address of a meter (Modbus, M-Bus, also of one that is asked by its number); repeat for more");
  app.add_option("--rooms", o.rooms, "this many meters, at the addresses from 1 on")
      ->excludes(addresses)
      ->check(CLI::Range(1, 250));
  app.add_flag("--clash", o.clash,
               "an address may be given twice: two meters that somebody has set alike, and that speak at once");
  app.add_option("--meter-number", o.first_number, "number of the first meter; the others follow")->capture_default_str();
  app.add_option("--curve", o.curve, "file of a measured load; without one each meter draws 200 W");
  app.add_option("--state", o.memory, "file that keeps registers and relays when the process ends");
  app.add_option("--control", o.control, "Unix socket for: load, relay, purse, buy, dead, noise, status and more");
  app.add_option("--tcp", o.tcp, "port on loopback where a transparent serial server in front of the bus listens; 0 for any");
  auto* dial = app.add_option("--dial", o.dial, "host:port that a collector in front of the bus dials, and carries bytes to");
  app.add_option("--registration", o.registration, "what the collector says first: text, or hex digits behind hex:")
      ->needs(dial);
  app.add_option("--heartbeat", o.heartbeat, "what it says now and then, likewise")->needs(dial);
  app.add_option("--heartbeat-ms", o.heartbeat_ms, "how often")->check(CLI::Range(1, 3'600'000))->capture_default_str();
  app.add_option("--modbus-tcp", o.modbus_tcp, "port on loopback of a gateway of Modbus-TCP in front of the bus; 0 for any");
  app.add_flag("--timed", o.timing.timed, "answers take the time of a real line");
  app.add_option("--baud", o.timing.line.baud, "rate of that line")->check(CLI::Range(300, 115200))->capture_default_str();
  app.add_option("--turnaround-ms", o.turnaround_ms, "a timed meter thinks this long")
      ->check(CLI::Range(0, 1000))
      ->capture_default_str();
  app.add_option("--seed", o.seed, "of the noise")->capture_default_str();
}

/// The protocol's word for what a model speaks.
std::string_view protocol_of(const MeterProfile& profile) {
  if (const auto* model = std::get_if<dlt645::Model>(&profile.protocol))
    return model->edition == dlt645::Edition::v2007 ? "dlt645-2007" : "dlt645-1997";
  if (std::holds_alternative<cjt188::Model>(profile.protocol)) return "cjt188";
  return std::holds_alternative<mbus::Model>(profile.protocol) ? "mbus" : "modbus-rtu";
}

/// Of the model's name, of a file that describes one, or the usual one of the protocol.
std::shared_ptr<const MeterProfile> profile_of(const Options& o, std::string& wrong) {
  const auto usual = o.protocol == "modbus-rtu" ? "generic-relay-meter"
                     : o.protocol == "cjt188"   ? "generic-cjt188-cold-water"
                     : o.protocol == "mbus"     ? "generic-mbus-water"
                                                : "generic-" + o.protocol;
  const auto name = o.profile.empty() ? usual : o.profile;
  auto loaded = load_model(name);
  for (const auto& fault : loaded.faults) wrong += (wrong.empty() ? "" : "\n") + fault;
  if (wrong.empty() && o.is_protocol_named && protocol_of(loaded.profile) != o.protocol)
    wrong = "a meter of the model " + loaded.profile.model + " speaks " + std::string(protocol_of(loaded.profile)) + ", not " +
            o.protocol;
  return std::make_shared<const MeterProfile>(std::move(loaded.profile));
}

/// Says what is wrong; empty when the options fit together.
std::string settle(Options& o) {
  o.timing.turnaround = milliseconds(o.turnaround_ms);
  if (from_hex(o.password).size() != dlt645::Credentials{}.password.size()) return "a password is eight hex digits";
  for (std::uint64_t unit = 1; unit <= o.rooms; ++unit) o.addresses.push_back(unit);
  o.are_addresses_named = !o.addresses.empty();
  if (!sim::said_bytes(o.registration) || !sim::said_bytes(o.heartbeat)) return "behind hex: stand pairs of hex digits";
  if (o.addresses.empty()) o.addresses = {1};
  for (const auto unit : o.addresses) {
    if (unit > mbus::max_primary) return "addresses are 1 to 247, of M-Bus 0 to 250";
    if (!o.clash && std::count(o.addresses.begin(), o.addresses.end(), unit) > 1)
      return "two meters cannot share an address, unless they --clash";
  }
  if (o.first_number < 1 || o.first_number + o.addresses.size() - 1 > max_meter_number)
    return "meter numbers have 1 to 12 digits";
  return {};
}

std::shared_ptr<const sim::LoadCurve> load_curve(const std::string& path, std::string& wrong) {
  if (path.empty()) return std::make_shared<sim::LoadCurve>(Power{load_without_curve_w});
  const auto text = read_file(path, max_curve_file);
  if (!text) {
    wrong = path + ": " + text.error().message();
    return nullptr;
  }
  sim::CurveError error;
  auto curve = sim::parse_load_curve(*text, error);
  if (!curve) {
    wrong = path + ":" + std::to_string(error.line) + ": " + std::string(error.why);
    return nullptr;
  }
  return std::make_shared<sim::LoadCurve>(std::move(*curve));
}

/// A model of DL/T 645 that tells its number sits at it all the same.
bool is_at_number(const MeterProfile& profile) {
  return is_asked_by_number(profile) || std::holds_alternative<dlt645::Model>(profile.protocol);
}

std::vector<sim::VirtualMeter> make_meters(const Options& o, const sim::MemoryFile* file, std::string& wrong) {
  std::vector<sim::VirtualMeter> meters;
  const auto curve = load_curve(o.curve, wrong);
  const auto profile = profile_of(o, wrong);
  const auto password = from_hex(o.password);
  for (std::size_t n = 0; wrong.empty() && n < o.addresses.size(); ++n) {
    sim::VirtualMeterSettings settings;
    settings.profile = profile;
    std::copy(password.begin(), password.end(), settings.accepts.password.begin());
    settings.number = MeterId{o.first_number + n};
    // Whose addresses clash have one on their plates too, where it is the plate's.
    const auto first = std::find(o.addresses.begin(), o.addresses.end(), o.addresses[n]) - o.addresses.begin();
    const bool is_mbus = std::holds_alternative<mbus::Model>(profile->protocol);
    if (is_at_number(*profile) && !is_mbus) settings.number = MeterId{o.first_number + static_cast<std::uint64_t>(first)};
    settings.address = is_at_number(*profile) ? settings.number.value : o.addresses[n];
    if (is_mbus && o.are_addresses_named) settings.primary = static_cast<std::uint8_t>(o.addresses[n]);
    if (!is_address(*profile, settings.address))
      wrong = "a meter of this model has an address of " + address_range(*profile, false);
    if (settings.number.value > max_plate_number(*profile)) wrong = "a meter of this model cannot have so long a number";
    if (!wrong.empty()) break;
    for (std::size_t i = 0; i < circuit_count(*profile); ++i) {
      settings.circuits.push_back(sim::room_circuit(n + i, curve));
      if (o.curve.empty()) settings.circuits[i].curve_percent = 100;
    }
    auto memory = file != nullptr ? file->find(settings.number) : sim::MeterMemory{};
    meters.emplace_back(std::move(settings), std::move(memory), wall_clock());
  }
  return meters;
}

int refuse(const std::string& why) {
  std::cerr << "wattle-meter: " << why << '\n';
  return 1;
}

Error start_collector(sim::Collector& collector, const Options& o, const std::string& device) {
  const auto to = parse_tcp_address(o.dial);
  if (!to) return {EINVAL, boost::system::generic_category()};
  sim::CollectorTwin twin;
  twin.dials = *to;
  twin.registration = *sim::said_bytes(o.registration);  // as settle() has found them to be
  twin.heartbeat = *sim::said_bytes(o.heartbeat);
  twin.heartbeat_every = milliseconds(o.heartbeat_ms);
  return collector.start(device, std::move(twin));
}

int run(const Options& o) {
  std::optional<sim::MemoryFile> memory;
  if (!o.memory.empty()) {
    auto opened = sim::MemoryFile::open(o.memory);
    if (!opened) return refuse(o.memory + ": " + opened.error().message());
    memory.emplace(std::move(*opened));
  }
  std::string wrong;
  auto meters = make_meters(o, memory ? &*memory : nullptr, wrong);
  if (!wrong.empty()) return refuse(wrong);
  auto pty = sim::Pty::open(o.link);
  if (!pty) return refuse(o.link + ": " + pty.error().message());

  boost::asio::io_context loop(1);
  sim::MeterBusSettings settings{.timing = o.timing, .seed = o.seed, .wall_clock = wall_clock, .remember = {}};
  if (memory) {
    settings.remember = [&](const sim::VirtualMeter& m) { return memory->store(m.number(), m.memory()); };
  }
  sim::MeterBus bus(loop, std::move(*pty), std::move(meters), std::move(settings));
  LineSocket control(loop, o.control, [&](std::string_view line) { return bus.command(line); });
  if (!o.control.empty()) {
    if (const auto error = control.open()) return refuse(o.control + ": " + error.message());
  }
  sim::SerialServer server(loop);
  if (o.tcp) {
    if (const auto error = server.open(bus.device(), *o.tcp))
      return refuse("port " + std::to_string(*o.tcp) + ": " + error.message());
  }
  sim::Collector collector(loop);
  if (!o.dial.empty()) {
    if (const auto error = start_collector(collector, o, bus.device())) return refuse(o.dial + ": " + error.message());
  }
  sim::ModbusTcpServer gateway(loop, bus);
  if (o.modbus_tcp) {
    if (const auto error = gateway.open(*o.modbus_tcp))
      return refuse("port " + std::to_string(*o.modbus_tcp) + ": " + error.message());
  }
  StopSignals signals(loop, [&](int) { loop.stop(); });
  bus.start();
  std::cout << "meters: " << o.addresses.size() << " on " << bus.device() << ", linked from " << o.link;
  if (o.tcp) std::cout << ", port " << server.port();
  if (o.modbus_tcp) std::cout << ", Modbus-TCP on port " << gateway.port();
  std::cout << std::endl;
  loop.run();
  gateway.stop();
  server.stop();
  collector.stop();
  bus.stop();
  const auto remembered_all = bus.remember_all();
  return remembered_all ? 0 : refuse(o.memory + ": " + remembered_all.error().message());
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Virtual meters on a pseudo-terminal: Modbus-RTU, DL/T 645, CJ/T 188 or M-Bus"};
  Options options;
  declare(app, options);
  CLI11_PARSE(app, argc, argv);
  options.is_protocol_named = app.count("--protocol") > 0;
  if (const auto wrong = settle(options); !wrong.empty()) return refuse(wrong);
  return run(options);
}
