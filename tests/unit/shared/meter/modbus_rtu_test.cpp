#include "shared/meter/modbus_rtu.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

namespace wattle::modbus_rtu_test {

using modbus::Function;

namespace {

const modbus::Request question = modbus::read(Function::read_holding, 0, 2);
const Bytes good = from_hex("010304000a0014da3e");

Bytes joined(ByteView a, ByteView b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}
Received heard(ByteView bytes, Wire wire = Wire::open) { return modbus_rtu::decode_answer(1, question, bytes, wire); }

}  // namespace

TEST_CASE("CRC of the standard's example frames") {
  CHECK(modbus_rtu::crc(from_hex("0207")) == 0x1241);  // V1.02, appendix B
  CHECK(modbus_rtu::crc({}) == 0xffff);
  CHECK(to_hex(modbus_rtu::frame(1, from_hex("0300000002"))) == "010300000002c40b");
}

TEST_CASE("an answer that arrives byte by byte is complete with its last byte") {
  for (std::size_t n = 0; n < good.size(); ++n) {
    CHECK(std::holds_alternative<NeedMore>(heard(ByteView(good).first(n))));
  }
  const auto received = heard(good);
  REQUIRE(std::holds_alternative<MeterAnswer>(received));
  CHECK(std::get<MeterAnswer>(received).values == std::vector<std::uint16_t>{10, 20});
  CHECK(std::get<MeterAnswer>(received).offset == 0);
}

TEST_CASE("noise in front of an answer is skipped, whatever it looks like") {
  for (const auto* noise : {"00", "ff", "01", "0103", "010304", "01030400", "010383", "0101010101010101010101"}) {
    INFO(noise);
    const auto bytes = joined(from_hex(noise), good);
    const auto received = heard(bytes);
    REQUIRE(std::holds_alternative<MeterAnswer>(received));
    CHECK(std::get<MeterAnswer>(received).offset == bytes.size() - good.size());
  }
}

TEST_CASE("bytes behind an answer do not spoil it") {
  const auto received = heard(joined(good, from_hex("00ff")));
  REQUIRE(std::holds_alternative<MeterAnswer>(received));
  CHECK(std::get<MeterAnswer>(received).offset == 0);
}

TEST_CASE("the echo of a half-duplex adapter is skipped") {
  const auto received = heard(joined(modbus_rtu::encode_request(1, question), good));
  REQUIRE(std::holds_alternative<MeterAnswer>(received));
  CHECK(std::get<MeterAnswer>(received).offset == 8);
}

TEST_CASE("a corrupt frame is bad as soon as no answer can come of it") {
  auto bytes = good;
  bytes[5] ^= 0x40;
  const auto received = heard(bytes);
  REQUIRE(std::holds_alternative<Bad>(received));
  CHECK(std::get<Bad>(received).error == MeterErrc::checksum);
  CHECK(std::get<Bad>(received).offset == 7);
}

TEST_CASE("no single flipped bit and no lost byte gives a value") {
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bytes = good;
    bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] ^ 1u << bit % 8);
    CHECK_FALSE(std::holds_alternative<MeterAnswer>(heard(bytes, Wire::quiet)));
  }
  for (std::size_t lost = 0; lost < good.size(); ++lost) {
    auto bytes = good;
    bytes.erase(bytes.begin() + static_cast<std::ptrdiff_t>(lost));
    CHECK_FALSE(std::holds_alternative<MeterAnswer>(heard(bytes, Wire::quiet)));
  }
}

TEST_CASE("on a quiet line there is always a decision") {
  Random random(7);
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes(random.below(40));
    for (auto& b : bytes) b = static_cast<std::uint8_t>(random.chance(1, 2) ? random.below(5) : random.below(256));
    CHECK_FALSE(std::holds_alternative<NeedMore>(heard(bytes, Wire::quiet)));
  }
}

TEST_CASE("a meter finds its request behind noise and leaves what may become one") {
  const auto request = modbus_rtu::encode_request(5, question);
  const auto bytes = joined(from_hex("00ff07"), request);
  const auto scan = modbus_rtu::find_request(bytes);
  REQUIRE(scan.request.has_value());
  CHECK(scan.request->unit == 5);
  CHECK(to_hex(scan.request->pdu) == "0300000002");
  CHECK(scan.used == bytes.size());
  for (std::size_t n = 0; n < request.size(); ++n) {
    const auto part = modbus_rtu::find_request(ByteView(request).first(n));
    CHECK_FALSE(part.request.has_value());
    CHECK(part.used == 0);
  }
}

TEST_CASE("two requests in one buffer are found one after the other") {
  const auto first = modbus_rtu::encode_request(5, question);
  const auto second = modbus_rtu::encode_request(6, modbus::write_coil(0, true));
  const auto bytes = joined(first, second);
  const auto scan = modbus_rtu::find_request(bytes);
  REQUIRE(scan.request.has_value());
  CHECK(scan.used == first.size());
  const auto next = modbus_rtu::find_request(ByteView(bytes).subspan(scan.used));
  REQUIRE(next.request.has_value());
  CHECK(next.request->unit == 6);
}

TEST_CASE("a request of a function that nobody knows is one when its CRC fits") {
  const auto identify = modbus_rtu::frame(5, from_hex("2b0e0100"));
  for (std::size_t n = 0; n < identify.size(); ++n) {
    const auto part = modbus_rtu::find_request(ByteView(identify).first(n));
    CHECK_FALSE(part.request.has_value());
    CHECK(part.used == 0);  // or the rest would fit nothing
  }
  const auto scan = modbus_rtu::find_request(identify);
  REQUIRE(scan.request.has_value());
  CHECK(scan.request->unit == 5);
  CHECK(to_hex(scan.request->pdu) == "2b0e0100");
  CHECK(scan.used == identify.size());
  CHECK_FALSE(modbus_rtu::find_request(joined(from_hex("00"), identify)).request.has_value());
  CHECK(modbus_rtu::find_request(modbus_rtu::frame(5, from_hex("07"))).request.has_value());
  CHECK_FALSE(modbus_rtu::find_request(modbus_rtu::frame(5, from_hex("8302")), Wire::quiet).request.has_value());
}

TEST_CASE("a count of bytes that is wrong is known by the silence behind it, or by what is too much") {
  const auto says_more = modbus_rtu::frame(5, from_hex("1000010001040001"));
  CHECK_FALSE(modbus_rtu::find_request(says_more).request.has_value());
  CHECK(modbus_rtu::find_request(says_more).used == 0);
  REQUIRE(modbus_rtu::find_request(says_more, Wire::quiet).request.has_value());
  const auto says_less = modbus_rtu::frame(5, from_hex("100001000201000100"));
  REQUIRE(modbus_rtu::find_request(says_less).request.has_value());
  CHECK(to_hex(modbus_rtu::find_request(says_less).request->pdu) == "100001000201000100");
  auto broken = says_more;
  broken.back() ^= 1;
  CHECK_FALSE(modbus_rtu::find_request(broken, Wire::quiet).request.has_value());
}

TEST_CASE("what can be no request is dropped") {
  CHECK(modbus_rtu::find_request({}).used == 0);
  const auto noise = Bytes(1000, 0xff);
  CHECK(modbus_rtu::find_request(noise).used == noise.size());
}

}  // namespace wattle::modbus_rtu_test
