#include "shared/policy/reading_plan.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

constexpr Duration offset = hours(8);

Instant at(std::uint16_t year, unsigned month, unsigned day, unsigned hour, unsigned minute, unsigned second = 0) {
  const auto byte = [](unsigned value) { return static_cast<std::uint8_t>(value); };
  return instant_of({year, byte(month), byte(day), byte(hour), byte(minute), byte(second)}, offset).value();
}

ReadingRule every(std::uint16_t minutes_between) { return {ReadingRuleKind::interval, minutes_between}; }
ReadingRule by_cron(std::string text) {
  ReadingRule rule{ReadingRuleKind::cron};
  rule.cron = std::move(text);
  return rule;
}
ReadingRule on_weekdays(std::uint8_t weekdays, std::uint16_t minute) {
  ReadingRule rule{ReadingRuleKind::weekdays};
  rule.weekdays = weekdays;
  rule.at = minute;
  return rule;
}
ReadingRule on_settlement_day(std::uint8_t day, std::uint16_t minute) {
  ReadingRule rule{ReadingRuleKind::settlement_day};
  rule.day = day;
  rule.at = minute;
  return rule;
}

void check_slot(const ReadingPlan& plan, Instant now, Instant from, Instant until) {
  const auto slot = slot_at(plan, now, offset);
  REQUIRE(slot);
  CHECK(to_text(local_time(slot->from, offset)) == to_text(local_time(from, offset)));
  CHECK(to_text(local_time(slot->until, offset)) == to_text(local_time(until, offset)));
}

}  // namespace

TEST_CASE("an interval begins at the site's midnight, whatever the hour is in UTC") {
  check_slot({{every(1440)}}, at(2026, 3, 2, 7, 59), at(2026, 3, 2, 0, 0), at(2026, 3, 3, 0, 0));
  check_slot({{every(480)}}, at(2026, 3, 2, 7, 59, 59), at(2026, 3, 2, 0, 0), at(2026, 3, 2, 8, 0));
  check_slot({{every(480)}}, at(2026, 3, 2, 8, 0), at(2026, 3, 2, 8, 0), at(2026, 3, 2, 16, 0));
  check_slot({{every(1)}}, at(2026, 3, 2, 23, 59, 59), at(2026, 3, 2, 23, 59), at(2026, 3, 3, 0, 0));
}

TEST_CASE("a settlement day that a month does not have is its last one") {
  const ReadingPlan plan{{on_settlement_day(31, 60)}};
  check_slot(plan, at(2026, 3, 2, 0, 0), at(2026, 2, 28, 1, 0), at(2026, 3, 31, 1, 0));
  check_slot(plan, at(2026, 4, 30, 0, 59), at(2026, 3, 31, 1, 0), at(2026, 4, 30, 1, 0));
  check_slot(plan, at(2028, 2, 29, 1, 0), at(2028, 2, 29, 1, 0), at(2028, 3, 31, 1, 0));
  check_slot({{on_settlement_day(26, 0)}}, at(2026, 1, 1, 0, 0), at(2025, 12, 26, 0, 0), at(2026, 1, 26, 0, 0));
}

TEST_CASE("weekdays and a crontab are due on their days of the site") {
  constexpr std::uint8_t monday_and_friday = 1U << 1 | 1U << 5;
  check_slot({{on_weekdays(monday_and_friday, 450)}}, at(2026, 3, 2, 7, 29), at(2026, 2, 27, 7, 30), at(2026, 3, 2, 7, 30));
  check_slot({{on_weekdays(monday_and_friday, 450)}}, at(2026, 3, 2, 7, 30), at(2026, 3, 2, 7, 30), at(2026, 3, 6, 7, 30));
  check_slot({{by_cron("*/15 8-9 * * MON")}}, at(2026, 3, 2, 9, 50), at(2026, 3, 2, 9, 45), at(2026, 3, 9, 8, 0));
  check_slot({{by_cron("0 0 29 2 *")}}, at(2026, 3, 2, 9, 50), at(2024, 2, 29, 0, 0), at(2028, 2, 29, 0, 0));
}

TEST_CASE("over the year 2100, which has no 29th of February, a crontab for it is found eight years away") {
  // Beyond the years of recording, but no calendar of ours ends there.
  check_slot({{by_cron("0 0 29 2 *")}}, at(2099, 1, 1, 0, 0), at(2096, 2, 29, 0, 0), at(2104, 2, 29, 0, 0));
}

TEST_CASE("of several rules each is due at its own moments") {
  const ReadingPlan plan{{every(720), on_settlement_day(1, 5)}};
  check_slot(plan, at(2026, 3, 1, 0, 4), at(2026, 3, 1, 0, 0), at(2026, 3, 1, 0, 5));
  check_slot(plan, at(2026, 3, 1, 0, 6), at(2026, 3, 1, 0, 5), at(2026, 3, 1, 12, 0));
  CHECK_FALSE(slot_at({}, at(2026, 3, 1, 0, 6), offset));
}

TEST_CASE("each moment lies in the slot that it begins, and slots follow one another without a gap") {
  for (const auto& plan : {ReadingPlan{{every(45)}}, ReadingPlan{{by_cron("7,23 */5 1-7 * 0")}},
                           ReadingPlan{{on_settlement_day(30, 1439), on_weekdays(0x7f, 0)}}}) {
    auto now = at(2026, 1, 1, 0, 0);
    for (int i = 0; i < 300; ++i) {
      const auto slot = slot_at(plan, now, offset);
      REQUIRE(slot);
      CHECK(slot->from <= now);
      CHECK(now < slot->until);
      const auto last = slot_at(plan, slot->until - microseconds(1), offset);
      CHECK(last->from == slot->from);
      CHECK(slot_at(plan, slot->until, offset)->from == slot->until);
      now = slot->until;
    }
  }
}

TEST_CASE("rules that make no sense are none, and neither are figures that their kind does not have") {
  CHECK(is_valid(ReadingPlan{}));
  CHECK(is_valid(ReadingPlan{{every(30), by_cron("0 8 * * MON"), on_weekdays(1, 0), on_settlement_day(31, 1439)}}));
  auto with_more = every(30);
  with_more.at = 1;
  for (const auto& bad : {every(0), every(7), every(1441), by_cron("0 8 * * mon"), by_cron("0 8 * *"), on_weekdays(0, 0),
                          on_weekdays(0x80, 0), on_weekdays(1, 1440), on_settlement_day(0, 0), on_settlement_day(32, 0),
                          on_settlement_day(1, 1440), ReadingRule{}, with_more})
    CHECK_FALSE(is_valid(ReadingPlan{{bad}}));
  CHECK_FALSE(is_valid(ReadingPlan{{every(1), every(2), every(3), every(4), every(5)}}));
}

}  // namespace wattle
