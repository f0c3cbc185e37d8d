#include "edge/core/event_look.hpp"

#include <catch2/catch.hpp>

namespace wattle::edge {
namespace {

constexpr Duration east = hours(8);
const dlt645::ModelHistory notes_all{{},
                                     {{MeterEvent::tripped, {.record = 1}},
                                      {MeterEvent::overloaded, {.record = 2}},
                                      {MeterEvent::overdrawn, {.record = 3}},
                                      {MeterEvent::cover_opened, {.record = 4}},
                                      {MeterEvent::programmed, {.record = 5}}}};

LocalTime at_hour(std::uint8_t hour, std::uint8_t minute) { return {2026, 9, 23, hour, minute, 0}; }
Instant instant_at(std::uint8_t hour, std::uint8_t minute) { return *instant_of(at_hour(hour, minute), east); }

std::vector<MeterEventFound> look(const std::map<MeterEvent, LocalTime>& happened) {
  EventLook look({101}, {1010}, instant_at(8, 0), instant_at(12, 0), notes_all);
  std::size_t asked = 0;
  while (const auto question = look.question()) {
    REQUIRE(++asked <= notes_all.events.size());
    const auto when = happened.find(*question);
    look.take(when == happened.end() ? WATTLE_FAIL(MeterErrc::no_such_data) : Result<LocalTime>(when->second), east);
  }
  CHECK(asked == notes_all.events.size());
  return look.found();
}

std::optional<MeterEvent> cause(std::map<MeterEvent, LocalTime> others) {
  others[MeterEvent::tripped] = at_hour(10, 0);
  const auto found = look(others);
  REQUIRE(found.front().what == MeterEvent::tripped);
  return found.front().cause;
}

}  // namespace

TEST_CASE("the reason of a trip is the last record before it, not an older one and none behind it") {
  CHECK(cause({}) == std::nullopt);
  CHECK(cause({{MeterEvent::overloaded, at_hour(9, 58)}}) == MeterEvent::overloaded);
  CHECK(cause({{MeterEvent::overloaded, at_hour(9, 40)}}) == std::nullopt);
  CHECK(cause({{MeterEvent::overloaded, at_hour(10, 2)}}) == std::nullopt);
  CHECK(cause({{MeterEvent::overloaded, at_hour(9, 55)}, {MeterEvent::overdrawn, at_hour(9, 59)}}) == MeterEvent::overdrawn);
  CHECK(cause({{MeterEvent::overloaded, at_hour(9, 59)}, {MeterEvent::overdrawn, at_hour(9, 55)}}) == MeterEvent::overloaded);
  CHECK(cause({{MeterEvent::programmed, at_hour(9, 59)}}) == std::nullopt);
}

TEST_CASE("only what happened while nobody watched is told, and an overload only as a reason") {
  CHECK(look({}).empty());
  CHECK(look({{MeterEvent::overloaded, at_hour(9, 0)}, {MeterEvent::overdrawn, at_hour(9, 0)}}).empty());
  CHECK(look({{MeterEvent::tripped, at_hour(7, 55)}}).empty());
  CHECK(look({{MeterEvent::tripped, at_hour(12, 5)}}).empty());
  const auto found = look({{MeterEvent::cover_opened, at_hour(8, 0)}, {MeterEvent::programmed, at_hour(11, 59)}});
  CHECK(found == std::vector<MeterEventFound>{{{101}, {1010}, MeterEvent::cover_opened, std::nullopt, instant_at(8, 0)},
                                              {{101}, {1010}, MeterEvent::programmed, std::nullopt, instant_at(11, 59)}});
}

TEST_CASE("what was written just before or behind the silence may be the box's own, and is not told") {
  const auto is_told = [](MeterEvent what, std::uint8_t hour, std::uint8_t minute) {
    return !look({{what, at_hour(hour, minute)}}).empty();
  };
  CHECK_FALSE(is_told(MeterEvent::programmed, 7, 59));
  CHECK(is_told(MeterEvent::programmed, 8, 1));
  CHECK(is_told(MeterEvent::programmed, 11, 59));
  CHECK_FALSE(is_told(MeterEvent::programmed, 12, 1));
  CHECK(is_told(MeterEvent::cover_opened, 7, 59));
  CHECK(is_told(MeterEvent::cover_opened, 12, 1));
}

}  // namespace wattle::edge
