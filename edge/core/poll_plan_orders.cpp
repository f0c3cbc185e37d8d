// Orders to relays: which is due, and what becomes of it. One that is held since the meter has refused its password stands as
// any other, and is sent when the refusal holds no more.

#include <algorithm>

#include "edge/core/poll_plan.hpp"

namespace wattle::edge {

bool PollPlan::Meter::has_order() const {
  if (foreign || (!known && failures > 0)) return false;
  return std::any_of(circuits.begin(), circuits.end(), [](const Circuit& c) { return c.wanted && !c.disobeys; });
}

void PollPlan::order(CircuitId id, bool close, Tick now) {
  const auto [meter, circuit] = find(id);
  if (meter == nullptr || !has_relay(*meter->is.profile, circuit->index) || circuit->wanted == close) return;
  circuit->wanted = close;
  circuit->tries = circuit->waits = 0;
  circuit->delay = {};
  circuit->command_due = now;
  if (!meter->known && meter->failures == 0) meter->due = std::min(meter->due, now);
}

void PollPlan::forget_order(CircuitId id) {
  if (const auto found = find(id); found.circuit != nullptr) found.circuit->wanted.reset();
}

bool PollPlan::has_order(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.circuit != nullptr && found.circuit->wanted.has_value();
}

/// Not before another password is set, or a day has passed, where the meter has refused the one that there is.
Tick PollPlan::command_from(const Meter& meter, const Circuit& circuit) const {
  const auto from = std::max(circuit.command_due, passwords_->writes_from(meter.is.place));
  return is_retry_at_rest(circuit) ? std::max(from, next_probe_) : from;
}

PollPlan::Found PollPlan::due_command(Tick now) {
  Found best;
  for (auto& meter : meters_) {
    if (!meter.known) continue;
    for (auto& circuit : meter.circuits) {
      if (!circuit.wanted || command_from(meter, circuit) > now) continue;
      if (best.circuit == nullptr || circuit.command_due < best.circuit->command_due) best = {&meter, &circuit};
    }
  }
  return best;
}

/// Until its next reading; what is put off for longer stays so, since a meter may begin its delay anew at each command.
void PollPlan::put_off_commands(Meter& meter) {
  for (auto& circuit : meter.circuits)
    if (circuit.command_due == never || circuit.command_due < meter.due || !meter.known) circuit.command_due = meter.due;
}

/// Whatever it answered, its state is read back.
void PollPlan::take_command_answer(const wattle::Received& received, Tick now, Polled& polled) {
  auto& [meter, circuit] = commanded_;
  meter->due = now + meter->is.profile->timings.relay_settles;
  const bool is_ordered_anew = circuit->tries == 0;  // meanwhile: that one has not been sent
  if (!is_ordered_anew) circuit->command_due = never;
  circuit->accepted = !is_ordered_anew && std::holds_alternative<MeterAnswer>(received);
  if (circuit->accepted) circuit->refusal = {};
  const auto* bad = std::get_if<Bad>(&received);
  const bool says_no =
      bad != nullptr && bad->error.category() == meter_category() && is_refusal(static_cast<MeterErrc>(bad->error.value()));
  circuit->said_no = says_no ? bad->error : Error{};
  const bool is_refused = bad != nullptr && passwords_->take(meter->is.place, bad->error, now);
  if (is_refused && circuit->wanted) hold(*circuit, bad->error, polled);
  commanded_ = {};
}

/// Told once, until it obeys or the meter takes an order again.
void PollPlan::hold(Circuit& circuit, Error why, Polled& polled) {
  const bool is_told = circuit.disobeys && circuit.refusal;
  circuit.disobeys = true;
  circuit.refusal = why;
  if (!is_told) notice(polled, PollNotice::relay_disobeys, circuit, why);
}

}  // namespace wattle::edge
