// Meters that count between two words of a register while it is read, on a serial line, through a serial server and behind a
// gateway of Modbus-TCP: what is taken, the meter has held.

#include <catch2/catch.hpp>
#include <set>

#include "edge/meter_line.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"

namespace wattle {
namespace {

constexpr std::int64_t turns = 60;
constexpr Duration a_turn = minutes(30);
constexpr Power heavy_load{30'000};  // 15 kWh a turn: an edge every four or five
constexpr std::int64_t begins_at_wh = 1'500'000;

enum class Carried { serial, server, gateway };

struct TearingBus {
  Instant wall{1'750'000'000'000'000};
  sim::MeterBus meters;
  sim::SerialServer server;
  sim::ModbusTcpServer gateway;
  std::unique_ptr<edge::MeterLine> line;
  std::set<std::int64_t> held{begins_at_wh};
  std::map<CircuitId, std::int64_t> newest;
  std::size_t readings = 0;
  std::size_t torn = 0;
  std::vector<std::string> wrong;

  TearingBus(boost::asio::io_context& loop, Carried way)
      : meters(loop, sim::Pty::open("").value(), all(),
               {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}),
        server(loop),
        gateway(loop, meters) {
    meters.start();
    edge::BusConfig config;
    config.line = {115'200, Parity::even, 1};
    if (way == Carried::serial) {
      config.device = meters.device();
    } else {
      const bool is_gateway = way == Carried::gateway;
      if (is_gateway) config.framing = edge::Framing::modbus_tcp;
      const auto failed = is_gateway ? gateway.open(0) : server.open(meters.device(), 0);
      REQUIRE_FALSE(failed);
      config.connect = TcpAddress{"127.0.0.1", is_gateway ? gateway.port() : server.port()};
    }
    for (std::uint64_t unit = 1; unit <= models().size(); ++unit) {
      edge::MeterConfig meter{{unit, MeterId{500 + unit}, {}}, models()[unit - 1], {}};
      for (std::uint32_t i = 0; i < circuit_count(*meter.profile); ++i)
        meter.circuits.push_back({{101}, {static_cast<std::uint32_t>(unit * 10 + i)}});
      config.meters.push_back(std::move(meter));
    }
    edge::MeterLineHandlers handlers{[this](const edge::MeterRead& read) { judge(read); }, [] {},
                                     [this](const edge::Noticed& noticed) { torn += noticed.error == MeterErrc::torn; },
                                     [](RoomId) { return true; }};
    line = std::make_unique<edge::MeterLine>(loop, config, milliseconds(5), std::move(handlers));
    line->start();
  }

  static const std::vector<std::shared_ptr<const MeterProfile>>& models() {
    static const std::vector all = {shipped_profile("generic-relay-meter"), shipped_profile("eastron-sdm120"),
                                    shipped_profile("generic-three-circuits")};
    return all;
  }
  std::vector<sim::VirtualMeter> all() const {
    std::vector<sim::VirtualMeter> out;
    for (std::uint64_t unit = 1; unit <= models().size(); ++unit) {
      sim::VirtualMeterSettings settings;
      settings.profile = models()[unit - 1];
      settings.address = unit;
      settings.number = {500 + unit};
      settings.circuits.assign(circuit_count(*settings.profile), {std::make_shared<sim::LoadCurve>(heavy_load), 100, 0});
      sim::MeterMemory memory(settings.circuits.size(), {begins_at_wh * sim::microjoules_per_wh, true});
      out.emplace_back(std::move(settings), std::move(memory), wall);
      out.back().set_tears(true);
    }
    return out;
  }

  void judge(const edge::MeterRead& read) {
    ++readings;
    const auto wh = read.register_units.units;
    auto& before = newest[read.circuit];
    if (!held.contains(wh) || wh < before)
      wrong.push_back("circuit " + std::to_string(read.circuit.value) + ": " + std::to_string(wh) + " after " +
                      std::to_string(before));
    before = wh;
  }
  void turn() {
    wall = wall + a_turn;
    held.insert(*held.rbegin() + heavy_load.watts * a_turn.micros / hours(1).micros);
  }
  void stop() {
    line->stop();
    server.stop();
    gateway.stop();
    meters.stop();
  }
};

}  // namespace

TEST_CASE("of registers that are torn while they are read, only what the meter has held is taken") {
  for (const auto way : {Carried::serial, Carried::server, Carried::gateway}) {
    boost::asio::io_context loop(1);
    TearingBus bus(loop, way);
    loop.run_for(std::chrono::milliseconds(300));
    for (std::int64_t n = 0; n < turns; ++n) {
      bus.turn();
      loop.run_for(std::chrono::milliseconds(40));
    }
    const auto last = *bus.held.rbegin();
    const auto is_read = [&] {
      return std::all_of(bus.newest.begin(), bus.newest.end(), [&](const auto& item) { return item.second == last; });
    };
    for (int n = 0; n < 100 && !is_read(); ++n) loop.run_for(std::chrono::milliseconds(50));
    INFO("way " << static_cast<int>(way));
    CHECK(bus.wrong == std::vector<std::string>{});
    CHECK(bus.newest.size() == 5);
    CHECK(is_read());
    CHECK(bus.readings > static_cast<std::size_t>(turns));
    CHECK(bus.torn > 10);
    bus.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(100));
  }
}

}  // namespace wattle
