#pragma once
// What the tasks of a bus that nobody waits for have in common: parameters (parameter_tasks.hpp), clocks (clock_tasks.hpp) and
// purses (purse_tasks.hpp). They ask when the poll plan has nothing to ask, or has kept them waiting for long; orders, their
// reading back and readings that are under way always come first.

#include "edge/core/poll_plan.hpp"
#include "shared/policy/meter_purse.hpp"

namespace wattle::edge {

inline constexpr Duration background_waits_at_most = seconds(30);  // on a bus that is busy all the time
inline constexpr unsigned background_share = 20;                   // and there at most one question in so many
inline constexpr Duration background_looks_again = seconds(1);     // where a meter cannot be asked yet
inline constexpr Duration looked_at_again = days(1);               // what was found right: meters are exchanged, and forget
inline constexpr Duration first_background_pause = minutes(1);     // after a failure; doubled up to the longest
inline constexpr Duration longest_background_pause = hours(1);

struct BackgroundQuestion {
  Question question;
  bool writes = false;                 // into the meter: only a box that may act there does
  bool is_broadcast = false;           // nobody answers
  std::optional<PurseBook> book = {};  // of a purchase: durable before it goes out
  bool is_of_purse = false;            // money is behind it: only where the meter is a room's
};

inline std::uint16_t number_of(Error error) {
  return error.category() == meter_category() ? static_cast<std::uint16_t>(error.value()) : std::uint16_t{0};
}

inline bool is_unknown_there(MeterErrc code) {
  return code == MeterErrc::no_such_data || code == exception_errc(1) || code == exception_errc(2);
}

/// How long a question to this meter may take, and what must be still before it.
inline Question background_question(const PolledMeter& meter, const PolledCircuit& circuit, const Exchange& exchange,
                                    const LineFormat& line, Duration latency) {
  const Duration timeout{answer_timeout(*meter.profile, exchange, line).micros + latency.micros};
  return {exchange, timeout, gap_before(*meter.profile, line), false, circuit.room, circuit.circuit};
}

inline Duration background_pause(unsigned failures) {
  auto pause = first_background_pause;
  for (unsigned n = 1; n < failures && pause < longest_background_pause; ++n) pause.micros *= 2;
  return std::min(pause, longest_background_pause);
}

}  // namespace wattle::edge
