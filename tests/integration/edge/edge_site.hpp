#pragma once
// Where the real wattle-edge lives in a test: its folder, a real mosquitto, the cloud's core, and meters, each alone on its
// line.

#include <catch2/catch.hpp>
#include <filesystem>

#include "simulator/devices/meter_bus.hpp"
#include "tests/integration/edge/box_process.hpp"
#include "tests/integration/edge/test_cloud.hpp"

namespace wattle::test {

constexpr Instant site_morning{1'772'412'600'000'000};  // 2026-03-02 08:50 at the site
constexpr dlt645::Credentials site_password{{0x02, 0x12, 0x34, 0x56}, {}};

/// A meter of one circuit, on a pseudo-terminal. A Modbus meter's address is 1; another one's is its number, and asks for the
/// site's password.
struct LoneMeter {
  struct Stop {
    void operator()(sim::MeterBus* bus) const {
      bus->stop();
      delete bus;
    }
  };
  std::shared_ptr<const MeterProfile> profile;
  std::uint64_t address = 0;
  MeterId number;
  RoomId room;
  CircuitId circuit;
  std::unique_ptr<sim::MeterBus, Stop> bus = nullptr;

  sim::VirtualMeter& meter() const { return bus->meters().front(); }
};

class EdgeSite {
 public:
  EdgeSite(const EdgeSite&) = delete;
  EdgeSite& operator=(const EdgeSite&) = delete;

  template <class Condition>
  bool until(int seconds_most, Condition condition) {
    return live_until(loop_, box_, seconds_most, condition);
  }
  void live(Duration time) {
    loop_.restart();
    loop_.run_for(to_chrono(time));
  }
  /// Electricity for half a yuan a kWh; each meter's room with that meter, its register at zero.
  void fit(const std::vector<const LoneMeter*>& meters) {
    cloud_.order(cloud::PriceOrder{{1, 1, site_morning - days(30), TierPeriod::none, {Band{{Tier{0, 500'000}}}}}});
    for (const auto* one : meters)
      cloud_.order(cloud::Fitting{one->room, 1, {7}, {{one->circuit, one->number, Utility::electricity, {0}, {}, 0}}});
  }
  void pay(const LoneMeter& meter, Money amount) {
    cloud_.order(cloud::Payment{"p" + std::to_string(++orders_), Provider::cash_desk, meter.room, 1, amount, std::nullopt});
  }
  void configure(const std::string& key, const Bytes& value) {
    Uid id;
    id.bytes[0] = static_cast<std::uint8_t>(++orders_);
    cloud_.order(cloud::ConfigOrder{id, cloud_.holder().edge, key, value, orders_});
  }
  BoxProcess& box() { return box_; }
  FastClock& clock() { return clock_; }

 protected:
  using Remember = std::function<Result<void>(const sim::VirtualMeter&)>;

  EdgeSite() : cloud_(loop_, broker_, metrics_, [this] { return clock_.now(); }) {
    write("meters.password", to_hex(site_password.password) + "\n");
    write("claim-code", cloud_.claim_code() + "\n");
  }
  ~EdgeSite() = default;

  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(folder_.path(name), text, FileAccess::owner_only).has_value());
  }
  /// A model that nobody ships, for this box.
  void write_profile(const std::string& model, const std::string& text) const {
    std::filesystem::create_directories(folder_.path("profiles"));
    write("profiles/" + model + ".toml", text);
  }
  void begin(
      LoneMeter& one, Power load, Remember remember = [](const auto&) { return Result<void>{}; }) {
    sim::VirtualMeterSettings settings;
    settings.profile = one.profile;
    settings.accepts = site_password;
    settings.address = one.address;
    settings.number = one.number;
    settings.circuits = {{std::make_shared<sim::LoadCurve>(load), 100, 0}};
    std::vector<sim::VirtualMeter> all;
    all.emplace_back(std::move(settings), sim::MeterMemory{}, clock_.now());
    sim::MeterBusSettings bus{
        .timing = {}, .seed = 1, .wall_clock = [this] { return clock_.now(); }, .remember = std::move(remember)};
    one.bus.reset(new sim::MeterBus(loop_, *sim::Pty::open(folder_.path(line_of(one))), std::move(all), bus));
    one.bus->start();
  }
  void write_config(const std::vector<const LoneMeter*>& meters) const {
    std::string config = "data = \"data\"\n";
    if (std::filesystem::exists(folder_.path("profiles"))) config += "profiles = \"profiles\"\n";
    config += "[cloud]\nurl = \"" + cloud_.url() + "\"\nclaim_code_file = \"claim-code\"\n[poll]\nevery = \"300ms\"\n";
    config += "[disk]\nreserve_mib = 1\nalarm_below_mib = 4\n";
    for (const auto* one : meters) {
      const auto line = line_of(*one);
      config += "[[bus]]\nname = \"" + line + "\"\ndevice = \"" + line + "\"\n[[meter]]\nbus = \"" + line +
                "\"\ncircuit = " + std::to_string(one->circuit.value) +
                (one->room.value == 0 ? "\nonly_recorded = true" : "\nroom = " + std::to_string(one->room.value)) +
                "\naddress = " + std::to_string(one->address) + "\nmeter_number = " + std::to_string(one->number.value) +
                "\nprofile = \"" + one->profile->model + "\"\n";
      if (one->address != 1) config += "password_file = \"meters.password\"\n";
    }
    write("edge.toml", config);
  }

  FastClock clock_{1, site_morning};
  Folder folder_;
  Broker broker_;
  Metrics metrics_;
  boost::asio::io_context loop_{1};
  TestCloud cloud_;
  BoxProcess box_{folder_, clock_};
  std::uint64_t orders_ = 0;

 private:
  static std::string line_of(const LoneMeter& one) { return "bus" + std::to_string(one.room.value); }
};

}  // namespace wattle::test
