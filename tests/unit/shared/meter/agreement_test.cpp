#include "shared/meter/agreement.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/limits.hpp"

namespace wattle::agreement_test {

Reading with(std::int64_t watts, std::int64_t ma, std::optional<std::int64_t> factor = {}, std::int64_t mv = 220'000) {
  CircuitReading circuit;
  circuit.power = Power{watts};
  circuit.current_ma = ma;
  circuit.power_factor_per_mille = factor;
  return {MeterId{1}, mv, {}, {circuit}};
}

bool disagree(const Reading& reading) { return figures_disagree(generic_relay_meter(), reading, 0); }

TEST_CASE("power within what voltage and current carry agrees, and what is beyond it disagrees") {
  CHECK_FALSE(disagree(with(0, 0)));
  CHECK_FALSE(disagree(with(20, 0)));  // of a meter that tells no current below its start
  CHECK(disagree(with(21, 0)));
  CHECK_FALSE(disagree(with(2'200, 10'000)));
  CHECK_FALSE(disagree(with(2'660, 10'000)));  // 2200 and a fifth, and 20
  CHECK(disagree(with(2'661, 10'000)));
  CHECK_FALSE(disagree(with(-2'660, 10'000)));  // it flows back
  CHECK(disagree(with(-2'661, 10'000)));
  CHECK_FALSE(disagree(with(-2'200, -10'000)));  // current has a sign under DL/T 645
  CHECK_FALSE(disagree(with(0, 10'000)));        // a motor's or a condenser's, as far as anybody knows
}

TEST_CASE("where the power factor is told, power that is far less than the three say disagrees") {
  CHECK_FALSE(disagree(with(1'080, 10'000, 1'000)));
  CHECK(disagree(with(1'079, 10'000, 1'000)));
  CHECK_FALSE(disagree(with(0, 10'000, 10)));
  CHECK_FALSE(disagree(with(500, 10'000, 450)));
  CHECK_FALSE(disagree(with(0, 0, 1'000)));  // what meters show without a load
  CHECK(disagree(with(0, 1'200, -980)));
}

TEST_CASE("what was not told, or is not of one phase, is not compared") {
  auto reading = with(5'000, 0);
  CHECK(disagree(reading));
  reading.circuits[0].current_ma.reset();
  CHECK_FALSE(disagree(reading));
  reading = with(5'000, 0);
  reading.voltage_mv.reset();
  CHECK_FALSE(disagree(reading));
  reading = with(5'000, 0);
  reading.circuits[0].power.reset();
  CHECK_FALSE(disagree(reading));
  for (const int phases : {0, 2, 3}) {
    auto profile = generic_relay_meter();
    profile.phases = static_cast<std::uint8_t>(phases);
    CHECK_FALSE(figures_disagree(profile, with(5'000, 0), 0));
  }
}

TEST_CASE("at the ends of what a meter can measure nothing overflows") {
  CHECK_FALSE(disagree(with(max_power_w, max_current_ma, {}, max_voltage_mv)));
  CHECK(disagree(with(max_power_w, max_current_ma, unity_per_mille, max_voltage_mv)));  // five times as much is said to flow
  CHECK(disagree(with(-max_power_w, 0, -unity_per_mille, max_voltage_mv)));
}

}  // namespace wattle::agreement_test
