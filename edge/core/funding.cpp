// What purses in meters go by: the room's money, and what energy costs.

#include <algorithm>

#include "edge/core/engine.hpp"

namespace wattle::edge {
namespace {

std::int64_t highest_rate(const PricePlan& plan) {
  std::int64_t highest = 0;
  for (const auto& band : plan.bands)
    for (const auto& tier : band.tiers) highest = std::max(highest, tier.rate);
  return highest;
}

/// Of the tier that the circuit stands in.
std::int64_t rate_at(const PricePlan& plan, const PricePoint& point, const Accrued& accrued) {
  if (point.band >= plan.bands.size()) return 0;
  const auto used = accrued.tier_period == point.period ? accrued.tier_units : 0;
  std::int64_t rate = 0;
  for (const auto& tier : plan.bands[point.band].tiers)
    if (tier.from_units <= used) rate = tier.rate;
  return rate;
}

/// Each purse delivers the whole money of its room, so that only the lowest circuit's is kept where several are wanted.
bool is_second(const RoomState& room, CircuitId id, const std::map<CircuitId, PurseMode>& wanted) {
  return std::any_of(wanted.begin(), wanted.lower_bound(id), [&](const auto& item) {
    const auto* circuit = room.find(item.first);
    return item.second == PurseMode::purse && circuit != nullptr && circuit->utility == Utility::electricity;
  });
}

}  // namespace

std::optional<PurseFacts> Engine::purse_facts(CircuitId id) const {
  if (link_.row().fenced || !may_rely()) return std::nullopt;
  const auto room_id = room_of(id);
  const auto now = clock_.read(now_);
  if (!room_id || !now) return std::nullopt;
  const auto& room = *link_.state().find(*room_id);
  const auto& circuit = *room.find(id);
  if (circuit.utility != Utility::electricity || !is_read(*room_id)) return std::nullopt;
  const auto versions = versions_for(circuit, Accrual{}, *now);  // those that hold, not the one charged last
  if (versions.empty()) return std::nullopt;
  const auto& plan = plan_at(versions, *now);
  PurseFacts facts;
  facts.meter = circuit.meter;
  facts.opening = room.opening;
  facts.live = available(*room_id, Utility::electricity);
  facts.settled = room.balance;
  if (const auto own = room.allow.find(Utility::electricity); own != room.allow.end())
    facts.settled.micros += own->second.micros;
  facts.rate = highest_rate(plan);
  facts.price = rate_at(plan, point_at(plan, *now, config_.utc_offset), circuit.accrued);
  facts.used = counted_to(circuit);
  facts.is_second = is_second(room, id, settings_.purses());
  return facts;
}

}  // namespace wattle::edge
