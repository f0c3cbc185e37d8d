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

/// Of an order that was accepted: it is taken off.
bool Site::lacks_money(const Resolution& resolution) const {
  const OutsideId of(resolution.of);
  if (!index_.suspended().contains(of)) return true;
  return undecided().at(of).micros < 0;
}

/// What still lacks its money when nothing more follows from what is known will hardly get it: a person is told, once a
/// process. Should it come nevertheless, from whatever room, the decision is carried out.
void Site::see_to_lacking() {
  if (lacking_.empty() || !may_resolve()) return;
  for (auto at = lacking_.begin(); at != lacking_.end();) {
    const auto order = orders_.find(*at);
    const auto* resolution = order == orders_.end() ? nullptr : std::get_if<Resolution>(&order->second);
    const bool lacks = resolution != nullptr && !is_done(*at, order->second) && lacks_money(*resolution);
    if (lacks && told_lacking_.insert(*at).second)
      raise(Alarm::resolution_waits, {}, static_cast<std::uint64_t>(resolution->amount.micros));
    if (resolution != nullptr && !lacks) {
      again_.insert(room_of(order->second));
      look_again_ = true;
    }
    at = lacks ? std::next(at) : lacking_.erase(at);
  }
}

/// After a restore its money may not be in suspense again yet, or may have found its way otherwise: then it waits.
void Site::mint_order(const Resolution& resolution, const OutsideId& id) {
  if (!may_resolve()) return;
  const auto* put = index_.find(OutsideId(resolution.of));
  if (put == nullptr || lacks_money(resolution)) {
    lacking_.insert(id);
    return;
  }
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
