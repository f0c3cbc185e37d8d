#pragma once
// The buses of a scenario with their meters, in one process: a pseudo-terminal a bus, a serial server where the scenario has
// one, the meters' memories in a folder, and a control socket there.

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>

#include "simulator/building/scenario.hpp"
#include "simulator/devices/memory_file.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"

namespace wattle::sim {

class Building {
 public:
  /// Makes FOLDER/<bus> (a link to its pseudo-terminal) and FOLDER/<bus>.memory. `wrong` says why there is no building.
  static std::unique_ptr<Building> open(boost::asio::io_context& loop, const Scenario& scenario, const std::string& folder,
                                        std::string& wrong);
  /// The buses' collectors dial there from now on. Says what is wrong.
  std::string dial(boost::asio::io_context& loop, const TcpAddress& address);
  /// The gateways of Modbus-TCP in front of its buses listen on loopback, at this port and those that follow; 0 for any. Says
  /// what is wrong.
  std::string open_gateways(boost::asio::io_context& loop, std::uint16_t first_port);
  void start();
  void stop();
  /// Every meter, up to now: for a graceful end.
  Result<void> remember_all();

  /// One control line; the reply's last line is "ok" or "error: why".
  ///   status                          a line for each meter: bus, address, number, energy, power, relay, dead; and one for
  ///   each
  ///                                   collector (bus, collector, dialled, beat_s) and gateway (bus, gateway, masters)
  ///   BUS hang_up                     its collector's connection ends; it dials again
  ///   BUS WORD …                      what MeterBus::command says, to one bus
  std::string command(std::string_view line);

 private:
  struct Line {
    std::string name;
    std::unique_ptr<MemoryFile> memory;
    std::unique_ptr<MeterBus> bus;
    std::unique_ptr<SerialServer> server;
    std::optional<CollectorTwin> twin;
    std::unique_ptr<Collector> collector;  // of the twin, once it dials
    bool has_gateway = false;
    std::unique_ptr<ModbusTcpServer> gateway{};  // once it is opened
  };
  static std::string hang_up(Line& line);
  /// The meters of electricity behind a main meter, as bus and place on it.
  MeterFeed feed_of(const ScenarioMain& main, const Scenario& scenario) const;
  std::string open_line(boost::asio::io_context& loop, const Scenario& scenario, const ScenarioBus& bus,
                        const std::string& folder);
  static std::string way_status(const Line& line);
  std::string status();

  std::vector<Line> lines_;
};

/// A JSON object a line for each meter, for whoever sets a site up by it.
std::string list_meters(const Scenario& scenario);

}  // namespace wattle::sim
