#include "simulator/devices/meter_bus.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/memory_file.hpp"

using namespace wattle;
using namespace wattle::sim;
namespace asio = boost::asio;

namespace {

std::string path_of(const std::string& name) {
  return (std::filesystem::temp_directory_path() / ("wattle-" + name + "-" + std::to_string(getpid()))).string();
}

struct TwoMeters {
  asio::io_context loop{1};
  Instant wall{1'750'000'000'000'000};
  MeterBus bus{
      loop, Pty::open("").value(), meters(), {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}};

  std::vector<VirtualMeter> meters() const {
    std::vector<VirtualMeter> all;
    for (std::uint8_t unit = 1; unit <= 2; ++unit) {
      VirtualMeterSettings settings;
      settings.profile = std::make_shared<const MeterProfile>(generic_relay_meter());
      settings.address = unit;
      settings.number = MeterId{1000u + unit};
      settings.circuits = {{std::make_shared<LoadCurve>(Power{100}), 100, 0}};
      all.emplace_back(settings, MeterMemory{}, wall);
    }
    return all;
  }
};

}  // namespace

TEST_CASE("a foreign master's question gets the exception that it should") {
  TwoMeters two;
  two.bus.start();
  const int fd = ::open(two.bus.device().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  REQUIRE(fd >= 0);
  const auto ask = [&](std::string_view pdu) {
    const auto bytes = modbus_rtu::frame(1, from_hex(pdu));
    REQUIRE(::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    two.loop.restart();
    two.loop.run_for(std::chrono::milliseconds(120));
    Bytes heard(256);
    const auto size = ::read(fd, heard.data(), heard.size());
    heard.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return heard;
  };
  CHECK(ask("07") == modbus_rtu::frame(1, from_hex("8701")));
  CHECK(ask("080000a537") == modbus_rtu::frame(1, from_hex("8801")));
  CHECK(ask("11") == modbus_rtu::frame(1, from_hex("9101")));
  CHECK(ask("2b0e0100") == modbus_rtu::frame(1, from_hex("ab01")));
  CHECK(ask("0200000001") == modbus_rtu::frame(1, from_hex("8202")));
  CHECK(ask("1000010001040001") == modbus_rtu::frame(1, from_hex("9003")));
  CHECK(ask("03000000") == modbus_rtu::frame(1, from_hex("8303")));
  const auto good = ask("0300000001");
  CHECK(good.size() == 7);
  two.bus.stop();
  ::close(fd);
}

TEST_CASE("control lines do what they say") {
  TwoMeters two;
  CHECK(two.bus.command("load 1 2500") == "ok\n");
  CHECK(two.bus.command("relay 2 open\r") == "ok\n");
  CHECK(two.bus.command("dead 2 on") == "ok\n");
  CHECK(two.bus.command("status") ==
        "meter address=1 number=1001 circuit=1 energy_wh=0 power_w=2500 relay=closed dead=off\n"
        "meter address=2 number=1002 circuit=1 energy_wh=0 power_w=0 relay=open dead=on\nok\n");
  CHECK(two.bus.command("load 1 curve") == "ok\n");
  CHECK(two.bus.command("relay 2 closed") == "ok\n");
  CHECK(two.bus.command("dead 2 off") == "ok\n");
  two.wall = two.wall + hours(1);
  CHECK(two.bus.command("status") ==
        "meter address=1 number=1001 circuit=1 energy_wh=100 power_w=100 relay=closed dead=off\n"
        "meter address=2 number=1002 circuit=1 energy_wh=100 power_w=100 relay=closed dead=off\nok\n");
}

TEST_CASE("a meter is welded, wound forward and replaced from outside") {
  TwoMeters two;
  CHECK(two.bus.command("weld 1001 on") == "ok\n");  // by its number
  CHECK(two.bus.command("relay 1 open") == "ok\n");
  CHECK(two.bus.command("energy 2.1 999999999") == "ok\n");
  two.wall = two.wall + hours(1);
  CHECK(two.bus.command("status") ==
        "meter address=1 number=1001 circuit=1 energy_wh=100 power_w=100 relay=open dead=off\n"
        "meter address=2 number=1002 circuit=1 energy_wh=99 power_w=100 relay=closed dead=off\nok\n");
  CHECK(two.bus.command("replace 2 5") == "ok\n");
  CHECK(two.bus.command("status").find("meter address=2 number=5 circuit=1 energy_wh=0 power_w=100 relay=closed") !=
        std::string::npos);
}

namespace {

struct OneMeter {
  asio::io_context loop{1};
  Instant wall{1'750'000'000'000'000};
  std::shared_ptr<const MeterProfile> profile;
  MeterBus bus;

  explicit OneMeter(const char* model)
      : profile(shipped_profile(model)),
        bus(loop, Pty::open("").value(), meters(),
            {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {}

  std::vector<VirtualMeter> meters() const {
    VirtualMeterSettings settings;
    settings.profile = profile;
    settings.address = is_asked_by_number(*profile) ? 4711 : 1;
    settings.number = MeterId{4711};
    settings.circuits = {{std::make_shared<LoadCurve>(Power{1000}), 100, 0}};
    std::vector<VirtualMeter> all;
    all.emplace_back(settings, MeterMemory{}, wall);
    return all;
  }
};

}  // namespace

TEST_CASE("somebody's card at a virtual meter: what it shows, and what is bought") {
  for (const auto* model : {"generic-prepaid-meter", "generic-dlt645-2007-prepaid"}) {
    INFO(model);
    OneMeter one(model);
    auto& meter = one.bus.meters().front();
    CHECK(one.bus.command("purse 4711") ==
          "meter number=4711 purse=purchase remaining=0.00 bought=0.00 purchases=0 price=0.0000\nok\n");
    meter.purse(0).price = 500'000;
    CHECK(one.bus.command("buy 4711 12.5") == "ok\n");
    CHECK(meter.purse(0).total == 12'500'000);
    one.wall = one.wall + hours(26);  // 26 kWh are 13 yuan
    CHECK(one.bus.command("purse 4711").find(" remaining=0.00 ") != std::string::npos);
    CHECK(one.bus.command("purse 4711").find(" cut=on") != std::string::npos);
    CHECK(one.bus.command("status").find(" relay=open ") != std::string::npos);
    CHECK(one.bus.command("buy 4711 100") == "ok\n");
    CHECK(one.bus.command("status").find(" relay=closed ") != std::string::npos);
    CHECK(one.bus.command("status").find(" purse=purchase remaining=") != std::string::npos);
    const auto before = one.bus.command("purse 4711");
    CHECK(before.find(" bought=112.50 purchases=2 price=0.5000") != std::string::npos);
    for (const auto* line : {"buy 4711 0", "buy 4711 -5", "buy 4711 1.234", "buy 4711 1.", "buy 4711 .5", "buy 4711 1000000",
                             "buy 4711 ten", "buy 4711", "buy 4711.2 5", "buy 9 5", "purse", "purse 9"}) {
      INFO(line);
      CHECK(one.bus.command(line).find("error: ") == 0);
      CHECK(one.bus.command("purse 4711") == before);
    }
  }
}

TEST_CASE("a display takes nothing by card, and shows what it was told beside parameters and clock") {
  for (const auto* model : {"generic-display-meter", "generic-dlt645-2007-display"}) {
    INFO(model);
    OneMeter one(model);
    auto& meter = one.bus.meters().front();
    CHECK(one.bus.command("buy 4711 5") == "error: nothing is bought into a display\n");
    meter.purse(0).set_remaining(-1'230'000);
    meter.purse(0).total = 50'000'000;
    meter.set_clock_error(seconds(42));
    const auto status = one.bus.command("status");
    CHECK(status.find(" purse=display remaining=-1.23 bought=50.00") != std::string::npos);
    CHECK(status.find(" alarm_money_first=0.00") != std::string::npos);
    CHECK((status.find(" clock_error_s=42") != std::string::npos) == (std::string(model) == "generic-dlt645-2007-display"));
    one.wall = one.wall + hours(1);
    CHECK(meter.read(one.wall).circuits[0].relay_closed == true);  // a debt on a display cuts nothing
  }
  OneMeter water("generic-cjt188-cold-water");
  CHECK(water.bus.command("status").find(" clock_error_s=0\n") != std::string::npos);
  CHECK(water.bus.command("purse 4711") == "error: this circuit has no purse\n");
  OneMeter told("generic-dlt645-2007");
  CHECK(told.bus.command("status").find(" power_limit_w=0 trip_delay_s=0 ") != std::string::npos);
  CHECK(told.bus.command("status").find(" keep_power=0 ") != std::string::npos);
}

TEST_CASE("control lines that make no sense are refused and change nothing") {
  TwoMeters two;
  const auto before = two.bus.command("status");
  for (const auto* line : {"",
                           "x",
                           "load",
                           "load 1",
                           "load 3 100",
                           "load 1 -5",
                           "load 1 30001",
                           "load 1 1e3",
                           "load one 5",
                           "load 256 5",
                           "relay 1 on",
                           "dead 1 maybe",
                           "load 1.2 5",
                           "load 1.0 5",
                           "weld 1 x",
                           "slow 1 60001",
                           "energy 1 -1",
                           "energy 1 1000000000",
                           "replace 1 0",
                           "misaddress 1 2",
                           "explode 1 on",
                           "noise",
                           "noise 1001",
                           "noise -1",
                           "load 1 5 6",
                           "status now"}) {
    INFO(line);
    CHECK(two.bus.command(line).starts_with("error: "));
  }
  CHECK(two.bus.command("status") == before);
}

TEST_CASE("a link to the device is replaced in one step and removed with it") {
  const auto link = path_of("link");
  {
    const auto first = Pty::open(link);
    REQUIRE(first.has_value());
    const auto second = Pty::open(link);
    REQUIRE(second.has_value());
    CHECK(std::filesystem::read_symlink(link) == second->device());
  }
  CHECK_FALSE(std::filesystem::is_symlink(link));
  CHECK(Pty::open("/nonexistent/folder/link").has_error());
}

TEST_CASE("registers outlive the process that counted them") {
  const auto path = path_of("memory");
  const MeterMemory three{{1, true}, {2, false}, {3, true}};
  {
    auto file = MemoryFile::open(path);
    REQUIRE(file.has_value());
    CHECK(file->find(MeterId{1}).empty());
    REQUIRE(file->store(MeterId{999'999'999'999}, {{INT64_MAX, false}}).has_value());
    REQUIRE(file->store(MeterId{1}, three).has_value());
    REQUIRE(file->store(MeterId{999'999'999'999}, {{5, false}}).has_value());
    CHECK(file->store(MeterId{1}, {{1, true}}).has_error());  // another model
  }
  auto file = MemoryFile::open(path);
  REQUIRE(file.has_value());
  CHECK(file->find(MeterId{999'999'999'999}) == MeterMemory{{5, false}});
  CHECK(file->find(MeterId{1}) == three);
  REQUIRE(file->store(MeterId{2}, {{7, true}}).has_value());
  CHECK(MemoryFile::open(path)->find(MeterId{2}) == MeterMemory{{7, true}});
  std::ofstream(path) << "not a memory file, but long enough to be read as one";
  CHECK(MemoryFile::open(path).has_error());
  std::filesystem::remove(path);
}

TEST_CASE("what a master saw was remembered before") {
  TwoMeters two;
  std::vector<std::int64_t> remembered;
  MeterBus bus(two.loop, Pty::open("").value(), two.meters(),
               {.timing = {},
                .seed = 1,
                .wall_clock = [&] { return two.wall; },
                .remember = [&](const VirtualMeter& m) -> Result<void> {
                  remembered.push_back(m.memory()[0].microjoules / microjoules_per_wh);
                  if (remembered.size() > 1) return Error(ENOSPC, boost::system::generic_category());
                  return {};
                }});
  bus.start();
  const int fd = ::open(bus.device().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
  REQUIRE(fd >= 0);
  const auto request = modbus_rtu::encode_request(1, modbus::read(modbus::Function::read_holding, 0, 2));
  const auto ask = [&] {
    two.wall = two.wall + hours(1);
    REQUIRE(::write(fd, request.data(), request.size()) == static_cast<ssize_t>(request.size()));
    two.loop.restart();
    two.loop.run_for(std::chrono::milliseconds(50));
    Bytes heard(64);
    const auto size = ::read(fd, heard.data(), heard.size());
    heard.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return heard;
  };
  CHECK(ask().size() == 9);
  CHECK(remembered == std::vector<std::int64_t>{100});
  CHECK(bus.remember_all().error() == Error(ENOSPC, boost::system::generic_category()));
  CHECK(ask().empty());  // the memory failed: nothing is shown that could be forgotten
  ::close(fd);
  bus.stop();
  two.loop.restart();
  two.loop.run_for(std::chrono::milliseconds(10));
}
