#pragma once
// What stands between a box's engine and the world's meters when Fault::buses is on: the product's own poll plan and outage
// watch over the meters of the rooms that are open there, and bytes on a wire. Part of the rooms speak Modbus-RTU, part
// DL/T 645-2007; both sides of each are the product's.

#include <map>
#include <optional>

#include "edge/core/outage_watch.hpp"
#include "simulator/world/facts.hpp"

namespace wattle::sim {

/// What a meter shows at a moment.
struct Shown {
  Tick at;
  MeterId number;
  std::int64_t units = 0;
  bool relay_closed = false;
  std::int64_t watts = 0;
};

/// A circuit's place on a bus, as the world knows it.
struct BusPlace {
  MeterId plate;
  std::optional<MeterId> heard;  // the number in its newest reading; nothing: none yet, or it has fallen silent since
  std::optional<bool> wanted;    // ordered, and not yet read back
  unsigned commands = 0;         // for that, so far
  std::optional<bool> ordered;   // by the engine, last, read back or not; nothing: its relay has moved by itself since
  int sweeps = 0;                // whole ones since the order and since the last disturbance
  bool read = false;             // in the sweep under way
  std::uint64_t disturbances = 0;
  bool silent = false;       // as the poll plan says
  std::vector<Shown> shown;  // by whoever stands there, as long as a reading may take
};

/// What becomes of one question and its answer.
enum class Mishap : std::uint8_t { lost_request, lost_answer, bad_request, bad_answer, cut_answer, late_answer, none };

struct LateAnswer {
  Bytes bytes;
  Tick at;
};

struct Bus {
  std::optional<edge::PollPlan> plan;  // none before the meters were first connected
  edge::OutageWatch mains{{}};
  std::map<CircuitId, BusPlace> places;  // also of circuits that have left: an order may come before its meter is connected
  std::map<CircuitId, MeterId> meters;   // that the plan was made for
  std::optional<LateAnswer> late;
  bool mains_back = false;                    // told to the box since a meter fell silent
  std::map<CircuitId, std::int64_t> read_at;  // registers when they were asked last, by which a torn reading is off
  // For directed scenarios:
  unsigned commands_to_lose = 0;  // the next ones
  unsigned answers_to_keep = 0;   // the next ones to a reading of this circuit: they come when it is asked again
  std::optional<CircuitId> kept_of;
};

/// Whether a room's meter of electricity speaks DL/T 645 rather than Modbus.
bool speaks_dlt645(const Meter& meter);
/// As the box has it: with where the register ends, for meters of which the profile tells that rightly.
std::shared_ptr<const MeterProfile> profile_of(const Meter& meter);

/// What a meter answers to bytes that it hears at this address, and what they told its relay.
struct MeterSays {
  Bytes bytes;
  std::optional<bool> commanded;
};
MeterSays answer_of(const Meter& meter, std::uint64_t address, ByteView heard, Instant now);

}  // namespace wattle::sim
