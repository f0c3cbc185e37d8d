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

/// A meter that tells all that there is: three phases, its purse, its valve and what it bathes in.
class TellsAll {
 public:
  explicit TellsAll(std::uint64_t seed) : random_(seed) {}

  void put(ReadingChunk& chunk) {
    for (auto& reading : chunk.readings) {
      auto& told = reading.further;
      const auto watts = reading.power->watts;
      if (remaining_wh_ < watts) {  // somebody buys
        remaining_wh_ += bought_wh;
        money_ += bought_wh * micros_a_wh;
      }
      told.put(FurtherKind::power_factor, near(930, 20));
      told.put(FurtherKind::frequency, near(50'000, 40));
      told.put(FurtherKind::relay, 1);
      told.put(FurtherKind::reactive_energy, reactive_ += watts / 300);
      told.put(FurtherKind::reactive_power, watts / 5);
      told.put(FurtherKind::remaining_energy, remaining_wh_ -= watts / 60);
      told.put(FurtherKind::remaining_money, money_ -= watts / 60 * micros_a_wh);
      told.put(FurtherKind::flow, near(120'000, 30'000));
      told.put(FurtherKind::temperature, near(18'500, 50));
      told.put(FurtherKind::voltage_b, near(*reading.voltage_mv, 500));
      told.put(FurtherKind::voltage_c, near(*reading.voltage_mv, 500));
      told.put(FurtherKind::current_a, *reading.current_ma);
      told.put(FurtherKind::current_b, near(*reading.current_ma, 50));
      told.put(FurtherKind::current_c, near(*reading.current_ma, 50));
    }
  }

 private:
  static constexpr std::int64_t bought_wh = 90'000;
  static constexpr std::int64_t micros_a_wh = 500;

  std::int64_t near(std::int64_t middle, std::uint64_t spread) {
    return middle + static_cast<std::int64_t>(random_.below(2 * spread + 1)) - static_cast<std::int64_t>(spread);
  }

  Random random_;
  std::int64_t reactive_ = 500'000;
  std::int64_t remaining_wh_ = bought_wh;
  std::int64_t money_ = bought_wh * micros_a_wh;
};

inline double percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, static_cast<std::size_t>(part * static_cast<double>(values.size())))];
}

}  // namespace wattle::bench
