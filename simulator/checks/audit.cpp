// At rest, of one run in a few: the product's own audit finds no difference in what the swarm has written. It shares no code
// with the fold nor with the checks here; so each is tried against the other, and what it calls a difference must be one.

#include <algorithm>

#include "shared/ledger/audit.hpp"
#include "simulator/nodes/world.hpp"

namespace wattle::sim {

namespace {

constexpr std::uint64_t audited_one_in = 5;  // of the swarm's seeds: else it would take a twentieth of their time

AuditAllowance granted_by(const cloud::AllowanceGrant& grant) {
  return {grant.room, grant.utility, grant.term, grant.amount, grant.opening, true, {}};
}

void add_orders(AuditInput& input, const cloud::Site& site) {
  input.allowances.emplace();
  for (const auto& [id, order] : site.orders()) {
    if (const auto* grant = std::get_if<cloud::AllowanceGrant>(&order)) input.allowances->push_back(granted_by(*grant));
    if (const auto* decided = std::get_if<cloud::Resolution>(&order))
      input.decisions.push_back({decided->id, decided->of, decided->amount, decided->room, decided->opening});
  }
}

/// What happened outside; nothing of what a meter that was taken away has shown.
void add_facts(AuditInput& input, const Facts& facts, const cloud::Site& site) {
  input.payments.emplace();
  for (const auto& [number, payment] : facts.payments) {
    const auto issuer = payment.code ? std::optional(payment.code->issuer) : std::nullopt;
    input.payments->push_back({payment.number, payment.provider, payment.room, payment.amount, payment.opening, issuer, true});
  }
  input.refunds.emplace();
  for (const auto& [key, refund] : facts.refunds)
    if (refund.outcome == cloud::RefundOutcome::paid)
      input.refunds->push_back({key.first, key.second, refund.provider, refund.amount, true});
  for (const auto& [decision, paid] : facts.paid_by_hand)
    if (site.index().has(OutsideId("resolve/" + to_hex(decision))))
      input.refunds->push_back({decision, 0, paid.provider, paid.amount, true});
  input.receipts.emplace();
  for (const auto& [receipt, sale] : facts.receipts) input.receipts->push_back({std::nullopt, receipt, sale.second});
  input.registers.emplace();
  for (const auto& [circuit, meter] : facts.meters) input.registers->push_back({meter.number, {meter.register_units}, circuit});
}

std::string told(const Difference& one) {
  return std::string(word(one.cause)) + " of " + one.what + ": " + std::to_string(one.expected) + " expected, " +
         std::to_string(one.found) + " found";
}

}  // namespace

/// Stories are all audited: what each shows happens seldom.
bool World::is_audited() const { return options_.steps == 0 || options_.seed % audited_one_in == 0; }

void World::check_audit() const {
  const auto& site = *processes_[ingest_].site;
  AuditInput input;
  input.site = the_site;
  for (const auto& id : database_.streams()) {
    const bool received = id.direction == Direction::up;
    const auto box = site.boxes().find(id.link);
    const auto writer = !received ? cloud_key() : box == site.boxes().end() ? PublicKey{} : box->second.key;
    input.streams.push_back(audit_stream(database_, id, writer, received));
    for (auto& record : database_.listed(id)) input.listed.push_back(std::move(record));
  }
  for (const auto& [holder, row] : site.boxes())
    if (const auto* link = site.link(holder); link != nullptr && !link->row().fenced) input.writable.insert(holder);
  input.listed_fences.insert(facts_.lists.fences.begin(), facts_.lists.fences.end());
  input.settled = input.at_rest = input.slices_closed = true;
  add_orders(input, site);
  add_facts(input, facts_, site);
  for (const auto& one : audit(input, *crypto_).differences) throw Violation("audit", told(one));
}

}  // namespace wattle::sim
