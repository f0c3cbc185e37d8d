#pragma once
// The way through the load records that a circuit's meter has kept in a gap, from its beginning on. They are asked for by time,
// so that nothing moves meanwhile. A record that does not lie between the readings around it, in time and register, is not
// taken, nor is one that its meter holds for wrong. Pure: it names a question and takes its answer.

#include <map>

#include "edge/core/recorded_gap.hpp"
#include "shared/meter/history.hpp"

namespace wattle::edge {

inline constexpr unsigned load_walk_questions = 200;  // of one gap; of a longer one the last part is asked for
inline constexpr unsigned load_walk_misses = 3;       // answers one behind the other that have nothing of the time asked for

class LoadWalk {
 public:
  LoadWalk(const RecordedGap& gap, const std::optional<dlt645::ModelLoad>& kept, Duration utc_offset);

  /// From when on, by the site's clock. Nothing: the walk is over.
  std::optional<LocalTime> question() const;
  /// Why there is no answer ends the walk.
  void take(const Result<LoadReadings>& said);

  bool has_begun() const { return asked_ > 0; }
  const std::map<Instant, RecordedReading>& found() const { return found_; }
  std::size_t dropped() const { return dropped_; }
  /// Whether what was found leaves a part of the gap without a record.
  bool has_holes() const;

 private:
  Instant slot_behind(Instant at) const;
  void judge(Instant at, const LoadReading& reading);

  Instant from_;
  Instant until_;
  Quantity least_;
  Quantity most_;
  Duration every_;
  Duration utc_offset_;
  std::optional<Instant> next_;
  unsigned asked_ = 0;
  unsigned misses_ = 0;
  std::map<Instant, RecordedReading> found_;
  std::size_t dropped_ = 0;
};

}  // namespace wattle::edge
