#pragma once
// Over which ways the campaign of faults leads, and which meters stand at their ends.

#include <iterator>

#include "shared/profiles/profile_file.hpp"

namespace wattle::bus_faults {

enum class Way : std::uint64_t {
  modbus_serial,
  dlt645_serial,
  modbus_through_server,
  dlt645_through_server,
  modbus_tcp,
  mixed,
  cjt188_serial,
  cjt188_through_server,
  mbus_serial,
  dlt645_collector,
  modbus_collector,
  dlt645_1997_serial,
  dlt645_1997_through_server,
  mbus_through_server,
  blocks_serial,
  blocks_through_server,
  blocks_collector,
  three_circuits_serial,
  three_circuits_through_server,
  three_phases_serial,
  three_phases_through_server,
  count
};
inline constexpr const char* way_names[] = {"modbus serial",
                                            "dlt645 serial",
                                            "modbus through server",
                                            "dlt645 through server",
                                            "modbus tcp",
                                            "mixed serial",
                                            "cjt188 serial",
                                            "cjt188 through server",
                                            "mbus serial",
                                            "dlt645 collector",
                                            "modbus collector",
                                            "dlt645-1997 serial",
                                            "dlt645-1997 through server",
                                            "mbus through server",
                                            "blocks serial",
                                            "blocks through server",
                                            "blocks collector",
                                            "three circuits serial",
                                            "three circuits through server",
                                            "three phases serial",
                                            "three phases through server"};
static_assert(std::size(way_names) == static_cast<std::size_t>(Way::count));

enum class Speech { modbus, dlt645, dlt645_1997, cjt188, mbus, blocks, three_circuits, three_phases };

constexpr bool is_serial(Way way) {
  return way == Way::modbus_serial || way == Way::dlt645_serial || way == Way::mixed || way == Way::cjt188_serial ||
         way == Way::mbus_serial || way == Way::dlt645_1997_serial || way == Way::blocks_serial ||
         way == Way::three_circuits_serial || way == Way::three_phases_serial;
}
constexpr bool is_collector(Way way) {
  return way == Way::dlt645_collector || way == Way::modbus_collector || way == Way::blocks_collector;
}

/// Of the n-th meter.
constexpr Speech speech_of(Way way, std::uint64_t n) {
  switch (way) {
    case Way::dlt645_serial:
    case Way::dlt645_through_server:
    case Way::dlt645_collector: return Speech::dlt645;
    case Way::dlt645_1997_serial:
    case Way::dlt645_1997_through_server: return Speech::dlt645_1997;
    case Way::mixed: return n == 1 ? Speech::dlt645 : Speech::modbus;
    case Way::cjt188_serial:
    case Way::cjt188_through_server: return Speech::cjt188;
    case Way::mbus_serial:
    case Way::mbus_through_server: return Speech::mbus;
    case Way::blocks_serial:
    case Way::blocks_through_server:
    case Way::blocks_collector: return Speech::blocks;
    case Way::three_circuits_serial:
    case Way::three_circuits_through_server: return Speech::three_circuits;
    case Way::three_phases_serial:
    case Way::three_phases_through_server: return Speech::three_phases;
    case Way::modbus_serial:
    case Way::modbus_through_server:
    case Way::modbus_tcp:
    case Way::modbus_collector:
    case Way::count: break;
  }
  return Speech::modbus;
}

/// Three questions a reading, whose answers have one length: by its bytes none can be told from another.
inline constexpr const char* blocks_profile = R"(model = "blocks"
protocol = "modbus"
rollover_wh = 1_000_000_000
[[block]]
start = 0x0000
count = 4
[[block]]
start = 0x0100
count = 4
[[block]]
start = 0x0200
count = 4
[number]
register = 0x0000
encoding = "u64"
[voltage]
register = 0x0203
unit = "0.1 V"
[[circuit]]
energy = { register = 0x0100, encoding = "u32", unit = "Wh" }
power = { register = 0x0200, encoding = "i16", unit = "W" }
current = { register = 0x0201, unit = "0.01 A" }
relay = { register = 0x0202, closed = 1, open = 0 }
command = { write = "coil", register = 0x0000 }
)";

inline MeterProfile profile_of(Speech speech) {
  switch (speech) {
    case Speech::modbus: return generic_relay_meter();
    case Speech::dlt645: return generic_dlt645_meter(dlt645::Edition::v2007);
    case Speech::dlt645_1997: return generic_dlt645_meter(dlt645::Edition::v1997);
    case Speech::cjt188:
      return {.model = "water",
              .line = {},
              .timings = {},
              .rollover = cjt188::usual_rollover,
              .protocol = cjt188::Model{.valve = cjt188::ModelValve{}}};
    case Speech::blocks: return parse_profile(blocks_profile, "blocks").profile;
    case Speech::three_circuits: return *shipped_profile("generic-three-circuits");
    case Speech::three_phases: return *shipped_profile("generic-dlt645-2007-three-phase");
    case Speech::mbus: break;
  }
  return {.model = "mbus", .line = {}, .timings = {}, .rollover = {100'000'000}, .protocol = mbus::Model{}};
}

/// As shipped, but quick, so that a point takes a moment.
inline MeterProfile quick(MeterProfile profile) {
  profile.timings = {.answers_within = milliseconds(60), .gap = {}, .relay_settles = milliseconds(5)};
  profile.line.baud = 115'200;
  return profile;
}

}  // namespace wattle::bus_faults
