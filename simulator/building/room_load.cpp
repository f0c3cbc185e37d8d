#include "simulator/building/room_load.hpp"

#include <algorithm>

#include "shared/base/random.hpp"

namespace wattle::sim {
namespace {

constexpr std::int64_t days_played = 14;

void use(std::vector<std::int64_t>& watts, const Appliance& appliance, std::int64_t day, Random& random) {
  const auto open = std::max<std::int64_t>(1, (appliance.to_hour - appliance.from_hour) * 60);
  const auto begins = day * day_minutes + appliance.from_hour * 60 + random.between(0, open - 1);
  const auto lasts = random.between(appliance.least_minutes, appliance.most_minutes);
  const auto size = static_cast<std::int64_t>(watts.size());
  for (std::int64_t minute = 0; minute < lasts; ++minute)
    watts[static_cast<std::size_t>((begins + minute) % size)] += appliance.watts;
}

}  // namespace

LoadCurve room_load(const LoadCurve& measured, const LoadShare& share, std::span<const Appliance> appliances) {
  std::vector<std::int64_t> watts;
  for (std::int64_t minute = 0; minute < days_played * day_minutes; ++minute)
    watts.push_back(measured.at_minute(minute + share.shift_minutes).watts * share.percent / 100);
  Random random(share.seed);
  for (std::int64_t day = 0; day < days_played; ++day) {
    for (const auto& appliance : appliances)
      for (std::int64_t n = 0; n < appliance.uses_a_day; ++n) use(watts, appliance, day, random);
  }
  for (auto& minute : watts) minute = std::min(minute, max_curve_watts);
  return LoadCurve(std::move(watts));
}

}  // namespace wattle::sim
