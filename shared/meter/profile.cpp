#include "shared/meter/profile.hpp"

#include <algorithm>

#include "shared/meter/modbus_rtu.hpp"

namespace wattle {
namespace {

std::vector<std::uint8_t> offsets_of(const MeterProfile& profile) {
  std::vector<std::uint8_t> offsets{0};
  if (const auto* model = std::get_if<ModbusModel>(&profile.protocol)) {
    for (const auto& circuit : model->circuits) offsets.push_back(circuit.unit_offset);
    const bool asks_none = !model->number && !model->voltage && !model->frequency;
    if (asks_none && !model->circuits.empty()) offsets.erase(offsets.begin());
  } else {
    const auto& dlt645_model = std::get<dlt645::Model>(profile.protocol);
    for (const auto& circuit : dlt645_model.circuits) offsets.push_back(circuit.address_offset);
  }
  std::sort(offsets.begin(), offsets.end());
  offsets.erase(std::unique(offsets.begin(), offsets.end()), offsets.end());
  return offsets;
}

}  // namespace

std::size_t circuit_count(const MeterProfile& profile) {
  return std::visit([](const auto& model) { return model.circuits.size(); }, profile.protocol);
}

bool has_relay(const MeterProfile& profile, std::size_t circuit) {
  if (circuit >= circuit_count(profile)) return false;
  if (const auto* model = std::get_if<ModbusModel>(&profile.protocol)) return model->circuits[circuit].command.has_value();
  return std::get<dlt645::Model>(profile.protocol).circuits[circuit].relay.has_value();
}

std::vector<std::uint64_t> addresses_of(const MeterProfile& profile, std::uint64_t address) {
  std::vector<std::uint64_t> all;
  for (const auto offset : offsets_of(profile)) all.push_back(address + offset);
  return all;
}

bool is_address(const MeterProfile& profile, std::uint64_t address) {
  const bool is_modbus = std::holds_alternative<ModbusModel>(profile.protocol);
  const std::uint64_t most = is_modbus ? modbus_rtu::max_unit : max_meter_number;
  const auto all = addresses_of(profile, address);
  return std::all_of(all.begin(), all.end(), [&](std::uint64_t a) { return a >= 1 && a <= most; });
}

std::string contradiction(const MeterProfile& profile) {
  if (profile.model.empty()) return "the model has no name";
  if (profile.rollover.units <= 0) return "the energy registers must roll over somewhere";
  if (profile.timings.answers_within.micros <= 0) return "an answer needs time";
  if (profile.timings.gap.micros < 0 || profile.timings.relay_settles.micros < 0) return "a time is negative";
  if (const auto* model = std::get_if<ModbusModel>(&profile.protocol)) return modbus::contradiction(*model);
  return dlt645::contradiction(std::get<dlt645::Model>(profile.protocol));
}

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
  return {.model = "generic-relay-meter", .line = {}, .timings = {}, .rollover = {1'000'000'000}, .protocol = model};
}

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
  return {.model = is_new ? "generic-dlt645-2007" : "generic-dlt645-1997",
          .line = {is_new ? 2400u : 1200u, Parity::even, 1},
          .timings = {.answers_within = milliseconds(500), .gap = milliseconds(20), .relay_settles = milliseconds(500)},
          .rollover = dlt645::usual_rollover,
          .protocol = model};
}

}  // namespace wattle
