#pragma once
// What the meters of one bus have kept of times in which nobody asked them: load records and freezes that fill gaps between
// recorded readings, and events. Asked for when no reading is due, and taken only while the meter's clock is seen to be right;
// so nothing is asked of a meter whose clock has not been read since, nor by a box that does not know the time. Money rests on
// none of it. Pure, as the poll plan is.

#include <deque>
#include <utility>

#include "edge/core/background.hpp"
#include "edge/core/clock_plan.hpp"
#include "edge/core/clock_tasks.hpp"
#include "edge/core/event_look.hpp"
#include "edge/core/gap_walk.hpp"
#include "edge/core/usual_interval.hpp"

namespace wattle::edge {

inline constexpr Duration unwatched_after = minutes(5);       // without a reading, where one is usual within that time
inline constexpr Duration history_clock_within = minutes(1);  // of the time; else what the meter has kept is not taken
inline constexpr Duration history_clock_patience = hours(1);  // until its clock was read; around midnight none is
inline constexpr std::size_t gaps_a_circuit_max = 8;          // that wait; the oldest give way
inline constexpr unsigned history_tries = 5;  // of one question: many meters are silent on what they do not know

/// What has come of it since the last call.
struct HistoryFound {
  std::vector<GapFilled> gaps;
  std::vector<MeterEventFound> events;
  std::size_t events_dropped = 0;  // since the clock was wrong
  bool empty() const { return gaps.empty() && events.empty() && events_dropped == 0; }
};

class HistoryTasks {
 public:
  HistoryTasks(std::vector<PolledMeter> meters, PollSettings settings, Duration utc_offset);

  /// From those that these replace: what they had still to ask.
  void carry_over(const HistoryTasks& before);
  /// True: its clock is to be read.
  bool fill(const RecordedGap& gap);
  /// A former life of the box has last recorded it then.
  void seen_before(CircuitId circuit, MeterId meter, Instant at);
  /// A reading was taken; true as for fill().
  bool heard(CircuitId circuit, MeterId meter, Tick now);
  /// It was silent, by the poll plan; true as for fill().
  bool heard_again(CircuitId circuit, Tick now);
  /// Its relay moved, and nobody here had ordered it; true as for fill().
  bool strayed(CircuitId circuit, Tick now);
  /// A clock of the bus may have been read.
  void look_at(const ClockTasks& clocks);

  std::optional<BackgroundQuestion> next(const PollPlan& plan, Tick now, std::optional<BoxTime> time);
  void answered(const wattle::Received& received, Tick now);
  void unasked(Tick now);
  Tick wake_up() const;
  HistoryFound take_found() { return std::exchange(found_, {}); }

 private:
  /// Nobody watched from then on. By its instant where another life of the box knew it, else by the tick.
  struct Unwatched {
    std::optional<Instant> from_instant;
    Tick from;
    Tick until;
  };
  struct Circuit {
    PolledCircuit is;
    std::size_t index = 0;  // in the profile
    std::deque<GapWalk> walks;
    std::optional<Unwatched> unwatched;  // to be looked at
    std::optional<Unwatched> looked_at;  // by the look that is under way
    std::optional<EventLook> look;
    std::optional<Tick> heard;
    UsualInterval usual;
    std::optional<Instant> seen_before;
    Tick due;
    unsigned failures = 0;
    bool has_work() const { return !walks.empty() || unwatched || look; }
    bool has_begun() const { return look || (!walks.empty() && walks.front().has_begun()); }
  };
  struct Meter {
    PolledMeter is;
    std::vector<Circuit> circuits;
    std::optional<Duration> clock_error;  // the greatest that was seen since there is work
    std::optional<Instant> clock_read;    // when the clock task read it last
    std::optional<Tick> waits_since;      // for its clock
    bool is_clock_read = false;           // since the last of its work came
    bool has_work() const;
    bool is_clock_right() const { return clock_error && *clock_error <= history_clock_within; }
    bool is_clock_wrong() const { return clock_error && !is_clock_right(); }
    bool waits_for_clock() const { return !is_clock_read && !is_clock_wrong(); }
  };
  struct Found {
    Meter* meter = nullptr;
    Circuit* circuit = nullptr;
  };

  Found find(CircuitId circuit);
  static void begin_work(Meter& meter);
  static void add_unwatched(Circuit& circuit, Unwatched unwatched);
  bool look(const Found& at, Unwatched unwatched);
  Found due(const PollPlan& plan, Tick now);
  void give_up(Meter& meter);
  static bool waited_in_vain(Meter& meter, Tick now);
  bool begin_look(Circuit& circuit, const Meter& meter, Tick now, Instant time);
  Exchange exchange_of(const Meter& meter, const Circuit& circuit) const;
  void take_answer(Result<MeterAnswer> answer);
  void finish(Meter& meter, Circuit& circuit);

  PollSettings settings_;
  Duration utc_offset_;
  std::vector<Meter> meters_;  // those that keep any
  Found asked_;
  Found last_;          // asked before
  LocalTime asked_at_;  // by the site's wall clock
  HistoryFound found_;
};

}  // namespace wattle::edge
