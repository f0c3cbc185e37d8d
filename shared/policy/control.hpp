#pragma once
// How one circuit is to be treated, and what a site says for all. Each is a register of the configuration (registers.hpp).

#include "shared/policy/arbiter.hpp"

namespace wattle {

/// What hangs on a circuit. After a mains failure they come back in this order.
enum class LoadKind : std::uint8_t { lighting = 0, socket = 1, air_conditioning = 2, water = 3 };
inline constexpr LoadKind load_kind_last = LoadKind::water;

inline constexpr Money control_money_max = yuan(1'000'000);
inline constexpr Power control_power_max{1'000'000};
inline constexpr Duration patience_max = minutes(10);
inline constexpr Duration window_max = days(31);
inline constexpr Duration return_pause_max = minutes(10);

struct ControlSettings {
  ControlMode mode = ControlMode::prepaid;
  LoadKind load = LoadKind::socket;
  Money cut_at;                 // off at or below: above zero for what goes first, below zero for a granted overdraft
  Money warn_first = yuan(10);  // low money at or below
  Money warn_second = yuan(5);  // very low; not above the first
  TripRule trip;                // patience in whole seconds, window in whole minutes
  std::uint8_t timetable = 0;   // its number; 0: none
  bool operator==(const ControlSettings&) const = default;
};
bool is_valid(const ControlSettings& settings);

/// What a circuit without a register of its own gets, and what is of no circuit.
struct SiteDefaults {
  ControlSettings circuit;
  Duration return_pause = seconds(2);  // whole seconds, from one circuit that comes back to the next
  bool operator==(const SiteDefaults&) const = default;
};
bool is_valid(const SiteDefaults& defaults);

}  // namespace wattle
