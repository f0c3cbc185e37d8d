#pragma once
// How lines and meters stand, as a box tells it and its cloud reads it (api-spec/provisioning.md, "Report"). For people:
// nothing rests on it.

#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/meter/line_watch.hpp"

namespace wattle {

inline constexpr Duration health_ago_max = days(3660);

/// Since the bus was opened.
struct LineFaultTold {
  LineFault fault{};
  std::uint64_t count = 0;
  Duration last_ago;     // whole seconds
  bool goes_on = false;  // not over yet, as LineWatch judges it
  bool operator==(const LineFaultTold&) const = default;
};
/// Those that were seen, each once, in the order of their numbers.
using LineFaultsTold = std::vector<LineFaultTold>;

/// How the newest reading that failed did so.
struct MeterFailure {
  std::uint16_t code = 0;  // MeterErrc, never 0
  Duration ago;            // whole seconds
  bool operator==(const MeterFailure&) const = default;
};

struct MeterHealth {
  bool silent = false;
  bool foreign = false;         // another number answers than the one that is wired here
  MeterId answers_as;           // that one; of a foreign meter only
  bool register_stuck = false;  // of a circuit of it: it stands still although power flows
  bool flows_open = false;      // power flows through a relay that reads open
  bool disobeys = false;        // a relay that is not as ordered
  std::uint64_t torn = 0;       // readings that the next one did not bear out
  std::optional<MeterFailure> failure = {};
  bool operator==(const MeterHealth&) const = default;
};

void write(Writer& out, const LineFaultsTold& faults);
LineFaultsTold read_line_faults(Reader& in);
void write(Writer& out, const MeterHealth& health);
MeterHealth read_meter_health(Reader& in);

}  // namespace wattle
