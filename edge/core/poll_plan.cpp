#include "edge/core/poll_plan.hpp"

#include <algorithm>
#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {
namespace {

/// Ten per cent to and fro, so that silent meters are not all asked in one breath; by the address, to be the same in each run.
Duration scattered(Duration pause, std::uint64_t address) {
  const auto share = static_cast<std::int64_t>(address * 7 % 21) - 10;
  return {pause.micros + pause.micros / 100 * share};
}

// Until what a meter seems not to have is not asked any more. Silence on it takes a whole time-out and is enough three times in
// a row; a refusal passes quickly, and meters have been seen to refuse what they have for five readings.
constexpr std::uint8_t lack_enough = 12;
constexpr std::uint8_t lack_by_silence = 4;
constexpr std::uint8_t lack_by_refusal = 1;
constexpr Duration lack_asked_again = hours(1);
constexpr Duration lack_asked_on_demand = minutes(1);  // after it was asked again, at the earliest

/// Within one reading an answer that comes too late can be taken for the next one's only where answers do not say what they
/// answer.
bool answers_look_alike(const Exchange& exchange) { return std::holds_alternative<ModbusAsk>(exchange.ask); }

/// How much this says that the meter has not what it was asked for.
std::uint8_t lack_shown_by(Error why) {
  if (why == MeterErrc::silence) return lack_by_silence;
  const bool has_not = why == MeterErrc::no_such_data || why == exception_errc(1) || why == exception_errc(2);
  return has_not ? lack_by_refusal : std::uint8_t{0};
}

}  // namespace

/// Meters of M-Bus are asked alike, and tell in the telegrams that follow what is not of interest each time.
bool PollPlan::Meter::tells_all() const {
  return full.size() == control.size() && !std::holds_alternative<mbus::Model>(is.profile->protocol);
}

PollPlan::PollPlan(PollSettings settings, std::vector<PolledMeter> meters, Tick now,
                   std::shared_ptr<RefusedPasswords> passwords)
    : settings_(settings), passwords_(std::move(passwords)), next_probe_(now) {
  meters_.reserve(meters.size());  // pending_ and commanded_ point into it
  for (auto& meter : meters) {
    WATTLE_CHECK(!meter.circuits.empty() && meter.circuits.size() <= circuit_count(*meter.profile));
    Meter fresh;
    fresh.control = reading_exchanges(*meter.profile, meter.place, Depth::control);
    fresh.full = reading_exchanges(*meter.profile, meter.place, Depth::full);
    fresh.lacks.resize(fresh.full.size());
    for (std::size_t i = 0; i < meter.circuits.size(); ++i) {
      Circuit circuit;
      circuit.is = meter.circuits[i];
      circuit.index = i;
      fresh.circuits.push_back(circuit);
    }
    fresh.is = std::move(meter);
    fresh.due = fresh.full_due = now;
    estimate(fresh);
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

void PollPlan::demand(CircuitId id) {
  if (const auto found = find(id); found.meter != nullptr) found.meter->demanded = true;
}

std::vector<Demanded> PollPlan::take_demanded() { return std::exchange(demanded_, {}); }

void PollPlan::settle_demand(Meter& meter, Error error) {
  if (!std::exchange(meter.demanded, false)) return;
  Demanded what{{}, error};
  for (const auto& circuit : meter.circuits) what.circuits.push_back(circuit.is.circuit);
  demanded_.push_back(std::move(what));
}

/// A relay that waits to be read back, or a meter that must be known before it is commanded, comes first. Of those that are
/// demanded and those that are due each second one is due: who demands again and again takes half of the turns. A silent one
/// whose time has come does not wait for a long round as well: there is little time for them anyway.
PollPlan::Meter* PollPlan::due_reading(Tick now) {
  const auto rank = [this](const Meter& m) {
    return std::tuple(!m.has_order() || m.is_silent(), !m.demanded || was_demanded_, !m.is_silent(), m.due);
  };
  Meter* best = nullptr;
  for (auto& meter : meters_) {
    const bool is_probed = meter.is_silent() && !bus_silent_ && !meter.demanded;
    if (meter.asked_from() > now || (is_probed && next_probe_ > now)) continue;
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
  was_demanded_ = meter.demanded;
  const bool is_full = meter.demanded || meter.tells_all() || is_its_turn(meter, now);
  pending_ = {&meter, is_full ? Depth::full : Depth::control, false, {}};
  const Duration sooner{meter.demanded ? lack_asked_again.micros - lack_asked_on_demand.micros : 0};
  if (!is_full || meter.lacks_again > now + sooner) return;
  meter.lacks_again = now + lack_asked_again;
  for (auto& lack : meter.lacks) lack = std::min<std::uint8_t>(lack, lack_enough - 1);
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
  while (is_lacking(pending_.answers.size())) pending_.answers.push_back({});  // the first ones of a reading
  asked_at_ = now;
  const auto asked = pending_.answers.size();
  const auto& exchange = asked < pending_.exchanges().size() ? pending_.exchanges()[asked] : *pending_.follows;
  return question(meter, meter.circuits.front(), exchange, false);
}

Polled PollPlan::answered(const wattle::Received& received, Tick now) {
  WATTLE_CHECK(awaited_);
  awaited_ = false;
  Polled polled;
  if (commanded_.meter != nullptr) {
    take_command_answer(received, now, polled);
    return polled;
  }
  pending_.spent.micros += (now - asked_at_).micros;
  const auto asked = pending_.answers.size();
  const bool counts = pending_.depth == Depth::full && asked < pending_.meter->lacks.size();
  if (const auto* answer = std::get_if<MeterAnswer>(&received)) {
    if (counts) pending_.meter->lacks[asked] = 0;
    take_answer(*answer, now, polled);
    return polled;
  }
  const auto* bad = std::get_if<Bad>(&received);
  const Error error = bad != nullptr ? bad->error : WATTLE_FAIL(MeterErrc::silence);
  if (error == MeterErrc::silence) pending_.meter->late_until = now + slow_answers_end;
  const auto& is = pending_.meter->is;
  if (may_retry(error)) {
    note_failure(*pending_.meter, error, now);
    pending_.retried = true;
  } else if (may_lack(*is.profile, is.place, pending_.depth, pending_.answers, error)) {
    if (counts) pending_.meter->lacks[asked] = static_cast<std::uint8_t>(pending_.meter->lacks[asked] + lack_shown_by(error));
    take_answer({}, now, polled);
  } else {
    fail_reading(error, now, polled);
  }
  return polled;
}

/// It is asked again when the meter was silent as a whole, and now and then.
bool PollPlan::is_lacking(std::size_t question) const {
  const auto& lacks = pending_.meter->lacks;
  return pending_.depth == Depth::full && question < lacks.size() && lacks[question] >= lack_enough;
}

void PollPlan::take_answer(const MeterAnswer& answer, Tick now, Polled& polled) {
  pending_.answers.push_back(answer);
  while (is_lacking(pending_.answers.size())) pending_.answers.push_back({});
  if (pending_.answers.size() < pending_.exchanges().size()) return;
  const auto& meter = *pending_.meter;
  pending_.follows = following_exchange(*meter.is.profile, meter.is.place, pending_.depth, pending_.answers, meter.tells_power);
  if (!pending_.follows) finish_reading(now, polled);
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
  if (is_doubted(meter, *reading, now, polled)) {
    if (meter.doubts > torn_tries) return fail_reading(WATTLE_FAIL(MeterErrc::torn), now, polled);
    pending_ = {&meter, pending_.depth, false, {}, {}, std::move(pending_.first), pending_.spent};
    return;
  }
  if (asks_again(*reading, now)) return;
  take_time(meter);
  conclude(*reading, now, polled);
}

void PollPlan::conclude(const Reading& reading, Tick at, Polled& polled) {
  auto& meter = *pending_.meter;
  heard(meter, at, polled);  // it is counted among those that share the line
  if (pending_.depth == Depth::full) put_off_full(meter, pending_.spent, at);
  if (pending_.depth == Depth::full) meter.tells_power = reading.circuits.front().power.has_value();
  const bool is_full = pending_.depth == Depth::full || meter.tells_all();
  const auto first = std::exchange(pending_, {}).first;
  judge_figures(meter, reading, is_full, first, polled);
  take_reading(meter, reading, is_full, at, polled);
  if (is_full) settle_demand(meter, {});
  polled.swept = is_round_over(meter);
}

Polled PollPlan::unasked(Tick now) {
  WATTLE_CHECK(awaited_);
  awaited_ = false;
  Polled polled;
  if (commanded_.meter != nullptr) {
    if (commanded_.circuit->tries > 0) --commanded_.circuit->tries;  // 0: ordered anew meanwhile
    commanded_.circuit->command_due = now + settings_.every;
    commanded_.meter->due = now + settings_.every;
    commanded_ = {};
    return polled;
  }
  auto& meter = *pending_.meter;
  if (pending_.first) take_first(polled);
  settle_demand(meter, WATTLE_FAIL(MeterErrc::silence));
  meter.doubted.reset();
  meter.doubts = 0;
  meter.due = now + settings_.every;
  put_off_commands(meter);
  pending_ = {};
  return polled;
}

void PollPlan::heard(Meter& meter, Tick now, Polled& polled) {
  if (meter.is_silent()) {
    notice_all(polled, PollNotice::heard_again, meter);
    std::fill(meter.lacks.begin(), meter.lacks.end(), std::uint8_t{});  // it may be another one
  }
  meter.failures = 0;
  if (!bus_silent_) return;
  bus_silent_ = false;
  next_probe_ = now;
  notice(polled, PollNotice::bus_heard_again, meters_.front().circuits.front());
  for (auto& other : meters_) other.due = std::min(other.due, now);
}

void PollPlan::note_failure(Meter& meter, Error error, Tick now) {
  meter.failure = error;
  meter.failed_at = now;
}

void PollPlan::fail_reading(Error error, Tick now, Polled& polled) {
  auto& meter = *pending_.meter;
  note_failure(meter, error, now);
  const auto timeout = question(meter, meter.circuits.front(), pending_.exchanges().front(), false).timeout;
  const auto spent = std::max(timeout, pending_.spent);  // it may have answered to begin with
  const bool may_mix = pending_.exchanges().size() > 1 && answers_look_alike(pending_.exchanges().front());
  if (pending_.first) {
    take_first(polled);
    if (may_mix) meter.due = std::max(meter.due, now + slow_answers_end);
    return;
  }
  // What charging needs is asked in between, however often the rest fails.
  if (pending_.depth == Depth::full) put_off_full(meter, pending_.spent, now);
  pending_ = {};
  meter.doubted.reset();  // of another moment than what comes next
  meter.doubts = 0;
  settle_demand(meter, error);
  const bool was_silent = meter.is_silent();
  if (!was_silent || !bus_silent_) ++meter.failures;  // while nobody is heard, it says nothing of this meter
  if (!was_silent && meter.is_silent()) {
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
  put_off_commands(meter);
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
    const bool is_probed = meter.is_silent() && !bus_silent_ && !meter.demanded;
    const auto due = meter.asked_from();
    next = std::min(next, is_probed ? std::max(due, next_probe_) : due);
    if (!meter.known) continue;
    for (const auto& circuit : meter.circuits)
      if (circuit.wanted) next = std::min(next, command_from(meter, circuit));
  }
  return next;
}

}  // namespace wattle::edge
