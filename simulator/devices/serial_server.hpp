#pragma once
// A transparent serial server: a TCP port on loopback, one master at a time, and bytes carried both ways between it and a
// device file, whatever they mean. With virtual meters behind it this is Modbus-RTU over TCP, or DL/T 645 over TCP. The device
// is open only while a master is connected, so that it can be used directly in between.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <memory>
#include <string>

#include "shared/base/result.hpp"

namespace wattle::sim {

class SerialServer {
 public:
  explicit SerialServer(boost::asio::io_context& loop) : acceptor_(loop) {}

  /// Port 0 takes a free one.
  Error open(const std::string& device, std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void stop();

 private:
  struct Connection;

  boost::asio::awaitable<void> accept();

  boost::asio::ip::tcp::acceptor acceptor_;
  std::string device_;
  std::uint16_t port_ = 0;
  std::shared_ptr<Connection> connection_;
};

}  // namespace wattle::sim
