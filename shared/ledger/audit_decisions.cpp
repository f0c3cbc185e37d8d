#include "shared/ledger/audit_decisions.hpp"

#include "shared/ledger/audit_stream.hpp"
#include "shared/ledger/kinds.hpp"

namespace wattle::auditing {

namespace {

std::string id_of(const AuditDecision& decided) { return "resolve/" + to_hex(decided.id); }

}  // namespace

Decisions::Decisions(const AuditInput& input) : input_(&input) {
  for (const auto& decided : input.decisions) suspended_[decided.of] = 0;
}

void Decisions::note(const Entry& entry) {
  if (suspended_.empty()) return;
  const auto text = entry.outside.text();
  if (text.starts_with("resolve/")) booked_.emplace(text);
  // As the provider's bill named it, before the order was known.
  const auto paid = entry.kind == Kind::payout ? detail_of<Payout>(entry) : std::nullopt;
  if (paid && paid->part == 0) booked_.insert("resolve/" + to_hex(paid->request));
  const auto at = suspended_.find(text);
  if (at == suspended_.end()) return;
  for (const auto& line : entry.lines)
    if (line.to.kind == PocketKind::suspense) at->second = saturated_sum(at->second, line.amount.micros);
}

/// What is there is for the first that it covers.
std::vector<AuditWait> Decisions::waiting(const Rooms& rooms, Findings& findings) const {
  auto left = suspended_;
  std::vector<const AuditDecision*> open;
  for (const auto& decided : input_->decisions) {
    if (booked_.contains(id_of(decided))) {
      auto& rest = left.at(decided.of);
      rest = saturated_sum(rest, -decided.amount.micros);
    } else if (decided.room.value == 0 || !rooms.has_passed(decided.room, decided.opening)) {
      open.push_back(&decided);
    }
  }
  std::vector<AuditWait> waits;
  for (const auto* decided : open) {
    const bool is_there = suspended_.at(decided->of) > 0;
    auto& rest = left.at(decided->of);
    if (!is_there || rest < decided->amount.micros) {
      waits.push_back({is_there ? WaitCause::suspense_less : WaitCause::suspense_missing, id_of(*decided), decided->of});
      continue;
    }
    rest -= decided->amount.micros;
    if (rooms.is_free(*decided))
      findings.add(AuditCause::decision_missing, id_of(*decided), decided->amount.micros, 0);
    else if (decided->room.value != 0)
      waits.push_back({WaitCause::room, id_of(*decided), "room " + std::to_string(decided->room.value)});
    else
      waits.push_back({WaitCause::site, id_of(*decided), text_of(cloud_holder)});
  }
  return waits;
}

}  // namespace wattle::auditing
