// Virtual meters of CJ/T 188 and M-Bus over a real pseudo-terminal, read and commanded as a box does.

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <chrono>

#include "simulator/devices/meter_bus.hpp"

using namespace wattle;
using namespace wattle::sim;
namespace asio = boost::asio;

namespace {

MeterProfile water_meter() {
  return {.model = "water",
          .line = {},
          .timings = {},
          .rollover = cjt188::usual_rollover,
          .protocol = cjt188::Model{.valve = cjt188::ModelValve{}}};
}
MeterProfile mbus_meter(mbus::Model model) {
  return {.model = "mbus", .line = {}, .timings = {}, .rollover = {100'000'000}, .protocol = model};
}

/// Two meters of a model at 1001 and 1002, or at 1 and 2.
class WaterLine {
 public:
  explicit WaterLine(MeterProfile is)
      : profile(std::move(is)),
        bus(loop, Pty::open("").value(), meters(),
            {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {
    bus.start();
    fd_ = ::open(bus.device().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK);
    REQUIRE(fd_ >= 0);
  }
  ~WaterLine() {
    ::close(fd_);
    bus.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(10));
  }

  MeterPlace place(std::uint64_t n) const {
    const MeterId number{1000 + n};
    return {is_asked_by_number(profile) ? number.value : n, number, {}};
  }
  Received ask(const Exchange& exchange) {
    const auto bytes = request_bytes(exchange);
    REQUIRE(::write(fd_, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
    Bytes heard;
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(60);
    while (std::chrono::steady_clock::now() < until) {
      loop.restart();
      loop.run_for(std::chrono::milliseconds(2));
      Bytes some(512);
      const auto size = ::read(fd_, some.data(), some.size());
      if (size > 0) heard.insert(heard.end(), some.begin(), some.begin() + size);
      auto received = receive(exchange, heard, Wire::open);
      if (!std::holds_alternative<NeedMore>(received)) return received;
    }
    return receive(exchange, heard, Wire::quiet);
  }
  Result<Reading> read(std::uint64_t n) {
    std::vector<MeterAnswer> answers;
    for (const auto& exchange : reading_exchanges(profile, place(n), Depth::full)) {
      const auto received = ask(exchange);
      if (const auto* bad = std::get_if<Bad>(&received)) return bad->error;
      answers.push_back(std::get<MeterAnswer>(received));
    }
    return decode_reading(profile, place(n), Depth::full, answers);
  }

  MeterProfile profile;
  asio::io_context loop{1};
  Instant wall{1'750'000'000'000'000};
  MeterBus bus;

 private:
  std::vector<VirtualMeter> meters() const {
    std::vector<VirtualMeter> all;
    for (std::uint64_t n = 1; n <= 2; ++n) {
      VirtualMeterSettings settings;
      settings.profile = std::make_shared<const MeterProfile>(profile);
      settings.address = place(n).address;
      settings.number = place(n).number;
      settings.circuits = {{std::make_shared<LoadCurve>(Power{600}), 100, 0}};  // litres an hour
      all.emplace_back(settings, MeterMemory{}, wall);
    }
    return all;
  }
  int fd_ = -1;
};

Reading litres(std::uint64_t number, std::int64_t count, std::optional<bool> open) {
  return {MeterId{number}, {}, {}, {{{count}, {}, {}, {}, open}}};
}

}  // namespace

TEST_CASE("a water meter on a pseudo-terminal: litres, and a valve that takes ten seconds") {
  WaterLine line(water_meter());
  line.wall = line.wall + hours(1);
  CHECK(line.read(1).value() == litres(1001, 600, true));
  REQUIRE(std::holds_alternative<MeterAnswer>(line.ask(relay_exchange(line.profile, line.place(1), 0, false))));
  line.wall = line.wall + seconds(9);
  CHECK(line.read(1).value().circuits[0].relay_closed == true);
  line.wall = line.wall + hours(1);
  CHECK(line.read(1).value() == litres(1001, 600, false));  // 601.6, of which the register shows whole tens
  CHECK(line.read(2).value() == litres(1002, 1200, true));
  REQUIRE(std::holds_alternative<MeterAnswer>(line.ask(relay_exchange(line.profile, line.place(1), 0, true))));
  line.wall = line.wall + minutes(1);
  CHECK(line.read(1).value().circuits[0].relay_closed == true);
}

TEST_CASE("a water meter on a pseudo-terminal: the hand at the valve, a dead one, and one that is replaced") {
  WaterLine line(water_meter());
  CHECK(line.bus.command("relay 1001 open") == "ok\n");
  CHECK(line.read(1).value().circuits[0].relay_closed == false);
  CHECK(line.bus.command("dead 1001 on") == "ok\n");
  CHECK(line.read(1).error() == MeterErrc::silence);
  CHECK(line.bus.command("misaddress 1002 on") == "ok\n");
  CHECK(line.read(2).error() == MeterErrc::wrong_address);
  CHECK(line.bus.command("misaddress 1002 off") == "ok\n");
  CHECK(line.bus.command("replace 1002 77777777777") == "error: a meter of this model has no such number\n");
  CHECK(line.bus.command("replace 1002 7777") == "ok\n");
  CHECK(line.read(2).error() == MeterErrc::silence);
}

TEST_CASE("a water meter on a pseudo-terminal: a valve that is stuck stays where it is, and shows it") {
  WaterLine line(water_meter());
  CHECK(line.bus.command("weld 1001 on") == "ok\n");
  auto stuck = litres(1001, 0, {});
  stuck.status.valve_fault = true;
  CHECK(line.read(1).value() == stuck);
  REQUIRE(std::holds_alternative<MeterAnswer>(line.ask(relay_exchange(line.profile, line.place(1), 0, false))));
  line.wall = line.wall + hours(1);
  stuck.circuits[0].energy = {600};
  CHECK(line.read(1).value() == stuck);  // it lets through
  CHECK(line.bus.command("weld 1001 off") == "ok\n");
  line.wall = line.wall + minutes(1);
  CHECK(line.read(1).value().circuits[0].relay_closed == false);
  CHECK(line.bus.command("weld 1001 on") == "ok\n");
  REQUIRE(std::holds_alternative<MeterAnswer>(line.ask(relay_exchange(line.profile, line.place(1), 0, true))));
  line.wall = line.wall + hours(1);
  CHECK(line.read(1).value().circuits[0].energy < Quantity{620});  // shut, and it stays shut
}

TEST_CASE("meters of M-Bus on a pseudo-terminal, at their addresses and by their numbers") {
  for (const bool by_number : {false, true}) {
    WaterLine line(mbus_meter({Unit::cubic_metre, by_number}));
    line.wall = line.wall + hours(2);
    CHECK(line.read(1).value() == litres(1001, 1200, {}));
    CHECK(line.read(2).value() == litres(1002, 1200, {}));
    line.wall = line.wall + hours(1);
    CHECK(line.read(1).value() == litres(1001, 1800, {}));
  }
}

TEST_CASE("a meter of energy on M-Bus shows its power, voltage, current and frequency") {
  WaterLine line(mbus_meter({Unit::watt_hour, true}));
  line.wall = line.wall + hours(1);
  const auto reading = line.read(2).value();
  CHECK(reading.meter == MeterId{1002});
  CHECK(reading.voltage_mv == 219'100);  // which droops with the load
  CHECK(reading.frequency_mhz == 50'000);
  const auto& circuit = reading.circuits.at(0);
  CHECK(circuit.energy == Quantity{600});
  CHECK(circuit.power == Power{600});
  CHECK(circuit.current_ma == 2'738);
}
