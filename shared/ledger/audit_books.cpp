#include "shared/ledger/audit_books.hpp"

#include <cstring>

namespace wattle::auditing {

namespace {

std::uint64_t hash_of(const OutsideId& id) { return std::hash<std::string_view>{}(id.text()); }

bool carries_room(PocketKind kind) {
  return kind == PocketKind::room || kind == PocketKind::allow || kind == PocketKind::arrears;
}

/// Its holder alone may take from it, and sees at once whether it is there.
bool is_box_purse(const Pocket& pocket) {
  const bool purse = pocket.kind == PocketKind::room || pocket.kind == PocketKind::allow || pocket.kind == PocketKind::card;
  return purse && !pocket.holder.is_cloud();
}

}  // namespace

std::size_t PocketHash::operator()(const Pocket& pocket) const {
  constexpr std::uint64_t spread = 0x9e3779b97f4a7c15;
  std::uint64_t id = 0;
  std::memcpy(&id, pocket.id.bytes.data(), sizeof id);
  std::uint64_t mixed = static_cast<std::uint64_t>(pocket.kind) << 8 | static_cast<std::uint64_t>(pocket.utility);
  for (const std::uint64_t part :
       {std::uint64_t{pocket.holder.edge.value} << 32 | pocket.holder.incarnation.value, std::uint64_t{pocket.number}, id})
    mixed = (mixed ^ part ^ (mixed >> 29)) * spread;
  return mixed ^ (mixed >> 32);
}

Books::Books(const AuditInput& input, Outside& outside, Findings& findings, AuditTotals& totals)
    : input_(&input), outside_evidence_(&outside), findings_(&findings), totals_(&totals) {}

OutsideId Books::outside_of(const Place& place) const {
  for (const auto& stream : input_->streams) {
    if (stream.id.link != place.link || stream.id.direction != place.direction) continue;
    const auto record = stream.record(place.number);
    const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
    if (entry) return entry->outside;
  }
  return {};
}

bool Books::holds(const OutsideId& id) const {
  const auto at = outside_.find(hash_of(id));
  return at != outside_.end() && (outside_of(at->second) == id || met_.contains(id));
}

void Books::count_outside_id(const Entry& entry) {
  if (entry.outside.empty()) {
    // What a person or a provider wanted has a name; what only follows from readings and requests has none.
    if (entry.stream.direction != Direction::up || entry.kind == Kind::cash)
      findings_->add(AuditCause::outside_id_missing, entry.place());
    return;
  }
  const auto [at, fresh] = outside_.emplace(hash_of(entry.outside), entry.place());
  if (fresh) return;
  const bool twice = outside_of(at->second) == entry.outside || !met_.insert(entry.outside).second;
  if (twice) findings_->add(AuditCause::outside_id_twice, text_of(entry.place()) + " " + std::string(entry.outside.text()));
}

void Books::book(const Entry& entry) {
  ++totals_->entries;
  count_outside_id(entry);
  outside_evidence_->note(entry);
  const bool is_own = entry.stream.direction == Direction::site;
  const auto fence = is_own && entry.kind == Kind::fence ? detail_of<Fence>(entry) : std::nullopt;
  if (fence) fences_read_.emplace(fence->holder, *fence);
  for (const auto& line : entry.lines) {
    if (const auto fault = line_fault(line, entry.stream, is_own ? fences_read_ : fences_))
      findings_->add(*fault, text_of(entry.place()) + " " + to_text(line.from) + " to " + to_text(line.to), 0,
                     line.amount.micros);
    for (const auto* pocket : {&line.from, &line.to})
      if (carries_room(pocket->kind) && entry.room != pocket->room())
        findings_->add(AuditCause::foreign_room, text_of(entry.place()) + " " + to_text(*pocket));
    move(entry, line);
    pass(entry, line);
    total(entry.kind, line);
  }
}

void Books::move(const Entry& entry, const Line& line) {
  auto& from = balance(line.from);
  auto& to = balance(line.to);
  std::int64_t left = 0;
  std::int64_t sum = 0;
  if (__builtin_sub_overflow(from, line.amount.micros, &left))
    findings_->add(AuditCause::overflow, entry.place());
  else
    from = left;
  if (__builtin_add_overflow(to, line.amount.micros, &sum))
    findings_->add(AuditCause::overflow, entry.place());
  else
    to = sum;
  if (!line.measured && from < 0 && is_box_purse(line.from))
    findings_->add(AuditCause::not_covered, text_of(entry.place()) + " " + to_text(line.from), 0, from);
}

/// The site's own stream writes again after a restore what it had written, under other numbers; the boxes' streams go on naming
/// the old ones. Those transits are named by what fills them (cloud/core/minting.cpp), so that the pocket itself tells.
static bool is_same_cause(const Place& one, const Place& other) {
  return one == other || (one.direction == Direction::site && other.direction == Direction::site);
}

void Books::pass(const Entry& entry, const Line& line) {
  if (line.to.kind == PocketKind::transit) {
    // Written on behalf of a box for what was lost with it, it stands where that stood.
    const bool stands_for = entry.stream.direction == Direction::site && entry.cause && entry.cause->direction == Direction::up;
    const auto place = stands_for ? *entry.cause : entry.place();
    auto& filled = passages_[line.to].filled;
    if (filled && *filled != place)
      findings_->add(AuditCause::transit_filled_twice, text_of(entry.place()) + " " + to_text(line.to));
    if (!filled) filled = place;
  }
  if (line.from.kind == PocketKind::transit) {
    auto& passage = passages_[line.from];
    if (!entry.cause)
      passage.odd = entry.place();
    else if (!passage.named)
      passage.named = entry.cause;
    else if (!is_same_cause(*passage.named, *entry.cause))
      passage.odd = entry.place();
  }
}

/// The transits' entries stand in several streams, so they are compared when all have been read.
void Books::settle_passages() {
  std::map<Pocket, Passage> ordered(passages_.begin(), passages_.end());
  for (const auto& [pocket, passage] : ordered) {
    if (passage.odd)
      findings_->add(AuditCause::transit_cause, text_of(*passage.odd) + " " + to_text(pocket));
    else if (passage.named && passage.filled && !is_same_cause(*passage.named, *passage.filled))
      findings_->add(AuditCause::transit_cause, text_of(*passage.filled) + " " + to_text(pocket));
  }
  for (const auto& [pocket, micros] : standing()) {
    const bool purse_of_cloud = pocket.kind == PocketKind::transit || pocket.kind == PocketKind::card;
    if (purse_of_cloud && pocket.holder.is_cloud() && micros < 0)
      findings_->add(AuditCause::transit_overdrawn, to_text(pocket), 0, micros);
  }
}

std::map<Pocket, std::int64_t> Books::standing() const {
  std::map<Pocket, std::int64_t> ordered;
  for (const auto& [pocket, micros] : balances_)
    if (micros != 0) ordered.emplace(pocket, micros);
  return ordered;
}

void Books::total(Kind kind, const Line& line) {
  const auto count = [](Money& sum, std::int64_t micros) { sum.micros = saturated_sum(sum.micros, micros); };
  const auto amount = line.amount.micros;
  if (amount <= 0) return;
  using K = PocketKind;
  const auto from = line.from.kind;
  const auto to = line.to.kind;
  if (from == K::clearing && to != K::suspense) count(totals_->paid[static_cast<Provider>(line.from.number)], amount);
  if (to == K::clearing && (from != K::suspense || kind == Kind::payout))
    count(totals_->refunded[static_cast<Provider>(line.to.number)], amount);
  if (from == K::drawer) count(totals_->cash, amount);
  if (from == K::subsidy) count(totals_->allowance_given, amount);
  const bool undecided = from == K::transit && line.from.utility != Utility::none && to == K::suspense;
  if (to == K::subsidy || undecided) count(totals_->allowance_ended, amount);
  if (from == K::allow && to == K::sold) count(totals_->allowance_used, amount);
  if (from == K::sold && to == K::allow) count(totals_->allowance_used, -amount);
  if (to == K::sold) count(totals_->sold[line.to.utility], amount);
  if (from == K::sold) count(totals_->sold[line.from.utility], -amount);
}

}  // namespace wattle::auditing
