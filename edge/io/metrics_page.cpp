#include "edge/io/metrics_page.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>

#include "shared/io/coroutine.hpp"

namespace wattle::edge {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

std::string reply_to(std::string_view request, const Metrics& metrics) {
  const auto begins = [&](std::string_view text) { return request.substr(0, text.size()) == text; };
  const bool here = begins("GET /metrics HTTP/1.") || begins("GET /metrics?");
  const auto body = here ? metrics.prometheus_text() : std::string("only GET /metrics is here\n");
  std::string reply = here ? "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                           : "HTTP/1.1 404 Not Found\r\nContent-Type: text/plain; charset=utf-8\r\n";
  reply += "Content-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
  return reply + body;
}

}  // namespace

Error MetricsPage::open(std::uint16_t port) {
  Error error;
  acceptor_.open(tcp::v4(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind({asio::ip::address_v4::loopback(), port}, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) asio::co_spawn(acceptor_.get_executor(), accept(), rethrow);
  return error;
}

std::uint16_t MetricsPage::port() const {
  Error error;
  const auto here = acceptor_.local_endpoint(error);
  return error ? std::uint16_t{0} : here.port();
}

void MetricsPage::stop() {
  Error ignored;  // closing a descriptor that is being given up
  acceptor_.close(ignored);
}

asio::awaitable<void> MetricsPage::accept() {
  for (;;) {
    auto [error, peer] = co_await acceptor_.async_accept(use_result);
    if (error) co_return;
    if (peers_ == metrics_peers_max) continue;  // which closes it
    ++peers_;
    asio::co_spawn(acceptor_.get_executor(), answer(std::move(peer)), [this](const std::exception_ptr& failure) {
      --peers_;
      rethrow(failure);
    });
  }
}

asio::awaitable<void> MetricsPage::answer(tcp::socket socket) {
  const auto peer = std::make_shared<tcp::socket>(std::move(socket));
  asio::steady_timer patience(peer->get_executor(), std::chrono::seconds(metrics_seconds_max));
  patience.async_wait([peer](const Error& cancelled) {
    Error ignored;  // it may have gone already
    if (!cancelled) peer->close(ignored);
  });
  std::string heard;
  const auto [error, size] =
      co_await asio::async_read_until(*peer, asio::dynamic_buffer(heard, metrics_request_bytes_max), "\r\n\r\n", use_result);
  if (error) co_return;
  const auto reply = reply_to(heard, *metrics_);
  const auto [failed, sent] = co_await asio::async_write(*peer, asio::buffer(reply), use_result);
  Error ignored;  // it may have gone already
  if (!failed) peer->shutdown(tcp::socket::shutdown_both, ignored);
}

}  // namespace wattle::edge
