#include "simulator/devices/load_curve.hpp"

#include <catch2/catch.hpp>

#include "shared/io/files.hpp"

using namespace wattle;
using namespace wattle::sim;

namespace {
std::string weeks_of(std::string_view watts) {
  std::string text = "# a comment\n";
  for (int hour = 0; hour < 7 * 24; ++hour) {
    for (int minute = 0; minute < 60; ++minute) (text += watts) += ' ';
    text += '\n';
  }
  return text;
}
}  // namespace

TEST_CASE("the shipped curve is two weeks of a home") {
  const auto text = read_file(WATTLE_CURVE, 1 << 20);
  REQUIRE(text.has_value());
  CurveError error;
  const auto curve = parse_load_curve(*text, error);
  REQUIRE(curve.has_value());
  CHECK(curve->minutes() == 14 * 24 * 60);
  std::int64_t sum = 0;
  for (std::int64_t m = 0; m < 14 * 24 * 60; ++m) sum += curve->at_minute(m).watts;
  CHECK(sum / (14 * 24 * 60) == 293);
}

TEST_CASE("a curve is played round and round, backwards too") {
  CurveError error;
  auto text = weeks_of("5");
  text.replace(text.find('5'), 1, "7");
  const auto curve = parse_load_curve(text, error);
  REQUIRE(curve.has_value());
  const std::int64_t week = 7 * 24 * 60;
  CHECK(curve->at_minute(0).watts == 7);
  CHECK(curve->at_minute(week).watts == 7);
  CHECK(curve->at_minute(-week).watts == 7);
  CHECK(curve->at_minute(-1).watts == 5);
}

TEST_CASE("a curve that is none says where") {
  CurveError error;
  CHECK_FALSE(parse_load_curve("# x\n1 2 3\n4 five 6\n", error).has_value());
  CHECK(error.line == 3);
  CHECK_FALSE(parse_load_curve("1 2x\n", error).has_value());
  CHECK(error.line == 1);
  CHECK_FALSE(parse_load_curve(weeks_of("30001"), error).has_value());
  CHECK(error.line == 2);
  CHECK_FALSE(parse_load_curve(weeks_of("-1"), error).has_value());
  CHECK_FALSE(parse_load_curve("", error).has_value());
  CHECK_FALSE(parse_load_curve("1 2 3\n", error).has_value());
  CHECK(error.why == "not a whole number of weeks of minutes");
}

TEST_CASE("minutes count from a Monday in local time") {
  // Monday 2026-03-02 00:00 in China is Sunday 16:00 UTC
  const Instant monday{1'772'380'800'000'000};
  const auto minute = minute_since_monday(monday, hours(8));
  CHECK(minute % (7 * 24 * 60) == 0);
  CHECK(minute_since_monday(monday - microseconds(1), hours(8)) == minute - 1);
  CHECK(next_minute(monday) == monday + minutes(1));
  CHECK(next_minute(monday + seconds(59)) == monday + minutes(1));
}
