#include "shared/base/parameter.hpp"

#include <array>

#include "shared/base/check.hpp"
#include "shared/base/local_time.hpp"

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
constexpr std::int64_t voltage_max = 1'000'000;
constexpr std::uint16_t a_leap_year = 2000;

constexpr std::array<ParameterInfo, 27> infos{{
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
    {day_table_1, ParameterKind::table, "day_table_1", "day_table_1", 0, 0, "day_table"},
    {day_table_2, ParameterKind::table, "day_table_2", "day_table_2", 0, 0},
    {day_table_3, ParameterKind::table, "day_table_3", "day_table_3", 0, 0},
    {day_table_4, ParameterKind::table, "day_table_4", "day_table_4", 0, 0},
    {day_table_5, ParameterKind::table, "day_table_5", "day_table_5", 0, 0},
    {day_table_6, ParameterKind::table, "day_table_6", "day_table_6", 0, 0},
    {day_table_7, ParameterKind::table, "day_table_7", "day_table_7", 0, 0},
    {day_table_8, ParameterKind::table, "day_table_8", "day_table_8", 0, 0},
    {zone_table, ParameterKind::zones, "zone_table", "zone_table", 0, 0},
    {weekend_mask, ParameterKind::number, "weekend_mask", "weekend_mask", 0, UINT8_MAX},
    {weekend_day_table, ParameterKind::number, "weekend_day_table", "weekend_day_table", 0, day_tables_max},
    {upper_voltage_limit, ParameterKind::voltage, "upper_voltage_limit", "upper_voltage_limit_mv", 0, voltage_max},
    {lower_voltage_limit, ParameterKind::voltage, "lower_voltage_limit", "lower_voltage_limit_mv", 0, voltage_max},
    {hoarding_money, ParameterKind::money, "hoarding_money", "hoarding_money", 0, money_max},
    {hoarding_energy, ParameterKind::energy, "hoarding_energy", "hoarding_energy_wh", 0, energy_max},
    {closing_money, ParameterKind::money, "closing_money", "closing_money", 0, money_max},
    {close_delay, ParameterKind::delay, "close_delay", "close_delay_s", 0, delay_max},
}};

bool is_day_of_year(std::uint16_t from) {
  const auto month = from / month_factor;
  return month <= UINT8_MAX && is_valid(LocalTime{a_leap_year, static_cast<std::uint8_t>(month),
                                                  static_cast<std::uint8_t>(from % month_factor), 0, 0, 0});
}

bool is_entry(ParameterKind kind, const TableEntry& entry) {
  if (kind == ParameterKind::zones) return is_day_of_year(entry.from) && entry.number >= 1 && entry.number <= day_tables_max;
  return entry.from < minutes_of_day && entry.number >= 1 && entry.number <= tariffs_max;
}

bool are_entries(ParameterKind kind, const std::vector<TableEntry>& entries) {
  if (entries.empty() || entries.size() > table_entries_max) return false;
  if (kind == ParameterKind::table && entries.front().from != 0) return false;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!is_entry(kind, entries[i])) return false;
    if (i > 0 && entries[i].from <= entries[i - 1].from) return false;
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
  if (is_table(of.kind)) return value.number == 0 && are_entries(of.kind, value.entries);
  return value.entries.empty() && value.number >= of.least && value.number <= of.most;
}

}  // namespace wattle
