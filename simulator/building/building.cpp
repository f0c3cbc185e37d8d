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

std::string Building::open_line(boost::asio::io_context& loop, const ScenarioBus& bus, const std::string& folder) {
  const auto link = folder + '/' + bus.name;
  Line line;
  line.name = bus.name;
  auto memory = MemoryFile::open(link + ".memory");
  if (!memory) return link + ".memory: " + memory.error().message();
  line.memory = std::make_unique<MemoryFile>(std::move(*memory));
  std::vector<VirtualMeter> meters;
  for (const auto& meter : bus.meters) {
    auto remembered = memory_of(*line.memory, meter);
    if (remembered.size() != meter.circuits.size())
      return link + ".memory keeps another model as meter " + std::to_string(meter.number);
    meters.emplace_back(settings_of(meter), std::move(remembered), wall_clock());
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
    wrong = building->open_line(loop, bus, folder);
    if (!wrong.empty()) return nullptr;
  }
  return building;
}

void Building::start() {
  for (auto& line : lines_) line.bus->start();
}

void Building::stop() {
  for (auto& line : lines_) {
    if (line.server) line.server->stop();
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
  return at->bus->command(line.substr(std::min(space + 1, line.size())));
}

std::string Building::status() {
  std::string out;
  for (auto& line : lines_) {
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
      out += boost::json::serialize(one) + '\n';
    }
  }
  return out;
}

}  // namespace wattle::sim
