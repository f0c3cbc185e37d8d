#pragma once
// A water meter's whole address, as a scan finds it: fourteen digits, of which the upper four are its maker's code and need not
// be decimal.

#include <optional>
#include <string_view>

#include "shared/meter/profile.hpp"

namespace wattle::edge {

struct WaterAddress {
  MeterProfile profile;  // the model, with this maker's code
  std::uint64_t number = 0;
};
/// Nothing: these are no such digits, the model is no water meter, or it is another maker's.
std::optional<WaterAddress> with_maker(const MeterProfile& model, std::string_view digits);

}  // namespace wattle::edge
