#include "edge/core/poll_plan.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle::edge {

PollPlan::PollPlan(PollSettings settings, std::vector<PolledMeter> meters, Tick now) : settings_(settings) {
  meters_.reserve(meters.size());  // asked_ points into it
  for (auto& meter : meters) {
    Meter fresh;
    fresh.blocks = reading_exchanges(meter.profile, meter.unit);
    fresh.is = std::move(meter);
    fresh.due = now;
    meters_.push_back(std::move(fresh));
  }
}

const PollPlan::Meter* PollPlan::find(CircuitId circuit) const {
  const auto at = std::find_if(meters_.begin(), meters_.end(), [&](const Meter& m) { return m.is.circuit == circuit; });
  return at == meters_.end() ? nullptr : &*at;
}

PollPlan::Meter* PollPlan::find(CircuitId circuit) { return const_cast<Meter*>(std::as_const(*this).find(circuit)); }

void PollPlan::order(CircuitId circuit, bool close, Tick now) {
  auto* meter = find(circuit);
  if (meter == nullptr || meter->wanted == close) return;
  meter->wanted = close;
  meter->tries = 0;
  meter->command_due = now;
  if (!meter->known && meter->failures == 0) meter->due = std::min(meter->due, now);
}

void PollPlan::forget_order(CircuitId circuit) {
  if (auto* meter = find(circuit)) meter->wanted.reset();
}

PollPlan::Meter* PollPlan::due_command(Tick now) {
  Meter* best = nullptr;
  for (auto& meter : meters_) {
    if (!meter.wanted || !meter.known || meter.command_due > now) continue;
    if (best == nullptr || meter.command_due < best->command_due) best = &meter;
  }
  return best;
}

/// A relay that waits to be read back, or a meter that must be known before it is commanded, comes first.
PollPlan::Meter* PollPlan::due_reading(Tick now) {
  Meter* best = nullptr;
  for (auto& meter : meters_) {
    if (meter.due > now) continue;
    const auto rank = [](const Meter& m) { return std::pair(!m.wanted.has_value(), m.due); };
    if (best == nullptr || rank(meter) < rank(*best)) best = &meter;
  }
  return best;
}

Question PollPlan::question(const Exchange& exchange, bool is_command) const {
  const auto& meter = asked_->is;
  return {exchange, answer_timeout(meter.profile, exchange, settings_.baud), is_command, meter.room, meter.circuit};
}

std::optional<Question> PollPlan::next(Tick now) {
  if (awaited_) return std::nullopt;
  if (step_ == Step::read) {
    awaited_ = true;
    return question(asked_->blocks[values_.size()], false);
  }
  if ((asked_ = due_command(now)) != nullptr) {
    step_ = Step::command;
    awaited_ = true;
    ++asked_->tries;
    return question(relay_exchange(asked_->is.profile, asked_->is.unit, *asked_->wanted), true);
  }
  if ((asked_ = due_reading(now)) == nullptr) return std::nullopt;
  step_ = Step::read;
  awaited_ = true;
  values_.clear();
  return question(asked_->blocks.front(), false);
}

Polled PollPlan::answered(const wattle::Received& received, Tick now) {
  WATTLE_CHECK(awaited_);
  awaited_ = false;
  Polled polled;
  auto& meter = *asked_;
  if (step_ == Step::command) {
    // Whatever it answered, its state is read back.
    step_ = Step::idle;
    meter.due = now + relay_settles;
    meter.command_due = never;
    return polled;
  }
  const auto* answer = std::get_if<MeterAnswer>(&received);
  if (answer == nullptr) {
    const auto* bad = std::get_if<Bad>(&received);
    fail_reading(meter, bad != nullptr ? bad->error : WATTLE_FAIL(MeterErrc::silence), now, polled);
    polled.swept = is_round_over();
    return polled;
  }
  values_.push_back(answer->values);
  if (values_.size() < meter.blocks.size()) return polled;
  const auto reading = decode_reading(meter.is.profile, values_);
  if (reading)
    take_reading(meter, *reading, now, polled);
  else
    fail_reading(meter, reading.error(), now, polled);
  polled.swept = is_round_over();
  return polled;
}

/// The meter just asked has had its turn. A silent one is asked too seldom to be waited for.
bool PollPlan::is_round_over() {
  asked_->asked = true;
  const auto is_waited_for = [](const Meter& meter) { return !meter.asked && meter.failures < silent_after; };
  if (std::any_of(meters_.begin(), meters_.end(), is_waited_for)) return false;
  for (auto& meter : meters_) meter.asked = false;
  return true;
}

void PollPlan::unasked(Tick now) {
  WATTLE_CHECK(awaited_);
  awaited_ = false;
  step_ = Step::idle;
  asked_->due = now + settings_.every;
  asked_->command_due = now + settings_.every;
}

void PollPlan::take_reading(Meter& meter, const Reading& reading, Tick now, Polled& polled) {
  step_ = Step::idle;
  if (meter.failures >= silent_after) notice(polled, PollNotice::heard_again, meter);
  meter.failures = 0;
  meter.due = now < meter.due + settings_.every ? meter.due + settings_.every : now + settings_.every;
  meter.known = reading.meter == meter.is.number;
  if (meter.foreign == meter.known) {
    meter.foreign = !meter.known;
    notice(polled, meter.known ? PollNotice::own_meter : PollNotice::foreign_meter, meter);
  }
  // What another room's relay does says nothing about this circuit.
  if (meter.known) judge_relay(meter, reading.relay_closed, now, polled);
  meter.newest = reading;
  polled.reading = MeterRead{meter.is.room,
                             meter.is.circuit,
                             reading.meter,
                             reading.energy,
                             meter.known ? std::optional(reading.relay_closed) : std::nullopt,
                             meter.known ? std::optional(reading.power) : std::nullopt};
}

void PollPlan::judge_relay(Meter& meter, bool closed, Tick now, Polled& polled) {
  if (!meter.wanted) {
    const bool moved = meter.newest && meter.newest->meter == meter.is.number && meter.newest->relay_closed != closed;
    if (moved) notice(polled, PollNotice::relay_strayed, meter);
    return;
  }
  if (*meter.wanted == closed) {
    if (meter.disobeys) notice(polled, PollNotice::relay_obeys, meter);
    meter.disobeys = false;
    meter.wanted.reset();
    return;
  }
  if (meter.tries >= relay_tries && !meter.disobeys) {
    meter.disobeys = true;
    notice(polled, PollNotice::relay_disobeys, meter);
  }
  if (meter.tries == 0)
    meter.command_due = now;
  else
    meter.command_due = now + (meter.tries < relay_tries ? relay_again : settings_.every);
}

void PollPlan::fail_reading(Meter& meter, Error error, Tick now, Polled& polled) {
  step_ = Step::idle;
  ++meter.failures;
  if (meter.failures == silent_after) {
    meter.known = false;  // in the dark it may be replaced
    notice(polled, PollNotice::silent, meter, error);
  }
  auto pause = settings_.every;
  for (auto n = silent_after; n < meter.failures && pause < longest_poll_pause; ++n) pause.micros *= 2;
  meter.due = now + std::max(settings_.every, std::min(pause, longest_poll_pause));
  meter.command_due = meter.due;
}

void PollPlan::notice(Polled& polled, PollNotice what, const Meter& meter, Error error) {
  polled.notices.push_back({what, meter.is.room, meter.is.circuit, error});
}

Tick PollPlan::wake_up() const {
  if (awaited_) return never;
  if (step_ == Step::read) return Tick{};
  Tick next = never;
  for (const auto& meter : meters_) {
    next = std::min(next, meter.due);
    if (meter.wanted && meter.known) next = std::min(next, meter.command_due);
  }
  return next;
}

std::size_t PollPlan::silent() const {
  return static_cast<std::size_t>(
      std::count_if(meters_.begin(), meters_.end(), [](const Meter& m) { return m.failures >= silent_after; }));
}

bool PollPlan::is_silent(CircuitId circuit) const {
  const auto* meter = find(circuit);
  return meter != nullptr && meter->failures >= silent_after;
}

const Reading* PollPlan::newest(CircuitId circuit) const {
  const auto* meter = find(circuit);
  return meter != nullptr && meter->newest ? &*meter->newest : nullptr;
}

bool PollPlan::disobeys(CircuitId circuit) const {
  const auto* meter = find(circuit);
  return meter != nullptr && meter->disobeys;
}

}  // namespace wattle::edge
