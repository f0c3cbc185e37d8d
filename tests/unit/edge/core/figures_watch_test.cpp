#include "edge/core/figures_watch.hpp"

#include <catch2/catch.hpp>
#include <vector>

namespace wattle::edge {
namespace {

std::vector<bool> news_of(FiguresWatch& watch, const std::vector<bool>& readings) {
  std::vector<bool> news;
  for (const bool disagrees : readings)
    if (const auto told = watch.read(disagrees)) news.push_back(*told);
  return news;
}

}  // namespace

TEST_CASE("three readings in a row say that figures disagree, and three that they agree again") {
  FiguresWatch watch;
  CHECK(news_of(watch, {true, true}).empty());
  CHECK(news_of(watch, {true}) == std::vector{true});
  CHECK(news_of(watch, {true, true, true, false, false}).empty());
  CHECK(news_of(watch, {false}) == std::vector{false});
  CHECK(news_of(watch, {false, false, false}).empty());
}

TEST_CASE("figures that disagree now and then are told never") {
  FiguresWatch watch;
  for (int n = 0; n < 100; ++n) CHECK(news_of(watch, {true, true, false, true, false}).empty());
}

TEST_CASE("where it is known to disagree nothing is asked again, and elsewhere once in ten minutes") {
  FiguresWatch watch;
  const Tick now{seconds(1).micros};
  REQUIRE(watch.may_ask_again(now));
  watch.asked_again(now);
  CHECK_FALSE(watch.may_ask_again(now));
  CHECK_FALSE(watch.may_ask_again(now + minutes(9)));
  CHECK(watch.may_ask_again(now + minutes(10)));
  news_of(watch, {true, true, true});
  CHECK_FALSE(watch.may_ask_again(now + minutes(10)));
  news_of(watch, {false, false, false});
  CHECK(watch.may_ask_again(now + minutes(10)));
}

}  // namespace wattle::edge
