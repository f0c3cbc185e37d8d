#include "edge/io/serial_bus_device.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "edge/io/rs485_device.hpp"
#include "shared/base/baud_rates.hpp"

namespace wattle {
namespace {

constexpr std::array<speed_t, 10> codes = {B300, B600, B1200, B2400, B4800, B9600, B19200, B38400, B57600, B115200};
static_assert(codes.size() == baud_rates.size());

std::optional<speed_t> code_of(std::uint32_t baud) {
  const auto rate = std::find(baud_rates.begin(), baud_rates.end(), baud);
  if (rate == baud_rates.end()) return std::nullopt;
  return codes[static_cast<std::size_t>(rate - baud_rates.begin())];
}

/// Unix98 slaves: majors 136 to 143 (Linux' devices.txt).
bool is_pseudo_terminal(int fd) {
  struct stat what {};
  return fstat(fd, &what) == 0 && major(what.st_rdev) >= 136 && major(what.st_rdev) <= 143;
}

bool set_line(int fd, const LineFormat& format) {
  const auto code = code_of(format.baud);
  termios settings{};
  if (!code || tcgetattr(fd, &settings) != 0) return false;
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL | CREAD;
  settings.c_cflag &= ~static_cast<tcflag_t>(PARENB | PARODD | CSTOPB | CRTSCTS);
  // A pseudo-terminal has no wire and drops parity. glibc reads back and lets that pass only when something else has changed:
  // the next process to open the device would be refused.
  if (format.parity != Parity::none && !is_pseudo_terminal(fd)) settings.c_cflag |= PARENB;
  if (format.parity == Parity::odd) settings.c_cflag |= PARODD;
  if (format.stop_bits == 2) settings.c_cflag |= CSTOPB;
  cfsetispeed(&settings, *code);
  cfsetospeed(&settings, *code);
  // The flush removes what was heard before we were there.
  return tcsetattr(fd, TCSAFLUSH, &settings) == 0;
}

}  // namespace

bool is_known_rate(std::uint32_t baud) { return is_baud_rate(baud); }

std::string known_rates() {
  std::string out;
  for (const auto rate : baud_rates) out += (out.empty() ? "" : ", ") + std::to_string(rate);
  return out;
}

Result<int> open_serial_device(const std::string& path, const LineFormat& format, const std::optional<Rs485>& rs485) {
  const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return last_system_error();
  // flock, not TIOCEXCL: it ends with the process that holds it, however that dies
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    close(fd);
    return WATTLE_FAIL(BusErrc::busy);
  }
  if (isatty(fd) == 0 || !set_line(fd, format)) {
    close(fd);
    return WATTLE_FAIL(BusErrc::line_settings);
  }
  const auto turned = rs485 ? turn_by_kernel(fd, *rs485) : Result<void>{};
  if (!turned) {
    close(fd);
    return turned.error();
  }
  return fd;
}

}  // namespace wattle
