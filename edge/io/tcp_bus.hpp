#pragma once
// The bus behind a TCP connection to a serial server or a gateway: bytes as on the line, or Modbus over TCP. The host is a name
// or an address; it is looked up anew for each connection.

#include "edge/io/stream_bus.hpp"
#include "shared/io/tcp_address.hpp"

namespace wattle {

/// What a serial server adds to an answer on its way: packet intervals, and the network.
inline constexpr Duration tcp_latency = milliseconds(200);

/// Bytes that come late may be anywhere on their way: more silence than on a wire is waited for, also after an answer that did
/// not come. Reopening is scattered by `jitter_seed`, so that many buses behind one gateway do not knock in one breath.
StreamBusSettings tcp_settings(std::uint64_t jitter_seed);
StreamBus::Opener tcp_opener(TcpAddress address);
std::shared_ptr<Bus> start_tcp_bus(boost::asio::io_context& loop, TcpAddress address, StreamBusSettings settings);

}  // namespace wattle
