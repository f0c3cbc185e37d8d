#pragma once
// Hours and days of recorded readings: what stays when the readings themselves are thinned out. Joining two parts of one span
// gives the same in whatever order the parts come, so that the newest may arrive first. Pure.

#include <map>
#include <vector>

#include "shared/readings/chunk.hpp"

namespace wattle::cloud {

/// The value is the span's seconds, as it is stored.
enum class TotalSpan : std::uint32_t { hour = 3600, day = 86'400 };

/// Whether hours keep it. Frequency, power factor and relay would be most of an hour's rows, and say little there that the day
/// and the single readings do not.
constexpr bool keeps_hours(FurtherKind kind) {
  return kind != FurtherKind::power_factor && kind != FurtherKind::frequency && kind != FurtherKind::relay;
}

struct TotalKey {
  RoomId room;
  CircuitId circuit;
  TotalSpan span{};
  Instant start;
  MeterId meter;  // registers of two meters cannot be compared
  auto operator<=>(const TotalKey&) const = default;
};

/// Of one further quantity: of a level the mean, least and most say something, of a counter its first and last value.
struct FurtherTotal {
  std::uint32_t readings = 0;  // that told it
  std::int64_t sum = 0;
  std::int64_t least = 0;
  std::int64_t most = 0;
  Instant first_at;
  std::int64_t first = 0;
  Instant last_at;
  std::int64_t last = 0;
  bool operator==(const FurtherTotal&) const = default;
};

/// Of voltage or current, which most meters tell.
struct LevelTotal {
  std::uint32_t readings = 0;  // that told it
  std::int64_t sum = 0;
  std::int64_t least = 0;  // when there are any
  std::int64_t most = 0;
  bool operator==(const LevelTotal&) const = default;
};

struct ReadingTotal {
  std::uint32_t readings = 0;
  Instant first_at;
  Quantity first;  // the register then
  Instant last_at;
  Quantity last;
  std::uint32_t powers = 0;  // readings that told the power
  std::int64_t power_sum_w = 0;
  std::int64_t power_max_w = 0;  // when there are any
  LevelTotal voltage_mv = {};
  LevelTotal current_ma = {};
  std::map<FurtherKind, FurtherTotal> further = {};  // of an hour those that keeps_hours
  bool operator==(const ReadingTotal&) const = default;
};

using ReadingTotals = std::map<TotalKey, ReadingTotal>;

/// Hours are UTC's, days the site's.
Instant start_of(TotalSpan span, Instant at, Duration utc_offset);
LevelTotal join(const LevelTotal& a, const LevelTotal& b);
FurtherTotal join(const FurtherTotal& a, const FurtherTotal& b);
ReadingTotal join(const ReadingTotal& a, const ReadingTotal& b);
void add_totals(const ReadingChunk& chunk, Duration utc_offset, ReadingTotals& totals);

}  // namespace wattle::cloud
