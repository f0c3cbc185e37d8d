#pragma once
// What reaches the box's core, one at a time, with the time of its arrival.

#include <string>
#include <variant>

#include "shared/base/bytes.hpp"
#include "shared/base/further.hpp"
#include "shared/base/meter_event.hpp"
#include "shared/ledger/kinds.hpp"
#include "shared/policy/registers.hpp"
#include "shared/policy/relay_row.hpp"

namespace wattle::edge {

struct Connected {};
struct Disconnected {};

/// A message of the cloud's, out of its envelope.
struct Received {
  Bytes bytes;
};

/// The time that wake_up() named has come.
struct Woke {};

/// A meter answered. `register_units` is its cumulative register in Wh or litres.
struct MeterRead {
  RoomId room;
  CircuitId circuit;
  MeterId meter;
  Quantity register_units;
  std::optional<bool> relay_closed;
  std::optional<Power> power = {};  // what flows just now, where the meter tells
  std::optional<std::int64_t> voltage_mv = {};
  std::optional<std::int64_t> current_ma = {};
  Quantity register_ends = {};  // where it begins again from zero, as the profile says; zero: it says nothing
  Further further = {};         // what else it told
  bool disagrees = false;       // power is not what voltage and current say: for control, and not to be recorded
};

/// The mains of these circuits were away and are back: the box has started after a power failure, or a whole bus fell silent
/// and answers again.
struct MainsReturned {
  std::vector<CircuitId> circuits;
};

/// The poll plan has seen a relay that moved by itself, that does not obey, or that obeys after all.
struct RelayNoticed {
  RoomId room;
  CircuitId circuit;
  RelayEvent what{};
};

/// A bus has asked each of its meters once more: what they said may be booked together, in one commit.
struct Swept {};

/// Twenty digits at the room's panel or the kiosk.
struct CodeTyped {
  RoomId room;
  std::string digits;
};

/// Cash was taken at this box's kiosk or desk, for a room of this or of another building.
struct CashTaken {
  RoomId room;
  Money amount;
  std::optional<Uid> receipt{};  // its number, from whoever may tell of the sale again; else the box draws one
};

/// A technician has put another meter in.
struct MeterReplaced {
  RoomId room;
  CircuitId circuit;
  Quantity final_reading;
  MeterId new_meter;
  Quantity first_reading;
  /// As the register of the circuit's meter is to have it, in the same commit; none: it is there already. Else an order of the
  /// cloud's that stands there would be carried out again, were its old meter ever put back.
  std::optional<MeterOrder> order = {};
};

/// The caretaker has set a register of the configuration at the local socket (`force`).
struct ConfigOverridden {
  std::string key;
  Bytes value;
};

/// The meter had written down, while nobody watched it, what happened to it.
struct MeterEventFound {
  RoomId room;
  CircuitId circuit;
  MeterEvent what{};
  std::optional<MeterEvent> cause = {};  // of its own trip, where a record says so
  Instant at;                            // by the meter's clock
  bool operator==(const MeterEventFound&) const = default;
};

using Event = std::variant<Connected, Disconnected, Received, Woke, MeterRead, Swept, CodeTyped, CashTaken, MeterReplaced,
                           ConfigOverridden, MainsReturned, RelayNoticed, MeterEventFound>;

}  // namespace wattle::edge
