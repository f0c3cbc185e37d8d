#pragma once
// Tells a circuit whose power is for good not what voltage and current say from one that was read across a switch, which any
// load does that pulses. Pure.

#include <optional>

#include "shared/base/time.hpp"

namespace wattle::edge {

inline constexpr unsigned figures_told_after = 3;             // full readings in a row, to and fro
inline constexpr Duration figures_asked_again = minutes(10);  // a load that pulses would have each second reading asked twice

class FiguresWatch {
 public:
  /// Whether a reading that disagrees is worth asking for once more: seldom, and not where it is known to disagree.
  bool may_ask_again(Tick now) const { return !disagrees_ && next_ask_ <= now; }
  void asked_again(Tick now) { next_ask_ = now + figures_asked_again; }
  /// One full reading after the other. True or false when it has come to disagree, or agrees again; nothing when neither is
  /// new.
  std::optional<bool> read(bool disagrees);

 private:
  bool disagrees_ = false;
  unsigned otherwise_ = 0;  // readings in a row that say so
  Tick next_ask_;
};

}  // namespace wattle::edge
