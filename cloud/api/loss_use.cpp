#include "cloud/api/loss_use.hpp"

#include <algorithm>

#include "shared/base/checked.hpp"

namespace wattle::api {
namespace {

constexpr Duration always_near = minutes(15);
constexpr std::int64_t length_share = 10;  // a tenth more or less than the period says nothing of the same time

/// What a circuit is read at, and half as much again: what was read once more in between makes the mean of it shorter.
Duration nearness(const CircuitUse& use) {
  const auto mean = (use.to - use.from).micros / static_cast<std::int64_t>(std::max<std::uint64_t>(use.readings, 1));
  return {std::max(always_near.micros, mean + mean / 2)};
}

Duration between(Instant a, Instant b) { return a < b ? b - a : a - b; }

}  // namespace

std::string_view word(LossGap gap) {
  switch (gap) {
    case LossGap::other_time: return "other_time";
    case LossGap::meter_changed: return "meter_changed";
    case LossGap::register_fell: return "register_fell";
  }
  return {};
}

bool DaysUse::add(const cloud::TotalRow& day) {
  spans_.push_back({day.total.first_at, cloud::covered_to(day)});
  use_.day = day.key.start;
  use_.readings += day.total.readings;
  if (day.used.units < 0) {
    use_.register_fell = true;
    return true;
  }
  const auto sum = checked_sum(use_.used, day.used.units);
  if (sum) use_.used = *sum;
  return sum.has_value();
}

std::optional<CircuitUse> DaysUse::take() {
  if (spans_.empty()) return std::nullopt;
  std::sort(spans_.begin(), spans_.end(), [](const Span& a, const Span& b) { return a.from < b.from; });
  use_.from = spans_.front().from;
  use_.to = spans_.front().to;
  for (const auto& span : spans_) {
    if (span.from > use_.to) use_.unread = {use_.unread.micros + (span.from - use_.to).micros};
    use_.to = std::max(use_.to, span.to);
  }
  return use_;
}

LossPeriod days_within(const CircuitUse& use, LossPeriod asked) {
  const auto day = days(1).micros;
  const auto from = use.day - Duration{(use.day - asked.from).micros / day * day};
  const auto lasts = (asked.to - from).micros;
  return {from, from + Duration{(lasts + day - 1) / day * day}};
}

std::vector<LossGap> gaps_of(const CircuitUse& use, LossPeriod asked, Instant until) {
  const auto period = days_within(use, asked);
  const auto to = std::min(period.to, until);
  const auto near = nearness(use);
  const auto lasts = to - period.from;
  const auto off = between(period.from + (use.to - use.from), to);
  std::vector<LossGap> gaps;
  if (between(period.from, use.from) > near || between(to, use.to) > near ||
      off > std::max(always_near, Duration{lasts.micros / length_share}))
    gaps.push_back(LossGap::other_time);
  if (use.unread > always_near && use.unread > near) gaps.push_back(LossGap::meter_changed);
  if (use.register_fell) gaps.push_back(LossGap::register_fell);
  return gaps;
}

}  // namespace wattle::api
