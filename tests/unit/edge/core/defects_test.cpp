// What real meters and their lines have been seen to do (kinds and sizes after catalogues of measured defects; the figures here
// are our own): no money is charged wrongly for it, what is recorded is what was read, and a person is told where one is
// needed.

#include <algorithm>
#include <catch2/catch.hpp>

#include "edge/core/poll_plan.hpp"
#include "edge/core/recorder.hpp"
#include "shared/meter/big_endian.hpp"
#include "tests/unit/edge/core/control_house.hpp"

namespace wattle::edge {
namespace {

using test::House;
using test::lamp;
using test::socket;

constexpr std::int64_t micros_a_wh = 500;
constexpr std::int64_t paid_micros = 50'000'000;

/// The socket's meter says what the test wants it to say, and each reading is recorded too.
struct Defective {
  House house;
  Recorder recorder{{minutes(1), minutes(15), hours(8)}};
  std::vector<RecordedReading> noted;
  std::int64_t last_wh = 0;
  MeterId last_meter{5002};

  Defective() { house.pay(Money{paid_micros}); }

  void says(std::int64_t wh, std::int64_t watts = 0, MeterId meter = {5002}) {
    last_wh = wh;
    last_meter = meter;
    const MeterRead read{test::room, socket, meter, {wh}, house.relays[socket], Power{watts}};
    house.give(read);
    house.read(lamp);
    house.give(Swept{});
    const auto at = house.box_now().wall;
    if (recorder.note(read, at))
      noted.push_back({{at.micros - at.micros % seconds(1).micros}, read.register_units, read.power});
  }
  /// A minute apart each, as a box reads.
  void says_each_minute(const std::vector<std::int64_t>& registers, std::int64_t watts = 0) {
    for (const auto wh : registers) {
      house.pass(minutes(1));
      says(wh, watts);
    }
  }
  std::int64_t charged_wh() const {
    const auto spent = paid_micros - house.box->live_balance(test::room).micros;
    REQUIRE(spent % micros_a_wh == 0);
    return spent / micros_a_wh;
  }
  /// In the next hour, when nothing provisional is left of this one.
  std::int64_t booked_wh() {
    house.pass(hours(1));
    says(last_wh, 0, last_meter);
    const auto booked = paid_micros - house.box->link().state().find(test::room)->balance.micros;
    REQUIRE(booked % micros_a_wh == 0);
    return booked / micros_a_wh;
  }
  std::ptrdiff_t anomalies() const {
    return std::count_if(house.alarms.begin(), house.alarms.end(),
                         [](const Raise& r) { return r.alarm == Alarm::meter_anomaly; });
  }
  std::vector<RecordedReading> recorded() {
    std::vector<RecordedReading> all;
    for (const auto& bytes : recorder.take(house.now.wall + days(1)).closed) {
      const auto chunk = decode_chunk(bytes);
      REQUIRE(chunk.has_value());
      all.insert(all.end(), chunk->readings.begin(), chunk->readings.end());
    }
    return all;
  }
};

}  // namespace

TEST_CASE("a gap that is told as zero charges nothing, and is told once") {
  Defective room;
  room.says_each_minute({400, 410, 0, 0, 0, 0});
  CHECK(room.charged_wh() == 410);
  CHECK(room.anomalies() == 1);
  room.says_each_minute({470, 480});
  CHECK(room.charged_wh() == 480);
  CHECK(room.anomalies() == 1);
  CHECK(room.booked_wh() == 480);
  CHECK(room.recorded() == room.noted);
  CHECK(room.noted.size() == 9);
}

TEST_CASE("a register that is stuck charges what it shows, and the rest when it moves") {
  Defective room;
  room.says_each_minute(std::vector<std::int64_t>(121, 300), 160);
  CHECK(room.charged_wh() == 300);
  room.says_each_minute({622}, 160);
  CHECK(room.charged_wh() == 622);
  CHECK(room.anomalies() == 0);
  CHECK(room.booked_wh() == 622);
  CHECK(room.recorded() == room.noted);
}

TEST_CASE("a power that is clipped, spiked or at odds with the current moves no money") {
  Defective room;
  for (const std::int64_t watts : {6'000, 6'000, 17, 1'322, 299, 0, -3, 6'000}) {
    room.house.pass(minutes(1));
    room.says(250, watts);
  }
  CHECK(room.charged_wh() == 250);
  CHECK(room.booked_wh() == 250);
  CHECK(room.anomalies() == 0);
  CHECK(room.recorded() == room.noted);
  CHECK(room.noted.at(3).power == Power{1'322});  // a coffee machine's pulse is as true as a defect's
}

TEST_CASE("a register that spikes beyond all bounds charges nothing") {
  Defective room;
  room.says_each_minute({1'000, 1'000 + register_step_max + 1, 1'010});
  CHECK(room.charged_wh() == 1'010);
  CHECK(room.anomalies() == 1);
  CHECK(room.booked_wh() == 1'010);
}

TEST_CASE("two readings at one moment are charged and recorded once") {
  Defective room;
  room.says_each_minute({100});
  room.says(100);
  room.says(103);
  room.house.pass(minutes(1));
  room.says(103);
  CHECK(room.charged_wh() == 103);
  CHECK(room.booked_wh() == 103);
  const auto kept = room.recorded();
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].register_units == Quantity{100});
  CHECK(kept[1].register_units == Quantity{103});
  CHECK(kept[0].at < kept[1].at);
}

TEST_CASE("a clock that goes backwards charges each unit once") {
  Defective room;
  room.says_each_minute({100, 110});
  std::int64_t wh = 110;
  for (const auto error : {minutes(-4), hours(-30), Duration{-room.house.now.wall.micros}, Duration{}}) {
    room.house.box_clock_error = error;
    room.says_each_minute({wh + 10, wh + 20});
    wh += 20;
  }
  CHECK(room.charged_wh() == wh);
  CHECK(room.booked_wh() == wh);
  CHECK(room.anomalies() == 0);
  auto kept = room.recorded();
  CHECK(kept.size() == room.noted.size());
  for (const auto& one : kept) CHECK(std::find(room.noted.begin(), room.noted.end(), one) != room.noted.end());
}

TEST_CASE("a gap of many hours is charged whole, once") {
  Defective room;
  room.says_each_minute({700});
  room.house.pass(seconds(8 * 3600 + 77));
  room.says(1'450);
  CHECK(room.charged_wh() == 1'450);
  CHECK(room.booked_wh() == 1'450);
  CHECK(room.anomalies() == 0);
}

TEST_CASE("a register that rolls over or is set back is held for a person") {
  for (const std::int64_t after : {0, 700}) {
    Defective room;
    const std::int64_t before = 1'000;
    room.says_each_minute({before, after, after + 5, after + 9});
    CHECK(room.charged_wh() == before);
    CHECK(room.anomalies() == 1);
    // A person has looked: it is another meter, of number 6002, which began at `after`.
    room.house.give(MeterReplaced{test::room, socket, {before}, {6'002}, {after}});
    room.house.pass(minutes(1));
    room.says(after + 20, 0, {6'002});
    CHECK(room.charged_wh() == before + 20);
    CHECK(room.booked_wh() == before + 20);
  }
}

TEST_CASE("lines that cannot be read are no readings, and after three the meter is silent") {
  const auto profile = std::make_shared<const MeterProfile>(generic_relay_meter());
  const MeterPlace place{1, {5'002}, {}};
  Tick now{1'000'000};
  PollPlan plan({.line = {}, .latency = {}}, {{place, profile, {{test::room, socket}}}}, now);
  const auto shown = modbus::encode_reading(std::get<ModbusModel>(profile->protocol),
                                            {place.number, 220'000, {}, {{{1'234}, Power{50}, 220, {}, true}}}, 0);
  Bytes pdu{0x03, 20};
  for (std::uint16_t at = 0; at < 10; ++at) put_big_endian(pdu, shown->holding.at(at).value);
  const auto whole = modbus_rtu::frame(1, pdu);
  std::size_t readings = 0;
  std::vector<PollNotice> notices;
  const auto hear = [&](const Bytes& bytes) {
    for (auto question = plan.next(now); !question; question = plan.next(now)) now = plan.wake_up();
    now = now + milliseconds(90);
    const auto exchange = reading_exchanges(*profile, place, Depth::full).front();
    const auto polled = plan.answered(receive(exchange, bytes, Wire::quiet), now);
    readings += polled.readings.size();
    for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
  };
  for (std::size_t size = 1; size < whole.size(); ++size)
    hear({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)});
  for (std::size_t bit = 0; bit < whole.size() * 8; ++bit) {
    auto spoilt = whole;
    spoilt[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    hear(spoilt);
  }
  CHECK(readings == 0);
  CHECK(std::count(notices.begin(), notices.end(), PollNotice::silent) == 1);
  hear(whole);
  CHECK(readings == 1);
  CHECK(plan.newest(socket)->energy == Quantity{1'234});
}

}  // namespace wattle::edge
