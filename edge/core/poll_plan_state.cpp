// What others ask the poll plan about its meters.

#include <algorithm>

#include "edge/core/background.hpp"
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

std::optional<MeterHealth> PollPlan::health(MeterId number, Tick now) const {
  const auto at =
      std::find_if(meters_.begin(), meters_.end(), [&](const Meter& meter) { return meter.is.place.number == number; });
  if (at == meters_.end()) return std::nullopt;
  const auto any = [&](auto&& is_so) { return std::any_of(at->circuits.begin(), at->circuits.end(), is_so); };
  MeterHealth health;
  health.silent = at->is_silent();
  health.foreign = at->foreign;
  if (at->foreign && at->sound) health.answers_as = at->sound->meter;
  health.register_stuck = any([](const Circuit& circuit) { return circuit.watch.is_stuck(); });
  health.flows_open = any([](const Circuit& circuit) { return circuit.flowing >= flows_after; });
  health.disobeys = any([](const Circuit& circuit) { return circuit.disobeys; });
  health.torn = at->torn;
  if (const auto code = number_of(at->failure); code != 0) health.failure = MeterFailure{code, now - at->failed_at};
  if (const auto* refusal = passwords_->held(at->is.place, now))  // until somebody mends it
    health.failure = MeterFailure{number_of(refusal->why), now - refusal->at};
  return health;
}

Error PollPlan::refused_command(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.circuit == nullptr ? Error{} : found.circuit->said_no;
}

Error PollPlan::refused(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.circuit == nullptr || !found.circuit->disobeys ? Error{} : found.circuit->refusal;
}

bool PollPlan::disobeys(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.circuit != nullptr && found.circuit->disobeys;
}

}  // namespace wattle::edge
