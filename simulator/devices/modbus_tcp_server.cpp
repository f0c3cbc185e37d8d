#include "simulator/devices/modbus_tcp_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "shared/io/coroutine.hpp"
#include "shared/meter/modbus_tcp.hpp"

namespace wattle::sim {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t request_bytes = 512;
constexpr std::size_t most_sockets = 16;
constexpr Duration patience = milliseconds(100);  // of the gateway with a unit
constexpr std::uint8_t target_silent = 0x0b;

}  // namespace

Error ModbusTcpServer::open(std::uint16_t port) {
  Error error;
  const tcp::endpoint at(asio::ip::address_v4::loopback(), port);
  acceptor_.open(at.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(at, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (error) return error;
  port_ = acceptor_.local_endpoint().port();
  asio::co_spawn(acceptor_.get_executor(), accept(), rethrow);
  return {};
}

void ModbusTcpServer::stop() {
  Error ignored;  // closing what is being given up
  acceptor_.close(ignored);
  hang_up();
}

void ModbusTcpServer::hang_up() {
  Error ignored;  // the same
  for (const auto& socket : sockets_) socket->close(ignored);
}

asio::awaitable<void> ModbusTcpServer::accept() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(use_result);
    if (error) co_return;
    if (sockets_.size() == most_sockets) continue;
    auto shared = std::make_shared<tcp::socket>(std::move(socket));
    sockets_.insert(shared);
    asio::co_spawn(acceptor_.get_executor(), serve(std::move(shared)), rethrow);
  }
}

asio::awaitable<void> ModbusTcpServer::serve(Socket socket) {
  Bytes heard;
  for (bool sound = true; sound;) {
    const auto before = heard.size();
    heard.resize(before + request_bytes);
    const auto [error, size] = co_await socket->async_read_some(asio::buffer(heard.data() + before, request_bytes), use_result);
    if (error) break;
    heard.resize(before + size);
    sound = co_await answer_all(socket, heard);
  }
  Error ignored;  // the peer may be gone
  socket->close(ignored);
  sockets_.erase(socket);
}

/// False when the stream has lost its framing, or the peer is gone.
asio::awaitable<bool> ModbusTcpServer::answer_all(Socket socket, Bytes& heard) {
  for (;;) {
    const auto outcome = modbus_tcp::decode_frame(heard);
    if (std::holds_alternative<Bad>(outcome)) co_return false;
    const auto* frame = std::get_if<modbus_tcp::Frame>(&outcome);
    if (frame == nullptr) co_return true;
    auto answer = meters_->ask(frame->unit, frame->pdu);
    const auto function = static_cast<std::uint8_t>(frame->pdu[0] | modbus::exception_flag);
    if (!answer) answer = MeterBus::GatewayAnswer{{function, target_silent}, patience};
    const auto bytes = modbus_tcp::frame(frame->transaction, frame->unit, answer->pdu);
    heard.erase(heard.begin(), heard.begin() + static_cast<std::ptrdiff_t>(modbus_tcp::header_size + frame->pdu.size()));
    if (answer->takes.micros > 0) {
      asio::steady_timer timer(acceptor_.get_executor(), std::chrono::microseconds(answer->takes.micros));
      co_await timer.async_wait(use_result);
    }
    const auto [error, sent] = co_await asio::async_write(*socket, asio::buffer(bytes), use_result);
    if (error) co_return false;
  }
}

}  // namespace wattle::sim
