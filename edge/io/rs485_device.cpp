#include "edge/io/rs485_device.hpp"

#include <sys/ioctl.h>

namespace wattle {
namespace {

constexpr std::uint32_t levels = SER_RS485_RTS_ON_SEND | SER_RS485_RTS_AFTER_SEND;

}  // namespace

serial_rs485 to_kernel(const Rs485& wanted) {
  serial_rs485 out{};
  out.flags = SER_RS485_ENABLED | (wanted.high_while_sending ? SER_RS485_RTS_ON_SEND : SER_RS485_RTS_AFTER_SEND);
  out.delay_rts_before_send = wanted.before_ms;
  out.delay_rts_after_send = wanted.after_ms;
  return out;
}

bool is_done(const Rs485& wanted, const serial_rs485& made) {
  const auto asked = to_kernel(wanted);
  return (made.flags & SER_RS485_ENABLED) != 0 && (made.flags & levels) == (asked.flags & levels);
}

Result<void> turn_by_kernel(int fd, const Rs485& wanted) {
  serial_rs485 before{};
  const bool knows_before = ioctl(fd, TIOCGRS485, &before) == 0;
  auto made = to_kernel(wanted);
  if (ioctl(fd, TIOCSRS485, &made) != 0) return WATTLE_FAIL(BusErrc::direction);
  // The driver writes back what it took; old kernels only tell it when they are asked.
  if (ioctl(fd, TIOCGRS485, &made) == 0 && is_done(wanted, made)) return {};
  if (knows_before) ioctl(fd, TIOCSRS485, &before);
  return WATTLE_FAIL(BusErrc::direction);
}

}  // namespace wattle
