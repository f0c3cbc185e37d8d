#include "edge/core/background_tasks.hpp"

#include <utility>

#include "shared/base/check.hpp"

namespace wattle::edge {

void BackgroundTasks::noticed(const Noticed& noticed, Tick now) {
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
  return std::nullopt;
}

std::vector<Noticed> BackgroundTasks::answered(const wattle::Received& received, const Now& now, std::optional<BoxTime> time) {
  WATTLE_CHECK(asked_ != Asked::nothing);
  if (std::exchange(asked_, Asked::nothing) == Asked::parameter) return parameters_.answered(received, now);
  return clocks_.answered(received, now.tick, time);
}

void BackgroundTasks::unasked(Tick now) {
  WATTLE_CHECK(asked_ != Asked::nothing);
  if (std::exchange(asked_, Asked::nothing) == Asked::parameter) return parameters_.unasked(now);
  clocks_.unasked(now);
}

}  // namespace wattle::edge
