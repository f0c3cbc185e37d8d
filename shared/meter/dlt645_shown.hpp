#pragma once
// What an answering meter of DL/T 645 shows beside what its model names: the standard's items of energy, of the moment and of
// the meter itself, as far as they follow from what it counts. What nothing here knows (temperature, batteries) it refuses.

#include "shared/meter/dlt645_meter.hpp"
#include "shared/meter/reading.hpp"

namespace wattle::dlt645 {

inline constexpr std::uint8_t tariffs_shown = 4;       // all energy is in the first
inline constexpr std::int64_t pulses_per_kwh = 3'200;  // of the virtual meter's lamp, as its plate has it

inline constexpr std::int64_t mains_mhz = 50'000;  // where a reading tells none

/// The single values of a circuit. What the model names is put over them.
void show_standard(MeterImage& image, const Reading& reading, const CircuitReading& circuit);
/// The blocks, each of the single values that the image shows by then; what it has not is filled with FFH.
void show_blocks(MeterImage& image);

}  // namespace wattle::dlt645
