// What the edge's entries ask of the state, and what they leave in it.

#include <algorithm>

#include "shared/ledger/accepted_reading.hpp"
#include "shared/ledger/link_state.hpp"

namespace wattle {

namespace {

bool is_line(const Line& line, const Pocket& from, const Pocket& to, bool measured) {
  return line.from == from && line.to == to && line.measured == measured;
}

/// The sorts of outside ids that a box may give: it must not be able to say that a payment has been booked.
bool is_box_id(const OutsideId& id) {
  const auto text = id.text();
  return text.empty() || text.starts_with("receipt/") || text.starts_with("forward/") || text.starts_with("order/");
}

/// Providers pay whole fen, so the room's money is released in fen; an allowance goes nowhere but back and may be any amount.
constexpr std::int64_t fen_micros = 10'000;

/// From a meter to itself its register goes on from another reading: only as a person's order says that the cloud gave.
bool is_accepted(const std::map<std::string, ConfigValue>& config, const MeterChange& change, const OutsideId& outside) {
  const auto setting = config.find(std::string(accepted_prefix) + std::to_string(change.circuit.value));
  if (setting == config.end() || setting->second.overridden) return false;
  const auto order = read_accepted(setting->second.value);
  return order && carries_out(*order, change, outside);
}

}  // namespace

Result<void> LinkState::check_up(const Entry& entry) const {
  if (entry.room.has_value() != entry.after.has_value()) return WATTLE_FAIL(LedgerErrc::malformed);
  if (is_cloud_kind(entry.kind)) return WATTLE_FAIL(LedgerErrc::misplaced);
  if (!is_box_id(entry.outside) || takes_request_id(entry)) return WATTLE_FAIL(LedgerErrc::outside_id_used);
  switch (entry.kind) {
    case Kind::consumption: return check_consumption(entry);
    case Kind::answer: return check_answer(entry);
    case Kind::close: return check_close(entry);
    case Kind::cash: return check_cash(entry);
    case Kind::redeem: return check_redeem(entry);
    case Kind::forward: return check_forward(entry);
    case Kind::meter_change: return check_meter_change(entry);
    case Kind::correction: return check_correction(entry);
    case Kind::override_config: {
      const auto config = detail_of<ConfigSetting>(entry);
      if (!config || !entry.lines.empty()) return WATTLE_FAIL(LedgerErrc::detail);
      return {};
    }
    case Kind::settlement:
      return detail_of<Settlement>(entry) && entry.lines.empty() ? Result<void>() : WATTLE_FAIL(LedgerErrc::detail);
    case Kind::anomaly:
      return detail_of<Anomaly>(entry) && entry.lines.empty() ? Result<void>() : WATTLE_FAIL(LedgerErrc::detail);
    default: return {};  // a newer peer's kind: folded by its lines
  }
}

/// The transit of a request is filled by its answer alone: what else a box sends on has a number of its own.
bool LinkState::takes_request_id(const Entry& entry) const {
  if (entry.kind == Kind::answer || entry.kind == Kind::close) return false;
  return std::any_of(entry.lines.begin(), entry.lines.end(),
                     [&](const Line& line) { return line.to.kind == PocketKind::transit && asked_.contains(line.to.id); });
}

Result<void> LinkState::check_consumption(const Entry& entry) const {
  const auto slice = detail_of<Consumption>(entry);
  if (!slice || !entry.room || slice->split > SplitBy::lowest || !is_time_of_reading(slice->until))
    return WATTLE_FAIL(LedgerErrc::detail);
  const auto* room = find(*entry.room);
  if (room == nullptr || !room->open) return WATTLE_FAIL(LedgerErrc::room_not_open);
  const auto* circuit = room->find(slice->circuit);
  if (circuit == nullptr) return WATTLE_FAIL(LedgerErrc::circuit_unknown);
  if (slice->from != circuit->reading || slice->to <= slice->from) return WATTLE_FAIL(LedgerErrc::reading_chain);
  const auto plan = prices_.find(slice->price);
  const bool fits = plan != prices_.end() && plan->second.utility == static_cast<std::uint8_t>(circuit->utility);
  if (!fits || slice->band >= plan->second.bands.size()) return WATTLE_FAIL(LedgerErrc::price_unknown);
  if (!is_reading(slice->to)) return WATTLE_FAIL(LedgerErrc::reading_chain);
  if (plan->second.period == TierPeriod::none && slice->after.tier_period != 0) return WATTLE_FAIL(LedgerErrc::remainder_chain);
  const Quantity units{slice->to.units - slice->from.units};
  const auto cost = charge(plan->second, slice->band, units, slice->after.tier_period, circuit->accrued);
  if (!cost) return WATTLE_FAIL(LedgerErrc::reading_chain);
  if (!(cost->after == slice->after)) return WATTLE_FAIL(LedgerErrc::remainder_chain);

  const auto sold = sold_pocket(circuit->utility, holder_);
  const auto allow = allow_pocket(*entry.room, circuit->utility, holder_);
  const Money from_allow = min(cost->amount, max(balance(allow), Money{}));
  const Money from_room{cost->amount.micros - from_allow.micros};
  std::size_t at = 0;
  const auto expect = [&](const Pocket& from, Money amount) {
    if (amount.micros == 0) return true;
    if (at == entry.lines.size() || !is_line(entry.lines[at], from, sold, true)) return false;
    return entry.lines[at++].amount == amount;
  };
  if (!expect(allow, from_allow)) return WATTLE_FAIL(LedgerErrc::split_wrong);
  if (!expect(room_pocket(*entry.room, holder_), from_room)) return WATTLE_FAIL(LedgerErrc::price_wrong);
  return at == entry.lines.size() ? Result<void>() : WATTLE_FAIL(LedgerErrc::price_wrong);
}

Result<void> LinkState::check_answer(const Entry& entry) const {
  const auto answer = detail_of<Answer>(entry);
  if (!answer || !entry.cause || !entry.room) return WATTLE_FAIL(LedgerErrc::detail);
  const auto request = requests_.find(entry.cause->number);
  const bool named = entry.cause->link == holder_ && entry.cause->direction == Direction::down;
  if (!named || request == requests_.end()) return WATTLE_FAIL(LedgerErrc::request_unknown);
  const auto& asked = request->second;
  if (answer->id != asked.id || *entry.room != asked.room) return WATTLE_FAIL(LedgerErrc::request_unknown);
  const bool released = answer->reason == AnswerReason::released;
  if (entry.lines.size() != (released ? 1U : 0U)) return WATTLE_FAIL(LedgerErrc::line_missing);
  if (!released) return {};
  if (asked.kind != Kind::release_request || asked.cancelled) return WATTLE_FAIL(LedgerErrc::released_too_much);
  const auto* room = find(asked.room);
  if (room == nullptr || !room->open || room->opening != asked.opening) return WATTLE_FAIL(LedgerErrc::opening);
  const auto& line = entry.lines[0];
  const bool of_room = asked.allow == Utility::none;
  const auto from = of_room ? room_pocket(asked.room, holder_) : allow_pocket(asked.room, asked.allow, holder_);
  if (!is_line(line, from, transit_pocket(asked.id, asked.allow), false)) return WATTLE_FAIL(LedgerErrc::line_missing);
  if (line.amount > asked.at_most) return WATTLE_FAIL(LedgerErrc::released_too_much);
  if (of_room && line.amount.micros % fen_micros != 0) return WATTLE_FAIL(LedgerErrc::released_too_much);
  return {};
}

Result<void> LinkState::check_close(const Entry& entry) const {
  const auto close = detail_of<Close>(entry);
  if (!close || !entry.cause || !entry.room) return WATTLE_FAIL(LedgerErrc::detail);
  const auto request = requests_.find(entry.cause->number);
  if (request == requests_.end() || request->second.kind != Kind::close_request || request->second.id != close->id ||
      request->second.room != *entry.room || request->second.cancelled)
    return WATTLE_FAIL(LedgerErrc::request_unknown);
  const auto* room = find(*entry.room);
  if (room == nullptr || !room->open) return WATTLE_FAIL(LedgerErrc::room_not_open);
  if (room->opening != close->opening || close->opening != request->second.opening) return WATTLE_FAIL(LedgerErrc::opening);
  if (!(close->circuits == room->circuits)) return WATTLE_FAIL(LedgerErrc::reading_chain);
  // Everything that stands above zero leaves, each sort of money by a transit of its own.
  std::size_t expected = room->balance.micros > 0 ? 1 : 0;
  for (const auto& [utility, money] : room->allow) expected += money.micros > 0 ? 1 : 0;
  if (entry.lines.size() != expected) return WATTLE_FAIL(LedgerErrc::line_missing);
  for (const auto& line : entry.lines) {
    const bool right = line.to == transit_pocket(close->id, line.from.utility) && line.from.room() == *entry.room &&
                       line.amount == balance(line.from);
    if (!right) return WATTLE_FAIL(LedgerErrc::line_missing);
  }
  return {};
}

Result<void> LinkState::check_cash(const Entry& entry) const {
  const auto cash = detail_of<Cash>(entry);
  if (!cash || entry.lines.size() != 1 || !(entry.outside == OutsideId("receipt/" + to_hex(cash->receipt))))
    return WATTLE_FAIL(LedgerErrc::detail);
  const auto& line = entry.lines[0];
  if (line.from.kind != PocketKind::drawer) return WATTLE_FAIL(LedgerErrc::line_missing);
  if (line.to.kind != PocketKind::card && !entry.room) return WATTLE_FAIL(LedgerErrc::detail);
  if (line.to.kind == PocketKind::room) {
    const auto* room = find(*entry.room);
    if (line.to.room() != *entry.room || room == nullptr || !room->open) return WATTLE_FAIL(LedgerErrc::room_not_open);
    if (cash->opening != room->opening) return WATTLE_FAIL(LedgerErrc::opening);
  }
  if (line.to.kind == PocketKind::transit && line.to.id != cash->receipt) return WATTLE_FAIL(LedgerErrc::line_missing);
  return {};
}

Result<void> LinkState::check_redeem(const Entry& entry) const {
  const auto redeem = detail_of<Redeem>(entry);
  if (!redeem || !entry.room || entry.lines.size() != 1) return WATTLE_FAIL(LedgerErrc::detail);
  const auto& line = entry.lines[0];
  if (line.from.kind != PocketKind::codes || line.amount != redeem->amount || redeem->name.room != *entry.room)
    return WATTLE_FAIL(LedgerErrc::line_missing);
  if (line.to.kind == PocketKind::room && line.to.room() != *entry.room) return WATTLE_FAIL(LedgerErrc::line_missing);
  const auto* room = find(*entry.room);
  const bool open = room != nullptr && room->open;
  if (entry.cause) {
    const auto issue = unredeemed_.find(entry.cause->number);
    if (issue == unredeemed_.end() || issue->second.name != redeem->name || issue->second.amount != redeem->amount)
      return WATTLE_FAIL(LedgerErrc::code_unknown);
    const bool here = open && room->opening == issue->second.opening;
    return here == (line.to.kind == PocketKind::room) ? Result<void>() : WATTLE_FAIL(LedgerErrc::room_not_open);
  }
  if (used_codes_.contains(redeem->name)) return WATTLE_FAIL(LedgerErrc::code_used);
  // Its issue is here: redeemed under it, or the one sale would count twice.
  for (const auto& [number, issue] : unredeemed_)
    if (issue.name == redeem->name && issue.amount == redeem->amount) return WATTLE_FAIL(LedgerErrc::code_used);
  // Honoured before its issue arrived: the grant says how much of that there may be.
  const auto below = subtract(codes_, line.amount);
  if (!below || below->micros < -grant_.codes_cap.micros) return WATTLE_FAIL(LedgerErrc::not_covered);
  return open && line.to.kind == PocketKind::room ? Result<void>() : WATTLE_FAIL(LedgerErrc::room_not_open);
}

Result<void> LinkState::check_forward(const Entry& entry) const {
  if (!entry.room || entry.lines.empty()) return WATTLE_FAIL(LedgerErrc::detail);
  const auto* room = find(*entry.room);
  if (room != nullptr && room->open) return WATTLE_FAIL(LedgerErrc::room_open);
  const auto goes_on = [&](const Line& line) {
    const bool of_room = line.from.kind == PocketKind::room || line.from.kind == PocketKind::allow;
    return of_room && line.from.room() == *entry.room && line.to.kind == PocketKind::transit;
  };
  return std::all_of(entry.lines.begin(), entry.lines.end(), goes_on) ? Result<void>() : WATTLE_FAIL(LedgerErrc::line_missing);
}

Result<void> LinkState::check_meter_change(const Entry& entry) const {
  const auto change = detail_of<MeterChange>(entry);
  if (!change || !entry.room || !entry.lines.empty()) return WATTLE_FAIL(LedgerErrc::detail);
  const auto* room = find(*entry.room);
  if (room == nullptr || !room->open) return WATTLE_FAIL(LedgerErrc::room_not_open);
  const auto* circuit = room->find(change->circuit);
  if (circuit == nullptr) return WATTLE_FAIL(LedgerErrc::circuit_unknown);
  const bool is_another = change->new_meter != change->old_meter || is_accepted(config_, *change, entry.outside);
  const bool continues = circuit->meter == change->old_meter && is_another && circuit->reading == change->final_reading &&
                         is_reading(change->first_reading);
  return continues ? Result<void>() : WATTLE_FAIL(LedgerErrc::reading_chain);
}

/// How much the consumption leaves to be corrected stands in the stream, which the link has (shared/sync/corrections.hpp).
Result<void> LinkState::check_correction(const Entry& entry) const {
  const bool names_own = entry.cause && entry.cause->link == holder_ && entry.cause->direction == Direction::up;
  if (!names_own || entry.cause->number >= entry.number || !entry.room) return WATTLE_FAIL(LedgerErrc::detail);
  const auto is_own = [&](const Pocket& pocket) { return pocket.room() == *entry.room; };
  const auto corrects = [&](const Line& line) {
    const bool is_back = line.from.kind == PocketKind::sold && is_own(line.to);  // to the room or its allowance
    const bool is_charge = line.from.kind == PocketKind::room && line.to.kind == PocketKind::sold && is_own(line.from);
    return !line.measured && (is_back || is_charge);
  };
  const bool all = !entry.lines.empty() && std::all_of(entry.lines.begin(), entry.lines.end(), corrects);
  return all ? Result<void>() : WATTLE_FAIL(LedgerErrc::line_missing);
}

void LinkState::note_redeem(const Entry& entry) {
  const auto redeem = *detail_of<Redeem>(entry);
  const auto used = used_codes_.find(redeem.name);
  if (used == used_codes_.end()) used_codes_[redeem.name] = {redeem.amount, entry.cause.has_value()};
  if (entry.cause) unredeemed_.erase(entry.cause->number);
}

void LinkState::note_up(const Entry& entry) {
  switch (entry.kind) {
    case Kind::consumption: {
      const auto slice = *detail_of<Consumption>(entry);
      auto* circuit = rooms_[*entry.room].find(slice.circuit);
      circuit->reading = slice.to;
      circuit->at = slice.until;
      circuit->accrued = slice.after;
      circuit->price = slice.price;
      return;
    }
    case Kind::answer: {
      const auto at = requests_.find(entry.cause->number);
      if (at->second.kind == Kind::close_request) {
        auto& room = rooms_[at->second.room];
        if (room.closing == at->second.id) room.closing.reset();
      }
      requests_.erase(at);
      return;
    }
    case Kind::close: {
      auto& room = rooms_[*entry.room];
      room.open = false;
      room.closing.reset();
      requests_.erase(entry.cause->number);
      return;
    }
    case Kind::redeem: return note_redeem(entry);
    case Kind::meter_change: {
      const auto change = *detail_of<MeterChange>(entry);
      auto* circuit = rooms_[*entry.room].find(change.circuit);
      circuit->meter = change.new_meter;
      circuit->reading = change.first_reading;
      return;
    }
    case Kind::override_config: {
      auto config = *detail_of<ConfigSetting>(entry);
      auto& value = config_[config.key];
      if (config.version == value.version) value = {config.version, std::move(config.value), true};
      return;
    }
    case Kind::settlement: settlement_ = {entry.number, detail_of<Settlement>(entry)->state == hash()}; return;
    default: return;
  }
}

}  // namespace wattle
