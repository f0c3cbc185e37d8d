#pragma once
// `wattle-edge bus scan|read|relay|monitor` (docs/operating/technician.md): what each is called with, and the exit code that it
// ends with (BusExit). Results go to standard output, everything else to standard error.

#include <cstdint>
#include <string>
#include <vector>

namespace wattle::edge {

struct BusScanWords {
  std::string port;
  std::vector<std::string> protocols;  // none: all that the port can carry
  std::vector<std::uint32_t> bauds;
  std::vector<std::string> parities;
  std::string addresses;  // "A-B"
  bool quick = false;
};
int bus_scan_command(const BusScanWords& words);

/// One meter.
struct BusMeterWords {
  std::string port;
  std::string profile;
  std::string address;     // digits; of CJ/T 188 also fourteen, with the maker's code
  std::uint32_t baud = 0;  // 0: as the model is delivered
  std::string parity;      // the same
};
struct BusReadWords {
  BusMeterWords meter;
  bool full = false;
};
int bus_read_command(const BusReadWords& words);

struct BusRelayWords {
  BusMeterWords meter;
  std::size_t circuit = 1;
  std::string action;  // open or close
  std::string password_file;
  bool yes = false;
};
int bus_relay_command(const BusRelayWords& words);

struct BusMonitorWords {
  std::string port;
  std::string protocol;
  std::string profile;
  std::uint32_t baud = 0;
  std::string parity;
};
int bus_monitor_command(const BusMonitorWords& words);

}  // namespace wattle::edge
