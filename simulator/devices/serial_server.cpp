#include "simulator/devices/serial_server.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>

#include "shared/io/coroutine.hpp"
#include "shared/io/errors.hpp"
#include "simulator/devices/carry.hpp"

namespace wattle::sim {
namespace {

namespace asio = boost::asio;

}  // namespace

int open_device(const std::string& path) { return ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC); }

/// Each has both ends to itself: what the one before left under way cannot take bytes of the next.
struct SerialServer::Connection {
  asio::ip::tcp::socket peer;
  asio::posix::stream_descriptor device;

  void close() {
    Error ignored;  // closing what is being given up
    peer.close(ignored);
    device.close(ignored);
  }
  static asio::awaitable<void> carry_up(std::shared_ptr<Connection> self) {
    co_await carry(self->device, self->peer);
    self->close();
  }
};

Error SerialServer::open(const std::string& device, std::uint16_t port) {
  const int fd = open_device(device);
  if (fd < 0) return last_error();
  ::close(fd);
  device_ = device;
  const asio::ip::tcp::endpoint here(asio::ip::address_v4::loopback(), port);
  Error error;
  acceptor_.open(here.protocol(), error);
  if (!error) acceptor_.set_option(asio::ip::tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(here, error);
  if (!error) acceptor_.listen(1, error);
  if (error) return error;
  port_ = acceptor_.local_endpoint(error).port();
  asio::co_spawn(acceptor_.get_executor(), accept(), rethrow);
  return error;
}

void SerialServer::stop() {
  Error ignored;  // closing what is being given up
  acceptor_.close(ignored);
  if (connection_) connection_->close();
}

asio::awaitable<void> SerialServer::accept() {
  for (;;) {
    auto [error, peer] = co_await acceptor_.async_accept(use_result);
    if (error) co_return;  // stopped
    const int fd = open_device(device_);
    if (fd < 0) continue;  // the meters are gone: the master sees a connection that ends
    peer.set_option(asio::ip::tcp::no_delay(true), error);
    const auto executor = acceptor_.get_executor();
    connection_ = std::make_shared<Connection>(Connection{std::move(peer), asio::posix::stream_descriptor(executor, fd)});
    const auto mine = connection_;
    asio::co_spawn(executor, Connection::carry_up(mine), rethrow);
    co_await carry(mine->peer, mine->device);
    mine->close();
  }
}

}  // namespace wattle::sim
