// After the box had forgotten its own entries and was given them back. What it wrote meanwhile stands aside; what no state
// would yield again (money taken, codes typed, a meter changed, an override, a correction) is written anew in the same commit.
// Slices, answers and closes come again by themselves, but for what a register had counted that fell meanwhile.

#include "edge/core/engine.hpp"

namespace wattle::edge {
namespace {

Result<Entry> entry_of(const std::optional<Record>& record) {
  return record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
}

/// More than any room has where the sum overflows.
Money moved_by(const Entry& entry) {
  Money amount;
  for (const auto& line : entry.lines) amount = add(amount, line.amount).value_or(Money{INT64_MAX});
  return amount;
}

}  // namespace

void Engine::after_taking_back(const Link::TakenBack& taken_back) {
  if (taken_back.outcome == TakeBack::refused) return raise(Alarm::copy_refused, static_cast<std::uint64_t>(taken_back.error));
  if (taken_back.outcome != TakeBack::done) return;
  raise(Alarm::own_entries_forgotten, taken_back.dropped.size());
  if (++forks_ > forks_per_boot_max) {
    link_.stop({link_.up().head().number, LedgerErrc::forks_too_often}, commit_);
    raise(Alarm::stream_stopped, static_cast<std::uint64_t>(LedgerErrc::forks_too_often));
  }
  asking_since_.reset();
  unread_since_ = now_.tick;
  accruals_.clear();  // chosen on another branch; the registers kept counting
  anomalies_written_.clear();
  follow_settings();  // an override may have been dropped
  note_changes_above(taken_back.fork);
  note_ends_above(taken_back.fork);
  const auto held = outside_ids_above(taken_back.fork);
  std::set<OutsideId> dropped_ids;
  for (const auto& record : taken_back.dropped) {
    const auto dropped = decode_entry(record.bytes);
    if (!dropped) continue;
    if (!dropped->outside.empty()) dropped_ids.insert(dropped->outside);
    if (!held.contains(dropped->outside)) mint_again(*dropped, taken_back.fork);
  }
  follow_settings();
  order_outcomes_.follow_branch(settings_, dropped_ids, outside_ids_above(taken_back.fork), commit_);
}

/// Which meters were there before: the row that says so was forgotten with the changes.
void Engine::note_changes_above(std::uint64_t number) {
  while (++number <= link_.up().head().number) {
    const auto entry = entry_of(link_.up().at(number));
    const auto change = entry && entry->kind == Kind::meter_change ? detail_of<MeterChange>(*entry) : std::nullopt;
    if (change && change->old_meter != change->new_meter) note_meter_before(change->circuit, change->old_meter);
  }
}

/// So was the row that says so with each close.
void Engine::note_ends_above(std::uint64_t number) {
  while (++number <= link_.up().head().number) {
    const auto entry = entry_of(link_.up().at(number));
    const auto closed = entry && entry->kind == Kind::close && entry->room ? detail_of<Close>(*entry) : std::nullopt;
    if (closed && entry->cause && ends_stay(entry->cause->number)) note_ended(*entry->room, closed->opening);
  }
}

/// Those that entries of this box above `number` bear; no other stream has them.
std::set<OutsideId> Engine::outside_ids_above(std::uint64_t number) const {
  std::set<OutsideId> ids;
  while (++number <= link_.up().head().number) {
    const auto entry = entry_of(link_.up().at(number));
    if (entry && !entry->outside.empty()) ids.insert(entry->outside);
  }
  return ids;
}

void Engine::mint_again(const Entry& dropped, std::uint64_t fork) {
  switch (dropped.kind) {
    case Kind::cash: {
      const auto cash = detail_of<Cash>(dropped);
      if (cash && dropped.room) mint_cash(*dropped.room, dropped.lines[0].amount, cash->receipt, cash->opening);
      return;
    }
    case Kind::redeem: {
      const auto redeem = detail_of<Redeem>(dropped);
      const auto* room = redeem ? link_.state().find(redeem->name.room) : nullptr;
      // An issue still to be redeemed, or a room that had already left: the sale reaches the room by its issue.
      if (room == nullptr || !room->open || dropped.cause || is_issued(redeem->name, redeem->amount) ||
          link_.state().used_codes().contains(redeem->name))
        return;
      auto made = entry(Kind::redeem, dropped.room);
      made.detail = dropped.detail;
      made.lines = dropped.lines;
      mint(std::move(made));
      return;
    }
    case Kind::meter_change: {
      const auto change = detail_of<MeterChange>(dropped);
      const auto* room = dropped.room ? link_.state().find(*dropped.room) : nullptr;
      const auto* circuit = change && room != nullptr ? room->find(change->circuit) : nullptr;
      if (change && change->old_meter == change->new_meter) return accept_again(dropped, *change);
      if (circuit != nullptr && circuit->meter == change->new_meter) return;  // the other branch knows it too
      if (circuit != nullptr && circuit->meter != change->old_meter)          // a person has the sheet
        return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::reading_chain), *dropped.room);
      if (change && dropped.room)
        mint_meter_change({*dropped.room, change->circuit, change->final_reading, change->new_meter, change->first_reading});
      return;
    }
    case Kind::override_config: {
      auto made = entry(Kind::override_config, std::nullopt);
      made.detail = dropped.detail;
      mint(std::move(made));
      return;
    }
    case Kind::correction: {
      // It names a consumption by number; on the other branch that number may be another entry, or none.
      const bool shared = dropped.cause && dropped.cause->number <= fork && !dropped.lines.empty();
      const auto corrected = entry_of(shared ? link_.up().at(dropped.cause->number) : std::nullopt);
      if (!corrected || corrected->kind != Kind::consumption || corrected->room != dropped.room)
        return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::request_unknown),
                     dropped.room.value_or(RoomId{}));
      const auto way = dropped.lines.front().from.kind == PocketKind::sold ? CorrectionWay::back : CorrectionWay::charge;
      if (const auto why = mint_correction(*corrected, way, moved_by(dropped), dropped.outside))
        raise(Alarm::refused_event, static_cast<std::uint64_t>(*why), *dropped.room);
      return;
    }
    default: return;
  }
}

/// The register has said so on both branches, however far this one has charged. It must be known before anything is charged for
/// it that the order stands, else it would be charged for nothing.
void Engine::accept_again(const Entry& dropped, const MeterChange& change) {
  const auto refuse = [&] {
    raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::reading_chain), dropped.room.value_or(RoomId{}));
  };
  const auto* room = dropped.room ? link_.state().find(*dropped.room) : nullptr;
  const auto* circuit = room != nullptr && room->open ? room->find(change.circuit) : nullptr;
  const auto* order = standing_accept(change.circuit);
  if (order == nullptr || outside_id_of(order->id) != dropped.outside || room == nullptr || room->opening != order->opening)
    return refuse();
  if (circuit == nullptr || circuit->meter != change.new_meter || circuit->reading > change.final_reading) return refuse();
  if (go_on_from(*dropped.room, change.circuit, change.final_reading, change.first_reading, dropped.outside)) refuse();
}

}  // namespace wattle::edge
