// A person ends an incarnation: cut, closes on its behalf, and what it held, in one commit. Nothing rests on the fence until it
// is listed beside the backups and can be restored.

#include <algorithm>

#include "cloud/core/box.hpp"

namespace wattle::cloud {

void Site::on(const FenceOrdered& fence) {
  const auto at = links_.find(fence.holder);
  if (at == links_.end() || at->second->link.row().fenced) return;
  // After a restore every other living box must have spoken, and the bills must have been read.
  if (bills_missing_) return;
  for (const auto& [holder, row] : boxes_)
    if (holder != fence.holder && row.unheard && !links_.at(holder)->link.row().fenced) return;
  auto& link = at->second->link;
  const auto cut = std::max(link.row().agreed, link.seen());
  link.withdraw(cut, commit_);
  link.fold_to(cut);
  link.fence(commit_);
  rebuild_index();  // what was withdrawn is wanted again
  auto made = entry(Kind::fence, std::nullopt, OutsideId("fence/" + to_hex(entropy_->uid())));
  set_detail(made, Fence{fence.holder, link.up().head(), link.down().head()});
  mint_own(std::move(made));
  close_on_behalf(link, fence.destination);
  inherit_codes(link);
  auto row = boxes_.at(fence.holder);
  row.unheard = false;
  put_box(row);
  outcome_.push_back(ListFence{fence.holder});
}

bool Site::has_unlisted_fence() const {
  return std::any_of(links_.begin(), links_.end(),
                     [](const auto& item) { return item.second->link.row().fenced && !item.second->link.row().told; });
}

/// Each open room closes with the last closed slice's figures; a debt, also one of a room that closed before, moves to arrears.
void Site::close_on_behalf(Link& link, EdgeId destination) {
  const auto holder = link.holder();
  for (const auto& [id, room] : link.state().rooms()) {
    const auto pending = room.closing ? index_.destination(*room.closing) : std::nullopt;
    const auto close_id = room.closing.value_or(entropy_->uid());
    auto made = entry(room.open ? Kind::close_for : Kind::forward, id, OutsideId("closed/" + to_hex(close_id)));
    if (room.open)
      set_detail(made, CloseFor{holder, {close_id, room.opening, room.circuits}, pending.value_or(destination)});
    else
      set_detail(made, Credit{room.opening});
    if (room.balance.micros > 0) made.lines.push_back({room_pocket(id, holder), transit_pocket(close_id), room.balance, false});
    if (room.balance.micros < 0)
      made.lines.push_back({arrears_pocket(id), room_pocket(id, holder), {-room.balance.micros}, false});
    for (const auto& [utility, money] : room.allow)
      if (money.micros > 0)
        made.lines.push_back({allow_pocket(id, utility, holder), transit_pocket(close_id, utility), money, false});
    if (room.open || !made.lines.empty()) mint_own(std::move(made));
  }
}

/// Codes sold and not redeemed go on to their rooms.
void Site::inherit_codes(Link& link) {
  for (const auto& [number, code] : link.state().unredeemed()) {
    const auto transit = entropy_->uid();
    auto made = entry(Kind::forward, code.name.room, OutsideId("code/" + to_hex(transit)));
    made.cause = Place{link.holder(), Direction::down, number};
    set_detail(made, Credit{code.opening});
    made.lines.push_back({codes_pocket(link.holder()), transit_pocket(transit), code.amount, false});
    mint_own(std::move(made));
  }
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
/// nowhere before all boxes have spoken (mint_open).
void Site::on(const RehomeOrdered& rehome) {
  const auto slot = index_.destination(rehome.close);
  if (!slot || !is_settled() || holder_of(*slot)) return;
  auto made = entry(Kind::rehome, std::nullopt, OutsideId("rehome/" + to_hex(entropy_->uid())));
  set_detail(made, Rehome{rehome.close, rehome.destination});
  mint_own(std::move(made));
  due_.add_all();
}

}  // namespace wattle::cloud
