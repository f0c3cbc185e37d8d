#pragma once
// Which meter of one bus is asked what next. One question at a time; relay orders before readings, readings that an order waits
// for before those that somebody wants now, and these before the others; whoever is silent is asked less often. Pure: the shell
// brings the time and the answers, and puts the questions.
//
// An order is fulfilled when a reading shows the relay so, never by the answer to the command, which only means accepted (and
// cannot be told from an adapter's echo). A relay that reads open while power flows is not open. A meter is commanded only
// after a reading has carried the number that stands on its plate: behind a changed address there may be another room.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "edge/core/event.hpp"
#include "edge/core/figures_watch.hpp"
#include "edge/core/refused_passwords.hpp"
#include "edge/core/register_watch.hpp"
#include "shared/meter/exchange.hpp"
#include "shared/meter/health.hpp"

namespace wattle::edge {

inline constexpr unsigned silent_after = 3;                // failed readings in a row
inline constexpr unsigned relay_tries = 3;                 // commands before a relay counts as disobedient
inline constexpr Duration relay_again = seconds(1);        // to the next try
inline constexpr Duration delayed_first = seconds(10);     // to the next try at a relay that waits by itself; doubled up to the
inline constexpr Duration delayed_most = days(7);          // longest that a meter can be told to wait
inline constexpr Duration first_poll_pause = seconds(10);  // of a meter that is silent, at most; doubled up to the longest
inline constexpr Duration longest_poll_pause = minutes(2);  // of a state that is to be three minutes old at most
inline constexpr std::int64_t probe_share = 10;  // of the bus's time, at most one in so many for silent meters and dead relays
inline constexpr Duration state_within = seconds(150);      // a round of readings, so that no state is three minutes old
inline constexpr std::int64_t least_share_for_people = 20;  // where control alone takes that long: still one in so many
inline constexpr Duration slow_answers_end = seconds(2);    // after silence, before another reading is asked there
inline constexpr unsigned torn_tries = 4;                   // readings in a row, of which none bears out the one before
inline constexpr Power flows_above{20};                     // less is a meter's own noise
inline constexpr unsigned flows_after = 2;                  // readings in a row: power may be a moment older than the relay

struct PolledCircuit {
  RoomId room;
  CircuitId circuit;
};

struct PolledMeter {
  MeterPlace place;
  std::shared_ptr<const MeterProfile> profile;
  std::vector<PolledCircuit> circuits;  // the profile's first ones, in its order
};

struct PollSettings {
  Duration every = seconds(10);
  Duration full_every = minutes(1);  // what charging and switching do not need is asked so often, as far as the line has time
  LineFormat line;
  Duration latency;  // of whatever stands between us and the line
};

struct Question {
  Exchange exchange;
  Duration timeout;
  Duration gap;  // silence that this meter needs before it
  bool is_command = false;
  RoomId room;
  CircuitId circuit;  // the commanded one; the meter's first when it is read
};

enum class PollNotice : std::uint8_t {
  silent = 1,
  heard_again = 2,
  relay_disobeys = 3,
  relay_obeys = 4,    // after all
  relay_strayed = 5,  // it moved although nobody here had ordered it
  foreign_meter = 6,  // another number than the one on the plate
  own_meter = 7,      // the right one again
  flows_open = 8,     // power flows through a relay that reads open
  flows_no_more = 9,
  bus_silent = 10,  // all its meters: the mains are gone, or the wire is
  bus_heard_again = 11,
  torn = 12,            // a reading that the next one did not bear out; it was taken for nothing
  register_stuck = 13,  // it stands still although power flows
  register_moves = 14,
  // Of what is written into meters (background.hpp):
  parameter_written = 15,
  parameter_differs = 16,  // somebody else has changed it, or the meter took it and holds something else
  parameter_refused = 17,  // by the meter, or it cannot hold the value
  clock_wrong = 18,        // by more than a broadcast puts right
  clock_right = 19,
  purse_bought = 20,      // a purchase, or a refund, was taken
  purse_agrees = 21,      // again, with the ledger
  purse_differs = 22,     // the meter has what this box has not brought about
  purse_excess = 23,      // more than the room, and it gives nothing back
  purse_refused = 24,     // by the meter, or it cannot hold it
  purse_unsettled = 25,   // nobody can tell whether a purchase was taken
  purse_count_ends = 26,  // soon
  figures_disagree =
      27,              // full readings in a row: power is not what voltage and current say; the register is taken all the same
  figures_agree = 28,  // again
};

struct Noticed {
  PollNotice what{};
  RoomId room;  // of a notice about the bus: of its first circuit
  CircuitId circuit;
  Error error;  // of `silent`: the last one; of `torn`, `figures_disagree`: MeterErrc::torn, disagree; of a parameter: why it
                // was refused; of `relay_disobeys`: that the password was, and the order is held; none: it was told in vain
  std::optional<Parameter> parameter = {};
};

/// The newest that is known of a circuit.
struct CircuitSeen {
  MeterId meter;
  Quantity energy;
  std::optional<Power> power;
  std::optional<std::int64_t> current_ma;
  std::optional<std::int64_t> voltage_mv;
  std::optional<std::int64_t> power_factor_per_mille;
  std::optional<bool> relay_closed;
  Further further = {};  // these two among them
};

/// Where a circuit's register stood when this life of the box had not begun.
struct KnownRegister {
  Quantity units;
  Duration since;  // how long ago
};

/// What came of a reading that somebody wanted: the newest of these circuits, or why there is none.
struct Demanded {
  std::vector<CircuitId> circuits;
  Error error;
};

struct Polled {
  std::vector<MeterRead> readings;  // one a circuit
  std::vector<Noticed> notices;
  bool swept = false;  // a round is over: each meter that is not silent has been asked since the last one was
};

class PollPlan {
 public:
  /// `passwords`: shared with whoever else writes into these meters.
  PollPlan(PollSettings settings, std::vector<PolledMeter> meters, Tick now,
           std::shared_ptr<RefusedPasswords> passwords = std::make_shared<RefusedPasswords>());

  bool has(CircuitId circuit) const { return find(circuit).meter != nullptr; }
  /// From the plan that this one replaces, or is put beside (poll_plan_carrying.cpp).
  void carry_over(const PollPlan& before);
  /// Where nothing has been read yet: what the first reading is judged by.
  void judge_by(const std::function<std::optional<KnownRegister>(CircuitId, MeterId)>& known);
  /// Tried until a reading shows it, or another order takes its place.
  void order(CircuitId circuit, bool close, Tick now);
  /// The relay stays as it is.
  void forget_order(CircuitId circuit);
  /// Whether an order is still to be fulfilled.
  bool has_order(CircuitId circuit) const;
  /// Its meter is asked for everything, before whatever else is due but orders; also if it is silent, but not twice. What it
  /// was found not to have is asked once a minute at most.
  void demand(CircuitId circuit);
  std::vector<Demanded> take_demanded();

  /// What to ask now; nothing while an answer is awaited.
  std::optional<Question> next(Tick now);
  /// To the last question. Silence is Bad with MeterErrc::silence.
  Polled answered(const wattle::Received& received, Tick now);
  /// The last question was never put, since the bus is away: no fault of the meter.
  Polled unasked(Tick now);
  Tick wake_up() const;

  std::size_t meters() const { return meters_.size(); }
  std::size_t silent() const;
  bool is_silent(CircuitId circuit) const;
  /// The newest reading, if there was one.
  const CircuitSeen* newest(CircuitId circuit) const;
  bool disobeys(CircuitId circuit) const;
  /// Why it is not told to obey: the meter has refused the password. None: it is told, or need not be.
  Error refused(CircuitId circuit) const;
  /// Why the meter has refused the newest command to this relay; none: it took it, or said nothing.
  Error refused_command(CircuitId circuit) const;
  const std::shared_ptr<RefusedPasswords>& passwords() const { return passwords_; }
  /// Of the meter with this number on its plate. Nothing: it is not of this bus.
  std::optional<MeterHealth> health(MeterId number, Tick now) const;
  /// The newest reading carried the number on the plate, so that what is written goes to the right meter; and no answer is
  /// missed that might still come, and look like the next one's.
  bool may_be_told(CircuitId circuit, Tick now) const;
  /// A question of somebody else's to this meter was not answered: the answer may still come.
  void missed(CircuitId circuit, Tick now);
  /// An order, its reading back, or somebody's reading waits; or one is under way.
  bool is_urgent() const;
  /// Where its register begins again from zero; zero: it is not of this bus.
  Quantity register_ends(CircuitId circuit) const;

 private:
  struct Circuit {
    PolledCircuit is;
    std::size_t index = 0;  // in the profile
    std::optional<CircuitSeen> newest;
    std::optional<KnownRegister> known = {};  // until the first reading is taken
    std::optional<bool> wanted;
    Tick command_due = never;
    unsigned tries = 0;
    bool disobeys = false;
    Error refusal;          // of the password, why it disobeys
    Error said_no;          // to the newest command
    bool accepted = false;  // the newest command, by the meter
    unsigned waits = 0;     // readings in which the meter had its command, and the contact was yet to move
    Duration delay{};       // so long it is let alone for that
    RegisterWatch watch;
    unsigned flowing = 0;    // readings in a row that showed power behind an open relay
    bool disagrees = false;  // the figures of the reading that is being taken
    FiguresWatch figures;
  };
  struct Meter {
    PolledMeter is;
    std::vector<Circuit> circuits;
    std::vector<Exchange> control;
    std::vector<Exchange> full;
    std::vector<std::uint8_t> lacks;  // how much each question of a full reading has shown in a row that the meter has it not
    Tick lacks_again;                 // when that is not believed any more
    Tick due;                         // of the next reading
    Tick full_due;                    // of the next one that asks everything
    Duration control_takes;           // a reading, from the first question to the last answer; of late, or as computed
    Duration full_takes;
    unsigned failures = 0;
    bool known = false;            // the newest reading carried its number
    bool foreign = false;          // and it was noticed that it did not
    bool asked = false;            // in this round
    bool demanded = false;         // by somebody who waits
    std::optional<Reading> sound;  // the newest that was taken
    Tick sound_at;
    std::optional<Reading> doubted;  // it may be torn, or leaps, and the next one has to bear it out
    Tick doubted_at;
    unsigned doubts = 0;     // in a row
    std::uint64_t torn = 0;  // readings, since the box was started
    Error failure;           // of the newest reading that failed; none: no one did
    Tick failed_at;
    bool tells_power = true;  // the newest full reading had it; M-Bus alone asks for that
    Tick late_until;          // an answer that was missed may still come, and would look like the next one's
    bool is_silent() const { return failures >= silent_after; }
    Tick asked_from() const { return demanded ? late_until : std::max(due, late_until); }
    bool has_order() const;  // that it may well obey
    bool tells_all() const;  // whatever the depth
  };
  /// Whose figures disagree, so that the same is asked once more.
  struct FirstReading {
    Reading reading;
    Tick at;
    std::vector<Circuit*> disagree;
  };
  /// The reading that is under way; commands may come between its questions.
  struct Pending {
    Meter* meter = nullptr;
    Depth depth{};
    bool retried = false;
    std::vector<MeterAnswer> answers;
    std::optional<Exchange> follows = {};    // behind those that were known from the start
    std::optional<FirstReading> first = {};  // of two; this is the second
    Duration spent = {};                     // on its questions
    const std::vector<Exchange>& exchanges() const { return depth == Depth::full ? meter->full : meter->control; }
  };
  struct Found {
    Meter* meter = nullptr;
    Circuit* circuit = nullptr;
  };
  struct FoundConst {
    const Meter* meter = nullptr;
    const Circuit* circuit = nullptr;
  };

  FoundConst find(CircuitId circuit) const;
  Found find(CircuitId circuit);
  Found due_command(Tick now);
  Tick command_from(const Meter& meter, const Circuit& circuit) const;
  void take_command_answer(const wattle::Received& received, Tick now, Polled& polled);
  static void hold(Circuit& circuit, Error why, Polled& polled);
  Meter* due_reading(Tick now);
  void begin_reading(Meter& meter, Tick now);
  void estimate(Meter& meter) const;
  void take_time(Meter& meter);
  Duration time_for_people() const;
  Duration full_every() const;
  bool is_its_turn(const Meter& meter, Tick now) const;
  void put_off_full(Meter& meter, Duration spent, Tick now);
  Question question(const Meter& meter, const Circuit& circuit, const Exchange& exchange, bool is_command) const;
  void take_answer(const MeterAnswer& answer, Tick now, Polled& polled);
  bool is_lacking(std::size_t question) const;
  void finish_reading(Tick now, Polled& polled);
  static bool leaps_since_start(const Meter& meter, const Reading& reading);
  bool is_doubted(Meter& meter, const Reading& reading, Tick now, Polled& polled);
  bool asks_again(const Reading& reading, Tick now);
  static void judge_figures(Meter& meter, const Reading& reading, bool is_full, const std::optional<FirstReading>& first,
                            Polled& polled);
  void take_first(Polled& polled);
  void conclude(const Reading& reading, Tick at, Polled& polled);
  void take_reading(Meter& meter, const Reading& reading, bool is_full, Tick now, Polled& polled);
  void take_circuit(Meter& meter, Circuit& circuit, const Reading& reading, bool is_full, Tick now, Polled& polled);
  void judge_relay(const Meter& meter, Circuit& circuit, bool closed, const CircuitReading& reading, Tick now, Polled& polled);
  static bool is_delayed(const Circuit& circuit, const CircuitReading& reading);
  static bool is_as_ordered(const Circuit& circuit, bool closed, const CircuitReading& reading);
  static void put_off_commands(Meter& meter);
  void put_off(Circuit& circuit, bool delayed, Tick now) const;
  /// Of a relay that does not obey only the first command of an order is urgent.
  static bool is_retry_at_rest(const Circuit& circuit) { return circuit.disobeys && circuit.tries > 0; }
  static bool judge_flow(const MeterProfile& profile, Circuit& circuit, const CircuitReading& reading, Polled& polled);
  bool may_retry(Error error) const;
  static void note_failure(Meter& meter, Error error, Tick now);
  void fail_reading(Error error, Tick now, Polled& polled);
  void heard(Meter& meter, Tick now, Polled& polled);
  void settle_demand(Meter& meter, Error error);
  bool is_bus_silent() const;
  bool is_round_over(Meter& meter);
  static void notice(Polled& polled, PollNotice what, const Circuit& circuit, Error error = {});
  static void notice_all(Polled& polled, PollNotice what, const Meter& meter, Error error = {});

  PollSettings settings_;
  std::vector<Meter> meters_;
  std::shared_ptr<RefusedPasswords> passwords_;
  Pending pending_;
  bool was_demanded_ = false;  // the last reading
  Found commanded_;            // the command that is awaited
  bool awaited_ = false;
  Tick asked_at_;
  bool bus_silent_ = false;
  std::vector<Demanded> demanded_;  // that came to an end
  Tick next_for_people_;            // full reading, where a line has no time for all that are due
  Tick full_turn_at_;               // the newest full reading of a meter whose turn it was, and which nobody demanded
  Tick next_probe_;                 // of a silent meter, or of a relay that does not obey, while others do
};

}  // namespace wattle::edge
