#include "edge/core/accrual.hpp"

#include <algorithm>

namespace wattle::edge {

std::int64_t hour_of(Instant local) {
  constexpr auto micros = hours(1).micros;
  return local.micros >= 0 ? local.micros / micros : (local.micros - micros + 1) / micros;
}

Accrual Accrual::begin(const CircuitFigures& circuit) {
  Accrual open;
  open.begun = open.newest = open.placed = circuit.reading;
  open.at = circuit.at;
  open.version = circuit.price;
  return open;
}

void Accrual::add(const PricePoint& point, std::int64_t units, SplitBy split, Instant until) {
  const auto same = [&](const AccrualPart& known) {
    return known.point == point && (known.split == SplitBy::lowest) == (split == SplitBy::lowest);
  };
  const auto part = std::find_if(parts.begin(), parts.end(), same);
  if (part != parts.end()) {
    part->units += units;
    part->until = until;
    part->split = std::max(part->split, split);
  } else if (units > 0) {
    parts.push_back({point, units, split, until});
  }
}

void Accrual::place(std::span<const InForce> versions, Instant now, Duration utc_offset) {
  const auto units = newest.units - placed.units;
  const bool dated = at != Instant{} && now - at <= divided_gap_max;
  if (parts.empty()) hour = hour_of((dated ? at : now) + utc_offset);
  if (!dated) {
    const auto point = point_at(plan_at(versions, now), now, utc_offset);
    add({point.version, point.period, 0}, units, SplitBy::lowest, now);
  } else {
    const auto shares = divide(versions, at, now, units, utc_offset);
    const auto split = shares.size() > 1 ? SplitBy::time : SplitBy::one_price;
    for (const auto& share : shares) add(share.point, share.units, split, share.until);
  }
  placed = newest;
  at = now;
  current = point_at(plan_at(versions, now), now, utc_offset);
  version = 0;
}

void Accrual::place_lowest(std::uint32_t price, std::uint32_t period) {
  add({price, period, 0}, newest.units - placed.units, SplitBy::lowest, {});
  placed = newest;
  at = {};
}

std::size_t Accrual::due(Duration utc_offset) const {
  if (parts.empty()) return 0;
  const bool goes_on = parts.back().point == current && parts.back().split != SplitBy::lowest;
  if (!goes_on) return parts.size();
  const bool on_the_hour = parts.size() == 1 && hour_of(at + utc_offset) != hour;
  return on_the_hour ? 1 : parts.size() - 1;
}

void Accrual::drop_first() {
  begun.units += parts.front().units;
  parts.erase(parts.begin());
}

}  // namespace wattle::edge
