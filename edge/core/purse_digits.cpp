// How far the digits of a purchase, and those of the meter's purse, reach.

#include <algorithm>
#include <utility>

#include "edge/core/purse_judge.hpp"

namespace wattle::edge {

/// Its digits hold it, and those in which the meter then shows what it has.
bool PurseJudge::fits(const PurseOrder& order, const PurseShown& shown) const {
  const auto& profile = *c_.meter.profile;
  const auto& place = c_.meter.place;
  if (order.count == 0 || !purse_trade(profile, place, c_.index, order)) return false;
  if (order.trade == PurseTrade::refund) return true;
  const auto remaining = std::max<std::int64_t>(shown.remaining, 0) + order.amount;
  return purse_write(profile, place, c_.index, PurseItem::remaining, remaining).has_value() &&
         purse_write(profile, place, c_.index, PurseItem::total, shown.total + order.amount).has_value();
}

/// The most of the order that fits, in whole steps; 0: nothing of it.
std::int64_t PurseJudge::largest(PurseOrder order, const PurseShown& shown) const {
  std::int64_t fitting = 0;
  auto beyond = order.amount / step() + 1;
  while (beyond - fitting > 1) {
    const auto middle = fitting + (beyond - fitting) / 2;
    order.amount = middle * step();
    (fits(order, shown) ? fitting : beyond) = middle;
  }
  return fitting * step();
}

/// While there is time to begin the meter's count anew, or to hang another meter there.
void PurseJudge::warn_of_count() {
  const auto count = c_.book.count;
  const auto soon = std::int64_t{count} + count / 10 + 10;
  const bool ends = soon > UINT32_MAX || !purse_trade(*c_.meter.profile, c_.meter.place, c_.index,
                                                      {PurseTrade::buy, static_cast<std::uint32_t>(soon), step()});
  if (ends && !std::exchange(c_.is_end_told, true)) notice(PollNotice::purse_count_ends);
  if (!ends) c_.is_end_told = false;
}

}  // namespace wattle::edge
