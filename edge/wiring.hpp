#pragma once
// What is wired to this box: the buses and meters of its file and those of the stream, put together (docs/decisions/0021). A
// bus or a meter of the stream takes the place of the one with the same name or number in the file; what the stream takes out
// is out; the file's others stay, and come first where two want the same. What cannot be used is left out under its code, and
// all others go on. How often they are read is the stream's word, and where it says nothing the file's.

#include "edge/config.hpp"
#include "edge/core/engine.hpp"
#include "edge/profile_shelf.hpp"
#include "shared/crypto/seal.hpp"

namespace wattle::edge {

/// Whence a bus or a meter is, and what became of what the stream says of it. With a fault and from the file: the file's goes
/// on where the stream's cannot be used.
struct BusNote {
  std::string name;
  WiringSource source{};
  WiringFault fault{};
  bool is_wired = false;
};
struct MeterNote {
  MeterId number;   // under which it is set
  MeterId read_as;  // who should answer: another one after a change of meter
  std::string bus;
  std::uint64_t address = 0;
  WiringSource source{};
  WiringFault fault{};
  bool is_wired = false;
};

/// How often this box reads its meters and keeps a reading, and when it tells meters the time.
struct Pace {
  Duration poll_every;
  Duration record_every;  // where no plan says otherwise
  ClockPlan clock;
};

struct Wiring {
  Pace pace = {};
  std::vector<BusConfig> buses;  // with their meters
  std::vector<BusNote> bus_notes;
  std::vector<MeterNote> meter_notes;
};

class Wirer {
 public:
  /// `seal`: with which the cloud has sealed passwords for this box.
  Wirer(const EdgeConfig& file, EdgeId slot, std::unique_ptr<Seal> seal)
      : file_(&file), slot_(slot), seal_(std::move(seal)), shelf_(file.profiles, file.data + "/profiles") {}

  /// What the box's stream says now. A meter whose circuit has gone on to another one since is that other one.
  Wiring wire(const Engine& engine);
  /// Why the stream's profile of this name is not what is used; empty: it is.
  const std::string& objection_to_profile(const std::string& name) const { return shelf_.objection(name); }

 private:
  struct Placed {
    std::string bus;
    MeterConfig meter;
    WiringFault fault{};
  };

  void wire_buses(const SettingsBook& settings, Wiring& out) const;
  WiringFault add_bus(const BusSetting& setting, const std::string& name, Wiring& out) const;
  void wire_meters(const Engine& engine, Wiring& out);
  static void add_of_file(Placed placed, WiringFault said, Wiring& out);
  void follow_profiles(const SettingsBook& settings);
  Placed place(MeterId number, const PlaceSetting& setting);
  WiringFault open_password(const SealedPassword& password, dlt645::Credentials& by) const;

  const EdgeConfig* file_;
  EdgeId slot_;
  std::unique_ptr<Seal> seal_;
  ProfileShelf shelf_;
};

}  // namespace wattle::edge
