#include "edge/core/background_tasks.hpp"

#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {

/// What nobody has asked for yet is asked for here, by clocks that are read anew.
void BackgroundTasks::carry_over(const BackgroundTasks& before) {
  passwords_.carry_over(before.passwords_);
  history_.carry_over(before.history_);
}

void BackgroundTasks::fill(const RecordedGap& gap, Tick now) {
  if (history_.fill(gap)) clocks_.doubt(gap.circuit, now);
}

void BackgroundTasks::heard(const MeterRead& reading, Tick now) {
  if (history_.heard(reading.circuit, reading.meter, now)) clocks_.doubt(reading.circuit, now);
}

void BackgroundTasks::noticed(const Noticed& noticed, Tick now) {
  if (noticed.what == PollNotice::relay_strayed && history_.strayed(noticed.circuit, now)) clocks_.doubt(noticed.circuit, now);
  if (noticed.what != PollNotice::heard_again && noticed.what != PollNotice::own_meter) return;
  parameters_.doubt(noticed.circuit, now);
  clocks_.doubt(noticed.circuit, now);
}

std::optional<BackgroundQuestion> BackgroundTasks::next(const PollPlan& plan, Tick now, std::optional<BoxTime> time) {
  if (asked_ != Asked::nothing) return std::nullopt;
  const bool is_clocks_turn = last_ == Asked::parameter || clocks_.has_begun();
  for (const auto turn : {is_clocks_turn ? Asked::clock : Asked::parameter, is_clocks_turn ? Asked::parameter : Asked::clock}) {
    auto question = turn == Asked::clock ? clocks_.next(plan, now, time) : parameters_.next(plan, now);
    if (!question) continue;
    asked_ = last_ = turn;
    asked_at_ = now;
    return question;
  }
  auto question = history_.next(plan, now, time);
  if (question) asked_ = last_ = Asked::history, asked_at_ = now;
  return question;
}

std::vector<Noticed> BackgroundTasks::answered(const wattle::Received& received, const Now& now, std::optional<BoxTime> time) {
  WATTLE_CHECK(asked_ != Asked::nothing);
  const auto asked = std::exchange(asked_, Asked::nothing);
  if (asked == Asked::parameter) return parameters_.answered(received, now);
  if (asked == Asked::history) return history_.answered(received, now.tick), std::vector<Noticed>{};
  auto notices = clocks_.answered(received, now.tick, time);
  history_.look_at(clocks_);
  return notices;
}

void BackgroundTasks::unasked(Tick now) {
  WATTLE_CHECK(asked_ != Asked::nothing);
  const auto asked = std::exchange(asked_, Asked::nothing);
  if (asked == Asked::parameter) return parameters_.unasked(now);
  if (asked == Asked::history) return history_.unasked(now);
  clocks_.unasked(now);
}

}  // namespace wattle::edge
