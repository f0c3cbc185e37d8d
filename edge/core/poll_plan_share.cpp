// How much of a line is for people. State comes first: a round of control is to be over within its time, so that what a full
// reading asks beyond control gets what that leaves, and no more than half. What readings take is measured: meters think, and
// so does whatever stands before them.

#include <algorithm>

#include "edge/core/poll_plan.hpp"

namespace wattle::edge {
namespace {

constexpr Duration usual_thought = milliseconds(50);  // of a meter before it answers, until it has been measured
constexpr std::int64_t past = 3;                      // parts of what readings took before, to one of the newest

Duration computed(const MeterProfile& profile, const PollSettings& settings, const std::vector<Exchange>& exchanges) {
  Duration time{};
  for (const auto& exchange : exchanges) {
    const auto on_wire = answer_timeout(profile, exchange, settings.line).micros - profile.timings.answers_within.micros;
    time.micros += on_wire + gap_before(profile, settings.line).micros + usual_thought.micros;
  }
  return time;
}

}  // namespace

void PollPlan::estimate(Meter& meter) const {
  meter.control_takes = computed(*meter.is.profile, settings_, meter.control);
  meter.full_takes = computed(*meter.is.profile, settings_, meter.full);
}

/// The reading that is under way is whole, and whatever was asked twice for it.
void PollPlan::take_time(Meter& meter) {
  auto& takes = pending_.depth == Depth::full ? meter.full_takes : meter.control_takes;
  takes.micros = (takes.micros * past + pending_.spent.micros) / (past + 1);
  if (meter.tells_all()) meter.control_takes = meter.full_takes;
}

/// Of each state_within. A tenth may go to silent meters.
Duration PollPlan::time_for_people() const {
  auto left = state_within.micros - state_within.micros / probe_share;
  for (const auto& meter : meters_)
    if (!meter.is_silent()) left -= meter.control_takes.micros;
  return {std::clamp(left, state_within.micros / least_share_for_people, state_within.micros / 2)};
}

Duration PollPlan::full_every() const {
  std::int64_t for_people = 0;
  for (const auto& meter : meters_)
    if (!meter.is_silent()) for_people += std::max<std::int64_t>(meter.full_takes.micros - meter.control_takes.micros, 0);
  return std::max(settings_.full_every, Duration{for_people * state_within.micros / time_for_people().micros});
}

/// Turns at a fixed pace may find the same meters of a round again and again: whoever has waited three times as long as is
/// usual is waited for.
bool PollPlan::is_its_turn(const Meter& meter, Tick now) const {
  if (meter.full_due > now || next_for_people_ > now) return false;
  const Tick long_ago{now.micros - 2 * full_every().micros};
  return std::none_of(meters_.begin(), meters_.end(), [&](const Meter& other) {
    const bool may_wait = !other.is_silent() && !other.tells_all();
    return may_wait && other.full_due < meter.full_due && other.full_due <= long_ago;
  });
}

/// The next ones, of this meter and of the others, after a full reading that took so long. What somebody demands comes when he
/// wants it and takes its time from the others' turns, but does not put them off for good.
void PollPlan::put_off_full(Meter& meter, Duration spent, Tick now) {
  const auto every = full_every();
  meter.full_due = now + every;
  if (meter.tells_all()) return;  // its control is no shorter
  if (!was_demanded_ && !meter.is_silent()) full_turn_at_ = now;
  if (every <= settings_.full_every) return;
  const auto beyond = std::max<std::int64_t>(spent.micros - meter.control_takes.micros, 0);
  const auto left = time_for_people().micros;
  const auto until = now + Duration{beyond * (state_within.micros - left) / left};
  next_for_people_ = std::max(next_for_people_, was_demanded_ ? std::min(until, full_turn_at_ + state_within) : until);
}

}  // namespace wattle::edge
