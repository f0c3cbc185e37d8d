#pragma once
// When a circuit's reading is kept for history. Money and control read at a pace of their own, which no plan changes.

#include <optional>
#include <string>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/policy/cron.hpp"
#include "shared/policy/timetable.hpp"

namespace wattle {

enum class ReadingRuleKind : std::uint8_t { interval = 1, cron = 2, weekdays = 3, settlement_day = 4 };

/// Of the four only what its kind needs; the rest stays as it is here.
struct ReadingRule {
  ReadingRuleKind kind = ReadingRuleKind::interval;
  std::uint16_t every = 0;    // minutes: a whole part of a day, from midnight on
  std::string cron = {};      // in its normal form
  std::uint8_t weekdays = 0;  // bits; 0 is Sunday
  std::uint8_t day = 0;       // of the month, or its last one where the month is shorter
  std::uint16_t at = 0;       // minute of these days
  bool operator==(const ReadingRule&) const = default;
};

inline constexpr std::size_t reading_rules_max = 4;

/// Due when one of them is; without any it says nothing.
struct ReadingPlan {
  std::vector<ReadingRule> rules = {};
  bool operator==(const ReadingPlan&) const = default;
};

bool is_valid(const ReadingPlan& plan);

/// From one moment at which a reading is due to the next.
struct ReadingSlot {
  Instant from;
  Instant until;
};
/// The one that `now` lies in. Nothing for a plan without rules, or beyond the years that calendars here know.
std::optional<ReadingSlot> slot_at(const ReadingPlan& plan, Instant now, Duration utc_offset);

}  // namespace wattle
