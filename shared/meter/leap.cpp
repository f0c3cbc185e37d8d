#include "shared/meter/leap.hpp"

#include <algorithm>

#include "shared/base/check.hpp"

namespace wattle {

namespace {

std::int64_t at_most(Duration since) {
  const auto time = std::clamp(since, Duration{}, leap_looks_back);
  return leap_at_once + leap_an_hour * time.micros / hours(1).micros;
}

/// Between the smallest and the largest step of a circuit. Registers are far from the ends of the numbers.
bool are_steps_within(const Reading& before, const Reading& reading, std::int64_t least, std::int64_t most) {
  WATTLE_CHECK(before.circuits.size() == reading.circuits.size());
  for (std::size_t i = 0; i < reading.circuits.size(); ++i) {
    const auto step = reading.circuits[i].energy.units - before.circuits[i].energy.units;
    if (step < least || step > most) return false;
  }
  return true;
}

}  // namespace

bool may_have_flowed(Quantity from, Quantity to, Duration since) {
  return from <= to && to.units - from.units <= at_most(since);
}

bool is_leap(const Reading& before, const Reading& reading, Duration since) {
  return !are_steps_within(before, reading, 0, at_most(since));
}

bool goes_on(const Reading& doubted, const Reading& reading, Duration since) {
  return are_steps_within(doubted, reading, -at_most(since), at_most(since));
}

}  // namespace wattle
