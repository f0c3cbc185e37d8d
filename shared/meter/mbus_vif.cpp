#include "shared/meter/mbus_vif.hpp"

#include <algorithm>
#include <span>

namespace wattle::mbus {
namespace {

/// A run of codes that differ in their scale, or a single one (first = last).
struct Row {
  std::uint8_t first;
  std::uint8_t last;
  Vif vif;  // of the first; each next one is ten times as much
};

constexpr Row main_table[] = {
    {0x00, 0x07, {VifKind::number, "energy", Unit::watt_hour, -3}},
    {0x08, 0x0f, {VifKind::number, "energy", Unit::joule, 0}},
    {0x10, 0x17, {VifKind::number, "volume", Unit::cubic_metre, -6}},
    {0x18, 0x1f, {VifKind::number, "mass", Unit::kilogram, -3}},
    {0x20, 0x20, {VifKind::number, "on_time", Unit::second, 0}},
    {0x21, 0x21, {VifKind::number, "on_time", Unit::minute, 0}},
    {0x22, 0x22, {VifKind::number, "on_time", Unit::hour, 0}},
    {0x23, 0x23, {VifKind::number, "on_time", Unit::day, 0}},
    {0x24, 0x24, {VifKind::number, "operating_time", Unit::second, 0}},
    {0x25, 0x25, {VifKind::number, "operating_time", Unit::minute, 0}},
    {0x26, 0x26, {VifKind::number, "operating_time", Unit::hour, 0}},
    {0x27, 0x27, {VifKind::number, "operating_time", Unit::day, 0}},
    {0x28, 0x2f, {VifKind::number, "power", Unit::watt, -3}},
    {0x30, 0x37, {VifKind::number, "power", Unit::joule_per_hour, 0}},
    {0x38, 0x3f, {VifKind::number, "volume_flow", Unit::cubic_metre_per_hour, -6}},
    {0x40, 0x47, {VifKind::number, "volume_flow", Unit::cubic_metre_per_minute, -7}},
    {0x48, 0x4f, {VifKind::number, "volume_flow", Unit::cubic_metre_per_second, -9}},
    {0x50, 0x57, {VifKind::number, "mass_flow", Unit::kilogram_per_hour, -3}},
    {0x58, 0x5b, {VifKind::number, "flow_temperature", Unit::celsius, -3}},
    {0x5c, 0x5f, {VifKind::number, "return_temperature", Unit::celsius, -3}},
    {0x60, 0x63, {VifKind::number, "temperature_difference", Unit::kelvin, -3}},
    {0x64, 0x67, {VifKind::number, "external_temperature", Unit::celsius, -3}},
    {0x68, 0x6b, {VifKind::number, "pressure", Unit::bar, -3}},
    {0x6c, 0x6c, {VifKind::date, "date", Unit::none, 0}},
    {0x6d, 0x6d, {VifKind::date_time, "date_time", Unit::none, 0}},
    {0x6e, 0x6e, {VifKind::number, "heat_cost_units", Unit::none, 0}},
    {0x70, 0x70, {VifKind::number, "averaging_time", Unit::second, 0}},
    {0x71, 0x71, {VifKind::number, "averaging_time", Unit::minute, 0}},
    {0x72, 0x72, {VifKind::number, "averaging_time", Unit::hour, 0}},
    {0x73, 0x73, {VifKind::number, "averaging_time", Unit::day, 0}},
    {0x74, 0x74, {VifKind::number, "actuality_time", Unit::second, 0}},
    {0x75, 0x75, {VifKind::number, "actuality_time", Unit::minute, 0}},
    {0x76, 0x76, {VifKind::number, "actuality_time", Unit::hour, 0}},
    {0x77, 0x77, {VifKind::number, "actuality_time", Unit::day, 0}},
    {0x78, 0x78, {VifKind::digits, "fabrication_number", Unit::none, 0}},
    {0x79, 0x79, {VifKind::digits, "identification", Unit::none, 0}},
    {0x7a, 0x7a, {VifKind::number, "bus_address", Unit::none, 0}},
    {0x7c, 0x7c, {VifKind::text_unit, "text", Unit::none, 0}},
    {0x7f, 0x7f, {VifKind::maker, "maker", Unit::none, 0}},
};

constexpr Row fb_table[] = {
    {0x00, 0x01, {VifKind::number, "energy", Unit::watt_hour, 5}},
    {0x02, 0x03, {VifKind::number, "reactive_energy", Unit::var_hour, 3}},
    {0x04, 0x05, {VifKind::number, "apparent_energy", Unit::volt_ampere_hour, 3}},
    {0x08, 0x09, {VifKind::number, "energy", Unit::joule, 8}},
    {0x10, 0x11, {VifKind::number, "volume", Unit::cubic_metre, 2}},
    {0x14, 0x17, {VifKind::number, "reactive_power", Unit::var, 0}},
    {0x18, 0x19, {VifKind::number, "mass", Unit::kilogram, 5}},
    {0x1a, 0x1b, {VifKind::number, "relative_humidity", Unit::percent, -1}},
    {0x28, 0x29, {VifKind::number, "power", Unit::watt, 5}},
    {0x2a, 0x2a, {VifKind::number, "phase_to_phase_angle", Unit::degree, -1}},
    {0x2b, 0x2b, {VifKind::number, "phase_angle", Unit::degree, -1}},
    {0x2c, 0x2f, {VifKind::number, "frequency", Unit::hertz, -3}},
    {0x34, 0x37, {VifKind::number, "apparent_power", Unit::volt_ampere, 0}},
    {0x74, 0x77, {VifKind::number, "temperature_limit", Unit::celsius, -3}},
    {0x78, 0x7f, {VifKind::number, "maximum_power_total", Unit::watt, -3}},
};

constexpr Row fd_table[] = {
    {0x00, 0x03, {VifKind::number, "credit", Unit::none, -3}},  // of the local currency
    {0x04, 0x07, {VifKind::number, "debit", Unit::none, -3}},
    {0x08, 0x08, {VifKind::number, "access_number", Unit::none, 0}},
    {0x09, 0x09, {VifKind::number, "medium", Unit::none, 0}},
    {0x0a, 0x0a, {VifKind::number, "manufacturer", Unit::none, 0}},
    {0x0b, 0x0b, {VifKind::number, "parameter_set", Unit::none, 0}},
    {0x0c, 0x0c, {VifKind::digits, "model", Unit::none, 0}},
    {0x0d, 0x0d, {VifKind::digits, "hardware_version", Unit::none, 0}},
    {0x0e, 0x0e, {VifKind::digits, "firmware_version", Unit::none, 0}},
    {0x0f, 0x0f, {VifKind::digits, "software_version", Unit::none, 0}},
    {0x10, 0x10, {VifKind::digits, "customer_location", Unit::none, 0}},
    {0x11, 0x11, {VifKind::digits, "customer", Unit::none, 0}},
    {0x16, 0x16, {VifKind::digits, "password", Unit::none, 0}},
    {0x17, 0x17, {VifKind::number, "error_flags", Unit::none, 0}},
    {0x18, 0x18, {VifKind::number, "error_mask", Unit::none, 0}},
    {0x1a, 0x1a, {VifKind::number, "digital_output", Unit::none, 0}},
    {0x1b, 0x1b, {VifKind::number, "digital_input", Unit::none, 0}},
    {0x1c, 0x1c, {VifKind::number, "rate", Unit::bit_per_second, 0}},
    {0x20, 0x20, {VifKind::number, "first_storage", Unit::none, 0}},
    {0x21, 0x21, {VifKind::number, "last_storage", Unit::none, 0}},
    {0x22, 0x22, {VifKind::number, "storage_block_size", Unit::none, 0}},
    {0x24, 0x24, {VifKind::number, "storage_interval", Unit::second, 0}},
    {0x25, 0x25, {VifKind::number, "storage_interval", Unit::minute, 0}},
    {0x26, 0x26, {VifKind::number, "storage_interval", Unit::hour, 0}},
    {0x27, 0x27, {VifKind::number, "storage_interval", Unit::day, 0}},
    {0x28, 0x28, {VifKind::number, "storage_interval", Unit::month, 0}},
    {0x29, 0x29, {VifKind::number, "storage_interval", Unit::year, 0}},
    {0x3a, 0x3a, {VifKind::number, "plain_number", Unit::none, 0}},
    {0x40, 0x4f, {VifKind::number, "voltage", Unit::volt, -9}},
    {0x50, 0x5f, {VifKind::number, "current", Unit::ampere, -12}},
    {0x60, 0x60, {VifKind::number, "reset_count", Unit::none, 0}},
    {0x61, 0x61, {VifKind::number, "cumulation_count", Unit::none, 0}},
    {0x6c, 0x6c, {VifKind::number, "battery_time", Unit::hour, 0}},
    {0x6d, 0x6d, {VifKind::number, "battery_time", Unit::day, 0}},
    {0x6e, 0x6e, {VifKind::number, "battery_time", Unit::month, 0}},
    {0x6f, 0x6f, {VifKind::number, "battery_time", Unit::year, 0}},
    {0x70, 0x70, {VifKind::date, "battery_change", Unit::none, 0}},
    {0x71, 0x71, {VifKind::number, "radio_level", Unit::dbm, 0}},
    {0x74, 0x74, {VifKind::number, "battery_left", Unit::day, 0}},
};

std::span<const Row> rows(VifTable table) {
  switch (table) {
    case VifTable::main: return main_table;
    case VifTable::fb: return fb_table;
    case VifTable::fd: return fd_table;
  }
  return {};
}

struct NamedModifier {
  std::uint8_t code;
  const char* name;
};
constexpr NamedModifier modifiers[] = {
    {0x20, "per_second"},
    {0x21, "per_minute"},
    {0x22, "per_hour"},
    {0x23, "per_day"},
    {0x28, "per_input_pulse_0"},
    {0x29, "per_input_pulse_1"},
    {0x2a, "per_output_pulse_0"},
    {0x2b, "per_output_pulse_1"},
    {0x39, "start_time"},
    {0x3a, "uncorrected"},
    {0x3b, "positive_only"},
    {0x3c, "negative_only"},
    {0x7e, "future"},
};

}  // namespace

Vif find_vif(VifTable table, std::uint8_t code) {
  for (const auto& row : rows(table)) {
    if (code < row.first || code > row.last) continue;
    auto vif = row.vif;
    vif.exponent += code - row.first;
    return vif;
  }
  return {};
}

Modifier find_modifier(std::uint8_t code) {
  constexpr std::uint8_t factor_first = 0x70, factor_last = 0x77, thousand = 0x7d, maker = 0x7f;
  if (code >= factor_first && code <= factor_last) return {code - factor_first - 6, nullptr, true, false};
  if (code == thousand) return {3, nullptr, true, false};
  if (code == maker) return {0, "maker", true, true};
  const auto* found = std::find_if(std::begin(modifiers), std::end(modifiers), [&](const auto& m) { return m.code == code; });
  return found == std::end(modifiers) ? Modifier{} : Modifier{0, found->name, true, false};
}

}  // namespace wattle::mbus
