#include "shared/ledger/audit_rooms.hpp"

#include <algorithm>
#include <charconv>

#include "shared/ledger/accepted_reading.hpp"

namespace wattle::auditing {

namespace {

/// What the first `units` of a tier period cost in one band, in thousandths of a micro-unit.
Wide cost_of_first(const Band& band, Wide units) {
  Wide cost = 0;
  for (std::size_t i = 0; i < band.tiers.size(); ++i) {
    const Wide begin = band.tiers[i].from_units;
    const Wide end = i + 1 < band.tiers.size() ? std::min<Wide>(band.tiers[i + 1].from_units, units) : units;
    if (end > begin) cost += (end - begin) * band.tiers[i].rate;
  }
  return cost;
}

CircuitFigures* figures_of(Circuits& circuits, CircuitId circuit) {
  for (auto& figures : circuits)
    if (figures.circuit == circuit) return &figures;
  return nullptr;
}

}  // namespace

void Rooms::open(LinkBook& link, const Entry& entry) {
  const auto open = detail_of<Open>(entry);
  if (!open || !entry.room) return findings_->add(AuditCause::detail, entry.place());
  auto& room = link.rooms[*entry.room];
  if (room.open) findings_->add(AuditCause::room_open, entry.place());
  room = {true, open->opening, open->circuits, entry.number, 0, 0};
  opens_.push_back({entry.place(), entry.cause, *entry.room, open->opening, open->circuits});
}

void Rooms::close(RoomBook* room, const Entry& entry, const Close& close, EdgeId destination) {
  // On behalf of a box whose own close was lost with it, it stands for that one, which the open names.
  const bool stands_for = entry.stream.direction == Direction::site && entry.cause;
  closes_[stands_for ? *entry.cause : entry.place()] = {
      entry.room.value_or(RoomId{}), close.opening, close.circuits, close.id, destination, false};
  if (room == nullptr || !room->open) {
    holes_.insert(entry.room.value_or(RoomId{}));
    return findings_->add(AuditCause::room_not_open, entry.place());
  }
  if (room->opening != close.opening || !(room->circuits == close.circuits))
    findings_->add(AuditCause::close_differs, entry.place(), room->opening, close.opening);
  room->open = false;
  const bool asked = entry.stream.direction == Direction::up && entry.cause && entry.cause->number == room->asked_to_close_at;
  if (asked && room->credited_at != 0)
    findings_->add(AuditCause::credit_not_open, Place{entry.stream.link, Direction::down, room->credited_at});
}

CircuitFigures* Rooms::find(LinkBook& link, const Entry& entry, CircuitId circuit) {
  const auto room = entry.room ? link.rooms.find(*entry.room) : link.rooms.end();
  auto* figures = room != link.rooms.end() && room->second.open ? figures_of(room->second.circuits, circuit) : nullptr;
  if (figures == nullptr) findings_->add(AuditCause::room_not_open, entry.place());
  return figures;
}

void Rooms::slice(LinkBook& link, const Entry& entry) {
  const auto slice = detail_of<Consumption>(entry);
  if (!slice) return findings_->add(AuditCause::detail, entry.place());
  auto* circuit = find(link, entry, slice->circuit);
  if (circuit == nullptr) return;
  const auto from = slice->from.units;
  std::int64_t units = 0;
  const bool forward = !__builtin_sub_overflow(slice->to.units, from, &units) && units > 0;
  if (from != circuit->reading.units || !forward)
    findings_->add(AuditCause::slice_gap, text_of(entry.place()) + " circuit " + std::to_string(slice->circuit.value),
                   circuit->reading.units, from);
  if (forward) {
    check_cost(link, entry, *slice, *circuit);
    auto& sum = totals_->energy[circuit->utility].units;
    if (__builtin_add_overflow(sum, units, &sum) || __builtin_add_overflow(units_, units, &units_))
      findings_->add(AuditCause::overflow, entry.place());
  }
  circuit->reading = slice->to;
  circuit->at = slice->until;
  circuit->accrued = slice->after;
  circuit->price = slice->price;
}

void Rooms::check_cost(LinkBook& link, const Entry& entry, const Consumption& slice, const CircuitFigures& circuit) {
  const auto at = link.prices.find(slice.price);
  if (at == link.prices.end() || at->second.utility != static_cast<std::uint8_t>(circuit.utility))
    return findings_->add(AuditCause::price_unknown, entry.place(), 0, slice.price);
  const auto& plan = at->second;
  if (slice.band >= plan.bands.size())
    return findings_->add(AuditCause::price_unknown, text_of(entry.place()) + " band",
                          static_cast<std::int64_t>(plan.bands.size()) - 1, slice.band);
  const auto& band = plan.bands[slice.band];
  const bool same_period = slice.after.tier_period == circuit.accrued.tier_period;
  const Wide before = same_period ? circuit.accrued.tier_units : 0;
  const Wide after = before + slice.to.units - slice.from.units;
  const Wide cost = cost_of_first(band, after) - cost_of_first(band, before) + circuit.accrued.remainder;
  const bool has_period = plan.period != TierPeriod::none;
  const bool continues =
      slice.after.remainder == cost % 1000 && slice.after.tier_units == after && (has_period || slice.after.tier_period == 0);
  if (!continues)
    findings_->add(AuditCause::remainder_differs, entry.place(), static_cast<std::int64_t>(cost % 1000), slice.after.remainder);
  check_split(entry, circuit, static_cast<std::int64_t>(std::min<Wide>(cost / 1000, INT64_MAX)));
}

/// The allowance pays first, as far as it goes; the room's money pays the rest; nothing else is in the entry.
void Rooms::check_split(const Entry& entry, const CircuitFigures& circuit, std::int64_t cost) {
  const auto holder = entry.stream.link;
  const auto allow = allow_pocket(*entry.room, circuit.utility, holder);
  const auto room = room_pocket(*entry.room, holder);
  const auto sold = sold_pocket(circuit.utility, holder);
  std::int64_t free = 0;
  std::int64_t paid = 0;
  for (const auto& line : entry.lines) {
    const bool right = line.measured && line.to == sold && (line.from == allow || line.from == room);
    if (!right)
      findings_->add(AuditCause::price_differs, text_of(entry.place()) + " " + to_text(line.from), 0, line.amount.micros);
    else
      (line.from == allow ? free : paid) = saturated_sum(line.from == allow ? free : paid, line.amount.micros);
  }
  const auto sum = saturated_sum(free, paid);
  if (sum != cost) findings_->add(AuditCause::price_differs, entry.place(), cost, sum);
  const auto due = std::min(cost, std::max<std::int64_t>(books_->balance(allow), 0));
  if (free != due) findings_->add(AuditCause::split_differs, entry.place(), due, free);
}

void Rooms::change_meter(LinkBook& link, const Entry& entry) {
  const auto change = detail_of<MeterChange>(entry);
  if (!change) return findings_->add(AuditCause::detail, entry.place());
  auto* circuit = find(link, entry, change->circuit);
  if (circuit == nullptr) return;
  if (circuit->meter != change->old_meter || circuit->reading != change->final_reading)
    findings_->add(AuditCause::slice_gap, entry.place(), circuit->reading.units, change->final_reading.units);
  if (change->old_meter == change->new_meter) {  // a person has found its register true
    const auto given = link.accepts.find(change->circuit);
    const auto order = given == link.accepts.end() ? std::nullopt : read_accepted(given->second.value);
    if (!order || !carries_out(*order, *change, entry.outside)) findings_->add(AuditCause::detail, entry.place());
    jumped_ = saturated_sum(jumped_, change->first_reading.units - change->final_reading.units);
  } else {
    removed_.push_back({{change->old_meter, change->circuit}, change->final_reading});
    begun_.push_back({{change->new_meter, change->circuit}, change->first_reading});
  }
  circuit->meter = change->new_meter;
  circuit->reading = change->first_reading;
}

void Rooms::configure(LinkBook& link, const Entry& entry) {
  auto setting = detail_of<ConfigSetting>(entry);
  if (!setting || !setting->key.starts_with(accepted_prefix)) return;
  const auto number = setting->key.substr(accepted_prefix.size());
  CircuitId circuit;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), circuit.value);
  if (error != std::errc{} || end != number.data() + number.size()) return;
  if (entry.kind == Kind::config) {
    link.accepts[circuit] = std::move(*setting);
    return;
  }
  const auto given = link.accepts.find(circuit);
  if (given != link.accepts.end() && given->second.version == setting->version) link.accepts.erase(given);
}

/// From the close-request on nothing is credited; a debt alone follows the room. A request that is answered otherwise (taken
/// back) allows credits again, so what came after it is judged when the close is there.
void Rooms::credit(LinkBook& link, const Entry& entry, const Line& line) {
  const bool to_room = line.to.kind == PocketKind::room || line.to.kind == PocketKind::allow;
  if (!to_room || line.to.holder != link.holder || line.from.kind == PocketKind::arrears || entry.kind == Kind::open) return;
  const auto at = link.rooms.find(line.to.room());
  if (at == link.rooms.end() || at->second.opened_at == 0) return findings_->add(AuditCause::credit_not_open, entry.place());
  auto& room = at->second;
  if (room.asked_to_close_at == 0) return;
  if (!room.open) return findings_->add(AuditCause::credit_not_open, entry.place());
  if (room.credited_at == 0) room.credited_at = entry.number;
}

void Rooms::join() {
  std::set<RoomId> fitted;
  std::set<CircuitId> circuits;
  std::set<MeterId> meters;
  for (const auto& opened : opens_) {
    join(opened, fitted);
    if (opened.cause) continue;
    std::set<MeterId> its;  // a meter may serve several circuits of one room
    for (const auto& circuit : opened.circuits) {
      begun_.push_back({{circuit.meter, circuit.circuit}, circuit.reading});
      const bool first = its.insert(circuit.meter).second;
      if (!circuits.insert(circuit.circuit).second || (first && !meters.insert(circuit.meter).second))
        findings_->add(AuditCause::circuit_twice, text_of(opened.place) + " circuit " + std::to_string(circuit.circuit.value));
    }
  }
  for (const auto& [place, closed] : closes_) {
    const auto rehomed = rehomed_.find(closed.id);
    const auto destination = rehomed == rehomed_.end() ? closed.destination : rehomed->second;
    if (!closed.continued && destination == EdgeId{}) ended_.emplace(closed.room, closed.opening);
  }
}

void Rooms::join(const Opened& opened, std::set<RoomId>& fitted) {
  if (!opened.cause) {
    if (fitted.insert(opened.room).second) return;
    holes_.insert(opened.room);
    return findings_->add(AuditCause::open_without_close, opened.place);
  }
  const auto close = closes_.find(*opened.cause);
  if (close == closes_.end()) {
    holes_.insert(opened.room);
    return findings_->add(AuditCause::open_without_close, opened.place);
  }
  if (close->second.continued) findings_->add(AuditCause::opened_twice, opened.place);
  close->second.continued = true;
  const auto& closed = close->second;
  if (closed.room != opened.room || closed.opening > opened.opening || !(closed.circuits == opened.circuits))
    findings_->add(AuditCause::open_differs, opened.place, closed.opening, opened.opening);
}

std::map<RegisterId, Quantity> Rooms::charged_to(const std::map<Holder, LinkBook>& links) const {
  std::map<RegisterId, Quantity> charged;
  const auto note = [&](const Circuits& circuits) {
    for (const auto& circuit : circuits) charged[{circuit.meter, circuit.circuit}] = circuit.reading;
  };
  for (const auto& [place, closed] : closes_)
    if (!closed.continued) note(closed.circuits);
  for (const auto& [holder, link] : links)
    for (const auto& [id, room] : link.rooms)
      if (room.open) note(room.circuits);
  return charged;
}

std::set<RegisterId> Rooms::idle(const std::map<Holder, LinkBook>& links) const {
  std::set<RegisterId> idle;
  for (const auto& [place, closed] : closes_)
    if (!closed.continued && has_ended(closed.room, closed.opening))
      for (const auto& circuit : closed.circuits) idle.insert({circuit.meter, circuit.circuit});
  for (const auto& [holder, link] : links)
    for (const auto& [id, room] : link.rooms)
      for (const auto& circuit : room.circuits)
        if (room.open) idle.erase({circuit.meter, circuit.circuit});
  return idle;
}

}  // namespace wattle::auditing
