#pragma once
// A silence between two recorded readings of one circuit, longer than its plan's step: what the meter kept meanwhile may fill
// it.

#include "shared/readings/chunk.hpp"

namespace wattle::edge {

struct RecordedGap {
  CircuitId circuit;
  RoomId room;
  MeterId meter;  // the same one at both ends
  RecordedReading from;
  RecordedReading until;
  bool operator==(const RecordedGap&) const = default;
};

/// What came of it: no reading, where the meter had none, or none that fits between its ends.
struct GapFilled {
  RecordedGap gap;
  std::vector<RecordedReading> readings;  // by time
  std::size_t dropped = 0;                // what contradicts the readings around it, or a clock that was wrong
};

/// As it lies in the ring until it is filled.
Bytes encode(const RecordedGap& gap);
std::optional<RecordedGap> decode_gap(ByteView bytes);

}  // namespace wattle::edge
