#include "shared/profiles/sections.hpp"

namespace wattle {
namespace {

/// "0001 0000" in 2007, "9010" in 1997.
std::optional<std::uint32_t> read_identifier(ConfigSection& section, std::string_view key, dlt645::Edition edition) {
  const auto text = section.text(key, "");
  if (text.empty()) return std::nullopt;
  std::uint32_t di = 0;
  std::size_t digits = 0;
  bool is_hex = true;
  for (const char c : text) {
    if (c == ' ') continue;
    const auto digit = c >= '0' && c <= '9'   ? c - '0'
                       : c >= 'a' && c <= 'f' ? c - 'a' + 10
                       : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                              : -1;
    if (digit < 0 || ++digits > 8) is_hex = false;
    di = di << 4 | static_cast<std::uint32_t>(digit & 0xf);
  }
  const bool is_new = edition == dlt645::Edition::v2007;
  if (!is_hex || digits != (is_new ? 8u : 4u))
    section.fault(key, is_new ? "must be eight hex digits like \"0001 0000\"" : "must be four hex digits like \"9010\"");
  return di;
}

std::optional<dlt645::ModelRelay> read_relay(ConfigSection& in, dlt645::Edition edition) {
  auto section = in.section("relay");
  if (!section.present()) return std::nullopt;
  dlt645::ModelRelay relay;
  relay.state = read_identifier(section, "state", edition).value_or(relay.state);
  relay.bit = static_cast<std::uint8_t>(section.integer("bit", {0, 15}, relay.bit));
  relay.open_when_set = section.boolean("open_when_set", relay.open_when_set);
  const auto close = section.choice("close", {"close", "permit_close"}, "close");
  if (close == "permit_close") relay.close = dlt645::RelayCommand::permit_close;
  return relay;
}

dlt645::ModelCircuit read_circuit(ConfigSection& section, dlt645::Edition edition) {
  dlt645::ModelCircuit circuit;
  circuit.address_offset = static_cast<std::uint8_t>(section.integer("address_offset", {0, 15}, 0));
  const auto energy = read_identifier(section, "energy", edition);
  if (!energy) section.fault("energy", "must be there");
  circuit.energy = energy.value_or(0);
  circuit.power = read_identifier(section, "power", edition);
  circuit.current = read_identifier(section, "current", edition);
  circuit.power_factor = read_identifier(section, "power_factor", edition);
  circuit.relay = read_relay(section, edition);
  return circuit;
}

}  // namespace

dlt645::Model read_dlt645_model(ConfigSection& root, dlt645::Edition edition) {
  dlt645::Model model;
  model.edition = edition;
  model.number = read_identifier(root, "number", edition);
  model.voltage = read_identifier(root, "voltage", edition);
  model.frequency = read_identifier(root, "frequency", edition);
  auto circuits = root.sections("circuit");
  if (circuits.empty() || circuits.size() > max_meter_circuits)
    root.fault("circuit", "must be there one to four times, written as [[circuit]]");
  for (auto& section : circuits) model.circuits.push_back(read_circuit(section, edition));
  return model;
}

}  // namespace wattle
