// A library to preload before libfaketime: waits take real time again.
//
// libfaketime 0.9.10 with a speed shortens every wait by it, which makes loops spin, and takes an absolute timerfd of the
// monotonic clock for one of the wall clock: Asio's "now" (1 ns, epoll_reactor.ipp) becomes a moment decades away, after which
// no timer of the process fires any more (seen here: a box that stopped polling). FAKETIME_DONT_FAKE_MONOTONIC changes nothing
// about either.

#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

extern "C" {

int timerfd_settime(int fd, int flags, const itimerspec* value, itimerspec* old) noexcept {
  return static_cast<int>(syscall(SYS_timerfd_settime, fd, flags, value, old));
}

int timerfd_gettime(int fd, itimerspec* value) noexcept { return static_cast<int>(syscall(SYS_timerfd_gettime, fd, value)); }

int epoll_wait(int fd, epoll_event* events, int most, int timeout_ms) {
  return static_cast<int>(syscall(SYS_epoll_pwait, fd, events, most, timeout_ms, nullptr, 0));
}

int poll(pollfd* fds, nfds_t count, int timeout_ms) {
  timespec time{timeout_ms / 1000, timeout_ms % 1000 * 1'000'000L};
  return static_cast<int>(syscall(SYS_ppoll, fds, count, timeout_ms < 0 ? nullptr : &time, nullptr, 0));
}

int select(int count, fd_set* to_read, fd_set* to_write, fd_set* to_except, timeval* timeout) {
  timespec time{};
  if (timeout != nullptr) time = {timeout->tv_sec, timeout->tv_usec * 1000};
  return static_cast<int>(
      syscall(SYS_pselect6, count, to_read, to_write, to_except, timeout == nullptr ? nullptr : &time, nullptr));
}

}  // extern "C"
