#include "shared/profiles/sections.hpp"

namespace wattle {

mbus::Model read_mbus_model(ConfigSection& root) {
  mbus::Model model;
  if (root.choice("counts", {"water", "energy"}) == "energy") model.counts = Unit::watt_hour;
  model.by_number = root.choice("asked_at", {"primary", "number"}, "primary") == "number";
  return model;
}

}  // namespace wattle
