#include "shared/policy/control.hpp"

namespace wattle {

namespace {

bool is_whole(Duration time, Duration unit, Duration longest) {
  return time.micros >= 0 && time <= longest && time.micros % unit.micros == 0;
}

bool is_amount(Money money) { return money.micros >= -control_money_max.micros && money <= control_money_max; }

}  // namespace

bool is_valid(const ControlSettings& v) {
  return v.mode <= ControlMode::forced_off && v.load <= load_kind_last && is_amount(v.cut_at) && is_amount(v.warn_first) &&
         is_amount(v.warn_second) && v.warn_second <= v.warn_first && v.trip.limit.watts >= 0 &&
         v.trip.limit <= control_power_max && is_whole(v.trip.patience, seconds(1), patience_max) &&
         is_whole(v.trip.window, minutes(1), window_max) && v.trip.window.micros > 0;
}

bool is_valid(const SiteDefaults& v) { return is_valid(v.circuit) && is_whole(v.return_pause, seconds(1), return_pause_max); }

}  // namespace wattle
