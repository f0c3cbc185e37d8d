#pragma once
// One meter at a port, as a technician names it, and its reading.

#include "edge/bus_command.hpp"
#include "edge/bus_port.hpp"
#include "shared/meter/profile.hpp"

namespace wattle::edge {

struct ToolMeter {
  ToolPort port;
  std::shared_ptr<const MeterProfile> profile;
  MeterPlace place;
  LineFormat line;
};
/// Or what is wrong with the words.
std::variant<ToolMeter, std::string> tool_meter(const BusMeterWords& words);
/// "none", "even" or "odd" over the format's own; a rate that devices know. What is wrong, or nothing.
std::string set_line(LineFormat& line, std::uint32_t baud, const std::string& parity);

struct ToolReading {
  std::vector<Exchange> exchanges;
  std::vector<MeterAnswer> answers;
  Result<Reading> reading;
  Error port;   // of the port, when it could not be asked at all
  Bytes heard;  // behind the last question
};
/// Asked twice at most where nothing or garbage came and a late answer cannot pass for another's.
ToolReading read_meter(PortMaster& master, const ToolMeter& meter, Depth depth);

}  // namespace wattle::edge
