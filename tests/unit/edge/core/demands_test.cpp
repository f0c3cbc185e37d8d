#include "edge/core/demands.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {
namespace {

constexpr CircuitId lit{1010};
constexpr CircuitId plugged{1011};
constexpr Tick asked_at{1'000'000};

DemandedReading said(CircuitId circuit, std::int64_t units) {
  DemandedReading reading{circuit};
  reading.meter = {5001};
  reading.reading.register_units = {units};
  return reading;
}

}  // namespace

TEST_CASE("a question is answered when each circuit has been heard, and then forgotten") {
  Demands demands;
  CHECK(demands.wake_up() == never);
  CHECK(demands.begin({7, {101}}, {lit, plugged}, asked_at));
  demands.heard(said(lit, 300));
  CHECK(demands.take_done(asked_at).empty());
  demands.heard({plugged, ReadOutcome::silent});
  const auto done = demands.take_done(asked_at);
  REQUIRE(done.size() == 1);
  CHECK(done[0] == ReadAnswer{7, ReadStatus::answered, {said(lit, 300), {plugged, ReadOutcome::silent}}});
  CHECK(demands.take_done(asked_at + hours(1)).empty());
  CHECK(demands.wake_up() == never);
}

TEST_CASE("what has not been heard in time is late") {
  Demands demands;
  demands.begin({7, {101}}, {lit, plugged}, asked_at);
  demands.heard(said(lit, 300));
  CHECK(demands.wake_up() == asked_at + demand_patience);
  CHECK(demands.take_done(asked_at + Duration{demand_patience.micros - 1}).empty());
  const auto done = demands.take_done(asked_at + demand_patience);
  REQUIRE(done.size() == 1);
  CHECK(done[0].circuits[0].outcome == ReadOutcome::read);
  CHECK(done[0].circuits[1].outcome == ReadOutcome::late);
}

TEST_CASE("a question is answered in its own version") {
  Demands demands;
  CHECK(demands.begin({7, {}, {9010}, demand_version}, {{9010}}, asked_at));
  CHECK_FALSE(demands.begin({8, {}, {9011}, demand_version}, {}, asked_at));
  demands.heard(said({9010}, 300));
  const auto done = demands.take_done(asked_at);
  REQUIRE(done.size() == 2);
  CHECK(done[0] == ReadAnswer{8, ReadStatus::not_here, {}, demand_version});
  CHECK(done[1] == ReadAnswer{7, ReadStatus::answered, {said({9010}, 300)}, demand_version});
}

TEST_CASE("two who ask for the same room are answered by one reading") {
  Demands demands;
  demands.begin({7, {101}}, {lit}, asked_at);
  demands.begin({8, {101}}, {lit}, asked_at);
  demands.heard(said(lit, 300));
  CHECK(demands.take_done(asked_at).size() == 2);
}

TEST_CASE("a room without a meter here, and too many questions, are answered at once") {
  Demands demands;
  CHECK_FALSE(demands.begin({7, {101}}, {}, asked_at));
  CHECK(demands.take_done(asked_at) == std::vector{ReadAnswer{7, ReadStatus::not_here}});
  for (std::uint64_t id = 0; id < demands_max; ++id) CHECK(demands.begin({id, {101}}, {lit}, asked_at));
  CHECK_FALSE(demands.begin({99, {101}}, {lit}, asked_at));
  CHECK(demands.take_done(asked_at) == std::vector{ReadAnswer{99, ReadStatus::busy}});
  CHECK(demands.take_done(asked_at + demand_patience).size() == demands_max);
  CHECK(demands.begin({99, {101}}, {lit}, asked_at));
}

}  // namespace wattle::edge
