#pragma once
// A meter's model as data: how it is asked, where its values are, how its relays are commanded. Readings and commands are built
// from it (exchange.hpp), and virtual meters answer by it. Written as TOML (docs/operating/profiles.md), read by
// shared/profiles.

#include <string>

#include "shared/base/line_format.hpp"
#include "shared/meter/cjt188_model.hpp"
#include "shared/meter/dlt645_model.hpp"
#include "shared/meter/mbus_model.hpp"
#include "shared/meter/modbus_model.hpp"

namespace wattle {

struct MeterTimings {
  Duration answers_within = milliseconds(500);  // from the end of the request to the first byte of the answer, at most
  Duration gap;                                 // silence before a request; nothing: 3.5 characters
  Duration relay_settles = milliseconds(200);   // between a command and reading back
  bool operator==(const MeterTimings&) const = default;
};

struct MeterProfile {
  std::string model;
  LineFormat line;  // as the meter is delivered
  MeterTimings timings;
  Quantity rollover;  // the registers count from 0 to one less, in Wh or litres
  std::variant<ModbusModel, dlt645::Model, cjt188::Model, mbus::Model> protocol;
  std::uint8_t phases = 0;  // of which power, voltage and current are; 0: the profile does not say
  bool operator==(const MeterProfile&) const = default;
};

std::size_t circuit_count(const MeterProfile& profile);
/// Whether the n-th circuit can be switched.
bool has_relay(const MeterProfile& profile, std::size_t circuit);
/// Bus addresses that a meter at `address` takes for itself: one, or one for each of its circuits.
std::vector<std::uint64_t> addresses_of(const MeterProfile& profile, std::uint64_t address);
/// Of two meters of one line: what is asked of one the other may answer too.
bool share_an_address(const MeterProfile& a, std::uint64_t address_of_a, const MeterProfile& b, std::uint64_t address_of_b);
/// The highest that can stand on the wire: 247 under Modbus, 250 at a primary address of M-Bus, else a number of so many
/// digits.
std::uint64_t max_address(const MeterProfile& profile);
/// Whether each of addresses_of is 1 to max_address. M-Bus has 0 too, which is a meter's from the factory; Modbus over TCP has
/// 0 and 255, which are the device's that is reached by its IP address alone. On a line 0 is everybody's, and nobody answers.
bool is_address(const MeterProfile& profile, std::uint64_t address, bool modbus_tcp = false);
/// Those in words: "1 to 247".
std::string address_range(const MeterProfile& profile, bool modbus_tcp);
/// The highest number that a plate of this model carries, as far as the wire can tell it.
std::uint64_t max_plate_number(const MeterProfile& profile);
/// Whether the address is the number on the plate.
bool is_asked_by_number(const MeterProfile& profile);

/// What contradicts itself, for whoever writes profiles; empty for one that can be used. The same in words.
Contradiction find_contradiction(const MeterProfile& profile);
std::string contradiction(const MeterProfile& profile);

/// Whether what `b` reads of a meter may be other figures than what `a` reads. Line, timings, refusals and what is thought of
/// its clock only say how it is asked.
bool reads_otherwise(const MeterProfile& a, const MeterProfile& b);

// The two that everything is tried with, as their files in edge/profiles say it, without what is only recorded.
/// Single-phase meter with a relay, one block of holding registers. The shape of Hiking's DDS238 map, with energy in Wh and
/// the number that DDS238 lacks.
MeterProfile generic_relay_meter();
/// Single-phase meter of DL/T 645 as the standard has it, with its relay in 2007 and without one in 1997.
MeterProfile generic_dlt645_meter(dlt645::Edition edition);

}  // namespace wattle
