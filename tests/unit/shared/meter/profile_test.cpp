#include "shared/meter/profile.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/exchange.hpp"

using namespace wattle;
using modbus::Function;

namespace {

const Reading sample{MeterId{200311001043}, Quantity{123456789}, Power{1850}, 221300, 8360, true};

/// Floats in input registers as Eastron's SDM120 has them, a relay board's coil, a number in two holding registers.
MeterProfile split_profile() {
  return {.model = "float-and-coil",
          .blocks = {{Function::read_input, 0x0000, 14},
                     {Function::read_input, 0x0156, 2},
                     {Function::read_coils, 7, 1},
                     {Function::read_holding, 0xfc00, 2}},
          .number = {Function::read_holding, 0xfc00, Encoding::u32, {}},
          .energy = {Function::read_input, 0x0156, Encoding::f32, {1000, 1}},
          .rollover = {1'000'000'000},
          .power = {Function::read_input, 0x000c, Encoding::f32, {}},
          .voltage = {Function::read_input, 0x0000, Encoding::f32, {1000, 1}},
          .current = {Function::read_input, 0x0006, Encoding::f32, {1000, 1}},
          .relay = {Function::read_coils, 7, Encoding::bit, {}},
          .relay_coil = 7,
          .answers_within = milliseconds(200)};
}

/// Asks an image for every block, through the bytes of the wire.
Result<Reading> read_through(const MeterProfile& profile, modbus::RegisterImage image) {
  std::vector<std::vector<std::uint16_t>> blocks;
  for (const auto& exchange : reading_exchanges(profile, 9)) {
    const auto asked = request_bytes(exchange);
    const auto scan = modbus_rtu::find_request(asked);
    REQUIRE(scan.request.has_value());
    const auto heard = modbus_rtu::frame(9, modbus::answer(scan.request->pdu, image));
    const auto received = receive(exchange, heard, Wire::open);
    REQUIRE(std::holds_alternative<MeterAnswer>(received));
    blocks.push_back(std::get<MeterAnswer>(received).values);
  }
  return decode_reading(profile, blocks);
}

std::vector<std::vector<std::uint16_t>> generic_block() {
  return {{0x075b, 0xcd15, 2213, 836, 1850, 1, 0, 0x002e, 0xa3a5, 0x3313}};
}

}  // namespace

TEST_CASE("profiles are sound") {
  CHECK(check(generic_relay_meter()).has_value());
  CHECK(check(split_profile()).has_value());
}

TEST_CASE("profiles that contradict themselves are refused") {
  const auto refused = [](auto change) {
    auto profile = generic_relay_meter();
    change(profile);
    return check(profile).has_error() && check(profile).error() == MeterErrc::profile;
  };
  CHECK(refused([](auto& p) { p.blocks.clear(); }));
  CHECK(refused([](auto& p) { p.blocks[0].count = 0; }));
  CHECK(refused([](auto& p) { p.blocks[0].count = 126; }));
  CHECK(refused([](auto& p) { p.blocks[0].function = Function::write_coil; }));
  CHECK(refused([](auto& p) { p.number.address = 7; }));
  CHECK(refused([](auto& p) { p.energy.scale.divide = 0; }));
  CHECK(refused([](auto& p) { p.relay.encoding = Encoding::bit; }));
  CHECK(refused([](auto& p) { p.rollover = {0}; }));
  CHECK(refused([](auto& p) { p.answers_within = {0}; }));
}

TEST_CASE("the generic meter's registers decode to a reading") {
  auto block = generic_block();
  const auto reading = decode_reading(generic_relay_meter(), block);
  REQUIRE(reading.has_value());
  CHECK(reading->energy.units == 123456789);
  CHECK(reading->power.watts == 1850);
  CHECK(reading->voltage_mv == 221300);
  CHECK(reading->current_ma == 8360);
  CHECK(reading->relay_closed);
  CHECK(reading->meter.value == 0x2ea3a53313);
}

TEST_CASE("a reading survives the wire in both kinds of map") {
  auto small = sample;
  small.meter = MeterId{4711};
  small.energy = Quantity{7'654'321};
  for (const auto& profile : {generic_relay_meter(), split_profile()}) {
    INFO(profile.model);
    const auto read = read_through(profile, encode_reading(profile, small).value());
    REQUIRE(read.has_value());
    CHECK(*read == small);
  }
}

TEST_CASE("an open relay is read as open") {
  auto open = sample;
  open.relay_closed = false;
  CHECK_FALSE(read_through(generic_relay_meter(), encode_reading(generic_relay_meter(), open).value())->relay_closed);
}

TEST_CASE("implausible meter numbers are refused") {
  const auto with_number = [](std::vector<std::uint16_t> words) {
    auto block = generic_block();
    std::copy(words.begin(), words.end(), block[0].begin() + 6);
    return decode_reading(generic_relay_meter(), block);
  };
  CHECK(with_number({0, 0, 0, 0}).error() == MeterErrc::meter_number);
  CHECK(with_number({0xffff, 0xffff, 0xffff, 0xffff}).error() == MeterErrc::meter_number);
  CHECK(with_number({0, 0xe8, 0xd4a5, 0x1000}).error() == MeterErrc::meter_number);  // 10^12
  CHECK(with_number({0, 0xe8, 0xd4a5, 0x0fff}).value().meter.value == 999'999'999'999);
}

TEST_CASE("registers out of range refuse the reading") {
  const auto with_register = [](std::size_t at, std::uint16_t value) {
    auto block = generic_block();
    block[0][at] = value;
    return decode_reading(generic_relay_meter(), block);
  };
  CHECK(with_register(0, 0xffff).error() == MeterErrc::value);  // energy beyond the rollover
  CHECK(with_register(2, 0xffff).error() == MeterErrc::value);  // voltage "not available"
  CHECK(with_register(5, 2).error() == MeterErrc::value);       // a relay is open or closed
  CHECK(with_register(4, 0xff00).value().power.watts == -256);
}

TEST_CASE("answers that do not fit the blocks are refused") {
  auto block = generic_block();
  block[0].pop_back();
  CHECK(decode_reading(generic_relay_meter(), block).error() == MeterErrc::length);
  CHECK(decode_reading(generic_relay_meter(), {}).error() == MeterErrc::length);
}

TEST_CASE("a relay is commanded by its coil") {
  const auto profile = split_profile();
  CHECK(to_hex(request_bytes(relay_exchange(profile, 0x11, true))).substr(0, 12) == "11050007ff00");
  CHECK(to_hex(request_bytes(relay_exchange(generic_relay_meter(), 1, false))) == "010500000000cdca");  // modbus-rtu-014
}

TEST_CASE("the time-out covers both frames at the line's rate and the meter's delay") {
  const auto profile = generic_relay_meter();
  const auto exchange = reading_exchanges(profile, 1).front();
  CHECK(answer_timeout(profile, exchange, 9600).micros == 33 * 11 * 1'000'000 / 9600 + 500'000);
}
