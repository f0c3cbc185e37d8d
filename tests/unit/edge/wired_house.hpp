#pragma once
// A box with two buses in its file and a meter on each, and what its stream says of them.

#include <algorithm>
#include <catch2/catch.hpp>

#include "edge/wiring.hpp"
#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge::test {

inline constexpr const char* two_buses = R"(
data = "data"
[cloud]
url = "http://127.0.0.1:1"
claim_code_file = "code"
[[bus]]
name = "1"
device = "/dev/ttyS1"
[[bus]]
name = "2"
device = "/dev/ttyS2"
[[meter]]
bus = "1"
circuit = 1010
room = 101
address = 1
meter_number = 5001
[[meter]]
bus = "2"
circuit = 1011
room = 101
address = 1
meter_number = 5002
)";

inline std::unique_ptr<Seal> seal_between(std::uint8_t own, std::uint8_t peer) {
  Seed mine{};
  Seed theirs{};
  mine.fill(own), theirs.fill(peer);
  return *SodiumBox(mine).seal_with(SodiumBox(theirs).key());
}

inline SealedPassword sealed_by(std::uint8_t cloud, std::uint8_t box, const Bytes& plain) {
  const Nonce nonce{{1, 2, 3}};
  Bytes out(nonce.bytes.begin(), nonce.bytes.end());
  out.resize(sealed_password_bytes);
  seal_between(cloud, box)->close(plain, nonce, out.data() + sizeof nonce);
  return {out, {1}};
}

struct Wired : House {
  Wired() {
    auto loaded = parse_config(two_buses, "edge.toml");
    REQUIRE(loaded.faults.empty());
    file = std::move(loaded.config);
  }
  void bus(const std::string& name, const BusRegister& value) { configure(bus_key(house_box.edge, name), encode(value)); }
  void place(std::uint64_t number, const PlaceRegister& value) {
    configure(place_key(house_box.edge, {number}), encode(value));
  }
  /// "1: 5001@1 6001@2; 2: 5002@1"
  std::string wire() {
    Wirer wirer(file, house_box.edge, seal_between(8, 9));
    wiring = wirer.wire(*box);
    std::string out;
    for (const auto& one : wiring.buses) {
      out += (out.empty() ? "" : "; ") + one.name + ":";
      for (const auto& meter : one.meters)
        out += ' ' + std::to_string(meter.place.number.value) + '@' + std::to_string(meter.place.address);
    }
    return out;
  }
  WiringFault fault_of(std::uint64_t number) const {
    for (const auto& note : wiring.meter_notes)
      if (note.number.value == number) return note.fault;
    return WiringFault::none;
  }
  const BusNote& note_of(const std::string& name) const {
    return *std::find_if(wiring.bus_notes.begin(), wiring.bus_notes.end(), [&](const auto& n) { return n.name == name; });
  }
  EdgeConfig file;
  Wiring wiring;
};

inline PlaceSetting at(const std::string& bus, std::uint64_t address, std::uint32_t circuit,
                       const std::string& profile = "generic-relay-meter") {
  return {bus, address, profile, {{{circuit}, {101}}}, std::nullopt};
}

}  // namespace wattle::edge::test
