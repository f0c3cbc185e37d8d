#include "edge/core/counting.hpp"

namespace wattle::edge {

Counted counted(Quantity shown, const Register& of) {
  const bool is_said = of.order != nullptr && of.order->meter == of.meter;
  const auto ends = is_said ? of.order->ends.units : of.ends.units;
  const auto behind = of.from.units - shown.units;
  if (ends <= 0 || behind <= 0 || shown.units >= ends) return {shown};
  const auto turns = behind / ends + (behind % ends == 0 ? 0 : 1);
  std::int64_t units = 0;
  if (__builtin_mul_overflow(turns, ends, &units) || __builtin_add_overflow(units, shown.units, &units)) return {shown};
  // After a turn that was none, what the register truly shows would look like most of a turn.
  if (units - of.from.units > ends / 2) return {shown};
  const auto turned = of.from.units / ends;
  if (turns <= turned) return {{units}};
  if (is_said && turns == turned + 1 && turns <= of.order->turn) return {{units}, true};
  if (units - of.from.units <= ends / turn_step_share) return {{units}, true, false};
  return {shown};
}

std::optional<MeterRead> Counting::count(MeterRead read, const Register& of) {
  if (read.meter != of.meter) return read;
  const auto now = counted(read.register_units, of);
  read.register_units = now.units;
  const auto said = turned_.find(read.circuit);
  const bool is_said_again = said != turned_.end() && now.has_turned && said->second <= now.units;
  if (said != turned_.end()) turned_.erase(said);
  if (now.is_sure || is_said_again) return read;
  turned_[read.circuit] = now.units;
  return std::nullopt;
}

}  // namespace wattle::edge
