#pragma once
// What is wired to a box: its buses and the meters on them, as registers bus/<slot>/<name> and place/<slot>/<number> of the
// configuration (api-spec/control.md); and what a box says of each.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/line_format.hpp"
#include "shared/base/rs485.hpp"

namespace wattle {

inline constexpr std::size_t bus_name_max = 16;  // of [A-Za-z0-9._-]
inline constexpr std::size_t port_bytes_max = 200;
inline constexpr std::size_t heartbeat_bytes_max = 64;
inline constexpr std::size_t registration_bytes_min = 4;  // to be told from noise
inline constexpr std::size_t profile_name_max = 48;
inline constexpr std::size_t wired_circuits_max = 4;      // of a meter
inline constexpr std::size_t wired_meters_max = 128;      // of a bus
inline constexpr std::size_t box_buses_max = 64;          // of a box, those of its file among them
inline constexpr std::size_t box_meters_max = 1024;       // likewise
inline constexpr std::uint32_t bus_latency_max = 30'000;  // ms
inline constexpr std::uint64_t wired_number_max = 999'999'999'999;

/// What is behind a bus's port.
enum class PortKind : std::uint8_t {
  serial = 1,            // a device file
  tcp = 2,               // "host:port" of a serial server
  modbus_tcp = 3,        // the same of a gateway
  collector = 4,         // with what it registers when it dials in
  modbus_collector = 5,  // the same, and it speaks Modbus-TCP
};

struct BusSetting {
  PortKind kind = PortKind::serial;
  std::string port;
  std::string heartbeat = {};           // of a collector; empty: none
  std::optional<LineFormat> line = {};  // else as its meters are delivered
  std::uint32_t latency_ms = 0;         // what the way adds to an answer; 0: as usual for such a port
  std::optional<Rs485> rs485 = {};      // of a serial device; none: who turns its line around stays as it is
  bool operator==(const BusSetting&) const = default;
};

struct WiredCircuit {
  CircuitId circuit;
  RoomId room;  // 0: nobody's; it is only recorded
  bool operator==(const WiredCircuit&) const = default;
};

/// Password and operator's code as they go over the wire, sealed by the cloud for its box: nonce, tag, eight bytes.
inline constexpr std::size_t password_bytes = 8;
inline constexpr std::size_t sealed_password_bytes = 24 + 16 + password_bytes;

struct SealedPassword {
  Bytes sealed;
  Instant set;
  bool operator==(const SealedPassword&) const = default;
};

struct PlaceSetting {
  std::string bus;
  std::uint64_t address = 0;  // 0 is one of M-Bus, and of Modbus over TCP
  std::string profile;
  std::vector<WiredCircuit> circuits;  // the profile's first ones, in its order
  std::optional<SealedPassword> password = {};
  bool operator==(const PlaceSetting&) const = default;
};

/// Taken out: what the box's own file says of it is void too.
struct TakenOut {
  bool operator==(const TakenOut&) const = default;
};
using BusRegister = std::variant<TakenOut, BusSetting>;
using PlaceRegister = std::variant<TakenOut, PlaceSetting>;

struct BusKey {
  EdgeId slot;
  std::string name;
  auto operator<=>(const BusKey&) const = default;
};
struct PlaceKey {
  EdgeId slot;
  MeterId number;
  auto operator<=>(const PlaceKey&) const = default;
};

inline constexpr std::string_view bus_prefix = "bus/";
inline constexpr std::string_view place_prefix = "place/";
bool is_bus_name(std::string_view name);
std::string bus_key(EdgeId slot, std::string_view name);
std::string place_key(EdgeId slot, MeterId number);
std::optional<BusKey> parse_bus_key(std::string_view key);
std::optional<PlaceKey> parse_place_key(std::string_view key);

bool is_valid(const BusSetting& bus);
bool is_valid(const PlaceSetting& place);
Bytes encode(const BusRegister& bus);
Bytes encode(const PlaceRegister& place);
std::optional<BusRegister> decode_bus(ByteView bytes);
std::optional<PlaceRegister> decode_place(ByteView bytes);

/// Why a box does not use a bus or a meter as it is set. Numbers of its report; the words are stable.
enum class WiringFault : std::uint8_t {
  none = 0,
  bus_unknown = 1,        // the meter's bus is not there, or cannot be used
  profile_unknown = 2,    // neither shipped nor beside the box
  bad_address = 3,        // not one of the profile's protocol
  address_taken = 4,      // another meter has it on this bus
  circuit_taken = 5,      // another meter of the box has it
  too_many_circuits = 6,  // more than the profile has
  bus_full = 7,
  password_unreadable = 8,  // sealed for a box before this one
  bad_port = 9,
  port_taken = 10,      // another bus has it
  no_collectors = 11,   // the box's file has no [collectors]
  line_format = 12,     // no rate of serial devices, or the bus's meters want different ones
  bad_number = 13,      // no plate of the profile has such a number
  other_protocol = 14,  // than the bus speaks
  too_many = 15,        // buses or meters for one box
  bus_away = 16,        // it cannot be opened, and is tried again and again
};
inline constexpr auto wiring_fault_last = WiringFault::bus_away;
std::string_view word(WiringFault fault);

enum class WiringState : std::uint8_t { applied = 1, pending = 2, refused = 3 };
std::string_view word(WiringState state);
enum class WiringSource : std::uint8_t { file = 1, stream = 2 };
std::string_view word(WiringSource source);

}  // namespace wattle
