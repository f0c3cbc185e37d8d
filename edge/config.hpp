#pragma once
// The box's TOML file (docs/operating/edge.md), checked whole before anything starts.

#include <string>
#include <vector>

#include "edge/core/clock_plan.hpp"
#include "edge/io/collector_server.hpp"
#include "edge/io/serial_bus_device.hpp"
#include "shared/base/ids.hpp"
#include "shared/io/log.hpp"
#include "shared/io/tcp_address.hpp"
#include "shared/meter/exchange.hpp"
#include "shared/policy/wiring.hpp"

namespace wattle::edge {

struct CircuitConfig {
  RoomId room;  // 0: nobody's; it is only recorded
  CircuitId circuit;
};

inline bool is_only_recorded(const CircuitConfig& circuit) { return circuit.room.value == 0; }

struct MeterConfig {
  MeterPlace place;
  std::shared_ptr<const MeterProfile> profile;
  std::vector<CircuitConfig> circuits;  // the profile's first ones, in its order
};

/// What stands around the meters' words: nothing, or the header of Modbus-TCP.
enum class Framing : std::uint8_t { as_on_the_line, modbus_tcp };

enum class Speaks : std::uint8_t { any, modbus, dlt645, cjt188, mbus };

struct BusConfig {
  std::string name;
  std::string device;                          // of a serial line, or
  std::optional<TcpAddress> connect;           // of what stands before one, or
  std::optional<CollectorSettings> collector;  // what stands before one dials in
  LineFormat line;
  bool format_given = false;   // or as its meters are delivered
  std::optional<Rs485> rs485;  // of a serial line; none: as the device has it
  Framing framing = Framing::as_on_the_line;
  Speaks speaks = Speaks::any;   // of its meters
  Duration latency;              // beyond that of a wire
  Duration every = seconds(10);  // its meters are read
  ClockPlan clock;               // of its meters
  std::vector<MeterConfig> meters;
};

struct EdgeConfig {
  std::string data;  // folder: store, keys, identity, local socket
  Duration utc_offset;
  std::string cloud_url;
  std::string cloud_ca;  // empty: the system's authorities
  std::string claim_code_file;
  std::string mqtt_host;  // empty: as the claim's answer says
  std::uint16_t mqtt_port = 0;
  Duration mqtt_longest_pause = seconds(30);  // between two attempts to connect
  Duration poll_every;
  Duration record_every;                // of each circuit, for history
  std::int64_t ring_bytes = 0;          // of recorded readings that the cloud does not have yet
  std::int64_t disk_reserve_bytes = 0;  // kept for the ledger when the disk is full
  std::int64_t disk_alarm_bytes = 0;    // free, below which it is told
  LogLevel log_least = LogLevel::info;
  std::string log_file;                         // empty: standard error
  std::uint16_t metrics_port = 0;               // 0: no page
  std::optional<TcpAddress> collectors_listen;  // where collectors dial in
  std::string profiles;                         // folder of models beside the shipped ones; empty: none
  ClockPlan clock;                              // of the meters of each bus
  std::vector<BusConfig> buses;
};

struct LoadedConfig {
  EdgeConfig config;
  std::vector<std::string> faults;  // "edge.toml:12: …", by line; empty: it may be used
};
LoadedConfig load_config(const std::string& path);
LoadedConfig parse_config(std::string_view text, const std::string& source);

}  // namespace wattle::edge
