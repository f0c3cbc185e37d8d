#pragma once
// The answering side of CJ/T 188: a water meter with a valve that takes its time.

#include <map>

#include "shared/meter/cjt188.hpp"

namespace wattle::cjt188 {

struct Valve {
  bool open = true;  // where it stands, or stood before it began to move
  bool stuck = false;
  std::optional<Instant> arrives_at;
  bool target_open = true;
  bool operator==(const Valve&) const = default;
};

struct MeterImage {
  std::uint8_t type = cold_water;
  Address address;
  Measured total{0, -2, Unit::cubic_metre};
  Measured settled{0, -2, Unit::cubic_metre};
  Valve valve{};
  bool battery_low = false;
  StatusBits bits{};
  std::map<std::uint16_t, Bytes> items{};  // what else can be read, and written in the same length
  std::size_t preambles = 4;
  Duration utc_offset{};
  Duration clock_error{};
  Duration travel = seconds(10);  // of the valve; 5 to 30 s are met
};

void advance(MeterImage& image, Instant now);
/// Whether water can flow: a valve that moves lets some through.
bool lets_flow(const Valve& valve);
std::uint16_t status(const MeterImage& image);
/// What is answered to a frame heard at `now`, and done about it. Empty when nothing is.
Bytes answer(const Frame& heard, MeterImage& image, Instant now);

}  // namespace wattle::cjt188
