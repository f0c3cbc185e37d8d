#include "shared/meter/parameters.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/modbus_parameters.hpp"

namespace wattle {
namespace {

MeterProfile told_by_modbus() {
  auto profile = generic_relay_meter();
  auto& model = std::get<ModbusModel>(profile.protocol);
  model.parameters[Parameter::power_limit] = {{.address = 0x30, .encoding = Encoding::u16, .scale = {10, 1}, .order = {}},
                                              modbus::Function::write_register};
  model.parameters[Parameter::alarm_money_first] = {
      {.address = 0x32, .encoding = Encoding::u32, .scale = {10'000, 1}, .order = {}}};
  model.parameters[Parameter::settlement_day] = {{.address = 0x34, .encoding = Encoding::u16, .scale = {}, .order = {}}};
  return profile;
}

const MeterPlace at_seven{7, {7}, {}};

ModbusAsk written(const MeterProfile& profile, Parameter parameter, std::int64_t number) {
  return std::get<ModbusAsk>(parameter_write(profile, at_seven, 0, parameter, {number, {}}).value().ask);
}

}  // namespace

TEST_CASE("a parameter over Modbus is its register, scaled, and never rounded") {
  const auto profile = told_by_modbus();
  CHECK(contradiction(profile).empty());
  CHECK(written(profile, Parameter::power_limit, 3'000).request == modbus::write_register(0x30, 300));
  CHECK(written(profile, Parameter::alarm_money_first, 12'340'000).request == modbus::write_registers(0x32, {0, 1234}));
  CHECK(written(profile, Parameter::settlement_day, 26 * 24).request == modbus::write_registers(0x34, {26}));
  CHECK(parameter_write(profile, at_seven, 0, Parameter::power_limit, {3'001, {}}).error() == MeterErrc::value);
  CHECK(parameter_write(profile, at_seven, 0, Parameter::power_limit, {1'000'000, {}}).error() == MeterErrc::value);
  CHECK(parameter_write(profile, at_seven, 0, Parameter::settlement_day, {26 * 24 + 1, {}}).error() == MeterErrc::value);
  const auto ask = std::get<ModbusAsk>(parameter_read(profile, at_seven, 0, Parameter::alarm_money_first).ask);
  CHECK(ask == ModbusAsk{7, modbus::read(modbus::Function::read_holding, 0x32, 2)});
  CHECK(parameter_in(profile, Parameter::power_limit, {{300}, 0, {}}).value() == ParameterValue{3'000, {}});
  CHECK(parameter_in(profile, Parameter::settlement_day, {{0}, 0, {}}).error() == MeterErrc::value);
  CHECK(parameter_in(profile, Parameter::settlement_day, {{40'000}, 0, {}}).error() == MeterErrc::value);
  CHECK(parameter_in(profile, Parameter::power_limit, {{}, 0, {}}).error() == MeterErrc::length);
  CHECK_FALSE(has_parameter(profile, 0, Parameter::keep_power));
  CHECK_FALSE(has_parameter(profile, 1, Parameter::power_limit));
}

TEST_CASE("keep-power is a command, and is read in the bit that the profile names") {
  auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  std::get<dlt645::Model>(profile.protocol).parameters[Parameter::keep_power] = {.di = dlt645::di::status_3, .bit = 12};
  CHECK(contradiction(profile).empty());
  const auto write = parameter_write(profile, at_seven, 0, Parameter::keep_power, {1, {}});
  const auto& request = std::get<dlt645::Request>(write.value().ask);
  CHECK(request.command == dlt645::Command::relay);
  CHECK(request.payload.front() == 0x3a);
  CHECK(parameter_in(profile, Parameter::keep_power, {{}, 0, from_hex("0010")}).value() == ParameterValue{1, {}});
  CHECK(parameter_in(profile, Parameter::keep_power, {{}, 0, from_hex("1000")}).value() == ParameterValue{0, {}});
  CHECK(parameter_in(profile, Parameter::keep_power, {{}, 0, from_hex("10")}).error() == MeterErrc::length);
}

TEST_CASE("digits that are none, and times that are none, are not available") {
  const auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  const auto in = [&](Parameter parameter, const char* hex) {
    return parameter_in(profile, parameter, {{}, 0, from_hex(hex)});
  };
  CHECK(in(Parameter::alarm_money_first, "ffffffff").error() == MeterErrc::value);
  CHECK(in(Parameter::alarm_money_first, "50100000").value() == ParameterValue{10'500'000, {}});
  CHECK(in(Parameter::alarm_money_first, "501000").error() == MeterErrc::length);
  CHECK(in(Parameter::settlement_day, "2401").error() == MeterErrc::value);
  CHECK(in(Parameter::settlement_day, "0031").error() == MeterErrc::value);
  CHECK(in(Parameter::settlement_day, "1a01").error() == MeterErrc::value);
  CHECK(in(Parameter::day_table, "010000020008020008").value() == ParameterValue{0, {{0, 1}, {480, 2}}});
  CHECK(in(Parameter::day_table, "016000").error() == MeterErrc::value);
  CHECK(in(Parameter::day_table, "020008010000").error() == MeterErrc::value);
  CHECK(in(Parameter::day_table, "").error() == MeterErrc::value);
}

TEST_CASE("a clock is read from its two items, and written in them") {
  const auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  REQUIRE(clock_of(profile).has_value());
  CHECK_FALSE(clock_of(generic_relay_meter()).has_value());
  const LocalTime time{2026, 9, 23, 8, 30, 59};
  const std::vector<MeterAnswer> answers = {{{}, 0, from_hex("593008")}, {{}, 0, from_hex("03230926")}};
  CHECK(clock_in(profile, answers).value() == time);
  CHECK(clock_in(profile, std::vector<MeterAnswer>{answers[0]}).error() == MeterErrc::length);
  CHECK(clock_in(profile, std::vector<MeterAnswer>{{{}, 0, from_hex("603008")}, answers[1]}).error() == MeterErrc::value);
  CHECK(clock_in(profile, std::vector<MeterAnswer>{answers[0], {{}, 0, from_hex("0323ff26")}}).error() == MeterErrc::value);
  const auto writes = clock_writes(profile, at_seven, time);
  REQUIRE(writes.size() == 2);
  CHECK(std::get<dlt645::Request>(writes[0].ask).payload == from_hex("03230926"));
  CHECK(std::get<dlt645::Request>(writes[1].ask).payload == from_hex("593008"));
  const auto all = std::get<dlt645::Request>(clock_broadcast(profile, time).ask);
  CHECK(all.command == dlt645::Command::set_clock);
  CHECK_FALSE(dlt645::is_answered(all));
}

TEST_CASE("parameters that contradict the standard are found") {
  const auto with = [](Parameter parameter, dlt645::ModelParameter of) {
    auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
    std::get<dlt645::Model>(profile.protocol).parameters[parameter] = of;
    return contradiction(profile);
  };
  CHECK(with(Parameter::power_limit, {.di = 0x04001001}).find("power_limit") != std::string::npos);  // money
  CHECK(with(Parameter::power_limit, {.di = 0x12345678}).find("power_limit") != std::string::npos);
  CHECK(with(Parameter::day_table, {.di = 0x04010001, .periods = 13}).find("periods") != std::string::npos);
  CHECK(with(Parameter::keep_power, {.di = 0x04000503, .bit = 16}).find("bit") != std::string::npos);
  auto profile = told_by_modbus();
  auto& limit = std::get<ModbusModel>(profile.protocol).parameters[Parameter::power_limit];
  limit.point.encoding = Encoding::u32;
  CHECK(contradiction(profile).find("power_limit") != std::string::npos);
  limit.point.source = modbus::Function::read_input;
  CHECK(contradiction(profile).find("holding") != std::string::npos);
}

}  // namespace wattle
