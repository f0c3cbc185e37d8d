#include "edge/core/purse_judge.hpp"

#include <algorithm>
#include <utility>

#include "shared/meter/further_form.hpp"
#include "shared/meter/meter_purse.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t wh_per_kwh = 1000;
constexpr std::int64_t used_worth_writing_wh = 1000;
constexpr std::int64_t shown_most = max_value / 8;        // so that no sum of what a meter says overflows
constexpr std::int64_t looked_across_wh = 1'000'000'000;  // more between two looks is no use of energy

std::int64_t shown_of(const std::map<PurseItem, std::int64_t>& seen, PurseItem item) {
  const auto at = seen.find(item);
  return at == seen.end() ? 0 : std::clamp(at->second, -shown_most, shown_most);
}

PurseBook new_book(const PurseFacts& facts) {
  PurseBook book;
  book.meter = facts.meter;
  book.opening = facts.opening;
  return book;
}

bool was_bad(PurseState state) {
  return state == PurseState::excess || state == PurseState::refused || state == PurseState::unsettled;
}

}  // namespace

void PurseJudge::begin_look(Circuit& circuit, Tick due) {
  circuit.step = Step::look;
  circuit.at = 0;
  circuit.seen.clear();
  circuit.due = due;
}

/// Noticed when it becomes another one, or for another reason.
void PurseJudge::state(Circuit& circuit, PurseState state, std::vector<Noticed>& notices, PollNotice notice, Error why) {
  auto& told = circuit.told;
  const bool is_same = told.state == state && told.why == number_of(why);
  told.state = state;
  told.why = number_of(why);
  if (!is_same) notices.push_back({notice, circuit.is.room, circuit.is.circuit, why, {}});
}

bool PurseJudge::is_kept(const Circuit& circuit) {
  if (circuit.mode == PurseMode::off || circuit.form == nullptr || !circuit.facts) return false;
  if (circuit.facts->meter != circuit.meter.place.number) return false;  // the ledger has another one behind the circuit
  if (circuit.facts->is_second && circuit.form->kind == PurseKind::purchase) return false;
  if (circuit.form->measure == PurseMeasure::energy && circuit.facts->rate <= 0) return false;  // no end of energy
  return circuit.mode == PurseMode::purse || circuit.form->kind != PurseKind::purchase;
}

/// Of a second purse in the room: refused, and not for a reason of the meter's.
void PurseJudge::tell_second(Circuit& circuit) {
  if (circuit.mode != PurseMode::purse || circuit.form == nullptr || circuit.form->kind != PurseKind::purchase) return;
  const bool is_second = circuit.facts && circuit.facts->is_second;
  if (is_second == circuit.is_second) return;
  circuit.is_second = is_second;
  circuit.told.state = is_second ? PurseState::refused : PurseState::pending;
  circuit.told.why = 0;
}

/// A display has no count of its own: what the room was given is added up here. Only a rise of what is booked is money given.
void PurseJudge::add_rise(Circuit& circuit) {
  auto& book = circuit.book;
  const auto& facts = *circuit.facts;
  if (book.opening != facts.opening || book.meter != facts.meter) {
    book = new_book(facts);
    circuit.is_changed = true;
  }
  if (book.seen == facts.settled.micros) return;
  if (facts.settled.micros > book.seen) {
    book.total += facts.settled.micros - book.seen;
    ++book.count;
  }
  book.seen = facts.settled.micros;
  circuit.is_changed = true;
}

PurseShown PurseJudge::shown() const {
  PurseShown out;
  out.remaining = net_of(shown_of(c_.seen, PurseItem::remaining), shown_of(c_.seen, PurseItem::overdrawn));
  out.total = shown_of(c_.seen, PurseItem::total);
  out.count = static_cast<std::uint32_t>(shown_of(c_.seen, PurseItem::count));
  return out;
}

/// Each time, also when it is being put right anyway.
void PurseJudge::alarm(PollNotice what) {
  c_.told.state = PurseState::differs;
  c_.is_alarmed = true;
  notice(what);
}

void PurseJudge::judge() {
  const auto what = shown();
  c_.told.in_meter = what;
  c_.told.read = now_.wall;
  c_.failures = 0;
  const auto seen = c_.seen;
  begin_look(c_, now_.tick + purse_looked_at_again);
  if (!c_.facts) return;  // the room has left while it was looked at
  c_.seen = seen;
  if (c_.form->kind == PurseKind::display) {
    judge_display();
  } else if (c_.form->kind == PurseKind::read_only) {
    judge_read_only();
  } else {
    if (c_.book.meter != c_.facts->meter) {  // the first look ever, or another meter: its count is its own
      c_.book = new_book(*c_.facts);
      c_.last.reset();
      adopt(what);
    }
    if (std::exchange(c_.book.opening, c_.facts->opening) != c_.facts->opening) {
      c_.book.foreign = 0;  // whoever lived here before is gone, and so is what he may have bought past the box
      c_.is_changed = true;
    }
    if (c_.book.pending ? settle(what) : compare(what)) decide(what);
  }
  c_.seen.clear();
}

void PurseJudge::adopt(const PurseShown& shown) {
  c_.book.count = shown.count;
  c_.book.total = shown.total;
  c_.book.pending.reset();
  c_.untaken = 0;
  c_.is_torn = false;
  c_.last.reset();
  c_.is_changed = true;
}

bool PurseJudge::has_moved(const PurseShown& shown) const {
  const auto& pending = *c_.book.pending;
  if (pending.order.trade == PurseTrade::refund) return pending.remaining - shown.remaining >= pending.order.amount;
  return shown.remaining - pending.remaining > pending.order.amount / 2;
}

void PurseJudge::taken(const PurseShown& shown) {
  adopt(shown);
  c_.in_vain = 0;
  c_.refusal = {};
  notice(PollNotice::purse_bought);
}

/// Whether the purchase on its way is settled, so that what is to follow may be decided from this look.
bool PurseJudge::settle(const PurseShown& shown) {
  const auto& book = c_.book;
  const auto order = book.pending->order;
  const bool buys = order.trade == PurseTrade::buy;
  if (shown.count == order.count && (!buys || shown.total == book.total + order.amount)) {
    taken(shown);
    return true;
  }
  const bool is_as_before = shown.count == book.count && shown.total == book.total;
  if (is_as_before && !has_moved(shown)) {  // not taken, or not yet
    if (++c_.untaken < purse_untaken_looks) {
      c_.told.state = PurseState::pending;
      c_.due = now_.tick + std::max(purse_untaken_pause, c_.form->settles);
      return false;
    }
    adopt(shown);
    if (buys) c_.book.untaken = order.amount;
    ++c_.in_vain;
    c_.trades_from = now_.tick + (c_.in_vain % purse_in_vain == 0 ? looked_at_again : background_pause(c_.in_vain));
    if (c_.refusal || c_.in_vain >= purse_in_vain)
      state(c_, PurseState::refused, notices_, PollNotice::purse_refused, c_.refusal);
    return true;
  }
  if (is_as_before && !buys) {  // meters differ on whether a refund is counted
    taken(shown);
    return true;
  }
  if (!std::exchange(c_.is_torn, true)) {  // it may have been taken in the middle of the look
    c_.due = now_.tick + settles();
    return false;
  }
  const bool is_uncounted = is_as_before;
  add_foreign(shown.total - book.total - (buys ? order.amount : 0));
  adopt(shown);
  alarm(is_uncounted ? PollNotice::purse_unsettled : PollNotice::purse_differs);
  c_.due = now_.tick + settles();
  return false;
}

/// What a total has risen by; a purchase of this box that was given up, and came late, is among it and can be taken back.
void PurseJudge::add_foreign(std::int64_t amount) {
  if (amount <= 0) return;
  auto& book = c_.book;
  const auto own = std::min(amount, std::exchange(book.untaken, 0));
  book.foreign = std::min(book.foreign + amount - own, shown_most);
}

/// Nothing is on its way: what the meter has counted must be what this box has bought.
bool PurseJudge::compare(const PurseShown& shown) {
  if (shown.count == c_.book.count && shown.total == c_.book.total) {
    c_.mismatches = 0;
    return true;
  }
  add_foreign(shown.total - c_.book.total);
  adopt(shown);
  if (++c_.mismatches == 1) alarm(PollNotice::purse_differs);
  const bool goes_on = c_.mismatches >= purse_mismatches;
  // At once a look of before and after would be believed; and counters that never rest are not looked at all the time.
  c_.due = now_.tick + (goes_on ? background_pause(c_.mismatches - purse_mismatches + 1) : settles());
  return false;
}

/// What remains has risen although nobody bought, or fallen by more than the energy that has flowed explains.
void PurseJudge::note_drift(const PurseShown& shown) {
  const auto before = std::exchange(c_.last, PurseTasks::Look{shown.remaining, c_.register_wh});
  if (!before) return;
  const auto rose = shown.remaining - before->remaining;
  bool is_odd = rose >= step();
  if (is_odd) {
    c_.book.foreign = std::min(c_.book.foreign + rose, shown_most);
    c_.is_changed = true;
  }
  if (rose < 0 && before->register_wh && c_.register_wh) {
    const auto wh = c_.register_wh->units - before->register_wh->units;
    if (wh < 0 || wh > looked_across_wh) return;  // its register has begun again
    const auto rate = c_.form->measure == PurseMeasure::money ? std::max(c_.facts->rate, c_.facts->price) : wh_per_kwh;
    is_odd = -rose > wh * rate / wh_per_kwh * purse_use_times + tolerance();
  }
  if (is_odd) alarm(PollNotice::purse_differs);
}

void PurseJudge::decide(const PurseShown& shown) {
  note_drift(shown);
  auto& book = c_.book;
  const auto target = purse_target(*c_.facts, c_.form->measure, step());
  const auto surplus = std::max<std::int64_t>(shown.remaining, 0) - std::max<std::int64_t>(target, 0);
  const auto foreign = std::clamp<std::int64_t>(book.foreign, 0, std::max<std::int64_t>(surplus, 0));
  if (std::exchange(book.foreign, foreign) != foreign) c_.is_changed = true;
  c_.told.wanted = target;
  c_.told.foreign = foreign;
  warn_of_count();
  check_written();
  if (write_price()) return;
  const auto missing = target - shown.remaining;
  const auto excess = whole_steps(surplus - foreign, step());
  const bool may_be_small = now_.tick >= c_.small_from;
  const bool is_short = shown.remaining <= 0 || (shown.remaining < tolerance() && may_be_small);
  if (missing >= tolerance() || (missing >= step() && is_short)) return plan_trade(PurseTrade::buy, missing, shown);
  // Nothing of an account that has ended stays: the last fen too.
  const bool is_worth = excess >= tolerance() || (excess >= step() && target <= 0 && may_be_small);
  if (is_worth && purse_trades(*c_.meter.profile, PurseTrade::refund)) return plan_trade(PurseTrade::refund, excess, shown);
  if (excess >= tolerance()) {
    c_.is_alarmed = true;
    return state(c_, PurseState::excess, notices_, PollNotice::purse_excess);
  }
  rest();
}

/// As it should be, but for what somebody else has bought: that stays an alarm while it is there.
void PurseJudge::rest() {
  if (c_.writes_in_vain > 0) return;  // a price or a display that the meter does not keep
  if (c_.book.foreign >= tolerance()) {
    c_.told.state = PurseState::differs;
    return;
  }
  const bool was_alarmed = std::exchange(c_.is_alarmed, false) || was_bad(c_.told.state);
  c_.told.state = PurseState::agrees;
  c_.told.why = 0;
  if (was_alarmed) notice(PollNotice::purse_agrees);
}

void PurseJudge::plan_trade(PurseTrade trade, std::int64_t wanted, const PurseShown& shown) {
  if (!was_bad(c_.told.state)) c_.told.state = PurseState::differs;
  if (now_.tick < c_.trades_from) {
    c_.due = std::min(c_.due, c_.trades_from);
    return;
  }
  const auto amount = largest({trade, c_.book.count + 1, wanted}, shown);
  if (amount < std::min(wanted, tolerance())) {  // its digits are full, or its count is at the end
    c_.is_alarmed = true;
    return state(c_, PurseState::refused, notices_, PollNotice::purse_refused, WATTLE_FAIL(MeterErrc::value));
  }
  if (amount < tolerance()) c_.small_from = now_.tick + purse_small_pause;
  c_.trade = {trade, c_.book.count + 1, amount};  // the rest of what is wanted at the next look
  c_.step = Step::trade;
  c_.due = c_.decided = now_.tick;
}

/// Of what was written: whether the meter has kept it.
bool PurseJudge::check_written() {
  bool all = true;
  for (const auto& [item, value] : std::exchange(c_.wrote, {})) {
    if (shown_of(c_.seen, item) == value) {
      c_.writes_in_vain = 0;
      continue;
    }
    all = false;
    c_.writes_from = now_.tick + background_pause(++c_.writes_in_vain);
    if (c_.writes_in_vain == 1) alarm(PollNotice::purse_differs);
  }
  return all;
}

bool PurseJudge::plan_write(PurseItem item, std::int64_t value) {
  if (now_.tick < c_.writes_from) return false;
  const auto exchange = purse_write(*c_.meter.profile, c_.meter.place, c_.index, item, value);
  if (!exchange) {
    c_.is_alarmed = true;
    c_.writes_from = now_.tick + looked_at_again;
    state(c_, PurseState::refused, notices_, PollNotice::purse_refused, exchange.error());
    return false;
  }
  c_.writes = item;
  c_.written_value = value;
  c_.step = Step::write;
  c_.due = c_.decided = now_.tick;
  return true;
}

/// Rounded up: the meter then believes that it has less.
bool PurseJudge::write_price() {
  const auto& profile = *c_.meter.profile;
  if (!purse_has(profile, PurseItem::price) || c_.facts->price <= 0) return false;
  const auto value = -whole_steps(-c_.facts->price, purse_step(profile, PurseItem::price));
  return shown_of(c_.seen, PurseItem::price) != value && plan_write(PurseItem::price, value);
}

std::int64_t PurseJudge::wanted_on_display(PurseItem item) const {
  const auto& facts = *c_.facts;
  const auto item_step = purse_step(*c_.meter.profile, item);
  const auto target = purse_target(facts, c_.form->measure, item_step);
  switch (item) {
    case PurseItem::remaining: return purse_has_sign(*c_.meter.profile, item) ? target : std::max<std::int64_t>(target, 0);
    case PurseItem::overdrawn: return std::max<std::int64_t>(-target, 0);
    case PurseItem::total: {
      auto bought = facts;
      bought.live = {c_.book.total};
      return purse_target(bought, c_.form->measure, item_step);
    }
    case PurseItem::count: return c_.book.count;
    case PurseItem::price: return -whole_steps(-facts.price, item_step);
    case PurseItem::used: return whole_steps(facts.used.units, item_step);
  }
  return 0;
}

/// What moves all the time is written in steps, since each wears the meter's memory.
bool PurseJudge::is_worth_writing(PurseItem item, std::int64_t wanted) const {
  const auto shown = shown_of(c_.seen, item);
  if (shown == wanted) return false;
  const auto differs = shown < wanted ? wanted - shown : shown - wanted;
  if (shown == 0 || wanted == 0) return true;
  if (item == PurseItem::used) return differs >= used_worth_writing_wh;
  return (item != PurseItem::remaining && item != PurseItem::overdrawn) || differs >= tolerance();
}

void PurseJudge::judge_display() {
  c_.told.wanted = wanted_on_display(PurseItem::remaining);
  const auto seen = c_.seen;
  if (!check_written()) return;
  for (const auto& [item, value] : c_.shows) {
    if (shown_of(seen, item) == value) continue;
    alarm(PollNotice::purse_differs);
    break;
  }
  c_.shows.clear();
  c_.shows = seen;
  for (const auto& [item, value] : seen)
    if (const auto wanted = wanted_on_display(item); is_worth_writing(item, wanted) && plan_write(item, wanted)) {
      c_.shows.erase(item);
      return;
    }
  if (now_.tick >= c_.writes_from) rest();
}

/// Others fill it: whether it agrees is told, and nothing is done about it. That it be kept was asked for in vain.
void PurseJudge::judge_read_only() {
  const auto target = purse_target(*c_.facts, c_.form->measure, step());
  c_.told.wanted = target;
  c_.told.why = 0;
  if (c_.mode == PurseMode::purse) return;
  const auto apart = c_.told.in_meter->remaining - target;
  c_.told.state = apart >= tolerance() || apart <= -tolerance() ? PurseState::differs : PurseState::agrees;
}

}  // namespace wattle::edge
