#include "cloud/http/problem.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "cloud/http/request_head.hpp"
#include "cloud/http/session.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/coroutine.hpp"
#include "shared/io/log.hpp"

// g++ 12 miscompiles a co_await that stands in the condition of an if or a loop whose body is empty or a co_await itself (ud2,
// or a jump into nowhere; seen here at -O0 and -O2). In this file every co_await is a statement of its own or a co_return.

namespace wattle::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using Parser = beast_http::request_parser<beast_http::string_body>;

constexpr std::size_t read_size = 8 * 1024;
constexpr std::size_t linger_bytes = 1024 * 1024;  // what a client may still send after we have answered and closed
constexpr Duration linger_time = seconds(2);

/// A time-out for one stretch of work: cuts what is pending at its end, and is asked before each further step.
class Deadline {
 public:
  Deadline(const asio::any_io_executor& executor, std::function<void()> cut)
      : state_(std::make_shared<State>(executor, std::move(cut))) {}
  ~Deadline() { stop(); }

  void start(Duration time) {
    const auto turn = ++state_->turn;
    state_->expired = false;
    state_->timer.expires_after(to_chrono(time));
    state_->timer.async_wait([state = state_, turn](const Error& error) {
      if (error || turn != state->turn) return;  // a later stretch has begun
      state->expired = true;
      state->cut();
    });
  }
  void stop() {
    ++state_->turn;
    state_->timer.cancel();
  }
  bool expired() const { return state_->expired; }

 private:
  struct State {
    State(const asio::any_io_executor& executor, std::function<void()> action) : timer(executor), cut(std::move(action)) {}
    asio::steady_timer timer;
    std::function<void()> cut;
    std::uint64_t turn = 0;
    bool expired = false;
  };
  std::shared_ptr<State> state_;
};

/// Where a handler's answer arrives. Shared with the Respond, which may outlive the session.
struct Answer {
  explicit Answer(asio::io_context& loop) : arrived(loop) {}
  asio::steady_timer arrived;
  bool done = false;
  bool abandoned = false;
  std::optional<Response> response;
};

class HttpSession final : public Session, public std::enable_shared_from_this<HttpSession> {
 public:
  HttpSession(std::shared_ptr<Context> context, tcp::socket socket)
      : context_(std::move(context)),
        socket_(std::move(socket)),
        buffer_(context_->settings.limits.header_size + context_->settings.limits.read_ahead),
        read_deadline_(socket_.get_executor(), [this] { cancel_reading(); }),
        write_deadline_(socket_.get_executor(), [this] { abort(); }) {}

  void start() {
    context_->enter(shared_from_this());
    asio::co_spawn(socket_.get_executor(), run(),
                   [self = shared_from_this()](const std::exception_ptr& failure) { self->finish(failure); });
  }
  void stop() override {
    stopping_ = true;
    if (idle_) cancel_reading();
  }
  void abort() override {
    Error ignored;  // closing what is closed is no fault
    socket_.close(ignored);
  }

 private:
  enum class Read { done, closed, late, failed };

  asio::awaitable<void> run();
  asio::awaitable<bool> exchange();
  asio::awaitable<Read> read_some();
  asio::awaitable<Read> read_head(Parser& parser, Error& error);
  asio::awaitable<Read> read_body(Parser& parser, Error& error);
  asio::awaitable<bool> fail(Read how, const Error& error);
  asio::awaitable<bool> reject(const ProblemKind& kind);
  asio::awaitable<bool> serve(Parser& parser, const Match& match);
  asio::awaitable<Response> ask_handler(const Route& route);
  asio::awaitable<bool> upgrade(const Parser& parser, const WebSocketRoute& route);
  asio::awaitable<bool> send(Response response, bool keep_alive);
  asio::awaitable<bool> write(std::string head, std::string body = {});
  asio::awaitable<void> linger();
  bool fill_request(const Parser& parser);
  Response answer_without_handler(const Match& match) const;
  void cancel_reading() {
    Error ignored;  // as in abort()
    socket_.cancel(ignored);
  }
  void finish(const std::exception_ptr& failure);

  std::shared_ptr<Context> context_;
  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  Deadline read_deadline_;
  Deadline write_deadline_;
  Request request_;
  unsigned version_ = 11;
  bool idle_ = false;
  bool stopping_ = false;
};

void HttpSession::finish(const std::exception_ptr& failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log_event(LogLevel::error, "http.session_failed", {{"what", error.what()}});
  }
  abort();
  context_->leave(shared_from_this());
}

asio::awaitable<void> HttpSession::run() {
  bool more = true;
  while (more) more = co_await exchange();
}

/// One request and its answer; false when the connection is at its end.
asio::awaitable<bool> HttpSession::exchange() {
  const auto& limits = context_->settings.limits;
  if (buffer_.size() == 0) {
    if (stopping_ || context_->stopping) co_return false;
    idle_ = true;
    read_deadline_.start(limits.idle_time);
    const auto first = co_await read_some();
    idle_ = false;
    if (first != Read::done) co_return false;
  }
  request_ = {};
  version_ = 11;
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(limits.header_size));
  parser.body_limit(boost::none);  // set once the route is known
  Error error;
  read_deadline_.start(limits.header_time);
  const auto how = co_await read_head(parser, error);
  if (how != Read::done) co_return co_await fail(how, error);
  if (!fill_request(parser)) co_return co_await reject(problems::header_too_large);
  const auto method = parse_method(parser.get().method_string());
  if (const auto* wrong = head_problem(request_.headers, version_)) co_return co_await reject(*wrong);
  if (!method) co_return co_await reject(problems::method_unknown);
  const auto target = parse_target(parser.get().target());
  if (!target || (target->path == "*" && method != Method::options)) co_return co_await reject(problems::bad_target);
  request_.method = *method;
  request_.path = target->path;
  request_.query = target->query;
  if (const auto* socket = context_->router.find_socket(request_.path)) co_return co_await upgrade(parser, *socket);
  const auto match = context_->router.find(*method, request_.path);
  request_.params = match.params;
  co_return co_await serve(parser, match);
}

asio::awaitable<HttpSession::Read> HttpSession::read_some() {
  if (read_deadline_.expired()) co_return Read::late;
  const auto [error, size] = co_await socket_.async_read_some(buffer_.prepare(read_size), use_result);
  buffer_.commit(size);
  if (read_deadline_.expired()) co_return Read::late;
  co_return error ? Read::closed : Read::done;
}

asio::awaitable<HttpSession::Read> HttpSession::read_head(Parser& parser, Error& error) {
  while (true) {
    buffer_.consume(parser.put(buffer_.data(), error));
    if (parser.is_header_done()) co_return error ? Read::failed : Read::done;
    if (error != beast_http::error::need_more && error) co_return Read::failed;
    if (buffer_.size() > context_->settings.limits.header_size) {
      error = beast_http::error::header_limit;
      co_return Read::failed;
    }
    error = {};
    const auto how = co_await read_some();
    if (how != Read::done) co_return how;
  }
}

asio::awaitable<HttpSession::Read> HttpSession::read_body(Parser& parser, Error& error) {
  parser.eager(true);
  while (!parser.is_done()) {
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error && error != beast_http::error::need_more) co_return Read::failed;
    error = {};
    if (parser.is_done()) break;
    const auto how = co_await read_some();
    if (how != Read::done) co_return how;
  }
  co_return Read::done;
}

asio::awaitable<bool> HttpSession::fail(Read how, const Error& error) {
  if (how == Read::closed) co_return false;
  if (how == Read::late) co_return co_await reject(problems::timeout);
  if (error == beast_http::error::header_limit) co_return co_await reject(problems::header_too_large);
  if (error == beast_http::error::body_limit) co_return co_await reject(problems::body_too_large);
  co_return co_await reject(problems::malformed);
}

/// What follows this request cannot be told apart from its rest: answer, and close.
asio::awaitable<bool> HttpSession::reject(const ProblemKind& kind) {
  auto response = problem(kind, request_.language);
  co_await send(std::move(response), false);
  co_await linger();
  co_return false;
}

bool HttpSession::fill_request(const Parser& parser) {
  const auto& head = parser.get();
  version_ = head.version();
  for (const auto& field : head) {
    if (request_.headers.size() == context_->settings.limits.header_count) return false;
    std::string name(field.name_string());
    for (auto& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    request_.headers.emplace_back(std::move(name), field.value());
  }
  Error ignored;  // a peer that has gone has no address any more, and no answer will reach it
  request_.peer =
      peer_behind(socket_.remote_endpoint(ignored).address().to_string(), request_.headers, context_->settings.fronts);
  request_.language = preferred_language(request_.header("accept-language"));
  request_.received = read_clocks();
  return true;
}

asio::awaitable<bool> HttpSession::serve(Parser& parser, const Match& match) {
  const auto& limits = context_->settings.limits;
  const auto body_limit = match.route == nullptr ? limits.stray_body : match.route->body_limit;
  const auto length = parser.content_length();
  if (length && *length > body_limit) co_return co_await reject(problems::body_too_large);
  parser.body_limit(body_limit);
  if (!parser.is_done() && !request_.header("expect").empty()) {
    const bool written = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!written) co_return false;
  }
  Error error;
  read_deadline_.start(limits.body_time);
  const auto how = co_await read_body(parser, error);
  if (how != Read::done) co_return co_await fail(how, error);
  read_deadline_.stop();
  const bool keep_alive = parser.keep_alive() && !context_->stopping && !stopping_;
  request_.body = std::move(parser.get().body());
  const bool wrong_type = match.route != nullptr && !request_.body.empty() &&
                          !is_media_type(request_.header("content-type"), match.route->media_type);
  if (match.route == nullptr) co_return co_await send(answer_without_handler(match), keep_alive);
  if (wrong_type) {
    const auto wanted = "this address takes " + match.route->media_type;
    co_return co_await send(problem(problems::media_type, request_.language, wanted), keep_alive);
  }
  auto response = co_await ask_handler(*match.route);
  co_return co_await send(std::move(response), keep_alive && !context_->stopping);
}

Response HttpSession::answer_without_handler(const Match& match) const {
  Response response;
  if (request_.method == Method::options && (!match.allowed.empty() || request_.path == "*")) {
    response.status = 204;
    response.content_type.clear();
  } else if (match.allowed.empty()) {
    return problem(problems::not_found, request_.language);
  } else {
    response = problem(problems::method_not_allowed, request_.language);
  }
  if (request_.path != "*") response.headers.emplace_back("Allow", allow_text(match.allowed));
  return response;
}

asio::awaitable<Response> HttpSession::ask_handler(const Route& route) {
  const auto answer = std::make_shared<Answer>(context_->loop);
  answer->arrived.expires_after(to_chrono(context_->settings.limits.handler_time));
  const auto deliver = [answer, context = context_](std::optional<Response> response) {
    asio::dispatch(context->loop, [answer, context, response = std::move(response)]() mutable {
      if (answer->abandoned) return context->counters.late_answers.add();
      answer->response = std::move(response);
      answer->done = true;
      answer->arrived.cancel();
    });
  };
  try {
    route.handler(request_, Respond(deliver));
  } catch (const std::exception& error) {
    log_event(LogLevel::error, "http.handler_failed", {{"route", route.path}, {"what", error.what()}});
  }
  if (!answer->done) co_await answer->arrived.async_wait(use_result);
  if (!answer->done) {
    answer->abandoned = true;
    log_event(LogLevel::error, "http.no_answer_in_time", {{"route", route.path}});
    auto response = problem(problems::slow_answer, request_.language);
    response.headers.emplace_back("Retry-After", "5");
    co_return response;
  }
  if (answer->response) co_return *std::move(answer->response);
  context_->counters.handler_failures.add();
  log_event(LogLevel::error, "http.handler_without_answer", {{"route", route.path}});
  co_return problem(problems::internal, request_.language);
}

asio::awaitable<bool> HttpSession::upgrade(const Parser& parser, const WebSocketRoute& route) {
  const bool asked = request_.method == Method::get && version_ == 11 && has_token(request_.header("connection"), "upgrade") &&
                     has_token(request_.header("upgrade"), "websocket");
  if (!asked) {
    auto response = problem(problems::upgrade_required, request_.language);
    response.headers.emplace_back("Upgrade", "websocket");
    response.headers.emplace_back("Connection", "upgrade");
    co_return co_await send(std::move(response), false);
  }
  if (auto refusal = route.refuse(request_)) co_return co_await send(*std::move(refusal), false);
  // A client that sends before it knows that this is a WebSocket breaks RFC 6455 §4.1; so does one with a body.
  if (buffer_.size() > 0 || !parser.is_done()) co_return co_await reject(problems::malformed);
  read_deadline_.stop();
  std::string head = "GET " + std::string(parser.get().target()) + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request_.headers) head += name + ": " + value + "\r\n";
  start_websocket_session(context_, std::move(socket_), head + "\r\n", std::move(request_), route);
  co_return false;
}

asio::awaitable<bool> HttpSession::send(Response response, bool keep_alive) {
  context_->counters.count_answer(response);
  const bool bodiless = response.status == 204 || response.status == 304;
  std::string text = "HTTP/1.1 " + std::to_string(response.status) + ' ' +
                     std::string(beast_http::obsolete_reason(beast_http::int_to_status(response.status))) + "\r\n";
  const auto header = [&text](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  header("Date", http_date(wall_clock()));
  if (!bodiless && !response.content_type.empty()) header("Content-Type", response.content_type);
  if (!bodiless) header("Content-Length", std::to_string(response.body.size()));
  if (value_of(response.headers, "Cache-Control").empty()) header("Cache-Control", "no-store");
  header("X-Content-Type-Options", "nosniff");
  const bool named = !value_of(response.headers, "Connection").empty();
  if (!named && (!keep_alive || version_ == 10)) header("Connection", keep_alive ? "keep-alive" : "close");
  for (const auto& [name, value] : response.headers) header(name, value);
  text += "\r\n";
  if (bodiless || request_.method == Method::head) response.body.clear();
  const bool written = co_await write(std::move(text), std::move(response.body));
  co_return written&& keep_alive;
}

/// A body of megabytes is not copied behind its head.
asio::awaitable<bool> HttpSession::write(std::string head, std::string body) {
  read_deadline_.stop();  // its end cancels whatever the socket does
  write_deadline_.start(context_->settings.limits.write_time);
  const std::array<asio::const_buffer, 2> parts = {asio::buffer(head), asio::buffer(body)};
  const auto [error, size] = co_await asio::async_write(socket_, parts, use_result);
  write_deadline_.stop();
  co_return !error;
}

/// Reads away what the client is still sending: closing with unread bytes would send a reset that may overtake the answer.
asio::awaitable<void> HttpSession::linger() {
  Error error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  std::size_t total = 0;
  read_deadline_.start(linger_time);
  while (!error && total < linger_bytes) {
    buffer_.clear();
    const auto how = co_await read_some();
    if (how != Read::done) co_return;
    total += buffer_.size();
  }
}

}  // namespace

void start_http_session(std::shared_ptr<Context> context, tcp::socket socket) {
  std::make_shared<HttpSession>(std::move(context), std::move(socket))->start();
}

}  // namespace wattle::http
