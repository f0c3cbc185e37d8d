#include "edge/wiring_status.hpp"

#include <algorithm>

#include "edge/core/engine.hpp"
#include "edge/provisioning.hpp"
#include "edge/store/store.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/entropy.hpp"

namespace wattle::edge {
namespace {

std::string port_of(const BusConfig& bus) {
  const std::string modbus = bus.framing == Framing::modbus_tcp ? "modbus-" : "";
  if (bus.connect) return modbus + "tcp://" + to_text(*bus.connect);
  if (bus.collector) return modbus + "collector://hex:" + to_hex(bus.collector->registration);
  return bus.device;
}

void fill(WiredStatus& status, const MeterConfig& meter) {
  status.profile = meter.profile->model;
  for (const auto& circuit : meter.circuits) status.circuits.push_back(circuit.circuit.value);
  status.has_password = meter.place.by != dlt645::Credentials{};
}

class SomeEntropy final : public Entropy {
 public:
  std::uint64_t word() override { return random_u64(); }
};

/// The registers that the store holds, put over the file's; nothing without a claimed box's store that can be opened. Another
/// user may ask, and a newer program before it is put in: so nothing is made or brought up to date.
std::optional<Wiring> wiring_of_store(const EdgeConfig& config) {
  if (!have_keys(config.data)) return std::nullopt;
  const auto store = look_at_store(config.data + "/ledger.sqlite");
  const auto keys = open_keys(config.data);
  const auto known = read_identity(config);
  if (!store || !keys || !known || !*known) return std::nullopt;
  const auto& identity = **known;
  EngineConfig engine_config;
  engine_config.site = identity.site;
  engine_config.holder = identity.holder;
  engine_config.cloud_key = PublicKey{identity.cloud_signing_key};
  const SodiumCrypto crypto;
  SomeEntropy entropy;
  const Engine engine(engine_config, **store, crypto, *keys->signer, entropy, read_clocks());
  auto seal = keys->sealing->seal_with(BoxKey{identity.cloud_sealing_key});
  Wirer wirer(config, identity.holder.edge, seal ? std::move(*seal) : nullptr);
  return wirer.wire(engine);
}

}  // namespace

std::vector<WiredStatus> statuses(const Wiring& wiring) {
  std::vector<WiredStatus> out;
  for (const auto& note : wiring.bus_notes) {
    WiredStatus status;
    status.bus = note.name;
    status.is_wired = note.is_wired;
    status.source = word(note.source);
    status.code = word(note.fault);
    for (const auto& bus : wiring.buses)
      if (bus.name == note.name) status.port = port_of(bus);
    out.push_back(std::move(status));
  }
  for (const auto& note : wiring.meter_notes) {
    WiredStatus status;
    status.bus = note.bus;
    status.meter = note.read_as.value;
    status.address = note.address;
    status.is_wired = note.is_wired;
    status.source = word(note.source);
    status.code = word(note.fault);
    for (const auto& bus : wiring.buses)
      for (const auto& meter : bus.meters)
        if (meter.place.number == note.read_as) fill(status, meter);
    out.push_back(std::move(status));
  }
  return out;
}

std::string to_text(const WiredStatus& wired) {
  std::string out = wired.meter == 0 ? "bus " + wired.bus + ' ' + wired.port
                                     : "meter " + std::to_string(wired.meter) + " on bus " + wired.bus + " at " +
                                           std::to_string(wired.address) + ' ' + wired.profile;
  if (!wired.circuits.empty()) {
    out += ", circuits";
    for (const auto circuit : wired.circuits) out += ' ' + std::to_string(circuit);
  }
  if (wired.has_password) out += ", with a password";
  out += " (" + std::string(wired.source) + ')';
  if (!wired.code.empty())
    out += std::string(wired.is_wired ? ": the stream's is not used: " : ": not used: ") + std::string(wired.code);
  return out;
}

std::string describe_wiring(const EdgeConfig& config) {
  auto wiring = wiring_of_store(config);
  std::string out =
      wiring
          ? "with what the store of the box holds:\n"
          : "the file alone (there is no store of this version that can be read; of a running box ask the socket: wiring):\n";
  // Without a store there is nothing to put over the file.
  if (!wiring) {
    wiring.emplace();
    for (const auto& bus : config.buses) {
      wiring->buses.push_back(bus);
      wiring->bus_notes.push_back({bus.name, WiringSource::file, WiringFault::none, true});
      for (const auto& meter : bus.meters)
        wiring->meter_notes.push_back({meter.place.number, meter.place.number, bus.name, meter.place.address,
                                       WiringSource::file, WiringFault::none, true});
    }
  }
  for (const auto& status : statuses(*wiring)) out += "  " + to_text(status) + '\n';
  return out;
}

}  // namespace wattle::edge
