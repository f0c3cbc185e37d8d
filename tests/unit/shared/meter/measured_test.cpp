#include "shared/meter/measured.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

namespace wattle::measured_test {

TEST_CASE("to the nearest, ties away from zero") {
  CHECK(scaled({12345, -1, Unit::watt}, 0).value() == 1235);
  CHECK(scaled({12344, -1, Unit::watt}, 0).value() == 1234);
  CHECK(scaled({-12345, -1, Unit::watt}, 0).value() == -1235);
  CHECK(scaled({1499, -3, Unit::watt}, 0).value() == 1);
  CHECK(scaled({1500, -3, Unit::watt}, 0).value() == 2);
  CHECK(scaled({26, 1, Unit::watt_hour}, 0).value() == 260);
  CHECK(scaled({1, 19, Unit::watt_hour}, 0).error() == MeterErrc::value);
  CHECK(scaled({0, 300, Unit::watt_hour}, 0).value() == 0);
  CHECK(scaled({INT64_MAX, -300, Unit::watt_hour}, 0).value() == 0);
  CHECK(scaled({INT64_MIN, 0, Unit::watt_hour}, 0).error() == MeterErrc::value);
}

TEST_CASE("every digit that was sent is written") {
  CHECK(decimal_text({-12345, -4}) == "-1.2345");
  CHECK(decimal_text({0, -2}) == "0.00");
  CHECK(decimal_text({5, -3}) == "0.005");
  CHECK(decimal_text({26, 1}) == "260");
  CHECK(decimal_text({0, 3}) == "0");
  CHECK(decimal_text({INT64_MIN, 0}) == "-9223372036854775808");
  CHECK(decimal_text({1, 100}) == "1e100");
}

TEST_CASE("scaling up and back changes nothing") {
  CHECK(rc::check("scaled", [](std::int32_t value) {
    for (int exponent = -9; exponent <= 0; ++exponent) {
      const auto finer = scaled({value, 0, Unit::none}, exponent).value();
      RC_ASSERT(scaled({finer, exponent, Unit::none}, 0).value() == value);
    }
  }));
}

}  // namespace wattle::measured_test
