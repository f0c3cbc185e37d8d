#pragma once
// One line of a box's relay log: what changed, and all that the decision rested on, so that it can be decided again. Rows are
// numbered per box, kept in a ring, and travel to the cloud in the report (api-spec/control.md).

#include <optional>
#include <string_view>

#include "shared/base/bytes.hpp"
#include "shared/base/ids.hpp"
#include "shared/base/meter_event.hpp"
#include "shared/policy/arbiter.hpp"

namespace wattle {

enum class RelayEvent : std::uint8_t {
  decided = 1,   // another decision, or another reason for the same
  strayed = 2,   // somebody else has switched it
  disobeys = 3,  // it does not do what it was ordered
  obeys = 4,     // after all
  meter = 5,     // the meter had written down what happened to it while nobody watched
};

/// By the meter's clock.
struct MeterEventNote {
  MeterEvent what{};
  std::optional<MeterEvent> cause;  // of its own trip, where a record says so
  Instant at;
  bool operator==(const MeterEventNote&) const = default;
};

struct RelayRow {
  std::uint64_t number = 0;  // from 1, per box
  Instant time;              // the box's clock
  RelayEvent event = RelayEvent::decided;
  RoomId room;
  CircuitId circuit;
  std::optional<bool> before;  // as last ordered or seen; nothing: not known since the box began
  Decision decision;
  CircuitFacts facts;                // without its `period`, which is the next member
  std::optional<TimePeriod> period;  // of the timetable, under way
  std::uint32_t trip = 0;            // its number; 0: none
  std::optional<Power> power;        // as last measured
  std::optional<Power> limit;        // above which it trips
  std::uint64_t mine = 0;            // numbers of the newest entries of both streams
  std::uint64_t theirs = 0;
  std::optional<MeterEventNote> noted = {};  // of RelayEvent::meter, and only there
};

Bytes encode(const RelayRow& row);
/// Nothing when the bytes are not exactly one row.
std::optional<RelayRow> decode_relay_row(ByteView bytes);
inline constexpr std::size_t relay_row_bytes_max = 256;

/// Decides again, from the row alone.
Decision replay(const RelayRow& row);

/// The stable words of the formats: "no_credit". Empty for what is not one.
std::string_view word(RelayReason reason);
std::string_view word(RelayEvent event);
std::string_view word(ControlMode mode);
std::string_view word(Warning warning);

}  // namespace wattle
