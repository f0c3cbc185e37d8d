#include "simulator/devices/collector.hpp"

#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/connect.hpp>

#include "shared/io/clock.hpp"
#include "shared/io/coroutine.hpp"
#include "shared/io/errors.hpp"
#include "simulator/devices/carry.hpp"

namespace wattle::sim {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::string_view hex_mark = "hex:";

}  // namespace

std::optional<Bytes> said_bytes(std::string_view text) {
  if (!text.starts_with(hex_mark)) return Bytes(text.begin(), text.end());
  const auto digits = text.substr(hex_mark.size());
  auto bytes = from_hex(digits);
  return bytes.empty() || bytes.size() * 2 != digits.size() ? std::nullopt : std::optional(std::move(bytes));
}

std::string said_text(ByteView bytes) {
  std::string text(bytes.begin(), bytes.end());
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (std::all_of(text.begin(), text.end(), is_plain) && !text.starts_with(hex_mark)) return text;
  return std::string(hex_mark) + to_hex(bytes);
}

struct Collector::Connection {
  tcp::socket peer;
  asio::posix::stream_descriptor device;
  asio::steady_timer beat;
  std::optional<Tick> beaten = {};  // last

  void close() {
    Error ignored;  // closing what is being given up
    peer.close(ignored);
    device.close(ignored);
    beat.cancel();
  }
  static asio::awaitable<void> carry_up(std::shared_ptr<Connection> self) {
    co_await carry(self->device, self->peer);
    self->close();
  }
};

Error Collector::start(const std::string& device, CollectorTwin twin) {
  const int fd = open_device(device);
  if (fd < 0) return last_error();
  ::close(fd);
  device_ = device;
  is_ = std::move(twin);
  asio::co_spawn(*loop_, dial(), rethrow);
  return {};
}

Collector::State Collector::state() const {
  if (!connection_ || !connection_->peer.is_open()) return {};
  const auto& beaten = connection_->beaten;
  return {true, beaten ? std::optional(monotonic_clock() - *beaten) : std::nullopt};
}

bool Collector::hang_up() {
  if (!connection_) return false;
  connection_->close();
  return true;
}

void Collector::stop() {
  stopped_ = true;
  pause_.cancel();
  if (connection_) connection_->close();
}

asio::awaitable<void> Collector::dial() {
  while (!stopped_) {
    tcp::socket socket(*loop_);
    tcp::resolver resolver(*loop_);
    const auto [unknown, found] = co_await resolver.async_resolve(is_.dials.host, std::to_string(is_.dials.port), use_result);
    Error refused = unknown;
    if (!refused) std::tie(refused, std::ignore) = co_await asio::async_connect(socket, found, use_result);
    const int fd = refused || stopped_ ? -1 : open_device(device_);
    if (fd >= 0) {
      Error ignored;  // an option that is refused costs some milliseconds
      socket.set_option(tcp::no_delay(true), ignored);
      connection_ = std::make_shared<Connection>(
          Connection{std::move(socket), asio::posix::stream_descriptor(*loop_, fd), asio::steady_timer(*loop_)});
      const auto mine = connection_;
      co_await asio::async_write(mine->peer, asio::buffer(is_.registration), use_result);
      asio::co_spawn(*loop_, Connection::carry_up(mine), rethrow);
      asio::co_spawn(*loop_, beat(mine), rethrow);
      co_await carry(mine->peer, mine->device);
      mine->close();
      connection_.reset();
    }
    if (stopped_) co_return;
    pause_.expires_after(std::chrono::microseconds(is_.dials_again_after.micros));
    co_await pause_.async_wait(use_result);
  }
}

asio::awaitable<void> Collector::beat(std::shared_ptr<Connection> connection) {
  while (!is_.heartbeat.empty() && connection->peer.is_open()) {
    connection->beat.expires_after(std::chrono::microseconds(is_.heartbeat_every.micros));
    const auto [cancelled] = co_await connection->beat.async_wait(use_result);
    if (cancelled) co_return;
    const auto [broken, size] = co_await asio::async_write(connection->peer, asio::buffer(is_.heartbeat), use_result);
    if (!broken) connection->beaten = monotonic_clock();
  }
}

}  // namespace wattle::sim
