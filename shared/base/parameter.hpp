#pragma once
// What a meter that can act alone is told: thresholds, limits, times. One number each in our units, but for the tables by which
// it knows its tariffs. Which of them a meter takes, and how they travel, its profile says.

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
  day_table_1 = 11,    // the tariffs of one day; the meter's zones, weekends and holidays say of which days
  day_table_2 = 12,
  day_table_3 = 13,
  day_table_4 = 14,
  day_table_5 = 15,
  day_table_6 = 16,
  day_table_7 = 17,
  day_table_8 = 18,
  zone_table = 19,           // which day table counts from which day of the year on
  weekend_mask = 20,         // the bits of the week's days, as the meter has them
  weekend_day_table = 21,    // the number of the table that counts on them
  upper_voltage_limit = 22,  // mV; so is the lower one
  lower_voltage_limit = 23,
  hoarding_money = 24,   // no more is bought into the purse
  hoarding_energy = 25,  // Wh
  closing_money = 26,    // in the purse, or the relay is not let close
  close_delay = 27,      // s between a command to close and the contact
};

/// What a number counts.
enum class ParameterKind : std::uint8_t { money, energy, power, voltage, delay, day_hour, flag, number, table, zones };
/// Whose value is entries.
constexpr bool is_table(ParameterKind kind) { return kind == ParameterKind::table || kind == ParameterKind::zones; }

struct ParameterInfo {
  Parameter parameter{};
  ParameterKind kind{};
  std::string_view name;  // in profiles and logs
  std::string_view json;  // with the unit of a bare integer
  std::int64_t least = 0;
  std::int64_t most = 0;
  std::string_view once = {};  // what it was called, in profiles and requests that still call it so
};
/// In the order of their numbers.
std::span<const ParameterInfo> all_parameters();
const ParameterInfo& info(Parameter parameter);
std::optional<Parameter> parameter_of(std::uint64_t number);

/// Until the next one begins. Of a day: this tariff of the meter's from this minute on. Of the year: this day table from this
/// day on, and through the turn of the year until the first one.
struct TableEntry {
  std::uint16_t from = 0;   // minute of the day, or month × 100 + day
  std::uint8_t number = 1;  // of the tariff, or of the day table
  bool operator==(const TableEntry&) const = default;
};

struct ParameterValue {
  std::int64_t number = 0;          // of a table 0
  std::vector<TableEntry> entries;  // of a table, else none
  bool operator==(const ParameterValue&) const = default;
};
using ParameterValues = std::map<Parameter, ParameterValue>;

inline constexpr std::size_t table_entries_max = 14;
inline constexpr std::uint16_t month_factor = 100;  // of the day of an entry
inline constexpr std::uint8_t tariffs_max = 63;
inline constexpr std::uint8_t day_tables_max = 8;
inline constexpr std::int64_t hours_of_day = 24;

/// Within its bounds; a day's table begins with the day, and of both tables each entry is behind the one before.
bool is_valid(Parameter parameter, const ParameterValue& value);

}  // namespace wattle
