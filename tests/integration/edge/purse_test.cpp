// Purses in meters, from a payment to the meter and back in the report: a meter of DL/T 645 and one of Modbus, each on a
// pseudo-terminal, the real wattle-edge, a real mosquitto, and the cloud's core. An answer is lost, and the box is killed
// between a purchase and its reading back.

#include <catch2/catch.hpp>
#include <filesystem>

#include "cloud/gateway/report.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "tests/integration/edge/box_process.hpp"
#include "tests/integration/edge/test_cloud.hpp"

namespace wattle::test {
namespace {

constexpr Instant purse_morning{1'772'412'600'000'000};
constexpr std::uint64_t first_purse = 70'003'010;  // of the meter of DL/T 645; the next one speaks Modbus
constexpr dlt645::Credentials purse_password{{0x02, 0x12, 0x34, 0x56}, {}};

struct PurseOne {
  const char* model;
  std::uint64_t address = 0;
  MeterId number;
  RoomId room;
  CircuitId circuit;
  std::uint32_t loses_from = 0;  // the answer to the purchase with this count is lost; 0: none
  bool lost = false;
  std::unique_ptr<sim::MeterBus> bus = nullptr;

  sim::VirtualMeter& meter() const { return bus->meters().front(); }
  MeterPurse& purse() const { return meter().purse(0); }
};

class PurseSite {
 public:
  PurseSite() : cloud_(loop_, broker_, metrics_, [this] { return clock_.now(); }) {
    write("meters.password", to_hex(purse_password.password) + "\n");
    write("claim-code", cloud_.claim_code() + "\n");
    std::string config = "data = \"data\"\n[cloud]\nurl = \"" + cloud_.url() +
                         "\"\nclaim_code_file = \"claim-code\"\n[poll]\nevery = \"300ms\"\n";
    for (auto& one : meters_) config += begin(one);
    write("edge.toml", config);
  }
  ~PurseSite() {
    for (auto& one : meters_) one.bus->stop();
  }

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

  void fit() {
    cloud_.order(cloud::PriceOrder{{1, 1, purse_morning - days(30), TierPeriod::none, {Band{{Tier{0, 550'000}}}}}});
    for (const auto& one : meters_)
      cloud_.order(cloud::Fitting{one.room, 1, {7}, {{one.circuit, one.number, Utility::electricity, {0}, {}, 0}}});
  }
  void pay(const PurseOne& one, Money amount) {
    cloud_.order(cloud::Payment{"p" + std::to_string(++orders_), Provider::cash_desk, one.room, 1, amount, std::nullopt});
  }
  void keep(const PurseOne& one, PurseMode mode) {
    Uid id;
    id.bytes[0] = static_cast<std::uint8_t>(++orders_);
    cloud_.order(cloud::ConfigOrder{id, cloud_.holder().edge, purse_key(one.circuit), encode(mode), orders_});
  }
  std::optional<PurseTold> told(const PurseOne& one) const {
    const auto report = cloud::read_report(cloud_.report());
    if (!report) return std::nullopt;
    for (const auto& of : report->circuits)
      if (of.circuit == one.circuit) return of.purse_told;
    return std::nullopt;
  }
  bool agrees(const PurseOne& one, std::uint32_t count) const {
    const auto now = told(one);
    return now && now->state == PurseState::agrees && now->in_meter && now->in_meter->count == count;
  }
  bool logs(const std::string& event, const PurseOne& one) {
    return box_.log().find("\"" + event + R"(","room":)" + std::to_string(one.room.value)) != std::string::npos;
  }
  std::vector<PurseOne>& meters() { return meters_; }
  BoxProcess& box() { return box_; }

 private:
  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(folder_.path(name), text, FileAccess::owner_only).has_value());
  }
  /// The meter has what it has done in its memory before it answers; then its answer may be lost.
  static Result<void> remember(PurseOne& one, const sim::VirtualMeter& meter) {
    if (one.lost || one.loses_from == 0 || meter.memory()[0].purse.count != one.loses_from) return {};
    one.lost = true;
    return WATTLE_FAIL(MeterErrc::silence);
  }
  /// Puts the meter on a line of its own; what the box's file says of it.
  std::string begin(PurseOne& one) {
    const auto name = "bus" + std::to_string(one.room.value);
    sim::VirtualMeterSettings settings;
    settings.profile = shipped_profile(one.model);
    settings.accepts = purse_password;
    settings.address = one.address;
    settings.number = one.number;
    settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{100}), 100, 0}};
    std::vector<sim::VirtualMeter> all;
    all.emplace_back(std::move(settings), sim::MeterMemory{}, clock_.now());
    one.bus = std::make_unique<sim::MeterBus>(
        loop_, *sim::Pty::open(folder_.path(name)), std::move(all),
        sim::MeterBusSettings{.timing = {},
                              .seed = 1,
                              .wall_clock = [this] { return clock_.now(); },
                              .remember = [&one](const sim::VirtualMeter& m) { return remember(one, m); }});
    one.bus->start();
    const auto credentials = one.address == 1 ? std::string() : std::string("password_file = \"meters.password\"\n");
    return "[[bus]]\nname = \"" + name + "\"\ndevice = \"" + name + "\"\n[[meter]]\nbus = \"" + name +
           "\"\ncircuit = " + std::to_string(one.circuit.value) + "\nroom = " + std::to_string(one.room.value) +
           "\naddress = " + std::to_string(one.address) + "\nmeter_number = " + std::to_string(one.number.value) +
           "\nprofile = \"" + one.model + "\"\n" + credentials;
  }

  FastClock clock_{1, purse_morning};
  Folder folder_;
  Broker broker_;
  Metrics metrics_;
  boost::asio::io_context loop_{1};
  std::vector<PurseOne> meters_ = make_meters();
  TestCloud cloud_;
  BoxProcess box_{folder_, clock_};
  std::uint64_t orders_ = 0;

  static std::vector<PurseOne> make_meters() {
    std::vector<PurseOne> all;
    all.push_back({"generic-dlt645-2007-prepaid", first_purse, {first_purse}, {101}, {1010}});
    all.push_back({"generic-prepaid-meter", 1, {first_purse + 1}, {102}, {1020}});
    return all;
  }
};

}  // namespace

TEST_CASE("a purse follows the room's money through a lost answer and a killed box, and what others do to it is told",
          "[purse]") {
  PurseSite site;
  site.box().start();
  site.fit();
  for (auto& one : site.meters()) {
    INFO(one.model);
    one.loses_from = 1;
    site.pay(one, yuan(20));
    site.keep(one, PurseMode::purse);
    REQUIRE(site.until(30, [&] { return one.lost; }));
    site.box().kill();  // the purchase is in the meter, and nobody has read it back
    CHECK(one.purse().total == yuan(20).micros);
    site.box().start();
    REQUIRE(site.until(30, [&] { return site.agrees(one, 1); }));
    CHECK(one.purse().total == yuan(20).micros);
    CHECK(one.purse().price == 550'000);
    site.pay(one, yuan(10));
    REQUIRE(site.until(30, [&] { return one.purse().count == 2; }));
    CHECK(one.purse().total > yuan(29).micros);
    CHECK(one.purse().total <= yuan(30).micros);
    CHECK_FALSE(site.logs("edge.alarm.purse_differs", one));

    // Its purse is empty although the room has money: it cuts, which is seen and mended.
    one.purse().set_remaining(0);
    REQUIRE(site.until(30, [&] { return one.purse().count == 3; }));
    CHECK(one.purse().remaining() > yuan(29).micros);
    REQUIRE(site.until(20, [&] { return one.meter().memory()[0].relay_closed; }));

    // Somebody's card: an alarm, and nothing is taken from him.
    REQUIRE(one.purse().take({PurseTrade::buy, 4, yuan(50).micros}));
    site.pay(one, yuan(5));
    REQUIRE(site.until(30, [&] { return site.told(one) && site.told(one)->foreign > yuan(44).micros; }));
    CHECK(site.logs("edge.alarm.purse_differs", one));
    CHECK(site.told(one)->state == PurseState::differs);
    CHECK(one.purse().count == 4);
  }
  CHECK(site.box().log().find("123456") == std::string::npos);  // the password
}

}  // namespace wattle::test
