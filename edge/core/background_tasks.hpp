#pragma once
// All that one bus is asked for that nobody waits for: one question at a time, parameters, clocks, purses and what meters have
// kept by turns.

#include <memory>
#include <utility>

#include "edge/core/clock_tasks.hpp"
#include "edge/core/history_tasks.hpp"
#include "edge/core/parameter_tasks.hpp"
#include "edge/core/purse_tasks.hpp"

namespace wattle::edge {

class BackgroundTasks {
 public:
  /// `passwords`: those of the bus's poll plan.
  BackgroundTasks(const std::vector<PolledMeter>& meters, PollSettings settings, ClockPlan plan,
                  std::shared_ptr<RefusedPasswords> passwords)
      : passwords_(std::move(passwords)),
        parameters_(meters, settings, *passwords_),
        clocks_(meters, settings, plan, *passwords_),
        purses_(meters, settings, *passwords_),
        history_(meters, settings, plan.utc_offset) {}
  BackgroundTasks(const BackgroundTasks&) = delete;  // its parts know each other
  BackgroundTasks& operator=(const BackgroundTasks&) = delete;

  /// From those that these replace.
  void carry_over(const BackgroundTasks& before);

  void want(CircuitId circuit, const ParameterValues& values, Tick now) { parameters_.want(circuit, values, now); }
  /// A silence between recorded readings.
  void fill(const RecordedGap& gap, Tick now);
  /// A former life of the box has last recorded the circuit then.
  void seen_before(CircuitId circuit, MeterId meter, Instant at) { history_.seen_before(circuit, meter, at); }
  void heard(const MeterRead& reading, Tick now);
  HistoryFound take_history() { return history_.take_found(); }
  void want_purse(CircuitId circuit, PurseMode mode, const PurseBook& book, Tick now) {
    purses_.want(circuit, mode, book, now);
  }
  void fund_purse(CircuitId circuit, const std::optional<PurseFacts>& facts, Tick now) { purses_.fund(circuit, facts, now); }
  /// To be kept, before anything else is asked.
  std::vector<std::pair<CircuitId, PurseBook>> take_books() { return purses_.take_books(); }
  /// What the poll plan has noticed: a meter that was away may be another one, and a relay that has moved by itself may have
  /// been moved by its meter's purse.
  void noticed(const Noticed& noticed, Tick now);

  /// No `time`: this box does not know it.
  std::optional<BackgroundQuestion> next(const PollPlan& plan, Tick now, std::optional<BoxTime> time);
  /// Whether readings that are due may wait once: nothing was asked for long, or half of a clock is known or told.
  bool goes_first(const PollPlan& plan, Tick now) const {
    return !plan.is_urgent() && (has_waited(now) || clocks_.has_begun());
  }
  /// Half of a clock is known or told.
  bool has_begun() const { return clocks_.has_begun(); }
  /// Whether the bus, which has nothing else to do just now, is not kept free for an order that is to be read back. An order
  /// that never settles must not keep it for ever.
  bool may_fill(const PollPlan& plan, Tick now) const { return !plan.is_urgent() || has_waited(now); }
  std::vector<Noticed> answered(const wattle::Received& received, const Now& now, std::optional<BoxTime> time);
  void unasked(Tick now);
  Tick wake_up() const { return std::min({parameters_.wake_up(), clocks_.wake_up(), purses_.wake_up(), history_.wake_up()}); }

  const ParametersTold* parameters_of(CircuitId circuit) const { return parameters_.told(circuit); }
  const ClockTold* clock_of(CircuitId circuit) const { return clocks_.told(circuit); }
  const PurseTold* purse_of(CircuitId circuit) const { return purses_.told(circuit); }

 private:
  enum class Asked : std::uint8_t { nothing, parameter, clock, purse, history };

  std::optional<BackgroundQuestion> ask(Asked whom, const PollPlan& plan, Tick now, std::optional<BoxTime> time);

  bool has_waited(Tick now) const { return background_waits_at_most < now - asked_at_; }

  std::shared_ptr<RefusedPasswords> passwords_;
  ParameterTasks parameters_;
  ClockTasks clocks_;
  PurseTasks purses_;
  HistoryTasks history_;
  Asked asked_{};
  Asked last_{};
  Tick asked_at_{};
};

}  // namespace wattle::edge
