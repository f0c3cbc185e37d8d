#include "shared/api/money_text.hpp"

#include <catch2/catch.hpp>

#include "shared/api/time_text.hpp"

namespace wattle {
namespace {

TEST_CASE("amounts are read exactly") {
  CHECK(parse_amount("0") == Money{0});
  CHECK(parse_amount("20") == yuan(20));
  CHECK(parse_amount("12.34") == fen(1234));
  CHECK(parse_amount("0.000001") == Money{1});
  CHECK(parse_amount("0.1") == Money{100'000});
  CHECK(parse_amount("999999999.999999") == largest_amount);
}

TEST_CASE("everything else is refused") {
  for (const auto* text : {"",
                           ".",
                           "1.",
                           ".5",
                           "-1",
                           "+1",
                           "1e3",
                           "1E3",
                           " 1",
                           "1 ",
                           "01",
                           "00",
                           "1.0000000",
                           "1.-1",
                           "1.2.3",
                           "1,5",
                           "0x10",
                           "1000000000",
                           "99999999999999999999999",
                           "inf",
                           "nan",
                           "１",
                           "1.٣",
                           "12.34\n"}) {
    INFO(text);
    CHECK_FALSE(parse_amount(text));
  }
  CHECK_FALSE(parse_amount(std::string_view("1\0", 2)));
}

TEST_CASE("money is written with six places and read back") {
  CHECK(money_text(fen(1234)) == "12.340000");
  CHECK(money_text(Money{-1}) == "-0.000001");
  CHECK(money_text(Money{INT64_MIN}) == "-9223372036854.775808");
  CHECK(money_text(Money{INT64_MAX}) == "9223372036854.775807");
  for (const std::int64_t micros : {0L, 1L, 999'999L, 1'000'000L, 123'456'789L, largest_amount.micros}) {
    CHECK(parse_amount(money_text(Money{micros})) == Money{micros});
  }
}

TEST_CASE("times are RFC 3339 in UTC") {
  CHECK(time_text({0}) == "1970-01-01T00:00:00.000000Z");
  CHECK(time_text({1'772'323'200'123'456}) == "2026-03-01T00:00:00.123456Z");
  CHECK(time_text({-1}) == "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace wattle
