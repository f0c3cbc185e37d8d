#include "shared/meter/dlt645_items.hpp"

#include <algorithm>

namespace wattle::dlt645 {
namespace {

constexpr std::uint32_t whole = 0xffffffff;
constexpr std::uint32_t tariff_family = 0xffff00f0;  // DI1 the tariff, the low digit of DI0 the settlement
constexpr std::uint32_t phase_family = 0xffff00ff;
constexpr std::uint32_t last_ones = 0xffffff00;  // DI0 counts back

constexpr Item power_fail_parts[] = {
    {0, 0, "power_fail.from", Shape::second_time, 6},
    {0, 0, "power_fail.to", Shape::second_time, 6},
};
constexpr Item clock_set_parts[] = {
    {0, 0, "clock_set.operator", Shape::digits, 4},
    {0, 0, "clock_set.before", Shape::second_time, 6},
    {0, 0, "clock_set.after", Shape::second_time, 6},
};
// Of a cover, and of that over the terminals.
constexpr Item opening_parts[] = {
    {0, 0, "opened.from", Shape::second_time, 6},
    {0, 0, "opened.to", Shape::second_time, 6},
    {0, 0, "before.forward_energy", Shape::number, 4, 1, Unit::watt_hour},
    {0, 0, "before.reverse_energy", Shape::number, 4, 1, Unit::watt_hour},
    {0, 0, "before.reactive_quadrant_1", Shape::number, 4, 1, Unit::var_hour},
    {0, 0, "before.reactive_quadrant_2", Shape::number, 4, 1, Unit::var_hour},
    {0, 0, "before.reactive_quadrant_3", Shape::number, 4, 1, Unit::var_hour},
    {0, 0, "before.reactive_quadrant_4", Shape::number, 4, 1, Unit::var_hour},
    {0, 0, "after.forward_energy", Shape::number, 4, 1, Unit::watt_hour},
    {0, 0, "after.reverse_energy", Shape::number, 4, 1, Unit::watt_hour},
    {0, 0, "after.reactive_quadrant_1", Shape::number, 4, 1, Unit::var_hour},
    {0, 0, "after.reactive_quadrant_2", Shape::number, 4, 1, Unit::var_hour},
    {0, 0, "after.reactive_quadrant_3", Shape::number, 4, 1, Unit::var_hour},
    {0, 0, "after.reactive_quadrant_4", Shape::number, 4, 1, Unit::var_hour},
};
constexpr Item energy_purchase_parts[] = {
    {0, 0, "energy_purchase_time", Shape::minute_time, 5},
    {0, 0, "energy_purchase_count", Shape::number, 2},
    {0, 0, "energy_bought", Shape::number, 4, 1, Unit::watt_hour},
    {0, 0, "energy_before_purchase", Shape::number, 4, 1, Unit::watt_hour},
    {0, 0, "energy_after_purchase", Shape::number, 4, 1, Unit::watt_hour},
    {0, 0, "energy_bought_total", Shape::number, 4, 1, Unit::watt_hour},
};
constexpr Item money_purchase_parts[] = {
    {0, 0, "money_purchase_time", Shape::minute_time, 5},
    {0, 0, "money_purchase_count", Shape::number, 2},
    {0, 0, "money_bought", Shape::number, 4, -2, Unit::yuan},
    {0, 0, "money_before_purchase", Shape::signed_number, 4, -2, Unit::yuan},
    {0, 0, "money_after_purchase", Shape::signed_number, 4, -2, Unit::yuan},
    {0, 0, "money_bought_total", Shape::number, 4, -2, Unit::yuan},
};

// Energy in 0.01 kWh is 10 Wh, power in 0.0001 kW is 0.1 W.
constexpr Item items_2007[] = {
    {0x00000000, tariff_family, "combined_energy", Shape::signed_number, 4, 1, Unit::watt_hour, Axis::tariffs, Role::total},
    {0x00010000, tariff_family, "forward_energy", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs, Role::total},
    {0x00020000, tariff_family, "reverse_energy", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs, Role::total},
    {0x00030000, tariff_family, "combined_reactive_1", Shape::signed_number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x00040000, tariff_family, "combined_reactive_2", Shape::signed_number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x00050000, tariff_family, "reactive_quadrant_1", Shape::number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x00060000, tariff_family, "reactive_quadrant_2", Shape::number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x00070000, tariff_family, "reactive_quadrant_3", Shape::number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x00080000, tariff_family, "reactive_quadrant_4", Shape::number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x000b0000, whole, "energy_this_period", Shape::number, 4, 1, Unit::watt_hour},
    {0x000b0001, whole, "energy_last_period", Shape::number, 4, 1, Unit::watt_hour},
    {0x00900100, whole, "remaining_energy", Shape::signed_number, 4, 1, Unit::watt_hour, Axis::one, Role::remaining},
    {0x00900101, whole, "overdrawn_energy", Shape::number, 4, 1, Unit::watt_hour, Axis::one, Role::overdrawn},
    {0x00900200, whole, "remaining_money", Shape::signed_number, 4, -2, Unit::yuan, Axis::one, Role::remaining},
    {0x00900201, whole, "overdrawn_money", Shape::number, 4, -2, Unit::yuan, Axis::one, Role::overdrawn},

    {0x01010000, tariff_family, "forward_demand", Shape::demand, 8, -1, Unit::watt, Axis::tariffs},
    {0x01020000, tariff_family, "reverse_demand", Shape::demand, 8, -1, Unit::watt, Axis::tariffs},

    {0x02010000, phase_family, "voltage", Shape::number, 2, -1, Unit::volt, Axis::phases, Role::present},
    {0x02020000, phase_family, "current", Shape::signed_number, 3, -3, Unit::ampere, Axis::phases, Role::present},
    {0x02030000, phase_family, "power", Shape::signed_number, 3, -1, Unit::watt, Axis::total_and_phases, Role::present},
    {0x02040000, phase_family, "reactive_power", Shape::signed_number, 3, -1, Unit::var, Axis::total_and_phases, Role::present},
    {0x02050000, phase_family, "apparent_power", Shape::number, 3, -1, Unit::volt_ampere, Axis::total_and_phases},
    {0x02060000, phase_family, "power_factor", Shape::signed_number, 2, -3, Unit::none, Axis::total_and_phases, Role::present},
    {0x02070000, phase_family, "phase_angle", Shape::number, 2, -1, Unit::degree, Axis::phases},
    {0x02800001, whole, "neutral_current", Shape::signed_number, 3, -3, Unit::ampere, Axis::one, Role::present},
    {0x02800002, whole, "frequency", Shape::number, 2, -2, Unit::hertz, Axis::one, Role::present},
    {0x02800003, whole, "mean_power_one_minute", Shape::signed_number, 3, -1, Unit::watt, Axis::one, Role::present},
    {0x02800004, whole, "present_demand", Shape::signed_number, 3, -1, Unit::watt},
    {0x02800005, whole, "present_reactive_demand", Shape::signed_number, 3, -1, Unit::var},
    {0x02800006, whole, "present_apparent_demand", Shape::number, 3, -1, Unit::volt_ampere},
    {0x02800007, whole, "temperature", Shape::signed_number, 2, -1, Unit::celsius},
    {0x02800008, whole, "clock_battery", Shape::number, 2, -2, Unit::volt},
    {0x02800009, whole, "reading_battery", Shape::number, 2, -2, Unit::volt},
    {0x0280000a, whole, "battery_working_time", Shape::number, 4, 0, Unit::minute},
    {0x0280000b, whole, "step_price", Shape::number, 4, -4, Unit::yuan_per_kwh},
    {0x02800020, whole, "price", Shape::number, 4, -4, Unit::yuan_per_kwh, Axis::one, Role::price},

    {0x03110000, whole, "power_fail_count", Shape::number, 3},
    {0x03110001, last_ones, "power_fail", Shape::record, 12},
    {0x03300000, whole, "programming_count", Shape::number, 3},
    {0x03300100, whole, "clear_meter_count", Shape::number, 3},
    {0x03300200, whole, "clear_demand_count", Shape::number, 3},
    {0x03300300, whole, "clear_event_count", Shape::number, 3},
    {0x03300400, whole, "clock_set_count", Shape::number, 3},
    {0x03300401, last_ones, "clock_set", Shape::record, 16},
    {0x03300d00, whole, "cover_open_count", Shape::number, 3},
    {0x03300d01, last_ones, "cover_open", Shape::record, 60},
    {0x03300e00, whole, "terminal_cover_open_count", Shape::number, 3},
    {0x03300e01, last_ones, "terminal_cover_open", Shape::record, 60},
    {0x03320100, last_ones, "energy_purchase_time", Shape::minute_time, 5},
    {0x03320200, last_ones, "energy_purchase_count", Shape::number, 2, 0, Unit::none, Axis::one, Role::purchases},
    {0x03320300, last_ones, "energy_bought", Shape::number, 4, 1, Unit::watt_hour},
    {0x03320400, last_ones, "energy_before_purchase", Shape::number, 4, 1, Unit::watt_hour},
    {0x03320500, last_ones, "energy_after_purchase", Shape::number, 4, 1, Unit::watt_hour},
    {0x03320600, last_ones, "energy_bought_total", Shape::number, 4, 1, Unit::watt_hour, Axis::one, Role::bought},
    {0x0332ff00, last_ones, "energy_purchase", Shape::record, 23},
    {0x03330100, last_ones, "money_purchase_time", Shape::minute_time, 5},
    {0x03330200, last_ones, "money_purchase_count", Shape::number, 2, 0, Unit::none, Axis::one, Role::purchases},
    {0x03330300, last_ones, "money_bought", Shape::number, 4, -2, Unit::yuan},
    {0x03330400, last_ones, "money_before_purchase", Shape::signed_number, 4, -2, Unit::yuan},
    {0x03330500, last_ones, "money_after_purchase", Shape::signed_number, 4, -2, Unit::yuan},
    {0x03330600, last_ones, "money_bought_total", Shape::number, 4, -2, Unit::yuan, Axis::one, Role::bought},
    {0x0333ff00, last_ones, "money_purchase", Shape::record, 23},

    {0x04000101, whole, "date", Shape::date_weekday, 4},
    {0x04000102, whole, "time", Shape::clock, 3},
    {0x0400010c, whole, "date_time", Shape::date_clock, 7},
    {0x04000103, whole, "demand_period", Shape::number, 1, 0, Unit::minute},
    {0x04000104, whole, "demand_slip", Shape::number, 1, 0, Unit::minute},
    {0x04000106, whole, "zone_switch_time", Shape::minute_time, 5},
    {0x04000107, whole, "day_table_switch_time", Shape::minute_time, 5},
    {0x04000108, whole, "tariff_price_switch_time", Shape::minute_time, 5},
    {0x04000109, whole, "step_price_switch_time", Shape::minute_time, 5},
    {0x04000201, whole, "year_zones", Shape::number, 1},
    {0x04000202, whole, "day_tables", Shape::number, 1},
    {0x04000203, whole, "periods_per_day", Shape::number, 1},
    {0x04000204, whole, "tariffs", Shape::number, 1},
    {0x04000205, whole, "holidays", Shape::number, 2},
    {0x04000207, whole, "steps", Shape::number, 1},
    {0x04000306, whole, "current_transformer_ratio", Shape::number, 3},
    {0x04000307, whole, "voltage_transformer_ratio", Shape::number, 3},
    {0x04000401, whole, "address", Shape::digits, 6},
    {0x04000402, whole, "meter_number", Shape::digits, 6},
    {0x04000403, whole, "asset_code", Shape::text, 32},
    {0x04000404, whole, "rated_voltage", Shape::text, 6},
    {0x04000405, whole, "basic_current", Shape::text, 6},
    {0x04000406, whole, "maximum_current", Shape::text, 6},
    {0x04000407, whole, "active_class", Shape::text, 4},
    {0x04000408, whole, "reactive_class", Shape::text, 4},
    {0x04000409, whole, "active_constant", Shape::number, 3, 0, Unit::pulse_per_kwh},
    {0x0400040a, whole, "reactive_constant", Shape::number, 3, 0, Unit::pulse_per_kwh},
    {0x0400040b, whole, "model", Shape::text, 10},
    {0x0400040c, whole, "production_date", Shape::text, 10},
    {0x0400040d, whole, "protocol_version", Shape::text, 16},
    {0x0400040e, whole, "customer_number", Shape::digits, 6},
    {0x04000501, whole, "status_1", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x04000502, whole, "status_2", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x04000503, whole, "status_3", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x04000504, whole, "status_4", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x04000505, whole, "status_5", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x04000506, whole, "status_6", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x04000507, whole, "status_7", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x040005ff, whole, "status", Shape::status, 2, 0, Unit::none, Axis::status_words},
    {0x04000703, whole, "rs485_1_rate_code", Shape::binary, 1},
    {0x04000704, whole, "rs485_2_rate_code", Shape::binary, 1},
    {0x04000705, whole, "rs485_3_rate_code", Shape::binary, 1},
    {0x04000801, whole, "weekend_mask", Shape::binary, 1},
    {0x04000802, whole, "weekend_day_table", Shape::number, 1},
    {0x04000b01, whole, "settlement_day_1", Shape::day_hour, 2},
    {0x04000b02, whole, "settlement_day_2", Shape::day_hour, 2},
    {0x04000b03, whole, "settlement_day_3", Shape::day_hour, 2},
    {0x04000e01, whole, "forward_power_limit", Shape::number, 3, -1, Unit::watt, Axis::one, Role::setting},
    {0x04000e02, whole, "reverse_power_limit", Shape::number, 3, -1, Unit::watt, Axis::one, Role::setting},
    {0x04000e03, whole, "upper_voltage_limit", Shape::number, 2, -1, Unit::volt, Axis::one, Role::setting},
    {0x04000e04, whole, "lower_voltage_limit", Shape::number, 2, -1, Unit::volt, Axis::one, Role::setting},
    {0x04000f01, whole, "alarm_energy_1", Shape::number, 4, 1, Unit::watt_hour, Axis::one, Role::setting},
    {0x04000f02, whole, "alarm_energy_2", Shape::number, 4, 1, Unit::watt_hour, Axis::one, Role::setting},
    {0x04000f03, whole, "hoarding_energy_limit", Shape::number, 4, 1, Unit::watt_hour, Axis::one, Role::setting},
    {0x04000f04, whole, "overdraft_energy_limit", Shape::number, 4, 1, Unit::watt_hour, Axis::one, Role::setting},
    {0x04001001, whole, "alarm_money_1", Shape::number, 4, -2, Unit::yuan, Axis::one, Role::setting},
    {0x04001002, whole, "alarm_money_2", Shape::number, 4, -2, Unit::yuan, Axis::one, Role::setting},
    {0x04001003, whole, "overdraft_money_limit", Shape::number, 4, -2, Unit::yuan, Axis::one, Role::setting},
    {0x04001004, whole, "hoarding_money_limit", Shape::number, 4, -2, Unit::yuan, Axis::one, Role::setting},
    {0x04001005, whole, "closing_money_minimum", Shape::number, 4, -2, Unit::yuan, Axis::one, Role::setting},
    {0x04001101, whole, "feature_word_1", Shape::binary, 1},
    {0x04001201, whole, "hourly_freeze_start", Shape::minute_time, 5},
    {0x04001202, whole, "hourly_freeze_interval", Shape::number, 1, 0, Unit::minute},
    {0x04001203, whole, "daily_freeze_time", Shape::hour_minute, 2},
    {0x04001301, whole, "radio_signal", Shape::binary, 1},
    {0x04001401, whole, "trip_delay", Shape::number, 2, 0, Unit::minute, Axis::one, Role::setting},
    {0x04001402, whole, "close_delay", Shape::number, 2, 0, Unit::minute, Axis::one, Role::setting},
    {0x04010000, whole, "zone_table_set_1", Shape::zone, 3, 0, Unit::none, Axis::table},
    {0x04020000, whole, "zone_table_set_2", Shape::zone, 3, 0, Unit::none, Axis::table},
    {0x04010000, 0xfffffff0, "day_table_set_1", Shape::period, 3, 0, Unit::none, Axis::table},
    {0x04020000, 0xfffffff0, "day_table_set_2", Shape::period, 3, 0, Unit::none, Axis::table},
    {0x04030000, last_ones, "holiday", Shape::holiday, 4},
    {0x04050100, last_ones, "tariff_price_1", Shape::number, 4, -4, Unit::yuan_per_kwh, Axis::one, Role::price},
    {0x04050200, last_ones, "tariff_price_2", Shape::number, 4, -4, Unit::yuan_per_kwh, Axis::one, Role::price},
    {0x04800001, whole, "software_version", Shape::text, 32},
    {0x04800002, whole, "hardware_version", Shape::text, 32},
    {0x04800003, whole, "maker", Shape::text, 32},

    // Of all groups (0), or of one (1 to 6).
    {0x06000000, 0xfffcffff, "earliest_load_records", Shape::load_records, 1},
    {0x06040000, 0xfffeffff, "earliest_load_records", Shape::load_records, 1},
    {0x06060000, whole, "earliest_load_records", Shape::load_records, 1},
    {0x06000001, 0xfffcffff, "load_records", Shape::load_records, 1},
    {0x06040001, 0xfffeffff, "load_records", Shape::load_records, 1},
    {0x06060001, whole, "load_records", Shape::load_records, 1},
    {0x06000002, 0xfffcffff, "latest_load_records", Shape::load_records, 1},
    {0x06040002, 0xfffeffff, "latest_load_records", Shape::load_records, 1},
    {0x06060002, whole, "latest_load_records", Shape::load_records, 1},

    {0x05040000, last_ones, "hourly_freeze_time", Shape::minute_time, 5},
    {0x05040100, last_ones, "hourly_freeze_forward_energy", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs},
    {0x05060000, last_ones, "daily_freeze_time", Shape::minute_time, 5},
    {0x05060100, last_ones, "daily_freeze_forward_energy", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs},
    {0x1d000001, whole, "trip_count", Shape::number, 3},
    {0x1d000001, 0xffff00ff, "trip_time", Shape::second_time, 6},
    {0x1e000001, whole, "close_count", Shape::number, 3},
    {0x1e000001, 0xffff00ff, "close_time", Shape::second_time, 6},
};

// The low digit counts, and F asks for all. Dates and times of this edition stand as read, high pair first in the identifier's
// name and low pair first on the wire, as everything else.
constexpr std::uint32_t digit_family = 0xfff0;
constexpr Item items_1997[] = {
    {0x9010, digit_family, "forward_energy", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs, Role::total},
    {0x9020, digit_family, "reverse_energy", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs, Role::total},
    {0x9110, digit_family, "forward_reactive", Shape::number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x9120, digit_family, "reverse_reactive", Shape::number, 4, 1, Unit::var_hour, Axis::tariffs, Role::total},
    {0x9410, digit_family, "forward_energy_last_month", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs, Role::total},
    {0x9810, digit_family, "forward_energy_month_before_last", Shape::number, 4, 1, Unit::watt_hour, Axis::tariffs,
     Role::total},
    {0xa010, digit_family, "forward_demand", Shape::number, 3, -1, Unit::watt, Axis::tariffs},
    {0xb010, digit_family, "forward_demand_time", Shape::month_time, 4, 0, Unit::none, Axis::tariffs},
    {0xb610, digit_family, "voltage", Shape::number, 2, 0, Unit::volt, Axis::phases, Role::present},
    {0xb620, digit_family, "current", Shape::number, 2, -2, Unit::ampere, Axis::phases, Role::present},
    {0xb630, digit_family, "power", Shape::number, 3, -1, Unit::watt, Axis::total_and_phases, Role::present},
    {0xb640, digit_family, "reactive_power", Shape::number, 2, 1, Unit::var, Axis::total_and_phases, Role::present},
    {0xb650, digit_family, "power_factor", Shape::number, 2, -3, Unit::none, Axis::total_and_phases, Role::present},
    {0xc010, whole, "date", Shape::date_weekday, 4},
    {0xc011, whole, "time", Shape::clock, 3},
    {0xc020, whole, "running_status", Shape::binary, 1},
    {0xc021, whole, "grid_status", Shape::binary, 1},
    {0xc022, whole, "weekend_mask", Shape::binary, 1},
    {0xc030, whole, "active_constant", Shape::number, 3, 0, Unit::pulse_per_kwh},
    {0xc031, whole, "reactive_constant", Shape::number, 3, 0, Unit::pulse_per_kwh},
    {0xc032, whole, "meter_number", Shape::digits, 6},
    {0xc033, whole, "user_number", Shape::digits, 6},
    {0xc034, whole, "device_number", Shape::digits, 6},
    {0xc111, whole, "demand_period", Shape::number, 1, 0, Unit::minute},
    {0xc112, whole, "demand_slip", Shape::number, 1, 0, Unit::minute},
    {0xc117, whole, "settlement_day", Shape::day_hour, 2},
    {0xc310, whole, "year_zones", Shape::number, 1},
    {0xc311, whole, "day_tables", Shape::number, 1},
    {0xc312, whole, "periods_per_day", Shape::number, 1},
    {0xc313, whole, "tariffs", Shape::number, 1},
    {0xc314, whole, "holidays", Shape::number, 1},
    {0xc320, digit_family, "zone_table", Shape::zone, 3, 0, Unit::none, Axis::table},
    {0xc330, digit_family, "day_table_1", Shape::period, 3, 0, Unit::none, Axis::table},
    {0xc340, digit_family, "day_table_2", Shape::period, 3, 0, Unit::none, Axis::table},
    {0xc350, digit_family, "day_table_3", Shape::period, 3, 0, Unit::none, Axis::table},
    {0xc360, digit_family, "day_table_4", Shape::period, 3, 0, Unit::none, Axis::table},
    {0xc370, digit_family, "day_table_5", Shape::period, 3, 0, Unit::none, Axis::table},
    {0xc380, digit_family, "day_table_6", Shape::period, 3, 0, Unit::none, Axis::table},
    {0xc390, digit_family, "day_table_7", Shape::period, 3, 0, Unit::none, Axis::table},
    {0xc3a0, digit_family, "day_table_8", Shape::period, 3, 0, Unit::none, Axis::table},
};

}  // namespace

const Item* find_item(Edition edition, std::uint32_t di) {
  const auto all = edition == Edition::v2007 ? std::span<const Item>(items_2007) : std::span<const Item>(items_1997);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Item& i) { return (di & i.mask) == (i.di & i.mask); });
  return found == all.end() ? nullptr : &*found;
}

std::string item_name(Edition edition, const Item& item, std::uint32_t di) {
  const auto settlement = di & 0xff;
  const bool is_settled = edition == Edition::v2007 && item.mask == tariff_family && settlement != 0;
  return is_settled ? std::string(item.name) + ".settlement_" + std::to_string(settlement) : item.name;
}

bool picks_one_there(Edition edition, const Item& item, std::uint32_t di) {
  constexpr std::uint32_t tariffs_most = 63, phases_most = 3;
  const bool is_new = edition == Edition::v2007;
  const auto picked = is_new ? di >> 8 & 0xff : di & 0xf;
  if (picked == (is_new ? 0xffu : 0xfu)) return true;
  switch (item.axis) {
    case Axis::tariffs: return picked <= tariffs_most;
    case Axis::phases: return picked >= 1 && picked <= phases_most;
    case Axis::total_and_phases: return picked <= phases_most;
    case Axis::one:
    case Axis::status_words:
    case Axis::table: break;
  }
  return true;
}

std::span<const Item> record_parts(const Item& record) {
  switch (record.di) {
    case 0x03110001: return power_fail_parts;
    case 0x03300401: return clock_set_parts;
    case 0x03300d01:
    case 0x03300e01: return opening_parts;
    case 0x0332ff00: return energy_purchase_parts;
    case 0x0333ff00: return money_purchase_parts;
    default: return {};
  }
}

Result<Measured> number_in(Edition edition, std::uint32_t di, ByteView data, std::size_t n) {
  const auto* item = find_item(edition, di);
  if (item == nullptr || (item->shape != Shape::number && item->shape != Shape::signed_number)) {
    return WATTLE_FAIL(MeterErrc::no_such_data);
  }
  if (data.size() < (n + 1) * item->size) return WATTLE_FAIL(MeterErrc::length);
  const auto sign = item->shape == Shape::signed_number ? BcdSign::top_bit : BcdSign::none;
  const auto value = bcd_value(data.subspan(n * item->size, item->size), sign);
  if (!value) return WATTLE_FAIL(MeterErrc::value);
  return Measured{*value, item->exponent, item->unit};
}

Result<Bytes> number_bytes(Edition edition, std::uint32_t di, const Measured& value) {
  const auto* item = find_item(edition, di);
  if (item == nullptr || (item->shape != Shape::number && item->shape != Shape::signed_number) || item->unit != value.unit) {
    return WATTLE_FAIL(MeterErrc::no_such_data);
  }
  const auto whole_number = scaled(value, item->exponent);
  if (!whole_number) return whole_number.error();
  Bytes out;
  const auto sign = item->shape == Shape::signed_number ? BcdSign::top_bit : BcdSign::none;
  if (!put_bcd(out, *whole_number, item->size, sign)) return WATTLE_FAIL(MeterErrc::value);
  return out;
}

Result<RunningState> running_state(ByteView status_3, const Dialect& dialect) {
  if (status_3.size() < 2) return WATTLE_FAIL(MeterErrc::length);
  const unsigned bits = status_3[0] | static_cast<unsigned>(status_3[1]) << 8;
  const auto has = [&](unsigned bit) { return (bits >> bit & 1) != 0; };
  return RunningState{has(4), has(6), has(7), dialect.late_status_bits && has(12)};
}

}  // namespace wattle::dlt645
