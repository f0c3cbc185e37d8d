// What meters are told, from the cloud's order to the meter and back in the report: a meter of DL/T 645 and one of Modbus, each
// on a pseudo-terminal, the real wattle-edge, a real mosquitto, and the cloud's core.

#include "cloud/gateway/report.hpp"
#include "shared/meter/parameters.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/integration/edge/edge_site.hpp"

namespace wattle::test {
namespace {

constexpr std::uint64_t first_told = 70'001'010;  // of the meter of DL/T 645; the next one speaks Modbus
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

/// As somebody with the meter's password does it, past the box.
wattle::Received past_the_box(const LoneMeter& one, const Exchange& exchange, Instant now) {
  const auto bytes = request_bytes(exchange);
  if (const auto* ask = std::get_if<ModbusAsk>(&exchange.ask)) {
    const auto pdu = one.meter().answer(ask->unit, modbus::encode_request(ask->request), now);
    return receive(exchange, modbus_rtu::frame(ask->unit, pdu), Wire::quiet);
  }
  const auto frame = std::get<dlt645::Found>(dlt645::find_frame(bytes, Wire::quiet)).frame;
  return receive(exchange, one.meter().answer(frame, now), Wire::quiet);
}
MeterPlace place_of(const LoneMeter& one) { return {one.address, one.number, site_password}; }

class ToldSite : public EdgeSite {
 public:
  ToldSite() {
    write_profile("told-by-modbus", told_profile);
    begin(dlt645_, Power{100});
    begin(modbus_, Power{100});
    begin(main_, Power{100});
    write_config({&dlt645_, &modbus_, &main_});
  }

  void order(const LoneMeter& one, const ParameterValues& values) {
    configure(parameters_key(one.circuit), encode(ParameterOrder{values}));
  }
  /// How the box reports the parameter.
  ParameterTold told(const LoneMeter& one, Parameter parameter) const {
    const auto report = cloud::read_report(cloud_.report());
    if (!report) return {};
    for (const auto& of : report->circuits)
      if (of.circuit == one.circuit && of.told.contains(parameter)) return of.told.at(parameter);
    return {};
  }
  Bytes report() const { return cloud_.report(); }
  std::optional<ParameterValue> holds(const LoneMeter& one, Parameter parameter) const {
    const auto said = past_the_box(one, parameter_read(*one.profile, place_of(one), 0, parameter), clock_.now());
    const auto* answer = std::get_if<MeterAnswer>(&said);
    if (answer == nullptr) return std::nullopt;
    const auto value = parameter_in(*one.profile, parameter, *answer);
    return value ? std::optional(*value) : std::nullopt;
  }
  void change(const LoneMeter& one, Parameter parameter, std::int64_t number) const {
    past_the_box(one, parameter_write(*one.profile, place_of(one), 0, parameter, {number, {}}).value(), clock_.now());
  }

  std::vector<const LoneMeter*> meters() const { return {&dlt645_, &modbus_}; }
  const LoneMeter& modbus() const { return modbus_; }
  const LoneMeter& dlt645() const { return dlt645_; }
  const LoneMeter& main() const { return main_; }

 private:
  LoneMeter dlt645_{shipped_profile("generic-dlt645-2007"), first_told, {first_told}, {101}, {1010}};
  LoneMeter modbus_{
      std::make_shared<const MeterProfile>(parse_profile(told_profile, "told").profile), 1, {first_told + 1}, {102}, {1020}};
  LoneMeter main_{modbus_.profile, 1, {first_told + 2}, {}, {9010}};  // nobody's
};

}  // namespace

TEST_CASE("what the cloud orders is written into both meters, reported, and mended when somebody changes it") {
  ToldSite site;
  site.box().start();
  site.fit(site.meters());
  const ParameterValues wanted = {{Parameter::power_limit, {3'000, {}}}, {Parameter::alarm_money_first, {10'000'000, {}}}};
  for (const auto* one : site.meters()) site.order(*one, wanted);
  for (const auto* each : site.meters()) {
    const auto& one = *each;
    INFO(one.profile->model);
    for (const auto& [parameter, value] : wanted) {
      REQUIRE(site.until(30, [&, p = parameter] { return site.told(one, p).state == ParameterState::written; }));
      CHECK(site.told(one, parameter).in_meter == value);
      CHECK(site.holds(one, parameter) == value);
    }
    site.change(one, Parameter::power_limit, 9'000);
    CHECK(site.holds(one, Parameter::power_limit) == ParameterValue{9'000, {}});
    const auto who = std::to_string(one.address);
    const auto silent = R"("edge.meter.silent","room":)" + std::to_string(one.room.value);
    one.bus->command("dead " + who + " on");  // its plug is pulled for a while
    REQUIRE(site.until(20, [&] { return site.box().log().find(silent) != std::string::npos; }));
    one.bus->command("dead " + who + " off");
    REQUIRE(site.until(20, [&] { return site.holds(one, Parameter::power_limit) == ParameterValue{3'000, {}}; }));
  }
  REQUIRE(site.until(20, [&] { return site.box().log().find("edge.parameter.differs") != std::string::npos; }));

  // What is not known there is told so, and what it cannot hold is refused; both say it in the report.
  const auto& modbus = site.modbus();
  site.order(modbus, {{Parameter::power_limit, {3'001, {}}}, {Parameter::trip_delay, {60, {}}}});
  REQUIRE(site.until(20, [&] { return site.told(modbus, Parameter::power_limit).state == ParameterState::refused; }));
  CHECK(site.told(modbus, Parameter::power_limit).why == static_cast<int>(MeterErrc::value));
  CHECK(site.told(modbus, Parameter::trip_delay).state == ParameterState::unsupported);
  CHECK(site.holds(modbus, Parameter::power_limit) == ParameterValue{3'000, {}});
  CHECK(site.box().log().find("123456") == std::string::npos);  // the password
}

TEST_CASE("keep-power and a table of the day's tariffs go to the meter, and back in the report") {
  ToldSite site;
  site.box().start();
  site.fit(site.meters());
  const auto& one = site.dlt645();
  const ParameterValue night_and_day{0, {{0, 2}, {7 * 60, 1}, {22 * 60 + 30, 2}}};
  site.order(one, {{Parameter::keep_power, {1, {}}}, {Parameter::day_table_1, night_and_day}});
  for (const auto parameter : {Parameter::keep_power, Parameter::day_table_1}) {
    INFO(info(parameter).name);
    REQUIRE(site.until(30, [&] { return site.told(one, parameter).state == ParameterState::written; }));
  }
  CHECK(site.told(one, Parameter::day_table_1).in_meter == night_and_day);
  CHECK(site.holds(one, Parameter::day_table_1) == night_and_day);
  CHECK(site.holds(one, Parameter::keep_power) == ParameterValue{1, {}});
  const auto status = one.bus->command("status");
  CHECK(status.find(" keep_power=1 ") != std::string::npos);
  CHECK(status.find(" day_table_1=0:00/2,7:00/1,22:30/2 ") != std::string::npos);

  // While it keeps its power no trip opens it, from whomever.
  const auto trip = relay_exchange(*one.profile, place_of(one), 0, false);
  const auto said = past_the_box(one, trip, site.clock().now());
  REQUIRE(std::holds_alternative<Bad>(said));
  CHECK(is_refusal(static_cast<MeterErrc>(std::get<Bad>(said).error.value())));
  CHECK(one.meter().memory()[0].relay_closed);
  site.order(one, {{Parameter::keep_power, {0, {}}}, {Parameter::day_table_1, night_and_day}});
  REQUIRE(site.until(30, [&] { return site.holds(one, Parameter::keep_power) == ParameterValue{0, {}}; }));

  // One more period than the profile says that the meter takes.
  ParameterValue nine;
  for (std::uint8_t n = 0; n < 9; ++n)
    nine.entries.push_back({static_cast<std::uint16_t>(n * 60), n % 2 == 0 ? std::uint8_t{1} : std::uint8_t{2}});
  site.order(one, {{Parameter::day_table_1, nine}});
  REQUIRE(site.until(30, [&] { return site.told(one, Parameter::day_table_1).state == ParameterState::refused; }));
  CHECK(site.told(one, Parameter::day_table_1).why == static_cast<int>(MeterErrc::value));
  CHECK(site.holds(one, Parameter::day_table_1) == night_and_day);
}

TEST_CASE("a meter that is only recorded is told its parameters too, and its circuit is in the report as nobody's") {
  ToldSite site;
  site.box().start();
  site.fit(site.meters());
  const auto& main = site.main();
  site.order(main, {{Parameter::power_limit, {3'000, {}}}});
  REQUIRE(site.until(30, [&] { return site.told(main, Parameter::power_limit).state == ParameterState::written; }));
  CHECK(site.holds(main, Parameter::power_limit) == ParameterValue{3'000, {}});
  const auto report = cloud::read_report(site.report());
  REQUIRE(report.has_value());
  CHECK(report->circuits.back().circuit == main.circuit);  // behind those of rooms
  CHECK(report->circuits.back().room == RoomId{});
  CHECK(report->circuits.back().parameters.version > 0);
}

}  // namespace wattle::test
