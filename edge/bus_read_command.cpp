#include <iostream>

#include "edge/bus_meter.hpp"
#include "edge/tools/read_report.hpp"

namespace wattle::edge {

int bus_read_command(const BusReadWords& words) {
  const auto meter = tool_meter(words.meter);
  if (const auto* wrong = std::get_if<std::string>(&meter)) {
    std::cerr << "wattle-edge bus read: " << *wrong << '\n';
    return bus_wrong_call;
  }
  const auto& is = std::get<ToolMeter>(meter);
  PortMaster master(is.port);
  const auto read = read_meter(master, is, words.full ? Depth::full : Depth::control);
  if (read.port && !master.is_stopped()) {
    std::cerr << "wattle-edge bus read: " << port_trouble(is.port, read.port) << '\n';
    return bus_port_trouble;
  }
  if (read.reading) {
    std::cout << read_json({*is.profile, is.place, read.exchanges, read.answers}, *read.reading) << std::endl;
    return bus_done;
  }
  const auto why = read.port ? read.port : read.reading.error();
  const ReadMeter meter_read{*is.profile, is.place, read.exchanges, read.answers};
  std::cout << failed_json(meter_read, {why, words.full ? Depth::full : Depth::control, read.heard}) << std::endl;
  return bus_nothing;
}

}  // namespace wattle::edge
