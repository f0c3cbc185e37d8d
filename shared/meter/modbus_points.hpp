#pragma once
// What of a Modbus model is read, and where.

#include "shared/meter/modbus_model.hpp"
#include "shared/meter/value_name.hpp"

namespace wattle::modbus {

/// A point, and the unit offset at which it is read.
struct Placed {
  const Point* point;
  std::uint8_t offset;
  ValueName is;
};

/// In the order in which they are looked at.
std::vector<Placed> points_of(const ModbusModel& model, Depth depth);
bool contains(const Block& block, const Point& point);
/// For which of the values that a reading rests on decode_reading refuses these answers; nothing when it is none of them.
std::optional<Placed> refused_point(const ModbusModel& model, Quantity rollover, Depth depth,
                                    std::span<const std::vector<std::uint16_t>> answers);

}  // namespace wattle::modbus
