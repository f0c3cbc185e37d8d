// What the boxes' entries ask the cloud to go on with: debts left behind, rooms to open elsewhere, money on its way.

#include "cloud/core/box.hpp"

namespace wattle::cloud {

/// The rooms of whose entries some were counted since they were last at rest: open at one box, and nothing owed at another.
void Site::see_to_rooms() {
  open_rooms_.merge(index_.take_touched());
  for (auto at = open_rooms_.begin(); at != open_rooms_.end();) {
    const auto* chain = index_.room(*at);
    const bool owes_nothing = chain == nullptr || see_to_debts(*at, *chain);
    const bool is_open = chain == nullptr || (!chain->has_hole() && chain->open_at());
    if (!is_open) mint_open(*at, *chain);
    at = owes_nothing && is_open ? open_rooms_.erase(at) : std::next(at);
  }
}

/// A room that closed below zero leaves a debt, which follows the room, not the box. True when none is left to be settled.
bool Site::see_to_debts(RoomId id, const RoomChain& chain) {
  bool settled = true;
  for (const auto& [holder, at] : chain.links) {
    if (at.closes.empty() || at.opens.size() > at.closes.size()) continue;
    const auto& close = at.closes.back();
    const auto* left = link(holder);
    if (left == nullptr || left->row().fenced) continue;  // its fence has moved the debt
    const auto owed = left->state().balance(room_pocket(id, holder));
    if (owed.micros >= 0) continue;
    const OutsideId outside("debt/" + to_hex(close.close.id));
    if (index_.has(outside)) continue;
    settled = false;
    if (!may_mint(holder)) continue;
    auto made = entry(Kind::settle_debt, id, outside);
    made.cause = close.place;
    set_detail(made, Credit{close.close.opening});
    made.lines.push_back({arrears_pocket(id), room_pocket(id, holder), {-owed.micros}, false});
    mint(holder, std::move(made));
  }
  return settled;
}

/// A room that closed is opened where its close-request, or the fence, has said; with its figures and its money.
void Site::mint_open(RoomId id, const RoomChain& chain) {
  const auto* close = chain.has_hole() ? nullptr : chain.unclaimed();
  if (close == nullptr) return;
  const auto slot = index_.destination(close->close.id);
  const auto to = slot ? holder_of(*slot) : std::nullopt;
  if (!to || !may_mint(*to)) return;
  // The debt at the box that it left comes first: it is written in that box's link.
  const auto& left = link_of(close->link);
  if (left.row().fenced && !left.row().told) return;
  if (!left.row().fenced && left.state().balance(room_pocket(id, close->link)).micros < 0 &&
      !index_.has(OutsideId("debt/" + to_hex(close->close.id))))
    return;
  auto made = entry(Kind::open, id, OutsideId("open/" + to_hex(close->close.id)));
  made.cause = close->place;
  set_detail(made, Open{close->close.opening, close->close.circuits});
  for (int utility = 0; utility <= utility_max; ++utility) {
    const auto sort = static_cast<Utility>(utility);
    const auto transit = transit_pocket(close->close.id, sort);
    const auto money = index_.balance(transit);
    if (money.micros <= 0) continue;
    const auto into = sort == Utility::none ? room_pocket(id, *to) : allow_pocket(id, sort, *to);
    made.lines.push_back({transit, into, money, false});
  }
  mint(*to, std::move(made));
}

/// Credits the room's present opening, its arrears first. False when it cannot be written now.
bool Site::credit(RoomId room, std::uint32_t opening, const Pocket& from, Money amount, Entry made) {
  const auto at = payable(room, opening);
  if (!at) return false;
  set_detail(made, Credit{opening});
  const Money owed{-index_.balance(arrears_pocket(room)).micros};
  const auto first = min(amount, max(owed, Money{}));
  const Money rest{amount.micros - first.micros};
  if (first.micros > 0) made.lines.push_back({from, arrears_pocket(room), first, false});
  if (rest.micros > 0) made.lines.push_back({from, room_pocket(room, *at), rest, false});
  return mint(*at, std::move(made)).has_value();
}

void Site::mint_deliveries() {
  const auto transits = index_.transits();
  for (const auto& [transit, amount] : transits) {
    const auto* info = index_.filled(transit);
    if (info == nullptr || amount.micros <= 0) continue;
    // A close's money waits for its open; a fence's for the fence to be restorable.
    if (info->kind == Kind::close || info->kind == Kind::close_for) continue;
    if (info->filled.direction == Direction::site && has_unlisted_fence()) continue;
    deliver(transit, amount, *info);
  }
}

void Site::deliver(const Pocket& transit, Money amount, const TransitInfo& info) {
  auto room = info.room;
  const auto* request = info.kind == Kind::answer ? index_.request(transit.id) : nullptr;
  if (request != nullptr && request->release) {
    if (request->release->to == ReleaseTo::provider) return;  // refunding.cpp
    if (request->release->to == ReleaseTo::subsidy) {
      auto ended = entry(Kind::resolve, room, OutsideId("ended/" + to_hex(transit.id)));
      ended.cause = info.filled;
      ended.lines.push_back({transit, subsidy_pocket(), amount, false});
      if (is_settled()) mint_own(std::move(ended));
      return;
    }
    room = request->release->to_room;
  }
  const auto* chain = index_.room(room);
  if (chain == nullptr) return;
  const auto sold_for = info.kind == Kind::redeem && info.cause ? index_.sold_for(*info.cause) : std::nullopt;
  const auto opening = sold_for ? *sold_for : info.opening != 0 ? info.opening : chain->opening();
  auto made = entry(Kind::deliver, room, OutsideId("deliver/" + to_hex(transit.id) + "/" +
                                                   std::to_string(static_cast<int>(transit.utility))));
  made.cause = info.filled;
  if (transit.utility != Utility::none) {
    const auto at = payable(room, opening);
    if (!at) return;
    set_detail(made, Credit{opening});
    made.lines.push_back({transit, allow_pocket(room, transit.utility, *at), amount, false});
    mint(*at, std::move(made));
    return;
  }
  if (opening < chain->opening()) {  // never to the next student
    made.lines.push_back({transit, suspense_pocket(), amount, false});
    if (!is_settled()) return;
    raise(Alarm::opening_passed);
    mint_own(std::move(made));
    return;
  }
  credit(room, opening, transit, amount, std::move(made));
}

}  // namespace wattle::cloud
