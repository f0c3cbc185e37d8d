// Cash taken at this box. The receipt leaves when the entry is durable; its number is never counted.

#include "edge/core/engine.hpp"

namespace wattle::edge {

/// For whoever lives there, unless a sale that is written anew says who did (`sold_for`, else 0).
bool Engine::mint_cash(RoomId id, Money amount, const Uid& receipt, std::uint32_t sold_for) {
  const auto* room = link_.state().find(id);
  const bool open = room != nullptr && room->open;
  const auto opening = sold_for == 0 && open ? room->opening : sold_for;
  const bool here = open && !room->closing && room->opening == opening;
  auto made = entry(Kind::cash, id);
  made.outside = OutsideId("receipt/" + to_hex(receipt));
  set_detail(made, Cash{receipt, opening});
  const auto to = here ? room_pocket(id, link_.holder()) : transit_pocket(receipt);
  made.lines.push_back({drawer_pocket(link_.holder()), to, amount, false});
  return mint(std::move(made)).has_value();
}

void Engine::on(const CashTaken& cash) {
  if (!may_mint()) return raise(Alarm::refused_event, static_cast<std::uint64_t>(LedgerErrc::before_grant), cash.room);
  const auto receipt = cash.receipt ? *cash.receipt : entropy_->uid();
  if (mint_cash(cash.room, cash.amount, receipt, 0))
    outcome_.push_back(CashReceipt{cash.room, cash.amount, receipt, position()});
}

}  // namespace wattle::edge
