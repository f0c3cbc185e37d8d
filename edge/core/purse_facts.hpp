#pragma once
// What the purse in a meter goes by.

#include "shared/base/ids.hpp"
#include "shared/base/units.hpp"

namespace wattle::edge {

/// What the ledger says of a circuit and its room just now.
struct PurseFacts {
  MeterId meter;              // behind the circuit
  std::uint32_t opening = 0;  // of the room
  Money live;                 // what the room has for electricity, less what was used since the last slice
  Money settled;              // without that
  std::int64_t rate = 0;      // micro-units per kWh: the highest that the circuit may come to
  std::int64_t price = 0;     // the same, at present
  Quantity used;              // Wh, as charged
  bool is_second = false;     // the purse of another circuit delivers the room's money already
  bool operator==(const PurseFacts&) const = default;
};

}  // namespace wattle::edge
