#include "edge/bus_rules.hpp"

#include <algorithm>

namespace wattle::edge {
namespace {

bool is_within(const Bytes& part, const Bytes& whole) {
  return std::search(whole.begin(), whole.end(), part.begin(), part.end()) != whole.end();
}

bool are_same(const std::optional<CollectorSettings>& a, const std::optional<CollectorSettings>& b) {
  if (!a || !b) return !a && !b;
  return a->registration == b->registration && a->heartbeat == b->heartbeat;
}

bool are_same(const MeterConfig& a, const MeterConfig& b) {
  const auto same_circuit = [](const CircuitConfig& x, const CircuitConfig& y) {
    return x.circuit == y.circuit && x.room == y.room;
  };
  return a.place.address == b.place.address && a.place.number == b.place.number && a.place.by == b.place.by &&
         *a.profile == *b.profile &&
         std::equal(a.circuits.begin(), a.circuits.end(), b.circuits.begin(), b.circuits.end(), same_circuit);
}

}  // namespace

Speaks speaks_of(const MeterProfile& profile) {
  if (std::holds_alternative<ModbusModel>(profile.protocol)) return Speaks::modbus;
  if (std::holds_alternative<cjt188::Model>(profile.protocol)) return Speaks::cjt188;
  return std::holds_alternative<mbus::Model>(profile.protocol) ? Speaks::mbus : Speaks::dlt645;
}

bool cannot_be_told(const CollectorSettings& a, const CollectorSettings& b) {
  return is_within(a.registration, b.registration) || is_within(b.registration, a.registration);
}

bool share_a_port(const BusConfig& a, const BusConfig& b) {
  if (!a.device.empty() && a.device == b.device) return true;
  if (a.connect && a.connect == b.connect) return true;
  return a.collector && b.collector && cannot_be_told(*a.collector, *b.collector);
}

bool share_an_address(const MeterConfig& a, const MeterConfig& b) {
  return wattle::share_an_address(*a.profile, a.place.address, *b.profile, b.place.address);
}

bool share_a_circuit(const MeterConfig& a, const MeterConfig& b) {
  const auto same = [](const CircuitConfig& x, const CircuitConfig& y) { return x.circuit == y.circuit; };
  return std::find_first_of(a.circuits.begin(), a.circuits.end(), b.circuits.begin(), b.circuits.end(), same) !=
         a.circuits.end();
}

bool are_same(const BusConfig& a, const BusConfig& b) {
  const auto same_meter = [](const MeterConfig& x, const MeterConfig& y) { return are_same(x, y); };
  return a.name == b.name && a.device == b.device && a.connect == b.connect && are_same(a.collector, b.collector) &&
         a.line == b.line && a.rs485 == b.rs485 && a.framing == b.framing && a.latency == b.latency && a.every == b.every &&
         a.clock == b.clock && std::equal(a.meters.begin(), a.meters.end(), b.meters.begin(), b.meters.end(), same_meter);
}

LineFormat line_with(const BusConfig& bus, const MeterProfile& profile) {
  const bool is_slower = bus.meters.empty() || profile.line.baud < bus.line.baud;
  return bus.framing == Framing::modbus_tcp && !is_slower ? bus.line : profile.line;
}

}  // namespace wattle::edge
