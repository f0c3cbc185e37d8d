#include "edge/core/background_tasks.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {

/// What nobody has asked for yet is asked for here, by clocks that are read anew.
void BackgroundTasks::carry_over(const BackgroundTasks& before) {
  passwords_->carry_over(*before.passwords_);
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
  if (noticed.what == PollNotice::heard_again && history_.heard_again(noticed.circuit, now))
    clocks_.doubt(noticed.circuit, now);
  const bool may_be_another = noticed.what == PollNotice::heard_again || noticed.what == PollNotice::own_meter;
  const bool has_moved = noticed.what == PollNotice::relay_strayed || noticed.what == PollNotice::relay_disobeys;
  if (may_be_another) parameters_.doubt(noticed.circuit, now);
  if (may_be_another) clocks_.doubt(noticed.circuit, now);
  if (may_be_another || has_moved) purses_.doubt(noticed.circuit, now);
}

std::optional<BackgroundQuestion> BackgroundTasks::ask(Asked whom, const PollPlan& plan, Tick now,
                                                       std::optional<BoxTime> time) {
  switch (whom) {
    case Asked::parameter: return parameters_.next(plan, now);
    case Asked::clock: return clocks_.next(plan, now, time);
    case Asked::purse: return purses_.next(plan, now);
    case Asked::history: return history_.next(plan, now, time);
    case Asked::nothing: break;
  }
  return std::nullopt;
}

std::optional<BackgroundQuestion> BackgroundTasks::next(const PollPlan& plan, Tick now, std::optional<BoxTime> time) {
  if (asked_ != Asked::nothing) return std::nullopt;
  constexpr std::array turns = {Asked::parameter, Asked::clock, Asked::purse, Asked::history};
  const auto last = last_ == Asked::nothing ? turns.back() : last_;
  const auto before = clocks_.has_begun() ? Asked::parameter : last;
  const auto first = static_cast<std::size_t>(std::find(turns.begin(), turns.end(), before) - turns.begin());
  for (std::size_t i = 1; i <= turns.size(); ++i) {
    const auto turn = turns[(first + i) % turns.size()];
    auto question = ask(turn, plan, now, time);
    if (!question) continue;
    asked_ = last_ = turn;
    asked_at_ = now;
    return question;
  }
  return std::nullopt;
}

std::vector<Noticed> BackgroundTasks::answered(const wattle::Received& received, const Now& now, std::optional<BoxTime> time) {
  WATTLE_CHECK(asked_ != Asked::nothing);
  switch (std::exchange(asked_, Asked::nothing)) {
    case Asked::parameter: return parameters_.answered(received, now);
    case Asked::purse: return purses_.answered(received, now);
    case Asked::history: history_.answered(received, now.tick); return {};
    default: break;
  }
  auto notices = clocks_.answered(received, now.tick, time);
  history_.look_at(clocks_);
  return notices;
}

void BackgroundTasks::unasked(Tick now) {
  WATTLE_CHECK(asked_ != Asked::nothing);
  switch (std::exchange(asked_, Asked::nothing)) {
    case Asked::parameter: return parameters_.unasked(now);
    case Asked::purse: return purses_.unasked(now);
    case Asked::history: return history_.unasked(now);
    default: return clocks_.unasked(now);
  }
}

}  // namespace wattle::edge
