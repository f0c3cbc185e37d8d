#include "shared/policy/meter_parameters.hpp"

#include <catch2/catch.hpp>

#include "shared/policy/registers.hpp"

namespace wattle {
namespace {

const ParameterOrder everything{{{Parameter::alarm_money_first, {10'000'000, {}}},
                                 {Parameter::alarm_energy_first, {5'000, {}}},
                                 {Parameter::power_limit, {3'000, {}}},
                                 {Parameter::trip_delay, {120, {}}},
                                 {Parameter::settlement_day, {26 * 24 + 12, {}}},
                                 {Parameter::keep_power, {1, {}}},
                                 {Parameter::day_table_1, {0, {{0, 2}, {480, 1}}}},
                                 {Parameter::zone_table, {0, {{301, 1}, {1231, 8}}}},
                                 {Parameter::weekend_mask, {0x41, {}}},
                                 {Parameter::lower_voltage_limit, {176'000, {}}},
                                 {Parameter::close_delay, {120, {}}}}};

}  // namespace

TEST_CASE("what a meter is to be told comes back from its register") {
  CHECK(decode_parameters(encode(everything)) == everything);
  CHECK(decode_parameters(encode(ParameterOrder{})) == ParameterOrder{});
  CHECK(to_hex(encode(ParameterOrder{{{Parameter::power_limit, {3'000, {}}}}})) == "010107f02e");
  CHECK(parameters_key({1010}) == "parameters/1010");
  CHECK(parse_register_key("parameters/1010") == RegisterKey{RegisterKind::parameters, 1010});
  CHECK(circuit_of_register("parameters/1010") == CircuitId{1010});
  CHECK(is_valid_register("parameters/1010", encode(everything)));
  CHECK_FALSE(is_valid_register("parameters/01010", encode(everything)));
}

TEST_CASE("what is not exactly one valid order is none") {
  for (const auto* bad : {"",
                          "01",
                          "0201"
                          "07f02e",
                          "010107f02e00",
                          "010207f02e07f02e",
                          "010207f02e01f02e",
                          "01010c02",
                          "010100",
                          "0101"
                          "0701",
                          "01010981"
                          "00",
                          "01010a04",
                          "01010b00",
                          "01010b010101",
                          "01010b0200010001",
                          "01010b010040",
                          "01010107",
                          "01011c02",
                          "010113"
                          "00",
                          "010113"
                          "010001",
                          "0101130165"
                          "00",
                          "010113"
                          "0165"
                          "09",
                          "010113"
                          "01e601"
                          "01",
                          "010113"
                          "02650165"
                          "01"})
    CHECK_FALSE(decode_parameters(from_hex(bad)));
  CHECK(decode_parameters(from_hex("0101130165"
                                   "01")) == ParameterOrder{{{Parameter::zone_table, {0, {{101, 1}}}}}});
  const auto whole = encode(everything);
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(decode_parameters(ByteView(whole).first(size)));
}

TEST_CASE("what a box tells of a meter comes back") {
  const ParametersTold told = {
      {Parameter::power_limit, {ParameterState::written, ParameterValue{3'000, {}}, {1'790'000'000'000'000}, 0}},
      {Parameter::trip_delay, {ParameterState::refused, std::nullopt, {}, 21}},
      {Parameter::day_table_1, {ParameterState::differs, ParameterValue{0, {{0, 1}}}, {1'790'000'000'000'001}, 1}}};
  Bytes bytes;
  Writer out(bytes);
  write(out, told);
  write(out, std::optional(ClockTold{seconds(-75), {1'790'000'000'000'002}, true}));
  write(out, std::optional<ClockTold>());
  Reader in(bytes);
  CHECK(read_parameters_told(in) == told);
  CHECK(read_clock_told(in) == ClockTold{seconds(-75), {1'790'000'000'000'002}, true});
  CHECK_FALSE(read_clock_told(in));
  CHECK(in.finished());
  for (const auto* bad : {"01070500"
                          "0000000000000000",
                          "01070004"
                          "0000000000000000",
                          "02070000"
                          "0000000000000000"
                          "070000"
                          "0000000000000000"}) {
    const auto wrong = from_hex(bad);
    Reader reader(wrong);
    read_parameters_told(reader);
    CHECK_FALSE(reader.ok());
  }
}

}  // namespace wattle
