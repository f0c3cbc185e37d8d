#include "edge/io/serial_bus.hpp"

namespace wattle {

StreamBus::Opener serial_opener(std::string device, const LineFormat& format, const std::optional<Rs485>& rs485) {
  return [device = std::move(device), format, rs485](StreamBus::Clock::time_point) -> boost::asio::awaitable<Result<int>> {
    co_return open_serial_device(device, format, rs485);
  };
}

std::shared_ptr<Bus> start_serial_bus(boost::asio::io_context& loop, std::string device, const LineFormat& format,
                                      StreamBusSettings settings, const std::optional<Rs485>& rs485) {
  return StreamBus::start(loop, serial_opener(std::move(device), format, rs485), settings);
}

}  // namespace wattle
