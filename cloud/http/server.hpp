#pragma once
// An HTTP/1.1 server on one Asio loop thread. It knows no word of the domain. Use:
//
//   std::vector<http::Route> routes;
//   routes.push_back({http::Method::post, "/api/v1/rooms/{room}/recharges",
//                     [&](const http::Request& request, http::Respond respond) {
//                       const std::string key(request.header("idempotency-key"));
//                       JsonBody body(request.body);
//                       …
//                       // Answer when the entry is durable, from whichever thread that is known on:
//                       store.commit(…, [respond] { respond({.status = 201, .body = "{…}"}); });
//                     }});
//   http::Server server(loop, {.port = 8080}, http::Router(std::move(routes), {feed_route}), metrics);
//   if (const auto port = server.listen(); !port) … port.error() …
//   …
//   server.stop([] { … nothing of the server runs any more … });
//
// Requests of one connection are answered in order (pipelining); while a handler has one, the next is not read, so that a
// client is held back by its own requests. Everything is limited (HttpLimits), and each limit that is hit has its code
// (problem.hpp).

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>

#include "cloud/http/router.hpp"
#include "shared/base/result.hpp"
#include "shared/io/metrics.hpp"

namespace wattle::http {

struct HttpLimits {
  std::size_t connections = 4096;
  std::size_t header_size = 16 * 1024;  // bytes of the request line and headers together
  std::size_t header_count = 100;
  std::size_t read_ahead = 16 * 1024;  // bytes of later requests kept while one is in work
  std::size_t stray_body = 64 * 1024;  // bytes of a body that no route wants, read so that the connection can go on
  Duration idle_time = seconds(60);    // between two requests
  Duration header_time = seconds(10);  // from its first byte to its end
  Duration body_time = seconds(30);
  Duration handler_time = seconds(30);
  Duration write_time = seconds(30);
  Duration drain_time = seconds(5);        // at a stop, for what is in work
  std::size_t socket_message = 64 * 1024;  // bytes of one WebSocket message from a client
  std::size_t socket_queue = 256;          // messages waiting for one client
  std::size_t socket_queue_bytes = 4 * 1024 * 1024;
  Duration socket_silence = seconds(60);  // pinged at half of it, dropped at its end
};

struct HttpSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  HttpLimits limits = {};
  std::set<std::string> fronts = {};  // plain_address(): who calls for others, and says in X-Forwarded-For for whom
};

class Server {
 public:
  /// The metrics must outlive the server; the server must outlive the loop's run, or its stop be done.
  Server(boost::asio::io_context& loop, HttpSettings settings, Router router, Metrics& metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// The port that was bound.
  Result<std::uint16_t> listen();
  /// No new connections; idle ones close, requests in work are answered; after drain_time the rest is cut.
  void stop(std::function<void()> done);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace wattle::http
