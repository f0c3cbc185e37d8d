// Money in suspense, about which a person has decided. How much of an entry's money is decided about follows from the orders
// alone: they are in the journal, so that after a restore none is decided about twice.

#include "cloud/core/box.hpp"

namespace wattle::cloud {

/// An order whose opening ended before it was carried out decides nothing any more.
std::map<OutsideId, Money> Site::undecided() const {
  auto left = index_.suspended();
  for (const auto& [id, order] : orders_) {
    const auto* resolution = std::get_if<Resolution>(&order);
    if (resolution == nullptr || (is_done(id, order) && !index_.has(id))) continue;
    if (const auto at = left.find(OutsideId(resolution->of)); at != left.end()) at->second.micros -= resolution->amount.micros;
  }
  return left;
}

bool Site::exceeds(const Resolution& resolution) const {
  const auto left = undecided();
  const auto at = left.find(OutsideId(resolution.of));
  return at == left.end() || at->second < resolution.amount;
}

/// After a restore its money may not be in suspense again yet, or may have found its way otherwise: then it waits.
void Site::mint_order(const Resolution& resolution, const OutsideId& id) {
  const auto* put = index_.find(OutsideId(resolution.of));
  if (put == nullptr || !is_settled() || has_unlisted_fence()) return;
  const auto left = undecided();  // this order is taken off
  const auto at = left.find(OutsideId(resolution.of));
  if (at == left.end() || at->second.micros < 0) return;
  if (resolution.to == ResolveTo::room) {
    auto made = entry(Kind::deliver, resolution.room, id);
    made.cause = *put;
    credit(resolution.room, resolution.opening, suspense_pocket(), resolution.amount, std::move(made));
    return;
  }
  auto made = entry(Kind::resolve, std::nullopt, id);
  made.cause = *put;
  set_detail(made, Payout{resolution.id, 0});  // as the provider's bill names it
  made.lines.push_back({suspense_pocket(), clearing_pocket(resolution.provider), resolution.amount, false});
  mint_own(std::move(made));
}

}  // namespace wattle::cloud
