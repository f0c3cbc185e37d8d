#include "simulator/building/building.hpp"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "shared/profiles/profile_file.hpp"

using namespace wattle;
using namespace wattle::sim;

namespace {

struct Folder {
  std::string path = std::filesystem::temp_directory_path() / ("wattle-building." + std::to_string(getpid()));
  Folder() { std::filesystem::create_directory(path); }
  ~Folder() { std::filesystem::remove_all(path); }
};

Scenario two_buses() {
  Scenario scenario;
  scenario.name = "T";
  const auto load = std::make_shared<LoadCurve>(Power{0});
  for (const std::uint32_t n : {1U, 2U}) {
    ScenarioBus bus;
    bus.name = "t" + std::to_string(n);
    for (std::uint8_t address = 1; address <= 2; ++address)
      bus.meters.push_back({100 * n + address,
                            address,
                            1000 * n + address,
                            shipped_profile("generic-relay-meter"),
                            77,
                            false,
                            {{1000 * n + 10U * address, "all", load}}});
    scenario.buses.push_back(std::move(bus));
  }
  return scenario;
}

}  // namespace

TEST_CASE("a building has a device a bus, and remembers its meters") {
  const Folder folder;
  boost::asio::io_context loop(1);
  std::string wrong;
  {
    const auto building = Building::open(loop, two_buses(), folder.path, wrong);
    REQUIRE(building != nullptr);
    CHECK(std::filesystem::is_symlink(folder.path + "/t1"));
    CHECK(std::filesystem::is_symlink(folder.path + "/t2"));
    CHECK(building->command("t2 relay 2 open") == "ok\n");
    CHECK(building->remember_all().has_value());
  }
  const auto again = Building::open(loop, two_buses(), folder.path, wrong);
  REQUIRE(again != nullptr);
  const auto status = again->command("status");
  CHECK(status.find("bus=t1 meter address=1 number=1001 circuit=1 energy_wh=77 power_w=0 relay=closed") != std::string::npos);
  CHECK(status.find("bus=t2 meter address=2 number=2002 circuit=1 energy_wh=77 power_w=0 relay=open") != std::string::npos);
  CHECK(status.ends_with("ok\n"));
  CHECK(again->command("t3 noise 3").starts_with("error: "));
  CHECK(again->command("t1 dead 9 on").starts_with("error: "));
}

TEST_CASE("a main meter lets through what its rooms draw, and what is lost on the way") {
  const Folder folder;
  boost::asio::io_context loop(1);
  std::string wrong;
  auto scenario = two_buses();
  ScenarioBus cellar;
  cellar.name = "t0";
  ScenarioMeter main{0, 1, 9001, shipped_profile("eastron-sdm630"), 5000, false, {{9001, "main", nullptr}}};
  main.main = ScenarioMain{0, 101, 201, 25};  // the room 202 is behind another one
  cellar.meters.push_back(main);
  scenario.buses.insert(scenario.buses.begin(), cellar);
  const auto building = Building::open(loop, scenario, folder.path, wrong);
  REQUIRE(building != nullptr);
  for (const auto* load : {"t1 load 1 1000", "t1 load 2 200", "t2 load 1 800", "t2 load 2 7000"})
    CHECK(building->command(load) == "ok\n");
  const auto shows = [&](const std::string& text) { return building->command("status").find(text) != std::string::npos; };
  CHECK(shows("bus=t0 meter address=1 number=9001 circuit=1 energy_wh=5000 power_w=2050 "));
  CHECK(building->command("t1 relay 1 open") == "ok\n");
  CHECK(shows("number=9001 circuit=1 energy_wh=5000 power_w=1025 "));
  CHECK(list_meters(scenario).find(R"("main":{"floor":0})") != std::string::npos);
}

TEST_CASE("a folder that remembers a meter as another model is not played over") {
  const Folder folder;
  boost::asio::io_context loop(1);
  std::string wrong;
  {
    const auto building = Building::open(loop, two_buses(), folder.path, wrong);
    REQUIRE(building != nullptr);
    REQUIRE(building->remember_all().has_value());
  }
  auto other = two_buses();
  auto& meter = other.buses[0].meters[1];
  meter.profile = shipped_profile("generic-three-circuits");
  meter.circuits = {meter.circuits[0], meter.circuits[0], meter.circuits[0]};
  CHECK(Building::open(loop, other, folder.path, wrong) == nullptr);
  CHECK(wrong.find("keeps another model as meter 1002") != std::string::npos);
}

TEST_CASE("a gateway of Modbus-TCP stands in front of the bus that has one") {
  const Folder folder;
  boost::asio::io_context loop(1);
  std::string wrong;
  auto scenario = two_buses();
  scenario.buses[1].gateway = true;
  const auto building = Building::open(loop, scenario, folder.path, wrong);
  REQUIRE(building != nullptr);
  CHECK(building->open_gateways(loop, 0).empty());
  building->start();
  building->stop();
  const auto list = list_meters(scenario);
  CHECK(list.find("\"bus\":\"t2\"") < list.find("\"gateway\":true"));
  CHECK(std::count(list.begin(), list.end(), '\n') == 4);
}

TEST_CASE("the status tells whether a collector has dialled in and when it last said so, and who asks a gateway") {
  const Folder folder;
  boost::asio::io_context loop(1);
  using boost::asio::ip::tcp;
  tcp::acceptor box(loop, {boost::asio::ip::address_v4::loopback(), 0});
  std::string wrong;
  auto scenario = two_buses();
  scenario.buses[0].collector = CollectorTwin{{}, *said_bytes("DTU-1"), *said_bytes("alive"), milliseconds(5)};
  scenario.buses[1].gateway = true;
  const auto building = Building::open(loop, scenario, folder.path, wrong);
  REQUIRE(building != nullptr);
  CHECK(building->open_gateways(loop, 0).empty());
  building->start();
  CHECK(building->dial(loop, {"127.0.0.1", box.local_endpoint().port()}).empty());
  const auto shows = [&](const std::string& text) { return building->command("status").find(text) != std::string::npos; };
  CHECK(shows("bus=t1 collector=DTU-1 dialled=off\n"));
  tcp::socket peer(loop);
  box.async_accept(peer, [](const Error& error) { CHECK_FALSE(error); });
  const auto comes = [&](const std::string& text) {
    for (int n = 0; n < 500 && !shows(text); ++n) loop.run_for(std::chrono::milliseconds(10));
    return shows(text);
  };
  CHECK(comes("bus=t1 collector=DTU-1 dialled=on beat_s=0\n"));
  CHECK(shows(" masters=0\n"));
  const auto status = building->command("status");
  const auto port = std::stoi(status.substr(status.find("gateway=") + 8));
  tcp::socket master(loop);
  master.connect({boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
  CHECK(comes(" masters=1\n"));
  box.close();  // nobody is there for it any more
  peer.close();
  CHECK(comes("bus=t1 collector=DTU-1 dialled=off\n"));
  building->stop();
  loop.run_for(std::chrono::milliseconds(100));
}

TEST_CASE("the list has a line a meter") {
  const auto list = list_meters(two_buses());
  CHECK(std::count(list.begin(), list.end(), '\n') == 4);
  CHECK(list.starts_with(R"({"building":"T","bus":"t1","protocol":"modbus-rtu","baud":9600,"room":101,)"));
}
