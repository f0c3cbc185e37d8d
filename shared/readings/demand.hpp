#pragma once
// A reading that somebody wants now (api-spec/readings.md, "On demand"): a question down, one answer up. Neither is kept
// anywhere; whoever waits gives up after a while, and asks again if he likes.

#include "shared/readings/chunk.hpp"

namespace wattle {

inline constexpr std::size_t demand_circuits_max = 64;  // of a room

struct ReadQuestion {
  std::uint64_t id = 0;  // drawn at random by who asks
  RoomId room;
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
  MeterId meter = {};  // the four below are of a circuit that was read
  RecordedReading reading = {};
  std::optional<std::int64_t> power_factor_per_mille = {};
  std::optional<bool> relay_closed = {};
  bool operator==(const DemandedReading&) const = default;
};

enum class ReadStatus : std::uint8_t { answered = 0, room_not_here = 1, busy = 2 };

struct ReadAnswer {
  std::uint64_t id = 0;  // of the question
  ReadStatus status{};
  std::vector<DemandedReading> circuits = {};
  bool operator==(const ReadAnswer&) const = default;
};

Bytes encode(const ReadQuestion& question);
Result<ReadQuestion> decode_read_question(ByteView bytes);
Bytes encode(const ReadAnswer& answer);
Result<ReadAnswer> decode_read_answer(ByteView bytes);

}  // namespace wattle
