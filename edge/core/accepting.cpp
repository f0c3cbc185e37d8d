// A reading that is held, and that a person has found true: the circuit goes on from it. In the ledger that is a meter change
// from the meter to itself, behind the slices that charge up to where it leaves off; it bears the order's id.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {
namespace {

constexpr std::string_view order_sort = "order/";
static_assert(accepted_behind_max <= register_step_max);  // the next reading is one like any other

}  // namespace

OutsideId outside_id_of(const Uid& order) { return OutsideId(std::string(order_sort) + to_hex(order)); }

/// Orders that people have given about what circuits are charged, each once.
void Engine::carry_out_orders() {
  for (const auto circuit : std::set(order_outcomes_.accepts())) {
    if (!may_mint()) return;
    const auto& order = settings_.accepts().at(circuit);
    if (const auto why = accept(circuit, order))
      order_outcomes_.held_up(RegisterKind::accept, circuit, order.id, *why);
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

/// Nothing when it is carried out, now or before. Else it waits: what is not held now may be again.
std::optional<LedgerErrc> Engine::accept(CircuitId id, const AcceptOrder& order) {
  const auto room = room_of(id);
  if (!room) return LedgerErrc::room_not_open;
  const auto setting = settings_.applied().find(accept_key(id));
  // Admission asks for the register as the cloud gave it.
  if (setting == settings_.applied().end() || setting->second.overridden || !setting->second.good) return LedgerErrc::detail;
  const auto& circuit = *link_.state().find(*room)->find(id);
  const auto at = accruals_.find(id);
  if (at == accruals_.end() || at->second.begun != circuit.reading || !at->second.held) return LedgerErrc::reading_chain;
  const auto& open = at->second;
  const bool is_its = circuit.meter == order.meter && open.seen_meter == order.meter && open.newest == order.after;
  const bool goes_on =
      is_reading(open.seen) && order.shown <= open.seen && open.seen.units - order.shown.units <= accepted_behind_max;
  if (!is_its || !goes_on) return LedgerErrc::reading_chain;
  const auto outside = outside_id_of(order.id);
  if (stream_holds(outside, 0)) return std::nullopt;
  return go_on_from(*room, id, std::max(open.newest, order.shown), order.shown, outside);
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
  auto made = entry(Kind::meter_change, room);
  made.outside = outside;
  set_detail(made, MeterChange{id, charged.meter, last, charged.meter, first});
  if (!mint(std::move(made))) return LedgerErrc::reading_chain;
  accruals_.erase(id);
  anomalies_written_.erase(id);
  look_at_all_ = true;
  return std::nullopt;
}

}  // namespace wattle::edge
