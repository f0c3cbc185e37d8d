// A person ends an incarnation, or several: cut, closes on its behalf, and what it held, in one commit. Nothing rests on the
// fence until it is listed beside the backups and can be restored.

#include <algorithm>

#include "cloud/core/box.hpp"

namespace wattle::cloud {

namespace {
const LostRoom no_lost_room;
const RoomState never_there;
constexpr Duration list_again_after = minutes(1);

/// Of a room that was opened behind the cut nothing stands there.
const RoomState& room_at(const Link& link, RoomId id) {
  const auto* room = link.state().find(id);
  return room == nullptr ? never_there : *room;
}

}  // namespace

void Site::on(const FenceOrdered& ordered) {
  std::map<Holder, EdgeId> fenced;
  const auto take = [&](Holder holder, EdgeId destination) {
    const auto at = links_.find(holder);
    if (at != links_.end() && !at->second->link.row().fenced) fenced.emplace(holder, destination);
  };
  take(ordered.holder, ordered.destination);
  for (const auto& box : ordered.further) take(box.holder, box.destination);
  // After a restore every other living box must have spoken, and the bills must have been read.
  if (fenced.empty() || bills_missing_) return;
  for (const auto& [holder, row] : boxes_)
    if (!fenced.contains(holder) && row.unheard && !links_.at(holder)->link.row().fenced) return;
  // All are cut before one is closed: what another of them has not read names no cause.
  for (const auto& [holder, destination] : fenced) cut_off(link_of(holder));
  rebuild_index();  // what was withdrawn is wanted again
  for (const auto& [holder, destination] : fenced) fence(link_of(holder), destination);
}

/// As far as the box may have read, and as what it has given back bears.
void Site::cut_off(Link& link) {
  const auto cut = link.borne_up_to(std::max(link.row().agreed, link.seen()));
  link.withdraw(cut, commit_);
  link.fold_to(cut);
  link.fence(commit_);
}

void Site::fence(Link& link, EdgeId destination) {
  const auto holder = link.holder();
  auto made = entry(Kind::fence, std::nullopt, OutsideId("fence/" + to_hex(entropy_->uid())));
  set_detail(made, Fence{holder, link.up().head(), link.down().head()});
  mint_own(std::move(made));
  const auto lost = lost_causes(link);
  close_on_behalf(link, destination, lost);
  inherit_codes(link, lost);
  auto row = boxes_.at(holder);
  row.unheard = false;
  put_box(row);
  outcome_.push_back(ListFence{holder});
}

bool Site::has_unlisted_fence() const {
  return std::any_of(links_.begin(), links_.end(),
                     [](const auto& item) { return item.second->link.row().fenced && !item.second->link.row().told; });
}

/// All entries of other links are looked at, as when the index is built anew.
LostCauses Site::lost_causes(const Link& link) const {
  LostCauses lost;
  const auto look_at = [&](const Entry& entry) {
    const auto& cause = entry.cause;
    const bool is_lost =
        cause && cause->link == link.holder() && cause->direction == Direction::up && cause->number > link.up().head().number;
    if (!is_lost) return;
    if (entry.kind == Kind::open) return note_lost_open(lost, entry);
    for (const auto& line : entry.lines)
      if (line.from.kind == PocketKind::transit) return note_lost_delivery(lost, entry, asked_of(line.from.id));
  };
  for (const auto& [holder, box] : links_) {
    if (holder == link.holder()) continue;
    const auto& log = box->link.down();
    for (std::uint64_t number = 1; number <= log.head().number; ++number) {
      const auto record = log.at(number);
      const auto entry = record ? decode_entry(record->bytes) : Result<Entry>(WATTLE_FAIL(LedgerErrc::dropped));
      if (entry) look_at(*entry);
    }
  }
  return lost;
}

/// The order for a release of this id, if there is one.
const Release* Site::release_order(const Uid& request) const {
  const auto order = orders_.find(id_of(Move{request, {}, 0, {}}));  // a move has the same name
  return order == orders_.end() ? nullptr : std::get_if<Release>(&order->second);
}

/// The room whose money was asked for under this id.
std::optional<RoomId> Site::asked_of(const Uid& request) const {
  if (const auto* order = release_order(request)) return order->room;
  const auto* known = index_.request(request);
  return known == nullptr ? std::nullopt : std::optional(known->room);
}

/// As it was asked, or else as it is wanted.
const ReleaseRequest* Site::release_of(const Uid& request) const {
  const auto* known = index_.request(request);
  if (known != nullptr && known->release) return &*known->release;
  const auto* order = release_order(request);
  return order == nullptr ? nullptr : &order->request;
}

/// Each room as far as it stood there, with what others know of it.
void Site::close_on_behalf(Link& link, EdgeId destination, const LostCauses& lost) {
  const auto holder = link.holder();
  for (const auto& [id, room] : link.state().rooms()) {
    const auto known = lost.rooms.find(id);
    close_on_behalf(link, id, destination, known == lost.rooms.end() ? no_lost_room : known->second);
  }
  // A room that was opened there behind the cut has released all the same what others have.
  for (const auto& [id, left] : lost.rooms)
    if (link.state().find(id) == nullptr && !left.released.empty()) close_on_behalf(link, id, destination, left);
  // Closed there again, or its stay ended there and nobody knows by what name: its chain keeps its hole, and nothing is written
  // for it before a person has looked.
  for (const auto& [id, left] : lost.rooms) {
    const auto& room = room_at(link, id);
    const bool closed_later = left.close && (!room.open || room.opening != left.close->opening);
    const bool released_later = !room.open && !left.released.empty();
    if (closed_later || released_later || left.is_unnamed)
      raise(Alarm::cause_lost, holder, static_cast<std::uint64_t>(left.released_sum().micros));
  }
}

/// An open room closes with the last closed slice's figures, or as others' entries know that it did; a debt, also one of a
/// room that closed before, moves to arrears. Each entry stands for one that was lost.
void Site::close_on_behalf(Link& link, RoomId id, EdgeId destination, const LostRoom& left) {
  const auto holder = link.holder();
  const auto& room = room_at(link, id);
  // What a person has taken back is not carried out any more, although the box has not answered that.
  const auto closing = room.closing && !is_withdrawn(*room.closing) ? room.closing : std::nullopt;
  const auto pending = closing ? index_.destination(*closing) : std::nullopt;
  const bool has_left = room.open && left.close && left.close->opening == room.opening;
  const auto close_id = has_left ? left.close->id : closing.value_or(entropy_->uid());
  auto made = entry(room.open ? Kind::close_for : Kind::forward, id, OutsideId("closed/" + to_hex(close_id)));
  if (has_left) made.cause = left.place;
  const Close close = has_left ? *left.close : Close{close_id, room.opening, room.circuits};
  if (room.open)
    set_detail(made, CloseFor{holder, close, has_left ? left.to : pending.value_or(destination)});
  else
    set_detail(made, Credit{room.opening});
  const auto released = left.released_sum();
  const auto taken = has_left ? left.money : max(Money{room.balance.micros - released_in(left, room.opening).micros}, Money{});
  const Money owed{released.micros + taken.micros - room.balance.micros};
  if (owed.micros > 0) made.lines.push_back({arrears_pocket(id), room_pocket(id, holder), owed, false});
  if (taken.micros > 0) made.lines.push_back({room_pocket(id, holder), transit_pocket(close_id), taken, false});
  const auto allow = has_left ? grant_on_behalf(link, id, left) : room.allow;
  for (const auto& [utility, money] : allow) {
    const auto at = left.allow.find(utility);
    const auto part = !has_left ? money : at == left.allow.end() ? Money{} : min(money, at->second);
    if (part.micros > 0)
      made.lines.push_back({allow_pocket(id, utility, holder), transit_pocket(close_id, utility), part, false});
  }
  if (room.open || !made.lines.empty()) mint_own(std::move(made));
  for (const auto& [request, part] : left.released) answer_on_behalf(link, id, request, part);
  if (has_left || !left.released.empty()) reckon_lost(link, id, owed, has_left, left);
  if (has_left) end_lost(link, id, allow, left);
}

/// What a later stay had released is not paid out of this one's money.
Money Site::released_in(const LostRoom& left, std::uint32_t opening) const {
  Money sum;
  for (const auto& [id, part] : left.released)
    if (const auto* release = release_of(id); release == nullptr || release->opening == opening)
      sum.micros += part.amount.micros;
  return sum;
}

/// What stands there, and what had been granted behind the cut, since more has gone on from there with the room.
Site::Allowances Site::grant_on_behalf(const Link& link, RoomId id, const LostRoom& left) {
  auto allow = room_at(link, id).allow;
  for (const auto& [utility, gone] : left.allow) {
    auto& money = allow[utility];
    if (money < gone) money.micros += grant_on_behalf(link, id, utility, {gone.micros - money.micros}, *left.close).micros;
  }
  return allow;
}

/// By the orders that are still open, as they came: each is one entry, so that its term is not granted again. Where the term
/// before is still to be ended that would take it along, and once that is asked for again it does: so the term stays open, and
/// what no other order explains is granted under the close's name.
Money Site::grant_on_behalf(const Link& link, RoomId id, Utility utility, Money lacking, const Close& close) {
  Money granted;
  const auto grant = [&](const OutsideId& name, Money amount) {
    auto made = entry(Kind::allowance, id, name);
    set_detail(made, Credit{close.opening});
    made.lines.push_back({subsidy_pocket(), allow_pocket(id, utility, link.holder()), amount, false});
    mint_own(std::move(made));
    granted.micros += amount.micros;
  };
  const auto wanted = allowance_grants_.find({id, utility});
  for (const auto& [number, name] : wanted == allowance_grants_.end() ? InOrder{} : wanted->second) {
    const auto& order = std::get<AllowanceGrant>(orders_.at(name));
    const bool fits = order.opening == close.opening && !index_.has(name) && !has_open_end_before(order, number);
    if (granted < lacking && fits) grant(name, order.amount);
  }
  const auto sort = std::to_string(static_cast<int>(utility));
  if (granted < lacking) grant(OutsideId("lost/" + to_hex(close.id) + "/" + sort), {lacking.micros - granted.micros});
  return granted;
}

/// Out of what the close has left in the room's pocket for it.
void Site::answer_on_behalf(const Link& link, RoomId id, const Uid& request, const LostRelease& released) {
  auto made = entry(Kind::forward, id, OutsideId("answered/" + to_hex(request)));
  made.cause = released.place;
  set_detail(made, Credit{});
  made.lines.push_back({room_pocket(id, link.holder()), transit_pocket(request), released.amount, false});
  mint_own(std::move(made));
}

/// What the close on behalf of what was lost leaves over: a person decides.
void Site::reckon_lost(const Link& link, RoomId id, Money owed, bool has_left, const LostRoom& left) {
  const auto& room = room_at(link, id);
  const auto name = to_hex(has_left ? left.close->id : left.released.begin()->first);
  // Beyond a debt that the box had written: money that went on from there and never came.
  const Money lacking{owed.micros - max(Money{-room.balance.micros}, Money{}).micros};
  raise(Alarm::cause_lost, link.holder(), static_cast<std::uint64_t>(max(lacking, Money{}).micros));
  if (lacking.micros > 0) {
    auto made = entry(Kind::resolve, id, OutsideId("lost/" + name));
    set_detail(made, Credit{room.opening});
    made.lines.push_back({suspense_pocket(), arrears_pocket(id), lacking, false});
    mint_own(std::move(made));
  }
  if (!has_left) return;
  if (owed.micros < 0) send_on_lost(link, id, room_pocket(id, link.holder()), Money{-owed.micros}, *left.close);
}

/// What did not go on had been used up there.
void Site::end_lost(const Link& link, RoomId id, const Allowances& allow, const LostRoom& left) {
  for (const auto& [utility, money] : allow) {
    const auto at = left.allow.find(utility);
    const Money over{money.micros - (at == left.allow.end() ? 0 : at->second.micros)};
    if (over.micros > 0) send_on_lost(link, id, allow_pocket(id, utility, link.holder()), over, *left.close);
  }
}

/// Used up behind the cut, or credited twice: nobody in the room may have it.
void Site::send_on_lost(const Link& link, RoomId id, const Pocket& from, Money amount, const Close& close) {
  const auto sort = std::to_string(static_cast<int>(from.utility));
  const auto transit = transit_pocket(uid_of(OutsideId("lost/" + to_hex(close.id) + "/" + sort)), from.utility);
  auto sent = entry(Kind::forward, id, OutsideId("over/" + to_hex(close.id) + "/" + sort));
  set_detail(sent, Credit{close.opening});
  sent.lines.push_back({from, transit, amount, false});
  auto ended = entry(Kind::resolve, id, OutsideId("ended/" + to_hex(transit.id) + "/" + sort));
  ended.cause = mint_own(std::move(sent));
  const bool is_money = from.utility == Utility::none;
  ended.lines.push_back({transit, is_money ? suspense_pocket() : subsidy_pocket(), amount, false});
  mint_own(std::move(ended));
  raise(Alarm::cause_lost, link.holder(), static_cast<std::uint64_t>(amount.micros));
}

/// Codes sold and not redeemed go on to their rooms; one that had gone on already fills what was delivered from it. What else
/// was delivered for another room, and no answer of the box's explains, was cash.
void Site::inherit_codes(Link& link, const LostCauses& lost) {
  auto sales = lost.sales;
  for (const auto& [number, code] : link.state().unredeemed()) {
    const auto gone = std::find_if(sales.begin(), sales.end(), [&](const LostSale& sale) {
      return sale.room == code.name.room && sale.amount == code.amount;
    });
    const auto transit = gone == sales.end() ? entropy_->uid() : gone->transit;
    auto made = entry(Kind::forward, code.name.room, OutsideId("code/" + to_hex(transit)));
    made.cause = gone == sales.end() ? Place{link.holder(), Direction::down, number} : gone->place;
    set_detail(made, Credit{code.opening});
    made.lines.push_back({codes_pocket(link.holder()), transit_pocket(transit), code.amount, false});
    if (gone != sales.end()) sales.erase(gone);
    mint_own(std::move(made));
  }
  for (const auto& sale : sales) {
    auto made = entry(Kind::adopt, sale.room, OutsideId("receipt/" + to_hex(sale.transit)));
    made.cause = sale.place;
    set_detail(made, Credit{sale.opening});
    made.lines.push_back({drawer_pocket(link.holder()), transit_pocket(sale.transit), sale.amount, false});
    mint_own(std::move(made));
    raise(Alarm::cause_lost, link.holder(), static_cast<std::uint64_t>(sale.amount.micros));
  }
}

/// Again and again until it is done: whoever was told of it may have ended, in a process that ran beside this one.
void Site::list_fences() {
  for (const auto& [holder, box] : links_)
    if (box->link.row().fenced && !box->link.row().told) outcome_.push_back(ListFence{holder});
  listing_due_ = now_.tick + list_again_after;
}

void Site::on(const FenceArchived& archived) {
  const auto at = links_.find(archived.holder);
  if (at == links_.end() || !at->second->link.row().fenced || at->second->link.row().told) return;
  at->second->link.tell_fence(commit_);
  at->second->session.show_status();
}

bool Site::has_lost_a_box(EdgeId slot) const {
  return std::any_of(links_.begin(), links_.end(),
                     [slot](const auto& item) { return item.first.edge == slot && item.second->link.row().fenced; });
}

/// Acted upon at once, since forgetting it does no harm: after a restore a room that may have been given another box is opened
/// nowhere before all boxes have spoken (mint_open). But not before the fence that allows it can be restored: should that be
/// forgotten, the box that the room was named for has it open.
void Site::on(const RehomeOrdered& rehome) {
  const auto slot = index_.destination(rehome.close);
  if (!slot || *slot == EdgeId{} || holder_of(*slot)) return;  // the end of a stay goes nowhere
  if (!is_settled() || has_unlisted_fence()) return;
  auto made = entry(Kind::rehome, std::nullopt, OutsideId("rehome/" + to_hex(entropy_->uid())));
  set_detail(made, Rehome{rehome.close, rehome.destination});
  mint_own(std::move(made));
  due_.add_all();
}

}  // namespace wattle::cloud
