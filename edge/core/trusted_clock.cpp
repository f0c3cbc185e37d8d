#include "edge/core/trusted_clock.hpp"

#include "shared/ledger/kinds.hpp"

namespace wattle::edge {

namespace {

bool is_near(Instant a, Instant b) { return a - b < message_age_max && b - a < message_age_max; }

}  // namespace

void TrustedClock::hear(Instant told, const Now& now) {
  if (told == Instant{} || !is_time_of_reading(told)) return;
  // A message on its way only makes the time look earlier than it is. One that contradicts this clock's own answer is believed.
  const auto is_late = [told](Instant reckoned) { return told < reckoned && reckoned - told < message_age_max; };
  if (told_) {
    const auto reckoned = *told_ + (now.tick - told_at_.tick);
    const auto shown = read(now);
    if (is_late(reckoned) && shown && is_near(told, *shown)) {
      if (reckoned - told < fresh_message_age) borne_out_ = now.tick;
      // Its own clock was set meanwhile: what has passed is known by the ticks.
      if (*shown - reckoned > clocks_agree) told_ = reckoned, told_at_ = now;
      return;
    }
  }
  told_ = told;
  told_at_ = now;
  borne_out_ = now.tick;
}

bool TrustedClock::is_fresh(const Now& now) const {
  if (!told_ || fresh_for < now.tick - borne_out_) return false;
  const Duration gained{(now.wall - told_at_.wall).micros - (now.tick - told_at_.tick).micros};
  return gained <= clocks_agree && gained >= Duration{-clocks_agree.micros};
}

std::optional<Instant> TrustedClock::read(const Now& now) const {
  if (!told_) {
    const bool believed = now.wall >= known_ - clock_error_max && now.wall <= known_ + silence_max;
    return believed && is_time_of_reading(now.wall) ? std::optional(now.wall) : std::nullopt;
  }
  const auto by_tick = now.tick - told_at_.tick;
  const auto by_wall = now.wall - told_at_.wall;
  const Duration gained{by_wall.micros - by_tick.micros};
  const bool believed = gained >= Duration{-clock_error_max.micros} && gained <= silence_max;
  const auto time = *told_ + (believed ? by_wall : by_tick);
  return is_time_of_reading(time) ? std::optional(time) : std::nullopt;
}

}  // namespace wattle::edge
