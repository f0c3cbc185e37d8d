#pragma once
// A gateway of Modbus-TCP in front of virtual meters: a TCP port on loopback, several masters at a time, several units behind
// it, one request after the other on the line. A unit that does not answer is told as exception 0B, as gateways do.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <set>

#include "simulator/devices/meter_bus.hpp"

namespace wattle::sim {

class ModbusTcpServer {
 public:
  /// The meters must outlive the server.
  ModbusTcpServer(boost::asio::io_context& loop, MeterBus& meters) : acceptor_(loop), meters_(&meters) {}

  /// Port 0 takes a free one.
  Error open(std::uint16_t port);
  std::uint16_t port() const { return port_; }
  void stop();
  /// Connections just now.
  std::size_t masters() const { return sockets_.size(); }
  /// Ends every connection, as a gateway that restarts does.
  void hang_up();

 private:
  using Socket = std::shared_ptr<boost::asio::ip::tcp::socket>;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(Socket socket);
  boost::asio::awaitable<bool> answer_all(Socket socket, Bytes& heard);

  boost::asio::ip::tcp::acceptor acceptor_;
  MeterBus* meters_;
  std::uint16_t port_ = 0;
  std::set<Socket> sockets_;
};

}  // namespace wattle::sim
