#pragma once
// Which of the many readings that control and charging need are kept for history, and how they are packed. A schedule of its
// own: the first reading of each circuit in each slot of the wall clock, the slots being those of its plan. Pure; the ring on
// the disk is the shell's.
//
// What was noted waits for take(), which the shell calls once a round of a bus: one write for all of it. Readings lie open,
// one by one, until their quarter or full hour is over, and are then packed. After a crash the open ones come back.

#include <map>
#include <vector>

#include "edge/core/event.hpp"
#include "shared/policy/reading_plan.hpp"
#include "shared/readings/chunk.hpp"

namespace wattle::edge {

struct RecordSettings {
  Duration every = minutes(30);  // where no plan says otherwise; a whole part of a day
  Duration span = hours(1);      // of a chunk there: 15 minutes or an hour
  Duration utc_offset;           // slots begin by the site's clock
};

inline constexpr std::size_t recorded_circuits_max = 4096;
inline constexpr Duration short_span = minutes(15);  // of a chunk, where a plan's readings are due as often as that
inline constexpr Duration long_span = hours(1);      // of other plans' chunks

/// One transaction of the ring. Chunks of one reading each are open.
struct RingWrite {
  std::vector<Bytes> closed;
  std::vector<Bytes> open;     // to be added
  bool open_replaced = false;  // instead of all that are open so far
  bool empty() const { return closed.empty() && open.empty() && !open_replaced; }
};

class Recorder {
 public:
  explicit Recorder(RecordSettings settings) : settings_(settings) {}

  /// What was open when the last life ended, in the order of writing.
  void restore(const std::vector<Bytes>& open);
  /// True when this reading is recorded. `plan`: of its circuit; null: none is set.
  bool note(const MeterRead& read, Instant now, const ReadingPlan* plan = nullptr);
  /// What is to be written now; call it also when nothing was noted, so that chunks are closed in time. `all_open`: with every
  /// open reading, since what was given before may not have been written.
  RingWrite take(Instant now, bool all_open = false);
  /// There is something that take() has not given yet.
  bool has_fresh() const { return !fresh_.empty(); }
  std::size_t open_readings() const;

 private:
  struct Slot {
    ReadingPlan plan;
    ReadingSlot of;
  };
  std::int64_t part_of(Instant at, Duration length) const;
  std::optional<ReadingSlot> slot_of(CircuitId circuit, Instant now, const ReadingPlan* plan);
  Duration span_of(CircuitId circuit) const;
  void add(const ReadingChunk& one);

  RecordSettings settings_;
  std::map<CircuitId, Instant> recorded_at_;             // the newest
  std::map<CircuitId, Slot> slots_;                      // as last looked up, for its plan
  std::map<CircuitId, std::vector<ReadingChunk>> open_;  // oldest first; more than one where they could not be joined
  std::vector<ReadingChunk> fresh_;                      // of one reading each
};

}  // namespace wattle::edge
