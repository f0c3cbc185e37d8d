// Money in suspense, about which a person has decided. How much of an entry's money is decided about follows from the orders
// alone: they are in the journal, so that after a restore none is decided about twice.

#include "cloud/core/box.hpp"

namespace wattle::cloud {

/// What is left of an entry's money, once what was decided about is taken from it. An order whose opening ended before it was
/// carried out decides nothing any more; one that waits for money which is not there keeps nothing from others.
Money Site::left_of(Money put, const InOrder& resolutions) const {
  const auto decision = [&](const OutsideId& id) -> const Resolution& { return std::get<Resolution>(orders_.at(id)); };
  for (const auto& [number, id] : resolutions)
    if (is_booked(id, decision(id))) put.micros -= decision(id).amount.micros;
  for (const auto& [number, id] : resolutions)
    if (!is_done(id, orders_.at(id)) && decision(id).amount <= put) put.micros -= decision(id).amount.micros;
  return put;
}

std::map<OutsideId, Money> Site::undecided() const {
  auto left = index_.suspended();
  for (const auto& [of, resolutions] : resolutions_)
    if (const auto at = left.find(of); at != left.end()) at->second = left_of(at->second, resolutions);
  return left;
}

bool Site::exceeds(const Resolution& resolution) const {
  const OutsideId of(resolution.of);
  const auto put = index_.suspended().find(of);
  if (put == index_.suspended().end()) return true;
  const auto given = resolutions_.find(of);
  const auto left = given == resolutions_.end() ? put->second : left_of(put->second, given->second);
  return left < resolution.amount;
}

/// What is there is for the first that it covers, as they were accepted: one that is not covered keeps nothing from the others.
bool Site::lacks_money(const Resolution& resolution) const {
  const OutsideId of(resolution.of);
  const auto put = index_.suspended().find(of);
  const auto given = resolutions_.find(of);
  if (put == index_.suspended().end() || given == resolutions_.end()) return true;
  auto left = put->second;
  const auto decision = [&](const OutsideId& id) -> const Resolution& { return std::get<Resolution>(orders_.at(id)); };
  for (const auto& [number, id] : given->second)
    if (is_booked(id, decision(id))) left.micros -= decision(id).amount.micros;
  const OutsideId own("resolve/" + to_hex(resolution.id));
  for (const auto& [number, id] : given->second) {
    if (id == own) return left < resolution.amount;
    if (!is_done(id, orders_.at(id)) && decision(id).amount <= left) left.micros -= decision(id).amount.micros;
  }
  return true;
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

/// Of another room's money it is no room's news that it has come.
void Site::wake_lacking() {
  for (const auto& id : lacking_) {
    const auto at = orders_.find(id);
    const auto* resolution = at == orders_.end() ? nullptr : std::get_if<Resolution>(&at->second);
    if (resolution != nullptr && !is_done(id, at->second) && !lacks_money(*resolution)) due_.add(room_of(at->second));
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
