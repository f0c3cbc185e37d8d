#include "shared/policy/trip.hpp"

namespace wattle {

bool observe(Trip& trip, const TripRule& rule, Power measured, Tick now) {
  if (trip.is_cut()) return false;
  if (rule.limit.watts <= 0 || measured <= rule.limit) {
    trip.above_since.reset();
    return false;
  }
  if (!trip.above_since || now - trip.above_seen > above_unseen_max) trip.above_since = now;
  trip.above_seen = now;
  if (now - *trip.above_since < rule.patience) return false;
  cut_for(TripCause::overload, trip, rule, now);
  return true;
}

void cut_for(TripCause cause, Trip& trip, const TripRule& rule, Tick now) {
  trip.above_since.reset();
  trip.cut_at = now;
  trip.cause = cause;
  if (trip.count == 0 || now - trip.first >= rule.window) {
    trip.first = now;
    trip.count = 0;
  }
  if (trip.count < UINT8_MAX) ++trip.count;
  trip.locked = rule.lock_after != 0 && trip.count >= rule.lock_after;
}

bool restore_if_due(Trip& trip, const TripRule& rule, Tick now) {
  if (now < wake_up(trip, rule)) return false;
  trip.cut_at.reset();
  return true;
}

Tick wake_up(const Trip& trip, const TripRule& rule) {
  if (!trip.cut_at || trip.locked || rule.restore_minutes == 0) return never;
  return *trip.cut_at + minutes(rule.restore_minutes);
}

void reset(Trip& trip) { trip = {}; }

}  // namespace wattle
