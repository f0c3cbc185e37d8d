// How what is wired stands.

#include "edge/wiring_report.hpp"

#include "shared/profiles/shipped.hpp"
#include "tests/unit/edge/wired_house.hpp"

namespace wattle::edge {

using test::at;
using test::Wired;

TEST_CASE("circuits of open rooms that are on no bus are counted") {
  Wired house;
  house.wire();
  CHECK(circuits_unread(*house.box, house.wiring.buses) == 0);
  house.place(5002, TakenOut{});
  house.wire();
  CHECK(circuits_unread(*house.box, house.wiring.buses) == 1);
  house.bus("1", TakenOut{});
  house.wire();
  CHECK(circuits_unread(*house.box, house.wiring.buses) == 2);
  house.place(5002, at("2", 1, 1011));
  house.wire();
  CHECK(circuits_unread(*house.box, house.wiring.buses) == 1);
}

TEST_CASE("what was wrong with a line goes on while it is fresh, and on a bus that is away no longer") {
  LineWatch watch({Protocol::modbus_rtu});
  const MeterProfile profile = generic_relay_meter();
  const auto ask = reading_exchanges(profile, {1, {5001}, {}}, Depth::control).front();
  const Tick begin{seconds(100).micros};
  CHECK(faults_told(watch, begin).empty());
  watch.answered(ask, {}, {}, {}, begin);
  const auto silent = [&](Duration ago, bool goes_on) { return LineFaultsTold{{LineFault::silent, 1, ago, goes_on}}; };
  CHECK(faults_told(watch, begin + seconds(1)) == silent(seconds(1), true));
  // From here on nobody is asked: the watch itself hears of no end.
  const Duration nearly{line_fault_over_after.micros - seconds(1).micros};
  CHECK(faults_told(watch, begin + nearly) == silent(nearly, true));
  CHECK(faults_told(watch, begin + line_fault_over_after) == silent(line_fault_over_after, false));
  CHECK(watch.seen(LineFault::silent).is_on);
}

}  // namespace wattle::edge
