#pragma once
// Prometheus' page on the loopback interface: GET /metrics, and nothing else. One request a connection, so that a scraper that
// hangs holds nothing but its own socket. (Boost.Beast is for the cloud's API; this needs no more of HTTP than a request line.)

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "shared/base/result.hpp"
#include "shared/io/metrics.hpp"

namespace wattle::edge {

inline constexpr std::size_t metrics_request_bytes_max = 4096;
inline constexpr int metrics_peers_max = 4;
inline constexpr int metrics_seconds_max = 5;  // for one request and its answer

class MetricsPage {
 public:
  MetricsPage(boost::asio::io_context& loop, const Metrics& metrics) : acceptor_(loop), metrics_(&metrics) {}
  Error open(std::uint16_t port);
  std::uint16_t port() const;
  void stop();

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> answer(boost::asio::ip::tcp::socket peer);

  boost::asio::ip::tcp::acceptor acceptor_;
  const Metrics* metrics_;
  int peers_ = 0;
};

}  // namespace wattle::edge
