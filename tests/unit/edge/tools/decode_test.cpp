#include "edge/tools/decode.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace wattle;
using namespace wattle::edge;

namespace {

Bytes right(const std::vector<std::string>& pieces) {
  const auto bytes = bytes_of(pieces);
  REQUIRE(std::holds_alternative<Bytes>(bytes));
  return std::get<Bytes>(bytes);
}

std::string wrong(const std::vector<std::string>& pieces) {
  const auto bytes = bytes_of(pieces);
  return std::holds_alternative<Bytes>(bytes) ? "" : std::get<std::string>(bytes);
}

}  // namespace

TEST_CASE("hex digits as people have them") {
  const Bytes bytes{0x68, 0x0a, 0xff};
  CHECK(right({"680AFF"}) == bytes);
  CHECK(right({"68", "0a", "ff"}) == bytes);
  CHECK(right({"0x68 0X0A", "0xff"}) == bytes);
  CHECK(right({"68:0a:ff"}) == bytes);
  CHECK(right({" 0x68,0x0a,\t0xFF\n"}) == bytes);
  CHECK(right({"68-0A-FF"}) == bytes);
}

TEST_CASE("what is no hex is told by the word that is wrong") {
  CHECK(wrong({"68 6"}) == "\"6\" is not pairs of hex digits");
  CHECK(wrong({"68", "0g"}) == "\"0g\" is not pairs of hex digits");
  CHECK(wrong({""}) == "there are no hex digits");
  CHECK(wrong({"0x"}) == "there are no hex digits");
  CHECK(wrong({std::string(2 * max_capture + 2, '0')}) == "more than 16384 bytes");
}

TEST_CASE("a good frame in JSON: each field by name, quantities with their unit") {
  const auto decoded = decode(Protocol::dlt645_2007, right({"FE 6861010000000068910833333433593333338A16"}));
  CHECK(decoded.all_good);
  const auto frame = boost::json::parse(decoded.lines).as_object();
  CHECK(frame.at("offset") == 1);
  CHECK(frame.at("wake_up_bytes") == 1);
  CHECK(frame.at("good") == true);
  CHECK_FALSE(frame.contains("error"));
  const auto& energy = frame.at("fields").at("forward_energy.total");
  CHECK(energy.at("value") == "260");
  CHECK(energy.at("unit") == "Wh");
}

TEST_CASE("a bad frame in JSON: the code, the reason and the offset") {
  const auto decoded = decode(Protocol::dlt645_2007, right({"68610100000000681104333334331516"}));
  CHECK_FALSE(decoded.all_good);
  const auto frame = boost::json::parse(decoded.lines).as_object();
  CHECK(frame.at("good") == false);
  CHECK(frame.at("error").at("code") == static_cast<int>(MeterErrc::checksum));
  CHECK(frame.at("error").at("reason") == "bad checksum");
  CHECK(frame.at("error").at("offset") == 14);
}

TEST_CASE("fields of one name are all shown") {
  Caught caught{.size = 1, .described = {{{"data", true}, {"data", std::uint64_t{7}}, {"x", NotAvailable{}}}, {}, 0}};
  const auto frame = boost::json::parse(to_json(caught));
  const auto& fields = frame.at("fields").as_object();
  CHECK(fields.at("data") == true);
  CHECK(fields.at("data.2") == 7);
  CHECK(fields.at("x").is_null());
}

TEST_CASE("a protocol by its name") {
  for (const auto protocol : all_protocols) CHECK(protocol_named(word(protocol)) == protocol);
  CHECK_FALSE(protocol_named("modbus"));
}
