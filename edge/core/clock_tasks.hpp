#pragma once
// The clocks of one bus's meters: read each day, and told the time. Small errors by one broadcast a day, greater ones by
// writing date and time where the profile lets that be done; and only while this box knows the time itself, from a cloud that
// has just spoken. Pure, as the poll plan is.

#include "edge/core/background.hpp"
#include "edge/core/clock_plan.hpp"
#include "shared/meter/parameters.hpp"
#include "shared/policy/meter_parameters.hpp"

namespace wattle::edge {

inline constexpr Duration clock_broadcast_above = seconds(30);    // less is not worth a broadcast
inline constexpr Duration clock_quiet_after = milliseconds(500);  // a broadcast has no answer; Td of DL/T 645 passes
inline constexpr Duration clock_halves_within = seconds(5);       // time and date may be two questions, and are one moment

class ClockTasks {
 public:
  /// `passwords` outlives it.
  ClockTasks(std::vector<PolledMeter> meters, PollSettings settings, ClockPlan plan, RefusedPasswords& passwords);

  /// It was silent, or another meter.
  void doubt(CircuitId circuit, Tick now);

  /// No `time`: this box does not know it, and asks nothing.
  std::optional<BackgroundQuestion> next(const PollPlan& plan, Tick now, std::optional<BoxTime> time);
  /// Of a broadcast: that it was sent.
  std::vector<Noticed> answered(const wattle::Received& received, Tick now, std::optional<BoxTime> time);
  void unasked(Tick now);
  Tick wake_up() const;
  /// The other half of a clock is to follow at once.
  bool has_begun() const;

  const ClockTold* told(CircuitId circuit) const;
  /// As it was read last, or nothing that is a time was read.
  bool is_wrong(CircuitId circuit) const;

 private:
  enum class Step : std::uint8_t { read, write };
  struct Meter {
    PolledMeter is;
    Step step{};
    std::size_t half = 0;  // of the step, where time and date go apart
    Tick due;
    std::vector<MeterAnswer> halves;  // answered in this step
    Instant time_at;                  // when the first half was answered
    Tick begun;
    bool was_tried = false;  // to be read, since the time is as it is
    Tick set_from;           // not set before: it would not, or did not keep it
    bool was_set = false;    // since it was found wrong
    bool is_wrong = false;
    unsigned failures = 0;
    std::optional<ClockTold> told;

    bool writes() const { return step == Step::write; }
    bool is_begun() const { return half > 0; }
  };

  std::optional<BackgroundQuestion> broadcast(Instant time);
  void follow(Tick now, Instant time);
  Meter* due(const PollPlan& plan, Tick now, bool may_be_told);
  Tick due_at(const Meter& meter) const;
  static Exchange exchange_of(const Meter& meter, const LocalTime& local);
  static void begin(Meter& meter, Step step);
  void take_answer(Meter& meter, const MeterAnswer& answer, Tick now, Instant time, std::vector<Noticed>& notices);
  void take_clock(Meter& meter, Tick now, std::vector<Noticed>& notices);
  void judge(Meter& meter, bool is_wrong, Tick now, std::vector<Noticed>& notices);
  void take_failure(Meter& meter, Error error, Tick now, std::vector<Noticed>& notices);
  static void put_off(Meter& meter, Duration pause, Tick now);

  PollSettings settings_;
  ClockPlan plan_;
  RefusedPasswords* passwords_;
  std::vector<Meter> meters_;  // those with a clock
  Meter* asked_ = nullptr;
  std::optional<dlt645::Edition> broadcasting_;
  std::map<dlt645::Edition, std::int64_t> broadcast_on_;  // local day since 1970
  std::optional<Duration> ahead_;                         // of the ticks, when the time last moved
};

}  // namespace wattle::edge
