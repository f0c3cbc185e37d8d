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
  CHECK(in(Parameter::day_table_1, "010000020008020008").value() == ParameterValue{0, {{0, 1}, {480, 2}}});
  CHECK(in(Parameter::day_table_1, "016000").error() == MeterErrc::value);
  CHECK(in(Parameter::day_table_1, "020008010000").error() == MeterErrc::value);
  CHECK(in(Parameter::day_table_1, "").error() == MeterErrc::value);
  // Eight are written; what a meter has behind them counts too, but for places that nobody has filled.
  const std::string eight = "010000020008020008020008020008020008020008020008";
  const ParameterValue two{0, {{0, 1}, {480, 2}}};
  CHECK(in(Parameter::day_table_1, (eight + "020008020008").c_str()).value() == two);
  CHECK(in(Parameter::day_table_1, (eight + "000000ffffff").c_str()).value() == two);
  CHECK(in(Parameter::day_table_1, (eight + "033021").c_str()).value() == ParameterValue{0, {{0, 1}, {480, 2}, {1290, 3}}});
  CHECK(in(Parameter::day_table_1, (eight + "033006").c_str()).error() == MeterErrc::value);  // back in the day
  CHECK(in(Parameter::day_table_1, "010000000000").error() == MeterErrc::value);              // among those that are written
  CHECK(in(Parameter::zone_table, "010103020107010112").value() == ParameterValue{0, {{301, 1}, {701, 2}, {1201, 1}}});
  CHECK(in(Parameter::zone_table, "013002").error() == MeterErrc::value);        // the 30th of February
  CHECK(in(Parameter::zone_table, "010113").error() == MeterErrc::value);        // the thirteenth month
  CHECK(in(Parameter::zone_table, "000101").error() == MeterErrc::value);        // no day table
  CHECK(in(Parameter::zone_table, "090101").error() == MeterErrc::value);        // there are eight
  CHECK(in(Parameter::zone_table, "010107020103").error() == MeterErrc::value);  // back in the year
  CHECK(in(Parameter::weekend_mask, "be").value() == ParameterValue{0xbe, {}});
  CHECK(in(Parameter::weekend_mask, "").error() == MeterErrc::length);
  CHECK(in(Parameter::weekend_day_table, "08").value() == ParameterValue{8, {}});
  CHECK(in(Parameter::weekend_day_table, "09").error() == MeterErrc::value);
  CHECK(in(Parameter::weekend_day_table, "0a").error() == MeterErrc::value);
  CHECK(in(Parameter::upper_voltage_limit, "4026").value() == ParameterValue{264'000, {}});
  CHECK(in(Parameter::lower_voltage_limit, "40").error() == MeterErrc::length);
}

TEST_CASE("a meter's year, weekends and limits are written as the standard has them") {
  const auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  const auto request = [&](Parameter parameter, const ParameterValue& value) {
    return std::get<dlt645::Request>(parameter_write(profile, at_seven, 0, parameter, value).value().ask);
  };
  const auto year = request(Parameter::zone_table, {0, {{101, 1}, {1231, 8}}});
  CHECK(year.di == 0x04010000);
  CHECK(to_hex(year.payload) ==
        "010101083112"
        "083112083112083112083112083112083112083112083112083112083112");
  CHECK(request(Parameter::day_table_8, {0, {{0, 3}}}).di == 0x04010008);
  CHECK(to_hex(request(Parameter::weekend_mask, {0x41, {}}).payload) == "41");
  CHECK(to_hex(request(Parameter::weekend_day_table, {2, {}}).payload) == "02");
  CHECK(to_hex(request(Parameter::upper_voltage_limit, {264'500, {}}).payload) == "4526");
  CHECK(to_hex(request(Parameter::closing_money, {5'000'000, {}}).payload) == "00050000");
  CHECK(to_hex(request(Parameter::close_delay, {120, {}}).payload) == "0200");
  const auto refusal = [&](Parameter parameter, const ParameterValue& value) {
    return parameter_write(profile, at_seven, 0, parameter, value).error();
  };
  CHECK(refusal(Parameter::upper_voltage_limit, {264'550, {}}) == MeterErrc::value);    // half a step
  CHECK(refusal(Parameter::upper_voltage_limit, {1'000'000, {}}) == MeterErrc::value);  // a digit too many
  ParameterValue thirteen;
  for (std::uint16_t month = 1; month <= 12; ++month)
    thirteen.entries.push_back({static_cast<std::uint16_t>(month * 100 + 1), 1});
  thirteen.entries.push_back({1215, 2});
  CHECK(refusal(Parameter::zone_table, thirteen) == MeterErrc::value);
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
  CHECK(with(Parameter::day_table_1, {.di = 0x04010001, .periods = 13}).find("entries") != std::string::npos);
  CHECK(with(Parameter::zone_table, {.di = 0x04010001, .periods = 8}).find("zone_table") != std::string::npos);  // a day's
  CHECK(with(Parameter::zone_table, {.di = 0x04010000, .periods = 13}).find("entries") != std::string::npos);
  CHECK(with(Parameter::weekend_mask, {.di = 0x04001101}).find("weekend_mask") != std::string::npos);  // bits, but others
  CHECK(with(Parameter::weekend_day_table, {.di = 0x04000202}).find("weekend_day_table") != std::string::npos);
  CHECK(with(Parameter::lower_voltage_limit, {.di = 0x04000e02}).find("lower_voltage") != std::string::npos);  // power
  CHECK(with(Parameter::day_table_2, {.di = 0x04010001, .periods = 8}).find("day_table_2 has the identifier of day_table_1") !=
        std::string::npos);
  CHECK(with(Parameter::day_table_2, {.di = 0x04020002, .periods = 8}).find("another set") != std::string::npos);
  CHECK(with(Parameter::zone_table, {.di = 0x04020000, .periods = 8}).find("another set") != std::string::npos);
  const auto alone = [](dlt645::Edition edition, Parameter parameter, dlt645::ModelParameter of) {
    auto profile = generic_dlt645_meter(edition);
    std::get<dlt645::Model>(profile.protocol).parameters = {{parameter, of}};
    return contradiction(profile);
  };
  const auto in_2007 = dlt645::Edition::v2007;
  CHECK(alone(in_2007, Parameter::day_table_2, {.di = 0x04020002, .periods = 8}).empty());
  CHECK(alone(in_2007, Parameter::day_table_1, {.di = 0x04010003, .periods = 8}).find("another table") != std::string::npos);
  CHECK(alone(in_2007, Parameter::day_table_1, {.di = 0x0401000f, .periods = 8}).find("another table") != std::string::npos);
  const auto in_1997 = dlt645::Edition::v1997;
  CHECK(alone(in_1997, Parameter::day_table_8, {.di = 0xc3af, .periods = 8}).empty());
  CHECK(alone(in_1997, Parameter::zone_table, {.di = 0xc32f, .periods = 8}).empty());
  CHECK(alone(in_1997, Parameter::weekend_mask, {.di = 0xc022}).empty());
  CHECK(alone(in_1997, Parameter::settlement_day, {.di = 0xc117}).empty());
  CHECK(alone(in_1997, Parameter::day_table_8, {.di = 0xc3a1, .periods = 8}).find("ends in F") != std::string::npos);
  CHECK(alone(in_1997, Parameter::zone_table, {.di = 0xc321, .periods = 8}).find("ends in F") != std::string::npos);
  CHECK(alone(in_1997, Parameter::day_table_1, {.di = 0xc34f, .periods = 8}).find("another table") != std::string::npos);
  CHECK(alone(in_1997, Parameter::power_limit, {.di = 0xb630}).find("has no power_limit") != std::string::npos);
  CHECK(alone(in_1997, Parameter::alarm_energy_first, {.di = 0x9010}).find("has no alarm") != std::string::npos);
  CHECK(with(Parameter::keep_power, {.di = 0x04000503, .bit = 16}).find("bit") != std::string::npos);
  CHECK(with(Parameter::keep_power, {.di = 0x04000503, .bit = 4}).find("relay itself") != std::string::npos);
  CHECK(with(Parameter::keep_power, {.di = 0x04000503, .bit = 6}).find("relay_command_open") != std::string::npos);
  CHECK(with(Parameter::keep_power, {.di = 0x04000503, .bit = 10}).empty());
  CHECK(with(Parameter::keep_power, {.di = 0x04000501, .bit = 4}).empty());
  // Of the right unit, and no setting: what is measured, bought, or another time.
  CHECK(with(Parameter::upper_voltage_limit, {.di = 0x02010100}).find("upper_voltage") != std::string::npos);
  CHECK(with(Parameter::alarm_energy_first, {.di = 0x00010000}).find("alarm_energy") != std::string::npos);
  CHECK(with(Parameter::hoarding_money, {.di = 0x03330301}).find("hoarding_money") != std::string::npos);
  CHECK(with(Parameter::trip_delay, {.di = 0x04000103}).find("trip_delay") != std::string::npos);
  auto profile = told_by_modbus();
  auto& limit = std::get<ModbusModel>(profile.protocol).parameters[Parameter::power_limit];
  limit.point.encoding = Encoding::u32;
  CHECK(contradiction(profile).find("power_limit") != std::string::npos);
  limit.point.source = modbus::Function::read_input;
  CHECK(contradiction(profile).find("holding") != std::string::npos);
}

}  // namespace wattle
