#include "shared/meter/torn.hpp"

#include <catch2/catch.hpp>

namespace wattle {
namespace {

constexpr MeterId plate{70'001'010};

Reading standing_at(std::int64_t wh, MeterId meter = plate) {
  CircuitReading circuit;
  circuit.energy = {wh};
  return {meter, {}, {}, {circuit}};
}

MeterProfile meter_with(Encoding encoding, Scale scale = {}) {
  auto profile = generic_relay_meter();
  auto& energy = std::get<ModbusModel>(profile.protocol).circuits.front().energy;
  energy.encoding = encoding;
  energy.scale = scale;
  return profile;
}

bool is_doubted(const MeterProfile& profile, std::int64_t before, std::int64_t now) {
  const auto known = standing_at(before);
  return may_be_torn(profile, &known, standing_at(now));
}

}  // namespace

TEST_CASE("a register that carries into its high word, or runs backwards, has to be borne out") {
  const auto profile = meter_with(Encoding::u32);
  CHECK_FALSE(is_doubted(profile, 0x1'0000, 0x1'fff0));
  CHECK_FALSE(is_doubted(profile, 0x1'fff0, 0x1'fff0));
  CHECK(is_doubted(profile, 0x1'fff0, 0x2'0002));
  CHECK(is_doubted(profile, 0x1'fff0, 0x2'fff1));  // the new high word with the low word of before
  CHECK(is_doubted(profile, 0x1'fff0, 0x1'0002));  // and the other way round
  CHECK(is_doubted(profile, 0x1'fff0, 0));
}

TEST_CASE("the step of the register counts, not the unit") {
  const auto profile = meter_with(Encoding::u32, {10, 1});  // 0.01 kWh
  CHECK_FALSE(is_doubted(profile, 0xfff0, 0x1'0010));
  CHECK(is_doubted(profile, 0xffff * 10, 0x1'0000 * 10));
}

TEST_CASE("a second reading bears the first out when it goes on from it") {
  const auto profile = meter_with(Encoding::u32);
  CHECK(bears_out(profile, standing_at(0x2'0002), standing_at(0x2'0002)));
  CHECK(bears_out(profile, standing_at(0x2'0002), standing_at(0x2'0003)));
  CHECK_FALSE(bears_out(profile, standing_at(0x2'fff1), standing_at(0x2'0003)));
  CHECK_FALSE(bears_out(profile, standing_at(0x1'0002), standing_at(0x2'0003)));
  CHECK_FALSE(bears_out(profile, standing_at(0x2'0002), standing_at(0x2'0002, MeterId{5})));
}

TEST_CASE("without anything from before, only a register near an edge has to be borne out") {
  const auto profile = meter_with(Encoding::u32);
  for (const auto wh : {0x1'ffff, 0x1'ff00, 0x2'0000, 0x2'00ff}) CHECK(may_be_torn(profile, nullptr, standing_at(wh)));
  for (const auto wh : {0x1'fe00, 0x1'0100, 0x1'8000}) CHECK_FALSE(may_be_torn(profile, nullptr, standing_at(wh)));
}

TEST_CASE("eight digits are torn where their lower four carry, read before or behind it") {
  const auto profile = meter_with(Encoding::bcd32, {10, 1});  // 0.01 kWh
  const auto wh = [](std::int64_t digits) { return digits * 10; };
  CHECK_FALSE(is_doubted(profile, wh(120'000), wh(129'999)));
  CHECK(is_doubted(profile, wh(129'999), wh(130'000)));  // as it was written
  CHECK(is_doubted(profile, wh(129'999), wh(139'999)));  // the new high word with the low word of before
  CHECK(is_doubted(profile, wh(129'999), wh(120'000)));  // and the other way round
  CHECK_FALSE(bears_out(profile, standing_at(wh(139'999)), standing_at(wh(130'001))));
  CHECK_FALSE(bears_out(profile, standing_at(wh(120'000)), standing_at(wh(130'001))));
  CHECK(bears_out(profile, standing_at(wh(130'000)), standing_at(wh(130'001))));
  for (const auto near : {129'744, 129'999, 130'000, 130'255}) CHECK(may_be_torn(profile, nullptr, standing_at(wh(near))));
  for (const auto far : {129'743, 130'256, 125'000}) CHECK_FALSE(may_be_torn(profile, nullptr, standing_at(wh(far))));
  CHECK(may_be_torn(profile, nullptr, standing_at(wh(99'999'999))));  // at its end
}

TEST_CASE("the words of a float are torn as well, wherever it stands") {
  const auto profile = meter_with(Encoding::f32, {1000, 1});  // kWh
  CHECK(may_be_torn(profile, nullptr, standing_at(1'234'567)));
  CHECK_FALSE(is_doubted(profile, 1'234'567, 1'234'570));
  CHECK(is_doubted(profile, 1'234'567, 1'299'000));
}

TEST_CASE("one word, and values in one piece, cannot be torn") {
  CHECK_FALSE(is_doubted(meter_with(Encoding::u16), 60'000, 3));
  const auto of_digits = generic_dlt645_meter(dlt645::Edition::v2007);
  CHECK_FALSE(is_doubted(of_digits, 0xffff'0, 0x1'0000'0));
  CHECK_FALSE(may_be_torn(of_digits, nullptr, standing_at(0x1'0000)));
}

TEST_CASE("a value that its register could not hold is no reason to end") {
  const auto profile = meter_with(Encoding::u32, {1, 10});
  CHECK_FALSE(may_be_torn(profile, nullptr, standing_at(1'000)));
  CHECK(may_be_torn(profile, nullptr, standing_at(429'496'730)));  // 4294967295 tenths, rounded
}

}  // namespace wattle
