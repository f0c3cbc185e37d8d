#include "shared/io/metrics.hpp"

#include <catch2/catch.hpp>

#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"

namespace wattle {
namespace {

TEST_CASE("series are made once and rendered in Prometheus' text") {
  Metrics metrics;
  metrics.counter("wattle_entries_total", "Entries admitted", {{"kind", "recharge"}}).add(2);
  metrics.counter("wattle_entries_total", "Entries admitted", {{"kind", "recharge"}}).add();
  metrics.counter("wattle_entries_total", "Entries admitted", {{"kind", "a\"b\\c\n"}}).add();
  metrics.gauge("wattle_rooms", "Rooms served").set(-3);
  CHECK(metrics.prometheus_text() ==
        "# HELP wattle_entries_total Entries admitted\n# TYPE wattle_entries_total counter\n"
        "wattle_entries_total{kind=\"a\\\"b\\\\c\\n\"} 1\nwattle_entries_total{kind=\"recharge\"} 3\n"
        "# HELP wattle_rooms Rooms served\n# TYPE wattle_rooms gauge\nwattle_rooms -3\n");
}

TEST_CASE("a name's series are bounded") {
  Metrics metrics;
  for (std::size_t i = 0; i < Metrics::series_limit + 5; ++i) {
    metrics.counter("x", "y", {{"n", std::to_string(i)}}).add();
  }
  CHECK(metrics.prometheus_text().find("x{series=\"overflow\"} 5\n") != std::string::npos);
}

TEST_CASE("clocks run forward and random numbers differ") {
  const auto before = read_clocks();
  const auto after = read_clocks();
  CHECK(after.tick >= before.tick);
  CHECK(before.wall.micros > 1'700'000'000'000'000);
  CHECK(random_u64() != random_u64());
  CHECK_FALSE(random_uid() == random_uid());
  SystemEntropy entropy;
  CHECK_FALSE(entropy.uid() == entropy.uid());
}

}  // namespace
}  // namespace wattle
