#pragma once
// A TCP gate between two programs: bytes pass until it is cut. Cutting resets every connection (RST, as a pulled cable looks
// once the kernel has given up) and refuses new ones until it is healed, so that the real clients go through their real
// reconnects.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <memory>
#include <set>

namespace wattle::gate {

inline constexpr std::size_t pair_limit = 4096;
inline constexpr std::size_t buffer_size = std::size_t{16} * 1024;

class Gate {
 public:
  using Tcp = boost::asio::ip::tcp;

  /// Throws boost::system::system_error when the port cannot be had. Port 0 picks a free one.
  Gate(boost::asio::io_context& io, const Tcp::endpoint& listen, Tcp::endpoint target);

  /// Accepts for as long as the io_context runs.
  void start();
  void cut();
  void heal() { open_ = true; }
  bool is_open() const { return open_; }
  std::size_t pairs() const { return pairs_.size(); }
  Tcp::endpoint address() const { return acceptor_.local_endpoint(); }

 private:
  struct Pair {
    Tcp::socket near;
    Tcp::socket far;
  };

  boost::asio::awaitable<void> accept_all();
  boost::asio::awaitable<void> serve(std::shared_ptr<Pair> pair);
  boost::asio::awaitable<void> pump(std::shared_ptr<Pair> pair, Tcp::socket& from, Tcp::socket& to);

  boost::asio::io_context& io_;
  Tcp::acceptor acceptor_;
  Tcp::endpoint target_;
  std::set<std::shared_ptr<Pair>> pairs_;
  bool open_ = true;
};

}  // namespace wattle::gate
