#pragma once
// All that a circuit's meter may have kept of one gap: its load records first, which are finer, and freezes where those leave
// a part of it without any. Pure.

#include "edge/core/freeze_walk.hpp"
#include "edge/core/load_walk.hpp"

namespace wattle::edge {

class GapWalk {
 public:
  GapWalk(const RecordedGap& gap, const dlt645::ModelHistory& kept, Duration utc_offset)
      : loads_(gap, kept.load, utc_offset), freezes_(gap, kept, utc_offset) {}

  bool is_over() const { return !load_question() && !freeze_question(); }
  std::optional<LocalTime> load_question() const { return loads_.question(); }
  /// Nothing while there is a load_question().
  std::optional<FreezeWalk::Question> freeze_question() const;
  LoadWalk& loads() { return loads_; }
  FreezeWalk& freezes() { return freezes_; }

  bool has_begun() const { return loads_.has_begun() || freezes_.has_begun(); }
  const RecordedGap& gap() const { return freezes_.gap(); }
  /// When it is over. `is_clock_right`: else nothing counts.
  GapFilled filled(bool is_clock_right) const;

 private:
  LoadWalk loads_;
  FreezeWalk freezes_;
};

}  // namespace wattle::edge
