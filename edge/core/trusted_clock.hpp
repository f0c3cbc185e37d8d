#pragma once
// The time that may choose prices and hours. A box's own clock may have stopped with its battery (1970) or have been set by
// hand; the cloud tells its time with each status. From there on the own clock says how much time has passed, whatever it
// shows, unless it falls behind the monotonic one or runs absurdly far ahead; then that one does.

#include <optional>

#include "shared/base/time.hpp"

namespace wattle::edge {

inline constexpr Duration clock_error_max = minutes(5);  // so far behind what is known an own clock is wrong
inline constexpr Duration message_age_max =
    hours(1);  // a status that is further behind was not late: the cloud's clock was put right
inline constexpr Duration silence_max = days(400);  // an own clock so far beyond the cloud's last word is not believed

inline constexpr Duration fresh_for = minutes(5);           // after the cloud's last word
inline constexpr Duration fresh_message_age = seconds(30);  // a word that is further behind does not bear the time out
inline constexpr Duration clocks_agree = seconds(5);        // own clock and ticks, since the cloud's time was taken

class TrustedClock {
 public:
  /// `known`: the cloud's time in the newest thing that this box has from it.
  explicit TrustedClock(Instant known) : known_(known) {}

  /// A time out of all bounds was not heard.
  void hear(Instant told, const Now& now);
  /// UTC; none when nothing speaks for the own clock, or what does is out of all bounds.
  std::optional<Instant> read(const Now& now) const;
  /// Good enough to be written into others' clocks: the cloud has just borne it out, and the own clock was not set since.
  bool is_fresh(const Now& now) const;

 private:
  Instant known_;
  std::optional<Instant> told_;  // by the cloud, to this process
  Now told_at_{};
  Tick borne_out_{};  // when the cloud last said so
};

}  // namespace wattle::edge
