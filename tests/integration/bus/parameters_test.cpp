// What is written into meters, over real serial lines: a meter of DL/T 645 and one of Modbus are told what they differ in, and
// told again when somebody changes it behind the box's back.

#include <catch2/catch.hpp>

#include "edge/meter_line.hpp"
#include "shared/meter/parameters.hpp"
#include "shared/profiles/profile_file.hpp"
#include "simulator/devices/meter_bus.hpp"

namespace wattle {
namespace {

constexpr const char* told_by_modbus = R"(
model = "told-by-modbus"
protocol = "modbus"
rollover_wh = 1_000_000_000
[line]
baud = 9600
[[block]]
start = 0x0000
count = 4
[number]
register = 0x0002
encoding = "u32"
[[circuit]]
energy = { register = 0x0000, encoding = "u32", unit = "Wh" }
[parameters]
power_limit = { register = 0x0030, unit = "10 W", write = "register" }
alarm_money_first = { register = 0x0032, encoding = "u32", unit = "0.01 yuan" }
)";

const ParameterValues wanted = {{Parameter::power_limit, {3'000, {}}}, {Parameter::alarm_money_first, {10'000'000, {}}}};
const dlt645::Credentials password{{0x02, 0x12, 0x34, 0x56}, {}};
constexpr std::uint64_t number = 701;
constexpr CircuitId circuit{1010};

struct ToldMeter {
  std::shared_ptr<const MeterProfile> profile;
  std::uint64_t address;
  Instant wall{1'790'121'600'000'000};  // 2026-09-23 08:00 at the site
  sim::MeterBus meters;
  std::unique_ptr<edge::MeterLine> line;
  std::vector<edge::PollNotice> notices;
  std::size_t readings = 0;
  bool may_write = true;
  bool knows_time = false;

  ToldMeter(boost::asio::io_context& loop, std::shared_ptr<const MeterProfile> model, std::uint64_t at)
      : profile(std::move(model)),
        address(at),
        meters(loop, sim::Pty::open("").value(), all(),
               {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {
    meters.start();
    edge::BusConfig config;
    config.line = {115'200, Parity::even, 1};
    config.device = meters.device();
    config.clock.broadcast_minute = 8 * 60;
    config.meters = {{{address, MeterId{number}, password}, profile, {{{101}, circuit}}}};
    edge::MeterLineHandlers handlers{[this](const edge::MeterRead&) { ++readings; }, [] {},
                                     [this](const edge::Noticed& noticed) { notices.push_back(noticed.what); },
                                     [this](RoomId) { return may_write; }};
    handlers.time = [this] { return knows_time ? std::optional(edge::BoxTime{wall, true}) : std::nullopt; };
    line = std::make_unique<edge::MeterLine>(loop, config, milliseconds(20), std::move(handlers));
    line->start();
  }
  std::vector<sim::VirtualMeter> all() const {
    sim::VirtualMeterSettings settings;
    settings.profile = profile;
    settings.accepts = password;
    settings.address = address;
    settings.number = {number};
    settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{100}), 100, 0}};
    std::vector<sim::VirtualMeter> out;
    out.emplace_back(std::move(settings), sim::MeterMemory{}, wall);
    return out;
  }
  sim::VirtualMeter& meter() { return meters.meters().front(); }

  /// As somebody with the meter's password does it, past the box.
  Bytes past_the_box(const Exchange& exchange) {
    const auto bytes = request_bytes(exchange);
    if (std::holds_alternative<dlt645::Request>(exchange.ask))
      return meter().answer(std::get<dlt645::Found>(dlt645::find_frame(bytes, Wire::quiet)).frame, wall);
    const auto& ask = std::get<ModbusAsk>(exchange.ask);
    return modbus_rtu::frame(ask.unit, meter().answer(ask.unit, modbus::encode_request(ask.request), wall));
  }
  std::optional<ParameterValue> holds(Parameter parameter) {
    const auto exchange = parameter_read(*profile, {address, {number}, password}, 0, parameter);
    const auto said = receive(exchange, past_the_box(exchange), Wire::quiet);
    const auto* answer = std::get_if<MeterAnswer>(&said);
    const auto value = answer == nullptr ? Result<ParameterValue>(WATTLE_FAIL(MeterErrc::silence))
                                         : parameter_in(*profile, parameter, *answer);
    return value ? std::optional(*value) : std::nullopt;
  }
  bool stands(ParameterState state) const {
    const auto* told = line->background().parameters_of(circuit);
    return told != nullptr && told->size() == wanted.size() &&
           std::all_of(told->begin(), told->end(), [&](const auto& item) { return item.second.state == state; });
  }
  std::size_t count(edge::PollNotice what) const {
    return static_cast<std::size_t>(std::count(notices.begin(), notices.end(), what));
  }
};

template <class Condition>
bool until(boost::asio::io_context& loop, Condition&& condition) {
  for (int n = 0; n < 1500 && !condition(); ++n) loop.run_for(std::chrono::milliseconds(20));
  return condition();
}

}  // namespace

TEST_CASE("meters of both protocols are told over their lines, and told again after somebody changed it") {
  const auto modbus = std::make_shared<const MeterProfile>(parse_profile(told_by_modbus, "test").profile);
  REQUIRE(parse_profile(told_by_modbus, "test").faults.empty());
  for (const auto& [profile, address] :
       {std::pair(modbus, std::uint64_t{1}), {shipped_profile("generic-dlt645-2007"), number}}) {
    boost::asio::io_context loop(1);
    ToldMeter bus(loop, profile, address);
    INFO(profile->model);
    bus.line->want(circuit, wanted);
    REQUIRE(until(loop, [&] { return bus.stands(ParameterState::written); }));
    for (const auto& [parameter, value] : wanted) CHECK(bus.holds(parameter) == value);
    CHECK(bus.count(edge::PollNotice::parameter_written) == wanted.size());

    const auto stranger =
        parameter_write(*profile, {address, {number}, password}, 0, Parameter::power_limit, {9'000, {}}).value();
    CHECK_FALSE(bus.past_the_box(stranger).empty());
    CHECK(bus.holds(Parameter::power_limit) == ParameterValue{9'000, {}});
    bus.meters.command("dead " + std::to_string(address) + " on");  // its plug is pulled for a while, as when it is exchanged
    REQUIRE(until(loop, [&] { return bus.count(edge::PollNotice::silent) > 0; }));
    bus.meters.command("dead " + std::to_string(address) + " off");
    REQUIRE(
        until(loop, [&] { return bus.count(edge::PollNotice::parameter_differs) > 0 && bus.stands(ParameterState::written); }));
    CHECK(bus.holds(Parameter::power_limit) == ParameterValue{3'000, {}});
    CHECK(bus.readings > 10);

    bus.may_write = false;  // a box that is fenced, or whose room has left
    bus.line->want(circuit, {{Parameter::power_limit, {4'000, {}}}});
    loop.run_for(std::chrono::milliseconds(500));
    CHECK(bus.holds(Parameter::power_limit) == ParameterValue{3'000, {}});
    bus.line->stop();
    bus.meters.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(50));
  }
}

TEST_CASE("a day table that its meter sends in parts is compared whole, and written once") {
  boost::asio::io_context loop(1);
  ToldMeter bus(loop, shipped_profile("generic-dlt645-2007"), number);
  bus.meter().set_answer_data(4 + 1 + 10);  // identifier, number of the part, and a third of the table
  const ParameterValue table{0, {{0, 3}, {420, 2}, {510, 1}, {690, 2}, {840, 1}, {1'050, 2}, {1'200, 3}}};
  bus.line->want(circuit, {{Parameter::day_table_1, table}});
  const auto is_written = [&] {
    const auto* told = bus.line->background().parameters_of(circuit);
    return told != nullptr && told->size() == 1 && told->begin()->second.state == ParameterState::written;
  };
  REQUIRE(until(loop, is_written));
  CHECK(bus.count(edge::PollNotice::parameter_written) == 1);
  bus.meter().set_answer_data(dlt645::max_data);
  CHECK(bus.holds(Parameter::day_table_1) == table);
  bus.line->stop();
  bus.meters.stop();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(50));
}

TEST_CASE("a meter's clock is told over its line, by broadcast and by writing, and no bus counts a silence for it") {
  boost::asio::io_context loop(1);
  ToldMeter bus(loop, shipped_profile("generic-dlt645-2007"), number);
  bus.meter().set_clock_error(minutes(-2));
  bus.knows_time = true;
  const auto is_right = [&] { return std::abs(bus.meter().clock_error().micros) <= seconds(1).micros; };
  REQUIRE(until(loop, is_right));
  loop.run_for(std::chrono::milliseconds(700));
  CHECK(bus.line->counters().silences == 0);
  CHECK(bus.count(edge::PollNotice::clock_wrong) == 0);
  bus.line->stop();
  bus.meters.stop();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(50));

  boost::asio::io_context again(1);
  ToldMeter far(again, shipped_profile("generic-dlt645-2007"), number);
  far.meter().set_clock_error(days(-3000));
  far.wall = far.wall + hours(5);
  far.knows_time = true;
  REQUIRE(until(again, [&] { return std::abs(far.meter().clock_error().micros) <= seconds(1).micros; }));
  REQUIRE(until(again, [&] { return far.count(edge::PollNotice::clock_right) == 1; }));
  CHECK(far.count(edge::PollNotice::clock_wrong) == 1);
  far.line->stop();
  far.meters.stop();
  again.restart();
  again.run_for(std::chrono::milliseconds(50));
}

}  // namespace wattle
