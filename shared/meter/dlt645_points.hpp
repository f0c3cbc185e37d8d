#pragma once
// What of a DL/T 645 model is asked for, and under which identifiers.

#include "shared/meter/dlt645_items.hpp"
#include "shared/meter/dlt645_model.hpp"
#include "shared/meter/value_name.hpp"

namespace wattle::dlt645 {

/// One question of a reading.
struct Part {
  ValueName is;
  std::uint8_t offset;  // of the address
  std::uint32_t di;
};

/// In the order in which they are asked.
std::vector<Part> parts_of(const Model& model, Depth depth);
Unit unit_of(const ValueName& value);
/// For which of them decode_reading refuses these answers; nothing when it is none.
std::optional<std::size_t> refused_part(const Model& model, Quantity rollover, Depth depth, std::span<const Bytes> answers);

}  // namespace wattle::dlt645
