#include "shared/policy/timetable.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

constexpr std::uint16_t at(int hour, int minute = 0) { return static_cast<std::uint16_t>(hour * 60 + minute); }

// 2026-10-01 is a Thursday, and a holiday; Saturday the 10th is worked for it.
const Calendar national_week{saturday_and_sunday, {{{2026, 10, 1}, DayKind::holiday}, {{2026, 10, 10}, DayKind::working}}};

}  // namespace

TEST_CASE("weekdays tell, and exceptions know better") {
  CHECK(day_kind(national_week, {2026, 9, 30, 12, 0, 0}) == DayKind::working);
  CHECK(day_kind(national_week, {2026, 10, 1, 0, 0, 0}) == DayKind::holiday);
  CHECK(day_kind(national_week, {2026, 10, 3, 23, 59, 59}) == DayKind::rest);
  CHECK(day_kind(national_week, {2026, 10, 4, 12, 0, 0}) == DayKind::rest);
  CHECK(day_kind(national_week, {2026, 10, 10, 12, 0, 0}) == DayKind::working);
  CHECK(day_kind({0, {}}, {2026, 10, 4, 12, 0, 0}) == DayKind::working);
}

TEST_CASE("a period holds from its first minute until before its last, on its days") {
  const DayKinds school = of(DayKind::working);
  const Timetable lights_out{
      {{{1, 1}, {{0, at(6), school, TimeAction::off, {}}, {at(23), minutes_a_day, every_day, TimeAction::limit, {100}}}}}};
  REQUIRE(is_valid(lights_out));
  const auto action = [&](const LocalTime& time) {
    const auto* period = period_at(lights_out, national_week, time);
    return period == nullptr ? std::optional<TimeAction>() : period->action;
  };
  CHECK(action({2026, 9, 30, 5, 59, 59}) == TimeAction::off);
  CHECK(action({2026, 9, 30, 6, 0, 0}) == std::nullopt);
  CHECK(action({2026, 9, 30, 22, 59, 59}) == std::nullopt);
  CHECK(action({2026, 9, 30, 23, 0, 0}) == TimeAction::limit);
  CHECK(action({2026, 10, 1, 3, 0, 0}) == std::nullopt);
  CHECK(action({2026, 10, 10, 3, 0, 0}) == TimeAction::off);
}

TEST_CASE("of several periods the first one counts") {
  const Timetable overlapping{
      {{{1, 1}, {{at(8), at(9), every_day, TimeAction::on, {}}, {at(7), at(10), every_day, TimeAction::off, {}}}}}};
  CHECK(period_at(overlapping, {}, {2026, 9, 30, 7, 30, 0})->action == TimeAction::off);
  CHECK(period_at(overlapping, {}, {2026, 9, 30, 8, 30, 0})->action == TimeAction::on);
}

TEST_CASE("the season chooses the set, across the turn of the year") {
  const TimetableSet summer{{5, 1}, {{0, minutes_a_day, every_day, TimeAction::on, {}}}};
  const TimetableSet winter{{10, 15}, {{0, minutes_a_day, every_day, TimeAction::off, {}}}};
  for (const auto& timetable : {Timetable{{summer, winter}}, Timetable{{winter, summer}}}) {
    REQUIRE(is_valid(timetable));
    const auto is_on = [&](std::uint8_t month, std::uint8_t day) {
      return period_at(timetable, {}, {2026, month, day, 12, 0, 0})->action == TimeAction::on;
    };
    CHECK_FALSE(is_on(1, 1));
    CHECK_FALSE(is_on(4, 30));
    CHECK(is_on(5, 1));
    CHECK(is_on(10, 14));
    CHECK_FALSE(is_on(10, 15));
    CHECK_FALSE(is_on(12, 31));
  }
}

TEST_CASE("a timetable that says nothing is one") {
  CHECK(is_valid(Timetable{}));
  CHECK(period_at({}, {}, {2026, 9, 30, 12, 0, 0}) == nullptr);
}

TEST_CASE("wrong timetables are refused") {
  const auto with = [](TimePeriod period) { return Timetable{{{{1, 1}, {period}}}}; };
  CHECK_FALSE(is_valid(with({at(9), at(9), every_day, TimeAction::off, {}})));
  CHECK_FALSE(is_valid(with({at(10), at(9), every_day, TimeAction::off, {}})));
  CHECK_FALSE(is_valid(with({0, minutes_a_day + 1, every_day, TimeAction::off, {}})));
  CHECK_FALSE(is_valid(with({0, 1, 0, TimeAction::off, {}})));
  CHECK_FALSE(is_valid(with({0, 1, 1U << 3, TimeAction::off, {}})));
  CHECK_FALSE(is_valid(with({0, 1, every_day, TimeAction::limit, {0}})));
  CHECK_FALSE(is_valid(Timetable{{{{2, 30}, {}}}}));
  CHECK_FALSE(is_valid(Timetable{{{{1, 1}, {}}, {{1, 1}, {}}}}));
  CHECK_FALSE(is_valid(Timetable{{{{1, 1}, {}}, {{2, 1}, {}}, {{3, 1}, {}}}}));
  CHECK_FALSE(is_valid(Timetable{{{{1, 1}, std::vector<TimePeriod>(periods_max + 1)}}}));
}

}  // namespace wattle
