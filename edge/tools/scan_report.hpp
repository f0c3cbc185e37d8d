#pragma once
// What a scan prints: a line for each meter, and where it is.

#include "edge/tools/scan.hpp"

namespace wattle::edge {

/// One JSON object. Rate and parity are left out where the line is somebody else's.
std::string to_json(const FoundMeter& meter, bool has_line);
/// "9600 8N1 modbus-rtu, 120 asked, at most 2 min 5 s remain"
std::string to_text(const ScanProgress& progress, bool has_line);
/// "9600 8N1"
std::string to_text(const LineFormat& line);
const char* word(Parity parity);

}  // namespace wattle::edge
