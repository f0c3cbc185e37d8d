#pragma once
// Which meter of one bus is asked what next. One question at a time; relay orders before readings; whoever is silent is asked
// less often. Pure: the shell brings the time and the answers, and puts the questions.
//
// An order is fulfilled when a reading shows the relay so, never by the answer to the command, which only means accepted (and
// cannot be told from an adapter's echo). A meter is commanded only after a reading has carried the number that stands on its
// plate: behind a changed address there may be another room.

#include <string>
#include <vector>

#include "edge/core/event.hpp"
#include "shared/meter/exchange.hpp"

namespace wattle::edge {

inline constexpr unsigned silent_after = 3;                   // failed readings in a row
inline constexpr unsigned relay_tries = 3;                    // commands before a relay counts as disobedient
inline constexpr Duration relay_settles = milliseconds(200);  // between a command and reading back
inline constexpr Duration relay_again = seconds(1);           // to the next try
inline constexpr Duration longest_poll_pause = minutes(5);    // of a meter that is silent

struct PolledMeter {
  RoomId room;
  CircuitId circuit;
  MeterId number;  // on the plate
  std::uint8_t unit = 0;
  MeterProfile profile;
};

struct PollSettings {
  Duration every = seconds(10);
  std::uint32_t baud = 9600;
};

struct Question {
  Exchange exchange;
  Duration timeout;
  bool is_command = false;
  RoomId room;
  CircuitId circuit;
};

enum class PollNotice : std::uint8_t {
  silent = 1,
  heard_again = 2,
  relay_disobeys = 3,
  relay_obeys = 4,    // after all
  relay_strayed = 5,  // it moved although nobody here had ordered it
  foreign_meter = 6,  // another number than the one on the plate
  own_meter = 7,      // the right one again
};

struct Noticed {
  PollNotice what{};
  RoomId room;
  CircuitId circuit;
  Error error;  // of `silent`: the last one
};

struct Polled {
  std::optional<MeterRead> reading;
  bool swept = false;  // a round is over: each meter that is not silent has been asked since the last one was
  std::vector<Noticed> notices;
};

class PollPlan {
 public:
  PollPlan(PollSettings settings, std::vector<PolledMeter> meters, Tick now);

  bool has(CircuitId circuit) const { return find(circuit) != nullptr; }
  /// Tried until a reading shows it, or another order takes its place.
  void order(CircuitId circuit, bool close, Tick now);
  /// The relay stays as it is.
  void forget_order(CircuitId circuit);

  /// What to ask now; nothing while an answer is awaited.
  std::optional<Question> next(Tick now);
  /// To the last question. Silence is Bad with MeterErrc::silence.
  Polled answered(const wattle::Received& received, Tick now);
  /// The last question was never put, since the bus is away: no fault of the meter.
  void unasked(Tick now);
  Tick wake_up() const;

  std::size_t silent() const;
  bool is_silent(CircuitId circuit) const;
  /// The newest reading, if there was one.
  const Reading* newest(CircuitId circuit) const;
  bool disobeys(CircuitId circuit) const;

 private:
  struct Meter {
    PolledMeter is;
    std::vector<Exchange> blocks;
    Tick due;            // of the next reading
    bool asked = false;  // in this round
    unsigned failures = 0;
    bool known = false;    // the newest reading carried its number
    bool foreign = false;  // and it was noticed that it did not
    std::optional<Reading> newest;
    std::optional<bool> wanted;
    Tick command_due = never;
    unsigned tries = 0;
    bool disobeys = false;
  };
  enum class Step : std::uint8_t { idle, command, read };

  const Meter* find(CircuitId circuit) const;
  Meter* find(CircuitId circuit);
  Meter* due_command(Tick now);
  Meter* due_reading(Tick now);
  Question question(const Exchange& exchange, bool is_command) const;
  void take_reading(Meter& meter, const Reading& reading, Tick now, Polled& polled);
  void judge_relay(Meter& meter, bool closed, Tick now, Polled& polled);
  void fail_reading(Meter& meter, Error error, Tick now, Polled& polled);
  bool is_round_over();
  static void notice(Polled& polled, PollNotice what, const Meter& meter, Error error = {});

  PollSettings settings_;
  std::vector<Meter> meters_;
  Step step_ = Step::idle;
  bool awaited_ = false;
  Meter* asked_ = nullptr;
  std::vector<std::vector<std::uint16_t>> values_;  // of the blocks read so far
};

}  // namespace wattle::edge
