#pragma once
// A building to try Wattle on, as a TOML file (docs/operating/scenarios.md): its buses, the meters of its rooms, what they
// draw, and what is wrong from the start. Checked whole before anything starts.

#include <memory>
#include <string>
#include <vector>

#include "simulator/building/room_load.hpp"
#include "simulator/devices/collector.hpp"
#include "simulator/devices/meter_bus.hpp"

namespace wattle::sim {

inline constexpr std::size_t scenario_buses_max = 16;
inline constexpr std::size_t scenario_meters_max = 1024;
inline constexpr std::uint32_t circuits_a_room = 10;  // a circuit's number is its room's, and one digit

/// What a bus's meters speak, and with it the model that they are unless the scenario names one.
enum class Protocol : std::uint8_t { modbus_rtu, dlt645_2007, dlt645_1997, cjt188, mbus };

struct ScenarioCircuit {
  std::uint32_t number = 0;
  std::string name;
  std::shared_ptr<const LoadCurve> load;
};

/// What a main meter stands in front of: the meters of electricity of these rooms.
struct ScenarioMain {
  std::uint32_t floor = 0;  // whose; 0: the building's
  std::uint32_t first_room = 0;
  std::uint32_t last_room = 0;
  std::int64_t loss_per_mille = 0;
};

struct ScenarioMeter {
  std::uint32_t room = 0;     // none of a main meter
  std::uint64_t address = 1;  // Modbus unit, M-Bus primary address; else the number
  std::uint64_t number = 0;
  std::shared_ptr<const MeterProfile> profile;
  std::int64_t first_wh = 0;
  bool dead = false;
  std::vector<ScenarioCircuit> circuits;
  std::optional<ScenarioMain> main = {};
};

struct ScenarioBus {
  std::string name;
  Protocol protocol = Protocol::modbus_rtu;
  BusTiming timing;
  std::optional<std::uint16_t> port;       // a serial server stands in front of it, or
  std::optional<CollectorTwin> collector;  // a collector that dials in, or
  bool gateway = false;                    // a gateway of Modbus-TCP, at a port that the player gives
  std::uint32_t noise_per_mille = 0;
  std::vector<ScenarioMeter> meters;
};

struct Scenario {
  std::string name;
  std::uint64_t seed = 1;
  std::vector<Appliance> appliances;
  std::vector<ScenarioBus> buses;
};

struct LoadedScenario {
  Scenario scenario;
  std::vector<std::string> faults;  // "dormitory_a.toml:12: …", by line; empty: it may be played
};
LoadedScenario load_scenario(const std::string& path);
LoadedScenario parse_scenario(std::string_view text, const std::string& source);

/// The word of the file.
std::string_view protocol_text(Protocol protocol);

}  // namespace wattle::sim
