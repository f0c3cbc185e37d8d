#include "edge/core/load_walk.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::edge {

LoadWalk::LoadWalk(const RecordedGap& gap, const std::optional<dlt645::ModelLoad>& kept, Duration utc_offset)
    : from_(gap.from.at),
      until_(gap.until.at),
      least_(gap.from.register_units),
      most_(gap.until.register_units),
      utc_offset_(utc_offset) {
  if (!kept || most_ < least_) return;  // a register that ran back has nothing that could be told apart
  every_ = minutes(kept->minutes);
  const Duration longest{every_.micros * kept->blocks * load_walk_questions};
  const auto first = slot_behind(std::max(from_, until_ - longest));
  if (first < until_) next_ = first;
}

std::optional<LocalTime> LoadWalk::question() const {
  return next_ ? std::optional(local_time(*next_, utc_offset_)) : std::nullopt;
}

/// Slots begin with the site's hours.
Instant LoadWalk::slot_behind(Instant at) const {
  const auto local = at.micros + utc_offset_.micros;
  return at + Duration{every_.micros - local % every_.micros};
}

void LoadWalk::take(const Result<LoadReadings>& said) {
  WATTLE_CHECK(next_);
  const auto asked = *std::exchange(next_, std::nullopt);
  ++asked_;
  if (!said || (said->readings.empty() && !said->error)) return;  // it has nothing from then on
  auto reached = asked - microseconds(1);
  for (const auto& reading : said->readings) {
    const auto at = *instant_of(reading.at, utc_offset_);
    if (at <= reached) continue;
    if (at >= until_) return;
    judge(at, reading);
    reached = at;
  }
  const bool is_miss = reached < asked;
  if (is_miss && said->readings.empty()) ++dropped_;  // one that breaks the layout
  misses_ = is_miss ? misses_ + 1 : 0;
  if (misses_ >= load_walk_misses || asked_ >= load_walk_questions) return;
  const auto next = slot_behind(std::max(reached, asked));
  if (next < until_) next_ = next;
}

void LoadWalk::judge(Instant at, const LoadReading& reading) {
  if (reading.is_wrong || !reading.energy || *reading.energy < least_ || *reading.energy > most_) {
    ++dropped_;
    return;
  }
  least_ = *reading.energy;
  RecordedReading recorded{at, *reading.energy, reading.power, reading.voltage_mv, reading.current_ma, reading.further};
  recorded.from_history = true;
  found_.emplace(at, std::move(recorded));
}

bool LoadWalk::has_holes() const {
  if (every_.micros == 0) return true;
  auto before = from_;
  for (const auto& [at, reading] : found_) {
    if (at > slot_behind(before)) return true;
    before = at;
  }
  return slot_behind(before) < until_;
}

}  // namespace wattle::edge
