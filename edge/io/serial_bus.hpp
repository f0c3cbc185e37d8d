#pragma once
// The bus on a serial device. Its lock is the device's: another process that has it open is told apart (BusErrc::busy).

#include "edge/io/serial_bus_device.hpp"
#include "edge/io/stream_bus.hpp"

namespace wattle {

StreamBus::Opener serial_opener(std::string device, const LineFormat& format, const std::optional<Rs485>& rs485 = {});
std::shared_ptr<Bus> start_serial_bus(boost::asio::io_context& loop, std::string device, const LineFormat& format,
                                      StreamBusSettings settings = {}, const std::optional<Rs485>& rs485 = {});

}  // namespace wattle
