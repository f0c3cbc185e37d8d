#include "shared/ledger/audit_outside.hpp"

#include <string>

namespace wattle::auditing {

namespace {

std::string allowance_id(const AuditAllowance& granted) {
  return "allow/" + std::to_string(granted.room.value) + "/" + std::to_string(static_cast<int>(granted.utility)) + "/" +
         granted.term;
}

std::string refund_text(const Uid& request, std::uint32_t part) {
  return "refund/" + to_hex(request) + "/" + std::to_string(part);
}

std::string what(const Entry& entry) { return text_of(entry.place()) + " " + std::string(entry.outside.text()); }

/// What an entry's lines move away from, or towards, the first pocket of a kind.
template <class Chosen>
std::optional<std::pair<Pocket, Money>> sum_of(const Entry& entry, const Chosen& chosen) {
  std::optional<std::pair<Pocket, Money>> sum;
  for (const auto& line : entry.lines) {
    const auto pocket = chosen(line);
    if (!pocket) continue;
    if (!sum) sum = {*pocket, Money{}};
    sum->second = add(sum->second, line.amount).value_or(sum->second);
  }
  return sum;
}

template <class Kind>
auto from_kind(Kind kind) {
  return [kind](const Line& line) { return line.from.kind == kind ? std::optional(line.from) : std::nullopt; };
}

}  // namespace

Outside::Outside(const AuditInput& input, Findings& findings) : input_(&input), findings_(&findings), decisions_(input) {
  if (input.payments)
    for (const auto& payment : *input.payments) payments_["pay/" + payment.number] = {&payment};
  if (input.refunds)
    for (const auto& refund : *input.refunds) refunds_[{refund.request, refund.part}] = {&refund};
  if (input.receipts)
    for (const auto& receipt : *input.receipts) receipts_[receipt.receipt] = {&receipt};
  if (input.allowances)
    for (const auto& granted : *input.allowances) allowances_[allowance_id(granted)] = {&granted};
  if (input.first_readings)
    for (const auto& first : *input.first_readings) first_readings_[{first.meter, first.circuit}] = first.reading;
  if (input.registers)
    for (const auto& now : *input.registers) registers_[{now.meter, now.circuit}] = now.reading;
}

void Outside::note(const Entry& entry) {
  decisions_.note(entry);
  // A payment for a stay that is over lies in suspense; there it is still that payment.
  const bool is_payment = entry.outside.text().starts_with("pay/");
  const auto paid = sum_of(entry, [&](const Line& line) {
    const bool pays = line.from.kind == PocketKind::clearing && (line.to.kind != PocketKind::suspense || is_payment);
    return pays ? std::optional(line.from) : std::nullopt;
  });
  const bool decided = entry.kind == Kind::resolve && detail_of<Payout>(entry);  // by an order, which the evidence has too
  if (entry.kind != Kind::payout && !decided && !is_payment)
    for (const auto& line : entry.lines) note_decision(line);
  if (paid) note_payment(entry, paid->first, paid->second);
  const auto returned = sum_of(entry, [&](const Line& line) {
    // From suspense a person may settle with a provider; as a payout it is a refund that was not released.
    const bool of_payout = entry.kind == Kind::payout && line.from.kind == PocketKind::suspense;
    const bool returns =
        line.to.kind == PocketKind::clearing && (line.from.kind == PocketKind::transit || of_payout || decided);
    if (returns && of_payout) findings_->add(AuditCause::refund_unreleased, what(entry), 0, line.amount.micros);
    return returns ? std::optional(line.to) : std::nullopt;
  });
  if (returned) note_refund(entry, returned->first, returned->second);
  if (const auto cash = sum_of(entry, from_kind(PocketKind::drawer))) note_receipt(entry, cash->first, cash->second);
  if (const auto given = sum_of(entry, from_kind(PocketKind::subsidy))) note_allowance(entry, given->second);
}

/// A person's, which no bill shows.
void Outside::note_decision(const Line& line) {
  const bool to_suspense = line.from.kind == PocketKind::clearing && line.to.kind == PocketKind::suspense;
  const bool from_suspense = line.from.kind == PocketKind::suspense && line.to.kind == PocketKind::clearing;
  if (!to_suspense && !from_suspense) return;
  auto& sum = decided_[to_suspense ? line.from.number : line.to.number];
  sum = saturated_sum(sum, to_suspense ? -line.amount.micros : line.amount.micros);
}

void Outside::note_payment(const Entry& entry, const Pocket& from, Money amount) {
  if (!input_->payments) return;
  const auto at = payments_.find(std::string(entry.outside.text()));
  if (at == payments_.end()) return findings_->add(AuditCause::payment_unbilled, what(entry), 0, amount.micros);
  const auto& payment = *at->second.evidence;
  at->second.booked = true;
  if (payment.amount != amount || static_cast<std::uint32_t>(payment.provider) != from.number || entry.room != payment.room)
    findings_->add(AuditCause::payment_differs, what(entry), payment.amount.micros, amount.micros);
}

void Outside::note_refund(const Entry& entry, const Pocket& to, Money amount) {
  if (!input_->refunds) return;
  const bool is_payout = entry.kind == Kind::payout || entry.kind == Kind::resolve;
  const auto payout = is_payout ? detail_of<Payout>(entry) : std::nullopt;
  const auto at = payout ? refunds_.find({payout->request, payout->part}) : refunds_.end();
  if (at == refunds_.end()) return findings_->add(AuditCause::refund_unbilled, what(entry), 0, amount.micros);
  const auto& refund = *at->second.evidence;
  at->second.booked = true;
  if (refund.amount != amount || static_cast<std::uint32_t>(refund.provider) != to.number)
    findings_->add(AuditCause::refund_differs, what(entry), refund.amount.micros, amount.micros);
}

/// Cash that was booked without a receipt is no difference here: the printer may have failed, and the drawer's count shows it.
void Outside::note_receipt(const Entry& entry, const Pocket& from, Money amount) {
  constexpr std::string_view sort = "receipt/";
  const auto text = entry.outside.text();
  const auto id = text.starts_with(sort) ? parse_uid(text.substr(sort.size())) : std::nullopt;
  const auto at = id ? receipts_.find(*id) : receipts_.end();
  if (at == receipts_.end()) return;
  const auto& receipt = *at->second.evidence;
  at->second.booked = true;
  if (receipt.amount != amount || (receipt.holder && *receipt.holder != from.holder))
    findings_->add(AuditCause::receipt_differs, what(entry), receipt.amount.micros, amount.micros);
}

void Outside::note_allowance(const Entry& entry, Money amount) {
  if (!input_->allowances) return;
  const auto at = allowances_.find(std::string(entry.outside.text()));
  if (at == allowances_.end()) return findings_->add(AuditCause::allowance_ungranted, what(entry), 0, amount.micros);
  const auto& granted = *at->second.evidence;
  at->second.booked = true;
  if (granted.amount != amount || entry.room != granted.room)
    findings_->add(AuditCause::allowance_differs, what(entry), granted.amount.micros, amount.micros);
}

void Outside::find_missing(const Hindrances& hindrances, std::uint64_t& waiting) {
  const auto is_missing = [&](auto& claim, const auto& is_held_up) {
    claim.waits = !claim.booked && !input_->at_rest && claim.evidence->accepted && is_held_up(*claim.evidence);
    waiting += claim.waits ? 1 : 0;
    return !claim.booked && !claim.waits;
  };
  if (input_->payments)
    for (const auto& payment : *input_->payments)
      if (is_missing(payments_.at("pay/" + payment.number), hindrances.of_payment))
        findings_->add(AuditCause::payment_missing, "pay/" + payment.number, payment.amount.micros, 0);
  if (input_->allowances)
    for (const auto& granted : *input_->allowances) {
      auto& claim = allowances_.at(allowance_id(granted));
      const bool is_over = !claim.booked && granted.accepted && hindrances.has_passed(granted);
      if (!is_over && is_missing(claim, hindrances.of_allowance))
        findings_->add(AuditCause::allowance_missing, allowance_id(granted), granted.amount.micros, 0);
    }
  for (auto& [key, claim] : refunds_)
    if (is_missing(claim, hindrances.of_refund))
      findings_->add(AuditCause::refund_missing, refund_text(key.first, key.second), claim.evidence->amount.micros, 0);
  find_missing_receipts();
}

void Outside::find_missing_receipts() {
  for (const auto& [receipt, claim] : receipts_)
    if (!claim.booked)
      findings_->add(AuditCause::receipt_missing, "receipt/" + to_hex(receipt), claim.evidence->amount.micros, 0);
}

void Outside::compare_clearing(const std::map<Pocket, std::int64_t>& standing) {
  if (!input_->payments || !input_->refunds) return;
  std::map<std::uint32_t, std::pair<std::int64_t, std::int64_t>> bills;  // provider: by the bill, in the books
  for (const auto& payment : *input_->payments)
    if (!payments_.at("pay/" + payment.number).waits)
      bills[static_cast<std::uint32_t>(payment.provider)].first -= payment.amount.micros;
  for (const auto& [provider, amount] : decided_) bills[provider].first += amount;
  for (const auto& refund : *input_->refunds)
    if (!refunds_.at({refund.request, refund.part}).waits)
      bills[static_cast<std::uint32_t>(refund.provider)].first += refund.amount.micros;
  for (const auto& [pocket, micros] : standing)
    if (pocket.kind == PocketKind::clearing) bills[pocket.number].second = micros;
  for (const auto& [provider, both] : bills)
    if (both.first != both.second)
      findings_->add(AuditCause::clearing_differs, to_text(clearing_pocket(static_cast<Provider>(provider))), both.first,
                     both.second);
}

const Quantity* Outside::find(const Known& known, const RegisterId& id) {
  auto at = known.find(id);
  if (at == known.end()) at = known.find({id.meter, {}});
  return at == known.end() ? nullptr : &at->second;
}

std::int64_t Outside::register_or(const RegisterId& id, Quantity charged) const {
  const auto* known = find(registers_, id);
  return known == nullptr ? charged.units : known->units;
}

namespace {

std::string text_of(const RegisterId& id) { return "meter " + std::to_string(id.meter.value); }

}  // namespace

void Outside::compare_meters(const MeterFigures& meters) {
  Wide moved = 0;
  for (const auto& [id, reading] : meters.begun) {
    const auto* first = find(first_readings_, id);
    if (first != nullptr && *first != reading)
      findings_->add(AuditCause::first_reading_differs, text_of(id), first->units, reading.units);
    moved -= first == nullptr ? reading.units : first->units;
  }
  for (const auto& [id, reading] : meters.charged_to) {
    const auto now = register_or(id, reading);
    const bool may_differ = !input_->slices_closed || meters.idle.contains(id);
    moved += may_differ ? std::min(reading.units, now) : now;
    const auto cause = reading.units > now ? AuditCause::register_behind : AuditCause::register_differs;
    if (reading.units > now || (!may_differ && reading.units < now)) findings_->add(cause, text_of(id), now, reading.units);
  }
  for (const auto& [id, reading] : meters.removed)
    moved += meters.charged_to.contains(id) ? reading.units : register_or(id, reading);
  if (input_->slices_closed && input_->registers && moved != meters.units)
    findings_->add(AuditCause::energy_differs, "all meters", static_cast<std::int64_t>(moved), meters.units);
}

}  // namespace wattle::auditing
