#pragma once
// A meter's model as data: which registers to read, where its values are in them, how its relay is commanded. Readings and
// commands are built from it, and virtual meters answer by it.

#include <string>

#include "shared/base/time.hpp"
#include "shared/meter/point.hpp"
#include "shared/meter/reading.hpp"

namespace wattle {

/// One read request; its answer carries `count` registers or coils from `start` on.
struct Block {
  modbus::Function function = modbus::Function::read_holding;
  std::uint16_t start = 0;
  std::uint16_t count = 1;
};

struct MeterProfile {
  std::string model;
  std::vector<Block> blocks;
  Point number;
  Point energy;                  // Wh
  Quantity rollover;             // the energy register counts from 0 to one less
  Point power;                   // W
  Point voltage;                 // mV
  Point current;                 // mA
  Point relay;                   // 1 is closed
  std::uint16_t relay_coil = 0;  // function 05; on closes
  Duration answers_within;       // from the end of the request to the first byte of the answer, at most
};

// Beyond these a register holds nonsense, or a maker's mark for "not available" (all ones).
inline constexpr std::uint64_t max_meter_number = 999'999'999'999;  // twelve digits on the plate
inline constexpr std::int64_t max_power_w = 1'000'000;
inline constexpr std::int64_t max_voltage_mv = 1'000'000;
inline constexpr std::int64_t max_current_ma = 5'000'000;

/// MeterErrc::profile unless every point lies in a block, scales are positive and requests are within their limits.
Result<void> check(const MeterProfile& profile);

/// Answers' values in the order of profile.blocks. Refuses the whole reading when one value is out of range: energy without a
/// trustworthy number, or power without a relay state, would be used wrongly.
Result<Reading> decode_reading(const MeterProfile& profile, std::span<const std::vector<std::uint16_t>> blocks);

/// The registers in which a meter of this model shows the reading. MeterErrc::value when one does not fit.
Result<modbus::RegisterImage> encode_reading(const MeterProfile& profile, const Reading& reading);

/// Single-phase meter with a relay, one block of holding registers. The shape of Hiking's DDS238 map, with energy in Wh and
/// the number that DDS238 lacks.
MeterProfile generic_relay_meter();

}  // namespace wattle
