// The providers' bills against the lines, and each payment against the entry that books it.

#include "simulator/checks/books.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

void check_bills(const std::map<Place, Entry>& entries, const Facts& facts) {
  using K = PocketKind;
  std::map<Pocket, std::int64_t> clearing;
  std::map<OutsideId, std::map<Pocket, std::int64_t>> taken;
  std::set<OutsideId> resolved;  // else a restore has led its money elsewhere, and a person is told
  for (const auto& [place, entry] : entries) {
    if (entry.kind == Kind::resolve) resolved.insert(entry.outside);
    for (const auto& line : entry.lines) {
      if (line.to.kind == K::clearing) clearing[line.to] += line.amount.micros;
      if (line.from.kind != K::clearing) continue;
      clearing[line.from] -= line.amount.micros;
      taken[entry.outside][line.from] += line.amount.micros;
    }
  }
  for (const auto& [number, payment] : facts.payments) {
    const auto at = taken.find(cloud::id_of(payment));
    require(at != taken.end(), "payment lost", number + " stands in no entry");
    const auto& [pocket, micros] = *at->second.begin();
    require(at->second.size() == 1 && pocket == clearing_pocket(payment.provider) && micros == payment.amount.micros,
            "provider's bill", number + " is booked otherwise than it was paid");
    clearing[pocket] += micros;
  }
  for (const auto& [key, refund] : facts.refunds)
    if (refund.outcome == cloud::RefundOutcome::paid) clearing[clearing_pocket(refund.provider)] -= refund.amount.micros;
  for (const auto& [decision, paid] : facts.paid_by_hand)
    if (resolved.contains(OutsideId("resolve/" + to_hex(decision))))
      clearing[clearing_pocket(paid.provider)] -= paid.amount.micros;
  for (const auto& [pocket, micros] : clearing)
    require(micros == 0, "provider's bill", to_text(pocket) + " differs from its provider's bill by " + std::to_string(micros));
}

}  // namespace wattle::sim
