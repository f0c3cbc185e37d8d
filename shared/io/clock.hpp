#pragma once
// The machine's two clocks, read together. Shells read them once for each event and hand them in.

#include <chrono>

#include "shared/base/time.hpp"

namespace wattle {

inline Instant wall_clock() {
  using namespace std::chrono;
  return {duration_cast<std::chrono::microseconds>(system_clock::now().time_since_epoch()).count()};
}

/// CLOCK_MONOTONIC, whose origin is the machine's boot.
inline Tick monotonic_clock() {
  using namespace std::chrono;
  return {duration_cast<std::chrono::microseconds>(steady_clock::now().time_since_epoch()).count()};
}

inline Now read_clocks() { return {wall_clock(), monotonic_clock()}; }

constexpr std::chrono::microseconds to_chrono(Duration d) { return std::chrono::microseconds(d.micros); }
constexpr std::chrono::steady_clock::time_point to_chrono(Tick tick) {
  return std::chrono::steady_clock::time_point(std::chrono::microseconds(tick.micros));
}

}  // namespace wattle
