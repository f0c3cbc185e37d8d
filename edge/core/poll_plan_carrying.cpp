// What a plan takes over from the one before it, when its bus was wired otherwise: a register goes on being watched although
// its meter has another profile, address or bus. Who is at the address must be read anew before it is commanded. After a start
// there is no such plan, but the ledger.

#include <algorithm>

#include "edge/core/poll_plan.hpp"
#include "shared/meter/leap.hpp"

namespace wattle::edge {

void PollPlan::carry_over(const PollPlan& before) {
  for (auto& meter : meters_) {
    for (auto& circuit : meter.circuits) {
      const auto was = before.find(circuit.is.circuit);
      if (was.meter == nullptr || was.meter->is.place.number != meter.is.place.number) continue;
      circuit.newest = was.circuit->newest;
      circuit.watch = was.circuit->watch;
      circuit.flowing = was.circuit->flowing;
      meter.torn = was.meter->torn;
      meter.failure = was.meter->failure;
      meter.failed_at = was.meter->failed_at;
      if (circuit_count(*was.meter->is.profile) != circuit_count(*meter.is.profile)) continue;
      meter.sound = was.meter->sound;
      meter.sound_at = was.meter->sound_at;
    }
  }
}

void PollPlan::judge_by(const std::function<std::optional<Quantity>(CircuitId, MeterId)>& counted, Tick now) {
  for (auto& meter : meters_) {
    const auto& profile = *meter.is.profile;
    if (meter.sound || meter.circuits.size() != circuit_count(profile)) continue;
    Reading before{.meter = meter.is.place.number, .voltage_mv = {}, .frequency_mhz = {}, .circuits = {}};
    before.circuits.resize(meter.circuits.size());
    const bool all = std::all_of(meter.circuits.begin(), meter.circuits.end(), [&](const Circuit& circuit) {
      const auto up_to = counted(circuit.is.circuit, before.meter);
      if (up_to) before.circuits[circuit.index].energy = {up_to->units % profile.rollover.units};
      return up_to.has_value();
    });
    if (!all) continue;
    meter.sound = before;
    meter.sound_at = now + Duration{-leap_looks_back.micros};  // at least so long ago, as far as anybody knows
  }
}

}  // namespace wattle::edge
