#include "edge/io/tcp_bus.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "edge/io/socket_port.hpp"
#include "shared/io/coroutine.hpp"

namespace wattle {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr Duration unacknowledged_at_most = seconds(10);
constexpr std::int64_t jitter_per_mille = 200;

asio::awaitable<Result<int>> connect(TcpAddress address, StreamBus::Clock::time_point deadline) {
  const auto executor = co_await asio::this_coro::executor;
  tcp::resolver resolver(executor);
  tcp::socket socket(executor);
  asio::steady_timer timer(executor, deadline);
  bool is_late = false;
  timer.async_wait([&](const Error& cancelled) {
    if (cancelled) return;
    is_late = true;
    resolver.cancel();
    Error ignored;  // there may be nothing left to cancel
    socket.close(ignored);
  });
  const auto [not_found, found] = co_await resolver.async_resolve(address.host, std::to_string(address.port), use_result);
  if (not_found) {
    timer.cancel();
    co_await asio::post(executor, asio::use_awaitable);
    co_return is_late ? Error(asio::error::timed_out) : not_found;
  }
  const auto [refused, at] = co_await asio::async_connect(socket, found, use_result);
  // The timer's handler refers to what lives here: it has run when this coroutine goes on.
  timer.cancel();
  co_await asio::post(executor, asio::use_awaitable);
  if (is_late) co_return Error(asio::error::timed_out);
  if (refused) co_return refused;
  co_return descriptor_of(socket, unacknowledged_at_most);
}

}  // namespace

StreamBusSettings tcp_settings(std::uint64_t jitter_seed) {
  const auto share = 1000 + static_cast<std::int64_t>(jitter_seed % static_cast<std::uint64_t>(jitter_per_mille));
  StreamBusSettings settings;
  settings.deaf_after = 20;
  settings.quiet = milliseconds(300);
  settings.longest_babble = seconds(2);
  settings.first_reopen = microseconds(seconds(1).micros / 1000 * share);
  settings.last_reopen = microseconds(seconds(60).micros / 1000 * share);
  return settings;
}

StreamBus::Opener tcp_opener(TcpAddress address) {
  ignore_broken_pipes();
  return [address = std::move(address)](StreamBus::Clock::time_point deadline) { return connect(address, deadline); };
}

std::shared_ptr<Bus> start_tcp_bus(asio::io_context& loop, TcpAddress address, StreamBusSettings settings) {
  return StreamBus::start(loop, tcp_opener(std::move(address)), std::move(settings));
}

}  // namespace wattle
