#include <catch2/catch.hpp>

#include "shared/meter/modbus_rtu.hpp"
#include "shared/meter/modbus_tcp.hpp"
#include "tests/unit/shared/meter/vectors.hpp"

namespace wattle::modbus_vectors_test {

using namespace wattle::test;

namespace {

/// A name of the vector files as a code: "checksum", "exception 2" ...
MeterErrc code_named(const std::string& name) {
  static const std::map<std::string, MeterErrc> names{
      {"silence", MeterErrc::silence}, {"checksum", MeterErrc::checksum}, {"wrong_address", MeterErrc::wrong_address},
      {"length", MeterErrc::length},   {"foreign", MeterErrc::foreign},   {"wrong_function", MeterErrc::wrong_function},
  };
  const std::string exception = "exception ";
  if (name.starts_with(exception)) return exception_errc(static_cast<std::uint8_t>(std::stoi(name.substr(exception.size()))));
  return names.at(name);
}

}  // namespace

TEST_CASE("Modbus-RTU vectors: CRC, unit, function and payload") {
  std::size_t seen = 0;
  for (const auto& v : load_vectors("modbus-rtu.json")) {
    INFO(text(v, "id"));
    const auto bytes = hex(text(v, "hex"));
    const auto& fields = v.as_object().at("fields");
    CHECK(modbus_rtu::crc(bytes) == 0);
    CHECK(bytes[0] == fields.at("unit").as_int64());
    CHECK(Bytes{bytes[1]} == hex(text(fields, "function")));
    CHECK(Bytes(bytes.begin() + 2, bytes.end() - 2) == hex(text(fields, "payload")));
    ++seen;
  }
  CHECK(seen == 17);
}

TEST_CASE("Modbus-RTU request vectors decode and encode to the same bytes") {
  for (const auto& v : load_vectors("modbus-rtu.json")) {
    if (text(v, "direction") != "request") continue;
    INFO(text(v, "id"));
    const auto bytes = hex(text(v, "hex"));
    const auto scan = modbus_rtu::find_request(bytes);
    REQUIRE(scan.request.has_value());
    CHECK(scan.used == bytes.size());
    const auto request = modbus::decode_request(scan.request->pdu);
    REQUIRE(request.has_value());
    CHECK(modbus_rtu::encode_request(scan.request->unit, *request) == bytes);
  }
}

TEST_CASE("Modbus-RTU answer vectors decode against the questions that they answer") {
  std::map<std::string, std::vector<std::uint16_t>> expected{
      {"modbus-rtu-004", {0x42c8, 0x0000}},
      {"modbus-rtu-009", {0x1201, 0x080a, 0x0101, 0x0100, 0x0000, 0x0000}},
      {"modbus-rtu-011", {0, 127, 0, 100, 0, 27}},
      {"modbus-rtu-026", {10, 20}},
  };
  std::size_t seen = 0;
  for (const auto& v : load_vectors("modbus-rtu.json")) {
    if (text(v, "direction") != "response") continue;
    INFO(text(v, "id"));
    const auto bytes = hex(text(v, "hex"));
    const auto values = expected.at(text(v, "id"));
    const auto question = modbus::read(modbus::Function::read_holding, 0, static_cast<std::uint16_t>(values.size()));
    const auto received = modbus_rtu::decode_answer(bytes[0], question, bytes, Wire::open);
    REQUIRE(std::holds_alternative<MeterAnswer>(received));
    CHECK(std::get<MeterAnswer>(received).values == values);
    ++seen;
  }
  CHECK(seen == expected.size());
}

TEST_CASE("Modbus-TCP vectors: header, and PDU both ways") {
  std::size_t seen = 0;
  for (const auto& v : load_vectors("modbus-tcp.json")) {
    INFO(text(v, "id"));
    const auto bytes = hex(text(v, "hex"));
    const auto& fields = v.as_object().at("fields");
    const auto found = modbus_tcp::decode_frame(bytes);
    REQUIRE(std::holds_alternative<modbus_tcp::Frame>(found));
    const auto frame = std::get<modbus_tcp::Frame>(found);
    CHECK(frame.transaction == fields.at("transaction").as_int64());
    CHECK(frame.unit == fields.at("unit").as_int64());
    CHECK(Bytes{frame.pdu[0]} == hex(text(fields, "function")));
    CHECK(Bytes(frame.pdu.begin() + 1, frame.pdu.end()) == hex(text(fields, "payload")));
    CHECK(modbus_tcp::frame(frame.transaction, frame.unit, frame.pdu) == bytes);
    if (text(v, "direction") == "request") {
      const auto request = modbus::decode_request(frame.pdu);
      REQUIRE(request.has_value());
      CHECK(modbus_tcp::encode_request(frame.transaction, frame.unit, *request) == bytes);
    } else {
      const auto question = modbus::read(modbus::Function::read_input, 0, 1);
      const auto received = modbus_tcp::decode_answer(frame.transaction, frame.unit, question, bytes, Wire::open);
      REQUIRE(std::holds_alternative<Bad>(received));
      CHECK(std::get<Bad>(received).error == exception_errc(2));
    }
    ++seen;
  }
  CHECK(seen == 3);
}

TEST_CASE("negative vectors: never a value, the stated reason at the stated byte") {
  std::size_t seen = 0;
  for (const auto& v : load_vectors("modbus-negative.json")) {
    INFO(text(v, "id"));
    const auto asked = hex(text(v, "request"));
    const auto question = modbus::decode_request(ByteView(asked).subspan(1, asked.size() - 3));
    REQUIRE(question.has_value());
    const auto received = modbus_rtu::decode_answer(asked[0], *question, hex(text(v, "heard")), Wire::quiet);
    REQUIRE(std::holds_alternative<Bad>(received));
    const auto bad = std::get<Bad>(received);
    INFO(bad.error.message());
    CHECK(bad.error == code_named(text(v, "error")));
    CHECK(bad.offset == static_cast<std::size_t>(v.at("offset").as_int64()));
    ++seen;
  }
  CHECK(seen >= 30);
}

}  // namespace wattle::modbus_vectors_test
