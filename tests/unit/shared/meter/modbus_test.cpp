#include "shared/meter/modbus.hpp"

#include <catch2/catch.hpp>

namespace wattle::modbus_test {

using modbus::Function;

namespace {

modbus::RegisterImage small_image() {
  modbus::RegisterImage image;
  image.holding = {{0, {0x1234, false}}, {1, {0x5678, true}}, {2, {0x9abc, true}}};
  image.input = {{0, {0x00ff, false}}};
  for (std::uint16_t i = 0; i < 10; ++i) image.coils[i] = {static_cast<std::uint16_t>(i % 2), true};
  return image;
}

std::string answered(std::string_view request_hex, modbus::RegisterImage& image) {
  return to_hex(modbus::answer(from_hex(request_hex), image));
}
std::string answered(std::string_view request_hex) {
  auto image = small_image();
  return answered(request_hex, image);
}

}  // namespace

TEST_CASE("requests have the bytes of V1.1b3") {
  CHECK(to_hex(modbus::encode_request(modbus::read(Function::read_coils, 0x13, 0x25))) == "0100130025");
  CHECK(to_hex(modbus::encode_request(modbus::read(Function::read_holding, 0x6b, 3))) == "03006b0003");
  CHECK(to_hex(modbus::encode_request(modbus::read(Function::read_input, 8, 1))) == "0400080001");
  CHECK(to_hex(modbus::encode_request(modbus::write_coil(0xac, true))) == "0500acff00");
  CHECK(to_hex(modbus::encode_request(modbus::write_coil(0xac, false))) == "0500ac0000");
  CHECK(to_hex(modbus::encode_request(modbus::write_register(1, 3))) == "0600010003");
  CHECK(to_hex(modbus::encode_request(modbus::write_registers(1, {0x0a, 0x0102}))) == "100001000204000a0102");
  CHECK(to_hex(modbus::encode_request({Function::write_coils, 0x13, 10, {1, 0, 1, 1, 0, 0, 1, 1, 1, 0}})) ==
        "0f0013000a02cd01");
}

TEST_CASE("a request's limits") {
  CHECK(modbus::is_valid(modbus::read(Function::read_holding, 0, 125)));
  CHECK_FALSE(modbus::is_valid(modbus::read(Function::read_holding, 0, 126)));
  CHECK_FALSE(modbus::is_valid(modbus::read(Function::read_holding, 0, 0)));
  CHECK_FALSE(modbus::is_valid(modbus::read(Function::read_holding, 0xffff, 2)));
  CHECK(modbus::is_valid(modbus::read(Function::read_coils, 0, 2000)));
  CHECK_FALSE(modbus::is_valid(modbus::read(Function::read_coils, 0, 2001)));
  CHECK_FALSE(modbus::is_valid(modbus::write_registers(0, std::vector<std::uint16_t>(124))));
  CHECK_FALSE(modbus::is_valid({Function::read_holding, 0, 1, {7}}));
}

TEST_CASE("a read is answered from the image") {
  CHECK(answered("0300000002") == "030412345678");
  CHECK(answered("0400000001") == "040200ff");
  CHECK(answered("010000000a") == "0102aa02");
}

TEST_CASE("a write changes the image and is echoed") {
  auto image = small_image();
  CHECK(answered("0500000000", image) == "0500000000");
  CHECK(image.coils[0].value == 0);
  CHECK(answered("050000ff00", image) == "050000ff00");
  CHECK(image.coils[0].value == 1);
  CHECK(answered("060001beef", image) == "060001beef");
  CHECK(image.holding[1].value == 0xbeef);
  CHECK(answered("1000010002040001ffff", image) == "1000010002");
  CHECK(image.holding[1].value == 1);
  CHECK(image.holding[2].value == 0xffff);
  CHECK(answered("0f0000000a02ff03", image) == "0f0000000a");
  CHECK(image.coils[8].value == 1);
}

TEST_CASE("discrete inputs are bits of their own, and nobody writes them") {
  auto image = small_image();
  image.discrete[3] = {1, true};
  image.discrete[4] = {0, false};
  CHECK(answered("0200030002", image) == "020101");
  CHECK(answered("0200050001", image) == "8202");
  CHECK(answered("02000007d1", image) == "8203");
  CHECK(answered("0500040000", image) == "0500040000");
  CHECK(image.discrete[3].value == 1);
  const auto inputs = modbus::read(Function::read_discrete, 3, 2);
  CHECK(modbus::is_valid(modbus::read(Function::read_discrete, 0, 2000)));
  CHECK(modbus::decode_answer(inputs, from_hex("020101")).value() == std::vector<std::uint16_t>{1, 0});
}

TEST_CASE("what a meter refuses") {
  CHECK(answered("") == "8003");
  CHECK(answered("0700") == "8701");
  CHECK(answered("03000000") == "8303");
  CHECK(answered("0300000000") == "8303");
  CHECK(answered("030000007e") == "8303");
  CHECK(answered("0300020002") == "8302");
  CHECK(answered("0400010001") == "8402");
  CHECK(answered("03ffff0002") == "8302");
  CHECK(answered("050000ff01") == "8503");
  CHECK(answered("1000010002030001ff") == "9003");
  CHECK(answered("100001000202beef") == "9003");
}

TEST_CASE("a write that is refused in part changes nothing") {
  auto image = small_image();
  CHECK(answered("1000000002041111"
                 "2222",
                 image) == "9002");
  CHECK(image.holding[1].value == 0x5678);
  CHECK(answered("060000beef", image) == "8602");
  CHECK(image.holding[0].value == 0x1234);
}

TEST_CASE("what the image answers, the master decodes") {
  auto image = small_image();
  const auto ask = [&](const modbus::Request& request) {
    return modbus::decode_answer(request, modbus::answer(modbus::encode_request(request), image));
  };
  CHECK(ask(modbus::read(Function::read_holding, 1, 2)).value() == std::vector<std::uint16_t>{0x5678, 0x9abc});
  CHECK(ask(modbus::read(Function::read_coils, 1, 3)).value() == std::vector<std::uint16_t>{1, 0, 1});
  CHECK(ask(modbus::write_coil(3, false)).value().empty());
  CHECK(ask(modbus::write_registers(1, {1, 2})).value().empty());
  CHECK(ask(modbus::read(Function::read_holding, 7, 1)).error() == exception_errc(2));
}

TEST_CASE("error codes are stable and readable") {
  CHECK(make_error_code(MeterErrc::silence).value() == 1);
  CHECK(make_error_code(MeterErrc::meter_number).value() == 8);
  CHECK(make_error_code(exception_errc(6)).value() == 106);
  CHECK(make_error_code(exception_errc(6)).message() == "the meter refused with exception 6");
  CHECK(std::string(meter_category().name()) == "meter");
}

}  // namespace wattle::modbus_test
