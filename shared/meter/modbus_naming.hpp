#pragma once
// What registers mean to a model: the values of its profile in their units, for people.

#include "shared/meter/field.hpp"
#include "shared/meter/modbus_model.hpp"

namespace wattle::modbus {

/// Of an answer to `asked`, the values that lie whole in it; of the circuits those that answer at the meter's own unit. What is
/// no number, or out of range, is not available.
Fields name_values(const ModbusModel& model, const Request& asked, std::span<const std::uint16_t> values);
/// Of a write, which circuit it orders to what. Empty for other requests.
Fields name_order(const ModbusModel& model, const Request& request);

}  // namespace wattle::modbus
