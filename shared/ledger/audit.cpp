#include "shared/ledger/audit.hpp"

#include <algorithm>

#include "shared/ledger/audit_link.hpp"
#include "shared/ledger/audit_outside.hpp"

namespace wattle {

namespace auditing {

namespace {

class Audit {
 public:
  Audit(const AuditInput& input, const Crypto& crypto)
      : input_(&input),
        crypto_(&crypto),
        findings_(report_),
        outside_(input, findings_),
        books_(input, outside_, findings_, report_.totals),
        rooms_(books_, findings_, report_.totals),
        requests_(findings_) {}

  AuditReport run();

 private:
  void find_streams();
  void find_fences();
  /// Where a room stands with one of its openings.
  struct Standing {
    bool payable = false;  // open in a link in which the cloud may write
    bool passed = false;   // over: no money of it reaches whoever comes next
    bool whole = true;     // each of its opens has its close, and the other way round
  };
  Standing standing_of(RoomId room, std::uint32_t opening) const;
  bool is_held_up(const AuditPayment& payment) const;
  bool is_held_up(const AuditAllowance& granted) const;
  bool is_held_up(const AuditRefund& refund) const;
  bool is_free(const AuditDecision& decided) const;
  bool has_passed(const AuditAllowance& granted) const { return standing_of(granted.room, granted.opening).passed; }
  void check_rest(const std::map<Pocket, std::int64_t>& standing);
  void check_pocket(const Pocket& pocket, std::int64_t micros);
  void add_up(const std::map<Pocket, std::int64_t>& standing);
  void count_lists();

  const AuditInput* input_;
  const Crypto* crypto_;
  AuditReport report_;
  Findings findings_;
  Outside outside_;
  Books books_;
  Rooms rooms_;
  Requests requests_;
  std::map<Holder, LinkBook> links_;
  const AuditStream* site_ = nullptr;
};

void Audit::find_streams() {
  for (const auto& stream : input_->streams) {
    const auto holder = stream.id.link;
    const AuditStream** at = &site_;
    if (stream.id.direction != Direction::site) {
      auto& link = links_[holder];
      link.holder = holder;
      at = stream.id.direction == Direction::up ? &link.up : &link.down;
    }
    if (*at != nullptr || stream.id.site != input_->site)
      findings_.add(AuditCause::misplaced, Place{holder, stream.id.direction, 0});
    else
      *at = &stream;
  }
}

/// Fences are read first: they say where a link ends, and whose pockets the cloud holds.
void Audit::find_fences() {
  if (site_ == nullptr) return;
  for (auto number = site_->first; number <= site_->last; ++number) {
    const auto record = site_->record(number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    const auto fence = entry && entry->kind == Kind::fence ? detail_of<Fence>(*entry) : std::nullopt;
    if (fence) books_.note_fence(*fence);
  }
}

AuditReport Audit::run() {
  find_streams();
  find_fences();
  for (auto& [holder, link] : links_) LinkAudit(link, books_, rooms_, requests_, *crypto_, findings_).run();
  Walk walk(site_, *crypto_, findings_);
  SiteAudit(links_, books_, rooms_, requests_, findings_).run(walk);
  rooms_.join();
  books_.settle_passages();
  outside_.compare_meters({rooms_.begun(), rooms_.removed(), rooms_.charged_to(links_), rooms_.idle(links_), rooms_.units()});
  const auto standing = books_.standing();
  add_up(standing);
  outside_.find_missing({[this](const AuditPayment& payment) { return is_held_up(payment); },
                         [this](const AuditAllowance& granted) { return is_held_up(granted); },
                         [this](const AuditRefund& refund) { return is_held_up(refund); },
                         [this](const AuditAllowance& granted) { return has_passed(granted); }},
                        report_.totals.waiting);
  report_.waits =
      outside_.decisions().waiting({[this](RoomId room, std::uint32_t opening) { return standing_of(room, opening).passed; },
                                    [this](const AuditDecision& decided) { return is_free(decided); }},
                                   findings_);
  report_.totals.waiting += report_.waits.size();
  outside_.compare_clearing(standing);
  if (input_->at_rest) check_rest(standing);
  count_lists();
  return std::move(report_);
}

void Audit::add_up(const std::map<Pocket, std::int64_t>& standing) {
  Wide sum = 0;
  for (const auto& [pocket, micros] : standing) {
    sum += micros;
    report_.standing.emplace(pocket, Money{micros});
    auto& kind = report_.totals.balances[pocket.kind].micros;
    kind = saturated_sum(kind, micros);
    const bool allowance =
        pocket.kind == PocketKind::allow || (pocket.kind == PocketKind::transit && pocket.utility != Utility::none);
    auto& left = report_.totals.allowance_left.micros;
    if (allowance) left = saturated_sum(left, micros);
  }
  if (sum != 0) findings_.add(AuditCause::sum_not_zero, "all pockets", 0, static_cast<std::int64_t>(sum));
}

Audit::Standing Audit::standing_of(RoomId room, std::uint32_t opening) const {
  Standing standing;
  std::uint32_t newest = 0;
  int open = 0;
  for (const auto& [holder, link] : links_) {
    const auto at = link.rooms.find(room);
    if (at == link.rooms.end()) continue;
    const auto& book = at->second;
    newest = std::max(newest, book.opening);
    const bool is_leaving = link.open_requests.contains(book.asked_to_close_at);
    open += book.open ? 1 : 0;
    standing.payable =
        standing.payable || (book.open && book.opening == opening && input_->writable.contains(holder) && !is_leaving);
  }
  standing.passed = newest > opening || (open == 0 && newest == opening && rooms_.has_ended(room, opening));
  standing.whole = open <= 1 && !rooms_.has_hole(room);
  return standing;
}

/// The cloud books what is paid in the commit that accepts it, or in the one that takes the last hindrance away. So what is
/// accepted and not booked, with nothing in its way, never will be. Into an open room it pays also while it has not heard all
/// boxes, if nothing of the room's way is missing; into suspense only when it has.
bool Audit::is_held_up(const AuditPayment& payment) const {
  const auto& issuer = payment.issuer;
  if (issuer && input_->listed_fences.contains(*issuer)) return !input_->settled;
  if (issuer) return !input_->writable.contains(*issuer);
  const auto standing = standing_of(payment.room, payment.opening);
  return !(standing.payable && standing.whole) && !(input_->settled && (standing.payable || standing.passed));
}

bool Audit::is_held_up(const AuditAllowance& granted) const {
  const auto is_open = [this](const Uid& release) { return !requests_.is_answered(release); };
  if (std::any_of(granted.after.begin(), granted.after.end(), is_open)) return true;
  const auto standing = standing_of(granted.room, granted.opening);
  return !standing.payable || !(standing.whole || input_->settled);
}

/// It is paid out of what its box has released, by its answer.
bool Audit::is_held_up(const AuditRefund& refund) const { return !input_->settled || !requests_.is_answered(refund.request); }

/// Suspense is decided about when all boxes have spoken and every fence can be restored.
bool Audit::is_free(const AuditDecision& decided) const {
  const auto is_listed = [this](const auto& fence) { return input_->listed_fences.contains(fence.first); };
  if (!input_->settled || !std::all_of(books_.fences().begin(), books_.fences().end(), is_listed)) return false;
  const auto standing = standing_of(decided.room, decided.opening);
  return decided.room.value == 0 || (standing.payable && standing.whole);
}

void Audit::check_rest(const std::map<Pocket, std::int64_t>& standing) {
  for (const auto& [holder, link] : links_) {
    const bool fenced = books_.fences().contains(holder);
    for (const auto number : link.open_requests)
      if (!fenced) findings_.add(AuditCause::request_open, Place{holder, Direction::down, number});
    for (const auto& [number, code] : link.issues)
      findings_.add(AuditCause::codes_left, Place{holder, Direction::down, number}, 0, code.amount.micros);
    for (const auto& [id, room] : link.rooms)
      if (fenced && room.open)
        findings_.add(AuditCause::fenced_room_open, text_of(holder) + " room " + std::to_string(id.value));
  }
  for (const auto& [pocket, micros] : standing) check_pocket(pocket, micros);
  const auto& totals = report_.totals;
  const auto accounted =
      saturated_sum(totals.allowance_used.micros, saturated_sum(totals.allowance_ended.micros, totals.allowance_left.micros));
  if (totals.allowance_given.micros != accounted)
    findings_.add(AuditCause::subsidy_differs, "allowances", totals.allowance_given.micros, accounted);
}

void Audit::check_pocket(const Pocket& pocket, std::int64_t micros) {
  switch (pocket.kind) {
    case PocketKind::transit:
      if (micros > 0) findings_.add(AuditCause::transit_left, to_text(pocket), 0, micros);
      return;
    case PocketKind::codes: return findings_.add(AuditCause::codes_left, to_text(pocket), 0, micros);
    case PocketKind::card:
    case PocketKind::room:
    case PocketKind::allow: break;
    default: return;
  }
  if (books_.fences().contains(pocket.holder)) return findings_.add(AuditCause::fenced_pocket_left, to_text(pocket), 0, micros);
  if (pocket.kind == PocketKind::card) return;
  const auto link = links_.find(pocket.holder);
  const auto* rooms = link == links_.end() ? nullptr : &link->second.rooms;
  const auto room = rooms != nullptr ? rooms->find(pocket.room()) : std::map<RoomId, RoomBook>::const_iterator{};
  if (rooms == nullptr || room == rooms->end() || !room->second.open)
    findings_.add(AuditCause::closed_pocket_left, to_text(pocket), 0, micros);
}

void Audit::count_lists() {
  std::set<OutsideId> counted;  // the lists may hold one sale on several branches
  for (const auto& record : input_->listed) {
    const auto entry = decode_entry(record.bytes);
    if (!entry || entry->kind != Kind::cash || entry->lines.empty() || books_.holds(entry->outside)) continue;
    if (!counted.insert(entry->outside).second) continue;
    ++report_.totals.listed_sales;
    auto& sum = report_.totals.listed_cash.micros;
    sum = saturated_sum(sum, entry->lines[0].amount.micros);
  }
}

}  // namespace

}  // namespace auditing

AuditReport audit(const AuditInput& input, const Crypto& crypto) { return auditing::Audit(input, crypto).run(); }

}  // namespace wattle
