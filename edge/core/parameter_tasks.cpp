#include "edge/core/parameter_tasks.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {

std::vector<ParameterTasks::Meter> ParameterTasks::make(std::vector<PolledMeter> meters) {
  std::vector<Meter> out;
  for (auto& meter : meters) {
    Meter fresh;
    for (std::size_t i = 0; i < meter.circuits.size(); ++i) fresh.circuits.push_back({meter.circuits[i], i, {}, {}});
    fresh.is = std::move(meter);
    out.push_back(std::move(fresh));
  }
  return out;
}

ParameterTasks::Circuit* ParameterTasks::find(CircuitId id, Meter** of) {
  for (auto& meter : meters_)
    for (auto& circuit : meter.circuits)
      if (circuit.is.circuit == id) {
        if (of != nullptr) *of = &meter;
        return &circuit;
      }
  return nullptr;
}

void ParameterTasks::want(CircuitId id, const ParameterValues& values, Tick now) {
  Meter* meter = nullptr;
  auto* circuit = find(id, &meter);
  if (circuit == nullptr) return;
  const auto is_gone = [&](const auto& item) { return !values.contains(item.first); };
  if (asked_.circuit == circuit && !values.contains(asked_.parameter)) asked_.is_stale = true;
  std::erase_if(circuit->told, is_gone);
  std::erase_if(circuit->items, is_gone);
  for (const auto& [parameter, value] : values) {
    if (!has_parameter(*meter->is.profile, circuit->index, parameter)) {
      circuit->told[parameter] = {ParameterState::unsupported, {}, {}, 0};
      continue;
    }
    const auto at = circuit->items.find(parameter);
    if (at != circuit->items.end() && at->second.wanted == value) continue;
    if (is_asked(*circuit, parameter)) asked_.is_stale = true;
    // Printings differ on the bit that shows a flag: that it looks as ordered is believed after it was ordered.
    const auto first = info(parameter).kind == ParameterKind::flag ? Step::write : Step::read;
    circuit->items[parameter] = {value, first, now, 0, 0, {}};
    circuit->told[parameter].state = ParameterState::pending;
    circuit->told[parameter].why = 0;
  }
}

void ParameterTasks::doubt(CircuitId id, Tick now) {
  auto* circuit = find(id);
  if (circuit == nullptr) return;
  if (asked_.circuit == circuit) asked_.is_stale = true;
  for (auto& [parameter, item] : circuit->items) {  // what was in vain stays so: a meter may come and go every few minutes
    item.step = Step::read;
    item.due = now;
  }
}

bool ParameterTasks::is_asked(const Circuit& circuit, Parameter parameter) const {
  return asked_.circuit == &circuit && asked_.parameter == parameter;
}

Tick ParameterTasks::due_at(const Meter& meter, const Item& item) const {
  if (item.step != Step::write) return item.due;
  return std::max({item.due, item.writes_from, passwords_->writes_from(meter.is.place)});
}

/// The one that has been due the longest.
ParameterTasks::Asked ParameterTasks::due(const PollPlan& plan, Tick now) {
  Asked best;
  Tick best_due = never;
  for (auto& meter : meters_)
    for (auto& circuit : meter.circuits) {
      if (circuit.items.empty() || !plan.may_be_told(circuit.is.circuit, now)) continue;
      for (auto& [parameter, item] : circuit.items) {
        const auto from = due_at(meter, item);
        if (from > now || from >= best_due) continue;
        best = {&meter, &circuit, parameter};
        best_due = from;
      }
    }
  return best;
}

std::optional<BackgroundQuestion> ParameterTasks::next(const PollPlan& plan, Tick now) {
  if (asked_.meter != nullptr) return std::nullopt;
  const auto found = due(plan, now);
  if (found.meter == nullptr) return std::nullopt;
  const auto& meter = found.meter->is;
  const auto& item = found.item();
  const bool writes = item.step == Step::write;
  asked_ = found;
  asked_.writes = writes;
  auto exchange = writes ? parameter_write(*meter.profile, meter.place, found.circuit->index, found.parameter, item.wanted)
                         : parameter_read(*meter.profile, meter.place, found.circuit->index, found.parameter);
  WATTLE_CHECK(exchange);  // a value that the meter cannot hold has been refused when it was read
  return BackgroundQuestion{background_question(meter, found.circuit->is, *exchange, settings_.line, settings_.latency), writes,
                            false};
}

std::vector<Noticed> ParameterTasks::answered(const wattle::Received& received, const Now& now) {
  WATTLE_CHECK(asked_.meter != nullptr);
  std::vector<Noticed> notices;
  const auto* refusal = std::get_if<Bad>(&received);
  if (asked_.writes && refusal != nullptr) passwords_->take(asked_.meter->is.place, refusal->error, now.tick);
  if (asked_.is_stale) {
    // It was asked for another order's sake, and is asked anew.
  } else if (const auto* answer = std::get_if<MeterAnswer>(&received)) {
    take_answer(*answer, now, notices);
  } else {
    take_failure(refusal != nullptr ? refusal->error : WATTLE_FAIL(MeterErrc::silence), now.tick, notices);
  }
  asked_ = {};
  return notices;
}

void ParameterTasks::unasked(Tick now) {
  WATTLE_CHECK(asked_.meter != nullptr);
  if (!asked_.is_stale) asked_.item().due = now + settings_.every;
  asked_ = {};
}

void ParameterTasks::take_answer(const MeterAnswer& answer, const Now& now, std::vector<Noticed>& notices) {
  auto& item = asked_.item();
  const auto& profile = *asked_.meter->is.profile;
  if (item.step == Step::write) {  // accepted, which is not yet held
    item.step = Step::read_back;
    item.due = now.tick + profile.timings.relay_settles;
    return;
  }
  const auto value = parameter_in(profile, asked_.parameter, answer);
  if (value) return take_value(*value, now, notices);
  asked_.told().in_meter.reset();
  // What is marked as not available, or cannot be, is put right like any other value.
  if (value.error() != MeterErrc::value) return take_failure(value.error(), now.tick, notices);
  asked_.told().read = now.wall;
  take_value({INT64_MIN, {}}, now, notices);
}

/// Compares, and says what is next.
void ParameterTasks::take_value(const ParameterValue& value, const Now& now, std::vector<Noticed>& notices) {
  auto& item = asked_.item();
  auto& told = asked_.told();
  const auto& meter = asked_.meter->is;
  const auto before = told.state;
  const bool was_written = std::exchange(item.step, Step::read) == Step::read_back;
  told.read = now.wall;
  told.in_meter = is_valid(asked_.parameter, value) ? std::optional(value) : std::nullopt;
  item.failures = 0;
  if (value == item.wanted) {
    item.in_vain = 0;
    told.why = 0;
    item.due = now.tick + looked_at_again;
    told.state = ParameterState::written;
    if (before != ParameterState::written) notice(notices, PollNotice::parameter_written);
    return;
  }
  const auto exchange = parameter_write(*meter.profile, meter.place, asked_.circuit->index, asked_.parameter, item.wanted);
  if (!exchange) return refuse(ParameterState::refused, exchange.error(), now.tick + looked_at_again, notices);
  if (before == ParameterState::written || was_written) notice(notices, PollNotice::parameter_differs);
  if (before != ParameterState::refused || was_written) {  // a refusal stands until the next write tells
    told.state = ParameterState::differs;
    told.why = 0;
  }
  if (was_written)  // the meter took it, and holds something else
    item.writes_from = now.tick + (++item.in_vain % writes_in_vain == 0 ? looked_at_again : background_pause(item.in_vain));
  item.due = std::max({now.tick, item.writes_from, passwords_->writes_from(meter.place)});
  if (item.due == now.tick) item.step = Step::write;
}

void ParameterTasks::take_failure(Error error, Tick now, std::vector<Noticed>& notices) {
  auto& item = asked_.item();
  const auto code = error.category() == meter_category() ? static_cast<MeterErrc>(error.value()) : MeterErrc::silence;
  const bool is_write = item.step == Step::write;
  if (is_write && is_of_password(asked_.meter->is.place, error))
    return refuse(ParameterState::refused, error, passwords_->writes_from(asked_.meter->is.place), notices);
  if (is_refusal(code)) {
    if (!is_write && is_unknown_there(code)) return refuse(ParameterState::unsupported, error, now + looked_at_again, notices);
    const auto pause = background_pause(++item.failures);
    if (is_write) return refuse(ParameterState::refused, error, now + pause, notices);
    fail(error);
    item.due = now + pause;
    return;
  }
  fail(error);
  if (is_write) {  // it may have taken it: what it holds tells
    item.step = Step::read_back;
    item.due = now + std::max(asked_.meter->is.profile->timings.relay_settles, slow_answers_end);
    return;
  }
  item.due = now + background_pause(++item.failures);
}

void ParameterTasks::fail(Error error) const {
  if (asked_.told().state != ParameterState::refused) asked_.told().why = number_of(error);
}

void ParameterTasks::refuse(ParameterState state, Error why, Tick again, std::vector<Noticed>& notices) {
  auto& item = asked_.item();
  auto& told = asked_.told();
  if (told.state != state || told.why != number_of(why)) notice(notices, PollNotice::parameter_refused, why);
  told.state = state;
  told.why = number_of(why);
  item.step = Step::read;
  item.due = again;
}

void ParameterTasks::notice(std::vector<Noticed>& notices, PollNotice what, Error error) const {
  notices.push_back({what, asked_.circuit->is.room, asked_.circuit->is.circuit, error, asked_.parameter});
}

Tick ParameterTasks::wake_up() const {
  Tick next = never;
  if (asked_.meter != nullptr) return next;
  for (const auto& meter : meters_)
    for (const auto& circuit : meter.circuits)
      for (const auto& [parameter, item] : circuit.items) next = std::min(next, due_at(meter, item));
  return next;
}

const ParametersTold* ParameterTasks::told(CircuitId circuit) const {
  const auto* found = const_cast<ParameterTasks*>(this)->find(circuit);
  return found == nullptr || found->told.empty() ? nullptr : &found->told;
}

}  // namespace wattle::edge
