#pragma once
// Collectors that dial in: serial servers and cellular units which forward the bytes of a meters' line, and reach us because we
// cannot reach them. All come to one port; each says who it is by the bytes with which it registers, and is the way to one bus
// from then on. A collector that dials in again takes the place of its connection before: networks forget without a word.
//
// What registers is no proof of who it is. The port belongs into a private network (an operator's APN, a VPN).

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <memory>
#include <string>

#include "edge/io/stream_bus.hpp"
#include "shared/io/tcp_address.hpp"

namespace wattle {

struct CollectorSettings {
  Bytes registration;  // sent once connected, anywhere within the first collector_greeting_max bytes
  Bytes heartbeat;     // sent now and then, between bytes of answers or within them; empty: it sends none
};

inline constexpr std::size_t collector_greeting_max = 512;
inline constexpr std::size_t collectors_greeting_max = 64;  // connections at once that have not said who they are
inline constexpr Duration collector_greeting_time = seconds(20);

/// What a cellular unit adds to an answer on its way.
inline constexpr Duration collector_latency = seconds(2);

struct CollectorCounters {
  std::uint64_t registered = 0;
  std::uint64_t replaced = 0;  // by a newer connection of the same collector
  std::uint64_t strangers =
      0;  // said nothing, or nothing that we know, or made room for a newer one when too many had said nothing
};

/// For one thread, the loop's. Buses must be stopped before the server goes.
class CollectorServer {
 public:
  explicit CollectorServer(boost::asio::io_context& loop);
  ~CollectorServer();

  /// The host is an address of this machine, no name; port 0 takes a free one.
  Error open(const TcpAddress& listen);
  std::uint16_t port() const { return port_; }
  void stop();

  /// The bus behind one collector. No registration may be within another's.
  std::shared_ptr<Bus> start_bus(CollectorSettings collector, StreamBusSettings settings);

  /// Whoever registers so is a stranger from now on; its bus is stopped first.
  void forget(const CollectorSettings& collector);

  const CollectorCounters& counters() const { return counters_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  struct Slot;

  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> greet(Socket socket);
  void hand_over(Slot& slot, Socket socket);
  void refuse(const Socket& stranger, ByteView said);
  Slot* slot_registered_in(ByteView greeting);

  boost::asio::io_context* loop_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::list<std::shared_ptr<Slot>> slots_;
  std::list<std::shared_ptr<Socket>> greeting_;  // who has not said who it is, the oldest first
  std::uint16_t port_ = 0;
  CollectorCounters counters_;
  std::chrono::steady_clock::time_point tell_of_strangers_from_{};
  std::shared_ptr<bool> stopped_;  // outlives the server in what it has started
};

}  // namespace wattle
