#include "simulator/gate/gate.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "shared/io/coroutine.hpp"

namespace wattle::gate {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// Linger zero turns close into a reset: what was on its way is lost, as on a torn line.
void reset(tcp::socket& socket) {
  boost::system::error_code ignored;  // the peer may have closed already, and then there is nothing to reset
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

void close(tcp::socket& socket) {
  boost::system::error_code ignored;  // as above
  socket.shutdown(tcp::socket::shutdown_both, ignored);
  socket.close(ignored);
}

}  // namespace

Gate::Gate(asio::io_context& io, const tcp::endpoint& listen, tcp::endpoint target)
    : io_(io), acceptor_(io, listen), target_(std::move(target)) {}

void Gate::start() { asio::co_spawn(io_, accept_all(), asio::detached); }

void Gate::cut() {
  open_ = false;
  for (const auto& pair : std::exchange(pairs_, {})) {
    reset(pair->near);
    reset(pair->far);
  }
}

asio::awaitable<void> Gate::accept_all() {
  for (;;) {
    auto [error, socket] = co_await acceptor_.async_accept(use_result);
    if (error == asio::error::operation_aborted) co_return;
    if (error) continue;  // a client that left before it was accepted
    if (!open_ || pairs_.size() >= pair_limit) {
      reset(socket);
      continue;
    }
    auto pair = std::make_shared<Pair>(Pair{std::move(socket), tcp::socket(io_)});
    pairs_.insert(pair);
    asio::co_spawn(io_, serve(std::move(pair)), asio::detached);
  }
}

asio::awaitable<void> Gate::serve(std::shared_ptr<Pair> pair) {
  auto [error] = co_await pair->far.async_connect(target_, use_result);
  if (error || !pairs_.contains(pair)) {  // no server behind the gate, or cut meanwhile
    reset(pair->near);
    reset(pair->far);
    pairs_.erase(pair);
    co_return;
  }
  boost::system::error_code ignored;  // only slower without
  pair->near.set_option(tcp::no_delay(true), ignored);
  pair->far.set_option(tcp::no_delay(true), ignored);
  asio::co_spawn(io_, pump(pair, pair->near, pair->far), asio::detached);
  co_await pump(pair, pair->far, pair->near);
}

asio::awaitable<void> Gate::pump(std::shared_ptr<Pair> pair, tcp::socket& from, tcp::socket& to) {
  std::array<char, buffer_size> buffer;
  for (;;) {
    auto [read_error, size] = co_await from.async_read_some(asio::buffer(buffer), use_result);
    if (read_error) break;
    auto [write_error, written] = co_await asio::async_write(to, asio::buffer(buffer.data(), size), use_result);
    if (write_error) break;
  }
  close(pair->near);
  close(pair->far);
  pairs_.erase(pair);
}

}  // namespace wattle::gate
