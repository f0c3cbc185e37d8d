#pragma once
// A box as the world has it: the product's engine, its disk, and what the world knows of what the box was told.

#include <map>
#include <memory>
#include <set>
#include <vector>

#include "edge/core/counting.hpp"
#include "edge/core/engine.hpp"
#include "shared/base/random.hpp"
#include "simulator/checks/circuits.hpp"
#include "simulator/nodes/bus.hpp"
#include "simulator/world/disk.hpp"

namespace wattle::sim {

inline constexpr SiteId the_site{1};

class SeededEntropy final : public Entropy {
 public:
  explicit SeededEntropy(std::uint64_t seed) : random_(seed) {}
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_;
};

/// A register at a moment of the clock that a box trusted.
struct Dated {
  Instant at;
  std::int64_t units = 0;
  Instant zero;  // what the box's clock showed at tick 0 by this reckoning: another one after it was put right
};

/// Where a circuit's slices have come, at whichever box.
struct LastSlice {
  std::uint32_t opening = 0;  // of its room
  std::uint32_t price = 0;
  std::int64_t to = 0;
  Instant until;
};

/// From a circuit's last slice to a box's first reading of it. It is of that slice's price.
struct FirstGap {
  std::uint32_t price = 0;
  std::int64_t units = 0;  // at the reading
  Instant at;              // of the reading
  bool dated = false;      // it is known too when that slice ended, and the list of readings begins there
};

struct BoxNode {
  Holder holder;
  const Signer* signer = nullptr;
  CodeKey code_key{};
  Disk disk;
  std::unique_ptr<SeededEntropy> entropy;
  std::unique_ptr<edge::Engine> engine;  // null: not running
  Duration clock_error{};
  bool up_cut = false;
  bool down_cut = false;
  bool dead = false;  // nobody will start it but the end of the faults
  bool clone = false;
  bool drops = false;  // its last event has dropped a part of what is old
  bool older = false;  // its program says that it reads no stream as new as ours
  Tick full_until{};   // its disk
  Tick started{};
  bool heard = false;  // any status since it started
  std::set<edge::Alarm> alarms;
  std::uint64_t lies = 0;
  std::uint64_t traced = 0;                                  // its own entries up to here have been told
  std::map<CircuitId, std::pair<MeterId, Quantity>> told;    // readings that it was given since it started
  std::set<CircuitId> read;                                  // any reading of them, plausible or not
  Tick unread_since{};                                       // when both were emptied
  std::map<RoomId, Tick> opened;                             // since when it has had each room that is open
  std::map<CircuitId, bool> ordered;                         // relays, as it last ordered or saw them since it started
  Instant latest;                                            // that a clock which it trusted has shown since it started
  std::map<std::uint32_t, std::optional<Tick>> prices_read;  // when each version came; none: before it started
  std::map<CircuitId, std::vector<Dated>> dated;             // readings since the circuit's last slice
  std::set<CircuitId> begun;                                 // whose list begins with the end of that slice
  std::map<CircuitId, FirstGap> first_gaps;                  // until slices have passed them
  std::set<CircuitId> gone_on;                               // read with a clock in this life, or it is not known
  std::set<CircuitId> undated;                               // read last without a clock, or without a price
  std::pair<Digest, Instant> newest;                         // of the cloud's entries that it has: hash and time
  KnownCircuits known;
  std::unique_ptr<Bus> bus;     // null: none, or not running
  edge::Counting counting;      // of registers
  std::set<CircuitId> misread;  // whose newest reading was a false one
};

}  // namespace wattle::sim
