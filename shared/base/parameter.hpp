#pragma once
// What a meter that can act alone is told: thresholds, limits, times. One number each in our units, but for the day's tariffs,
// which are a table. Which of them a meter takes, and how they travel, its profile says.

#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "shared/base/time.hpp"

namespace wattle {

/// The numbers are stable: registers and reports carry them.
enum class Parameter : std::uint8_t {
  alarm_money_first = 1,  // micro-units of money; so is each money below
  alarm_money_second = 2,
  overdraft_money = 3,
  alarm_energy_first = 4,  // Wh
  alarm_energy_second = 5,
  overdraft_energy = 6,
  power_limit = 7,     // W
  trip_delay = 8,      // s between a command to trip and the contact
  settlement_day = 9,  // day × 24 + hour
  keep_power = 10,     // 1: no command and no debt opens the relay
  day_table = 11,      // the tariffs of one day
};

/// What a number counts.
enum class ParameterKind : std::uint8_t { money, energy, power, delay, day_hour, flag, table };

struct ParameterInfo {
  Parameter parameter{};
  ParameterKind kind{};
  std::string_view name;  // in profiles and logs
  std::string_view json;  // with the unit of a bare integer
  std::int64_t least = 0;
  std::int64_t most = 0;
};
/// In the order of their numbers.
std::span<const ParameterInfo> all_parameters();
const ParameterInfo& info(Parameter parameter);
std::optional<Parameter> parameter_of(std::uint64_t number);

/// This tariff of the meter's, from this minute on until the next period begins.
struct TariffPeriod {
  std::uint16_t from = 0;  // minute of the day
  std::uint8_t tariff = 1;
  bool operator==(const TariffPeriod&) const = default;
};

struct ParameterValue {
  std::int64_t number = 0;            // of a table 0
  std::vector<TariffPeriod> periods;  // of a table, else none
  bool operator==(const ParameterValue&) const = default;
};
using ParameterValues = std::map<Parameter, ParameterValue>;

inline constexpr std::size_t tariff_periods_max = 14;
inline constexpr std::uint8_t tariffs_max = 63;
inline constexpr std::int64_t hours_of_day = 24;

/// Within its bounds; a table begins with the day, and each period behind the one before.
bool is_valid(Parameter parameter, const ParameterValue& value);

}  // namespace wattle
