// What the boxes' entries ask the cloud to go on with: debts left behind, rooms to open elsewhere, money on its way.

#include "cloud/core/box.hpp"

namespace wattle::cloud {

/// The rooms of whose entries some were counted since they were last at rest: open at one box, and nothing owed at another.
void Site::see_to_rooms() {
  auto touched = index_.take_touched();
  due_.add(touched);
  due_.add(std::exchange(owing_rooms_, {}));
  for (const auto& id : touched)
    if (const auto* chain = index_.room(id)) end_waiting(id, chain->opening());
  open_rooms_.merge(touched);
  for (auto at = open_rooms_.begin(); at != open_rooms_.end();) {
    const auto* chain = index_.room(*at);
    bool owes_nothing = chain == nullptr || see_to_debts(*at, *chain);
    if (chain != nullptr && !write_off_ended(*at, *chain)) owes_nothing = false;
    if (chain != nullptr && owes_nothing) owes_nothing = keep_overpaid(*at, *chain);
    const bool is_open = chain == nullptr || (!chain->has_hole() && chain->open_at());
    if (!is_open) mint_open(*at, *chain);
    if (!owes_nothing) {
      owing_rooms_.insert(*at);
      due_.add(*at);
    }
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
  if (slot == EdgeId{}) return;  // the stay has ended
  const auto to = slot ? holder_of(*slot) : std::nullopt;
  if (!to || !may_mint(*to)) return;
  // While its slot had no box, a person may have given it another, and that was forgotten: it is open there.
  if (has_lost_a_box(*slot) && !is_settled()) return;
  if (!has_left(id, *close)) return;
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

/// Nothing of the room stands open at the box that it left: its debt there is settled, or its fence can be restored.
bool Site::has_left(RoomId id, const CloseRef& close) const {
  const auto* left = link(close.link);
  if (left == nullptr || left->row().fenced) return left != nullptr && left->row().told;
  return left->state().balance(room_pocket(id, close.link)).micros >= 0 ||
         index_.has(OutsideId("debt/" + to_hex(close.close.id)));
}

/// What of the arrears was left owing in this stay.
Money Site::owed_in(RoomId id, std::uint32_t opening) const {
  const Money owed{-index_.balance(arrears_pocket(id)).micros};
  return max(min(owed, index_.owed(id, opening)), Money{});
}

/// Of each stay that has ended, not of the last alone: after a restore the next one may be here again, and what was written off
/// is not, since no box gives it back. True when nothing is left to be written off.
bool Site::write_off_ended(RoomId id, const RoomChain& chain) {
  if (index_.balance(arrears_pocket(id)).micros >= 0 || chain.has_hole()) return true;
  bool done = true;
  for (const auto& [holder, at] : chain.links)
    for (const auto& close : at.closes)
      if (index_.destination(close.close.id) == EdgeId{} && !write_off(id, close)) done = false;
  return done;
}

/// The stay ended in debt: what it has left pays for that, and no later one inherits the rest. False when it cannot be written
/// now.
bool Site::write_off(RoomId id, const CloseRef& close) {
  const OutsideId outside("written-off/" + to_hex(close.close.id));
  if (owed_in(id, close.close.opening).micros == 0 || index_.has(outside)) return true;
  if (!has_left(id, close) || !is_settled()) return false;
  const auto transit = transit_pocket(close.close.id);
  const auto left = index_.balance(transit);
  if (const auto* info = index_.filled(transit); info != nullptr && left.micros > 0) end_stay(transit, left, *info);
  const auto owed = owed_in(id, close.close.opening);
  if (owed.micros == 0) return true;
  auto made = entry(Kind::resolve, id, outside);
  made.cause = close.place;
  set_detail(made, Credit{close.close.opening});
  made.lines.push_back({suspense_pocket(), arrears_pocket(id), owed, false});
  raise(Alarm::opening_passed);
  mint_own(std::move(made));
  return true;
}

/// More was paid of the room's debts than they are known to have been: what that rests on was lost with a box, and a person
/// decides. True when there is no such money.
bool Site::keep_overpaid(RoomId id, const RoomChain& chain) {
  const auto overpaid = index_.overpaid(id);
  if (overpaid.empty() || chain.has_hole()) return true;
  if (!is_settled()) return false;
  const auto first = "overpaid/" + std::to_string(id.value) + "/";
  int time = 1;
  for (const auto& [opening, over] : overpaid) {
    while (index_.has(OutsideId(first + std::to_string(time)))) ++time;
    auto made = entry(Kind::resolve, id, OutsideId(first + std::to_string(time)));
    if (opening != 0) set_detail(made, Credit{opening});
    made.lines.push_back({arrears_pocket(id), suspense_pocket(), over, false});
    raise(Alarm::cause_lost, {}, static_cast<std::uint64_t>(over.micros));
    mint_own(std::move(made));
  }
  return true;
}

/// What an ended stay left: its allowance ends, its money pays what it owes, and waits for a person. What a person has decided
/// about the whole of it, before a restore, counts.
void Site::end_stay(const Pocket& transit, Money amount, const TransitInfo& info) {
  auto made = entry(Kind::resolve, info.room,
                    OutsideId("ended/" + to_hex(transit.id) + "/" + std::to_string(static_cast<int>(transit.utility))));
  made.cause = info.filled;
  if (index_.has(made.outside)) return keep_apart(transit, amount, info);
  if (!is_settled()) return;
  if (transit.utility != Utility::none) {
    made.lines.push_back({transit, subsidy_pocket(), amount, false});
    return void(mint_own(std::move(made)));
  }
  const auto owed = resolutions_.contains(made.outside) ? Money{} : min(amount, owed_in(info.room, info.opening));
  if (owed.micros > 0) {
    set_detail(made, Credit{info.opening});
    made.lines.push_back({transit, arrears_pocket(info.room), owed, false});
  }
  if (owed == amount) return void(mint_own(std::move(made)));
  put_in_suspense(std::move(made), transit, {amount.micros - owed.micros});
}

/// What has come into a transit whose money was delivered before: not expected, so a person decides. Each time under a name of
/// its own.
void Site::keep_apart(const Pocket& transit, Money amount, const TransitInfo& info) {
  if (!is_settled()) return;
  const auto first = "again/" + to_hex(transit.id) + "/" + std::to_string(static_cast<int>(transit.utility));
  OutsideId name(first);
  for (int time = 2; index_.has(name); ++time) name = OutsideId(first + "/" + std::to_string(time));
  auto made = entry(Kind::resolve, info.room, name);
  made.cause = info.filled;
  made.lines.push_back({transit, transit.utility == Utility::none ? suspense_pocket() : subsidy_pocket(), amount, false});
  raise(Alarm::cause_lost, info.filled.link, static_cast<std::uint64_t>(amount.micros));
  mint_own(std::move(made));
}

/// Money that nobody in the room may have: a person decides.
void Site::put_in_suspense(Entry made, const Pocket& from, Money amount) {
  if (!is_settled() || index_.has(made.outside)) return;
  made.lines.push_back({from, suspense_pocket(), amount, false});
  raise(Alarm::opening_passed);
  mint_own(std::move(made));
}

/// Credits the room's present opening, the arrears of this one first. False when it cannot be written now.
bool Site::credit(RoomId room, std::uint32_t opening, const Pocket& from, Money amount, Entry made) {
  const auto at = payable(room, opening);
  if (!at) return false;
  set_detail(made, Credit{opening});
  const auto first = min(amount, owed_in(room, opening));
  const Money rest{amount.micros - first.micros};
  if (first.micros > 0) made.lines.push_back({from, arrears_pocket(room), first, false});
  if (rest.micros > 0) made.lines.push_back({from, room_pocket(room, *at), rest, false});
  return mint(*at, std::move(made)).has_value();
}

void Site::mint_deliveries() {
  for (const auto& [transit, room] : index_.bound().due(due_)) {
    const auto amount = index_.balance(transit);
    const auto* info = index_.filled(transit);
    if (info == nullptr || amount.micros <= 0) continue;
    if (info->is_own && has_unlisted_fence()) continue;  // until its fence can be restored
    if (info->kind != Kind::close && info->kind != Kind::close_for)
      deliver(transit, amount, *info);
    else if (index_.destination(transit.id) == EdgeId{})
      end_stay(transit, amount, *info);  // else it waits for its open
  }
}

bool Site::is_to_be_fitted(RoomId room) const {
  const auto first = "fit/" + std::to_string(room.value) + "/";
  const auto at = orders_.lower_bound(OutsideId(first));
  return at != orders_.end() && at->first.text().starts_with(first);
}

void Site::deliver(const Pocket& transit, Money amount, const TransitInfo& info) {
  auto room = info.room;
  std::uint32_t for_opening = info.opening;
  const auto* release = info.is_answer ? release_of(transit.id) : nullptr;
  if (release != nullptr && release->allow == transit.utility) {
    if (release->to == ReleaseTo::provider) return;  // refunding.cpp
    if (release->to == ReleaseTo::subsidy) {
      auto ended = entry(Kind::resolve, room, OutsideId("ended/" + to_hex(transit.id)));
      ended.cause = info.filled;
      ended.lines.push_back({transit, subsidy_pocket(), amount, false});
      if (is_settled()) mint_own(std::move(ended));
      return;
    }
    room = release->to_room;
    const auto order = orders_.find(id_of(Release{{}, *release}));
    if (order != orders_.end()) for_opening = std::get<Release>(order->second).to_opening;
  }
  const auto* chain = index_.room(room);
  if (chain == nullptr && is_to_be_fitted(room)) return;  // waits for its first open
  const auto sold_for = info.kind == Kind::redeem && info.cause ? index_.sold_for(*info.cause) : std::nullopt;
  const auto opening = sold_for ? *sold_for : for_opening != 0 || chain == nullptr ? for_opening : chain->opening();
  auto made = entry(Kind::deliver, room,
                    OutsideId("deliver/" + to_hex(transit.id) + "/" + std::to_string(static_cast<int>(transit.utility))));
  made.cause = info.filled;
  if (index_.has(made.outside)) return keep_apart(transit, amount, info);
  // Before a restore it may have gone to suspense, and a person has decided: that counts, whatever stands in the room by now.
  const bool is_decided = resolutions_.contains(made.outside);
  const bool passed = chain == nullptr || is_decided || has_passed(room, opening);
  if (transit.utility != Utility::none && passed) return end_stay(transit, amount, info);
  if (transit.utility != Utility::none) {
    const auto at = payable(room, opening);
    if (!at) return;
    set_detail(made, Credit{opening});
    made.lines.push_back({transit, allow_pocket(room, transit.utility, *at), amount, false});
    mint(*at, std::move(made));
    return;
  }
  // Whose it was nobody has said: a decision of before a restore comes with the bills.
  if (for_opening == 0 && !sold_for && bills_missing_) return;
  if (passed) return put_in_suspense(std::move(made), transit, amount);  // never to the next student, nor a room's first
  credit(room, opening, transit, amount, std::move(made));
}

}  // namespace wattle::cloud
