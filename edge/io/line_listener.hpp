#pragma once
// Hears what passes on a line and never sends: a technician's ear on a bus whose master is somebody else.

#include "edge/io/stream_bus.hpp"

namespace wattle {

class LineListener : public std::enable_shared_from_this<LineListener> {
 public:
  using Heard = std::function<void(ByteView bytes)>;
  /// Of BusErrc: it could not be opened (closed, busy, line_settings), or went away (unplugged). The last that is heard of it.
  using Lost = std::function<void(Error why)>;

  static std::shared_ptr<LineListener> start(boost::asio::io_context& loop, StreamBus::Opener opener, Heard heard, Lost lost);
  /// Nothing is called any more.
  void stop();

 private:
  LineListener(boost::asio::io_context& loop, StreamBus::Opener opener, Heard heard, Lost lost);
  boost::asio::awaitable<void> listen();

  StreamBus::Opener opener_;
  Heard heard_;
  Lost lost_;
  boost::asio::posix::stream_descriptor port_;
  bool stopped_ = false;
};

}  // namespace wattle
