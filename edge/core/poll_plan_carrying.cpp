// What a plan takes over from the one before it, when its bus was wired otherwise: a register goes on being watched although
// its meter has another profile, address or bus. Who is at the address must be read anew before it is commanded. After a start
// there is no such plan, but what was recorded and charged.

#include "edge/core/poll_plan.hpp"

namespace wattle::edge {

void PollPlan::carry_over(const PollPlan& before) {
  for (auto& meter : meters_) {
    for (auto& circuit : meter.circuits) {
      const auto was = before.find(circuit.is.circuit);
      if (was.meter == nullptr || was.meter->is.place.number != meter.is.place.number) continue;
      circuit.newest = was.circuit->newest;
      circuit.watch = was.circuit->watch;
      circuit.flowing = was.circuit->flowing;
      circuit.figures = was.circuit->figures;
      if (was.meter->is.place.by == meter.is.place.by) {  // it has been told already
        circuit.disobeys = was.circuit->disobeys;
        circuit.refusal = was.circuit->refusal;
      }
      meter.torn = was.meter->torn;
      meter.failure = was.meter->failure;
      meter.failed_at = was.meter->failed_at;
      if (circuit_count(*was.meter->is.profile) != circuit_count(*meter.is.profile)) continue;
      meter.sound = was.meter->sound;
      meter.sound_at = was.meter->sound_at;
    }
  }
}

void PollPlan::judge_by(const std::function<std::optional<KnownRegister>(CircuitId, MeterId)>& known) {
  for (auto& meter : meters_)
    if (!meter.sound)
      for (auto& circuit : meter.circuits) circuit.known = known(circuit.is.circuit, meter.is.place.number);
}

}  // namespace wattle::edge
