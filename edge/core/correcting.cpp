// What a person puts right: a meter that was changed, money of a slice that is given back or charged again.

#include "edge/core/engine.hpp"

namespace wattle::edge {
namespace {

Bytes meters_had_key(CircuitId circuit) {
  const auto text = "had/" + std::to_string(circuit.value);
  return {text.begin(), text.end()};
}

}  // namespace

/// The old meter is charged to its last reading, then the chain goes on with the new one.
void Engine::mint_meter_change(const MeterReplaced& replaced) {
  const auto* room = link_.state().find(replaced.room);
  const auto* circuit = room != nullptr && room->open ? room->find(replaced.circuit) : nullptr;
  if (circuit == nullptr || circuit->meter == replaced.new_meter || replaced.final_reading < circuit->reading ||
      replaced.final_reading.units - circuit->reading.units > register_step_max || !is_reading(replaced.first_reading))
    return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::reading_chain), replaced.room);
  if (replaced.order && !is_valid(*replaced.order))
    return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::detail), replaced.room);
  const auto old_meter = circuit->meter;
  auto& open = accrual(*circuit);
  if (replaced.final_reading < open.placed)
    return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::reading_chain), replaced.room);
  const auto before = open;
  open.newest = replaced.final_reading;
  place(*circuit, open);
  if (!close_slice(replaced.room, replaced.circuit)) {  // the old one's energy cannot be priced yet: he tries again
    if (open.begun == before.begun) open = before;
    return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::price_unknown), replaced.room);
  }
  auto made = entry(Kind::meter_change, replaced.room);
  set_detail(made,
             MeterChange{replaced.circuit, old_meter, replaced.final_reading, replaced.new_meter, replaced.first_reading});
  if (!mint(std::move(made))) return;
  accruals_.erase(replaced.circuit);
  note_meter_before(replaced.circuit, old_meter);
  if (replaced.order) override_register(meter_key(replaced.circuit), encode(*replaced.order));
}

/// One that comes back and goes again is there already.
void Engine::note_meter_before(CircuitId circuit, MeterId meter) {
  if (had_meter(circuit, meter)) return;
  const auto key = meters_had_key(circuit);
  const auto [at, fresh] = meters_had_.try_emplace(circuit);
  if (fresh) at->second = store_->row(Table::box, key).value_or(Bytes{});
  Writer(at->second).u64(meter.value);
  commit_.push_back(PutRow{Table::box, key, at->second});
}

bool Engine::had_meter(CircuitId circuit, MeterId meter) const {
  const auto known = meters_had_.find(circuit);
  const auto had =
      known != meters_had_.end() ? known->second : store_->row(Table::box, meters_had_key(circuit)).value_or(Bytes{});
  Reader in(had);
  while (in.ok() && !in.at_end())
    if (in.u64() == meter.value) return true;
  return false;
}

void Engine::on(const MeterReplaced& replaced) {
  if (!may_mint()) return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::before_grant), replaced.room);
  mint_meter_change(replaced);
  const auto* room = link_.state().find(replaced.room);
  const auto* circuit = room != nullptr && room->open ? room->find(replaced.circuit) : nullptr;
  // Read by the technician, who is there now. A change that is only written again tells of a register of long ago.
  if (circuit != nullptr && circuit->meter == replaced.new_meter && minted_ > 0) accrual(*circuit).read = true;
}

/// The room's own, when all that has been used is paid, as far as allowances do not pay it.
Money Engine::room_money_left(const RoomState& room) const {
  std::map<Utility, Money> used;
  for (const auto& circuit : room.circuits) used[circuit.utility].micros += open_cost(circuit).micros;
  auto left = room.balance;
  for (const auto& [utility, cost] : used) {
    const auto allowed = room.allow.find(utility);
    const auto free = allowed == room.allow.end() ? Money{} : max(allowed->second, Money{});
    left.micros -= max(Money{cost.micros - free.micros}, Money{}).micros;
  }
  return left;
}

/// To the pockets that it came from, the room's first; or from the room's money once more.
Result<Lines> Engine::correction_lines(const Entry& slice, CorrectionWay way, Money amount, const Corrections& before) const {
  const auto* room = link_.state().find(*slice.room);
  if (room == nullptr || !room->open) return WATTLE_FAIL(LedgerErrc::room_not_open);
  // It was charged to those who lived there then: the next ones neither get it nor pay it.
  if (before.opening && *before.opening != room->opening) return WATTLE_FAIL(LedgerErrc::opening);
  Lines lines;
  Money left = amount;
  Money cost;
  for (auto at = slice.lines.rbegin(); at != slice.lines.rend(); ++at) {  // the room's line stands last
    cost.micros += at->amount.micros;
    const auto known = before.back.find(at->from);
    const auto back = min(left, Money{at->amount.micros - (known == before.back.end() ? 0 : known->second.micros)});
    if (way != CorrectionWay::back || back.micros <= 0) continue;
    lines.push_back({at->to, at->from, back, false});
    left.micros -= back.micros;
  }
  if (way == CorrectionWay::back)
    return left.micros == 0 && !lines.empty() ? lines : Result<Lines>(WATTLE_FAIL(LedgerErrc::amount));
  if (slice.lines.empty() || amount.micros <= 0 || amount.micros > cost.micros - before.charged.micros)
    return WATTLE_FAIL(LedgerErrc::amount);
  if (amount > room_money_left(*room)) return WATTLE_FAIL(LedgerErrc::not_covered);
  lines.push_back({room_pocket(*slice.room, link_.holder()), slice.lines.front().to, amount, false});
  return lines;
}

/// Nothing when it is written, now or before.
std::optional<LedgerErrc> Engine::mint_correction(const Entry& slice, CorrectionWay way, Money amount,
                                                  const OutsideId& outside) {
  const auto before = corrections_of(slice, link_.up().head().number, entries_of(link_.up(), {}));
  if (before.by.contains(outside)) return std::nullopt;
  auto lines = correction_lines(slice, way, amount, before);
  if (!lines) return static_cast<LedgerErrc>(lines.error().value());
  auto made = entry(Kind::correction, slice.room);
  made.outside = outside;
  made.cause = slice.place();
  made.lines = std::move(*lines);
  return mint(std::move(made)) ? std::nullopt : std::optional(LedgerErrc::detail);
}

/// Nothing when it is carried out, now or before. Only what comes behind the consumption is read: the stream is years long.
std::optional<LedgerErrc> Engine::correct(CircuitId circuit, const CorrectionOrder& order) {
  if (order.box != link_.holder()) return LedgerErrc::misplaced;
  const auto record = link_.up().at(order.consumption);
  const auto slice = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  const auto used = slice && slice->kind == Kind::consumption ? detail_of<Consumption>(*slice) : std::nullopt;
  if (!used || !slice->room) return LedgerErrc::request_unknown;
  if (used->circuit != circuit) return LedgerErrc::circuit_unknown;
  return mint_correction(*slice, order.way, order.amount, outside_id_of(order.id));
}

}  // namespace wattle::edge
