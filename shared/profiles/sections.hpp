#pragma once
// The parts of a profile's file that are a protocol's own. What is wrong is noted in the section.

#include "shared/io/config.hpp"
#include "shared/meter/profile.hpp"

namespace wattle {

ModbusModel read_modbus_model(ConfigSection& root);
dlt645::Model read_dlt645_model(ConfigSection& root, dlt645::Edition edition);
cjt188::Model read_cjt188_model(ConfigSection& root);
mbus::Model read_mbus_model(ConfigSection& root);

inline PurseKind read_purse_kind(ConfigSection& purse, std::string_view key) {
  const auto kind = purse.choice(key, {"purchase", "display", "read_only"});
  if (kind == "display") return PurseKind::display;
  return kind == "read_only" ? PurseKind::read_only : PurseKind::purchase;
}

/// How far away a clock is still right, and hears a broadcast.
inline Duration read_clock_within(ConfigSection& clock, std::string_view key, Duration usual) {
  return clock.duration(key, {minutes(1), hours(1)}, usual);
}

}  // namespace wattle
