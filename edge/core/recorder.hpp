#pragma once
// Which of the many readings that control and charging need are kept for history, and how they are packed. A schedule of its
// own: the first reading of each circuit in each slot of the wall clock, the slots being those of its plan. Pure; the ring on
// the disk is the shell's.
//
// What was noted waits for take(), which the shell calls once a round of a bus: one write for all of it. Readings lie open,
// one by one, until their quarter or full hour is over, and are then packed. After a crash the open ones come back.
//
// Where a circuit was silent when its plan wanted a reading, that is noted too, and kept until what its meter has of that time
// was asked for: those readings become chunks of one reading each, so that the same ones again are the same chunks.

#include <map>
#include <set>
#include <vector>

#include "edge/core/event.hpp"
#include "edge/core/recorded_gap.hpp"
#include "edge/core/usual_interval.hpp"
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
/// Of a chunk, where readings are due so often.
constexpr Duration span_for(Duration every) { return every <= short_span ? short_span : long_span; }
inline constexpr Duration gap_margin = minutes(2);  // at least: a meter that was a little late was not silent

/// One transaction of the ring. Chunks of one reading each are open.
struct RingWrite {
  std::vector<Bytes> closed;
  std::vector<Bytes> open;                               // to be added
  bool open_replaced = false;                            // instead of all that are open so far
  std::vector<std::pair<CircuitId, Bytes>> newest = {};  // of each circuit, in place of the one before
  std::vector<Bytes> gaps = {};                          // to be added
  std::vector<Bytes> gaps_done = {};                     // to be taken out
  bool empty() const {
    return closed.empty() && open.empty() && !open_replaced && newest.empty() && gaps.empty() && gaps_done.empty();
  }
};

class Recorder {
 public:
  explicit Recorder(RecordSettings settings) : settings_(settings) {}

  /// Where no plan says otherwise, from the next reading on: its slot is looked for by this.
  void record_every(Duration every, Duration span) {
    settings_.every = every;
    settings_.span = span;
  }
  /// What was open when the last life ended, in the order of writing.
  void restore(const std::vector<Bytes>& open);
  /// The newest reading of each circuit then, and the gaps that were not filled.
  void restore(const std::vector<Bytes>& newest, const std::vector<Bytes>& gaps);
  /// True when this reading is recorded. `plan`: of its circuit; null: none is set.
  bool note(const MeterRead& read, Instant now, const ReadingPlan* plan = nullptr);
  /// What is to be written now; call it also when nothing was noted, so that chunks are closed in time. `all_open`: with every
  /// open reading, since what was given before may not have been written.
  RingWrite take(Instant now, bool all_open = false);
  /// There is something that take() has not given yet.
  bool has_fresh() const { return !fresh_.empty() || !gaps_done_.empty(); }
  /// Since the last call, those of the last life among them.
  std::vector<RecordedGap> take_gaps() { return std::exchange(gaps_, {}); }
  /// What came of a gap.
  void fill(const GapFilled& filled);
  /// The newest recorded reading of a circuit, with its room and meter; null: none is known.
  const ReadingChunk* newest(CircuitId circuit) const;
  std::size_t open_readings() const;

 private:
  struct Slot {
    ReadingPlan plan;
    ReadingSlot of;
  };
  /// Each reading, whether it is recorded or not.
  struct Heard {
    Instant at;
    UsualInterval usual;
  };
  std::int64_t part_of(Instant at, Duration length) const;
  std::optional<ReadingSlot> slot_of(CircuitId circuit, Instant now, const ReadingPlan* plan);
  Duration span_of(CircuitId circuit) const;
  void add(const ReadingChunk& one, bool behind_gap = false);
  bool was_silent(CircuitId circuit, Instant now);
  std::optional<ReadingSlot> slot_before(Instant at, const ReadingPlan* plan) const;
  bool note_gap(const ReadingChunk& before, const ReadingChunk& one, const ReadingSlot& slot, const ReadingPlan* plan);

  RecordSettings settings_;
  std::map<CircuitId, ReadingChunk> newest_;             // of one reading each
  std::map<CircuitId, Heard> heard_;                     // in this life
  std::set<CircuitId> changed_;                          // whose newest take() has not given
  std::map<CircuitId, Slot> slots_;                      // as last looked up, for its plan
  std::map<CircuitId, std::vector<ReadingChunk>> open_;  // oldest first; more than one where they could not be joined
  std::vector<ReadingChunk> fresh_;                      // of one reading each
  std::vector<RecordedGap> gaps_;
  std::vector<Bytes> fresh_gaps_;  // these two for take()
  std::vector<Bytes> gaps_done_;
  std::vector<Bytes> history_;  // chunks, by time
};

}  // namespace wattle::edge
