#include "shared/policy/reading_plan.hpp"

#include <algorithm>

namespace wattle {
namespace {

constexpr int days_looked_at = 8 * 366 + 1;  // from one 29th of February to the next over a year 2100

bool is_valid(const ReadingRule& rule) {
  ReadingRule plain;
  plain.kind = rule.kind;
  switch (rule.kind) {
    case ReadingRuleKind::interval:
      plain.every = rule.every;
      if (rule.every == 0 || rule.every > minutes_a_day || minutes_a_day % rule.every != 0) return false;
      break;
    case ReadingRuleKind::cron:
      plain.cron = rule.cron;
      if (!parse_cron(rule.cron) || normal_cron(rule.cron) != rule.cron) return false;
      break;
    case ReadingRuleKind::weekdays:
      plain.weekdays = rule.weekdays;
      plain.at = rule.at;
      if (rule.weekdays == 0 || rule.weekdays > 0x7f) return false;
      break;
    case ReadingRuleKind::settlement_day:
      plain.day = rule.day;
      plain.at = rule.at;
      if (rule.day == 0 || rule.day > 31) return false;
      break;
    default: return false;
  }
  return rule == plain && rule.at < minutes_a_day;
}

bool is_last_of_month(const LocalTime& time) {
  auto next = time;
  ++next.day;
  return !is_valid(next);
}

/// One rule, ready to be asked.
class Due {
 public:
  explicit Due(const ReadingRule& rule) : rule_(&rule) {
    if (rule.kind == ReadingRuleKind::cron) cron_ = parse_cron(rule.cron).value_or(Cron{});
  }
  bool is_day(const LocalTime& time) const {
    switch (rule_->kind) {
      case ReadingRuleKind::interval: return true;
      case ReadingRuleKind::cron: return cron_.is_day(time);
      case ReadingRuleKind::weekdays: return (rule_->weekdays >> weekday(time) & 1U) != 0;
      case ReadingRuleKind::settlement_day: return time.day == rule_->day || (time.day < rule_->day && is_last_of_month(time));
    }
    return false;
  }
  bool is_minute(unsigned minute) const {
    if (rule_->kind == ReadingRuleKind::interval) return minute % rule_->every == 0;
    return rule_->kind == ReadingRuleKind::cron ? cron_.is_minute(minute) : minute == rule_->at;
  }

 private:
  const ReadingRule* rule_;
  Cron cron_;
};

/// The nearest minute that is due, from this one on in steps of one forwards or backwards.
std::optional<Instant> nearest(const Due& due, Instant minute, int step, Duration utc_offset) {
  const auto local = local_time(minute, utc_offset);
  auto midnight = minute - minutes(local.hour * 60 + local.minute);
  int at = local.hour * 60 + local.minute;
  for (int days_on = 0; days_on < days_looked_at; ++days_on) {
    const auto day = local_time(midnight, utc_offset);
    if (due.is_day(day))
      for (int m = at; m >= 0 && m < int{minutes_a_day}; m += step)
        if (due.is_minute(static_cast<unsigned>(m))) return midnight + minutes(m);
    midnight = step > 0 ? midnight + days(1) : midnight - days(1);
    at = step > 0 ? 0 : int{minutes_a_day} - 1;
  }
  return std::nullopt;
}

}  // namespace

bool is_valid(const ReadingPlan& plan) {
  return plan.rules.size() <= reading_rules_max &&
         std::all_of(plan.rules.begin(), plan.rules.end(), [](const ReadingRule& rule) { return is_valid(rule); });
}

std::optional<ReadingSlot> slot_at(const ReadingPlan& plan, Instant now, Duration utc_offset) {
  const auto into_minute = local_time(now, utc_offset).second * seconds(1).micros + now.micros % seconds(1).micros;
  const Instant minute{now.micros - into_minute};
  std::optional<ReadingSlot> slot;
  for (const auto& rule : plan.rules) {
    const Due due(rule);
    const auto from = nearest(due, minute, -1, utc_offset);
    const auto until = nearest(due, minute + minutes(1), 1, utc_offset);
    if (!from || !until) continue;
    if (!slot) slot = ReadingSlot{*from, *until};
    slot = ReadingSlot{std::max(slot->from, *from), std::min(slot->until, *until)};
  }
  return slot;
}

}  // namespace wattle
