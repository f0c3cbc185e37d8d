#pragma once
// A WebSocket (RFC 6455) as the feed sees it: texts in, texts out through a bounded queue. All on the server's loop thread.

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "cloud/http/message.hpp"

namespace wattle::http {

/// Close codes of our own (4000 to 4999 are free for applications, RFC 6455 §7.4.2).
inline constexpr std::uint16_t close_going_away = 1001;
inline constexpr std::uint16_t close_policy = 1008;
inline constexpr std::uint16_t close_slow_reader = 4008;

struct QueueRoom {
  std::size_t texts = 0;
  std::size_t bytes = 0;
};

class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// False when it is closing, or when the queue is full: then the client is dropped with close_slow_reader.
  virtual bool send(std::shared_ptr<const std::string> text) = 0;
  /// After what is queued.
  virtual void close(std::uint16_t code, std::string_view reason) = 0;
  virtual std::size_t queued() const = 0;
  /// What may still be queued.
  virtual QueueRoom room() const = 0;
};

struct WebSocketEvents {
  std::function<void(std::string_view text)> message = [](std::string_view) {};
  /// Once, at the end, however it came; the WebSocket is good for nothing after it.
  std::function<void(std::uint16_t code)> closed = [](std::uint16_t) {};
};

struct WebSocketRoute {
  std::string path;
  /// An answer refuses the upgrade (a ticket that is no longer good, say).
  std::function<std::optional<Response>(const Request&)> refuse = [](const Request&) { return std::nullopt; };
  std::function<WebSocketEvents(const Request&, std::shared_ptr<WebSocket>)> open;
};

}  // namespace wattle::http
