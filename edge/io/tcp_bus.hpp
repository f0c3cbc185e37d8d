#pragma once
// The bus behind a TCP connection to a serial server or a gateway: bytes as on the line, or Modbus over TCP. The host is a name
// or an address; it is looked up anew for each connection.

#include "edge/io/stream_bus.hpp"

namespace wattle {

struct TcpAddress {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const TcpAddress&) const = default;
};
/// "host:port" or "[::1]:port"; nothing when the text is neither.
std::optional<TcpAddress> parse_tcp_address(std::string_view text);

/// What a serial server adds to an answer on its way: packet intervals, and the network.
inline constexpr Duration tcp_latency = milliseconds(200);

/// Bytes that come late may be anywhere on their way: more silence than on a wire is waited for, also after an answer that did
/// not come. Reopening is scattered by `jitter_seed`, so that many buses behind one gateway do not knock in one breath.
StreamBusSettings tcp_settings(std::uint64_t jitter_seed);
std::shared_ptr<Bus> start_tcp_bus(boost::asio::io_context& loop, TcpAddress address, StreamBusSettings settings);

}  // namespace wattle
