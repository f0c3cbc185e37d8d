// What a reading says: whether it can be believed, where the relays stand, and whether they obey.

#include <algorithm>

#include "edge/core/poll_plan.hpp"
#include "shared/meter/leap.hpp"
#include "shared/meter/torn.hpp"

namespace wattle::edge {
namespace {

/// Which of them is right nobody can tell.
void forget_figures(CircuitReading& circuit) {
  circuit.power.reset();
  circuit.current_ma.reset();
  circuit.power_factor_per_mille.reset();
}

}  // namespace

/// A reading that may be torn, or leaps, is kept until the next one has borne it out; what that one does not bear out was torn.
bool PollPlan::is_doubted(Meter& meter, const Reading& reading, Tick now, Polled& polled) {
  const auto& profile = *meter.is.profile;
  const auto* before = meter.sound && meter.sound->meter == reading.meter ? &*meter.sound : nullptr;
  const bool is_borne_out =
      meter.doubted && bears_out(profile, *meter.doubted, reading) && goes_on(*meter.doubted, reading, now - meter.doubted_at);
  if (meter.doubted && !is_borne_out) {
    ++meter.torn;
    notice(polled, PollNotice::torn, meter.circuits.front(), WATTLE_FAIL(MeterErrc::torn));
  }
  const bool leaps = before != nullptr ? is_leap(*before, reading, now - meter.sound_at) : leaps_since_start(meter, reading);
  const bool doubted = !is_borne_out && (leaps || may_be_torn(profile, before, reading));
  meter.doubts = doubted ? meter.doubts + 1 : 0;
  meter.doubted = doubted ? std::optional(reading) : std::nullopt;
  meter.doubted_at = now;
  return doubted;
}

/// Of a register that was counted on behind its end this is the rest.
bool PollPlan::leaps_since_start(const Meter& meter, const Reading& reading) {
  if (meter.sound || reading.meter != meter.is.place.number) return false;
  return std::any_of(meter.circuits.begin(), meter.circuits.end(), [&](const Circuit& circuit) {
    if (!circuit.known) return false;
    const Quantity from{circuit.known->units.units % meter.is.profile->rollover.units};
    return !may_have_flowed(from, reading.circuits[circuit.index].energy, circuit.known->since);
  });
}

void PollPlan::take_reading(Meter& meter, const Reading& reading, bool is_full, Tick now, Polled& polled) {
  meter.sound = reading;
  meter.sound_at = now;
  // A reading that somebody wanted before it was due puts the next one off by no more than any other does.
  const bool keeps_pace = meter.due <= now && now < meter.due + settings_.every;
  meter.due = (keeps_pace ? meter.due : now) + settings_.every;
  meter.known = reading.meter == meter.is.place.number;
  if (meter.foreign == meter.known) {
    meter.foreign = !meter.known;
    notice_all(polled, meter.known ? PollNotice::own_meter : PollNotice::foreign_meter, meter);
  }
  for (auto& circuit : meter.circuits) take_circuit(meter, circuit, reading, is_full, now, polled);
}

void PollPlan::take_circuit(Meter& meter, Circuit& circuit, const Reading& reading, bool is_full, Tick now, Polled& polled) {
  const auto& of = reading.circuits[circuit.index];
  MeterRead read{circuit.is.room, circuit.is.circuit, reading.meter, of.energy, std::nullopt, std::nullopt};
  // What another room's relay does says nothing about this circuit.
  if (meter.known) {
    read.relay_closed = of.relay_closed;
    read.power = of.power;
    const bool flows = judge_flow(*meter.is.profile, circuit, of, polled);
    const bool is_sure = !flows || circuit.flowing >= flows_after;
    // A valve that is stuck or between its ends shows nothing, and is not where it was ordered to be.
    const auto closed = of.relay_closed || !circuit.wanted ? of.relay_closed : std::optional(!*circuit.wanted);
    if (closed && is_sure) judge_relay(meter, circuit, *closed || flows, of, now, polled);
    if (!is_sure) meter.due = std::min(meter.due, now + meter.is.profile->timings.relay_settles);
    const auto power = circuit.disagrees ? std::nullopt : of.power;
    if (const auto stuck = circuit.watch.read(reading.meter, of.energy, power, now))
      notice(polled, *stuck ? PollNotice::register_stuck : PollNotice::register_moves, circuit);
  }
  const auto before = circuit.newest.value_or(CircuitSeen{});
  const bool is_same = before.meter == reading.meter;
  auto told = of;
  if (circuit.disagrees) forget_figures(told);
  circuit.newest = {reading.meter,      told.energy,
                    told.power,         told.current_ma,
                    reading.voltage_mv, told.power_factor_per_mille,
                    told.relay_closed,  further_of(reading, told)};
  // What is asked less often stays what it was; what was asked and not told is not known any more.
  const bool keeps = !is_full && is_same;
  if (keeps && !told.current_ma) circuit.newest->current_ma = before.current_ma;
  if (keeps && !reading.voltage_mv) circuit.newest->voltage_mv = before.voltage_mv;
  if (keeps && !told.power_factor_per_mille) circuit.newest->power_factor_per_mille = before.power_factor_per_mille;
  if (keeps) circuit.newest->further.fill_from(before.further);
  if (meter.known) {
    read.voltage_mv = circuit.newest->voltage_mv;
    read.current_ma = circuit.newest->current_ma;
    read.further = circuit.newest->further;
    read.disagrees = circuit.disagrees;
  }
  read.register_ends = meter.is.profile->rollover;
  polled.readings.push_back(read);
}

/// Whether the contact lets power through although it reads open: it is welded, or somebody went round it. Power without any
/// current was read before the contact opened, and says nothing.
bool PollPlan::judge_flow(const MeterProfile& profile, Circuit& circuit, const CircuitReading& reading, Polled& polled) {
  const bool is_open = reading.relay_closed && !*reading.relay_closed;
  const auto watts = reading.power.value_or(Power{}).watts;
  const bool flows = is_open && (watts > flows_above.watts || watts < -flows_above.watts);
  const bool was_flowing = circuit.flowing >= flows_after;
  if (flows && profile.phases == 1 && reading.current_ma == 0) return was_flowing;
  circuit.flowing = flows ? std::min(circuit.flowing + 1, flows_after) : 0;
  const bool is_flowing = circuit.flowing >= flows_after;
  if (is_flowing != was_flowing) notice(polled, is_flowing ? PollNotice::flows_open : PollNotice::flows_no_more, circuit);
  return flows;
}

/// A meter that has a delay before it moves its contact may begin it anew at each command. It has taken this one, and shows
/// that it has it.
bool PollPlan::is_delayed(const Circuit& circuit, const CircuitReading& reading) {
  return circuit.tries > 0 && circuit.accepted && reading.relay_commanded == circuit.wanted &&
         reading.relay_closed != circuit.wanted;
}

/// How long its delay is the meter does not say: it is let alone longer each time. Not for ever, since a contact that is stuck
/// looks the same.
void PollPlan::put_off(Circuit& circuit, bool delayed, Tick now) const {
  if (circuit.tries == 0) {
    circuit.command_due = now;
  } else if (!delayed) {  // readings after the first one since the command must not put the next try off
    circuit.command_due = std::min(circuit.command_due, now + (circuit.tries < relay_tries ? relay_again : settings_.every));
  } else if (circuit.command_due == never) {
    circuit.delay = std::clamp(Duration{circuit.delay.micros * 2}, delayed_first, delayed_most);
    circuit.command_due = now + circuit.delay;
  }
}

/// The contact may yet stand as it is to stand because a meter with a delay has not come to move it, as it was told before.
bool PollPlan::is_as_ordered(const Circuit& circuit, bool closed, const CircuitReading& reading) {
  const bool has_taken = circuit.tries > 0 && (circuit.accepted || circuit.tries >= relay_tries);
  return *circuit.wanted == closed && (has_taken || reading.relay_commanded.value_or(closed) == closed);
}

void PollPlan::judge_relay(const Meter& meter, Circuit& circuit, bool closed, const CircuitReading& reading, Tick now,
                           Polled& polled) {
  if (!circuit.wanted) {
    const auto& before = circuit.newest;
    const bool moved =
        before && before->meter == meter.is.place.number && before->relay_closed && *before->relay_closed != closed;
    if (moved && circuit.flowing == 0) notice(polled, PollNotice::relay_strayed, circuit);
    return;
  }
  if (is_as_ordered(circuit, closed, reading)) {
    if (circuit.disobeys) notice(polled, PollNotice::relay_obeys, circuit);
    circuit.disobeys = false;
    circuit.refusal = {};
    circuit.wanted.reset();
    return;
  }
  if (const auto* refusal = passwords_->held(meter.is.place, now)) hold(circuit, refusal->why, polled);
  const bool delayed = is_delayed(circuit, reading);
  if (delayed) ++circuit.waits;
  if (std::max(circuit.tries, circuit.waits) >= relay_tries && !circuit.disobeys) {
    circuit.disobeys = true;
    notice(polled, PollNotice::relay_disobeys, circuit);
  }
  put_off(circuit, delayed, now);
}

}  // namespace wattle::edge
