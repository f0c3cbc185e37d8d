#include "edge/io/serial_bus.hpp"

namespace wattle {

std::shared_ptr<Bus> start_serial_bus(boost::asio::io_context& loop, std::string device, const LineFormat& format,
                                      StreamBusSettings settings) {
  auto open = [device = std::move(device), format](StreamBus::Clock::time_point) -> boost::asio::awaitable<Result<int>> {
    co_return open_serial_device(device, format);
  };
  return StreamBus::start(loop, std::move(open), settings);
}

}  // namespace wattle
