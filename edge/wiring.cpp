#include "edge/wiring.hpp"

#include <algorithm>

#include "edge/bus_rules.hpp"
#include "edge/io/tcp_bus.hpp"

namespace wattle::edge {
namespace {

Duration usual_latency(PortKind kind) {
  switch (kind) {
    case PortKind::serial: return {};
    case PortKind::tcp:
    case PortKind::modbus_tcp: return tcp_latency;
    case PortKind::collector:
    case PortKind::modbus_collector: return collector_latency;
  }
  return {};
}

Bytes bytes_of(const std::string& text) { return {text.begin(), text.end()}; }

/// None: nobody can open such a port.
std::optional<BusConfig> config_of(const std::string& name, const BusSetting& setting) {
  BusConfig bus;
  bus.name = name;
  switch (setting.kind) {
    case PortKind::serial: bus.device = setting.port; break;
    case PortKind::tcp:
    case PortKind::modbus_tcp:
      bus.connect = parse_tcp_address(setting.port);
      if (!bus.connect) return std::nullopt;
      break;
    case PortKind::collector:
    case PortKind::modbus_collector:
      bus.collector = CollectorSettings{bytes_of(setting.port), bytes_of(setting.heartbeat)};
      break;
  }
  const bool is_modbus = setting.kind == PortKind::modbus_tcp || setting.kind == PortKind::modbus_collector;
  bus.framing = is_modbus ? Framing::modbus_tcp : Framing::as_on_the_line;
  bus.speaks = is_modbus ? Speaks::modbus : Speaks::any;
  bus.format_given = setting.line.has_value();
  bus.line = setting.line.value_or(LineFormat{});
  bus.rs485 = setting.rs485;
  bus.latency = setting.latency_ms != 0 ? milliseconds(setting.latency_ms) : usual_latency(setting.kind);
  return bus;
}

WiringFault fault_of_bus(const BusConfig& bus, const std::vector<BusConfig>& others, const EdgeConfig& file) {
  if (bus.collector && !file.collectors_listen) return WiringFault::no_collectors;
  if (bus.format_given && !bus.device.empty() && !is_known_rate(bus.line.baud)) return WiringFault::line_format;
  if (others.size() == box_buses_max) return WiringFault::too_many;
  const auto shares = [&](const BusConfig& other) { return share_a_port(bus, other); };
  return std::any_of(others.begin(), others.end(), shares) ? WiringFault::port_taken : WiringFault::none;
}

Pace pace_of(const EdgeConfig& file, const BoxPace& said) {
  Pace pace{said.poll_every.value_or(file.poll_every), said.record_every.value_or(file.record_every), file.clock};
  if (said.broadcast) pace.clock.broadcast_minute = said.broadcast->minute;
  return pace;
}

BusConfig* find_bus(std::vector<BusConfig>& buses, const std::string& name) {
  const auto at = std::find_if(buses.begin(), buses.end(), [&](const BusConfig& bus) { return bus.name == name; });
  return at == buses.end() ? nullptr : &*at;
}

WiringFault fault_of_plate(const MeterConfig& meter, bool modbus_tcp) {
  const auto& profile = *meter.profile;
  if (meter.circuits.size() > circuit_count(profile)) return WiringFault::too_many_circuits;
  if (!is_address(profile, meter.place.address, modbus_tcp)) return WiringFault::bad_address;
  if (meter.place.number.value > max_plate_number(profile)) return WiringFault::bad_number;
  return is_asked_by_number(profile) && meter.place.address != meter.place.number.value ? WiringFault::bad_address
                                                                                        : WiringFault::none;
}

/// What speaks against this meter on this bus. A bus that says nothing of its line has that of its meters, which must agree.
WiringFault fault_of_meter(const MeterConfig& meter, const BusConfig& bus, const std::vector<BusConfig>& all) {
  const auto& profile = *meter.profile;
  if (const auto fault = fault_of_plate(meter, bus.framing == Framing::modbus_tcp); fault != WiringFault::none) return fault;
  if (bus.speaks != Speaks::any && bus.speaks != speaks_of(profile)) return WiringFault::other_protocol;
  const auto& here = bus.meters;
  if (here.size() == wired_meters_max) return WiringFault::bus_full;
  if (std::any_of(here.begin(), here.end(), [&](const MeterConfig& other) { return share_an_address(meter, other); }))
    return WiringFault::address_taken;
  std::size_t meters = 0;
  for (const auto& other : all) {
    meters += other.meters.size();
    if (std::any_of(other.meters.begin(), other.meters.end(), [&](const auto& m) { return share_a_circuit(meter, m); }))
      return WiringFault::circuit_taken;
  }
  if (meters >= box_meters_max) return WiringFault::too_many;
  if (bus.format_given || bus.framing == Framing::modbus_tcp) return WiringFault::none;  // there the gateway keeps the line
  const bool is_unlike = !here.empty() && bus.line != profile.line;
  return is_unlike || (!bus.device.empty() && !is_known_rate(profile.line.baud)) ? WiringFault::line_format : WiringFault::none;
}

WiringFault add_meter(const std::string& name, MeterConfig meter, Wiring& out) {
  auto* bus = find_bus(out.buses, name);
  if (bus == nullptr) return WiringFault::bus_unknown;
  const auto fault = fault_of_meter(meter, *bus, out.buses);
  if (fault != WiringFault::none) return fault;
  if (!bus->format_given) bus->line = line_with(*bus, *meter.profile);
  bus->meters.push_back(std::move(meter));
  return fault;
}

/// The order that stands has put the circuit's present meter in the place of this number.
bool is_replaced(const SettingsBook& settings, CircuitId circuit, MeterId number, MeterId present) {
  const auto order = settings.meters().find(circuit);
  return order != settings.meters().end() && order->second.before == number && order->second.after == present;
}

/// The number that is set, unless the ledger has gone on from that very meter. Any other number stays as it was set: it may be
/// of a meter whose change nobody has told yet, and its register must not be charged as another's. Nobody edits a file for a
/// change, so that its number may lie several back; a register of the stream is rewritten for each.
MeterConfig as_ordered(MeterConfig meter, WiringSource source, const Engine& engine) {
  for (const auto& circuit : meter.circuits) {
    const auto* room = engine.link().state().find(circuit.room);
    const auto* figures = room == nullptr ? nullptr : room->find(circuit.circuit);  // of a closed room as it was last
    const auto number = meter.place.number;
    if (figures == nullptr || figures->meter == number) continue;
    const bool is_earlier = source == WiringSource::file && engine.had_meter(circuit.circuit, number);
    if (!is_earlier && !is_replaced(engine.settings(), circuit.circuit, number, figures->meter)) continue;
    meter.place.number = figures->meter;
    if (meter.place.address == number.value) meter.place.address = figures->meter.value;
    break;
  }
  return meter;
}

}  // namespace

Wiring Wirer::wire(const Engine& engine) {
  Wiring out;
  out.pace = pace_of(*file_, engine.settings().pace_of(slot_));
  follow_profiles(engine.settings());
  wire_buses(engine.settings(), out);
  wire_meters(engine, out);
  for (auto& bus : out.buses) {
    bus.every = out.pace.poll_every;
    bus.clock = out.pace.clock;
  }
  return out;
}

void Wirer::follow_profiles(const SettingsBook& settings) {
  std::set<std::string> used;
  for (const auto& [key, value] : settings.places()) {
    const auto* place = std::get_if<PlaceSetting>(&value);
    if (key.slot == slot_ && place != nullptr) used.insert(place->profile);
  }
  shelf_.follow(settings.profiles(), used);
}

WiringFault Wirer::add_bus(const BusSetting& setting, const std::string& name, Wiring& out) const {
  auto bus = config_of(name, setting);
  if (!bus) return WiringFault::bad_port;
  const auto fault = fault_of_bus(*bus, out.buses, *file_);
  if (fault == WiringFault::none) out.buses.push_back(std::move(*bus));
  return fault;
}

/// Those of the file first of which the stream says nothing: what runs is not to be stopped by what comes to it.
void Wirer::wire_buses(const SettingsBook& settings, Wiring& out) const {
  const auto of_stream = [&](const std::string& name) { return settings.buses().contains({slot_, name}); };
  const auto add_of_file = [&](const BusConfig& of_file, WiringFault said) {
    auto bus = of_file;
    bus.meters.clear();
    const auto fault = fault_of_bus(bus, out.buses, *file_);
    const bool is_wired = fault == WiringFault::none;
    out.bus_notes.push_back({bus.name, WiringSource::file, said != WiringFault::none ? said : fault, is_wired});
    if (is_wired) out.buses.push_back(std::move(bus));
  };
  for (const auto& bus : file_->buses)
    if (!of_stream(bus.name)) add_of_file(bus, WiringFault::none);
  std::map<std::string, WiringFault> refused;
  for (const auto& [key, value] : settings.buses()) {
    const auto* setting = std::get_if<BusSetting>(&value);
    if (key.slot != slot_ || setting == nullptr) continue;
    const auto fault = add_bus(*setting, key.name, out);
    if (fault == WiringFault::none)
      out.bus_notes.push_back({key.name, WiringSource::stream, fault, true});
    else
      refused.emplace(key.name, fault);
  }
  for (const auto& [name, fault] : refused) {
    const auto at = std::find_if(file_->buses.begin(), file_->buses.end(), [&](const auto& bus) { return bus.name == name; });
    if (at == file_->buses.end())
      out.bus_notes.push_back({name, WiringSource::stream, fault, false});
    else
      add_of_file(*at, fault);
  }
}

WiringFault Wirer::open_password(const SealedPassword& password, dlt645::Credentials& by) const {
  Nonce nonce;
  const ByteView sealed(password.sealed);
  std::copy_n(sealed.begin(), nonce.bytes.size(), nonce.bytes.begin());
  std::array<std::uint8_t, password_bytes> plain{};
  if (seal_ == nullptr || !seal_->open(sealed.subspan(nonce.bytes.size()), nonce, plain.data()))
    return WiringFault::password_unreadable;
  std::copy_n(plain.begin(), by.password.size(), by.password.begin());
  std::copy_n(plain.begin() + by.password.size(), by.operator_code.size(), by.operator_code.begin());
  wipe(plain);
  return WiringFault::none;
}

Wirer::Placed Wirer::place(MeterId number, const PlaceSetting& setting) {
  Placed out{setting.bus, {}, WiringFault::none};
  out.meter.place.address = setting.address;
  out.meter.place.number = number;
  out.meter.profile = shelf_.find(setting.profile).profile;
  for (const auto& circuit : setting.circuits) out.meter.circuits.push_back({circuit.room, circuit.circuit});
  if (out.meter.profile == nullptr) out.fault = WiringFault::profile_unknown;
  if (out.fault == WiringFault::none && setting.password) out.fault = open_password(*setting.password, out.meter.place.by);
  return out;
}

/// In the same order as the buses.
void Wirer::wire_meters(const Engine& engine, Wiring& out) {
  const auto& places = engine.settings().places();
  std::map<MeterId, Placed> of_file;  // of which the stream says something
  for (const auto& bus : file_->buses) {
    for (const auto& meter : bus.meters) {
      Placed placed{bus.name, as_ordered(meter, WiringSource::file, engine), WiringFault::none};
      const auto number = placed.meter.place.number;
      const bool is_own = places.contains({slot_, meter.place.number});
      if (is_own || places.contains({slot_, number}))
        of_file.emplace(is_own ? meter.place.number : number, std::move(placed));
      else
        add_of_file(std::move(placed), WiringFault::none, out);
    }
  }
  std::map<MeterId, MeterNote> refused;
  for (const auto& [key, value] : places) {
    const auto* setting = std::get_if<PlaceSetting>(&value);
    if (key.slot != slot_ || setting == nullptr) continue;
    auto placed = place(key.number, *setting);
    placed.meter = as_ordered(std::move(placed.meter), WiringSource::stream, engine);
    const auto read_as = placed.meter.place.number;
    if (placed.fault == WiringFault::none) placed.fault = add_meter(placed.bus, std::move(placed.meter), out);
    const bool is_wired = placed.fault == WiringFault::none;
    const MeterNote note{key.number, read_as, setting->bus, setting->address, WiringSource::stream, placed.fault, is_wired};
    if (is_wired)
      out.meter_notes.push_back(note);
    else
      refused.emplace(key.number, note);
  }
  for (auto& [number, note] : refused) {
    if (const auto at = of_file.find(number); at != of_file.end())
      add_of_file(std::move(at->second), note.fault, out);
    else
      out.meter_notes.push_back(std::move(note));
  }
}

/// `said`: why the stream's is not used in its place.
void Wirer::add_of_file(Placed placed, WiringFault said, Wiring& out) {
  const auto number = placed.meter.place.number;
  MeterNote note{number, number, placed.bus, placed.meter.place.address, WiringSource::file, said, false};
  const auto fault = add_meter(placed.bus, std::move(placed.meter), out);
  note.is_wired = fault == WiringFault::none;
  if (said == WiringFault::none) note.fault = fault;
  out.meter_notes.push_back(std::move(note));
}

}  // namespace wattle::edge
