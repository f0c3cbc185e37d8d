// What a person puts right: a meter that was changed, money given back for a slice.

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
  open.newest = replaced.final_reading;
  place(*circuit, open);
  if (!close_slice(replaced.room, replaced.circuit))  // the old one's energy cannot be priced yet: he tries again
    return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::price_unknown), replaced.room);
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

/// By earlier corrections of the same slice, per pocket.
std::map<Pocket, Money> Engine::given_back(const Entry& slice) const {
  std::map<Pocket, Money> given;
  const auto& log = link_.up();
  for (auto number = slice.number + 1; number <= log.head().number; ++number) {
    const auto record = log.at(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (!entry || entry->kind != Kind::correction || entry->cause != slice.place()) continue;
    for (const auto& line : entry->lines) given[line.to].micros += line.amount.micros;
  }
  return given;
}

/// Money back for a consumption, to the pockets that it came from, the room's first.
void Engine::on(const CorrectionOrdered& order) {
  const auto refuse = [&](LedgerErrc why) { raise(Alarm::refused_event, static_cast<std::uint64_t>(why)); };
  if (!may_mint()) return refuse(LedgerErrc::before_grant);
  const auto record = link_.up().at(order.consumption);
  const auto corrected = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  if (!corrected || corrected->kind != Kind::consumption || !corrected->room) return refuse(LedgerErrc::request_unknown);
  const OutsideId outside("order/" + to_hex(order.order));
  if (stream_holds(outside, 0)) return refuse(LedgerErrc::outside_id_used);
  auto made = entry(Kind::correction, corrected->room);
  made.outside = outside;
  made.cause = corrected->place();
  Money left = order.amount;
  const auto given = given_back(*corrected);
  for (auto at = corrected->lines.rbegin(); at != corrected->lines.rend(); ++at) {  // the room's line stands last
    const auto before = given.find(at->from);
    const auto back = min(left, Money{at->amount.micros - (before == given.end() ? 0 : before->second.micros)});
    if (back.micros <= 0) continue;
    made.lines.push_back({at->to, at->from, back, false});
    left.micros -= back.micros;
  }
  if (left.micros != 0 || made.lines.empty()) return refuse(LedgerErrc::amount);
  mint(std::move(made));
}

}  // namespace wattle::edge
