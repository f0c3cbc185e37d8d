// Wrong codes lock a room for an hour, whatever the clock does.

#include <catch2/catch.hpp>

#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {

namespace {

using test::House;
using test::room;

CodeOutcome type(House& house, const std::string& digits) {
  std::optional<CodeOutcome> outcome;
  for (auto& effect : house.box->handle(CodeTyped{room, digits}, house.box_now())) {
    if (const auto* persist = std::get_if<Persist>(&effect)) {
      WATTLE_CHECK(house.box_store.commit(persist->commit).has_value());
      house.box->committed();
    } else if (const auto* answered = std::get_if<CodeAnswered>(&effect)) {
      outcome = answered->outcome;
    }
  }
  return outcome.value();
}

CodeOutcome type_wrong(House& house) { return type(house, "12345678901234567890"); }

void lock(House& house) {
  for (int i = 0; i < wrong_codes_per_hour_max; ++i) REQUIRE(type_wrong(house) == CodeOutcome::not_a_code);
  REQUIRE(type_wrong(house) == CodeOutcome::locked);
}

}  // namespace

TEST_CASE("a room that is locked for wrong codes opens again in the next hour") {
  House house;
  lock(house);
  house.pass(hours(1));
  CHECK(type_wrong(house) == CodeOutcome::not_a_code);
}

TEST_CASE("a room that once was locked is not locked until that day by a clock that stands before it") {
  House house;
  if (GENERATE(true, false)) house.box_clock_error = days(3650);
  lock(house);
  house.box_clock_error = {hours(1).micros - house.now.wall.micros};  // 1970
  CHECK(type_wrong(house) == CodeOutcome::locked);                    // it cannot be told from one that was set back
  house.restart();
  CHECK(type_wrong(house) == CodeOutcome::locked);
  house.pass(hours(1));
  CHECK(type_wrong(house) == CodeOutcome::not_a_code);
}

TEST_CASE("a clock that was in the past for a moment does not unlock") {
  House house;
  lock(house);
  house.box_clock_error = {-house.now.wall.micros};
  house.restart();
  CHECK(type_wrong(house) == CodeOutcome::locked);
  house.box_clock_error = {};
  CHECK(type_wrong(house) == CodeOutcome::locked);
}

}  // namespace wattle::edge
