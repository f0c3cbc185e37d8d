#pragma once
// A connected socket as the descriptor that a stream bus reads and writes.

#include <boost/asio/ip/tcp.hpp>

#include "shared/base/result.hpp"
#include "shared/base/time.hpp"

namespace wattle {

/// A descriptor of its own beside the socket's, which does not block; the caller owns it. Sets what a bus wants of a
/// connection: no delay, and one that something between has forgotten ends when nothing acknowledged a question for that long
/// (else the system asks on for a quarter of an hour). The system's error.
Result<int> descriptor_of(boost::asio::ip::tcp::socket& socket, Duration unacknowledged_at_most);

/// Once before the first: a write to a connection that the peer has closed is an error of that bus, not the end of the process.
void ignore_broken_pipes();

}  // namespace wattle
