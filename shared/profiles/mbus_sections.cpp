#include "shared/profiles/sections.hpp"

namespace wattle {

mbus::Model read_mbus_model(ConfigSection& root) {
  mbus::Model model;
  if (root.choice("counts", {"water", "energy"}) == "energy") model.counts = Unit::watt_hour;
  if (root.has("power_factor")) {
    const auto step = root.choice("power_factor", {"1", "0.1", "0.01", "0.001", "0.0001"});
    model.power_factor_exponent = step == "1" ? 0 : 2 - static_cast<int>(step.size());
  }
  model.by_number = root.choice("asked_at", {"primary", "number"}, "primary") == "number";
  return model;
}

}  // namespace wattle
