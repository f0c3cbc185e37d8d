#pragma once
// What is wired, for the local socket and for --check-config.

#include "edge/io/replies.hpp"
#include "edge/wiring.hpp"

namespace wattle::edge {

std::vector<WiredStatus> statuses(const Wiring& wiring);
/// One line each, for people.
std::string to_text(const WiredStatus& wired);

/// What the file says, and over it what the store of the box holds, if it has one that nobody uses just now; a line that tells
/// which.
std::string describe_wiring(const EdgeConfig& config);

}  // namespace wattle::edge
