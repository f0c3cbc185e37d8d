#pragma once
// How long it usually is from one reading of a circuit to the next, which on a full bus is minutes. Of the last two times the
// shorter one: a single silence makes no later one usual.

#include <algorithm>
#include <optional>
#include <utility>

#include "shared/base/time.hpp"

namespace wattle::edge {

inline constexpr std::int64_t usual_intervals_missed = 3;    // in a row, until somebody counts as silent
inline constexpr Duration longest_usual_silence = hours(1);  // however seldom somebody was heard

class UsualInterval {
 public:
  /// A time that ran back is none.
  void take(Duration interval) {
    if (interval.micros > 0) before_ = std::exchange(last_, interval);
  }
  /// What is no silence yet: `at_least`, or more where readings come seldom.
  Duration longest(Duration at_least) const {
    if (!before_) return at_least;
    const auto usual = std::min(last_->micros, before_->micros);
    return {std::max(at_least.micros, std::min(usual * usual_intervals_missed, longest_usual_silence.micros))};
  }

 private:
  std::optional<Duration> last_;
  std::optional<Duration> before_;
};

}  // namespace wattle::edge
