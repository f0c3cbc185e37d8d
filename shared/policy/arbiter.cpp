#include "shared/policy/arbiter.hpp"

#include <algorithm>

namespace wattle {

Decision decide(const CircuitFacts& facts) {
  if (facts.fire && !facts.is_lighting) return {false, RelayReason::fire};
  if (facts.trip.locked) return {false, RelayReason::locked_out};
  if (facts.trip.cut_at)
    return {false, facts.trip.cause == TripCause::overload ? RelayReason::overload : RelayReason::malignant};
  if (facts.mode == ControlMode::forced_off) return {false, RelayReason::forced_off};
  if (!facts.may_return) return {false, RelayReason::returning};
  if (facts.mode == ControlMode::forced_on) return {true, RelayReason::forced_on};
  if (facts.is_over) return {false, RelayReason::stay_over};
  if (facts.available <= facts.cut_at) return {false, RelayReason::no_credit};
  if (facts.period != nullptr && facts.period->action == TimeAction::off) return {false, RelayReason::timetable};
  return {true, RelayReason::credit};
}

std::optional<Power> limit_of(const TripRule& rule, const TimePeriod* period) {
  std::optional<Power> limit;
  if (rule.limit.watts > 0) limit = rule.limit;
  if (period != nullptr && period->action == TimeAction::limit) limit = limit ? std::min(*limit, period->limit) : period->limit;
  return limit;
}

Warning warning_of(Money available, Money first, Money second) {
  if (available <= second) return Warning::second;
  return available <= first ? Warning::first : Warning::none;
}

Warning next_warning(Warning before, Money available, Money first, Money second) {
  const auto now = warning_of(available, first, second);
  if (now >= before) return now;
  const auto less = subtract(available, warning_margin).value_or(available);
  return std::min(before, warning_of(less, first, second));
}

}  // namespace wattle
