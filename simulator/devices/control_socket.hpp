#pragma once
// Lines in, replies out, on a Unix socket: how a demo or a test reaches into the virtual meters.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace wattle::sim {

inline constexpr std::size_t max_control_line = 256;

class ControlSocket {
 public:
  using Handler = std::function<std::string(std::string_view line)>;

  /// Replaces a socket that a killed process left behind. Only the user may connect.
  ControlSocket(boost::asio::io_context& loop, std::string path, Handler handler);
  ~ControlSocket();
  Error open();
  void stop();

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> talk(boost::asio::local::stream_protocol::socket peer);

  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::string path_;
  Handler handler_;
};

}  // namespace wattle::sim
