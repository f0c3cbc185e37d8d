#pragma once
// Where a TCP connection goes to or comes in.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace wattle {

struct TcpAddress {
  std::string host;  // a name or an address
  std::uint16_t port = 0;
  bool operator==(const TcpAddress&) const = default;
};
/// "host:port" or "[::1]:port"; nothing when the text is neither.
std::optional<TcpAddress> parse_tcp_address(std::string_view text);
std::string to_text(const TcpAddress& address);

}  // namespace wattle
