#include "shared/ledger/audit_link.hpp"

#include <algorithm>

namespace wattle::auditing {

namespace {

std::optional<Entry> entry_at(const AuditStream* stream, std::uint64_t number) {
  const auto record =
      stream != nullptr && number >= stream->first && number <= stream->last ? stream->record(number) : std::nullopt;
  auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
  if (!entry) return std::nullopt;
  return std::move(*entry);
}

/// Tiers rise from zero, and no sum of theirs can leave 128 bits.
bool is_sound(const Band& band) {
  if (band.tiers.empty() || band.tiers.size() > tiers_max) return false;
  std::int64_t next = 0;
  for (const auto& tier : band.tiers) {
    if ((next == 0) != (tier.from_units == 0) || tier.from_units < next || tier.rate < 0 || tier.rate > rate_max) return false;
    if (__builtin_add_overflow(tier.from_units, 1, &next)) return false;
  }
  return true;
}

bool is_sound(const PricePlan& plan) {
  return !plan.bands.empty() &&
         std::all_of(plan.bands.begin(), plan.bands.end(), [](const Band& band) { return is_sound(band); });
}

}  // namespace

void Requests::answered(const Uid& id, const Entry& answer) {
  if (!id.is_zero() && !answered_.insert(id).second)
    findings_->add(AuditCause::answered_twice, text_of(answer.place()) + " " + to_hex(id));
}

LinkAudit::LinkAudit(LinkBook& link, Books& books, Rooms& rooms, Requests& requests, const Crypto& crypto, Findings& findings)
    : link_(&link),
      books_(&books),
      rooms_(&rooms),
      requests_(&requests),
      findings_(&findings),
      up_(link.up, crypto, findings),
      down_(link.down, crypto, findings) {}

void LinkAudit::run() {
  Head seen;
  while (const auto entry = up_.next()) {
    if (entry->seen.number < seen.number)
      findings_->add(AuditCause::seen_fell, entry->place(), static_cast<std::int64_t>(seen.number),
                     static_cast<std::int64_t>(entry->seen.number));
    else
      read_down_to(entry->seen, entry->place());
    seen = entry->seen;
    on_up(*entry);
  }
  while (const auto entry = down_.next()) on_down(*entry);
  const auto fence = books_->fences().find(link_->holder);
  const bool fenced = fence != books_->fences().end();
  up_.finish(fenced ? std::optional(fence->second.cut_up) : std::nullopt);
  down_.finish(fenced ? std::optional(fence->second.cut_down) : std::nullopt);
}

void LinkAudit::read_down_to(const Head& seen, const Place& by) {
  while (down_.head().number < seen.number) {
    const auto entry = down_.next();
    if (!entry) break;
    on_down(*entry);
  }
  if (down_.head() != seen)
    findings_->add(AuditCause::seen_unknown, by, static_cast<std::int64_t>(down_.head().number),
                   static_cast<std::int64_t>(seen.number));
}

void LinkAudit::on_down(const Entry& entry) {
  if (link_->granted == (entry.kind == Kind::grant)) findings_->add(AuditCause::before_grant, entry.place());
  books_->book(entry);
  for (const auto& line : entry.lines) rooms_->credit(*link_, entry, line);
  switch (entry.kind) {
    case Kind::grant: link_->granted = true; break;
    case Kind::open: rooms_->open(*link_, entry); break;
    case Kind::code_issue: issue(entry); break;
    case Kind::price: {
      const auto plan = detail_of<PricePlan>(entry);
      if (!plan || !is_sound(*plan) || !link_->prices.emplace(plan->version, *plan).second)
        findings_->add(AuditCause::detail, entry.place());
      break;
    }
    case Kind::cancel: {
      const auto cancel = detail_of<Cancel>(entry);
      if (cancel)
        link_->cancelled.insert(cancel->id);
      else
        findings_->add(AuditCause::detail, entry.place());
      break;
    }
    case Kind::close_request: close_request(entry); break;
    case Kind::config: rooms_->configure(*link_, entry); break;
    default: break;
  }
  if (is_request(entry.kind)) link_->open_requests.insert(entry.number);
}

void LinkAudit::close_request(const Entry& entry) {
  if (!detail_of<CloseRequest>(entry) || !entry.room) return findings_->add(AuditCause::detail, entry.place());
  const auto at = link_->rooms.find(*entry.room);
  if (at == link_->rooms.end()) return;
  at->second.asked_to_close_at = entry.number;
  at->second.credited_at = 0;
}

void LinkAudit::issue(const Entry& entry) {
  const auto code = detail_of<Code>(entry);
  if (!code) return findings_->add(AuditCause::detail, entry.place());
  const auto used = link_->used.find(code->name);
  if (used != link_->used.end() && !used->second.matched && used->second.amount == code->amount)
    used->second.matched = true;
  else
    link_->issues.emplace(entry.number, *code);
}

void LinkAudit::on_up(const Entry& entry) {
  if (!link_->granted) findings_->add(AuditCause::before_grant, entry.place());
  if (entry.kind == Kind::consumption) rooms_->slice(*link_, entry);
  books_->book(entry);
  check_after(entry);
  switch (entry.kind) {
    case Kind::answer: return answer(entry);
    case Kind::close: return close(entry);
    case Kind::redeem: return redeem(entry);
    case Kind::correction: return correct(entry);
    case Kind::meter_change: return rooms_->change_meter(*link_, entry);
    case Kind::override_config: return rooms_->configure(*link_, entry);
    default: return;
  }
}

void LinkAudit::check_after(const Entry& entry) {
  if (!entry.room || !entry.after) return;
  const auto room = books_->balance(room_pocket(*entry.room, link_->holder));
  std::int64_t allow = 0;
  for (std::uint8_t utility = 0; utility <= utility_max; ++utility)
    allow = saturated_sum(allow, books_->balance(allow_pocket(*entry.room, static_cast<Utility>(utility), link_->holder)));
  if (entry.after->room.micros != room)
    findings_->add(AuditCause::after_differs, text_of(entry.place()) + " room", room, entry.after->room.micros);
  if (entry.after->allow.micros != allow)
    findings_->add(AuditCause::after_differs, text_of(entry.place()) + " allow", allow, entry.after->allow.micros);
}

/// The request that an answer names, if it stands in this link where the answer could see it, and has no answer yet.
std::optional<Entry> LinkAudit::asked(const Entry& answer) {
  const auto& cause = answer.cause;
  const bool named = cause && cause->link == link_->holder && cause->direction == Direction::down;
  auto request = named && cause->number <= down_.head().number ? entry_at(link_->down, cause->number) : std::nullopt;
  if (!request || !is_request(request->kind) || request->room != answer.room) {
    findings_->add(AuditCause::request_unknown, answer.place());
    return std::nullopt;
  }
  if (link_->open_requests.erase(cause->number) == 0) findings_->add(AuditCause::answered_twice, answer.place());
  return request;
}

void LinkAudit::answer(const Entry& entry) {
  const auto given = detail_of<Answer>(entry);
  const auto request = asked(entry);
  if (!given || !request) return;
  const auto release = request->kind == Kind::release_request ? detail_of<ReleaseRequest>(*request) : std::nullopt;
  const auto move = request->kind == Kind::close_request ? detail_of<CloseRequest>(*request) : std::nullopt;
  const auto id = release ? release->id : move ? move->id : Uid{};
  if (given->id != id) findings_->add(AuditCause::request_unknown, entry.place());
  requests_->answered(given->id, entry);
  if ((given->reason == AnswerReason::released) != !entry.lines.empty())
    findings_->add(AuditCause::release_differs, entry.place());
  if (entry.lines.empty()) return;
  const auto& line = entry.lines[0];
  const bool of_room = release && release->allow == Utility::none;
  const auto from = of_room ? PocketKind::room : PocketKind::allow;
  const bool right = release && entry.lines.size() == 1 && !link_->cancelled.contains(id) && line.from.kind == from &&
                     line.from.utility == release->allow && line.to == transit_pocket(id, release->allow);
  const auto most = release ? release->at_most.micros : 0;
  if (!right || line.amount.micros > most) findings_->add(AuditCause::release_differs, entry.place(), most, line.amount.micros);
}

void LinkAudit::close(const Entry& entry) {
  constexpr EdgeId elsewhere{~0U};  // what no request says
  const auto closed = detail_of<Close>(entry);
  if (!closed || !entry.room) return findings_->add(AuditCause::detail, entry.place());
  const auto request = asked(entry);
  const auto move = request && request->kind == Kind::close_request ? detail_of<CloseRequest>(*request) : std::nullopt;
  if (request && (!move || move->id != closed->id)) findings_->add(AuditCause::request_unknown, entry.place());
  requests_->answered(closed->id, entry);
  const auto at = link_->rooms.find(*entry.room);
  rooms_->close(at == link_->rooms.end() ? nullptr : &at->second, entry, *closed, move ? move->destination : elsewhere);
}

/// Once a number when it is typed; once an issue; an issue whose number was typed for the same amount is that same sale.
void LinkAudit::redeem(const Entry& entry) {
  const auto redeemed = detail_of<Redeem>(entry);
  if (!redeemed) return findings_->add(AuditCause::detail, entry.place());
  if (entry.lines.size() != 1 || entry.lines[0].from.kind != PocketKind::codes || entry.lines[0].amount != redeemed->amount)
    findings_->add(AuditCause::detail, entry.place());
  const auto fresh = link_->used.emplace(redeemed->name, UsedNumber{redeemed->amount, entry.cause.has_value()}).second;
  if (!entry.cause) {
    // While its issue waits, the sale is redeemed under the issue.
    const bool waits = std::any_of(link_->issues.begin(), link_->issues.end(), [&](const auto& issue) {
      return issue.second.name == redeemed->name && issue.second.amount == redeemed->amount;
    });
    if (!fresh || waits) findings_->add(AuditCause::code_twice, entry.place());
    return;
  }
  const auto issue = link_->issues.find(entry.cause->number);
  if (issue == link_->issues.end()) return findings_->add(AuditCause::code_twice, entry.place());
  if (issue->second.name != redeemed->name || issue->second.amount != redeemed->amount)
    findings_->add(AuditCause::code_unknown, entry.place());
  link_->issues.erase(issue);
}

/// Only the room's money, and as much as the consumption cost at most.
void LinkAudit::charge_again(const Entry& entry, const Entry& corrected, const Line& line) {
  auto& sum = link_->charged_again[corrected.place()];
  sum = saturated_sum(sum, line.amount.micros);
  std::int64_t cost = 0;
  for (const auto& was : corrected.lines)
    if (was.to == line.to) cost = saturated_sum(cost, was.amount.micros);
  if (line.from != room_pocket(*entry.room, link_->holder) || sum > cost)
    findings_->add(AuditCause::correction, text_of(entry.place()) + " " + to_text(line.from), cost, sum);
}

/// Money goes back to the pockets from which one consumption took it, and never more than that.
void LinkAudit::correct(const Entry& entry) {
  const bool own = entry.cause && entry.cause->link == link_->holder && entry.cause->direction == Direction::up &&
                   entry.cause->number < entry.number;
  const auto corrected = own ? entry_at(link_->up, entry.cause->number) : std::nullopt;
  if (!corrected || corrected->kind != Kind::consumption || corrected->room != entry.room)
    return findings_->add(AuditCause::correction, entry.place());
  auto& back = link_->corrected[corrected->place()];
  for (const auto& line : entry.lines) {
    if (line.to.kind == PocketKind::sold) {
      charge_again(entry, *corrected, line);
      continue;
    }
    auto& sum = back[line.to];
    std::int64_t taken = 0;
    for (const auto& was : corrected->lines)
      if (was.from == line.to && was.to == line.from) taken = saturated_sum(taken, was.amount.micros);
    sum = saturated_sum(sum, line.amount.micros);
    if (sum > taken) findings_->add(AuditCause::correction, text_of(entry.place()) + " " + to_text(line.to), taken, sum);
  }
}

}  // namespace wattle::auditing
