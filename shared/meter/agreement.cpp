#include "shared/meter/agreement.hpp"

#include <cstdlib>

#include "shared/meter/limits.hpp"

namespace wattle {
namespace {

// The bound above is that of meter-protocols.md §1.8: |P| <= 1.2 U I + 20 W. Meters differ on the power factor of distorted
// currents by up to two times, so that the one below is half.
constexpr std::int64_t slack_mw = 20'000;
constexpr std::int64_t most_tenths = 12;
constexpr std::int64_t least_share = 2;

}  // namespace

bool figures_disagree(const MeterProfile& profile, const Reading& reading, std::size_t circuit) {
  const auto& of = reading.circuits.at(circuit);
  if (profile.phases != 1 || !reading.voltage_mv || !of.current_ma || !of.power) return false;
  const auto power_mw = std::abs(of.power->watts) * 1000;  // none of these is beyond what a meter can measure (limits.hpp)
  const auto apparent_mw = std::abs(*reading.voltage_mv) * std::abs(*of.current_ma) / 1000;
  if (power_mw > apparent_mw / 10 * most_tenths + slack_mw) return true;
  if (!of.power_factor_per_mille) return false;
  const auto said_mw = apparent_mw / unity_per_mille * std::abs(*of.power_factor_per_mille);
  return power_mw + slack_mw < said_mw / least_share;
}

}  // namespace wattle
