// A reading that is held, and that a person has found true: the circuit goes on from it. In the ledger that is a meter change
// from the meter to itself, behind the slices that charge up to where it leaves off; it bears the order's id.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {
namespace {

constexpr std::string_view order_sort = "order/";
static_assert(accepted_behind_max <= register_step_max);  // the next reading is one like any other

bool is_held_so(const Accrual& open, const AcceptOrder& order) {
  const bool is_its = open.held && open.seen_meter == order.meter && open.newest == order.after;
  return is_its && is_reading(open.seen) && order.shown <= open.seen &&
         open.seen.units - order.shown.units <= accepted_behind_max;
}

}  // namespace

OutsideId outside_id_of(const Uid& order) { return OutsideId(std::string(order_sort) + to_hex(order)); }

/// Orders that people have given about what circuits are charged, each once.
void Engine::carry_out_orders() {
  for (const auto circuit : std::set(order_outcomes_.accepts())) {
    if (!may_mint()) return;
    const auto& order = settings_.accepts().at(circuit);
    const auto ruling = accept(circuit, order);
    if (ruling.waits)
      order_outcomes_.held_up(RegisterKind::accept, circuit, order.id, ruling.why);
    else if (ruling.why)
      order_outcomes_.refused(RegisterKind::accept, circuit, order.id, *ruling.why, commit_);
    else
      order_outcomes_.done(RegisterKind::accept, circuit, order.id, commit_);
  }
  for (const auto circuit : std::set(order_outcomes_.corrections())) {
    if (!may_mint()) return;
    const auto& order = settings_.corrections().at(circuit);
    const auto why = correct(circuit, order);
    if (!why) {
      order_outcomes_.done(RegisterKind::correction, circuit, order.id, commit_);
      continue;
    }
    order_outcomes_.refused(RegisterKind::correction, circuit, order.id, *why, commit_);
    // What is of a circuit stands at each box that has had it.
    if (*why == LedgerErrc::misplaced) continue;
    raise(Alarm::refused_event, static_cast<std::uint64_t>(*why), room_of(circuit).value_or(RoomId{}));
  }
}

/// Null when there is none, or the register is not as the cloud gave it, for which admission asks.
const AcceptOrder* Engine::standing_accept(CircuitId circuit) const {
  const auto order = settings_.accepts().find(circuit);
  const auto setting = settings_.applied().find(accept_key(circuit));
  const bool stands = order != settings_.accepts().end() && setting != settings_.applied().end() &&
                      !setting->second.overridden && setting->second.good;
  return stands ? &order->second : nullptr;
}

/// Decided by the first reading that this box has of the circuit: a person has judged the one that was held then, and nobody
/// will remember the order when a meter says the same months later.
Engine::Ruling Engine::accept(CircuitId id, const AcceptOrder& order) {
  const auto room = room_of(id);
  if (!room) return {.waits = true, .why = LedgerErrc::room_not_open};
  if (link_.state().find(*room)->opening != order.opening) return {.why = LedgerErrc::opening};
  if (standing_accept(id) == nullptr) return {.waits = true, .why = LedgerErrc::detail};
  const auto& circuit = *link_.state().find(*room)->find(id);
  if (circuit.meter != order.meter) return {.why = LedgerErrc::reading_chain};
  const auto at = accruals_.find(id);
  if (at == accruals_.end() || at->second.begun != circuit.reading || (!at->second.held && !at->second.read))
    return {.waits = true};
  if (!is_held_so(at->second, order)) return {.why = LedgerErrc::reading_chain};
  const auto heads = [this] { return std::pair{link_.up().head(), link_.down().head()}; };
  const auto tried = accepts_tried_at_.find(id);
  if (tried != accepts_tried_at_.end() && tried->second == heads()) return {.waits = true, .why = LedgerErrc::price_unknown};
  const auto last = std::max(at->second.newest, order.shown);
  const auto why = go_on_from(*room, id, last, order.shown, outside_id_of(order.id));
  if (why != LedgerErrc::price_unknown) return {.why = why};
  accepts_tried_at_[id] = heads();
  return {.waits = true, .why = why};
}

/// Charges up to `last`, and lets the circuit's own meter go on from `first`. What is not taken leaves the accrual as it was.
std::optional<LedgerErrc> Engine::go_on_from(RoomId room, CircuitId id, Quantity last, Quantity first,
                                             const OutsideId& outside) {
  const auto& circuit = *link_.state().find(room)->find(id);
  auto& open = accrual(circuit);
  const auto before = open;
  open.newest = last;
  place(circuit, open);
  if (!close_slice(room, id)) {
    if (open.begun == before.begun) open = before;  // else a part of it is charged, and the rest is held again
    return LedgerErrc::price_unknown;
  }
  const auto& charged = *link_.state().find(room)->find(id);
  const auto meter = charged.meter;
  auto made = entry(Kind::meter_change, room);
  made.outside = outside;
  set_detail(made, MeterChange{id, meter, last, meter, first});
  if (!mint(std::move(made))) return LedgerErrc::reading_chain;
  accruals_.erase(id);
  anomalies_written_.erase(id);
  accepts_tried_at_.erase(id);
  look_at_all_ = true;
  if (first < last) take_back_turns(id, meter, first);
  return std::nullopt;
}

/// Word of a turn that the register has not made any more would be believed a second time, at the first false reading.
void Engine::take_back_turns(CircuitId circuit, MeterId meter, Quantity counted) {
  const auto key = rollover_key(circuit);
  const auto setting = link_.state().config().find(key);
  auto order = setting == link_.state().config().end() ? std::nullopt : decode_rollover(setting->second.value);
  const auto* applied = settings_.rollover_of(circuit);
  if (!order && applied != nullptr) order = *applied;  // the register can not be read, and the one before it holds
  if (!order || order->meter != meter || order->turn <= counted.units / order->ends.units) return;
  order->turn = static_cast<std::uint32_t>(counted.units / order->ends.units);
  override_register(key, encode(*order));
}

}  // namespace wattle::edge
