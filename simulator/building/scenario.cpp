#include "simulator/building/scenario.hpp"

#include <algorithm>
#include <map>

#include "shared/base/random.hpp"
#include "shared/io/config.hpp"
#include "shared/io/files.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::sim {
namespace {

constexpr std::int64_t u32_max = UINT32_MAX;
constexpr std::size_t curve_file_max = 4 * 1024 * 1024;
constexpr std::int64_t largest_shift_days = 14;

struct Reader {
  Scenario scenario;
  std::map<std::string, std::shared_ptr<const LoadCurve>> curves;

  void read_curve(ConfigSection& section);
  void read_appliance(ConfigSection& section);
  void read_bus(ConfigSection& section);
  void read_meters(ConfigSection& section);
  void read_main(ConfigSection& section);
  std::vector<Appliance> appliances_of(ConfigSection& section) const;
  ScenarioMeter nth_meter(ConfigSection& section, const ScenarioBus& bus, std::vector<ConfigSection>& circuits, std::int64_t n);
  std::shared_ptr<const LoadCurve> load_of(ConfigSection& section, std::uint32_t circuit);
  void compare(ConfigSection& section, const ScenarioBus& bus, const ScenarioMeter& meter) const;
};

void Reader::read_curve(ConfigSection& section) {
  const auto name = section.text("name");
  const auto path = section.path("file");
  if (path.empty()) return;
  if (curves.contains(name)) section.fault("name", "is another curve's already");
  const auto text = read_file(path, curve_file_max);
  if (!text) return section.fault("file", "cannot be read: " + text.error().message());
  CurveError error;
  auto curve = parse_load_curve(*text, error);
  if (!curve) return section.fault("file", "is no curve: line " + std::to_string(error.line) + ": " + std::string(error.why));
  curves[name] = std::make_shared<LoadCurve>(std::move(*curve));
}

void Reader::read_appliance(ConfigSection& section) {
  Appliance appliance;
  appliance.name = section.text("name");
  appliance.watts = section.integer("watts", {1, max_curve_watts});
  appliance.least_minutes = section.integer("least_minutes", {1, day_minutes}, 1);
  appliance.most_minutes = section.integer("most_minutes", {1, day_minutes}, appliance.least_minutes);
  appliance.uses_a_day = section.integer("uses_a_day", {0, 100}, 0);
  appliance.from_hour = section.integer("from_hour", {0, 23}, 0);
  appliance.to_hour = section.integer("to_hour", {1, 24}, 24);
  if (appliance.most_minutes < appliance.least_minutes) section.fault("most_minutes", "is less than \"least_minutes\"");
  if (appliance.to_hour <= appliance.from_hour) section.fault("to_hour", "is not after \"from_hour\"");
  for (const auto& other : scenario.appliances)
    if (other.name == appliance.name) section.fault("name", "is another appliance's already");
  scenario.appliances.push_back(std::move(appliance));
}

Bytes read_said(ConfigSection& section, std::string_view key) {
  const auto said = said_bytes(section.text(key, ""));
  if (!said) section.fault(key, "must have pairs of hex digits behind \"hex:\"");
  return said.value_or(Bytes{});
}

/// What it says, and not its address: that is the player's to give.
std::optional<CollectorTwin> read_collector(ConfigSection& section) {
  CollectorTwin twin;
  twin.registration = read_said(section, "collector");
  twin.heartbeat = read_said(section, "heartbeat");
  twin.heartbeat_every = section.duration("heartbeat_every", {milliseconds(10), hours(1)}, seconds(30));
  if (twin.registration.empty() && !twin.heartbeat.empty()) section.fault("heartbeat", "needs \"collector\"");
  return twin.registration.empty() ? std::nullopt : std::optional(std::move(twin));
}

void Reader::read_bus(ConfigSection& section) {
  ScenarioBus bus;
  bus.name = section.text("name");
  const auto protocol =
      section.choice("protocol", {"modbus-rtu", "dlt645-2007", "dlt645-1997", "cjt188", "mbus"}, "modbus-rtu");
  for (const auto known : {Protocol::dlt645_2007, Protocol::dlt645_1997, Protocol::cjt188, Protocol::mbus})
    if (protocol_text(known) == protocol) bus.protocol = known;
  bus.timing.line.baud = static_cast<std::uint32_t>(section.integer("baud", {300, 115'200}, 9600));
  bus.timing.timed = section.boolean("timed", false);
  bus.timing.turnaround = section.duration("turnaround", {milliseconds(0), seconds(1)}, milliseconds(20));
  const auto port = section.integer("port", {1, 65535}, 0);
  if (port != 0) bus.port = static_cast<std::uint16_t>(port);
  bus.collector = read_collector(section);
  if (bus.port && bus.collector) section.fault("collector", "cannot stand in front of a bus beside \"port\"");
  bus.gateway = section.boolean("gateway", false);
  if (bus.gateway && bus.protocol != Protocol::modbus_rtu) section.fault("gateway", "is one of Modbus");
  if (bus.gateway && (bus.port || bus.collector))
    section.fault("gateway", "cannot stand in front of a bus beside \"port\" or \"collector\"");
  bus.noise_per_mille = static_cast<std::uint32_t>(section.integer("noise_per_mille", {0, 1000}, 0));
  for (const auto& other : scenario.buses)
    if (other.name == bus.name) section.fault("name", "is another bus's already");
  if (bus.name.find_first_of("/. ") != std::string::npos) section.fault("name", "must be a word without dots and slashes");
  scenario.buses.push_back(std::move(bus));
}

std::vector<Appliance> Reader::appliances_of(ConfigSection& section) const {
  std::vector<Appliance> out;
  for (const auto& name : section.texts("appliances")) {
    const auto at = std::find_if(scenario.appliances.begin(), scenario.appliances.end(),
                                 [&](const auto& appliance) { return appliance.name == name; });
    if (at == scenario.appliances.end())
      section.fault("appliances", "names no [[appliance]]: \"" + name + '"');
    else
      out.push_back(*at);
  }
  return out;
}

/// Rooms differ: each has its own share within the spread, another week of the curve, and other hours.
std::shared_ptr<const LoadCurve> Reader::load_of(ConfigSection& section, std::uint32_t circuit) {
  Random random(scenario.seed * 1'000'003 + circuit);
  const auto name = section.text("curve");
  const auto percent = section.integer("percent", {0, 1000}, 100);
  const auto spread = section.integer("spread_percent", {0, 1000}, 0);
  const auto days = section.integer("shift_days", {0, largest_shift_days}, largest_shift_days);
  const auto minutes_off = section.integer("shift_minutes", {0, day_minutes}, 60);
  LoadShare share;
  share.percent = std::max<std::int64_t>(0, percent + random.between(-spread, spread));
  share.shift_minutes = random.between(0, days / 7) * 7 * day_minutes + random.between(-minutes_off, minutes_off);
  share.seed = random.next();
  const auto appliances = appliances_of(section);
  const auto curve = curves.find(name);
  if (curve != curves.end()) return std::make_shared<LoadCurve>(room_load(*curve->second, share, appliances));
  section.fault("curve", "names no [[curve]]");
  return nullptr;
}

std::string_view usual_model(Protocol protocol) {
  switch (protocol) {
    case Protocol::modbus_rtu: return "generic-relay-meter";
    case Protocol::dlt645_2007: return "generic-dlt645-2007";
    case Protocol::dlt645_1997: return "generic-dlt645-1997";
    case Protocol::cjt188: return "generic-cjt188-cold-water";
    case Protocol::mbus: return "generic-mbus-water";
  }
  return "generic-relay-meter";
}

std::shared_ptr<const MeterProfile> profile_of(ConfigSection& section, Protocol protocol) {
  const auto usual = shipped_profile(usual_model(protocol));
  auto known = shipped_profile(section.text("profile", usual->model));
  if (known == nullptr) section.fault("profile", "is no model that is shipped");
  if (known != nullptr && known->protocol.index() != usual->protocol.index())
    section.fault("profile", "speaks another protocol than its bus");
  return known != nullptr ? known : usual;
}

ScenarioMeter Reader::nth_meter(ConfigSection& section, const ScenarioBus& bus, std::vector<ConfigSection>& circuits,
                                std::int64_t n) {
  ScenarioMeter meter;
  meter.room = static_cast<std::uint32_t>(section.integer("first_room", {1, u32_max / circuits_a_room - 1000}) + n);
  meter.profile = profile_of(section, bus.protocol);
  // A model of DL/T 645 that tells its number sits at it all the same.
  const bool at_number = is_asked_by_number(*meter.profile) || std::holds_alternative<dlt645::Model>(meter.profile->protocol);
  // A meter that answers at several addresses leaves room for them.
  const auto step = static_cast<std::int64_t>(addresses_of(*meter.profile, 1).size());
  const auto first_number = section.integer("first_number", {1, max_meter_number - 1000});
  const auto first_unit = section.integer("first_address", {1, modbus_rtu::max_unit}, 1);
  meter.number = static_cast<std::uint64_t>(first_number + n * (at_number ? step : 1));
  meter.address = at_number ? meter.number : static_cast<std::uint64_t>(first_unit + n * step);
  if (meter.number > max_plate_number(*meter.profile)) section.fault("first_number", "has too many digits for the profile");
  if (!is_address(*meter.profile, meter.address)) section.fault("rooms", "reach beyond the addresses of their bus");
  if (circuits.size() != circuit_count(*meter.profile))
    section.fault("circuit", "must be there once for each circuit of the profile");
  Random random(scenario.seed * 7'919 + meter.number);
  const auto spread = section.integer("first_wh_spread", {0, 100'000'000}, 0);
  meter.first_wh = section.integer("first_wh", {0, 999'999'000}, 0) + random.between(0, spread);
  meter.dead = section.boolean("dead", false);
  auto digit = static_cast<std::uint32_t>(section.integer("first_digit", {0, circuits_a_room - 1}, 0));
  if (digit + circuits.size() > circuits_a_room) section.fault("first_digit", "leaves no digit for each circuit");
  for (auto& circuit : circuits) {
    const auto number = meter.room * circuits_a_room + digit++;
    meter.circuits.push_back({number, circuit.text("name", "all"), load_of(circuit, number)});
  }
  return meter;
}

bool overlap(const ScenarioMeter& a, const ScenarioMeter& b) {
  return share_an_address(*a.profile, a.address, *b.profile, b.address);
}

bool share_a_circuit(const ScenarioMeter& a, const ScenarioMeter& b) {
  return std::any_of(a.circuits.begin(), a.circuits.end(), [&](const ScenarioCircuit& one) {
    return std::any_of(b.circuits.begin(), b.circuits.end(), [&](const auto& other) { return other.number == one.number; });
  });
}

void Reader::compare(ConfigSection& section, const ScenarioBus& mine, const ScenarioMeter& meter) const {
  for (const auto& bus : scenario.buses) {
    for (const auto& other : bus.meters) {
      if (other.room == meter.room && meter.room != 0 && share_a_circuit(other, meter))
        section.fault("first_room", "reaches room " + std::to_string(meter.room) +
                                        ", which has a meter already: another one's circuits need another \"first_digit\"");
      if (other.number == meter.number) section.fault("first_number", "reaches a number that another meter has already");
      if (&bus == &mine && overlap(other, meter))
        section.fault("first_address", "reaches address " + std::to_string(meter.address) + ", which is taken on this bus");
    }
  }
}

void Reader::read_meters(ConfigSection& section) {
  const auto rooms = section.integer("rooms", {1, modbus_rtu::max_unit}, 1);
  const auto name = section.text("bus");
  auto circuits = section.sections("circuit");
  if (circuits.empty() || circuits.size() > 4)
    section.fault("circuit", "must be there one to four times, as [[meters.circuit]]");
  const auto bus = std::find_if(scenario.buses.begin(), scenario.buses.end(), [&](const auto& b) { return b.name == name; });
  if (bus == scenario.buses.end()) return section.fault("bus", "names no [[bus]]");
  for (std::int64_t n = 0; n < rooms; ++n) {
    auto meter = nth_meter(section, *bus, circuits, n);
    compare(section, *bus, meter);
    bus->meters.push_back(std::move(meter));
  }
}

/// Counts what the meters of its rooms count, so it has no curve.
void Reader::read_main(ConfigSection& section) {
  const auto name = section.text("bus");
  const auto bus = std::find_if(scenario.buses.begin(), scenario.buses.end(), [&](const auto& b) { return b.name == name; });
  if (bus == scenario.buses.end()) return section.fault("bus", "names no [[bus]]");
  ScenarioMeter meter;
  meter.profile = profile_of(section, bus->protocol);
  meter.number = static_cast<std::uint64_t>(section.integer("number", {1, max_meter_number}));
  const bool at_number = is_asked_by_number(*meter.profile) || std::holds_alternative<dlt645::Model>(meter.profile->protocol);
  const auto unit = section.integer("address", {1, modbus_rtu::max_unit}, 1);
  meter.address = at_number ? meter.number : static_cast<std::uint64_t>(unit);
  meter.first_wh = section.integer("first_wh", {0, 999'999'000}, 0);
  ScenarioMain main;
  main.floor = static_cast<std::uint32_t>(section.integer("floor", {0, u32_max}, 0));
  main.first_room = static_cast<std::uint32_t>(section.integer("first_room", {1, u32_max}));
  main.last_room = static_cast<std::uint32_t>(section.integer("last_room", {1, u32_max}, main.first_room));
  main.loss_per_mille = section.integer("loss_per_mille", {0, 1000}, 0);
  meter.main = main;
  meter.circuits.push_back({static_cast<std::uint32_t>(section.integer("circuit", {1, u32_max})), "main", nullptr});
  if (main.last_room < main.first_room) section.fault("last_room", "is before \"first_room\"");
  if (circuit_count(*meter.profile) != 1) section.fault("profile", "has more than one circuit");
  if (meter.number > max_plate_number(*meter.profile)) section.fault("number", "has too many digits for the profile");
  for (const auto& other : scenario.buses)
    for (const auto& there : other.meters)
      for (const auto& circuit : there.circuits)
        if (circuit.number == meter.circuits.front().number) section.fault("circuit", "is another meter's already");
  compare(section, *bus, meter);
  bus->meters.push_back(std::move(meter));
}

LoadedScenario read(Config file) {
  Reader reader;
  auto root = file.root();
  reader.scenario.name = root.text("name");
  reader.scenario.seed = static_cast<std::uint64_t>(root.integer("seed", {1, u32_max}, 1));
  for (auto& section : root.sections("curve")) reader.read_curve(section);
  for (auto& section : root.sections("appliance")) reader.read_appliance(section);
  for (auto& section : root.sections("bus")) reader.read_bus(section);
  if (reader.scenario.buses.empty()) root.fault("bus", "must be there at least once, written as [[bus]]");
  if (reader.scenario.buses.size() > scenario_buses_max) root.fault("bus", "is there too often");
  for (auto& section : root.sections("meters")) reader.read_meters(section);
  for (auto& section : root.sections("main")) reader.read_main(section);
  std::size_t count = 0;
  for (const auto& bus : reader.scenario.buses) count += bus.meters.size();
  if (count == 0) root.fault("meters", "must be there at least once, written as [[meters]]");
  if (count > scenario_meters_max) root.fault("meters", "are more than 1024");
  LoadedScenario loaded;
  loaded.scenario = std::move(reader.scenario);
  for (const auto& fault : file.finish()) {
    auto text = describe(fault);  // a fault of [[meters]] is found at each of its rooms
    if (std::find(loaded.faults.begin(), loaded.faults.end(), text) == loaded.faults.end())
      loaded.faults.push_back(std::move(text));
  }
  return loaded;
}

}  // namespace

std::string_view protocol_text(Protocol protocol) {
  switch (protocol) {
    case Protocol::modbus_rtu: return "modbus-rtu";
    case Protocol::dlt645_2007: return "dlt645-2007";
    case Protocol::dlt645_1997: return "dlt645-1997";
    case Protocol::cjt188: return "cjt188";
    case Protocol::mbus: return "mbus";
  }
  return "unknown";
}

LoadedScenario load_scenario(const std::string& path) { return read(Config::load(path)); }

LoadedScenario parse_scenario(std::string_view text, const std::string& source) { return read(Config::parse(text, source)); }

}  // namespace wattle::sim
