#include "edge/core/purse_tasks.hpp"

#include <algorithm>
#include <utility>

#include "edge/core/purse_judge.hpp"
#include "shared/base/check.hpp"
#include "shared/meter/meter_purse.hpp"

namespace wattle::edge {
namespace {

/// Total first and count last: of a purchase that is taken in the middle of a look the count is new and the total old. What
/// remains lies between, so that where the total is new, it is too, and where the count is old, so is all before it.
std::vector<PurseItem> look_order(const MeterProfile& profile) {
  std::vector<PurseItem> order;
  for (const auto item :
       {PurseItem::total, PurseItem::remaining, PurseItem::overdrawn, PurseItem::count, PurseItem::price, PurseItem::used})
    if (purse_has(profile, item)) order.push_back(item);
  return order;
}

/// So much cannot have been used between two readings: money has come or gone.
bool has_jumped(const std::optional<PurseFacts>& before, const PurseFacts& facts) {
  if (!before || before->meter != facts.meter || before->opening != facts.opening || before->is_second != facts.is_second)
    return true;
  const auto step = subtract(facts.live, before->live);
  return !step || step->micros >= purse_tolerance_micros || step->micros <= -purse_tolerance_micros;
}

bool is_unknown(Error error) {
  return error.category() == meter_category() && is_unknown_there(static_cast<MeterErrc>(error.value()));
}

bool is_meter_refusal(Error error) {
  return error.category() == meter_category() && is_refusal(static_cast<MeterErrc>(error.value()));
}

}  // namespace

std::int64_t purse_target(const PurseFacts& facts, PurseMeasure measure, std::int64_t step) {
  constexpr std::int64_t most = max_value / 1000;  // far beyond what any meter shows
  auto amount = std::clamp(facts.live.micros, -most, most);
  if (measure == PurseMeasure::energy) {
    if (facts.rate <= 0) return 0;
    amount = whole_steps(amount * 1000, facts.rate) / facts.rate;
  }
  return whole_steps(amount, step);
}

std::vector<PurseTasks::Circuit> PurseTasks::make(std::vector<PolledMeter> meters) {
  std::vector<Circuit> out;
  for (const auto& meter : meters)
    for (std::size_t i = 0; i < meter.circuits.size(); ++i) {
      Circuit circuit;
      circuit.meter = meter;
      circuit.is = meter.circuits[i];
      circuit.index = i;
      circuit.form = purse_of(*meter.profile, i);
      out.push_back(std::move(circuit));
    }
  return out;
}

PurseTasks::Circuit* PurseTasks::find(CircuitId id) {
  const auto at = std::find_if(circuits_.begin(), circuits_.end(), [&](const Circuit& c) { return c.is.circuit == id; });
  return at == circuits_.end() ? nullptr : &*at;
}

void PurseTasks::want(CircuitId id, PurseMode mode, const PurseBook& book, Tick now) {
  auto* circuit = find(id);
  if (circuit == nullptr || circuit->mode == mode) return;
  if (asked_ == circuit) is_stale_ = true;
  Circuit fresh;
  fresh.meter = circuit->meter;
  fresh.is = circuit->is;
  fresh.index = circuit->index;
  fresh.form = circuit->form;
  fresh.facts = circuit->facts;
  fresh.mode = mode;
  fresh.book = book;
  if (fresh.form != nullptr) fresh.told.measure = fresh.form->measure;
  const bool acts = fresh.form != nullptr && fresh.form->kind == PurseKind::purchase;
  const bool is_only_read = fresh.form != nullptr && fresh.form->kind == PurseKind::read_only;
  if (fresh.form == nullptr || (acts && mode == PurseMode::display) || (is_only_read && mode == PurseMode::purse))
    fresh.told.state = PurseState::unsupported;
  *circuit = std::move(fresh);
  PurseJudge::tell_second(*circuit);
  PurseJudge::begin_look(*circuit, now);
}

void PurseTasks::fund(CircuitId id, const std::optional<PurseFacts>& facts, Tick now) {
  auto* circuit = find(id);
  if (circuit == nullptr || circuit->facts == facts) return;
  const auto before = std::exchange(circuit->facts, facts);
  const bool is_other = !facts || has_jumped(before, *facts);
  if (circuit->step == Step::trade && asked_ != circuit && is_other) PurseJudge::begin_look(*circuit, now);
  PurseJudge::tell_second(*circuit);
  if (!PurseJudge::is_kept(*circuit)) return;
  if (circuit->form->kind == PurseKind::display) PurseJudge::add_rise(*circuit);
  if (is_other && circuit->step == Step::look && !circuit->book.pending) circuit->due = std::min(circuit->due, now);
}

/// A purchase that is on its way keeps the time between its looks.
void PurseTasks::doubt(CircuitId id, Tick now) {
  auto* circuit = find(id);
  if (circuit == nullptr || circuit->mode == PurseMode::off) return;
  if (asked_ == circuit) is_stale_ = true;
  const auto due = circuit->book.pending ? std::min(circuit->due, now + purse_untaken_pause) : now;
  PurseJudge::begin_look(*circuit, due);
}

Tick PurseTasks::due_at(const Circuit& circuit) const {
  if (circuit.step == Step::look) return circuit.due;
  return std::max(circuit.due, passwords_->writes_from(circuit.meter.place));
}

Exchange PurseTasks::exchange_of(const Circuit& circuit) const {
  const auto& profile = *circuit.meter.profile;
  const auto& place = circuit.meter.place;
  if (circuit.step == Step::look) return purse_read(profile, place, circuit.index, look_order(profile)[circuit.at]);
  auto exchange = circuit.step == Step::trade
                      ? purse_trade(profile, place, circuit.index, circuit.trade)
                      : purse_write(profile, place, circuit.index, circuit.writes, circuit.written_value);
  WATTLE_CHECK(exchange);  // what cannot be written was refused when it was decided
  return std::move(*exchange);
}

std::optional<BackgroundQuestion> PurseTasks::next(const PollPlan& plan, Tick now) {
  if (asked_ != nullptr) return std::nullopt;
  Tick best = never;
  for (auto& circuit : circuits_) {
    if (!PurseJudge::is_kept(circuit)) continue;
    const auto due = due_at(circuit);
    if (due <= now && circuit.step != Step::look && now > circuit.decided + purse_decision_holds)
      PurseJudge::begin_look(circuit, due);
    if (due > now || due >= best || !plan.may_be_told(circuit.is.circuit, now)) continue;
    asked_ = &circuit;
    best = due;
  }
  if (asked_ == nullptr) return std::nullopt;
  auto& circuit = *asked_;
  is_stale_ = false;
  const auto* newest = plan.newest(circuit.is.circuit);
  if (circuit.step == Step::look && circuit.at == 0)
    circuit.register_wh = newest == nullptr ? std::nullopt : std::optional(newest->energy);
  BackgroundQuestion question{
      background_question(circuit.meter, circuit.is, exchange_of(circuit), settings_.line, settings_.latency),
      circuit.step != Step::look, false};
  question.is_of_purse = true;
  if (circuit.step == Step::write) circuit.wrote[circuit.writes] = circuit.written_value;
  if (circuit.step == Step::trade) {
    circuit.book.pending = PursePending{circuit.trade, circuit.told.in_meter->remaining};
    question.book = circuit.book;
  }
  return question;
}

std::vector<Noticed> PurseTasks::answered(const wattle::Received& received, const Now& now) {
  WATTLE_CHECK(asked_ != nullptr);
  auto& circuit = *std::exchange(asked_, nullptr);
  std::vector<Noticed> notices;
  const auto* bad = std::get_if<Bad>(&received);
  const bool is_refused = bad != nullptr && (circuit.step != Step::look || bad->error == MeterErrc::password);
  if (is_refused) passwords_->take(circuit.meter.place, bad->error, now.tick);
  if (is_stale_)  // begun anew already
    circuit.due = std::max(circuit.due, now.tick + circuit.form->settles);
  else if (circuit.step == Step::look)
    take_item(circuit, received, now, notices);
  else
    take_written(circuit, received, now.tick, notices);
  return notices;
}

void PurseTasks::unasked(Tick now) {
  WATTLE_CHECK(asked_ != nullptr);
  auto& circuit = *std::exchange(asked_, nullptr);
  if (circuit.step == Step::write) circuit.wrote.erase(circuit.writes);
  PurseJudge::begin_look(circuit, now + settings_.every);
}

void PurseTasks::take_item(Circuit& circuit, const wattle::Received& received, const Now& now, std::vector<Noticed>& notices) {
  const auto& profile = *circuit.meter.profile;
  const auto order = look_order(profile);
  const auto item = order[circuit.at];
  const auto* answer = std::get_if<MeterAnswer>(&received);
  const auto* bad = std::get_if<Bad>(&received);
  Result<std::int64_t> value = bad != nullptr ? bad->error : WATTLE_FAIL(MeterErrc::silence);
  if (answer != nullptr) value = purse_in(profile, item, *answer);
  if (!value) {
    // What was never bought into has no count yet, and says so in one way or another.
    const auto& book = circuit.book;
    const bool is_new =
        !circuit.facts || book.meter != circuit.facts->meter || PurseShown{0, book.total, book.count} == PurseShown{};
    const bool is_counter = item == PurseItem::count || item == PurseItem::total;
    const bool is_none = value.error() == MeterErrc::value || is_unknown(value.error());
    if (!(is_new && !book.pending && is_counter && is_none)) return fail_look(circuit, value.error(), now.tick, notices);
    value = std::int64_t{0};
  }
  circuit.seen[item] = *value;
  if (++circuit.at == order.size()) return PurseJudge(circuit, now, notices).judge();
  circuit.due = now.tick;
}

void PurseTasks::take_written(Circuit& circuit, const wattle::Received& received, Tick now, std::vector<Noticed>& notices) {
  const auto* bad = std::get_if<Bad>(&received);
  const bool is_no = bad != nullptr && is_meter_refusal(bad->error);
  if (circuit.step == Step::trade) {
    circuit.refusal = is_no ? bad->error : Error{};
  } else if (is_no) {
    circuit.wrote.erase(circuit.writes);
    circuit.writes_from = now + background_pause(++circuit.writes_in_vain);
    PurseJudge::state(circuit, PurseState::refused, notices, PollNotice::purse_refused, bad->error);
  }
  const auto* answer = std::get_if<MeterAnswer>(&received);
  const auto settles = circuit.form->settles;
  PurseJudge::begin_look(circuit, now + (answer != nullptr ? settles : std::max(settles, slow_answers_end)));
}

void PurseTasks::fail_look(Circuit& circuit, Error error, Tick now, std::vector<Noticed>& notices) {
  PurseJudge::begin_look(circuit, now + background_pause(++circuit.failures));
  if (circuit.book.pending && (error == MeterErrc::value || is_unknown(error)))
    return PurseJudge::state(circuit, PurseState::unsettled, notices, PollNotice::purse_unsettled, error);
  if (is_unknown(error)) {
    PurseJudge::state(circuit, PurseState::unsupported, notices, PollNotice::purse_refused, error);
    circuit.due = now + looked_at_again;
    return;
  }
  circuit.told.why = number_of(error);
}

Tick PurseTasks::wake_up() const {
  Tick next = never;
  if (asked_ != nullptr) return next;
  for (const auto& circuit : circuits_)
    if (PurseJudge::is_kept(circuit)) next = std::min(next, due_at(circuit));
  return next;
}

std::vector<std::pair<CircuitId, PurseBook>> PurseTasks::take_books() {
  std::vector<std::pair<CircuitId, PurseBook>> books;
  for (auto& circuit : circuits_)
    if (std::exchange(circuit.is_changed, false)) books.emplace_back(circuit.is.circuit, circuit.book);
  return books;
}

const PurseTold* PurseTasks::told(CircuitId id) const {
  const auto* circuit = const_cast<PurseTasks*>(this)->find(id);
  return circuit == nullptr || circuit->mode == PurseMode::off ? nullptr : &circuit->told;
}

}  // namespace wattle::edge
