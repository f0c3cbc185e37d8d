#pragma once
// What the buses of a box, and the meters of a bus, must not have in common: the same for the file and for the stream.

#include "edge/config.hpp"

namespace wattle::edge {

Speaks speaks_of(const MeterProfile& profile);
/// One registration is part of the other: which collector dialled in could not be told.
bool cannot_be_told(const CollectorSettings& a, const CollectorSettings& b);
/// Device, connection or collector.
bool share_a_port(const BusConfig& a, const BusConfig& b);
bool share_an_address(const MeterConfig& a, const MeterConfig& b);
bool share_a_circuit(const MeterConfig& a, const MeterConfig& b);
/// The bus's line once a meter of this model is on it, too: as that is delivered. Behind a gateway of Modbus-TCP, whose own
/// line nobody here sets, the slowest of its meters', whose answers take longest.
LineFormat line_with(const BusConfig& bus, const MeterProfile& profile);
/// The same line with the same meters: it need not be opened anew.
bool are_same(const BusConfig& a, const BusConfig& b);

}  // namespace wattle::edge
