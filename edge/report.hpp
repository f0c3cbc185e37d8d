#pragma once
// What is so just now, for the people who watch (api-spec/provisioning.md, "Report"). Nothing rests on it.

#include <vector>

#include "edge/core/effect.hpp"

namespace wattle::edge {

inline constexpr Duration report_every = minutes(1);
inline constexpr std::size_t report_circuits_max = 4096;

struct CircuitReport {
  CircuitId circuit;
  RoomId room;
  std::optional<bool> relay_closed;
  std::optional<RelayReason> reason;
  Quantity reading;
  Money live;
};
Bytes encode_report(const std::vector<CircuitReport>& circuits);

}  // namespace wattle::edge
