#include "edge/core/history_tasks.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {
namespace {

/// Of a meter whose clock is no clock.
constexpr Duration no_clock = days(36'500);

Duration history_size_of(Duration error) { return {error.micros < 0 ? -error.micros : error.micros}; }

}  // namespace

bool HistoryTasks::Meter::has_work() const {
  return std::any_of(circuits.begin(), circuits.end(), [](const Circuit& circuit) { return circuit.has_work(); });
}

HistoryTasks::HistoryTasks(std::vector<PolledMeter> meters, PollSettings settings, Duration utc_offset)
    : settings_(settings), utc_offset_(utc_offset) {
  for (auto& meter : meters) {
    if (history_of(*meter.profile) == nullptr) continue;
    Meter fresh;
    for (std::size_t i = 0; i < meter.circuits.size(); ++i) {
      Circuit circuit;
      circuit.is = meter.circuits[i];
      circuit.index = i;
      fresh.circuits.push_back(std::move(circuit));
    }
    fresh.is = std::move(meter);
    meters_.push_back(std::move(fresh));
  }
}

HistoryTasks::Found HistoryTasks::find(CircuitId id) {
  for (auto& meter : meters_)
    for (auto& circuit : meter.circuits)
      if (circuit.is.circuit == id) return {&meter, &circuit};
  return {};
}

/// What is under way there is asked for again from its beginning.
void HistoryTasks::carry_over(const HistoryTasks& before) {
  for (const auto& meter : before.meters_) {
    for (const auto& circuit : meter.circuits) {
      const auto at = find(circuit.is.circuit);
      if (at.meter == nullptr || at.meter->is.place.number != meter.is.place.number) continue;
      at.circuit->heard = circuit.heard;
      at.circuit->seen_before = circuit.seen_before;
      at.circuit->usual = circuit.usual;
      for (const auto& unwatched : {circuit.looked_at, circuit.unwatched})
        if (unwatched) add_unwatched(*at.circuit, *unwatched);
      for (const auto& walk : circuit.walks) fill(walk.gap());
    }
  }
}

/// What its clock showed before says nothing of a time in which nobody was watching, but what is older still rests on it.
void HistoryTasks::begin_work(Meter& meter) {
  const bool is_first = !meter.has_work();
  if (is_first) meter.clock_error.reset();
  if (is_first || meter.is_clock_read) meter.waits_since.reset();
  meter.is_clock_read = false;
}

bool HistoryTasks::fill(const RecordedGap& gap) {
  const auto at = find(gap.circuit);
  GapWalk walk(gap, at.meter == nullptr ? dlt645::ModelHistory{} : *history_of(*at.meter->is.profile), utc_offset_);
  if (walk.is_over() || at.meter->is.place.number != gap.meter) {
    found_.gaps.push_back({gap, {}, 0});
    return false;
  }
  begin_work(*at.meter);
  auto& walks = at.circuit->walks;
  if (asked_.circuit == at.circuit || walks.size() < gaps_a_circuit_max) {
    walks.push_back(std::move(walk));
    return true;
  }
  found_.gaps.push_back({walks.front().gap(), {}, 1});
  walks.pop_front();
  walks.push_back(std::move(walk));
  return true;
}

void HistoryTasks::seen_before(CircuitId id, MeterId meter, Instant at) {
  const auto found = find(id);
  if (found.meter != nullptr && found.meter->is.place.number == meter && !found.circuit->heard) found.circuit->seen_before = at;
}

bool HistoryTasks::heard(CircuitId id, MeterId meter, Tick now) {
  const auto at = find(id);
  if (at.meter == nullptr || at.meter->is.place.number != meter) return false;
  const auto before = std::exchange(at.circuit->heard, now);
  const auto recorded = std::exchange(at.circuit->seen_before, std::nullopt);
  if (before) {
    const auto interval = now - *before;
    const bool is_long = interval > at.circuit->usual.longest(unwatched_after);
    at.circuit->usual.take(interval);
    return is_long && look(at, {{}, *before, now});
  }
  return !before && recorded && look(at, {recorded, {}, now});
}

/// What failed before says nothing of the meter as it is now.
bool HistoryTasks::heard_again(CircuitId id, Tick now) {
  const auto at = find(id);
  if (at.meter == nullptr) return false;
  at.circuit->failures = 0;
  const auto& heard = at.circuit->heard;
  return heard && now - *heard > unwatched_after && look(at, {{}, *heard, now});
}

bool HistoryTasks::strayed(CircuitId id, Tick now) {
  const auto at = find(id);
  return at.meter != nullptr && at.circuit->heard && look(at, {{}, *at.circuit->heard, now});
}

/// What nobody has looked at yet is looked at together.
bool HistoryTasks::look(const Found& at, Unwatched unwatched) {
  if (history_of(*at.meter->is.profile)->events.empty()) return false;
  begin_work(*at.meter);
  add_unwatched(*at.circuit, unwatched);
  return true;
}

void HistoryTasks::add_unwatched(Circuit& circuit, Unwatched unwatched) {
  auto& all = circuit.unwatched;
  if (all) unwatched.from_instant = all->from_instant, unwatched.from = all->from;
  all = unwatched;
}

void HistoryTasks::look_at(const ClockTasks& clocks) {
  for (auto& meter : meters_) {
    const auto circuit = meter.circuits.front().is.circuit;
    const auto* told = clocks.told(circuit);
    const auto read = told == nullptr ? std::nullopt : std::optional(told->read);
    const bool is_fresh = std::exchange(meter.clock_read, read) != read;
    if (!meter.has_work()) continue;
    if (clocks.is_wrong(circuit)) meter.clock_error = no_clock;
    if (!is_fresh || told == nullptr) continue;
    meter.clock_error = std::max(meter.clock_error.value_or(Duration{}), history_size_of(told->error));
    meter.is_clock_read = true;
  }
}

/// Of a meter whose clock is right the one that has begun, so that it ends before its meter freezes anew; else the one that has
/// been due the longest.
HistoryTasks::Found HistoryTasks::due(const PollPlan& plan, Tick now) {
  Found best;
  for (auto& meter : meters_) {
    if (!meter.has_work() || !plan.may_be_told(meter.circuits.front().is.circuit, now)) continue;
    if (meter.is_clock_wrong() || (!meter.is_clock_read && waited_in_vain(meter, now))) give_up(meter);
    if (!meter.is_clock_read || !meter.is_clock_right()) continue;
    for (auto& circuit : meter.circuits) {
      if (!circuit.has_work() || circuit.due > now) continue;
      if (&circuit == last_.circuit && circuit.has_begun()) return last_;
      if (best.circuit == nullptr || circuit.due < best.circuit->due) best = {&meter, &circuit};
    }
  }
  return best;
}

bool HistoryTasks::waited_in_vain(Meter& meter, Tick now) {
  if (!meter.waits_since) meter.waits_since = now;
  return history_clock_patience < now - *meter.waits_since;
}

/// Nobody knows when any of it was.
void HistoryTasks::give_up(Meter& meter) {
  for (auto& circuit : meter.circuits) {
    for (const auto& walk : circuit.walks) {
      auto filled = walk.filled(false);
      filled.dropped = std::max<std::size_t>(filled.dropped, 1);
      found_.gaps.push_back(std::move(filled));
    }
    if (circuit.unwatched || circuit.look) ++found_.events_dropped;
    circuit.walks.clear();
    circuit.unwatched.reset();
    circuit.looked_at.reset();
    circuit.look.reset();
  }
}

std::optional<BackgroundQuestion> HistoryTasks::next(const PollPlan& plan, Tick now, std::optional<BoxTime> time) {
  if (asked_.circuit != nullptr || !time || !time->is_recorded) return std::nullopt;
  const auto at = due(plan, now);
  if (at.circuit == nullptr) return std::nullopt;
  if (!at.circuit->look && at.circuit->unwatched && !begin_look(*at.circuit, *at.meter, now, time->utc)) return std::nullopt;
  asked_ = last_ = at;
  asked_at_ = local_time(time->utc, utc_offset_);
  const auto& meter = at.meter->is;
  return BackgroundQuestion{
      background_question(meter, at.circuit->is, exchange_of(*at.meter, *at.circuit), settings_.line, settings_.latency), false,
      false};
}

bool HistoryTasks::begin_look(Circuit& circuit, const Meter& meter, Tick now, Instant time) {
  const auto unwatched = *std::exchange(circuit.unwatched, std::nullopt);
  circuit.looked_at = unwatched;
  const auto instant_of_tick = [&](Tick tick) { return time - (now - tick); };
  circuit.look.emplace(circuit.is.room, circuit.is.circuit, unwatched.from_instant.value_or(instant_of_tick(unwatched.from)),
                       instant_of_tick(unwatched.until), *history_of(*meter.is.profile));
  return circuit.look->question().has_value();
}

/// Events first: they are few, and somebody may wait for a reason.
Exchange HistoryTasks::exchange_of(const Meter& meter, const Circuit& circuit) const {
  const auto& profile = *meter.is.profile;
  if (circuit.look) return event_read(profile, meter.is.place, circuit.index, *circuit.look->question());
  const auto& walk = circuit.walks.front();
  if (const auto from = walk.load_question()) return load_records_read(profile, meter.is.place, circuit.index, *from);
  const auto question = *walk.freeze_question();
  return question.is_time ? freeze_time_read(profile, meter.is.place, circuit.index, question.kind, question.number)
                          : freeze_energy_read(profile, meter.is.place, circuit.index, question.kind, question.number);
}

/// No answer counts as none after some tries, which only a meter that is heard otherwise has had.
void HistoryTasks::answered(const wattle::Received& received, Tick now) {
  WATTLE_CHECK(asked_.circuit != nullptr);
  auto& circuit = *asked_.circuit;
  const auto* bad = std::get_if<Bad>(&received);
  const auto code = bad == nullptr                              ? MeterErrc{}
                    : bad->error.category() == meter_category() ? static_cast<MeterErrc>(bad->error.value())
                                                                : MeterErrc::silence;
  if (bad != nullptr && !is_refusal(code) && ++circuit.failures < history_tries) {  // asked again
    circuit.due = now + background_pause(circuit.failures);
  } else if (circuit.has_work()) {  // its clock may have been found wrong meanwhile
    circuit.failures = 0;
    circuit.due = now;
    const auto* answer = std::get_if<MeterAnswer>(&received);
    take_answer(answer != nullptr ? Result<MeterAnswer>(*answer) : Result<MeterAnswer>(make_error_code(code)));
    finish(*asked_.meter, circuit);
  }
  asked_ = {};
}

void HistoryTasks::take_answer(Result<MeterAnswer> answer) {
  auto& circuit = *asked_.circuit;
  const auto& profile = *asked_.meter->is.profile;
  if (circuit.look) {
    const auto event = *circuit.look->question();
    return circuit.look->take(answer ? event_time_in(profile, event, *answer) : Result<LocalTime>(answer.error()), utc_offset_);
  }
  auto& walk = circuit.walks.front();
  if (walk.load_question())
    return walk.loads().take(answer ? Result<LoadReadings>(load_readings_in(profile, *answer))
                                    : Result<LoadReadings>(answer.error()));
  const auto question = *walk.freeze_question();
  if (question.is_time)
    walk.freezes().take_time(answer ? freeze_time_in(question.kind, question.number, *answer, asked_at_)
                                    : Result<LocalTime>(answer.error()));
  else
    walk.freezes().take_energy(answer ? freeze_energy_in(profile, question.kind, *answer) : Result<Quantity>(answer.error()));
}

void HistoryTasks::finish(Meter& meter, Circuit& circuit) {
  if (circuit.look && !circuit.look->question()) {
    for (auto& event : circuit.look->found()) found_.events.push_back(event);
    circuit.look.reset();
    circuit.looked_at.reset();
  }
  if (circuit.walks.empty() || !circuit.walks.front().is_over()) return;
  found_.gaps.push_back(circuit.walks.front().filled(meter.is_clock_right()));
  circuit.walks.pop_front();
}

void HistoryTasks::unasked(Tick now) {
  WATTLE_CHECK(asked_.circuit != nullptr);
  std::exchange(asked_, {}).circuit->due = now + settings_.every;
}

Tick HistoryTasks::wake_up() const {
  Tick next = never;
  if (asked_.circuit != nullptr) return next;
  for (const auto& meter : meters_) {
    if (!meter.has_work()) continue;
    if (meter.waits_for_clock()) {  // until it is read, which is another task's; here only how long that may take
      next = std::min(next, meter.waits_since ? *meter.waits_since + history_clock_patience : Tick{});
      continue;
    }
    for (const auto& circuit : meter.circuits)
      if (circuit.has_work()) next = std::min(next, circuit.due);
  }
  return next;
}

}  // namespace wattle::edge
