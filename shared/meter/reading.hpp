#pragma once
// What a meter says of its circuits at one moment, in whole units.

#include <optional>
#include <vector>

#include "shared/base/further.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/units.hpp"

namespace wattle {

/// One of the circuits that a meter counts. Nothing stands for what the model does not tell, or was not asked this time.
struct CircuitReading {
  Quantity energy;  // cumulative register, Wh
  std::optional<Power> power;
  std::optional<std::int64_t> current_ma;
  std::optional<std::int64_t> power_factor_per_mille;
  std::optional<bool> relay_closed;  // of the contact, as far as the meter can tell
  Further further = {};              // reactive, remaining, other phases, flow and temperature, where the model tells them
  std::optional<bool> relay_commanded = {};  // what it was last told, where the model tells: the contact may follow later
  bool operator==(const CircuitReading&) const = default;
};

/// What a meter says of its own state in the answer that brings its register (M-Bus, CJ/T 188). For people.
struct MeterStatus {
  bool battery_low = false;  // or its power otherwise
  bool permanent_error = false;
  bool temporary_error = false;
  bool valve_fault = false;
  bool busy = false;               // its application; what it tells may be old
  bool application_error = false;  // likewise
  bool operator==(const MeterStatus&) const = default;
};

struct Reading {
  MeterId meter;                           // from the meter itself; whoever asked compares it with the one that should be there
  std::optional<std::int64_t> voltage_mv;  // of three phases the first; the others are further quantities of the circuit
  std::optional<std::int64_t> frequency_mhz;
  std::vector<CircuitReading> circuits;  // in the order of the profile; never empty in a reading that was decoded
  MeterStatus status = {};
  bool operator==(const Reading&) const = default;
};

/// All that is recorded of a circuit beside its register, power, voltage and current.
inline Further further_of(const Reading& reading, const CircuitReading& circuit) {
  auto all = circuit.further;
  all.put(FurtherKind::power_factor, circuit.power_factor_per_mille);
  all.put(FurtherKind::frequency, reading.frequency_mhz);
  if (circuit.relay_closed) all.put(FurtherKind::relay, std::int64_t{*circuit.relay_closed});
  return all;
}

}  // namespace wattle
