#include "shared/policy/meter_orders.hpp"

#include <algorithm>

namespace wattle {
namespace {

bool is_number(MeterId meter) { return meter.value != 0 && meter.value < meter_number_max; }
bool is_shown(Quantity reading) { return reading.units >= 0 && reading.units <= shown_max; }

}  // namespace

bool is_valid(const MeterOrder& order) {
  return is_number(order.before) && is_number(order.after) && order.before != order.after && is_shown(order.last) &&
         is_shown(order.first);
}

bool is_valid(const RolloverOrder& order) {
  return is_number(order.meter) && order.turn <= turns_max && order.ends.units >= register_ends_min &&
         order.ends.units <= shown_max / std::max(order.turn, 1U);
}

}  // namespace wattle
