#include "edge/core/trusted_clock.hpp"

namespace wattle::edge {

void TrustedClock::hear(Instant told, const Now& now) {
  if (told_) {  // a message on its way only makes the time look earlier than it is
    const auto reckoned = *told_ + (now.tick - told_at_);
    if (told < reckoned && reckoned - told < message_age_max) return;
  }
  told_ = told;
  told_at_ = now.tick;
  const auto error = now.wall - told;
  agreed_ = error <= message_age_max && error >= Duration{-message_age_max.micros};
}

std::optional<Instant> TrustedClock::read(const Now& now) const {
  if (!told_) {
    const bool believed = now.wall >= known_ - clock_error_max && now.wall <= known_ + silence_max;
    return believed ? std::optional(now.wall) : std::nullopt;
  }
  const auto reckoned = *told_ + (now.tick - told_at_);
  const auto ahead = now.wall - reckoned;
  const bool believed = agreed_ && ahead >= Duration{-message_age_max.micros} && ahead <= silence_max;
  return believed ? now.wall : reckoned;
}

}  // namespace wattle::edge
