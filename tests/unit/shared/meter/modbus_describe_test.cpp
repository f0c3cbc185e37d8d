#include "shared/meter/modbus_describe.hpp"

#include "tests/unit/shared/meter/described.hpp"

namespace wattle::modbus_describe_test {

using namespace wattle::modbus;
using wattle::test::hex;
using wattle::test::shown;

TEST_CASE("how long a PDU is that begins so") {
  const auto lengths = [](const std::string& pdu) {
    const auto found = lengths_of(hex(pdu));
    return std::pair(found.request, found.answer);
  };
  CHECK(lengths("") == std::pair<std::size_t, std::size_t>(0, 0));
  CHECK(lengths("03 04") == std::pair<std::size_t, std::size_t>(5, 6));
  CHECK(lengths("03 05") == std::pair<std::size_t, std::size_t>(5, 0));  // half a register
  CHECK(lengths("02 05") == std::pair<std::size_t, std::size_t>(5, 7));
  CHECK(lengths("06") == std::pair<std::size_t, std::size_t>(5, 5));
  CHECK(lengths("10 00 01 00 02 04") == std::pair<std::size_t, std::size_t>(10, 5));
  CHECK(lengths("83 02") == std::pair<std::size_t, std::size_t>(0, 2));
  CHECK(lengths("2B 0E") == std::pair<std::size_t, std::size_t>(0, 0));
}

TEST_CASE("an order to several registers, and its answer") {
  const auto order = describe(hex("10 00 01 00 02 04 00 0A 01 02"), Side::either, {});
  CHECK(order.from == Side::master);
  CHECK(shown(order.described.fields, "command") == "write_registers");
  CHECK(shown(order.described.fields, "register_0x0002") == "258");
  const auto done = describe(hex("10 00 01 00 02"), Side::either, order.request);
  CHECK(done.from == Side::meter);
  CHECK(shown(done.described.fields, "start") == "0x0001");
  CHECK(shown(done.described.fields, "count") == "2");
  CHECK(shown(done.described.fields, "refused") == "no");
}

TEST_CASE("bits: as many as were asked for, or as the bytes hold") {
  const auto question = describe(hex("02 00 13 00 03"), Side::either, {});
  CHECK(shown(question.described.fields, "command") == "read_discrete_inputs");
  const auto answer = describe(hex("02 01 05"), Side::either, question.request);
  CHECK(shown(answer.described.fields, "coil_0x0013") == "yes");
  CHECK(shown(answer.described.fields, "coil_0x0014") == "no");
  CHECK(shown(answer.described.fields, "coil_0x0015") == "yes");
  CHECK(shown(answer.described.fields, "coil_0x0016").empty());
  CHECK(shown(describe(hex("01 01 05"), Side::either, {}).described.fields, "coil_8") == "no");
}

TEST_CASE("the answer to another question has no addresses") {
  const auto other = read(Function::read_holding, 0x20, 1);
  const auto answer = describe(hex("03 04 00 01 00 02"), Side::either, other);
  CHECK_FALSE(answer.asked);
  CHECK(shown(answer.described.fields, "register_2") == "2");
}

TEST_CASE("a coil is ordered on or off, and nothing else") {
  CHECK(shown(describe(hex("05 00 00 FF 00"), Side::either, {}).described.fields, "coil_0x0000") == "yes");
  CHECK(shown(describe(hex("05 00 00 00 00"), Side::either, {}).described.fields, "coil_0x0000") == "no");
  for (const auto side : {Side::either, Side::master, Side::meter}) {
    const auto wrong = describe(hex("05 00 00 12 34"), side, {});
    CHECK(wrong.described.error == MeterErrc::value);
    CHECK(wrong.described.offset == 3);
    CHECK(wrong.from == side);
  }
}

TEST_CASE("what cannot be is told") {
  const auto error = [](const std::string& pdu, Side told) { return describe(hex(pdu), told, {}).described.error; };
  CHECK(error("", Side::either) == MeterErrc::length);
  CHECK(error("2B 0E 01 00", Side::either) == MeterErrc::wrong_function);
  CHECK(error("83 02", Side::master) == MeterErrc::direction);
  CHECK(error("83", Side::either) == MeterErrc::length);
  CHECK(error("03 00 00 00 00", Side::either) == MeterErrc::data);   // no register at all
  CHECK(error("05 00 00 12 34", Side::master) == MeterErrc::value);  // neither on nor off
  CHECK(error("03 00 00 00 01", Side::meter) == MeterErrc::data);
}

}  // namespace wattle::modbus_describe_test
