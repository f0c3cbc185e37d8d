// What a meter keeps while its box is off: a meter of DL/T 645 on a pseudo-terminal, the real wattle-edge, a real mosquitto,
// and the cloud's core. The box is killed, hours pass, the meter freezes its register or writes load records and opens its
// relay, the box comes back.

#include "cloud/gateway/report.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/integration/edge/edge_site.hpp"

namespace wattle::test {
namespace {

constexpr std::uint64_t keeper_number = 70'001'010;
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

constexpr const char* load_profile = R"(model = "keeper"
protocol = "dlt645-2007"
phases = 1
[[circuit]]
energy = "0001 0000"
power = "0203 0000"
[circuit.relay]
[clock]
[history]
load_records = { item = "0600 0001", minutes = 15 }
daily_freeze = { time = "0506 0001", energy = "0506 0101", keeps = 62 }
)";

class KeeperSite : public EdgeSite {
 public:
  explicit KeeperSite(const char* profile = keeper_profile)
      : keeper_{std::make_shared<const MeterProfile>(parse_profile(profile, "keeper").profile),
                keeper_number,
                {keeper_number},
                {101},
                {1010}} {
    write_profile("keeper", profile);
    begin(keeper_, Power{1000});
    write_config({&keeper_});
  }

  /// While the box is off: the wall clock is set from outside when it starts.
  void pass(Duration time) { clock_.start = clock_.start + time; }
  std::string tell(const std::string& command) { return keeper_.bus->command(command); }
  /// The box has just begun when it has no log yet.
  bool logged(const std::string& text) const {
    return std::filesystem::exists(folder_.path("edge.log")) && box_.log().find(text) != std::string::npos;
  }
  /// As they came, by time.
  std::map<Instant, Quantity> filled() const {
    std::map<Instant, Quantity> out;
    for (const auto& [at, reading] : filled_readings()) out.emplace(at, reading.register_units);
    return out;
  }
  std::map<Instant, RecordedReading> filled_readings() const {
    std::map<Instant, RecordedReading> out;
    for (const auto& [id, chunk] : cloud_.chunks())
      for (const auto& reading : chunk.readings)
        if (reading.from_history) {
          CHECK(chunk.circuit == keeper_.circuit);
          CHECK(chunk.room == keeper_.room);
          CHECK(chunk.meter == keeper_.number);
          CHECK(out.emplace(reading.at, reading).second);
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
  const LoneMeter& keeper() const { return keeper_; }

 private:
  LoneMeter keeper_;
};

}  // namespace

TEST_CASE("a box that was off for a night fills its gap from the meter, and learns why the room is dark") {
  KeeperSite site;
  site.box().start();
  site.fit({&site.keeper()});
  site.pay(site.keeper(), yuan(1000));
  REQUIRE(site.until(30, [&] { return site.logged("\"edge.relay.seen\""); }));
  REQUIRE(site.until(30, [&] { return site.tell("status").find("closed") != std::string::npos; }));
  site.live(seconds(7));  // what was recorded is on disk after five seconds, also if no round ended
  site.box().kill();

  site.pass(hours(20));
  const auto tripped = site.clock().now();
  site.tell("event 70001010 overloaded");
  REQUIRE(site.tell("status").find("relay=open") != std::string::npos);
  site.pass(hours(10));
  site.tell("event 70001010 cover_opened");
  site.pass(minutes(5));
  site.box().start();

  REQUIRE(site.until(60, [&] { return site.logged("\"edge.history.filled\""); }));
  REQUIRE(site.until(60, [&] { return site.filled().size() >= 30; }));
  const auto filled = site.filled();
  CHECK(filled.size() == 30);  // nine o'clock to nine o'clock, and six hours more
  for (const auto& [at, energy] : filled) {
    CHECK((at + hours(8)).micros % hours(1).micros == 0);
    const auto flowed = std::min(at, tripped) - site_morning;
    const auto error = energy.units - flowed.micros / (3'600 * 1'000);  // of 1,000 W
    CHECK(std::abs(error) <= 20);
  }
  REQUIRE(site.until(60, [&] { return site.notes().size() >= 2; }));
  const auto notes = site.notes();
  REQUIRE(notes.size() == 2);
  CHECK(notes[0].what == MeterEvent::tripped);
  CHECK(notes[0].cause == MeterEvent::overloaded);
  CHECK(std::abs((notes[0].at - tripped).micros) <= seconds(2).micros);
  CHECK(notes[1].what == MeterEvent::cover_opened);
  CHECK(site.logged("\"edge.meter.tripped\""));
  CHECK(site.logged("\"edge.cover.opened\""));

  // Killed once more it asks for nothing twice, and what it had found is not told again.
  const auto found = site.box().log().size();
  site.box().kill();
  site.box().start();
  REQUIRE(site.until(60, [&] { return site.box().log().find("\"edge.relay.seen\"", found) != std::string::npos; }));
  site.live(seconds(7));
  CHECK(site.box().log().find("\"edge.history.filled\"", found) == std::string::npos);
  CHECK(site.box().log().find("\"edge.cover.opened\"", found) == std::string::npos);
  CHECK(site.filled() == filled);
}

TEST_CASE(
    "a box that was off for hours fills its gap from the meter's load records, at their interval and with all they tell") {
  KeeperSite site(load_profile);
  site.box().start();
  site.fit({&site.keeper()});
  site.pay(site.keeper(), yuan(1000));
  REQUIRE(site.until(30, [&] { return site.logged("\"edge.relay.seen\""); }));
  REQUIRE(site.until(30, [&] { return site.tell("status").find("closed") != std::string::npos; }));
  site.live(seconds(7));  // what was recorded is on disk after five seconds
  site.box().kill();

  site.pass(hours(6));
  site.box().start();
  // Killed on the way, it asks for all of it again.
  REQUIRE(site.until(60, [&] { return site.logged("\"edge.relay.seen\""); }));
  site.live(seconds(2));
  const bool was_filled = site.logged("\"edge.history.filled\"");
  site.box().kill();
  site.box().start();
  REQUIRE(site.until(90, [&] { return was_filled || site.logged("\"edge.history.filled\""); }));
  REQUIRE(site.until(60, [&] { return site.filled().size() >= 24; }));
  const auto filled = site.filled_readings();
  REQUIRE(filled.size() == 24);  // nine o'clock to a quarter to three
  auto due = site_morning + minutes(10);
  for (const auto& [at, reading] : filled) {
    CHECK(at == due);
    due = due + minutes(15);
    const auto error = reading.register_units.units - (at - site_morning).micros / (3'600 * 1'000);  // of 1,000 W
    CHECK(std::abs(error) <= 20);
    CHECK(reading.power == Power{1000});
    REQUIRE(reading.voltage_mv);
    CHECK(std::abs(*reading.voltage_mv - 220'000) < 5'000);
    CHECK(reading.current_ma.value_or(0) > 4'000);
    CHECK(reading.further.get(FurtherKind::power_factor) == 1'000);
  }
  CHECK(site.box().log().find("\"dropped\":0") != std::string::npos);
}

}  // namespace wattle::test
