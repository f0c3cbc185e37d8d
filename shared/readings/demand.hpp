#pragma once
// A reading that somebody wants now (api-spec/readings.md, "On demand"): a question down, one answer up. Neither is kept
// anywhere; whoever waits gives up after a while, and asks again if he likes.

#include "shared/readings/chunk.hpp"

namespace wattle {

inline constexpr std::size_t demand_circuits_max = 64;  // of a room
/// A box answers in the version of the question. The first one knows rooms only, and tells less of a reading.
inline constexpr std::uint8_t demand_version_first = 1;
inline constexpr std::uint8_t demand_version = 2;

struct ReadQuestion {
  std::uint64_t id = 0;    // drawn at random by who asks
  RoomId room;             // all its circuits; or it is 0, and
  CircuitId circuit = {};  // this one alone is asked for, of whatever room; from version 2 on
  std::uint8_t version = demand_version_first;
  bool operator==(const ReadQuestion&) const = default;
};

enum class ReadOutcome : std::uint8_t {
  read = 0,
  silent = 1,  // the meter did not answer
  broken = 2,  // it answered with what cannot be read, or refused
  away = 3,    // its bus cannot be used
  late = 4,    // its turn had not come in time
};

/// What a circuit's meter said, or why it said nothing.
struct DemandedReading {
  CircuitId circuit;
  ReadOutcome outcome{};
  MeterId meter = {};            // the four below are of a circuit that was read
  RecordedReading reading = {};  // `further` without the two that stand below; from version 2 on
  std::optional<std::int64_t> power_factor_per_mille = {};
  std::optional<bool> relay_closed = {};
  bool operator==(const DemandedReading&) const = default;
};

/// Not here: the box has no meter of the room, or of the circuit.
enum class ReadStatus : std::uint8_t { answered = 0, not_here = 1, busy = 2 };

struct ReadAnswer {
  std::uint64_t id = 0;  // of the question
  ReadStatus status{};
  std::vector<DemandedReading> circuits = {};
  std::uint8_t version = demand_version_first;  // of the question
  bool operator==(const ReadAnswer&) const = default;
};

/// What an on-demand reading tells among `further`: all but power factor and relay, which have fields of their own.
constexpr bool is_further_of_demand(FurtherKind kind) {
  return kind != FurtherKind::power_factor && kind != FurtherKind::relay;
}

Bytes encode(const ReadQuestion& question);
Result<ReadQuestion> decode_read_question(ByteView bytes);
Bytes encode(const ReadAnswer& answer);
Result<ReadAnswer> decode_read_answer(ByteView bytes);

}  // namespace wattle
