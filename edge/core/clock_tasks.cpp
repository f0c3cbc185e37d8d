#include "edge/core/clock_tasks.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t minutes_of_day = 24 * 60;
constexpr std::int64_t broadcast_window = 60;  // minutes in which the broadcast of the day may still be sent
constexpr std::uint16_t first_year = 2026;     // a clock that shows less has stopped, whatever speaks for it
constexpr std::uint16_t last_year = 2099;      // two digits mean 20xx
constexpr Duration set_settles = seconds(2);

std::int64_t local_minutes(Instant time, Duration utc_offset) { return (time + utc_offset).micros / minutes(1).micros; }

bool is_midnight(std::int64_t minute_of_day) {
  return minute_of_day < clock_midnight_minutes || minute_of_day >= minutes_of_day - clock_midnight_minutes;
}

/// Nothing: no broadcast reaches it.
std::optional<dlt645::Edition> edition_of(const PolledMeter& meter) {
  const auto* model = std::get_if<dlt645::Model>(&meter.profile->protocol);
  return model == nullptr || !model->clock->broadcast ? std::nullopt : std::optional(model->edition);
}

Duration size_of(Duration error) { return {error.micros < 0 ? -error.micros : error.micros}; }

}  // namespace

ClockTasks::ClockTasks(std::vector<PolledMeter> meters, PollSettings settings, ClockPlan plan, RefusedPasswords& passwords)
    : settings_(settings), plan_(plan), passwords_(&passwords) {
  for (auto& meter : meters) {
    if (!clock_of(*meter.profile)) continue;
    Meter fresh;
    fresh.is = std::move(meter);
    meters_.push_back(std::move(fresh));
  }
}

void ClockTasks::doubt(CircuitId circuit, Tick now) {
  for (auto& meter : meters_)
    for (const auto& one : meter.is.circuits)
      if (one.circuit == circuit && &meter != asked_) put_off(meter, {}, now);
}

void ClockTasks::put_off(Meter& meter, Duration pause, Tick now) {
  begin(meter, Step::read);
  meter.due = now + pause;
}

void ClockTasks::begin(Meter& meter, Step step) {
  meter.step = step;
  meter.half = 0;
  meter.halves.clear();
}

std::optional<BackgroundQuestion> ClockTasks::next(const PollPlan& plan, Tick now, std::optional<BoxTime> time) {
  if (!time || asked_ != nullptr || broadcasting_) return std::nullopt;
  follow(now, time->utc);
  const auto local = local_time(time->utc, plan_.utc_offset);
  if (local.year < first_year || local.year > last_year) return std::nullopt;
  if (is_midnight(local_minutes(time->utc, plan_.utc_offset) % minutes_of_day)) return std::nullopt;
  auto* best = due(plan, now, time->may_be_told);
  const bool is_begun = best != nullptr && best->is_begun();
  if (time->may_be_told && !is_begun)
    if (auto told = broadcast(time->utc)) return told;
  if (best == nullptr) return std::nullopt;
  // No clock is asked around midnight, so that the day cannot change within the time for both halves.
  if (is_begun && clock_halves_within < now - best->begun) begin(*best, best->step);
  asked_ = best;
  const auto exchange = exchange_of(*best, local);
  return BackgroundQuestion{
      background_question(best->is, best->is.circuits.front(), exchange, settings_.line, settings_.latency), best->writes(),
      false};
}

/// What was read and told by another time counts no more.
void ClockTasks::follow(Tick now, Instant time) {
  const Duration ahead{time.micros - now.micros};
  if (ahead_ && size_of(Duration{ahead.micros - ahead_->micros}) <= clock_broadcast_above) return;
  if (ahead_.has_value())
    for (auto& meter : meters_) {
      meter.was_tried = meter.was_set = false;
      put_off(meter, {}, now);
    }
  ahead_ = ahead;
}

Tick ClockTasks::due_at(const Meter& meter) const {
  return meter.writes() ? std::max(meter.due, passwords_->writes_from(meter.is.place)) : meter.due;
}

/// The one that is begun, or has been due the longest.
ClockTasks::Meter* ClockTasks::due(const PollPlan& plan, Tick now, bool may_be_told) {
  Meter* best = nullptr;
  for (auto& meter : meters_) {
    if (due_at(meter) > now || !plan.may_be_told(meter.is.circuits.front().circuit, now)) continue;
    if (meter.writes() && !may_be_told) continue;
    if (meter.is_begun()) return &meter;
    if (best == nullptr || due_at(meter) < due_at(*best)) best = &meter;
  }
  return best;
}

bool ClockTasks::has_begun() const {
  return std::any_of(meters_.begin(), meters_.end(), [](const Meter& meter) { return meter.is_begun(); });
}

Exchange ClockTasks::exchange_of(const Meter& meter, const LocalTime& local) {
  const auto& profile = *meter.is.profile;
  return (meter.writes() ? clock_writes(profile, meter.is.place, local) : clock_reads(profile, meter.is.place))[meter.half];
}

/// Once a day in each edition, and only where a clock was read to be wrong by more than it is worth, or could not be read.
std::optional<BackgroundQuestion> ClockTasks::broadcast(Instant time) {
  if (!plan_.broadcast_minute) return std::nullopt;
  const auto minute = local_minutes(time, plan_.utc_offset);
  const auto late = minute % minutes_of_day - *plan_.broadcast_minute;
  const auto day = minute / minutes_of_day;
  if (late < 0 || late >= broadcast_window) return std::nullopt;
  const auto wants = [&](const Meter& meter) {
    const auto edition = edition_of(meter.is);
    if (!edition || !meter.was_tried) return false;
    // One that is as far ahead as it may be must not be put back over midnight: it would end its day twice.
    const auto within = clock_of(*meter.is.profile)->within.micros / minutes(1).micros;
    const auto of_day = minute % minutes_of_day;
    if (of_day < within || of_day + within >= minutes_of_day) return false;
    const auto sent = broadcast_on_.find(*edition);
    if (sent != broadcast_on_.end() && sent->second == day) return false;
    return !meter.told || clock_broadcast_above < size_of(meter.told->error);
  };
  const auto first = std::find_if(meters_.begin(), meters_.end(), wants);
  if (first == meters_.end()) return std::nullopt;
  broadcasting_ = edition_of(first->is);
  broadcast_on_[*broadcasting_] = day;
  const auto exchange = clock_broadcast(*first->is.profile, local_time(time, plan_.utc_offset));
  auto question = background_question(first->is, first->is.circuits.front(), exchange, settings_.line, settings_.latency);
  const auto on_wire = wire_time(settings_.line, static_cast<std::int64_t>(request_bytes(exchange).size()));
  question.timeout = {on_wire.micros + settings_.latency.micros + clock_quiet_after.micros};
  return BackgroundQuestion{question, true, true};
}

std::vector<Noticed> ClockTasks::answered(const wattle::Received& received, Tick now, std::optional<BoxTime> time) {
  std::vector<Noticed> notices;
  if (const auto told = std::exchange(broadcasting_, std::nullopt)) {  // whether it helped is read
    for (auto& meter : meters_)
      if (edition_of(meter.is) == told) put_off(meter, set_settles, now);
    return notices;
  }
  WATTLE_CHECK(asked_ != nullptr);
  auto& meter = *std::exchange(asked_, nullptr);
  const auto* answer = std::get_if<MeterAnswer>(&received);
  const auto* bad = std::get_if<Bad>(&received);
  if (!meter.writes()) meter.was_tried = true;
  if (answer == nullptr || !time)
    take_failure(meter, bad != nullptr ? bad->error : WATTLE_FAIL(MeterErrc::silence), now, notices);
  else
    take_answer(meter, *answer, now, time->utc, notices);
  return notices;
}

void ClockTasks::take_answer(Meter& meter, const MeterAnswer& answer, Tick now, Instant time, std::vector<Noticed>& notices) {
  meter.due = now;
  const bool is_first = !meter.is_begun();
  if (is_first) meter.begun = now;
  if (is_first) meter.time_at = time;
  meter.halves.push_back(answer);
  if (++meter.half < clock_reads(*meter.is.profile, meter.is.place).size()) return;  // as many as are written
  if (!meter.writes()) return take_clock(meter, now, notices);
  meter.was_set = true;
  put_off(meter, set_settles, now);
}

/// Of two halves: between them the meter's day may have ended. Then it is wrong in any case, since ours is far from its end.
void ClockTasks::take_clock(Meter& meter, Tick now, std::vector<Noticed>& notices) {
  if (clock_halves_within < now - meter.begun) return put_off(meter, background_pause(++meter.failures), now);
  const auto shown = clock_in(*meter.is.profile, meter.halves);
  if (!shown) return take_failure(meter, shown.error(), now, notices);
  const auto error = *instant_of(*shown, plan_.utc_offset) - meter.time_at;
  meter.failures = 0;
  meter.told = ClockTold{error, meter.time_at, false};
  judge(meter, clock_of(*meter.is.profile)->within < size_of(error), now, notices);
}

void ClockTasks::judge(Meter& meter, bool is_wrong, Tick now, std::vector<Noticed>& notices) {
  const auto& first = meter.is.circuits.front();
  if (is_wrong != std::exchange(meter.is_wrong, is_wrong))
    notices.push_back({is_wrong ? PollNotice::clock_wrong : PollNotice::clock_right, first.room, first.circuit, {}, {}});
  put_off(meter, looked_at_again, now);
  if (!is_wrong || !clock_of(*meter.is.profile)->writable) {
    meter.was_set = false;
    return;
  }
  if (std::exchange(meter.was_set, false)) meter.set_from = now + looked_at_again;  // it was set, and is wrong
  const bool must_wait = now < meter.set_from || now < passwords_->writes_from(meter.is.place);
  if (meter.told) meter.told->refused = must_wait;
  if (must_wait) return;
  begin(meter, Step::write);
  meter.due = now;
}

void ClockTasks::take_failure(Meter& meter, Error error, Tick now, std::vector<Noticed>& notices) {
  const bool was_write = meter.writes();
  const auto code = error.category() == meter_category() ? static_cast<MeterErrc>(error.value()) : MeterErrc::silence;
  if (was_write && meter.told) meter.told->refused = is_refusal(code);
  if (was_write) passwords_->take(meter.is.place, error, now);
  if (is_refusal(code)) {  // tried again tomorrow: meters lock themselves when a password is wrong too often
    meter.was_set = false;
    if (was_write) meter.set_from = now + looked_at_again;
    return put_off(meter, looked_at_again, now);
  }
  if (was_write) {  // it may have taken it: what it shows tells
    meter.was_set = true;
    return put_off(meter, set_settles, now);
  }
  if (code == MeterErrc::value && !meter.halves.empty()) {  // what it shows is no date, or no time
    meter.told.reset();
    return judge(meter, true, now, notices);
  }
  put_off(meter, background_pause(++meter.failures), now);
}

void ClockTasks::unasked(Tick now) {
  if (const auto untold = std::exchange(broadcasting_, std::nullopt)) {
    broadcast_on_.erase(*untold);
    return;
  }
  WATTLE_CHECK(asked_ != nullptr);
  put_off(*std::exchange(asked_, nullptr), settings_.every, now);
}

Tick ClockTasks::wake_up() const {
  Tick next = never;
  if (asked_ != nullptr || broadcasting_) return next;
  for (const auto& meter : meters_) next = std::min(next, due_at(meter));
  return next;
}

bool ClockTasks::is_wrong(CircuitId circuit) const {
  for (const auto& meter : meters_)
    for (const auto& one : meter.is.circuits)
      if (one.circuit == circuit) return meter.is_wrong;
  return false;
}

const ClockTold* ClockTasks::told(CircuitId circuit) const {
  for (const auto& meter : meters_)
    for (const auto& one : meter.is.circuits)
      if (one.circuit == circuit) return meter.told ? &*meter.told : nullptr;
  return nullptr;
}

}  // namespace wattle::edge
