#include "shared/policy/relay_row.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

RelayRow lights_out() {
  RelayRow row;
  row.number = 300;
  row.time = {1'790'784'000'000'000};
  row.room = {101};
  row.circuit = {1010};
  row.before = true;
  row.decision = {false, RelayReason::timetable};
  row.facts.available = yuan(3);
  row.facts.cut_at = yuan(-1);
  row.period = TimePeriod{0, 360, every_day, TimeAction::off, {}};
  row.power = Power{40};
  row.mine = 7;
  row.theirs = 1000;
  return row;
}

RelayRow first() {
  RelayRow row;
  row.number = 1;
  row.facts.available = yuan(1);
  row.decision = {true, RelayReason::credit};
  return row;
}

RelayRow empty_room() {
  auto row = first();
  row.facts.is_over = true;
  row.decision = {false, RelayReason::stay_over};
  return row;
}

RelayRow cut_by_itself() {
  auto row = lights_out();
  row.event = RelayEvent::meter;
  row.noted = MeterEventNote{MeterEvent::tripped, MeterEvent::overloaded, {1'790'783'990'000'000}};
  return row;
}

}  // namespace

TEST_CASE("a row of the relay log is read as it was written, whole or not at all") {
  for (auto row : {lights_out(), first(), empty_room(), cut_by_itself()}) {
    const auto bytes = encode(row);
    const auto read = decode_relay_row(bytes);
    REQUIRE(read);
    CHECK(encode(*read) == bytes);
    CHECK(read->decision == row.decision);
    CHECK(read->before == row.before);
    CHECK(read->period == row.period);
    CHECK(read->noted == row.noted);
    CHECK(read->facts.is_over == row.facts.is_over);
    if (row.event == RelayEvent::decided) CHECK(replay(*read) == row.decision);
    for (std::size_t size = 0; size < bytes.size(); ++size) CHECK_FALSE(decode_relay_row(ByteView(bytes).first(size)));
    CHECK(bytes.size() < relay_row_bytes_max);
  }
}

TEST_CASE("a decision is found again from its row alone") {
  const auto read = decode_relay_row(encode(lights_out()));
  CHECK(replay(*read) == Decision{false, RelayReason::timetable});
  auto row = lights_out();
  row.facts.trip.locked = true;
  row.facts.trip.cut_at = Tick{77};
  row.decision = {false, RelayReason::locked_out};
  CHECK(replay(*decode_relay_row(encode(row))) == row.decision);
}

TEST_CASE("what a meter has noted stands in its row, and in no other") {
  auto row = cut_by_itself();
  row.event = RelayEvent::strayed;
  CHECK_FALSE(decode_relay_row(encode(row)));
  row = lights_out();
  row.event = RelayEvent::meter;
  CHECK_FALSE(decode_relay_row(encode(row)));
  row = cut_by_itself();
  row.noted->cause = MeterEvent::purchased;  // no meter cuts the power for that
  CHECK_FALSE(decode_relay_row(encode(row)));
  row.noted->cause = MeterEvent::cover_opened;
  CHECK(decode_relay_row(encode(row)));
  row.noted->what = MeterEvent::programmed;
  CHECK_FALSE(decode_relay_row(encode(row)));
}

TEST_CASE("every reason has its word") {
  for (int reason = 1; reason <= 11; ++reason) CHECK_FALSE(word(static_cast<RelayReason>(reason)).empty());
}

}  // namespace wattle
