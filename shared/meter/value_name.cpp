#include "shared/meter/value_name.hpp"

namespace wattle {

bool is_needed(const ValueName& value) {
  return value.what == What::number || value.what == What::energy || value.what == What::power || value.what == What::relay;
}

std::string_view key_of(const ValueName& value) {
  switch (value.what) {
    case What::number: return "number";
    case What::voltage: return "voltage";
    case What::frequency: return "frequency";
    case What::energy: return "energy";
    case What::power: return "power";
    case What::current: return "current";
    case What::power_factor: return "power_factor";
    case What::relay: return "relay";
    case What::further: return name_of(value.kind).name;
    case What::overdrawn: break;
  }
  return value.kind == FurtherKind::remaining_energy ? "overdrawn_energy" : "overdrawn_money";
}

std::string full_name(const ValueName& value) {
  const auto of_circuit = value.circuit ? "circuit_" + std::to_string(*value.circuit + 1) + '.' : std::string();
  return of_circuit + std::string(key_of(value));
}

}  // namespace wattle
