#pragma once
// What the box's core wants done, in this order. Persist comes first: nothing after it may happen before it is durable, and if
// it fails, nothing happens and the process starts again from its store.

#include <string>
#include <variant>
#include <vector>

#include "edge/core/event.hpp"
#include "shared/ledger/store.hpp"
#include "shared/policy/arbiter.hpp"
#include "shared/sync/session.hpp"

namespace wattle::edge {

struct Persist {
  Commit commit;
};

/// To the cloud, in an envelope.
struct Send {
  Bytes bytes;
  Position rests_on;
};

struct SwitchRelay {
  RoomId room;
  CircuitId circuit;
  bool close = false;  // closed: power flows
  RelayReason reason{};
  Position rests_on;
};

/// The last order is taken back before its meter was heard: its relay stays as it is.
struct ForgetOrder {
  CircuitId circuit;
};

/// A room's money has fallen below one of its thresholds, or has risen above again.
struct Warned {
  RoomId room;
  Warning level{};
  Money available;
  Position rests_on;
};

enum class CodeOutcome : std::uint8_t {
  accepted = 0,
  not_a_code = 1,
  used = 2,
  room_not_here = 3,
  locked = 4,
  cap_reached = 5
};

struct CodeAnswered {
  RoomId room;
  CodeOutcome outcome{};
  Money amount;
  Position rests_on;
};

/// What the kiosk prints, once the sale is durable. Should it not arrive nobody knows whether that is so.
struct CashReceipt {
  RoomId room;
  Money amount;
  Uid receipt;
  Position rests_on;
};

enum class Alarm : std::uint8_t {
  own_entries_forgotten = 1,  // count: entries dropped
  copy_refused = 2,           // count: LedgerErrc
  stream_stopped = 3,         // count: LedgerErrc
  meter_anomaly = 4,
  fenced = 5,
  refused_event = 6,  // an order from the local socket that the ledger does not admit; count: LedgerErrc
  bad_setting = 7,    // a register that controls circuits cannot be read; the last good value goes on
  tripped = 8,        // overload; count: the trip's number
  locked_out = 9,     // the same, and only a person can put it back
};

struct Raise {
  Alarm alarm{};
  std::uint64_t count = 0;
  RoomId room;
};

/// A message of the cloud's was not taken, or not whole; to be counted. What stops a stream is an alarm as well.
struct Refused {
  LedgerErrc why{};
};

/// A meter had written it down, and nobody has told of it yet.
struct EventTold {
  MeterEventFound event;
};

using Effect =
    std::variant<Persist, Send, SwitchRelay, CodeAnswered, CashReceipt, Raise, Refused, Warned, ForgetOrder, EventTold>;
using Effects = std::vector<Effect>;

}  // namespace wattle::edge
