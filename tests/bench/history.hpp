#pragma once
// Rooms that have used power at a minute's resolution, as recorded readings; and percentiles.

#include <algorithm>
#include <vector>

#include "shared/base/random.hpp"
#include "shared/readings/chunk.hpp"

namespace wattle::bench {

inline constexpr Instant history_begins{1'772'323'200'000'000};  // 2026-03-01T00:00:00Z
inline constexpr double month_target_ms = 50;                    // to read a month of a room, p99
constexpr RoomId room_of(std::uint32_t index) { return {101 + index}; }
constexpr CircuitId circuit_of(std::uint32_t index) { return {1010 + index}; }

/// A refrigerator, lamps, and a laptop now and then: most minutes are much like the one before.
class Room {
 public:
  explicit Room(std::uint32_t index) : index_(index), random_(index + 1) {}

  ReadingChunk next_quarter(Instant at) {
    ReadingChunk chunk{circuit_of(index_), room_of(index_), {70'000'000U + index_}, {}};
    for (int i = 0; i < 15; ++i) {
      if (random_.chance(1, 12)) level_ = static_cast<std::int64_t>(random_.below(420));
      const auto watts = level_ + static_cast<std::int64_t>(random_.below(6));
      milliwatt_minutes_ += watts * 1000;
      millivolts_ =
          std::clamp<std::int64_t>(millivolts_ + static_cast<std::int64_t>(random_.below(601)) - 300, 222'000, 238'000);
      chunk.readings.push_back({at + minutes(i) + seconds(static_cast<std::int64_t>(random_.below(3))),
                                {1'000'000 + milliwatt_minutes_ / 60'000},
                                Power{watts},
                                millivolts_,
                                watts * 1'000'000 / millivolts_});
    }
    return chunk;
  }

 private:
  std::uint32_t index_;
  Random random_;
  std::int64_t level_ = 60;
  std::int64_t milliwatt_minutes_ = 0;
  std::int64_t millivolts_ = 229'000;
};

inline double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

}  // namespace wattle::bench
