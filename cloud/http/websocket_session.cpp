#include "cloud/http/session.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <deque>

#include "shared/io/clock.hpp"
#include "shared/io/coroutine.hpp"
#include "shared/io/log.hpp"

namespace wattle::http {
namespace {

namespace asio = boost::asio;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;

constexpr Duration close_time = seconds(2);  // for the other side's part of the closing
constexpr std::uint16_t close_abnormal = 1006;
constexpr std::uint16_t close_unsupported = 1003;

class WebSocketSession final : public Session, public WebSocket, public std::enable_shared_from_this<WebSocketSession> {
 public:
  WebSocketSession(std::shared_ptr<Context> context, tcp::socket socket, std::string raw_header, Request request,
                   const WebSocketRoute& route)
      : context_(std::move(context)),
        stream_(std::move(socket)),
        close_timer_(context_->loop),
        raw_header_(std::move(raw_header)),
        request_(std::move(request)),
        route_(route) {}

  void start() {
    context_->enter(shared_from_this());
    asio::co_spawn(context_->loop, run(),
                   [self = shared_from_this()](const std::exception_ptr& failure) { self->finish(failure); });
  }

  bool send(std::shared_ptr<const std::string> text) override;
  void close(std::uint16_t code, std::string_view reason) override;
  std::size_t queued() const override { return queue_.size(); }
  QueueRoom room() const override {
    const auto& limits = context_->settings.limits;
    return {limits.socket_queue - queue_.size(), limits.socket_queue_bytes - queue_bytes_};
  }
  void stop() override { close(close_going_away, "server stops"); }
  void abort() override {
    Error ignored;  // closing what is closed is no fault
    stream_.next_layer().close(ignored);
  }

 private:
  asio::awaitable<void> run();
  void write_next();
  void begin_close();
  void limit_closing();
  void finish(const std::exception_ptr& failure);

  std::shared_ptr<Context> context_;
  websocket::stream<tcp::socket, false> stream_;  // without compression: events are small
  asio::steady_timer close_timer_;
  std::string raw_header_;
  Request request_;
  const WebSocketRoute& route_;
  WebSocketEvents events_;
  std::deque<std::shared_ptr<const std::string>> queue_;
  std::size_t queue_bytes_ = 0;
  std::optional<websocket::close_reason> closing_;
  bool open_ = false;
  bool writing_ = false;
  bool close_sent_ = false;
};

asio::awaitable<void> WebSocketSession::run() {
  const auto& limits = context_->settings.limits;
  stream_.set_option(websocket::stream_base::timeout{to_chrono(limits.header_time), to_chrono(limits.socket_silence), true});
  stream_.read_message_max(limits.socket_message);
  stream_.control_callback([this](websocket::frame_type kind, boost::string_view) {
    if (kind == websocket::frame_type::close) limit_closing();  // Beast would wait long for the end of the connection
  });
  const auto [refused] = co_await stream_.async_accept(asio::buffer(raw_header_), use_result);
  if (refused) co_return;
  context_->counters.sockets.add();
  open_ = true;
  events_ = route_.open(request_, shared_from_this());
  if (closing_) begin_close();
  boost::beast::flat_buffer buffer(limits.socket_message);
  while (true) {
    const auto [error, size] = co_await stream_.async_read(buffer, use_result);
    if (error) co_return;
    if (!stream_.got_text()) {
      close(close_unsupported, "texts only");
    } else if (!closing_) {
      events_.message({static_cast<const char*>(buffer.data().data()), size});
    }
    buffer.consume(size);
  }
}

bool WebSocketSession::send(std::shared_ptr<const std::string> text) {
  if (closing_) return false;
  const auto& limits = context_->settings.limits;
  if (queue_.size() >= limits.socket_queue || queue_bytes_ + text->size() > limits.socket_queue_bytes) {
    context_->counters.slow_readers.add();
    log_event(LogLevel::warning, "http.slow_reader", {{"peer", request_.peer}, {"queued", queue_.size()}});
    // What waits will not be read in time; the message on the wire must end before a close frame may follow.
    queue_.resize(writing_ ? 1 : 0);
    close(close_slow_reader, "reads too slowly");
    return false;
  }
  queue_bytes_ += text->size();
  queue_.push_back(std::move(text));
  if (open_ && !writing_) write_next();
  return true;
}

void WebSocketSession::write_next() {
  if (queue_.empty()) {
    if (closing_) begin_close();
    return;
  }
  writing_ = true;
  stream_.text(true);
  stream_.async_write(asio::buffer(*queue_.front()), [self = shared_from_this()](const Error& error, std::size_t) {
    self->writing_ = false;
    if (error) return self->abort();
    self->queue_bytes_ -= self->queue_.front()->size();
    self->queue_.pop_front();
    self->write_next();
  });
}

void WebSocketSession::close(std::uint16_t code, std::string_view reason) {
  if (closing_) return;
  closing_.emplace(code);
  closing_->reason.assign(reason.data(), std::min(reason.size(), closing_->reason.max_size()));
  limit_closing();
  if (open_ && !writing_) write_next();
}

void WebSocketSession::limit_closing() {
  close_timer_.expires_after(to_chrono(close_time));
  close_timer_.async_wait([self = shared_from_this()](const Error& error) {
    if (!error) self->abort();
  });
}

void WebSocketSession::begin_close() {
  if (close_sent_) return;
  close_sent_ = true;
  stream_.async_close(*closing_, [self = shared_from_this()](const Error& error) {
    if (error) self->abort();
  });
}

void WebSocketSession::finish(const std::exception_ptr& failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    log_event(LogLevel::error, "http.websocket_failed", {{"what", error.what()}});
  }
  const std::uint16_t theirs = stream_.reason().code;
  const std::uint16_t code = closing_ ? closing_->code : theirs != 0 ? theirs : close_abnormal;
  if (!closing_) closing_.emplace(code);  // nothing is sent any more
  close_timer_.cancel();
  abort();
  if (open_) events_.closed(code);
  events_ = {};
  context_->leave(shared_from_this());
}

}  // namespace

void start_websocket_session(std::shared_ptr<Context> context, tcp::socket socket, std::string raw_header, Request request,
                             const WebSocketRoute& route) {
  std::make_shared<WebSocketSession>(std::move(context), std::move(socket), std::move(raw_header), std::move(request), route)
      ->start();
}

}  // namespace wattle::http
