#include "edge/core/poll_plan.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::edge {
namespace {

/// Ten per cent to and fro, so that silent meters are not all asked in one breath; by the address, to be the same in each run.
Duration scattered(Duration pause, std::uint64_t address) {
  const auto share = static_cast<std::int64_t>(address * 7 % 21) - 10;
  return {pause.micros + pause.micros / 100 * share};
}

/// Within one reading an answer that comes too late can be taken for the next one's only where answers do not say what they
/// answer.
bool answers_look_alike(const Exchange& exchange) { return std::holds_alternative<ModbusAsk>(exchange.ask); }

}  // namespace

bool PollPlan::Meter::has_order() const {
  if (foreign || (!known && failures > 0)) return false;
  return std::any_of(circuits.begin(), circuits.end(), [](const Circuit& c) { return c.wanted && !c.disobeys; });
}

PollPlan::PollPlan(PollSettings settings, std::vector<PolledMeter> meters, Tick now) : settings_(settings), next_probe_(now) {
  meters_.reserve(meters.size());  // pending_ and commanded_ point into it
  for (auto& meter : meters) {
    WATTLE_CHECK(!meter.circuits.empty() && meter.circuits.size() <= circuit_count(*meter.profile));
    Meter fresh;
    fresh.control = reading_exchanges(*meter.profile, meter.place, Depth::control);
    fresh.full = reading_exchanges(*meter.profile, meter.place, Depth::full);
    for (std::size_t i = 0; i < meter.circuits.size(); ++i) {
      Circuit circuit;
      circuit.is = meter.circuits[i];
      circuit.index = i;
      fresh.circuits.push_back(circuit);
    }
    fresh.is = std::move(meter);
    fresh.due = fresh.full_due = now;
    meters_.push_back(std::move(fresh));
  }
}

PollPlan::FoundConst PollPlan::find(CircuitId circuit) const {
  for (const auto& meter : meters_) {
    for (const auto& one : meter.circuits)
      if (one.is.circuit == circuit) return {&meter, &one};
  }
  return {};
}

PollPlan::Found PollPlan::find(CircuitId circuit) {
  const auto found = std::as_const(*this).find(circuit);
  return {const_cast<Meter*>(found.meter), const_cast<Circuit*>(found.circuit)};
}

void PollPlan::order(CircuitId id, bool close, Tick now) {
  const auto [meter, circuit] = find(id);
  if (meter == nullptr || !has_relay(*meter->is.profile, circuit->index) || circuit->wanted == close) return;
  circuit->wanted = close;
  circuit->tries = 0;
  circuit->command_due = now;
  if (!meter->known && meter->failures == 0) meter->due = std::min(meter->due, now);
}

void PollPlan::forget_order(CircuitId id) {
  if (const auto found = find(id); found.circuit != nullptr) found.circuit->wanted.reset();
}

PollPlan::Found PollPlan::due_command(Tick now) {
  Found best;
  for (auto& meter : meters_) {
    if (!meter.known) continue;
    for (auto& circuit : meter.circuits) {
      if (!circuit.wanted || circuit.command_due > now || (circuit.disobeys && next_probe_ > now)) continue;
      if (best.circuit == nullptr || circuit.command_due < best.circuit->command_due) best = {&meter, &circuit};
    }
  }
  return best;
}

/// A relay that waits to be read back, or a meter that must be known before it is commanded, comes first.
PollPlan::Meter* PollPlan::due_reading(Tick now) {
  const auto rank = [](const Meter& m) { return std::pair(!m.has_order() || m.is_silent(), m.due); };
  Meter* best = nullptr;
  for (auto& meter : meters_) {
    if (std::max(meter.due, meter.late_until) > now || (meter.is_silent() && !bus_silent_ && next_probe_ > now)) continue;
    if (best == nullptr || rank(meter) < rank(*best)) best = &meter;
  }
  return best;
}

Question PollPlan::question(const Meter& meter, const Circuit& circuit, const Exchange& exchange, bool is_command) const {
  const auto& profile = *meter.is.profile;
  const Duration timeout{answer_timeout(profile, exchange, settings_.line).micros + settings_.latency.micros};
  return {exchange, timeout, gap_before(profile, settings_.line), is_command, circuit.is.room, circuit.is.circuit};
}

void PollPlan::begin_reading(Meter& meter, Tick now) {
  const bool is_full = meter.full_due <= now || meter.full.size() == meter.control.size();
  pending_ = {&meter, is_full ? Depth::full : Depth::control, false, {}};
}

std::optional<Question> PollPlan::next(Tick now) {
  if (awaited_) return std::nullopt;
  if (commanded_ = due_command(now); commanded_.meter != nullptr) {
    auto& [meter, circuit] = commanded_;
    if (pending_.meter == meter) pending_ = {};  // what it said before is not what it says after
    awaited_ = true;
    ++circuit->tries;
    const auto exchange = relay_exchange(*meter->is.profile, meter->is.place, circuit->index, *circuit->wanted);
    const auto command = question(*meter, *circuit, exchange, true);
    if (circuit->disobeys) next_probe_ = now + Duration{command.timeout.micros * (probe_share - 1)};
    return command;
  }
  if (pending_.meter == nullptr) {
    auto* meter = due_reading(now);
    if (meter == nullptr) return std::nullopt;
    begin_reading(*meter, now);
  }
  awaited_ = true;
  const auto& meter = *pending_.meter;
  return question(meter, meter.circuits.front(), pending_.exchanges()[pending_.answers.size()], false);
}

Polled PollPlan::answered(const wattle::Received& received, Tick now) {
  WATTLE_CHECK(awaited_);
  awaited_ = false;
  Polled polled;
  if (commanded_.meter != nullptr) {
    // Whatever it answered, its state is read back.
    commanded_.meter->due = now + commanded_.meter->is.profile->timings.relay_settles;
    const bool is_ordered_anew = commanded_.circuit->tries == 0;  // meanwhile: that one has not been sent
    if (!is_ordered_anew) commanded_.circuit->command_due = never;
    commanded_ = {};
    return polled;
  }
  if (const auto* answer = std::get_if<MeterAnswer>(&received)) {
    pending_.answers.push_back(*answer);
    if (pending_.answers.size() == pending_.exchanges().size()) finish_reading(now, polled);
    return polled;
  }
  const auto* bad = std::get_if<Bad>(&received);
  const Error error = bad != nullptr ? bad->error : WATTLE_FAIL(MeterErrc::silence);
  if (error == MeterErrc::silence) pending_.meter->late_until = now + slow_answers_end;
  if (may_retry(error))
    pending_.retried = true;
  else
    fail_reading(error, now, polled);
  return polled;
}

/// Noise is put right at once; a meter that fails again and again is not asked twice each time.
bool PollPlan::may_retry(Error error) const {
  if (pending_.retried || pending_.meter->failures > 0) return false;
  if (error.category() == meter_category() && is_refusal(static_cast<MeterErrc>(error.value()))) return false;
  return pending_.exchanges().size() == 1 || !answers_look_alike(pending_.exchanges().front());
}

void PollPlan::finish_reading(Tick now, Polled& polled) {
  auto& meter = *pending_.meter;
  const auto reading = decode_reading(*meter.is.profile, meter.is.place, pending_.depth, pending_.answers);
  if (!reading) return fail_reading(reading.error(), now, polled);
  if (pending_.depth == Depth::full) meter.full_due = now + settings_.full_every;
  pending_ = {};
  take_reading(meter, *reading, now, polled);
  polled.swept = is_round_over(meter);
}

void PollPlan::unasked(Tick now) {
  WATTLE_CHECK(awaited_);
  awaited_ = false;
  if (commanded_.meter != nullptr) {
    if (commanded_.circuit->tries > 0) --commanded_.circuit->tries;  // 0: ordered anew meanwhile
    commanded_.circuit->command_due = now + settings_.every;
    commanded_.meter->due = now + settings_.every;
    commanded_ = {};
    return;
  }
  for (auto& circuit : pending_.meter->circuits) circuit.command_due = now + settings_.every;
  pending_.meter->due = now + settings_.every;
  pending_ = {};
}

void PollPlan::heard(Meter& meter, Tick now, Polled& polled) {
  if (meter.is_silent()) notice_all(polled, PollNotice::heard_again, meter);
  meter.failures = 0;
  if (!bus_silent_) return;
  bus_silent_ = false;
  notice(polled, PollNotice::bus_heard_again, meters_.front().circuits.front());
  for (auto& other : meters_) other.due = std::min(other.due, now);
}

void PollPlan::take_reading(Meter& meter, const Reading& reading, Tick now, Polled& polled) {
  heard(meter, now, polled);
  meter.due = now < meter.due + settings_.every ? meter.due + settings_.every : now + settings_.every;
  meter.known = reading.meter == meter.is.place.number;
  if (meter.foreign == meter.known) {
    meter.foreign = !meter.known;
    notice_all(polled, meter.known ? PollNotice::own_meter : PollNotice::foreign_meter, meter);
  }
  for (auto& circuit : meter.circuits) take_circuit(meter, circuit, reading, now, polled);
}

void PollPlan::take_circuit(Meter& meter, Circuit& circuit, const Reading& reading, Tick now, Polled& polled) {
  const auto& of = reading.circuits[circuit.index];
  MeterRead read{circuit.is.room, circuit.is.circuit, reading.meter, of.energy, std::nullopt, std::nullopt};
  // What another room's relay does says nothing about this circuit.
  if (meter.known) {
    read.relay_closed = of.relay_closed;
    read.power = of.power;
    const bool flows = judge_flow(circuit, of, polled);
    const bool is_sure = !flows || circuit.flowing >= flows_after;
    // A valve that is stuck or between its ends shows nothing, and is not where it was ordered to be.
    const auto closed = of.relay_closed || !circuit.wanted ? of.relay_closed : std::optional(!*circuit.wanted);
    if (closed && is_sure) judge_relay(circuit, reading.meter, *closed || flows, now, polled);
    if (!is_sure) meter.due = std::min(meter.due, now + meter.is.profile->timings.relay_settles);
  }
  const auto before = circuit.newest.value_or(CircuitSeen{});
  const bool is_same = before.meter == reading.meter;
  circuit.newest = {reading.meter,  of.energy, of.power, of.current_ma, reading.voltage_mv, of.power_factor_per_mille,
                    of.relay_closed};
  // What is asked less often stays what it was.
  if (is_same && !of.current_ma) circuit.newest->current_ma = before.current_ma;
  if (is_same && !reading.voltage_mv) circuit.newest->voltage_mv = before.voltage_mv;
  if (is_same && !of.power_factor_per_mille) circuit.newest->power_factor_per_mille = before.power_factor_per_mille;
  if (meter.known) {
    read.voltage_mv = circuit.newest->voltage_mv;
    read.current_ma = circuit.newest->current_ma;
  }
  polled.readings.push_back(read);
}

/// Whether the contact lets power through although it reads open: it is welded, or somebody went round it.
bool PollPlan::judge_flow(Circuit& circuit, const CircuitReading& reading, Polled& polled) {
  const bool is_open = reading.relay_closed && !*reading.relay_closed;
  const auto watts = reading.power.value_or(Power{}).watts;
  const bool flows = is_open && (watts > flows_above.watts || watts < -flows_above.watts);
  const bool was_flowing = circuit.flowing >= flows_after;
  circuit.flowing = flows ? std::min(circuit.flowing + 1, flows_after) : 0;
  const bool is_flowing = circuit.flowing >= flows_after;
  if (is_flowing != was_flowing) notice(polled, is_flowing ? PollNotice::flows_open : PollNotice::flows_no_more, circuit);
  return flows;
}

void PollPlan::judge_relay(Circuit& circuit, MeterId meter, bool closed, Tick now, Polled& polled) {
  if (!circuit.wanted) {
    const auto& before = circuit.newest;
    const bool moved = before && before->meter == meter && before->relay_closed && *before->relay_closed != closed;
    if (moved && circuit.flowing == 0) notice(polled, PollNotice::relay_strayed, circuit);
    return;
  }
  if (*circuit.wanted == closed) {
    if (circuit.disobeys) notice(polled, PollNotice::relay_obeys, circuit);
    circuit.disobeys = false;
    circuit.wanted.reset();
    return;
  }
  if (circuit.tries >= relay_tries && !circuit.disobeys) {
    circuit.disobeys = true;
    notice(polled, PollNotice::relay_disobeys, circuit);
  }
  if (circuit.tries == 0)
    circuit.command_due = now;
  else if (circuit.command_due == never)  // the first reading since the command; those after it must not put the next try off
    circuit.command_due = now + (circuit.tries < relay_tries ? relay_again : settings_.every);
}

void PollPlan::fail_reading(Error error, Tick now, Polled& polled) {
  auto& meter = *pending_.meter;
  const auto spent = question(meter, meter.circuits.front(), pending_.exchanges().front(), false).timeout;
  const bool may_mix = pending_.exchanges().size() > 1 && answers_look_alike(pending_.exchanges().front());
  pending_ = {};
  ++meter.failures;
  if (meter.failures == silent_after) {
    meter.known = false;  // in the dark it may be replaced
    notice_all(polled, PollNotice::silent, meter, error);
  }
  if (!bus_silent_ && is_bus_silent()) {
    bus_silent_ = true;
    notice(polled, PollNotice::bus_silent, meters_.front().circuits.front(), error);
    for (auto& other : meters_) other.due = std::min(other.due, now + settings_.every);
  }
  auto pause = may_mix ? std::max(settings_.every, slow_answers_end) : settings_.every;
  if (meter.is_silent() && !bus_silent_) {
    auto longer = std::min(first_poll_pause, Duration{settings_.every.micros * 4});
    for (auto n = silent_after; n < meter.failures && longer < longest_poll_pause; ++n) longer.micros *= 2;
    pause = std::max(pause, scattered(std::min(longer, longest_poll_pause), meter.is.place.address));
    next_probe_ = now + Duration{spent.micros * (probe_share - 1)};
  }
  meter.due = now + pause;
  for (auto& circuit : meter.circuits) circuit.command_due = meter.due;
  polled.swept = is_round_over(meter);
}

bool PollPlan::is_bus_silent() const {
  return std::all_of(meters_.begin(), meters_.end(), [](const Meter& m) { return m.is_silent(); });
}

/// The meter just asked has had its turn. A silent one is asked too seldom to be waited for.
bool PollPlan::is_round_over(Meter& meter) {
  meter.asked = true;
  const auto is_waited_for = [](const Meter& m) { return !m.asked && !m.is_silent(); };
  if (std::any_of(meters_.begin(), meters_.end(), is_waited_for)) return false;
  for (auto& each : meters_) each.asked = false;
  return true;
}

void PollPlan::notice(Polled& polled, PollNotice what, const Circuit& circuit, Error error) {
  polled.notices.push_back({what, circuit.is.room, circuit.is.circuit, error});
}

void PollPlan::notice_all(Polled& polled, PollNotice what, const Meter& meter, Error error) {
  for (const auto& circuit : meter.circuits) notice(polled, what, circuit, error);
}

Tick PollPlan::wake_up() const {
  if (awaited_) return never;
  if (pending_.meter != nullptr) return Tick{};
  Tick next = never;
  for (const auto& meter : meters_) {
    const bool is_probed = meter.is_silent() && !bus_silent_;
    const auto due = std::max(meter.due, meter.late_until);
    next = std::min(next, is_probed ? std::max(due, next_probe_) : due);
    if (!meter.known) continue;
    for (const auto& circuit : meter.circuits)
      if (circuit.wanted)
        next = std::min(next, circuit.disobeys ? std::max(circuit.command_due, next_probe_) : circuit.command_due);
  }
  return next;
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

bool PollPlan::disobeys(CircuitId circuit) const {
  const auto found = find(circuit);
  return found.circuit != nullptr && found.circuit->disobeys;
}

}  // namespace wattle::edge
