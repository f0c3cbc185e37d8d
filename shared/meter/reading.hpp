#pragma once
// What a meter says of one circuit at one moment, in whole units.

#include "shared/base/ids.hpp"
#include "shared/base/units.hpp"

namespace wattle {

struct Reading {
  MeterId meter;    // from the meter itself; whoever asked compares it with the one that should be there
  Quantity energy;  // cumulative register, Wh
  Power power;
  std::int64_t voltage_mv = 0;
  std::int64_t current_ma = 0;
  bool relay_closed = false;  // of the contact, as far as the meter can tell
  bool operator==(const Reading&) const = default;
};

}  // namespace wattle
