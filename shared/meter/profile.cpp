#include "shared/meter/profile.hpp"

#include <algorithm>

#include "shared/meter/modbus_rtu.hpp"
#include "shared/meter/modbus_tcp.hpp"

namespace wattle {
namespace {

/// Whose parts are at several addresses: of each circuit, and of what is asked for the meter as a whole.
std::vector<std::uint8_t> raw_offsets(const ModbusModel& model) {
  std::vector<std::uint8_t> offsets;
  if (model.number || model.voltage || model.frequency) offsets.push_back(0);
  for (const auto& circuit : model.circuits) offsets.push_back(circuit.unit_offset);
  return offsets;
}
std::vector<std::uint8_t> raw_offsets(const dlt645::Model& model) {
  std::vector<std::uint8_t> offsets{0};
  for (const auto& circuit : model.circuits) offsets.push_back(circuit.address_offset);
  return offsets;
}
std::vector<std::uint8_t> raw_offsets(const cjt188::Model&) { return {0}; }
std::vector<std::uint8_t> raw_offsets(const mbus::Model&) { return {0}; }

std::vector<std::uint8_t> offsets_of(const MeterProfile& profile) {
  auto offsets = std::visit([](const auto& model) { return raw_offsets(model); }, profile.protocol);
  std::sort(offsets.begin(), offsets.end());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  return offsets;
}

std::size_t count_of(const ModbusModel& model) { return model.circuits.size(); }
std::size_t count_of(const dlt645::Model& model) { return model.circuits.size(); }
std::size_t count_of(const cjt188::Model&) { return 1; }
std::size_t count_of(const mbus::Model&) { return 1; }

bool can_switch(const ModbusModel& model, std::size_t circuit) { return model.circuits[circuit].command.has_value(); }
bool can_switch(const dlt645::Model& model, std::size_t circuit) { return model.circuits[circuit].relay.has_value(); }
bool can_switch(const cjt188::Model& model, std::size_t) { return model.valve.has_value(); }
bool can_switch(const mbus::Model&, std::size_t) { return false; }

std::uint64_t max_address_of(const ModbusModel&) { return modbus_rtu::max_unit; }
std::uint64_t max_address_of(const dlt645::Model&) { return max_meter_number - 1; }  // the one above it is everybody's
std::uint64_t max_address_of(const cjt188::Model&) { return cjt188::max_number; }
std::uint64_t max_address_of(const mbus::Model& model) { return model.by_number ? mbus::max_number : mbus::max_primary; }

bool is_by_number(const ModbusModel&) { return false; }
bool is_by_number(const dlt645::Model& model) { return !model.number; }
bool is_by_number(const cjt188::Model&) { return true; }
bool is_by_number(const mbus::Model& model) { return model.by_number; }

Contradiction contradiction_of(const ModbusModel& model) { return modbus::find_contradiction(model); }
Contradiction contradiction_of(const dlt645::Model& model) { return dlt645::find_contradiction(model); }
Contradiction contradiction_of(const cjt188::Model& model) { return about_section("valve", cjt188::contradiction(model)); }
Contradiction contradiction_of(const mbus::Model& model) {
  return {mbus::contradiction(model), {}, {}, "power_factor"};  // a file says nothing else that could
}

// Telegrams of CJ/T 188 and M-Bus bring their unit along, and so no end.
std::optional<std::uint64_t> turn_of(const ModbusModel& model, std::size_t circuit) {
  return modbus::turns_over_at(model, circuit);
}
std::optional<std::uint64_t> turn_of(const dlt645::Model& model, std::size_t circuit) {
  return dlt645::turns_over_at(model, circuit);
}
std::optional<std::uint64_t> turn_of(const cjt188::Model&, std::size_t) { return std::nullopt; }
std::optional<std::uint64_t> turn_of(const mbus::Model&, std::size_t) { return std::nullopt; }

std::int64_t step_of(const ModbusModel& model, std::size_t circuit) { return modbus::step_of_energy(model, circuit); }
std::int64_t step_of(const dlt645::Model& model, std::size_t circuit) { return dlt645::step_of_energy(model, circuit); }
std::int64_t step_of(const cjt188::Model&, std::size_t) { return 1; }
std::int64_t step_of(const mbus::Model&, std::size_t) { return 1; }

/// A register that begins again before its rollover would each time look as if the meter had been exchanged, and what is no
/// multiple of its steps it never reaches.
Contradiction contradiction_of_rollover(const MeterProfile& profile) {
  const auto wrong = [](std::size_t n, std::string_view does, std::int64_t wh, std::string_view unit) {
    return Contradiction{"the energy register of circuit " + std::to_string(n + 1) + ' ' + std::string(does) + ' ' +
                             std::to_string(wh) + std::string(unit),
                         {},
                         {},
                         "rollover_wh"};
  };
  for (std::size_t n = 0; n < circuit_count(profile); ++n) {
    const auto turn = std::visit([&](const auto& model) { return turn_of(model, n); }, profile.protocol);
    if (turn && static_cast<std::uint64_t>(profile.rollover.units) > *turn)
      return wrong(n, "begins again at", static_cast<std::int64_t>(*turn), " Wh");
    const auto step = std::visit([&](const auto& model) { return step_of(model, n); }, profile.protocol);
    if (profile.rollover.units % step != 0) return wrong(n, "counts in steps of", step, " Wh, and this is no multiple of them");
  }
  return {};
}

}  // namespace

std::size_t circuit_count(const MeterProfile& profile) {
  return std::visit([](const auto& model) { return count_of(model); }, profile.protocol);
}

bool has_relay(const MeterProfile& profile, std::size_t circuit) {
  return circuit < circuit_count(profile) &&
         std::visit([&](const auto& model) { return can_switch(model, circuit); }, profile.protocol);
}

std::vector<std::uint64_t> addresses_of(const MeterProfile& profile, std::uint64_t address) {
  std::vector<std::uint64_t> all;
  for (const auto offset : offsets_of(profile)) all.push_back(address + offset);
  return all;
}

namespace {

/// An address that is filled with AAH is that of every meter with these last digits.
bool hears(const dlt645::Model& asked, std::uint64_t number, std::uint64_t other) {
  const auto at = dlt645::address_of(asked, number);
  const auto own = dlt645::address_of(other);
  return at && own && dlt645::matches(*at, *own);
}

}  // namespace

bool share_an_address(const MeterProfile& a, std::uint64_t address_of_a, const MeterProfile& b, std::uint64_t address_of_b) {
  if (a.protocol.index() != b.protocol.index()) return false;
  const auto of_a = addresses_of(a, address_of_a);
  const auto of_b = addresses_of(b, address_of_b);
  const auto* dlt645_a = std::get_if<dlt645::Model>(&a.protocol);
  const auto* dlt645_b = std::get_if<dlt645::Model>(&b.protocol);
  if (dlt645_a == nullptr || dlt645_b == nullptr)
    return std::find_first_of(of_a.begin(), of_a.end(), of_b.begin(), of_b.end()) != of_a.end();
  return std::any_of(of_a.begin(), of_a.end(), [&](std::uint64_t one) {
    return std::any_of(of_b.begin(), of_b.end(),
                       [&](std::uint64_t other) { return hears(*dlt645_a, one, other) || hears(*dlt645_b, other, one); });
  });
}

std::uint64_t max_address(const MeterProfile& profile) {
  return std::visit([](const auto& model) { return max_address_of(model); }, profile.protocol);
}

namespace {

bool has_zero(const MeterProfile& profile, bool modbus_tcp) {
  const auto* meter = std::get_if<mbus::Model>(&profile.protocol);
  return meter != nullptr ? !meter->by_number : modbus_tcp && std::holds_alternative<ModbusModel>(profile.protocol);
}

}  // namespace

bool is_address(const MeterProfile& profile, std::uint64_t address, bool modbus_tcp) {
  const auto most = max_address(profile);
  const auto least = has_zero(profile, modbus_tcp) ? 0U : 1U;
  const bool has_last = modbus_tcp && std::holds_alternative<ModbusModel>(profile.protocol);
  const auto all = addresses_of(profile, address);
  return std::all_of(all.begin(), all.end(),
                     [&](std::uint64_t a) { return (a >= least && a <= most) || (has_last && a == modbus_tcp::whole_device); });
}

std::string address_range(const MeterProfile& profile, bool modbus_tcp) {
  const auto text = std::string(has_zero(profile, modbus_tcp) ? "0" : "1") + " to " + std::to_string(max_address(profile));
  const bool has_last = modbus_tcp && std::holds_alternative<ModbusModel>(profile.protocol);
  return has_last ? text + ", or " + std::to_string(modbus_tcp::whole_device) : text;
}

std::uint64_t max_plate_number(const MeterProfile& profile) {
  if (std::holds_alternative<cjt188::Model>(profile.protocol)) return cjt188::max_number;
  if (const auto* model = std::get_if<dlt645::Model>(&profile.protocol); model != nullptr && is_by_number(*model))
    return max_address_of(*model);
  return std::holds_alternative<mbus::Model>(profile.protocol) ? mbus::max_number : max_meter_number;
}

bool is_asked_by_number(const MeterProfile& profile) {
  return std::visit([](const auto& model) { return is_by_number(model); }, profile.protocol);
}

namespace {

/// Without what says nothing of the figures: how a meter refuses, and how far its clock may be away.
decltype(MeterProfile::protocol) as_read(decltype(MeterProfile::protocol) protocol) {
  if (auto* dlt645 = std::get_if<dlt645::Model>(&protocol)) {
    dlt645->refusals.reset();
    if (dlt645->clock) dlt645->clock->within = {};
  }
  if (auto* water = std::get_if<cjt188::Model>(&protocol); water != nullptr && water->clock) water->clock->within = {};
  return protocol;
}

}  // namespace

bool reads_otherwise(const MeterProfile& a, const MeterProfile& b) {
  return a.rollover != b.rollover || !(as_read(a.protocol) == as_read(b.protocol));
}

Contradiction find_contradiction(const MeterProfile& profile) {
  if (profile.model.empty()) return {"the model has no name"};
  if (profile.rollover.units <= 0) return {"the energy registers must roll over somewhere"};
  if (profile.timings.answers_within.micros <= 0) return {"an answer needs time"};
  if (profile.timings.gap.micros < 0 || profile.timings.relay_settles.micros < 0) return {"a time is negative"};
  auto wrong = std::visit([](const auto& model) { return contradiction_of(model); }, profile.protocol);
  return wrong.empty() ? contradiction_of_rollover(profile) : wrong;
}

std::string contradiction(const MeterProfile& profile) { return in_words(find_contradiction(profile)); }

MeterProfile generic_relay_meter() {
  using modbus::Function;
  ModbusCircuit circuit;
  circuit.energy = {Function::read_holding, 0x0000, Encoding::u32, {}, {}};
  circuit.power = {Function::read_holding, 0x0004, Encoding::i16, {}, {}};
  circuit.current = {Function::read_holding, 0x0003, Encoding::u16, {10, 1}, {}};
  circuit.relay = ModbusRelayState{{Function::read_holding, 0x0005, Encoding::u16, {}, {}}, {}, 1, 0};
  circuit.command = ModbusRelayCommand{};
  ModbusModel model;
  model.blocks = {{Function::read_holding, 0x0000, 10}};
  model.number = {Function::read_holding, 0x0006, Encoding::u64, {}, {}};
  model.voltage = {Function::read_holding, 0x0002, Encoding::u16, {100, 1}, {}};
  model.circuits = {circuit};
  return {
      .model = "generic-relay-meter", .line = {}, .timings = {}, .rollover = {1'000'000'000}, .protocol = model, .phases = 1};
}

namespace {

/// Identifiers of the edition of 2007 that printings agree about.
std::map<Parameter, dlt645::ModelParameter> standard_parameters() {
  std::map<Parameter, dlt645::ModelParameter> all = {{Parameter::alarm_money_first, {.di = 0x04001001}},
                                                     {Parameter::alarm_money_second, {.di = 0x04001002}},
                                                     {Parameter::overdraft_money, {.di = 0x04001003}},
                                                     {Parameter::alarm_energy_first, {.di = 0x04000f01}},
                                                     {Parameter::alarm_energy_second, {.di = 0x04000f02}},
                                                     {Parameter::overdraft_energy, {.di = 0x04000f04}},
                                                     {Parameter::power_limit, {.di = 0x04000e01}},
                                                     {Parameter::trip_delay, {.di = dlt645::di::trip_delay}},
                                                     {Parameter::settlement_day, {.di = 0x04000b01}},
                                                     {Parameter::keep_power, {.di = dlt645::di::status_3, .bit = 12}},
                                                     {Parameter::zone_table, {.di = 0x04010000, .periods = 12}},
                                                     {Parameter::weekend_mask, {.di = 0x04000801}},
                                                     {Parameter::weekend_day_table, {.di = 0x04000802}},
                                                     {Parameter::upper_voltage_limit, {.di = 0x04000e03}},
                                                     {Parameter::lower_voltage_limit, {.di = 0x04000e04}},
                                                     {Parameter::hoarding_money, {.di = 0x04001004}},
                                                     {Parameter::hoarding_energy, {.di = 0x04000f03}},
                                                     {Parameter::closing_money, {.di = 0x04001005}},
                                                     {Parameter::close_delay, {.di = dlt645::di::close_delay}}};
  for (std::uint8_t n = 0; n < day_tables_max; ++n)
    all[static_cast<Parameter>(static_cast<std::uint8_t>(Parameter::day_table_1) + n)] = {.di = 0x04010001u + n, .periods = 8};
  return all;
}

dlt645::ModelHistory standard_history() {
  return {{{dlt645::FreezeKind::daily, {.time = 0x05060001, .energy = 0x05060101, .keeps = 62}}},
          {{MeterEvent::tripped, {.record = 0x1d000101}},
           {MeterEvent::purchased, {.record = 0x03330101, .size = 5, .has_seconds = false}}}};
}

}  // namespace

namespace {

dlt645::ModelHistory standard_months() {
  return {
      {{dlt645::FreezeKind::monthly,
        {.time = dlt645::di_1997::settlement_day, .energy = dlt645::di_1997::last_month_energy, .keeps = dlt645::months_max}}},
      {}};
}

}  // namespace

MeterProfile generic_dlt645_meter(dlt645::Edition edition) {
  namespace di = dlt645::di;
  namespace di_1997 = dlt645::di_1997;
  const bool is_new = edition == dlt645::Edition::v2007;
  dlt645::ModelCircuit circuit;
  circuit.energy = is_new ? di::forward_energy : di_1997::forward_energy;
  circuit.power = is_new ? di::power : di_1997::power;
  circuit.current = is_new ? di::current_a : di_1997::current_a;
  if (is_new) circuit.relay = dlt645::ModelRelay{};
  dlt645::Model model;
  model.edition = edition;
  model.voltage = is_new ? di::voltage_a : di_1997::voltage_a;
  model.circuits = {circuit};
  if (is_new) model.parameters = standard_parameters();
  model.history = is_new ? standard_history() : standard_months();
  model.clock =
      is_new ? dlt645::ModelClock{.writable = true} : dlt645::ModelClock{.date = di_1997::date, .time = di_1997::clock};
  return {.model = is_new ? "generic-dlt645-2007" : "generic-dlt645-1997",
          .line = {is_new ? 2400u : 1200u, Parity::even, 1},
          .timings = {.answers_within = milliseconds(500), .gap = milliseconds(20), .relay_settles = milliseconds(500)},
          .rollover = dlt645::usual_rollover,
          .protocol = model,
          .phases = 1};
}

}  // namespace wattle
