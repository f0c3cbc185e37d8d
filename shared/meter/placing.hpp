#pragma once
// Where a circuit of a meter is written to: parameters and purses are of an address, and a meter may have several.

#include "shared/base/check.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle {

inline std::uint8_t offset_of(const ModbusModel& model, std::size_t circuit) { return model.circuits[circuit].unit_offset; }
inline std::uint8_t offset_of(const dlt645::Model& model, std::size_t circuit) {
  return model.circuits[circuit].address_offset;
}

/// Of circuits at one address the first speaks for the meter.
template <class Model>
bool speaks_for_address(const Model& model, std::size_t circuit) {
  if (circuit >= model.circuits.size()) return false;
  for (std::size_t i = 0; i < circuit; ++i)
    if (offset_of(model, i) == offset_of(model, circuit)) return false;
  return true;
}
inline bool speaks_for_address(const cjt188::Model&, std::size_t) { return false; }
inline bool speaks_for_address(const mbus::Model&, std::size_t) { return false; }

/// The place must be encodable, as a configuration's check has found it.
inline dlt645::Address address_at(const dlt645::Model& model, const MeterPlace& place, std::size_t circuit) {
  const auto at = dlt645::address_of(model, place.address + offset_of(model, circuit));
  WATTLE_CHECK(at);
  return *at;
}
/// Of what is written: by the whole number, so that no other meter takes it for its own.
inline dlt645::Address written_at(const dlt645::Model& model, const MeterPlace& place, std::size_t circuit) {
  const auto at = dlt645::address_of(place.address + offset_of(model, circuit));
  WATTLE_CHECK(at);
  return *at;
}
inline std::uint8_t unit_at(const ModbusModel& model, const MeterPlace& place, std::size_t circuit) {
  return static_cast<std::uint8_t>(place.address + offset_of(model, circuit));
}

}  // namespace wattle
