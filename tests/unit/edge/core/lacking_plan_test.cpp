// The poll plan with meters that do not tell all that their models ask for: nothing of it may cost a reading.

#include <catch2/catch.hpp>
#include <functional>

#include "edge/core/poll_plan.hpp"

namespace wattle::edge::lacking_plan_test {
namespace {

constexpr CircuitId circuit{1030};
constexpr std::uint64_t address = 1;
constexpr MeterId number{77};

/// One box, one meter that answers as the test says.
struct LackingHouse {
  MeterProfile profile;
  std::function<wattle::Received(const Exchange&)> answer;
  Tick now{};
  PollPlan plan{{.every = seconds(10), .full_every = minutes(1), .line = profile.line, .latency = {}},
                {{{address, number, {}}, std::make_shared<const MeterProfile>(profile), {{RoomId{101}, circuit}}}},
                now};
  std::size_t questions = 0;
  std::vector<PollNotice> notices{};
  std::vector<MeterRead> readings{};

  void run(Duration time) {
    const auto end = now + time;
    while (now < end) {
      const auto question = plan.next(now);
      if (!question) {
        now = std::min(plan.wake_up(), end);
        continue;
      }
      ++questions;
      now = now + milliseconds(100);
      const auto polled = plan.answered(answer(question->exchange), now);
      for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
      readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
    }
  }
};

MeterProfile energy_profile() {
  return {.model = "energy",
          .line = {2400, Parity::even, 1},
          .timings = {},
          .rollover = {100'000'000},
          .protocol = mbus::Model{.counts = Unit::watt_hour}};
}

/// Three telegrams: what it has counted, and what it had at the ends of two months.
mbus::MeterImage energy_meter() {
  mbus::MeterImage meter{.primary = address};
  mbus::show(meter, {.counts = Unit::watt_hour}, {number, {}, {}, {{{}, {}, {}, {}, {}}}});
  meter.telegrams = {{}, {}, {}};
  for (std::uint64_t month = 0; month < 3; ++month)
    REQUIRE(mbus::put_record(meter.telegrams[month], mbus::RecordShape::digits, 0x03, 1'234'567, month));
  return meter;
}

Bytes say(mbus::MeterImage& meter, const Exchange& exchange) {
  return mbus::answer(std::get<mbus::Found>(mbus::find_frame(request_bytes(exchange), Wire::quiet)).frame, meter);
}

}  // namespace

TEST_CASE("a meter of M-Bus without power is asked for all its telegrams once in a full reading, not each time") {
  auto meter = energy_meter();
  LackingHouse house{energy_profile(),
                     [&](const Exchange& exchange) { return receive(exchange, say(meter, exchange), Wire::quiet); }};
  house.run(seconds(59));
  CHECK(house.readings.size() == 6);
  CHECK(house.questions == 4 + 5 * 2);
  CHECK(house.readings.back().register_units == Quantity{1'234'567});
}

TEST_CASE("a meter of M-Bus that falls silent behind its register is read all the same") {
  auto meter = energy_meter();
  LackingHouse house{energy_profile(), [&](const Exchange& exchange) {
                       const auto said = say(meter, exchange);
                       return receive(exchange, meter.telegram == 0 ? said : Bytes{}, Wire::quiet);
                     }};
  house.run(minutes(3));
  CHECK(house.readings.size() == 18);
  CHECK(house.notices.empty());
}

TEST_CASE("a meter that refuses the block of a quantity on which nothing rests is read all the same") {
  auto profile = generic_relay_meter();
  auto& model = std::get<ModbusModel>(profile.protocol);
  constexpr std::uint16_t further = 0x0158;
  model.blocks.push_back({modbus::Function::read_holding, further, 2});
  model.circuits[0].further[FurtherKind::reactive_energy] = {modbus::Function::read_holding, further, Encoding::u32, {}, {}};
  REQUIRE(contradiction(profile).empty());
  CircuitReading shown;
  shown.energy = {4321};
  shown.relay_closed = true;
  const auto image = modbus::encode_reading(model, {number, {}, {}, {shown}}, 0);
  std::uint16_t refused = further;
  LackingHouse house{profile, [&](const Exchange& exchange) -> wattle::Received {
                       const auto& request = std::get<ModbusAsk>(exchange.ask).request;
                       if (request.start == refused) return Bad{exception_errc(2)};
                       MeterAnswer answer;
                       for (std::size_t n = 0; n < request.count; ++n)
                         answer.values.push_back(image->holding.at(static_cast<std::uint16_t>(request.start + n)).value);
                       return answer;
                     }};
  house.run(minutes(3));
  CHECK(house.readings.size() == 18);
  CHECK(house.readings.back().register_units == Quantity{4321});
  CHECK_FALSE(house.readings.back().further.has(FurtherKind::reactive_energy));
  CHECK(house.notices.empty());
  refused = 0;  // on this one everything rests
  house.run(minutes(1));
  CHECK(house.notices == std::vector{PollNotice::silent, PollNotice::bus_silent});
}

}  // namespace wattle::edge::lacking_plan_test
