// The poll plan with meters of water, whose valves take their time and whose answers are of other protocols.

#include <catch2/catch.hpp>

#include "edge/core/poll_plan.hpp"

namespace wattle::edge {
namespace {

constexpr CircuitId circuit{1019};
constexpr RoomId room{101};
constexpr Instant began{1'750'000'000'000'000};
constexpr std::uint64_t number = 11'223'344;

MeterProfile water_profile() {
  return {.model = "water",
          .line = {2400, Parity::even, 1},
          .timings = {.answers_within = milliseconds(500), .gap = milliseconds(20), .relay_settles = seconds(30)},
          .rollover = cjt188::usual_rollover,
          .protocol = cjt188::Model{.valve = cjt188::ModelValve{}}};
}

/// One box, one water meter, and time that passes between question and answer.
struct WaterHouse {
  MeterProfile profile = water_profile();
  cjt188::MeterImage meter{.address = cjt188::address_of(std::get<cjt188::Model>(profile.protocol), number),
                           .total = {12'345, -2, Unit::cubic_metre}};
  Tick now{};
  PollPlan plan{{.every = seconds(10), .line = profile.line, .latency = {}},
                {{{number, MeterId{number}, {}}, std::make_shared<const MeterProfile>(profile), {{room, circuit}}}},
                now};
  unsigned commands = 0;
  std::vector<PollNotice> notices;
  std::vector<MeterRead> readings;

  void run_until(Tick end) {
    while (now < end) {
      const auto question = plan.next(now);
      if (!question) {
        now = std::min(plan.wake_up(), end);
        continue;
      }
      commands += question->is_command ? 1u : 0u;
      const Instant wall{began.micros + now.micros};
      const auto asked = std::get<cjt188::Found>(cjt188::find_frame(request_bytes(question->exchange), Wire::quiet)).frame;
      const auto received = receive(question->exchange, cjt188::answer(asked, meter, wall), Wire::quiet);
      now = now + milliseconds(300);
      const auto polled = plan.answered(received, now);
      for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
      readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
    }
  }
};

}  // namespace

TEST_CASE("a water meter is read in litres, and its valve as a relay") {
  WaterHouse house;
  house.run_until(Tick{} + minutes(1));
  REQUIRE(house.readings.size() >= 5);
  CHECK(house.readings.back().register_units == Quantity{123'450});
  CHECK(house.readings.back().meter == MeterId{number});
  CHECK(house.readings.back().relay_closed == true);
  CHECK(house.notices.empty());
}

TEST_CASE("a valve that travels is waited for, and is not called disobedient") {
  WaterHouse house;
  house.run_until(Tick{} + seconds(5));
  house.plan.order(circuit, false, house.now);
  house.run_until(Tick{} + minutes(2));
  CHECK(house.commands == 1);
  CHECK(house.plan.newest(circuit)->relay_closed == false);
  house.plan.order(circuit, true, house.now);
  house.run_until(Tick{} + minutes(4));
  CHECK(house.commands == 2);
  CHECK(house.plan.newest(circuit)->relay_closed == true);
  CHECK(house.notices.empty());
}

TEST_CASE("a valve that is stuck disobeys, and is heard of when it moves again") {
  WaterHouse house;
  house.meter.valve.stuck = true;
  house.run_until(Tick{} + seconds(5));
  house.plan.order(circuit, false, house.now);
  house.run_until(Tick{} + minutes(5));
  CHECK(house.notices == std::vector{PollNotice::relay_disobeys});
  CHECK_FALSE(house.plan.newest(circuit)->relay_closed);
  CHECK(house.readings.back().register_units == Quantity{123'450});
  house.meter.valve.stuck = false;
  house.run_until(Tick{} + minutes(10));
  CHECK(house.notices == std::vector{PollNotice::relay_disobeys, PollNotice::relay_obeys});
  CHECK(house.plan.newest(circuit)->relay_closed == false);
}

}  // namespace wattle::edge
