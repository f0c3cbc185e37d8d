#include "shared/policy/arbiter.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

CircuitFacts paid() {
  CircuitFacts facts;
  facts.available = yuan(10);
  return facts;
}

const TimePeriod night{0, 360, every_day, TimeAction::off, {}};
const TimePeriod dim{0, 360, every_day, TimeAction::limit, {100}};

}  // namespace

TEST_CASE("with money a circuit is on, without it off") {
  CHECK(decide(paid()) == Decision{true, RelayReason::credit});
  auto facts = paid();
  facts.available = {};
  CHECK(decide(facts) == Decision{false, RelayReason::no_credit});
  facts.available = {1};
  CHECK(decide(facts).on);
}

TEST_CASE("circuits go one after another, and an overdraft is granted below zero") {
  auto cooling = paid();
  cooling.cut_at = yuan(2);
  auto lamps = paid();
  lamps.cut_at = {-3'000'000};
  for (const std::int64_t left : {10, 3, 2, 0, -2, -3}) {
    cooling.available = lamps.available = yuan(left);
    CHECK(decide(cooling).on == (left > 2));
    CHECK(decide(lamps).on == (left > -3));
  }
}

TEST_CASE("safety over force over arrears over timetable") {
  // Each fact alone would win over all that stand below it.
  CircuitFacts facts = paid();
  facts.period = &night;
  CHECK(decide(facts) == Decision{false, RelayReason::timetable});
  facts.available = {};
  CHECK(decide(facts) == Decision{false, RelayReason::no_credit});
  facts.mode = ControlMode::forced_on;
  CHECK(decide(facts) == Decision{true, RelayReason::forced_on});
  facts.mode = ControlMode::forced_off;
  CHECK(decide(facts) == Decision{false, RelayReason::forced_off});
  facts.mode = ControlMode::forced_on;
  facts.trip.cut_at = Tick{1};
  CHECK(decide(facts) == Decision{false, RelayReason::overload});
  facts.trip.cause = TripCause::malignant;
  CHECK(decide(facts) == Decision{false, RelayReason::malignant});
  facts.trip.locked = true;
  CHECK(decide(facts) == Decision{false, RelayReason::locked_out});
  facts.fire = true;
  CHECK(decide(facts) == Decision{false, RelayReason::fire});
}

TEST_CASE("a fire contact leaves the lamps on") {
  auto facts = paid();
  facts.fire = true;
  facts.is_lighting = true;
  CHECK(decide(facts) == Decision{true, RelayReason::credit});
}

TEST_CASE("after a mains failure a circuit waits its turn, forced or not") {
  auto facts = paid();
  facts.may_return = false;
  CHECK(decide(facts) == Decision{false, RelayReason::returning});
  facts.mode = ControlMode::forced_on;
  CHECK(decide(facts) == Decision{false, RelayReason::returning});
  facts.mode = ControlMode::forced_off;
  CHECK(decide(facts) == Decision{false, RelayReason::forced_off});
}

TEST_CASE("an hour with a limit leaves the circuit on, under the lower limit") {
  auto facts = paid();
  facts.period = &dim;
  CHECK(decide(facts) == Decision{true, RelayReason::credit});
  CHECK(limit_of({}, nullptr) == std::nullopt);
  CHECK(limit_of({}, &night) == std::nullopt);
  CHECK(limit_of({}, &dim) == Power{100});
  CHECK(limit_of({{2000}, {}, 5, 3, {}}, &dim) == Power{100});
  CHECK(limit_of({{60}, {}, 5, 3, {}}, &dim) == Power{60});
  CHECK(limit_of({{2000}, {}, 5, 3, {}}, nullptr) == Power{2000});
}

TEST_CASE("two warnings before the cut") {
  CHECK(warning_of(yuan(11), yuan(10), yuan(5)) == Warning::none);
  CHECK(warning_of(yuan(10), yuan(10), yuan(5)) == Warning::first);
  CHECK(warning_of(yuan(5), yuan(10), yuan(5)) == Warning::second);
  CHECK(warning_of(yuan(-1), yuan(10), yuan(5)) == Warning::second);
  CHECK(warning_of(yuan(3), yuan(2), yuan(5)) == Warning::second);  // thresholds the wrong way round warn early, never late
}

TEST_CASE("a warning ends ten fen above its threshold, not at it") {
  const auto next = [](Warning before, Money available) { return next_warning(before, available, yuan(10), yuan(5)); };
  CHECK(next(Warning::none, yuan(10)) == Warning::first);
  CHECK(next(Warning::first, fen(1010)) == Warning::first);
  CHECK(next(Warning::first, fen(1011)) == Warning::none);
  CHECK(next(Warning::second, fen(510)) == Warning::second);
  CHECK(next(Warning::second, fen(511)) == Warning::first);
  CHECK(next(Warning::none, fen(1001)) == Warning::none);
}

TEST_CASE("an empty room is dark whatever it has, below safety and force") {
  CircuitFacts facts;
  facts.available = yuan(50);
  facts.is_over = true;
  CHECK(decide(facts) == Decision{false, RelayReason::stay_over});
  facts.mode = ControlMode::forced_on;
  CHECK(decide(facts) == Decision{true, RelayReason::forced_on});
  facts.trip.cut_at = Tick{};
  CHECK(decide(facts) == Decision{false, RelayReason::overload});
}

}  // namespace wattle
