#pragma once
// A TCP connection that misbehaves as serial servers and networks do: it joins and splits what it carries, injects bytes of its
// own, and drops the connection now and then.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <set>

#include "shared/base/result.hpp"
#include "tests/integration/bus/tearing.hpp"

namespace wattle {

class TornWire : public std::enable_shared_from_this<TornWire> {
 public:
  using Socket = boost::asio::ip::tcp::socket;
  using Acceptor = boost::asio::ip::tcp::acceptor;

  TornWire(boost::asio::io_context& loop, std::uint16_t to, std::uint64_t seed)
      : acceptor_(loop, {boost::asio::ip::address_v4::loopback(), 0}), to_(to), random_(seed) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  void set(Tearing tearing) { tearing_ = tearing; }
  /// Of all that comes here, either way, before anything happens to it.
  void on_bytes(std::function<void(ByteView)> passing) { passing_ = std::move(passing); }
  std::uint64_t cuts() const { return cuts_; }
  std::uint64_t lates() const { return lates_; }      // questions and answers that came when nobody waited any more
  std::uint64_t dropped() const { return dropped_; }  // connections
  void start() {
    boost::asio::co_spawn(
        acceptor_.get_executor(), [self = shared_from_this()] { return self->accept(); }, rethrow);
  }
  void stop() {
    Error ignored;  // closing what is being given up
    acceptor_.close(ignored);
    drop_all();
  }

 private:
  void drop_all() {
    Error ignored;  // the same
    for (const auto& socket : sockets_) socket->close(ignored);
    sockets_.clear();
  }

  boost::asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(use_result);
      if (error) co_return;
      drop_all();  // a serial server serves one master
      auto near = std::make_shared<Socket>(std::move(socket));
      auto far = std::make_shared<Socket>(acceptor_.get_executor());
      const auto [refused] = co_await far->async_connect({boost::asio::ip::address_v4::loopback(), to_}, use_result);
      if (refused) continue;
      sockets_ = {near, far};
      boost::asio::co_spawn(
          acceptor_.get_executor(), [self = shared_from_this(), near, far] { return self->carry(near, far); }, rethrow);
      boost::asio::co_spawn(
          acceptor_.get_executor(), [self = shared_from_this(), near, far] { return self->carry(far, near); }, rethrow);
    }
  }

  boost::asio::awaitable<void> carry(std::shared_ptr<Socket> from, std::shared_ptr<Socket> to) {
    Bytes buffer(512);
    Error ignored;  // the peer may be gone
    for (;;) {
      const auto [error, size] = co_await from->async_read_some(boost::asio::buffer(buffer), use_result);
      if (error) break;
      passing_(ByteView(buffer).first(size));
      lates_ += co_await held_back(acceptor_.get_executor(), tearing_.lates_per_mille, random_) > waited_on_most;
      if (random_.chance(tearing_.drops_per_mille, 1000)) {
        ++dropped_;
        break;
      }
      const auto bytes = torn({buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size)}, tearing_, random_);
      cuts_ += bytes.size() < size;
      if (!co_await send_torn(*to, bytes, tearing_.splits_per_mille, random_)) break;
    }
    from->close(ignored);
    to->close(ignored);
  }

  Acceptor acceptor_;
  std::uint16_t to_;
  Random random_;
  Tearing tearing_;
  std::function<void(ByteView)> passing_ = [](ByteView) {};
  std::set<std::shared_ptr<Socket>> sockets_;
  std::uint64_t cuts_ = 0;
  std::uint64_t lates_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace wattle
