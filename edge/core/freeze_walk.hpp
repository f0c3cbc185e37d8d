#pragma once
// The way back through what a circuit's meter has frozen, from the newest to the beginning of a gap. Pure: it names a question
// and takes its answer.
//
// Freezes are numbered from the newest, so that one that is taken on the way moves all numbers: what was asked last is seen
// again under the next number. Then the register is asked for again, since it may have been the other freeze's, and the walk
// goes on: a way of hours would never end if each new hour began it anew. At the end the freeze that was the newest is found
// again by its time; where it cannot be, all of its kind are read anew. A freeze that does not lie between the readings around
// it, in time and register, is not taken: the meter's clock was wrong, or it is another register's.

#include <map>
#include <set>
#include <vector>

#include "edge/core/recorded_gap.hpp"
#include "shared/meter/history.hpp"

namespace wattle::edge {

inline constexpr unsigned freeze_walk_tries = 3;    // of one kind, while its newest cannot be found again
inline constexpr unsigned freeze_walk_shifts = 48;  // within one try: new ones that are taken on the way

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

  /// Something was asked for: what is new in the meter meanwhile makes the way longer.
  bool has_begun() const { return kind_ > 0 || tries_ > 0 || step_ != Step::newest; }
  const RecordedGap& gap() const { return gap_; }
  /// When it is over. `is_clock_right`: else no freeze counts.
  GapFilled filled(bool is_clock_right) const;

 private:
  enum class Step : std::uint8_t { newest, time, energy, shifted, again };
  /// What came of the freeze that was asked for last.
  enum class Outcome : std::uint8_t { none, passed, kept, dropped };
  void begin_kind();
  void begin_anew();
  void end_kind();
  void next_kind();
  void next_number();
  void judge(Instant at);
  void judge_shift(const Result<LocalTime>& shown);
  void take_back_last();
  void find_newest(const Result<LocalTime>& shown);
  void keep_all();
  void keep(Instant at, Quantity energy);

  RecordedGap gap_;
  std::vector<std::pair<FreezeKind, std::uint8_t>> kinds_;  // and how many the meter keeps
  Duration utc_offset_;
  std::size_t kind_ = 0;
  Step step_{};
  unsigned tries_ = 0;
  std::uint8_t number_ = 1;
  std::optional<Instant> newest_;      // when the walk began
  std::optional<Instant> now_newest_;  // as was seen last
  Instant time_;                       // of the freeze whose register is asked for
  Instant before_;                     // of the freeze behind it
  Instant before_last_;                // and of the one behind that
  Outcome last_{};                     // of the freeze of `before_`
  std::set<Instant> seen_;             // all times of this kind
  bool goes_back_ = false;             // numbers have moved: what was seen comes again
  unsigned shifts_ = 0;
  std::vector<std::pair<Instant, Quantity>> of_kind_;  // the newest first
  std::size_t dropped_of_kind_ = 0;
  std::map<Instant, Quantity> found_;
  std::size_t dropped_ = 0;
};

}  // namespace wattle::edge
