#include "cloud/http/server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "cloud/http/problem.hpp"
#include "cloud/http/session.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/log.hpp"

namespace wattle::http {

namespace asio = boost::asio;
using asio::ip::tcp;

HttpCounters::HttpCounters(Metrics& registry)
    : metrics(registry),
      connections(registry.counter("wattle_http_connections_total", "Connections accepted")),
      connections_refused(registry.counter("wattle_http_connections_refused_total", "Connections beyond the limit")),
      late_answers(registry.counter("wattle_http_late_answers_total", "Answers of handlers after their time")),
      handler_failures(registry.counter("wattle_http_handler_failures_total", "Handlers that failed or gave no answer")),
      sockets(registry.counter("wattle_http_websockets_total", "WebSockets opened")),
      slow_readers(registry.counter("wattle_http_slow_readers_total", "WebSockets dropped because their queue was full")),
      open_connections(registry.gauge("wattle_http_open_connections", "Connections now")) {}

void HttpCounters::count_answer(const Response& response) {
  const auto status = std::to_string(response.status);
  metrics.counter("wattle_http_answers_total", "Answers by status", {{"status", status}}).add();
  for (const auto code : response.problems)
    metrics.counter("wattle_http_problems_total", "What was refused, by code", {{"code", std::string(code)}}).add();
}

void Context::enter(const std::shared_ptr<Session>& session) {
  sessions.insert(session);
  counters.open_connections.set(static_cast<std::int64_t>(sessions.size()));
}

void Context::leave(const std::shared_ptr<Session>& session) {
  sessions.erase(session);
  counters.open_connections.set(static_cast<std::int64_t>(sessions.size()));
  if (stopping && sessions.empty() && drained) asio::post(loop, std::exchange(drained, nullptr));
}

class Server::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(asio::io_context& loop, HttpSettings settings, Router router, Metrics& metrics)
      : context_(std::make_shared<Context>(
            Context{loop, std::move(settings), std::move(router), HttpCounters(metrics), {}, false, nullptr})),
        acceptor_(loop),
        pause_(loop),
        drain_(loop) {}

  Result<std::uint16_t> listen() {
    Error error;
    const auto address = asio::ip::make_address(context_->settings.address, error);
    if (error) return error;
    const tcp::endpoint endpoint(address, context_->settings.port);
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return error;
    const auto port = acceptor_.local_endpoint(error).port();
    if (error) return error;
    log_event(LogLevel::info, "http.listening", {{"address", context_->settings.address}, {"port", port}});
    accept();
    return port;
  }

  void stop(std::function<void()> done) {
    context_->stopping = true;
    context_->drained = [self = shared_from_this(), done = std::move(done)] {
      self->drain_.cancel();
      log_event(LogLevel::info, "http.stopped", {});
      done();
    };
    Error ignored;  // an acceptor that was never open has nothing to close
    acceptor_.close(ignored);
    pause_.cancel();
    if (context_->sessions.empty()) return asio::post(context_->loop, std::exchange(context_->drained, nullptr));
    const auto sessions = context_->sessions;
    for (const auto& session : sessions) session->stop();
    drain_.expires_after(to_chrono(context_->settings.limits.drain_time));
    drain_.async_wait([context = context_](const Error& error) {
      if (error) return;
      const auto late = context->sessions;
      for (const auto& session : late) session->abort();
    });
  }

 private:
  void accept() {
    acceptor_.async_accept([self = shared_from_this()](const Error& error, tcp::socket socket) {
      if (self->context_->stopping) return;
      if (error) return self->accept_later(error);
      self->take(std::move(socket));
      self->accept();
    });
  }

  /// Out of file descriptors, most likely: accepting again at once would spin.
  void accept_later(const Error& reason) {
    log_event(LogLevel::error, "http.accept_failed", {{"reason", reason.message()}});
    pause_.expires_after(std::chrono::milliseconds(100));
    pause_.async_wait([self = shared_from_this()](const Error& error) {
      if (!error && !self->context_->stopping) self->accept();
    });
  }

  void take(tcp::socket socket) {
    if (context_->sessions.size() >= context_->settings.limits.connections) return refuse(std::move(socket));
    Error ignored;  // without the option small answers are only slower
    socket.set_option(tcp::no_delay(true), ignored);
    context_->counters.connections.add();
    start_http_session(context_, std::move(socket));
  }

  void refuse(tcp::socket socket) {
    context_->counters.connections_refused.add();
    const auto answer = problem(problems::too_many_connections, Language::en);
    context_->counters.count_answer(answer);
    auto text = std::make_shared<std::string>("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n");
    *text += "Content-Type: " + answer.content_type + "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" +
             answer.body;
    auto kept = std::make_shared<tcp::socket>(std::move(socket));
    // A few hundred bytes fit the socket's own buffer: this never waits for the client.
    asio::async_write(*kept, asio::buffer(*text), [kept, text](const Error&, std::size_t) {});
  }

  std::shared_ptr<Context> context_;
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  asio::steady_timer drain_;
};

Server::Server(asio::io_context& loop, HttpSettings settings, Router router, Metrics& metrics)
    : core_(std::make_shared<Core>(loop, std::move(settings), std::move(router), metrics)) {}

Server::~Server() = default;

Result<std::uint16_t> Server::listen() { return core_->listen(); }
void Server::stop(std::function<void()> done) { core_->stop(std::move(done)); }

}  // namespace wattle::http
