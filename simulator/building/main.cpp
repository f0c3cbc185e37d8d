// wattle-building: the buses and meters of a whole building, as a scenario file has them. Loads follow the wall clock, so that
// whoever accelerates that clock from outside accelerates them too.

#include <CLI/CLI.hpp>
#include <iostream>
#include <optional>

#include "shared/io/line_socket.hpp"
#include "shared/io/signals.hpp"
#include "shared/io/tcp_address.hpp"
#include "simulator/building/building.hpp"

namespace {

using namespace wattle;

struct Options {
  std::string scenario;
  std::string folder = ".";
  std::string dial;
  std::optional<std::uint16_t> gateways;
  bool check = false;
  bool list = false;
};

int refuse(const std::string& why) {
  std::cerr << "wattle-building: " << why << '\n';
  return 1;
}

int play(const sim::Scenario& scenario, const Options& options) {
  const auto& folder = options.folder;
  boost::asio::io_context loop(1);
  std::string wrong;
  const auto building = sim::Building::open(loop, scenario, folder, wrong);
  if (!building) return refuse(wrong);
  LineSocket control(loop, folder + "/control", [&](std::string_view line) { return building->command(line); });
  if (const auto error = control.open()) return refuse(folder + "/control: " + error.message());
  StopSignals signals(loop, [&](int) { loop.stop(); });
  if (!options.dial.empty()) {
    const auto to = parse_tcp_address(options.dial);
    if (!to) return refuse("--dial wants host:port");
    wrong = building->dial(loop, *to);
    if (!wrong.empty()) return refuse(wrong);
  }
  if (options.gateways) {
    wrong = building->open_gateways(loop, *options.gateways);
    if (!wrong.empty()) return refuse(wrong);
  }
  building->start();
  std::cout << scenario.name << ": " << scenario.buses.size() << " buses in " << folder << std::endl;
  loop.run();
  control.stop();
  building->stop();
  const auto remembered = building->remember_all();
  return remembered ? 0 : refuse("memory: " + remembered.error().message());
}

int run(const Options& options) {
  const auto loaded = sim::load_scenario(options.scenario);
  for (const auto& fault : loaded.faults) std::cerr << fault << '\n';
  if (!loaded.faults.empty()) return 1;
  if (options.list) std::cout << sim::list_meters(loaded.scenario);
  if (options.check) std::cout << options.scenario << ": right\n";
  return options.list || options.check ? 0 : play(loaded.scenario, options);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The meters of a building, on pseudo-terminals and TCP, as a scenario file has them"};
  Options options;
  app.add_option("--scenario", options.scenario, "scenario file (TOML)")->required();
  app.add_option("--folder", options.folder, "where buses, meters' memories and the control socket stand")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--dial", options.dial, "host:port that the buses' collectors dial; without it they stay silent");
  app.add_option("--gateways", options.gateways,
                 "port on loopback where the first gateway of Modbus-TCP listens, the others behind it; without it none does");
  app.add_flag("--check", options.check, "say what is wrong with the scenario, by line, and end");
  app.add_flag("--list", options.list, "print the meters, a JSON object a line, and end");
  CLI11_PARSE(app, argc, argv);
  return run(options);
}
