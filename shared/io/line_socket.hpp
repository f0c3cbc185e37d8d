#pragma once
// Lines in, replies out, on a Unix socket that only the process's own user may open: the caretaker's way into a box, and a
// demo's into the virtual meters.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "shared/base/result.hpp"

namespace wattle {

inline constexpr std::size_t socket_line_bytes_max = 256;
inline constexpr int socket_peers_max = 8;

class LineSocket {
 public:
  using Handler = std::function<std::string(std::string_view line)>;

  /// The reply is sent as it is, with its line ends.
  LineSocket(boost::asio::io_context& loop, std::string path, Handler handler);
  ~LineSocket();
  /// Replaces a socket that a killed process left behind.
  Error open();
  void stop();

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> talk(boost::asio::local::stream_protocol::socket peer);

  boost::asio::local::stream_protocol::acceptor acceptor_;
  std::string path_;
  Handler handler_;
  int peers_ = 0;
};

}  // namespace wattle
