#pragma once
// An RS485 line whose direction the kernel turns (Documentation/driver-api/serial/serial-rs485.rst).

#include <linux/serial.h>

#include "edge/io/bus.hpp"
#include "shared/base/rs485.hpp"

namespace wattle {

/// As TIOCSRS485 takes it.
serial_rs485 to_kernel(const Rs485& wanted);
/// What the driver has made of it: drivers leave out in silence what they cannot do.
bool is_done(const Rs485& wanted, const serial_rs485& made);
/// BusErrc::direction: the driver cannot (ENOTTY, EINVAL), or does it otherwise. The device then stays as it was.
Result<void> turn_by_kernel(int fd, const Rs485& wanted);

}  // namespace wattle
