#include "edge/io/socket_port.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <unistd.h>

#include "edge/io/bus.hpp"

namespace wattle {
Result<int> descriptor_of(boost::asio::ip::tcp::socket& socket, Duration unacknowledged_at_most) {
  const auto milliseconds_at_most = static_cast<unsigned>(unacknowledged_at_most.micros / milliseconds(1).micros);
  Error ignored;  // an option that is refused costs some milliseconds, or the notice of a dead peer
  socket.set_option(boost::asio::ip::tcp::no_delay(true), ignored);
  socket.set_option(boost::asio::socket_base::keep_alive(true), ignored);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds_at_most, sizeof milliseconds_at_most);
  const int fd = ::fcntl(socket.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return last_system_error();
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
    const auto error = last_system_error();
    ::close(fd);
    return error;
  }
  return fd;
}

void ignore_broken_pipes() { ::signal(SIGPIPE, SIG_IGN); }

}  // namespace wattle
