#pragma once
// What the listener and the two kinds of sessions share. Internal to this folder, and free of Beast.

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <set>

#include "cloud/http/router.hpp"
#include "cloud/http/server.hpp"

namespace wattle::http {

class Session {
 public:
  virtual ~Session() = default;
  /// Finish what is in work, then close.
  virtual void stop() = 0;
  /// Close now.
  virtual void abort() = 0;
};

struct HttpCounters {
  explicit HttpCounters(Metrics& metrics);
  /// By its status, and by each code that it names.
  void count_answer(const Response& response);

  Metrics& metrics;
  Counter& connections;
  Counter& connections_refused;
  Counter& late_answers;  // of handlers, after the client was told that there was none in time
  Counter& handler_failures;
  Counter& sockets;
  Counter& slow_readers;
  Gauge& open_connections;
};

/// What every session of one server rests on; lives as long as the last of them.
struct Context {
  boost::asio::io_context& loop;
  HttpSettings settings;
  Router router;
  HttpCounters counters;
  std::set<std::shared_ptr<Session>> sessions;
  bool stopping = false;
  std::function<void()> drained;  // set by the listener at a stop

  void enter(const std::shared_ptr<Session>& session);
  void leave(const std::shared_ptr<Session>& session);
};

void start_http_session(std::shared_ptr<Context> context, boost::asio::ip::tcp::socket socket);

/// Takes a connection over whose request asked for an upgrade. raw_header is that request again, as bytes.
void start_websocket_session(std::shared_ptr<Context> context, boost::asio::ip::tcp::socket socket, std::string raw_header,
                             Request request, const WebSocketRoute& route);

}  // namespace wattle::http
