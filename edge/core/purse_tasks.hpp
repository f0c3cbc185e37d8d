#pragma once
// The purses of one bus's meters: what makes a meter's remaining agree with what the ledger says the room has is bought into
// it, one purchase at a time, each under the count that follows the meter's own. The ledger stays the authority: nothing here
// moves money of a room. Pure, as the poll plan is.
//
// A purchase is decided from one look at the meter: total, remaining and count, in this order, so that a look that mixes before
// and after shows in the total. It is durable before it goes out (PurseBook::pending), and is settled by looking, never by the
// answer: taken where count and total say so; not taken where two looks a while apart show nothing of it; and where nobody can
// tell, no other one follows. What the meter should have is compared as a whole each time, so that no rounding adds up.

#include "edge/core/background.hpp"
#include "edge/core/purse_facts.hpp"
#include "shared/meter/purse.hpp"

namespace wattle::edge {

inline constexpr std::int64_t purse_tolerance_micros = 500'000;  // less is not worth a purchase: each is kept by the meter
inline constexpr std::int64_t purse_tolerance_wh = 500;
inline constexpr Duration purse_looked_at_again = minutes(15);
inline constexpr Duration purse_small_pause = minutes(10);    // between purchases of less than the tolerance
inline constexpr Duration purse_untaken_pause = minutes(1);   // between two looks at a purchase that does not show
inline constexpr unsigned purse_untaken_looks = 2;            // then it was not taken
inline constexpr Duration purse_decision_holds = minutes(2);  // so long it waits for the bus; then it is looked anew
inline constexpr unsigned purse_in_vain = 5;                  // purchases that were not taken; then a day's pause
inline constexpr unsigned purse_mismatches = 3;               // looks in a row; then ever longer pauses
inline constexpr std::int64_t purse_use_times = 2;            // a meter may charge so many times the ledger's highest price

class PurseTasks {
 public:
  /// `passwords` outlives it.
  PurseTasks(std::vector<PolledMeter> meters, PollSettings settings, RefusedPasswords& passwords)
      : settings_(settings), circuits_(make(std::move(meters))), passwords_(&passwords) {}

  /// As ordered, with what this box remembers of the purse. The same again changes nothing.
  void want(CircuitId circuit, PurseMode mode, const PurseBook& book, Tick now);
  /// Nothing: the room is not open here, has no price yet, or may not be written for.
  void fund(CircuitId circuit, const std::optional<PurseFacts>& facts, Tick now);
  /// It was silent, is another meter, or its relay has moved by itself.
  void doubt(CircuitId circuit, Tick now);

  /// Nothing while an answer is awaited. Only meters that are known and heard are asked.
  std::optional<BackgroundQuestion> next(const PollPlan& plan, Tick now);
  std::vector<Noticed> answered(const wattle::Received& received, const Now& now);
  /// The question was never put, or may not be.
  void unasked(Tick now);
  Tick wake_up() const;
  /// Books that have changed, to be kept.
  std::vector<std::pair<CircuitId, PurseBook>> take_books();

  /// Null: nobody wants it kept.
  const PurseTold* told(CircuitId circuit) const;

 private:
  enum class Step : std::uint8_t { look, trade, write };
  /// The last whole look, while nothing was bought since.
  struct Look {
    std::int64_t remaining = 0;
    std::optional<Quantity> register_wh;
  };
  struct Circuit {
    PolledMeter meter;
    PolledCircuit is;
    std::size_t index = 0;  // in the profile
    const PurseForm* form = nullptr;
    PurseMode mode{};
    std::optional<PurseFacts> facts;
    PurseBook book;
    bool is_changed = false;  // the book
    PurseTold told;
    bool is_alarmed = false;
    bool is_end_told = false;  // of its count
    bool is_second = false;    // and has been told so
    Step step{};
    Tick due;
    std::size_t at = 0;                      // of the items in a look
    std::map<PurseItem, std::int64_t> seen;  // in this look
    std::optional<Quantity> register_wh;     // when it began
    std::optional<Look> last;
    PurseOrder trade;  // decided, not yet written
    Tick decided;      // this, or what is to be written
    Tick trades_from;
    Tick small_from;
    unsigned untaken = 0;     // looks in a row
    unsigned mismatches = 0;  // the same
    unsigned in_vain = 0;     // purchases in a row
    bool is_torn = false;
    Error refusal;       // of the purchase that is on its way
    PurseItem writes{};  // decided, not yet written
    std::int64_t written_value = 0;
    std::map<PurseItem, std::int64_t> wrote;  // not yet seen there
    std::map<PurseItem, std::int64_t> shows;  // of a display: as it was right last
    Tick writes_from;
    unsigned writes_in_vain = 0;
    unsigned failures = 0;  // looks in a row
  };

  static std::vector<Circuit> make(std::vector<PolledMeter> meters);
  Circuit* find(CircuitId circuit);
  Tick due_at(const Circuit& circuit) const;
  Exchange exchange_of(const Circuit& circuit) const;
  void take_item(Circuit& circuit, const wattle::Received& received, const Now& now, std::vector<Noticed>& notices);
  void take_written(Circuit& circuit, const wattle::Received& received, Tick now, std::vector<Noticed>& notices);
  static void fail_look(Circuit& circuit, Error error, Tick now, std::vector<Noticed>& notices);

  PollSettings settings_;
  std::vector<Circuit> circuits_;
  RefusedPasswords* passwords_;
  Circuit* asked_ = nullptr;
  bool is_stale_ = false;  // what is wanted has changed since the question

  friend class PurseJudge;
};

/// What should remain in a purse of this measure, rounded down to a whole number of steps.
std::int64_t purse_target(const PurseFacts& facts, PurseMeasure measure, std::int64_t step);

}  // namespace wattle::edge
