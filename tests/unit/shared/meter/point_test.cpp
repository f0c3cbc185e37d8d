#include "shared/meter/point.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

namespace wattle::point_test {

namespace {

Point point(Encoding encoding, Scale scale = {}) { return {modbus::Function::read_holding, 0, encoding, scale}; }
Result<std::int64_t> decoded(Encoding encoding, Scale scale, std::vector<std::uint16_t> words) {
  return decode_value(point(encoding, scale), words);
}
Result<std::int64_t> from_float(std::uint32_t bits, Scale scale = {}) {
  return decoded(Encoding::f32, scale, {static_cast<std::uint16_t>(bits >> 16), static_cast<std::uint16_t>(bits)});
}

}  // namespace

TEST_CASE("integers decode with sign and scale") {
  CHECK(decoded(Encoding::u16, {}, {0xffff}).value() == 65535);
  CHECK(decoded(Encoding::i16, {}, {0xffff}).value() == -1);
  CHECK(decoded(Encoding::u32, {10, 1}, {0x0000, 0x007f}).value() == 1270);  // 1.27 kWh of modbus-rtu-011
  CHECK(decoded(Encoding::i32, {}, {0xffff, 0xfffe}).value() == -2);
  CHECK(decoded(Encoding::u64, {}, {0, 0x0012, 0x3456, 0x789a}).value() == 0x00123456789a);
  CHECK(decoded(Encoding::u16, {1, 10}, {25}).value() == 3);
  CHECK(decoded(Encoding::i16, {1, 10}, {static_cast<std::uint16_t>(-25)}).value() == -3);
  CHECK(decoded(Encoding::u64, {}, {0xffff, 0xffff, 0xffff, 0xffff}).error() == MeterErrc::value);
}

TEST_CASE("digits in registers, four bits each") {
  CHECK(decoded(Encoding::bcd32, {10, 1}, {0x0012, 0x3456}).value() == 1'234'560);
  CHECK(decoded(Encoding::bcd32, {}, {0x9999, 0x9999}).value() == 99'999'999);
  CHECK(decoded(Encoding::bcd32, {}, {0x0012, 0x345a}).error() == MeterErrc::value);
  CHECK(decoded(Encoding::bcd32, {}, {0xffff, 0xffff}).error() == MeterErrc::value);
  auto swapped = point(Encoding::bcd32);
  swapped.order = WordOrder::cdab;
  CHECK(decode_value(swapped, std::vector<std::uint16_t>{0x3456, 0x0012}).value() == 123'456);
  CHECK(encode_value(swapped, 123'456).value() == std::vector<std::uint16_t>{0x3456, 0x0012});
  CHECK(encode_value(point(Encoding::bcd32), 100'000'000).error() == MeterErrc::value);
  CHECK(encode_value(point(Encoding::bcd32), -1).error() == MeterErrc::value);
  Random random(7);
  for (int i = 0; i < 1000; ++i) {
    const auto value = static_cast<std::int64_t>(random.below(100'000'000));
    CHECK(decode_value(point(Encoding::bcd32), encode_value(point(Encoding::bcd32), value).value()).value() == value);
  }
}

TEST_CASE("what the meter marks as not available is no value, whatever else the bits would mean") {
  auto marked = point(Encoding::u16);
  marked.invalid = 0x7fff;
  CHECK(decode_value(marked, std::vector<std::uint16_t>{0x7fff}).error() == MeterErrc::value);
  CHECK(is_marked_invalid(marked, std::vector<std::uint16_t>{0x7fff}));
  CHECK(decode_value(marked, std::vector<std::uint16_t>{0x7ffe}).value() == 0x7ffe);
  CHECK_FALSE(is_marked_invalid(marked, std::vector<std::uint16_t>{0x7ffe}));
  auto wide = point(Encoding::i32);
  wide.order = WordOrder::cdab;
  wide.invalid = 0x8000'0000;  // as the words stand in ABCD
  CHECK(is_marked_invalid(wide, std::vector<std::uint16_t>{0x0000, 0x8000}));
  CHECK_FALSE(is_marked_invalid(wide, std::vector<std::uint16_t>{0x8000, 0x0000}));
}

TEST_CASE("float32 registers become integers exactly") {
  CHECK(from_float(0x42c80000).value() == 100);                     // modbus-rtu-004
  CHECK(from_float(0x3f800000, {1000, 1}).value() == 1000);         // 1.0 kWh
  CHECK(from_float(0x41458c7e, {1000, 1}).value() == 12347);        // 12.3467998... kWh
  CHECK(from_float(0x4b7fffff, {1000, 1}).value() == 16777215000);  // 2^24 - 1 kWh
  CHECK(from_float(0x4b800001, {1000, 1}).value() == 16777218000);  // above 2^24 the register counts in steps of two
  CHECK(from_float(0x3f000000).value() == 1);                       // a tie goes away from zero
  CHECK(from_float(0xbf000000).value() == -1);
  CHECK(from_float(0x3effffff).value() == 0);
  CHECK(from_float(0x80000000).value() == 0);
  CHECK(from_float(0x00000001, {INT32_MAX, 1}).value() == 0);  // the smallest subnormal
}

TEST_CASE("floats that are no number, or too large, are refused") {
  CHECK(from_float(0x7fc00000).error() == MeterErrc::value);
  CHECK(from_float(0x7f800000).error() == MeterErrc::value);
  CHECK(from_float(0xff800000).error() == MeterErrc::value);
  CHECK(from_float(0x7f7fffff).error() == MeterErrc::value);
  CHECK(from_float(0x5e800000).value() == std::int64_t{1} << 62);
  CHECK(from_float(0x5e800001).error() == MeterErrc::value);
}

TEST_CASE("conversion of floats never runs backwards") {
  Random random(3);
  for (int i = 0; i < 100000; ++i) {
    const auto low = static_cast<std::uint32_t>(random.below(0x4f000000));
    const auto high = low + static_cast<std::uint32_t>(random.below(5000));
    CHECK(from_float(low, {1000, 1}).value() <= from_float(high, {1000, 1}).value());
  }
}

TEST_CASE("what is encoded decodes to the same") {
  Random random(4);
  const auto energy = point(Encoding::f32, {1000, 1});
  for (int i = 0; i < 20000; ++i) {
    const auto wh = static_cast<std::int64_t>(random.below(8'000'000));  // to 8 MWh a float32 of kWh tells single Wh apart
    CHECK(decode_value(energy, encode_value(energy, wh).value()).value() == wh);
  }
  CHECK(decode_value(energy, encode_value(energy, -1500).value()).value() == -1500);
  CHECK(encode_value(point(Encoding::f32), 16777215).value() == std::vector<std::uint16_t>{0x4b7f, 0xffff});
  CHECK(encode_value(point(Encoding::f32), 33554431).value() == std::vector<std::uint16_t>{0x4c00, 0x0000});
  CHECK(encode_value(point(Encoding::i16), -2).value() == std::vector<std::uint16_t>{0xfffe});
  CHECK(encode_value(point(Encoding::u64), 0x123456789).value() == std::vector<std::uint16_t>{0, 1, 0x2345, 0x6789});
  CHECK(encode_value(point(Encoding::u16), 65536).error() == MeterErrc::value);
  CHECK(encode_value(point(Encoding::u32), -1).error() == MeterErrc::value);
}

}  // namespace wattle::point_test
