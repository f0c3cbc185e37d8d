#include "shared/base/local_time.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

using namespace wattle;

TEST_CASE("a moment on the wall and back") {
  const auto time = local_time({1'750'000'000'000'000}, hours(8));
  CHECK(time == LocalTime{2025, 6, 15, 23, 6, 40});
  CHECK(to_text(time) == "2025-06-15 23:06:40");
  CHECK(weekday(time) == 0);
  CHECK(rc::check("seconds survive", [] {
    const auto second = *rc::gen::inRange<std::int64_t>(946'684'800, 4'102'444'800);
    const auto at = Instant{second * 1'000'000};
    RC_ASSERT(instant_of(local_time(at, hours(8)), hours(8)) == at);
  }));
}

TEST_CASE("days and times that are none") {
  CHECK(is_valid({2024, 2, 29, 23, 59, 59}));
  CHECK_FALSE(is_valid({2023, 2, 29, 0, 0, 0}));
  CHECK_FALSE(is_valid({2024, 13, 1, 0, 0, 0}));
  CHECK_FALSE(is_valid({2024, 0, 1, 0, 0, 0}));
  CHECK_FALSE(is_valid({2024, 1, 1, 24, 0, 0}));
  CHECK_FALSE(is_valid({2024, 1, 1, 0, 0, 60}));
  CHECK_FALSE(instant_of({2024, 2, 30, 0, 0, 0}, {}).has_value());
}
