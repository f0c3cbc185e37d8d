#pragma once
// What the world itself knows of the control of circuits at one box: registers by what their giver meant, not by decoding them;
// trips reckoned from the readings that the box was given. Shares no code with the box.

#include <map>
#include <set>

#include "shared/base/bytes.hpp"
#include "shared/crypto/crypto.hpp"
#include "shared/policy/control.hpp"
#include "shared/policy/relay_row.hpp"

namespace wattle::sim {

/// What the bytes of registers mean, as they were given.
struct Meanings {
  std::map<Bytes, ControlSettings> controls;
  std::map<Bytes, SiteDefaults> defaults;
  std::map<Bytes, Timetable> timetables;
  std::map<Bytes, Calendar> calendars;
  std::map<Bytes, std::uint32_t> clears;
};

struct KnownTrip {
  std::optional<Tick> above_since;
  std::optional<Tick> cut;
  Tick first{};
  unsigned count = 0;
  bool locked = false;
  std::uint32_t number = 0;  // as the box's log names it
  Tick above_seen{};
  bool off() const { return cut.has_value() || locked; }
};

/// Up to where what a box knows of the hours has been reckoned: they change with the minute and with what it has read.
struct HoursAt {
  Digest up;
  Digest down;
  std::uint64_t folded = 0;
  std::int64_t minute = -1;
  bool operator==(const HoursAt&) const = default;
};

/// Up to where a box's registers have been looked at.
struct RegistersAt {
  Digest up;
  Digest down;
  std::uint64_t folded = 0;
  bool operator==(const RegistersAt&) const = default;
};

struct KnownCircuits {
  std::map<CircuitId, KnownTrip> trips;
  std::map<CircuitId, KnownTrip> durable;  // as the box will find them when it starts again
  std::map<std::uint8_t, std::optional<TimePeriod>> periods;
  HoursAt hours_at;
  RegistersAt registers_at;
  std::map<CircuitId, RelayRow> rows;  // the newest decision of each, as on its disk
  std::map<RoomId, Warning> warned;    // as last told, by whatever life of the box its disk remembers
  std::set<CircuitId> unsure;          // a register that cannot be read, or a disk that has forgotten
  std::set<CircuitId> waiting;         // after a mains failure, for their turn
  std::set<CircuitId> seen;            // of those: by a reading since
  std::set<CircuitId> excused;         // of those: the box may have let it go already
  Tick next_turn{};
  Tick until{};
};

}  // namespace wattle::sim
