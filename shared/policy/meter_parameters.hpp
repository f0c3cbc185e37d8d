#pragma once
// The register `parameters/<circuit>`: what the circuit's meter is to be told (api-spec/control.md); and what a box reports of
// it. Canonical bytes, written and read by both ends here.

#include "shared/base/bytes.hpp"
#include "shared/base/parameter.hpp"

namespace wattle {

/// Only these are kept as they are ordered; what a register does not name stays as it is in the meter.
struct ParameterOrder {
  ParameterValues values;
  bool operator==(const ParameterOrder&) const = default;
};

Bytes encode(const ParameterOrder& order);
std::optional<ParameterOrder> decode_parameters(ByteView bytes);

enum class ParameterState : std::uint8_t {
  pending = 0,      // not read yet
  written = 1,      // read back as ordered
  differs = 2,      // the meter has another value, and is told again
  refused = 3,      // the meter says no, or cannot hold exactly this value
  unsupported = 4,  // the profile does not know it, or the meter does not
};

/// How one parameter stands, as its box sees it.
struct ParameterTold {
  ParameterState state{};
  std::optional<ParameterValue> in_meter;  // as last read
  Instant read;                            // when; 0: never
  std::uint16_t why = 0;                   // MeterErrc of a refusal or of the last failure; 0: none
  bool operator==(const ParameterTold&) const = default;
};
using ParametersTold = std::map<Parameter, ParameterTold>;

/// The meter's clock as it was read; ahead of the box's is positive.
struct ClockTold {
  Duration error;
  Instant read;
  bool refused = false;  // it was to be set, and would not
  bool operator==(const ClockTold&) const = default;
};

void write(Writer& out, const ParametersTold& told);
ParametersTold read_parameters_told(Reader& in);
void write(Writer& out, const std::optional<ClockTold>& clock);
std::optional<ClockTold> read_clock_told(Reader& in);

}  // namespace wattle
