#include "shared/tariff/price.hpp"

#include <chrono>

namespace wattle {

bool is_valid(const PricePlan& plan) {
  if (plan.tiers.empty() || plan.tiers.size() > tiers_max || plan.tiers.front().from_units != 0) return false;
  for (std::size_t i = 0; i < plan.tiers.size(); ++i) {
    if (plan.tiers[i].rate < 0 || plan.tiers[i].rate > rate_max) return false;
    if (i > 0 && plan.tiers[i].from_units <= plan.tiers[i - 1].from_units) return false;
  }
  return plan.period <= TierPeriod::year;
}

std::uint32_t tier_period_of(TierPeriod period, Instant local) {
  if (period == TierPeriod::none) return 0;
  using namespace std::chrono;
  const auto day = floor<std::chrono::days>(sys_time<std::chrono::microseconds>(std::chrono::microseconds(local.micros)));
  const year_month_day date(day);
  const auto year = static_cast<std::uint32_t>(static_cast<int>(date.year()));
  if (period == TierPeriod::year) return year;
  return year * 12 + static_cast<unsigned>(date.month()) - 1;
}

std::optional<Charge> charge(const PricePlan& plan, Quantity units, std::uint32_t period, const Accrued& before) {
  if (units.units < 0 || units.units > slice_units_max) return std::nullopt;
  Accrued after = before;
  if (period != before.tier_period) {
    after.tier_period = period;
    after.tier_units = 0;
  }
  std::int64_t cost = before.remainder;  // thousandths of a micro-unit: at most 10^9 × 10^9 + 999, within 64 bits
  std::int64_t left = units.units;
  for (std::size_t i = 0; i < plan.tiers.size() && left > 0; ++i) {
    const bool last = i + 1 == plan.tiers.size();
    const std::int64_t room = last ? left : plan.tiers[i + 1].from_units - after.tier_units;
    if (room <= 0) continue;
    const std::int64_t here = room < left ? room : left;
    cost += here * plan.tiers[i].rate;
    after.tier_units += here;
    left -= here;
  }
  after.remainder = static_cast<std::uint16_t>(cost % 1000);
  return Charge{{cost / 1000}, after};
}

}  // namespace wattle
