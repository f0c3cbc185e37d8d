#include "cloud/core/reading_totals.hpp"

#include <algorithm>

#include "shared/base/checked.hpp"

namespace wattle::cloud {
namespace {

/// What a box of ours records never comes near; what a broken one sends must not stop the store, which adds in the same way.
std::int64_t saturated_sum(std::int64_t a, std::int64_t b) { return checked_sum(a, b).value_or(a < 0 ? INT64_MIN : INT64_MAX); }

LevelTotal level_of(const std::optional<std::int64_t>& told) {
  return told ? LevelTotal{1, *told, *told, *told} : LevelTotal{};
}

ReadingTotal total_of(const RecordedReading& reading, TotalSpan span) {
  ReadingTotal total{1, reading.at, reading.register_units, reading.at, reading.register_units};
  if (reading.power) {
    total.powers = 1;
    total.power_sum_w = reading.power->watts;
    total.power_max_w = reading.power->watts;
  }
  total.voltage_mv = level_of(reading.voltage_mv);
  total.current_ma = level_of(reading.current_ma);
  for (std::size_t i = 0; !reading.further.empty() && i < further_kinds; ++i) {
    const auto kind = static_cast<FurtherKind>(i);
    if (span == TotalSpan::hour && !keeps_hours(kind)) continue;
    if (const auto value = reading.further.get(kind))
      total.further[kind] = {1, *value, *value, *value, reading.at, *value, reading.at, *value};
  }
  return total;
}

}  // namespace

Instant start_of(TotalSpan span, Instant at, Duration utc_offset) {
  const auto length = static_cast<std::int64_t>(span) * 1'000'000;
  const auto offset = span == TotalSpan::day ? utc_offset.micros : 0;
  const auto local = at.micros + offset;
  return {local - local % length - offset};  // times before 1970 are not recorded
}

LevelTotal join(const LevelTotal& a, const LevelTotal& b) {
  if (a.readings == 0) return b;
  if (b.readings == 0) return a;
  return {a.readings + b.readings, saturated_sum(a.sum, b.sum), std::min(a.least, b.least), std::max(a.most, b.most)};
}

FurtherTotal join(const FurtherTotal& a, const FurtherTotal& b) {
  if (a.readings == 0) return b;
  if (b.readings == 0) return a;
  FurtherTotal sum = a;
  sum.readings += b.readings;
  sum.sum = saturated_sum(a.sum, b.sum);
  sum.least = std::min(a.least, b.least);
  sum.most = std::max(a.most, b.most);
  if (b.first_at < a.first_at) sum.first_at = b.first_at, sum.first = b.first;
  if (b.last_at > a.last_at) sum.last_at = b.last_at, sum.last = b.last;
  return sum;
}

ReadingTotal join(const ReadingTotal& a, const ReadingTotal& b) {
  if (a.readings == 0) return b;
  if (b.readings == 0) return a;
  ReadingTotal sum = a;
  sum.readings += b.readings;
  if (b.first_at < a.first_at) sum.first_at = b.first_at, sum.first = b.first;
  if (b.last_at > a.last_at) sum.last_at = b.last_at, sum.last = b.last;
  sum.powers += b.powers;
  sum.power_sum_w = saturated_sum(a.power_sum_w, b.power_sum_w);
  if (a.powers == 0 || (b.powers > 0 && b.power_max_w > a.power_max_w)) sum.power_max_w = b.power_max_w;
  sum.voltage_mv = join(a.voltage_mv, b.voltage_mv);
  sum.current_ma = join(a.current_ma, b.current_ma);
  for (const auto& [kind, total] : b.further) {
    auto& own = sum.further[kind];
    own = join(own, total);
  }
  return sum;
}

void add_totals(const ReadingChunk& chunk, Duration utc_offset, ReadingTotals& totals) {
  for (const auto span : {TotalSpan::hour, TotalSpan::day}) {
    for (const auto& reading : chunk.readings) {
      auto& total = totals[{chunk.room, chunk.circuit, span, start_of(span, reading.at, utc_offset), chunk.meter}];
      total = join(total, total_of(reading, span));
    }
  }
}

}  // namespace wattle::cloud
