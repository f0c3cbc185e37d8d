#include "simulator/building/building.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <sstream>

#include "shared/io/clock.hpp"

namespace wattle::sim {
namespace {

MeterMemory memory_of(const MemoryFile& file, const ScenarioMeter& meter) {
  auto remembered = file.find(MeterId{meter.number});
  if (!remembered.empty()) return remembered;
  return MeterMemory(meter.circuits.size(), CircuitMemory{.microjoules = meter.first_wh * microjoules_per_wh});
}

VirtualMeterSettings settings_of(const ScenarioMeter& meter) {
  VirtualMeterSettings settings;
  settings.profile = meter.profile;
  settings.address = meter.address;
  settings.number = MeterId{meter.number};
  for (const auto& circuit : meter.circuits) settings.circuits.push_back({circuit.load, 100, 0});
  return settings;
}

std::string kill(MeterBus& bus, const ScenarioMeter& meter) {
  return bus.command("dead " + std::to_string(meter.address) + " on");
}

}  // namespace

/// Lines are not there yet, since a main meter's bus may come before its rooms'; they are by the time of the first reading.
MeterFeed Building::feed_of(const ScenarioMain& main, const Scenario& scenario) const {
  std::vector<std::pair<std::size_t, std::size_t>> behind;
  for (std::size_t line = 0; line < scenario.buses.size(); ++line) {
    const auto& meters = scenario.buses[line].meters;
    for (std::size_t n = 0; n < meters.size(); ++n) {
      const auto& meter = meters[n];
      const bool is_water =
          scenario.buses[line].protocol == Protocol::cjt188 || scenario.buses[line].protocol == Protocol::mbus;
      if (!meter.main && !is_water && main.first_room <= meter.room && meter.room <= main.last_room)
        behind.push_back({line, n});
    }
  }
  const auto counted = [this, behind](Instant) {
    std::int64_t sum = 0;
    for (const auto& [line, n] : behind) sum += lines_.at(line).bus->counted(n);
    return sum;
  };
  const auto drawn = [this, behind](Instant) {
    Power sum;
    for (const auto& [line, n] : behind) sum.watts += lines_.at(line).bus->drawn(n).watts;
    return sum;
  };
  return {counted, drawn, main.loss_per_mille};
}

std::string Building::open_line(boost::asio::io_context& loop, const Scenario& scenario, const ScenarioBus& bus,
                                const std::string& folder) {
  const auto link = folder + '/' + bus.name;
  Line line;
  line.name = bus.name;
  line.twin = bus.collector;
  line.has_gateway = bus.gateway;
  auto memory = MemoryFile::open(link + ".memory");
  if (!memory) return link + ".memory: " + memory.error().message();
  line.memory = std::make_unique<MemoryFile>(std::move(*memory));
  std::vector<VirtualMeter> meters;
  for (const auto& meter : bus.meters) {
    auto remembered = memory_of(*line.memory, meter);
    if (remembered.size() != meter.circuits.size())
      return link + ".memory keeps another model as meter " + std::to_string(meter.number);
    auto settings = settings_of(meter);
    if (meter.main) settings.feed = feed_of(*meter.main, scenario);
    meters.emplace_back(std::move(settings), std::move(remembered), wall_clock());
  }
  auto pty = Pty::open(link);
  if (!pty) return link + ": " + pty.error().message();
  MeterBusSettings settings;
  settings.timing = bus.timing;
  settings.wall_clock = wall_clock;
  settings.remember = [file = line.memory.get()](const VirtualMeter& m) { return file->store(m.number(), m.memory()); };
  line.bus = std::make_unique<MeterBus>(loop, std::move(*pty), std::move(meters), std::move(settings));
  line.bus->command("noise " + std::to_string(bus.noise_per_mille));
  for (const auto& meter : bus.meters)
    if (meter.dead) kill(*line.bus, meter);
  if (bus.port) {
    line.server = std::make_unique<SerialServer>(loop);
    if (const auto error = line.server->open(line.bus->device(), *bus.port))
      return "port " + std::to_string(*bus.port) + ": " + error.message();
  }
  lines_.push_back(std::move(line));
  return {};
}

std::unique_ptr<Building> Building::open(boost::asio::io_context& loop, const Scenario& scenario, const std::string& folder,
                                         std::string& wrong) {
  auto building = std::make_unique<Building>();
  for (const auto& bus : scenario.buses) {
    wrong = building->open_line(loop, scenario, bus, folder);
    if (!wrong.empty()) return nullptr;
  }
  return building;
}

std::string Building::dial(boost::asio::io_context& loop, const TcpAddress& address) {
  for (auto& line : lines_) {
    if (!line.twin) continue;
    line.twin->dials = address;
    line.collector = std::make_unique<Collector>(loop);
    if (const auto error = line.collector->start(line.bus->device(), *line.twin)) return line.name + ": " + error.message();
  }
  return {};
}

std::string Building::open_gateways(boost::asio::io_context& loop, std::uint16_t first_port) {
  auto port = first_port;
  for (auto& line : lines_) {
    if (!line.has_gateway) continue;
    line.gateway = std::make_unique<ModbusTcpServer>(loop, *line.bus);
    if (const auto error = line.gateway->open(port))
      return line.name + ": port " + std::to_string(port) + ": " + error.message();
    if (port != 0) ++port;
  }
  return {};
}

void Building::start() {
  for (auto& line : lines_) line.bus->start();
}

void Building::stop() {
  for (auto& line : lines_) {
    if (line.server) line.server->stop();
    if (line.collector) line.collector->stop();
    if (line.gateway) line.gateway->stop();
    line.bus->stop();
  }
}

Result<void> Building::remember_all() {
  for (auto& line : lines_) {
    if (const auto remembered = line.bus->remember_all(); !remembered) return remembered.error();
  }
  return {};
}

std::string Building::command(std::string_view line) {
  if (line == "status") return status();
  const auto space = std::min(line.find(' '), line.size());
  const auto name = line.substr(0, space);
  const auto at = std::find_if(lines_.begin(), lines_.end(), [&](const auto& l) { return l.name == name; });
  if (at == lines_.end()) return "error: status, or a bus and what it shall do\n";
  const auto what = line.substr(std::min(space + 1, line.size()));
  return what == "hang_up" ? hang_up(*at) : at->bus->command(what);
}

std::string Building::hang_up(Line& line) {
  return line.collector && line.collector->hang_up() ? "ok\n" : "error: no collector of this bus is connected\n";
}

/// Of what stands between its line and whoever asks there.
std::string Building::way_status(const Line& line) {
  std::string out;
  if (line.collector) {
    const auto state = line.collector->state();
    out += "bus=" + line.name + " collector=" + said_text(line.twin->registration) +
           " dialled=" + (state.connected ? "on" : "off");
    if (state.beat_ago) out += " beat_s=" + std::to_string(state.beat_ago->micros / 1'000'000);
    out += '\n';
  }
  if (line.gateway)
    out += "bus=" + line.name + " gateway=" + std::to_string(line.gateway->port()) +
           " masters=" + std::to_string(line.gateway->masters()) + '\n';
  return out;
}

std::string Building::status() {
  std::string out;
  for (auto& line : lines_) {
    out += way_status(line);
    std::istringstream text(line.bus->command("status"));
    for (std::string one; std::getline(text, one);)
      if (one != "ok") out += "bus=" + line.name + ' ' + one + '\n';
  }
  return out + "ok\n";
}

std::string list_meters(const Scenario& scenario) {
  std::string out;
  for (const auto& bus : scenario.buses) {
    for (const auto& meter : bus.meters) {
      boost::json::array circuits;
      for (const auto& circuit : meter.circuits) circuits.push_back({{"circuit", circuit.number}, {"name", circuit.name}});
      boost::json::object one = {{"building", scenario.name},
                                 {"bus", bus.name},
                                 {"protocol", protocol_text(bus.protocol)},
                                 {"baud", bus.timing.line.baud},
                                 {"room", meter.room},
                                 {"address", meter.address},
                                 {"meter", meter.number},
                                 {"profile", meter.profile->model},
                                 {"first_wh", meter.first_wh},
                                 {"circuits", std::move(circuits)}};
      if (bus.port) one["port"] = *bus.port;
      if (bus.gateway) one["gateway"] = true;
      if (bus.collector) {
        one["collector"] = said_text(bus.collector->registration);
        one["heartbeat"] = said_text(bus.collector->heartbeat);
      }
      if (meter.main) one["main"] = {{"floor", meter.main->floor}};
      out += boost::json::serialize(one) + '\n';
    }
  }
  return out;
}

}  // namespace wattle::sim
