#pragma once
// The virtual twin of a collector that dials in: a serial server behind a network that only lets it out, or a cellular unit. It
// connects, says who it is, carries bytes both ways between the connection and the meters' line, and says now and then that it
// is still there, between the bytes of an answer or within them. It dials again when the connection ends.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/result.hpp"
#include "shared/base/time.hpp"
#include "shared/io/tcp_address.hpp"

namespace wattle::sim {

struct CollectorTwin {
  TcpAddress dials;
  Bytes registration;
  Bytes heartbeat;  // empty: none
  Duration heartbeat_every = seconds(30);
  Duration dials_again_after = seconds(1);
};

/// What a collector says, as the configurations of boxes write it: the text itself, or pairs of hex digits behind "hex:".
/// Nothing for "hex:" with anything else behind it.
std::optional<Bytes> said_bytes(std::string_view text);
/// The other direction: as text where that is plain.
std::string said_text(ByteView bytes);

class Collector {
 public:
  explicit Collector(boost::asio::io_context& loop) : loop_(&loop), pause_(loop) {}

  /// Where it is just now, for whoever looks at it.
  struct State {
    bool connected = false;                 // and has said who it is
    std::optional<Duration> beat_ago = {};  // since it last said that it is there; nothing: not yet in this connection
  };
  State state() const;

  /// Dials from now on; an error is the device's.
  Error start(const std::string& device, CollectorTwin twin);
  /// The connection ends, as networks end them; it dials again. False when there is none.
  bool hang_up();
  void stop();

 private:
  struct Connection;

  boost::asio::awaitable<void> dial();
  boost::asio::awaitable<void> beat(std::shared_ptr<Connection> connection);

  boost::asio::io_context* loop_;
  boost::asio::steady_timer pause_;
  std::string device_;
  CollectorTwin is_;
  std::shared_ptr<Connection> connection_;
  bool stopped_ = false;
};

}  // namespace wattle::sim
