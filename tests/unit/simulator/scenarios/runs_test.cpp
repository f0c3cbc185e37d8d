#include "simulator/scenarios/runs.hpp"

#include <catch2/catch.hpp>

using namespace wattle::sim;

namespace {

Outcome told(void (*story)(World&)) {
  Options options;
  options.faults.reset();
  return run_scenario({"name", "summary", story, options});
}

}  // namespace

TEST_CASE("a story that ends before its point has failed") {
  const auto outcome = told([](World&) {});
  CHECK(outcome.check == "story");
  CHECK(outcome.text == "story: it ended before its point");
}

TEST_CASE("a story that finds its point not there has failed, with the reason") {
  const auto outcome = told([](World& world) { world.reach_point(false, "the room is not open"); });
  CHECK(outcome.text == "story: the room is not open");
}

TEST_CASE("a story that comes to its point and ends there is clean") {
  CHECK_FALSE(told([](World& world) { world.reach_point(true, ""); }).failed());
}

TEST_CASE("what is found after the point is what the story says") {
  const auto outcome = told([](World& world) {
    world.reach_point(true, "");
    require(false, "codes", "one too many");
  });
  CHECK(outcome.check == "codes");
}
