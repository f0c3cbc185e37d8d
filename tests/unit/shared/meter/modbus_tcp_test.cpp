#include "shared/meter/modbus_tcp.hpp"

#include <catch2/catch.hpp>

namespace wattle::modbus_tcp_test {

namespace {
const modbus::Request question = modbus::read(modbus::Function::read_holding, 3, 2);
Received heard(std::string_view hex, Wire wire = Wire::open) {
  return modbus_tcp::decode_answer(1, 1, question, from_hex(hex), wire);
}
Error reason(const Received& received) {
  REQUIRE(std::holds_alternative<Bad>(received));
  return std::get<Bad>(received).error;
}
}  // namespace

TEST_CASE("a TCP answer may come in any pieces") {
  const std::string good =
      "0001000000070103040102"
      "0304";
  for (std::size_t n = 0; n < good.size(); n += 2) {
    CHECK(std::holds_alternative<NeedMore>(heard(good.substr(0, n))));
  }
  const auto received = heard(good);
  REQUIRE(std::holds_alternative<MeterAnswer>(received));
  CHECK(std::get<MeterAnswer>(received).values == std::vector<std::uint16_t>{0x0102, 0x0304});
}

TEST_CASE("a late answer to an earlier question is skipped by its transaction") {
  const auto received = heard(
      "000000000007010304ffffffff"
      "000100000007010304"
      "01020304");
  REQUIRE(std::holds_alternative<MeterAnswer>(received));
  CHECK(std::get<MeterAnswer>(received).values[0] == 0x0102);
}

TEST_CASE("TCP frames that are none") {
  CHECK(reason(heard("", Wire::quiet)) == MeterErrc::silence);
  CHECK(reason(heard("000100", Wire::quiet)) == MeterErrc::length);
  CHECK(reason(heard("000100010007010304"
                     "01020304")) == MeterErrc::foreign);
  CHECK(reason(heard("0001000000010"
                     "1")) == MeterErrc::length);
  CHECK(reason(heard("0001000001ff01")) == MeterErrc::length);
  CHECK(reason(heard("000100000007020304"
                     "01020304")) == MeterErrc::wrong_address);
  CHECK(reason(heard("000100000003018302")) == exception_errc(2));
  CHECK(reason(heard("000000000007010304"
                     "01020304",
                     Wire::quiet)) == MeterErrc::foreign);
}

}  // namespace wattle::modbus_tcp_test
