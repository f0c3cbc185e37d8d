#include "shared/meter/meter_purse.hpp"

#include "shared/base/checked.hpp"

namespace wattle {

std::int64_t whole_steps(std::int64_t value, std::int64_t step) {
  const auto rest = value % step;
  return value - (rest < 0 ? rest + step : rest);
}

std::int64_t MeterPurse::remaining() const { return whole_steps(thousandths, 1000) / 1000; }

void MeterPurse::flow(std::int64_t wh) { thousandths -= wh * (measure == PurseMeasure::money ? price : 1000); }

bool MeterPurse::take(const PurseOrder& order) {
  if (order.amount < 0 || (order.count != count + 1 && !counts_for_itself)) return false;
  const bool buys = order.trade == PurseTrade::buy;
  if (!buys && order.amount > remaining()) return false;
  ++count;
  if (buys) total += order.amount;
  thousandths += (buys ? order.amount : -order.amount) * 1000;
  return true;
}

}  // namespace wattle
