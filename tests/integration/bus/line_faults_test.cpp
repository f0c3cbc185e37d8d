// The bus master tells what is wrong with its line, on a pseudo-terminal: two meters at one address, one that is slower, a
// second master, a dead meter, one at a wrong address, noise.

#include <unistd.h>

#include <catch2/catch.hpp>

#include "edge/meter_line.hpp"
#include "simulator/devices/meter_bus.hpp"

namespace wattle::line_faults_test {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t address = 4;
constexpr auto at_most = std::chrono::seconds(20);  // on a busy machine

/// Two meters set to one address, or one meter; and the box's line.
struct House {
  asio::io_context loop{1};
  Instant wall{1'750'000'000'000'000};
  std::shared_ptr<const MeterProfile> profile;
  sim::MeterBus meters;
  std::unique_ptr<edge::MeterLine> line;
  std::uint64_t readings = 0;

  House(MeterProfile of, std::size_t count)
      : profile(quick(std::move(of))),
        meters(loop, sim::Pty::open("").value(), all(count),
               {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {
    meters.start();
    edge::BusConfig config;
    config.name = "1";
    config.device = meters.device();
    config.line = {115'200, Parity::even, 1};
    config.meters = {{{address, MeterId{address}, {}}, profile, {{{101}, {1010}}}}};
    line = std::make_unique<edge::MeterLine>(loop, config, milliseconds(20),
                                             edge::MeterLineHandlers{[this](const edge::MeterRead&) { ++readings; }, [] {},
                                                                     [](const edge::Noticed&) {}, [](RoomId) { return true; }});
    line->start();
  }
  ~House() {
    line->stop();
    meters.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(300));
  }
  static std::shared_ptr<const MeterProfile> quick(MeterProfile of) {
    of.timings = {.answers_within = milliseconds(60), .gap = {}, .relay_settles = milliseconds(5)};
    return std::make_shared<const MeterProfile>(std::move(of));
  }
  std::vector<sim::VirtualMeter> all(std::size_t count) const {
    std::vector<sim::VirtualMeter> out;
    for (std::size_t n = 0; n < count; ++n) {
      sim::VirtualMeterSettings settings;
      settings.profile = profile;
      settings.address = address;
      settings.number = MeterId{address};
      settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{0}), 100, 0}};
      const auto wh = n == 0 ? 5'550 : 1'270;
      out.emplace_back(std::move(settings), sim::MeterMemory{{wh * sim::microjoules_per_wh, true}}, wall);
    }
    return out;
  }
  std::uint64_t count(LineFault fault) const { return line->watch().count(fault); }
  bool comes(LineFault fault, std::uint64_t times = 3) {
    const auto give_up = std::chrono::steady_clock::now() + at_most;
    while (count(fault) < times && std::chrono::steady_clock::now() < give_up) loop.run_for(std::chrono::milliseconds(20));
    return count(fault) >= times;
  }
  /// Nothing but that has been wrong, so far.
  bool is_alone(std::initializer_list<LineFault> faults) const {
    return std::all_of(std::begin(all_line_faults), std::end(all_line_faults), [&](LineFault fault) {
      return count(fault) == 0 || std::find(faults.begin(), faults.end(), fault) != faults.end();
    });
  }
  bool is_read(std::uint64_t times = 3) {
    const auto give_up = std::chrono::steady_clock::now() + at_most;
    while (readings < times && std::chrono::steady_clock::now() < give_up) loop.run_for(std::chrono::milliseconds(20));
    return readings >= times;
  }
  void slow_first(int ms) { CHECK(meters.command("slow 4 " + std::to_string(ms)) == "ok\n"); }
};

MeterProfile profile_of(const std::string& protocol) {
  if (protocol == "modbus") return generic_relay_meter();
  if (protocol == "dlt645-2007") return generic_dlt645_meter(dlt645::Edition::v2007);
  if (protocol == "dlt645-1997") return generic_dlt645_meter(dlt645::Edition::v1997);
  MeterProfile profile{.model = protocol, .line = {}, .timings = {}, .rollover = {100'000'000}, .protocol = mbus::Model{}};
  if (protocol == "cjt188") profile.protocol = cjt188::Model{};
  if (protocol == "cjt188") profile.rollover = cjt188::usual_rollover;
  return profile;
}

Bytes foreign_request(const MeterProfile& profile) {
  return request_bytes(reading_exchanges(profile, {address + 1, MeterId{address + 1}, {}}, Depth::control).back());
}

const std::string protocols[] = {"modbus", "dlt645-2007", "dlt645-1997", "cjt188", "mbus"};

}  // namespace

TEST_CASE("a line where all is well has no fault", "[line]") {
  for (const auto& protocol : protocols) {
    INFO(protocol);
    const auto is_well = [&] {
      House house(profile_of(protocol), 1);
      return house.is_read() && house.is_alone({});
    };
    CHECK((is_well() || is_well() || is_well()));  // a busy machine answers late once; a fault of ours comes each time
  }
}

TEST_CASE("two meters at one address that speak in one breath are a collision", "[line]") {
  for (const auto& protocol : protocols) {
    INFO(protocol);
    House house(profile_of(protocol), 2);
    CHECK(house.comes(LineFault::collision));
    CHECK(house.is_alone({LineFault::collision, LineFault::checksum}));
  }
}

TEST_CASE("two meters at one address of which one is slower are a collision", "[line]") {
  for (const auto& protocol : protocols) {
    INFO(protocol);
    House house(profile_of(protocol), 2);
    house.slow_first(1);  // ten characters or so
    CHECK(house.comes(LineFault::collision));
    CHECK(house.count(LineFault::foreign_master) == 0);
  }
}

TEST_CASE("a second master on the line is heard, and the meter is read all the same", "[line]") {
  for (const auto& protocol : protocols) {
    INFO(protocol);
    House house(profile_of(protocol), 1);
    const auto foreign = foreign_request(*house.profile);
    for (int i = 0; i < 50 && house.count(LineFault::foreign_master) < 3; ++i) {
      CHECK_FALSE(house.meters.say(foreign));
      house.loop.run_for(std::chrono::milliseconds(40));
    }
    CHECK(house.comes(LineFault::foreign_master));
    CHECK(house.count(LineFault::collision) == 0);
    CHECK(house.count(LineFault::wrong_address) == 0);
    CHECK(house.is_read());
  }
}

TEST_CASE("a dead meter is silence, one at its neighbour's address a wrong address, a bad wire a checksum", "[line]") {
  for (const auto& protocol : protocols) {
    INFO(protocol);
    House house(profile_of(protocol), 1);
    CHECK(house.meters.command("dead 4 on") == "ok\n");
    CHECK(house.comes(LineFault::silent));
    CHECK(house.is_alone({LineFault::silent}));
    CHECK(house.meters.command("dead 4 off") == "ok\n");
    CHECK(house.meters.command("misaddress 4 on") == "ok\n");
    CHECK(house.comes(LineFault::wrong_address));
    CHECK(house.meters.command("misaddress 4 off") == "ok\n");
    CHECK(house.meters.command("noise 1000") == "ok\n");
    CHECK(house.comes(LineFault::checksum, 1));
    CHECK(house.count(LineFault::foreign_master) == 0);
  }
}

}  // namespace wattle::line_faults_test
