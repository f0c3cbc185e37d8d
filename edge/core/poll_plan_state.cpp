// What others ask the poll plan about its meters.

#include <algorithm>

#include "edge/core/poll_plan.hpp"

namespace wattle::edge {

bool PollPlan::may_be_told(CircuitId circuit, Tick now) const {
  const auto found = find(circuit);
  return found.meter != nullptr && found.meter->known && !found.meter->is_silent() && found.meter->late_until <= now;
}

void PollPlan::missed(CircuitId circuit, Tick now) {
  if (const auto found = find(circuit); found.meter != nullptr) found.meter->late_until = now + slow_answers_end;
}

bool PollPlan::is_urgent() const {
  const auto waits = [](const Meter& m) { return m.demanded || m.has_order(); };
  return pending_.meter != nullptr || std::any_of(meters_.begin(), meters_.end(), waits);
}

std::size_t PollPlan::silent() const {
  return static_cast<std::size_t>(std::count_if(meters_.begin(), meters_.end(), [](const Meter& m) { return m.is_silent(); }));
}

bool PollPlan::is_silent(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.meter != nullptr && found.meter->is_silent();
}

const CircuitSeen* PollPlan::newest(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.circuit != nullptr && found.circuit->newest ? &*found.circuit->newest : nullptr;
}

Quantity PollPlan::register_ends(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.meter == nullptr ? Quantity{} : found.meter->is.profile->rollover;
}

bool PollPlan::disobeys(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.circuit != nullptr && found.circuit->disobeys;
}

}  // namespace wattle::edge
