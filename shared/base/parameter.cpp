#include "shared/base/parameter.hpp"

#include <array>

#include "shared/base/check.hpp"

namespace wattle {
namespace {

using enum Parameter;
constexpr std::int64_t money_max = 1'000'000'000'000;  // 999,999.99 and no more is what a meter of DL/T 645 shows
constexpr std::int64_t energy_max = 1'000'000'000;
constexpr std::int64_t power_max = 1'000'000;
constexpr std::int64_t delay_max = 9'999 * 60;
constexpr std::int64_t first_hour = 1 * hours_of_day;
constexpr std::int64_t last_hour = 28 * hours_of_day + 23;  // a day that each month has
constexpr std::uint16_t minutes_of_day = 24 * 60;

constexpr std::array<ParameterInfo, 11> infos{{
    {alarm_money_first, ParameterKind::money, "alarm_money_first", "alarm_money_first", 0, money_max},
    {alarm_money_second, ParameterKind::money, "alarm_money_second", "alarm_money_second", 0, money_max},
    {overdraft_money, ParameterKind::money, "overdraft_money", "overdraft_money", 0, money_max},
    {alarm_energy_first, ParameterKind::energy, "alarm_energy_first", "alarm_energy_first_wh", 0, energy_max},
    {alarm_energy_second, ParameterKind::energy, "alarm_energy_second", "alarm_energy_second_wh", 0, energy_max},
    {overdraft_energy, ParameterKind::energy, "overdraft_energy", "overdraft_energy_wh", 0, energy_max},
    {power_limit, ParameterKind::power, "power_limit", "power_limit_w", 0, power_max},
    {trip_delay, ParameterKind::delay, "trip_delay", "trip_delay_s", 0, delay_max},
    {settlement_day, ParameterKind::day_hour, "settlement_day", "settlement_day", first_hour, last_hour},
    {keep_power, ParameterKind::flag, "keep_power", "keep_power", 0, 1},
    {day_table, ParameterKind::table, "day_table", "day_table", 0, 0},
}};

bool is_table(const std::vector<TariffPeriod>& periods) {
  if (periods.empty() || periods.size() > tariff_periods_max || periods.front().from != 0) return false;
  for (std::size_t i = 0; i < periods.size(); ++i) {
    const auto& period = periods[i];
    if (period.from >= minutes_of_day || period.tariff == 0 || period.tariff > tariffs_max) return false;
    if (i > 0 && period.from <= periods[i - 1].from) return false;
  }
  return true;
}

}  // namespace

std::span<const ParameterInfo> all_parameters() { return infos; }

const ParameterInfo& info(Parameter parameter) {
  const auto at = static_cast<std::size_t>(parameter) - 1;
  WATTLE_CHECK(at < infos.size());
  return infos[at];
}

std::optional<Parameter> parameter_of(std::uint64_t number) {
  if (number == 0 || number > infos.size()) return std::nullopt;
  return static_cast<Parameter>(number);
}

bool is_valid(Parameter parameter, const ParameterValue& value) {
  const auto& of = info(parameter);
  if (of.kind == ParameterKind::table) return value.number == 0 && is_table(value.periods);
  return value.periods.empty() && value.number >= of.least && value.number <= of.most;
}

}  // namespace wattle
