#include "shared/meter/leap.hpp"

#include <catch2/catch.hpp>

namespace wattle::leap_test {

Reading showing(std::int64_t first, std::int64_t second) {
  Reading reading;
  reading.circuits = {{{first}, {}, {}, {}, {}}, {{second}, {}, {}, {}, {}}};
  return reading;
}

TEST_CASE("a step is a leap when it is more than can have flowed, or backwards, in any circuit") {
  const auto before = showing(10'000, 50'000);
  CHECK_FALSE(is_leap(before, before, {}));
  CHECK_FALSE(is_leap(before, showing(10'000 + leap_at_once, 50'000), {}));
  CHECK(is_leap(before, showing(10'001 + leap_at_once, 50'000), {}));
  CHECK(is_leap(before, showing(10'000, 49'999), minutes(5)));
  CHECK_FALSE(is_leap(before, showing(10'000, 50'000 + 1'000 + 50'000), minutes(30)));
  CHECK(is_leap(before, showing(10'000, 50'001 + 1'000 + 50'000), minutes(30)));
}

TEST_CASE("a long silence excuses an hour's flow, and a clock of ticks that stood still none") {
  const auto before = showing(0, 0);
  CHECK_FALSE(is_leap(before, showing(leap_an_hour, 0), hours(200)));
  CHECK(is_leap(before, showing(leap_an_hour + leap_at_once + 1, 0), hours(200)));
  CHECK(is_leap(before, showing(leap_at_once + 1, 0), Duration{-5}));
}

TEST_CASE("a reading is borne out by one that is near it, before or behind") {
  const auto doubted = showing(10'000, 50'000);
  CHECK(goes_on(doubted, showing(10'000, 49'990), {}));
  CHECK(goes_on(doubted, showing(10'000 + leap_at_once, 50'000), {}));
  CHECK_FALSE(goes_on(doubted, showing(10'000, 49'999 - leap_at_once), {}));
  CHECK_FALSE(goes_on(doubted, showing(10'001 + leap_at_once, 50'000), {}));
  CHECK(goes_on(doubted, showing(10'000 + leap_at_once + 5'000, 50'000), minutes(3)));
}

}  // namespace wattle::leap_test
