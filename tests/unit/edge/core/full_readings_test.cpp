// What charging needs beside what is only for people: asked more often, and not held up by it.

#include <catch2/catch.hpp>

#include "edge/core/poll_plan.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge::full_readings_test {

constexpr CircuitId circuit{1010};
constexpr std::uint16_t reactive_register = 0x0158;
constexpr std::uint16_t factor_register = 0x001e;
constexpr std::uint16_t not_a_number = 0x7fc0;  // the high word of a float32

/// An SDM120, of which the full reading asks one block more.
struct House {
  std::shared_ptr<const MeterProfile> profile = shipped_profile("eastron-sdm120");
  Tick now{};
  PollPlan plan{{.every = seconds(10), .line = {}, .latency = {}}, {{{1, MeterId{5}, {}}, profile, {{{101}, circuit}}}}, now};
  Reading shown{MeterId{5}, 220'000, {}, {{{1'000}, Power{300}, 1'400, 620, {}}}};
  bool tells_reactive = true;
  bool tells_factor = true;
  std::vector<MeterRead> readings;
  std::vector<PollNotice> notices;
  std::size_t refused = 0;

  House() { shown.circuits[0].further.put(FurtherKind::reactive_energy, 77); }

  void run(Duration time) {
    const auto end = now + time;
    while (now < end) {
      const auto question = plan.next(now);
      if (!question) {
        now = plan.wake_up();
        continue;
      }
      const auto& ask = std::get<ModbusAsk>(question->exchange.ask);
      auto image = modbus::encode_reading(std::get<ModbusModel>(profile->protocol), shown, 0).value();
      if (!tells_reactive) image.input.erase(reactive_register);
      if (!tells_factor) image.input[factor_register].value = not_a_number;
      const auto pdu = modbus::answer(modbus::encode_request(ask.request), image);
      refused += pdu.at(0) >= 0x80;
      const auto polled = plan.answered(receive(question->exchange, modbus_rtu::frame(ask.unit, pdu), Wire::quiet), now);
      readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
      for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
    }
  }
};

TEST_CASE("a meter that refuses what is only for people is charged and switched on") {
  House house;
  house.tells_reactive = false;
  house.run(minutes(10));
  CHECK(house.refused > 0);
  CHECK(house.notices.empty());
  CHECK(house.readings.size() >= 40);
}

TEST_CASE("what is asked and not told any more is not what it was before") {
  House house;
  house.run(minutes(2));
  REQUIRE(house.plan.newest(circuit) != nullptr);
  CHECK(house.plan.newest(circuit)->power_factor_per_mille == 620);
  CHECK(house.plan.newest(circuit)->further.get(FurtherKind::reactive_energy) == 77);
  house.tells_factor = false;
  house.run(minutes(2));
  CHECK_FALSE(house.plan.newest(circuit)->power_factor_per_mille);
  CHECK_FALSE(house.readings.back().further.has(FurtherKind::power_factor));
  CHECK(house.plan.newest(circuit)->further.get(FurtherKind::reactive_energy) == 77);
}

}  // namespace wattle::edge::full_readings_test
