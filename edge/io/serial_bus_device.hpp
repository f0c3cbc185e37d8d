#pragma once
// A serial device, opened raw for one process.

#include <cstdint>
#include <string>

#include "edge/io/bus.hpp"
#include "shared/base/line_format.hpp"

namespace wattle {

/// A rate that the devices know.
bool is_known_rate(std::uint32_t baud);

/// The descriptor, or BusErrc::closed, busy or line_settings.
Result<int> open_serial_device(const std::string& path, const LineFormat& format);

}  // namespace wattle
