// What a meter keeps while its box is off: a meter of DL/T 645 on a pseudo-terminal, the real wattle-edge, a real mosquitto,
// and the cloud's core. The box is killed, hours pass, the meter freezes its register and opens its relay, the box comes back.

#include <catch2/catch.hpp>
#include <filesystem>

#include "cloud/gateway/report.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "tests/integration/edge/box_process.hpp"
#include "tests/integration/edge/test_cloud.hpp"

namespace wattle::test {
namespace {

constexpr Instant kept_morning{1'772'412'600'000'000};  // 2026-03-02 08:50 at the site
constexpr std::uint64_t keeper_number = 70'001'010;
constexpr RoomId keeper_room{101};
constexpr CircuitId keeper_circuit{1010};
constexpr const char* keeper_profile = R"(model = "keeper"
protocol = "dlt645-2007"
[[circuit]]
energy = "0001 0000"
power = "0203 0000"
[circuit.relay]
[clock]
[history]
hourly_freeze = { time = "0504 0001", energy = "0504 0101", keeps = 200 }
daily_freeze = { time = "0506 0001", energy = "0506 0101", keeps = 62 }
tripped = { record = "1D00 0101" }
overloaded = { record = "0301 0001" }
cover_opened = { record = "0330 0D01", size = 60 }
)";

class KeeperHouse {
 public:
  KeeperHouse() : cloud_(loop_, broker_, metrics_, [this] { return clock_.now(); }) {
    std::filesystem::create_directory(folder_.path("profiles"));
    write("profiles/keeper.toml", keeper_profile);
    write("meters.password", "02123456\n");
    write("claim-code", cloud_.claim_code() + "\n");
    write("edge.toml", "data = \"data\"\nprofiles = \"profiles\"\n[cloud]\nurl = \"" + cloud_.url() +
                           "\"\nclaim_code_file = \"claim-code\"\n[poll]\nevery = \"300ms\"\n"
                           "[[bus]]\nname = \"bus\"\ndevice = \"bus\"\n[[meter]]\nbus = \"bus\"\ncircuit = 1010\nroom = 101\n"
                           "address = 70001010\nmeter_number = 70001010\nprofile = \"keeper\"\n"
                           "password_file = \"meters.password\"\n");
    bus_.start();
  }
  ~KeeperHouse() { bus_.stop(); }

  template <class Condition>
  bool until(int seconds_most, Condition condition) {
    const auto give_up = monotonic_clock() + seconds(seconds_most);
    while (!condition()) {
      if (monotonic_clock() >= give_up) {
        const auto log = box_.log();
        WARN(log.substr(log.size() - std::min<std::size_t>(log.size(), 4000)));
        return false;
      }
      loop_.restart();
      loop_.run_for(std::chrono::milliseconds(20));
    }
    return true;
  }
  void live(Duration time) {
    loop_.restart();
    loop_.run_for(to_chrono(time));
  }
  void fit() {
    cloud_.order(cloud::PriceOrder{{1, 1, kept_morning - days(30), TierPeriod::none, {Band{{Tier{0, 500'000}}}}}});
    cloud_.order(cloud::Fitting{keeper_room, 1, {7}, {{keeper_circuit, {keeper_number}, Utility::electricity, {0}, {}, 0}}});
    cloud_.order(cloud::Payment{"p-1", Provider::cash_desk, keeper_room, 1, yuan(1000), std::nullopt});
  }
  /// While the box is off: the wall clock is set from outside when it starts.
  void pass(Duration time) { clock_.start = clock_.start + time; }
  std::string status() { return bus_.command("status"); }
  /// The box has just begun when it has no log yet.
  bool logged(const std::string& text) const {
    return std::filesystem::exists(folder_.path("edge.log")) && box_.log().find(text) != std::string::npos;
  }
  /// As they came, by time.
  std::map<Instant, Quantity> filled() const {
    std::map<Instant, Quantity> out;
    for (const auto& [id, chunk] : cloud_.chunks())
      for (const auto& reading : chunk.readings)
        if (reading.from_history) {
          CHECK(chunk.circuit == keeper_circuit);
          CHECK(chunk.room == keeper_room);
          CHECK(chunk.meter == MeterId{keeper_number});
          CHECK(out.emplace(reading.at, reading.register_units).second);
        }
    return out;
  }
  /// What meters had noted, as the newest report tells.
  std::vector<MeterEventNote> notes() const {
    std::vector<MeterEventNote> out;
    const auto report = cloud::read_report(cloud_.report());
    if (!report) return out;
    for (const auto& row : report->rows)
      if (row.noted) out.push_back(*row.noted);
    return out;
  }

  FastClock& clock() { return clock_; }
  sim::MeterBus& bus() { return bus_; }
  BoxProcess& box() { return box_; }

 private:
  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(folder_.path(name), text, FileAccess::owner_only).has_value());
  }
  std::vector<sim::VirtualMeter> meters() const {
    sim::VirtualMeterSettings settings;
    settings.profile = std::make_shared<const MeterProfile>(parse_profile(keeper_profile, "keeper").profile);
    settings.accepts = {{0x02, 0x12, 0x34, 0x56}, {}};
    settings.address = keeper_number;
    settings.number = {keeper_number};
    settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{1000}), 100, 0}};
    std::vector<sim::VirtualMeter> all;
    all.emplace_back(std::move(settings), sim::MeterMemory{}, clock_.now());
    return all;
  }
  sim::MeterBusSettings bus_settings() {
    return {.timing = {},
            .seed = 1,
            .wall_clock = [this] { return clock_.now(); },
            .remember = [](const sim::VirtualMeter&) { return Result<void>{}; }};
  }

  FastClock clock_{1, kept_morning};
  Folder folder_;
  Broker broker_;
  Metrics metrics_;
  boost::asio::io_context loop_{1};
  sim::MeterBus bus_{loop_, *sim::Pty::open(folder_.path("bus")), meters(), bus_settings()};
  TestCloud cloud_;
  BoxProcess box_{folder_, clock_};
};

}  // namespace

TEST_CASE("a box that was off for a night fills its gap from the meter, and learns why the room is dark") {
  KeeperHouse house;
  house.box().start();
  house.fit();
  REQUIRE(house.until(30, [&] { return house.logged("\"edge.relay.seen\""); }));
  REQUIRE(house.until(30, [&] { return house.status().find("closed") != std::string::npos; }));
  house.live(seconds(7));  // what was recorded is on disk after five seconds, also if no round ended
  house.box().kill();

  house.pass(hours(20));
  const auto tripped = house.clock().now();
  house.bus().command("event 70001010 overloaded");
  REQUIRE(house.status().find("relay=open") != std::string::npos);
  house.pass(hours(10));
  house.bus().command("event 70001010 cover_opened");
  house.pass(minutes(5));
  house.box().start();

  REQUIRE(house.until(60, [&] { return house.logged("\"edge.history.filled\""); }));
  REQUIRE(house.until(60, [&] { return house.filled().size() >= 30; }));
  const auto filled = house.filled();
  CHECK(filled.size() == 30);  // nine o'clock to nine o'clock, and six hours more
  for (const auto& [at, energy] : filled) {
    CHECK((at + hours(8)).micros % hours(1).micros == 0);
    const auto flowed = std::min(at, tripped) - kept_morning;
    const auto error = energy.units - flowed.micros / (3'600 * 1'000);  // of 1,000 W
    CHECK(std::abs(error) <= 20);
  }
  REQUIRE(house.until(60, [&] { return house.notes().size() >= 2; }));
  const auto notes = house.notes();
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].what == MeterEvent::tripped);
  CHECK(notes[0].cause == MeterEvent::overloaded);
  CHECK(std::abs((notes[0].at - tripped).micros) <= seconds(2).micros);
  CHECK(notes[1].what == MeterEvent::cover_opened);
  CHECK(house.logged("\"edge.meter.tripped\""));
  CHECK(house.logged("\"edge.cover.opened\""));

  // Killed once more it asks for nothing twice, and what it had found is not told again.
  const auto found = house.box().log().size();
  house.box().kill();
  house.box().start();
  REQUIRE(house.until(60, [&] { return house.box().log().find("\"edge.relay.seen\"", found) != std::string::npos; }));
  house.live(seconds(7));
  CHECK(house.box().log().find("\"edge.history.filled\"", found) == std::string::npos);
  CHECK(house.box().log().find("\"edge.cover.opened\"", found) == std::string::npos);
  CHECK(house.filled() == filled);
}

}  // namespace wattle::test
