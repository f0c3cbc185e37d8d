#include "edge/core/trusted_clock.hpp"

namespace wattle::edge {

void TrustedClock::hear(Instant told, const Now& now) {
  if (told_) {  // a message on its way only makes the time look earlier than it is
    const auto reckoned = *told_ + (now.tick - told_at_.tick);
    if (told < reckoned && reckoned - told < message_age_max) return;
  }
  told_ = told;
  told_at_ = now;
}

std::optional<Instant> TrustedClock::read(const Now& now) const {
  if (!told_) {
    const bool believed = now.wall >= known_ - clock_error_max && now.wall <= known_ + silence_max;
    return believed ? std::optional(now.wall) : std::nullopt;
  }
  const auto by_tick = now.tick - told_at_.tick;
  const auto by_wall = now.wall - told_at_.wall;
  const Duration gained{by_wall.micros - by_tick.micros};
  const bool believed = gained >= Duration{-clock_error_max.micros} && gained <= silence_max;
  return *told_ + (believed ? by_wall : by_tick);
}

}  // namespace wattle::edge
