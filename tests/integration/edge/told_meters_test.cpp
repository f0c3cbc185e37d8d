// What meters are told, from the cloud's order to the meter and back in the report: a meter of DL/T 645 and one of Modbus, each
// on a pseudo-terminal, the real wattle-edge, a real mosquitto, and the cloud's core.

#include <catch2/catch.hpp>
#include <filesystem>

#include "cloud/gateway/report.hpp"
#include "shared/meter/parameters.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "tests/integration/edge/box_process.hpp"
#include "tests/integration/edge/test_cloud.hpp"

namespace wattle::test {
namespace {

constexpr Instant told_morning{1'772'412'600'000'000};
constexpr std::uint64_t first_told = 70'001'010;  // of the meter of DL/T 645; the next one speaks Modbus
constexpr dlt645::Credentials told_password{{0x02, 0x12, 0x34, 0x56}, {}};
constexpr const char* told_profile = R"(model = "told-by-modbus"
protocol = "modbus"
rollover_wh = 1_000_000_000
[[block]]
start = 0x0000
count = 6
[number]
register = 0x0002
encoding = "u64"
[[circuit]]
energy = { register = 0x0000, encoding = "u32", unit = "Wh" }
[parameters]
power_limit = { register = 0x0030, unit = "10 W", write = "register" }
alarm_money_first = { register = 0x0032, encoding = "u32", unit = "0.01 yuan" }
)";

struct ToldOne {
  std::shared_ptr<const MeterProfile> profile;
  std::uint64_t address = 0;
  MeterId number;
  RoomId room;
  CircuitId circuit;
  std::unique_ptr<sim::MeterBus> bus = nullptr;

  /// As somebody with the meter's password does it, past the box.
  wattle::Received past_the_box(const Exchange& exchange, Instant now) const {
    auto& meter = bus->meters().front();
    const auto bytes = request_bytes(exchange);
    if (const auto* ask = std::get_if<ModbusAsk>(&exchange.ask)) {
      const auto pdu = meter.answer(ask->unit, modbus::encode_request(ask->request), now);
      return receive(exchange, modbus_rtu::frame(ask->unit, pdu), Wire::quiet);
    }
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(bytes, Wire::quiet)).frame;
    return receive(exchange, meter.answer(frame, now), Wire::quiet);
  }
  MeterPlace place() const { return {address, number, told_password}; }
};

class ToldHouse {
 public:
  ToldHouse() : cloud_(loop_, broker_, metrics_, [this] { return clock_.now(); }) {
    std::filesystem::create_directory(folder_.path("profiles"));
    write("profiles/told-by-modbus.toml", told_profile);
    write("meters.password", to_hex(told_password.password) + "\n");
    write("claim-code", cloud_.claim_code() + "\n");
    const auto modbus = std::make_shared<const MeterProfile>(parse_profile(told_profile, "told").profile);
    meters_.push_back({shipped_profile("generic-dlt645-2007"), first_told, {first_told}, {101}, {1010}});
    meters_.push_back({modbus, 1, {first_told + 1}, {102}, {1020}});
    std::string config = "data = \"data\"\nprofiles = \"profiles\"\n[cloud]\nurl = \"" + cloud_.url() +
                         "\"\nclaim_code_file = \"claim-code\"\n[poll]\nevery = \"300ms\"\n";
    for (auto& one : meters_) config += begin(one);
    write("edge.toml", config);
  }
  ~ToldHouse() {
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
    cloud_.order(cloud::PriceOrder{{1, 1, told_morning - days(30), TierPeriod::none, {Band{{Tier{0, 500'000}}}}}});
    for (const auto& one : meters_)
      cloud_.order(cloud::Fitting{one.room, 1, {7}, {{one.circuit, one.number, Utility::electricity, {0}, {}, 0}}});
  }
  void order(const ToldOne& one, const ParameterValues& values) {
    Uid id;
    id.bytes[0] = static_cast<std::uint8_t>(++orders_);
    cloud_.order(
        cloud::ConfigOrder{id, cloud_.holder().edge, parameters_key(one.circuit), encode(ParameterOrder{values}), orders_});
  }
  /// How the box reports the parameter.
  ParameterTold told(const ToldOne& one, Parameter parameter) const {
    const auto report = cloud::read_report(cloud_.report());
    if (!report) return {};
    for (const auto& of : report->circuits)
      if (of.circuit == one.circuit && of.told.contains(parameter)) return of.told.at(parameter);
    return {};
  }
  std::optional<ParameterValue> holds(const ToldOne& one, Parameter parameter) const {
    const auto said = one.past_the_box(parameter_read(*one.profile, one.place(), 0, parameter), clock_.now());
    const auto* answer = std::get_if<MeterAnswer>(&said);
    if (answer == nullptr) return std::nullopt;
    const auto value = parameter_in(*one.profile, parameter, *answer);
    return value ? std::optional(*value) : std::nullopt;
  }
  void change(const ToldOne& one, Parameter parameter, std::int64_t number) const {
    one.past_the_box(parameter_write(*one.profile, one.place(), 0, parameter, {number, {}}).value(), clock_.now());
  }

  std::vector<ToldOne>& meters() { return meters_; }
  BoxProcess& box() { return box_; }

 private:
  void write(std::string_view name, const std::string& text) const {
    WATTLE_CHECK(write_file(folder_.path(name), text, FileAccess::owner_only).has_value());
  }
  /// Puts the meter on a line of its own; what the box's file says of it.
  std::string begin(ToldOne& one) {
    const auto name = "bus" + std::to_string(one.room.value);
    sim::VirtualMeterSettings settings;
    settings.profile = one.profile;
    settings.accepts = told_password;
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
                              .remember = [](const sim::VirtualMeter&) { return Result<void>{}; }});
    one.bus->start();
    const auto credentials = one.address == 1 ? std::string() : std::string("password_file = \"meters.password\"\n");
    return "[[bus]]\nname = \"" + name + "\"\ndevice = \"" + name + "\"\n[[meter]]\nbus = \"" + name +
           "\"\ncircuit = " + std::to_string(one.circuit.value) + "\nroom = " + std::to_string(one.room.value) +
           "\naddress = " + std::to_string(one.address) + "\nmeter_number = " + std::to_string(one.number.value) +
           "\nprofile = \"" + one.profile->model + "\"\n" + credentials;
  }

  FastClock clock_{1, told_morning};
  Folder folder_;
  Broker broker_;
  Metrics metrics_;
  boost::asio::io_context loop_{1};
  std::vector<ToldOne> meters_;
  TestCloud cloud_;
  BoxProcess box_{folder_, clock_};
  std::uint64_t orders_ = 0;
};

}  // namespace

TEST_CASE("what the cloud orders is written into both meters, reported, and mended when somebody changes it") {
  ToldHouse house;
  house.box().start();
  house.fit();
  const ParameterValues wanted = {{Parameter::power_limit, {3'000, {}}}, {Parameter::alarm_money_first, {10'000'000, {}}}};
  for (const auto& one : house.meters()) house.order(one, wanted);
  for (auto& one : house.meters()) {
    INFO(one.profile->model);
    for (const auto& [parameter, value] : wanted) {
      REQUIRE(house.until(30, [&, p = parameter] { return house.told(one, p).state == ParameterState::written; }));
      CHECK(house.told(one, parameter).in_meter == value);
      CHECK(house.holds(one, parameter) == value);
    }
    house.change(one, Parameter::power_limit, 9'000);
    CHECK(house.holds(one, Parameter::power_limit) == ParameterValue{9'000, {}});
    const auto who = std::to_string(one.address);
    const auto silent = R"("edge.meter.silent","room":)" + std::to_string(one.room.value);
    one.bus->command("dead " + who + " on");  // its plug is pulled for a while
    REQUIRE(house.until(20, [&] { return house.box().log().find(silent) != std::string::npos; }));
    one.bus->command("dead " + who + " off");
    REQUIRE(house.until(20, [&] { return house.holds(one, Parameter::power_limit) == ParameterValue{3'000, {}}; }));
  }
  REQUIRE(house.until(20, [&] { return house.box().log().find("edge.parameter.differs") != std::string::npos; }));

  // What is not known there is told so, and what it cannot hold is refused; both say it in the report.
  auto& modbus = house.meters().back();
  house.order(modbus, {{Parameter::power_limit, {3'001, {}}}, {Parameter::trip_delay, {60, {}}}});
  REQUIRE(house.until(20, [&] { return house.told(modbus, Parameter::power_limit).state == ParameterState::refused; }));
  CHECK(house.told(modbus, Parameter::power_limit).why == static_cast<int>(MeterErrc::value));
  CHECK(house.told(modbus, Parameter::trip_delay).state == ParameterState::unsupported);
  CHECK(house.holds(modbus, Parameter::power_limit) == ParameterValue{3'000, {}});
  CHECK(house.box().log().find("123456") == std::string::npos);  // the password
}

}  // namespace wattle::test
