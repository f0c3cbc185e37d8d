#pragma once
// The further quantities as meters measure them: their unit, our step of it, and what is beyond any meter.

#include "shared/base/further.hpp"
#include "shared/meter/limits.hpp"
#include "shared/meter/measured.hpp"

namespace wattle {

struct FurtherForm {
  Unit unit;
  int exponent;  // ours is 10^exponent of it
};
constexpr FurtherForm form_of(FurtherKind kind) {
  switch (kind) {
    case FurtherKind::frequency: return {Unit::hertz, -3};
    case FurtherKind::reactive_energy: return {Unit::var_hour, 0};
    case FurtherKind::reactive_power: return {Unit::var, 0};
    case FurtherKind::remaining_energy: return {Unit::watt_hour, 0};
    case FurtherKind::remaining_money: return {Unit::yuan, -6};
    case FurtherKind::flow: return {Unit::cubic_metre_per_hour, -6};
    case FurtherKind::temperature: return {Unit::celsius, -3};
    case FurtherKind::voltage_b:
    case FurtherKind::voltage_c: return {Unit::volt, -3};
    case FurtherKind::current_a:
    case FurtherKind::current_b:
    case FurtherKind::current_c: return {Unit::ampere, -3};
    case FurtherKind::power_factor: return {Unit::none, -3};
    case FurtherKind::relay: break;
  }
  return {Unit::none, 0};
}

struct FurtherBounds {
  std::int64_t least;
  std::int64_t most;
};
constexpr FurtherBounds bounds_of(FurtherKind kind) {
  switch (kind) {
    case FurtherKind::power_factor: return {-unity_per_mille, unity_per_mille};
    case FurtherKind::frequency: return {0, max_frequency_mhz};
    case FurtherKind::relay: return {0, 1};
    case FurtherKind::reactive_energy: return {-max_reactive_varh, max_reactive_varh};  // a combined one may run back
    case FurtherKind::reactive_power: return {-max_power_w, max_power_w};
    case FurtherKind::remaining_energy: return {-max_remaining_wh, max_remaining_wh};
    case FurtherKind::remaining_money: return {-max_remaining_micros, max_remaining_micros};
    case FurtherKind::flow: return {-max_flow_ml_per_h, max_flow_ml_per_h};
    case FurtherKind::temperature: return {-max_temperature_mcelsius, max_temperature_mcelsius};
    case FurtherKind::voltage_b:
    case FurtherKind::voltage_c: return {0, max_voltage_mv};
    case FurtherKind::current_a:
    case FurtherKind::current_b:
    case FurtherKind::current_c: return {-max_current_ma, max_current_ma};
  }
  return {0, 0};
}

/// A debt shows as what is overdrawn, or by the sign of what remains; of a meter that does both the sign counts.
constexpr std::int64_t net_of(std::int64_t remaining, std::int64_t overdrawn) {
  return remaining >= 0 ? remaining - overdrawn : remaining;
}

/// Nothing: it is marked as not available, or was not heard. Then a remaining of nothing may be any debt, and is not told
/// either.
inline void put_overdrawn(Further& further, FurtherKind remaining, std::optional<std::int64_t> overdrawn) {
  const auto before = further.get(remaining);
  if (!before) return;
  if (overdrawn) return further.put(remaining, net_of(*before, *overdrawn));
  if (*before != 0) return;
  Further rest;
  for (std::size_t i = 0; i < further_kinds; ++i)
    if (const auto kind = static_cast<FurtherKind>(i); kind != remaining) rest.put(kind, further.get(kind));
  further = rest;
}

}  // namespace wattle
