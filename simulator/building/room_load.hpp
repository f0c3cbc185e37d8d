#pragma once
// What a circuit draws, minute by minute: a share of a measured curve, with appliances switched on now and then. Pure: the
// same seed gives the same weeks.

#include <span>
#include <string>

#include "simulator/devices/load_curve.hpp"

namespace wattle::sim {

inline constexpr std::int64_t day_minutes = 24 * 60;

/// Something that a person switches on, so many times a day between two hours.
struct Appliance {
  std::string name;
  std::int64_t watts = 0;
  std::int64_t least_minutes = 1;  // of one use
  std::int64_t most_minutes = 1;
  std::int64_t uses_a_day = 0;
  std::int64_t from_hour = 0;
  std::int64_t to_hour = 24;
};

struct LoadShare {
  std::int64_t percent = 100;
  std::int64_t shift_minutes = 0;  // plays the curve from there
  std::uint64_t seed = 1;          // of the appliances' uses
};

/// Two weeks; two uses may overlap, and no minute exceeds max_curve_watts.
LoadCurve room_load(const LoadCurve& measured, const LoadShare& share, std::span<const Appliance> appliances);

}  // namespace wattle::sim
