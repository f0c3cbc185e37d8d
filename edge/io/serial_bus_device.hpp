#pragma once
// A serial device, opened raw for one process.

#include <cstdint>
#include <optional>
#include <string>

#include "edge/io/bus.hpp"
#include "shared/base/line_format.hpp"
#include "shared/base/rs485.hpp"

namespace wattle {

/// A rate that the devices know.
bool is_known_rate(std::uint32_t baud);
/// All of them, for people: "300, 600, …".
std::string known_rates();

/// The descriptor, or the system's reason why it cannot be opened, or BusErrc::busy, line_settings or direction. Without
/// `rs485` who turns the line around stays as the device has it.
Result<int> open_serial_device(const std::string& path, const LineFormat& format, const std::optional<Rs485>& rs485 = {});

}  // namespace wattle
