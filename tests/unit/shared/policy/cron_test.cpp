#include "shared/policy/cron.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

constexpr std::uint64_t bits(std::initializer_list<unsigned> values) {
  std::uint64_t out = 0;
  for (const auto value : values) out |= std::uint64_t{1} << value;
  return out;
}

Cron cron_of(std::string_view text) {
  const auto cron = parse_cron(text);
  INFO(text);
  REQUIRE(cron);
  return *cron;
}

/// 2026-02-02 is a Monday.
LocalTime february(unsigned day) { return {2026, 2, static_cast<std::uint8_t>(day), 0, 0, 0}; }

}  // namespace

TEST_CASE("lists, ranges and steps of a crontab name what crontab(5) says they name") {
  const auto cron = cron_of("0,30 8-18/2 1-3,31 */5 1-5");
  CHECK(cron.minutes == bits({0, 30}));
  CHECK(cron.hours == bits({8, 10, 12, 14, 16, 18}));
  CHECK(cron.days == bits({1, 2, 3, 31}));
  CHECK(cron.months == bits({1, 6, 11}));
  CHECK(cron.weekdays == bits({1, 2, 3, 4, 5}));
  CHECK(cron_of("*/25 * * * *").minutes == bits({0, 25, 50}));
  CHECK(cron_of("5-59/20,7 * * * *").minutes == bits({5, 7, 25, 45}));
  CHECK(cron_of("* * * * *").minutes == (std::uint64_t{1} << 60) - 1);
  CHECK(cron_of("59 23 31 12 *").minutes == bits({59}));
}

TEST_CASE("months and weekdays have names, and Sunday has two numbers") {
  CHECK(cron_of("0 0 * jan,Dec *").months == bits({1, 12}));
  CHECK(cron_of("0 0 * MAR-MAY *").months == bits({3, 4, 5}));
  CHECK(cron_of("0 0 * * mon-FRI").weekdays == bits({1, 2, 3, 4, 5}));
  CHECK(cron_of("0 0 * * 7").weekdays == bits({0}));
  CHECK(cron_of("0 0 * * sun").weekdays == bits({0}));
  CHECK(cron_of("0 0 * * 5-7").weekdays == bits({0, 5, 6}));
  CHECK(cron_of("0 0 * * 0-7").weekdays == bits({0, 1, 2, 3, 4, 5, 6}));
}

TEST_CASE("days and weekdays that are both restricted are either of them, else both hold") {
  const auto either = cron_of("0 0 13 * FRI");
  CHECK(either.is_day(february(13)));  // a Friday
  CHECK(either.is_day(february(6)));   // a Friday
  CHECK_FALSE(either.is_day(february(12)));
  CHECK(cron_of("0 0 13 3 FRI").is_day({2026, 3, 6, 0, 0, 0}));
  CHECK_FALSE(cron_of("0 0 13 3 FRI").is_day(february(6)));  // of another month
  const auto weekday_alone = cron_of("0 0 * * FRI");
  CHECK(weekday_alone.is_day(february(6)));
  CHECK_FALSE(weekday_alone.is_day(february(13 + 1)));
  const auto day_alone = cron_of("0 0 13 * *");
  CHECK(day_alone.is_day(february(13)));
  CHECK_FALSE(day_alone.is_day(february(6)));
  // A step behind a star is still a star: odd days that are Fridays.
  const auto both = cron_of("0 0 */2 * FRI");
  CHECK(both.is_day(february(13)));
  CHECK_FALSE(both.is_day(february(6)));
  CHECK_FALSE(both.is_day(february(15)));
}

TEST_CASE("minutes are those of the named hours") {
  const auto cron = cron_of("15,45 6,22 * * *");
  CHECK(cron.is_minute(6 * 60 + 15));
  CHECK(cron.is_minute(22 * 60 + 45));
  CHECK_FALSE(cron.is_minute(6 * 60 + 16));
  CHECK_FALSE(cron.is_minute(7 * 60 + 15));
}

TEST_CASE("what is no crontab is none") {
  for (const auto* bad : {"",
                          "* * * *",
                          "* * * * * *",
                          "60 * * * *",
                          "* 24 * * *",
                          "* * 0 * *",
                          "* * 32 * *",
                          "* * * 0 *",
                          "* * * 13 *",
                          "* * * * 8",
                          "5-1 * * * *",
                          "*/0 * * * *",
                          "*/60 * * * *",
                          "5/10 * * * *",
                          "1, * * * *",
                          ",1 * * * *",
                          "1,,2 * * * *",
                          "-1 * * * *",
                          "1- * * * *",
                          "1-2-3 * * * *",
                          "*/ * * * *",
                          "*/2/2 * * * *",
                          "+1 * * * *",
                          "0x1 * * * *",
                          "@daily",
                          "0 0 L * *",
                          "0 0 ? * 1",
                          "0 0 * * 1#2",
                          "JAN * * * *",
                          "0 0 * FOO *",
                          "0 0 30 2 *",
                          "0 0 31 4,6,9,11 *",
                          "**  * * * *"}) {
    INFO(bad);
    CHECK_FALSE(parse_cron(bad));
  }
  CHECK_FALSE(parse_cron(std::string(200, ' ') + "* * * * *"));
}

TEST_CASE("the 29th of February is a day, and the 30th with a weekday is a weekday") {
  CHECK(parse_cron("0 0 29 2 *"));
  CHECK(parse_cron("0 0 30 2 MON"));
}

TEST_CASE("a crontab has one normal form, which says the same") {
  CHECK(normal_cron("  0\t8  * * mon-fri ") == "0 8 * * MON-FRI");
  CHECK(normal_cron(normal_cron(" 0 8 * * mon ")) == normal_cron("0 8 * * MON"));
  CHECK(parse_cron("0 8 * jan mon") == parse_cron(normal_cron(" 0 8 *\tjan mon")));
}

}  // namespace wattle
