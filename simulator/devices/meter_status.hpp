#pragma once
// What somebody who stands before a virtual meter sees on it: its purse or display, what it was told, its clock.

#include <string>

#include "simulator/devices/virtual_meter.hpp"

namespace wattle::sim {

/// " purse=display remaining=12.34 …", a word for each thing that the circuit has; empty when it has none. Amounts are in yuan,
/// or in kWh of a purse of energy. Advances the meter.
std::string shown_besides(VirtualMeter& meter, std::size_t circuit, Instant now);
/// The words about its purse alone; empty when the circuit has none.
std::string shown_purse(VirtualMeter& meter, std::size_t circuit, Instant now);
/// Micro-units of money or Wh: "12", "12.34". Nothing when it is no amount of a purse, or has parts of a fen or of 10 Wh.
std::optional<std::int64_t> purse_amount(PurseMeasure measure, std::string_view text);

}  // namespace wattle::sim
