#pragma once
// The way back through what a circuit's meter has frozen, from the newest to the beginning of a gap. Pure: it names a question
// and takes its answer.
//
// Freezes are numbered from the newest, so that one that is taken on the way moves all numbers: the newest is asked for again
// at the end, and if it is another one, all of its kind are read anew. A freeze that does not lie between the readings around
// it, in time and register, is not taken: the meter's clock was wrong, or it is another register's.

#include <map>
#include <vector>

#include "edge/core/recorded_gap.hpp"
#include "shared/meter/history.hpp"

namespace wattle::edge {

inline constexpr unsigned freeze_walk_tries = 3;  // of one kind, while new ones are taken on the way

class FreezeWalk {
 public:
  FreezeWalk(RecordedGap gap, const dlt645::ModelHistory& kept, Duration utc_offset);

  struct Question {
    FreezeKind kind{};
    std::uint8_t number = 1;
    bool is_time = true;  // else its register
    bool operator==(const Question&) const = default;
  };
  /// Nothing: the walk is over.
  std::optional<Question> question() const;
  /// Why there is none ends this kind.
  void take_time(const Result<LocalTime>& shown);
  void take_energy(const Result<Quantity>& shown);

  const RecordedGap& gap() const { return gap_; }
  /// When it is over. `is_clock_right`: else no freeze counts.
  GapFilled filled(bool is_clock_right) const;

 private:
  enum class Step : std::uint8_t { newest, time, energy, again };
  void begin_kind();
  void end_kind();
  void next_kind();
  void next_number();
  void judge(Instant at);
  void keep(Instant at, Quantity energy);

  RecordedGap gap_;
  std::vector<std::pair<FreezeKind, std::uint8_t>> kinds_;  // and how many the meter keeps
  Duration utc_offset_;
  std::size_t kind_ = 0;
  Step step_{};
  unsigned tries_ = 0;
  std::uint8_t number_ = 1;
  std::optional<LocalTime> newest_;
  Instant time_;                                       // of the freeze whose register is asked for
  Instant before_;                                     // of the freeze behind it
  std::vector<std::pair<Instant, Quantity>> of_kind_;  // the newest first
  std::size_t dropped_of_kind_ = 0;
  std::map<Instant, Quantity> found_;
  std::size_t dropped_ = 0;
};

}  // namespace wattle::edge
