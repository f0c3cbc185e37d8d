// What the cloud's entries ask of the state, and what they leave in it.

#include <algorithm>

#include "shared/ledger/link_state.hpp"

namespace wattle {

namespace {

Result<void> check_readable(bool readable) {
  if (!readable) return WATTLE_FAIL(LedgerErrc::detail);
  return {};
}

}  // namespace

Result<void> LinkState::check_open(const Entry& entry) const {
  const auto open = detail_of<Open>(entry);
  if (!open || !entry.room || open->opening == 0 || open->circuits.empty()) return WATTLE_FAIL(LedgerErrc::detail);
  for (const auto& circuit : open->circuits)
    if (!is_valid(circuit)) return WATTLE_FAIL(LedgerErrc::detail);
  const auto* room = find(*entry.room);
  if (room == nullptr) return {};
  if (room->open) return WATTLE_FAIL(LedgerErrc::room_open);
  if (open->opening < room->opening) return WATTLE_FAIL(LedgerErrc::opening);
  return {};
}

Result<void> LinkState::check_down(const Entry& entry) const {
  if (is_box_kind(entry.kind)) return WATTLE_FAIL(LedgerErrc::misplaced);
  switch (entry.kind) {
    case Kind::grant: {
      const auto grant = detail_of<Grant>(entry);
      if (!grant || !entry.lines.empty()) return WATTLE_FAIL(LedgerErrc::detail);
      return grant->stream_version <= stream_version ? Result<void>() : WATTLE_FAIL(LedgerErrc::version);
    }
    case Kind::open: return check_open(entry);
    case Kind::recharge:
    case Kind::allowance:
    case Kind::deliver: return check_readable(detail_of<Credit>(entry).has_value());
    case Kind::code_issue: {
      const auto code = detail_of<Code>(entry);
      if (!code || entry.lines.size() != 1) return WATTLE_FAIL(LedgerErrc::detail);
      return entry.lines[0].amount == code->amount ? Result<void>() : WATTLE_FAIL(LedgerErrc::line_missing);
    }
    case Kind::price: {
      const auto plan = detail_of<PricePlan>(entry);
      return check_readable(plan && is_valid(*plan) && plan->version != 0 && !prices_.contains(plan->version));
    }
    case Kind::config: {
      const auto config = detail_of<ConfigSetting>(entry);
      if (!config) return WATTLE_FAIL(LedgerErrc::detail);
      const auto at = config_.find(config->key);
      return check_readable(at == config_.end() || config->version > at->second.version);
    }
    case Kind::close_request: {
      const auto request = detail_of<CloseRequest>(entry);
      if (!request || !entry.room) return WATTLE_FAIL(LedgerErrc::detail);
      return asked_.contains(request->id) ? WATTLE_FAIL(LedgerErrc::outside_id_used) : Result<void>();
    }
    case Kind::release_request: {
      const auto request = detail_of<ReleaseRequest>(entry);
      if (!request || !entry.room || request->at_most.micros <= 0) return WATTLE_FAIL(LedgerErrc::detail);
      return asked_.contains(request->id) ? WATTLE_FAIL(LedgerErrc::outside_id_used) : Result<void>();
    }
    case Kind::cancel: return check_readable(detail_of<Cancel>(entry).has_value());
    case Kind::countersign: return check_readable(detail_of<Countersign>(entry).has_value());
    default: return {};  // a newer peer's kind: folded by its lines
  }
}

void LinkState::note_issue(const Entry& entry) {
  const auto code = *detail_of<Code>(entry);
  const auto used = used_codes_.find(code.name);
  if (used != used_codes_.end() && !used->second.matched && used->second.amount == code.amount)
    used->second.matched = true;
  else
    unredeemed_.emplace(entry.number, code);
}

void LinkState::note_down(const Entry& entry) {
  switch (entry.kind) {
    case Kind::grant:
      granted_ = true;
      grant_ = *detail_of<Grant>(entry);
      return;
    case Kind::open: {
      const auto open = *detail_of<Open>(entry);
      auto& room = rooms_[*entry.room];
      room.open = true;
      room.opening = open.opening;
      room.circuits = open.circuits;
      room.closing.reset();
      return;
    }
    case Kind::code_issue: return note_issue(entry);
    case Kind::price: {
      auto plan = *detail_of<PricePlan>(entry);
      prices_.emplace(plan.version, std::move(plan));
      return;
    }
    case Kind::config: {
      auto config = *detail_of<ConfigSetting>(entry);
      config_[config.key] = {config.version, std::move(config.value), false};
      return;
    }
    case Kind::close_request: {
      const auto request = *detail_of<CloseRequest>(entry);
      asked_.insert(request.id);
      requests_[entry.number] = {entry.kind, request.id, *entry.room, request.opening, Utility::none, {}, false};
      if (auto at = rooms_.find(*entry.room); at != rooms_.end() && at->second.open) at->second.closing = request.id;
      return;
    }
    case Kind::release_request: {
      const auto request = *detail_of<ReleaseRequest>(entry);
      asked_.insert(request.id);
      requests_[entry.number] = {entry.kind, request.id, *entry.room, request.opening, request.allow, request.at_most, false};
      return;
    }
    case Kind::cancel: {
      const auto cancel = *detail_of<Cancel>(entry);
      for (auto& [number, request] : requests_)
        if (request.id == cancel.id) request.cancelled = true;
      return;
    }
    case Kind::countersign: countersigned_ = *detail_of<Countersign>(entry); return;
    default:
      if (is_request(entry.kind)) requests_[entry.number] = {entry.kind, {}, entry.room.value_or(RoomId{}), 0, {}, {}, false};
      return;
  }
}

}  // namespace wattle
