#include "edge/io/tcp_bus.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>

namespace wattle {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
constexpr auto use_result = asio::as_tuple(asio::use_awaitable);

constexpr std::int64_t jitter_per_mille = 200;

// A connection that something between has forgotten: else the system asks on for a quarter of an hour.
constexpr int unacknowledged_at_most_ms = 10'000;

/// Of a socket that is connected. Asio's own socket cannot be read through the same code as a serial device; its descriptor
/// can.
Result<int> descriptor_of(tcp::socket& socket) {
  Error ignored;  // an option that is refused costs some milliseconds, or the notice of a dead peer
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unacknowledged_at_most_ms,
               sizeof unacknowledged_at_most_ms);
  const int fd = ::fcntl(socket.native_handle(), F_DUPFD_CLOEXEC, 0);
  if (fd < 0) return WATTLE_FAIL(BusErrc::closed);
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
    ::close(fd);
    return WATTLE_FAIL(BusErrc::closed);
  }
  return fd;
}

asio::awaitable<Result<int>> connect(TcpAddress address, StreamBus::Clock::time_point deadline) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  tcp::socket socket(executor);
  asio::steady_timer timer(executor, deadline);
  timer.async_wait([&](const Error& cancelled) {
    if (cancelled) return;
    resolver.cancel();
    Error ignored;  // there may be nothing left to cancel
    socket.close(ignored);
  });
  const auto [not_found, found] = co_await resolver.async_resolve(address.host, std::to_string(address.port), use_result);
  if (not_found) {
    timer.cancel();
    co_await asio::post(executor, asio::use_awaitable);
    co_return WATTLE_FAIL(BusErrc::closed);
  }
  const auto [refused, at] = co_await asio::async_connect(socket, found, use_result);
  // The timer's handler refers to what lives here: it has run when this coroutine goes on.
  timer.cancel();
  co_await asio::post(executor, asio::use_awaitable);
  if (refused || !socket.is_open()) co_return WATTLE_FAIL(BusErrc::closed);
  co_return descriptor_of(socket);
}

}  // namespace

std::optional<TcpAddress> parse_tcp_address(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return std::nullopt;
  auto host = text.substr(0, colon);
  if (host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt;
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.empty() || error != std::errc{} || end != digits.data() + digits.size() || port == 0) return std::nullopt;
  return TcpAddress{std::string(host), port};
}

StreamBusSettings tcp_settings(std::uint64_t jitter_seed) {
  const auto share = 1000 + static_cast<std::int64_t>(jitter_seed % static_cast<std::uint64_t>(jitter_per_mille));
  StreamBusSettings settings;
  settings.quiet = milliseconds(300);
  settings.longest_babble = seconds(2);
  settings.first_reopen = microseconds(seconds(1).micros / 1000 * share);
  settings.last_reopen = microseconds(seconds(60).micros / 1000 * share);
  return settings;
}

std::shared_ptr<Bus> start_tcp_bus(asio::io_context& loop, TcpAddress address, StreamBusSettings settings) {
  // A write to a connection that the peer has closed is an error of that bus, not the end of the process.
  ::signal(SIGPIPE, SIG_IGN);
  auto open = [address = std::move(address)](StreamBus::Clock::time_point deadline) { return connect(address, deadline); };
  return StreamBus::start(loop, std::move(open), settings);
}

}  // namespace wattle
