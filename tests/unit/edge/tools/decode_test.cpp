#include "edge/tools/decode.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "shared/meter/cjt188.hpp"
#include "shared/meter/dlt645.hpp"
#include "shared/meter/mbus.hpp"

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
  CHECK(wrong({std::string(2 * max_capture + 2, '0')}) == "more than 16384 bytes; a longer log is read from standard input");
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

namespace {

/// The only frame.
boost::json::object told(Protocol protocol, const std::string& hex) {
  const auto decoded = decode(protocol, right({hex}));
  auto frame = boost::json::parse(decoded.lines).as_object();
  CHECK(frame.at("good").as_bool() == decoded.all_good);
  return frame;
}
bool is_good(Protocol protocol, const std::string& hex) { return told(protocol, hex).at("good").as_bool(); }
boost::json::object fields(Protocol protocol, const std::string& hex) { return told(protocol, hex).at("fields").as_object(); }

std::string dlt645_frame(std::uint8_t control, const std::string& data) {
  return to_hex(dlt645::encode({dlt645::address_of(161).value(), control, from_hex(data)}, 0));
}
std::string cjt188_frame(std::uint8_t type, std::uint8_t control, const std::string& data) {
  return to_hex(cjt188::encode({type, cjt188::parse_address("1").value(), control, from_hex(data)}, 0));
}
std::string mbus_frame(std::uint8_t control, std::uint8_t ci, const std::string& data) {
  return to_hex(mbus::encode({mbus::FrameKind::full, control, 1, ci, from_hex(data)}));
}

constexpr auto new_one = Protocol::dlt645_2007;
constexpr auto old_one = Protocol::dlt645_1997;

}  // namespace

TEST_CASE("no password is shown, whoever sends it") {
  const auto hides = [](Protocol protocol, const std::string& hex) {
    const auto lines = decode(protocol, right({hex})).lines;
    CHECK(lines.find("665544") == std::string::npos);
    CHECK(lines.find("445566") == std::string::npos);
    CHECK(lines.find("hidden") != std::string::npos);
  };
  hides(new_one, dlt645_frame(0x91, "030c000402665544"));
  hides(new_one, dlt645_frame(0x92, "030c00040266554401"));
  hides(new_one, dlt645_frame(0x14, "030c0004026655440000000002665544"));
  hides(new_one, dlt645_frame(0x94, "02665544"));
  hides(new_one, dlt645_frame(0x9e, "02665544"));
  hides(old_one, dlt645_frame(0x04, "12c20266554402665544"));
  hides(old_one, dlt645_frame(0x81, "12c202665544"));
  const std::string header = "785634122440010755000000";
  hides(Protocol::mbus, mbus_frame(0x08, 0x72, header + "04fd1666554400"));
  hides(Protocol::mbus, mbus_frame(0x53, 0x51, "04fd1666554400"));
  hides(Protocol::mbus, mbus_frame(0x08, 0x76, "04fd1666554400"));
}

TEST_CASE("what is not understood to its end is not called good") {
  CHECK(is_good(new_one, dlt645_frame(0x91, "0000010026000000")));
  CHECK_FALSE(is_good(new_one, dlt645_frame(0x91, "000001002600")));
  CHECK_FALSE(is_good(new_one, dlt645_frame(0x91, "000001002600000000")));
  CHECK_FALSE(is_good(new_one, dlt645_frame(0x91, "00ff01002600000026")));
  CHECK_FALSE(is_good(new_one, dlt645_frame(0x14, "01140004026655440000000001")));
  CHECK(is_good(new_one, dlt645_frame(0xb1, "000001002600")));  // a beginning
  const auto unknown = told(new_one, dlt645_frame(0x91, "0100060401020304"));
  CHECK(unknown.at("good") == true);
  CHECK(unknown.at("fields").at("data") == "01020304");
  CHECK(unknown.at("fields").at("understood") == false);
}

TEST_CASE("a time that cannot be is none, and not called good; one that never was is good") {
  const auto date = told(new_one, dlt645_frame(0x91, "0101000401321316"));
  CHECK(date.at("good") == false);
  CHECK(date.at("fields").at("date").is_null());
  CHECK(date.at("error").at("code") == 14);
  CHECK_FALSE(is_good(new_one, dlt645_frame(0x91, "02010004616125")));
  CHECK(fields(new_one, dlt645_frame(0x91, "02010004590023")).at("time") == "23:00:59");
  const auto never = told(new_one, dlt645_frame(0x91, "010006050000000000"));
  CHECK(never.at("good") == true);
  CHECK(never.at("fields").at("daily_freeze_time").is_null());
  CHECK(is_good(new_one, dlt645_frame(0x91,
                                      "01010004"
                                      "04290224")));
  CHECK_FALSE(is_good(new_one, dlt645_frame(0x91,
                                            "01010004"
                                            "04290225")));
}

TEST_CASE("the refusal of a transaction by its own table") {
  const auto known = fields(new_one, dlt645_frame(0xc3, "0200"));
  CHECK(known.at("serr") == 2);
  CHECK(known.at("reason") == "the meter has booked this purchase already");
  CHECK(fields(new_one, dlt645_frame(0xc3, "1000")).at("reason") == "the purchase is another customer's");
  CHECK(fields(new_one, dlt645_frame(0xd4, "04")).at("reason") == "the meter refused the password");
}

TEST_CASE("a continuation is called one, in both editions") {
  const auto old_part = told(old_one, dlt645_frame(0x82, "109026000000"));
  CHECK(old_part.at("good") == true);
  CHECK(old_part.at("fields").at("continuation") == true);
  CHECK(old_part.at("fields").at("data") == "26000000");
  CHECK_FALSE(old_part.at("fields").as_object().contains("forward_energy.total"));
  const auto new_part = fields(new_one, dlt645_frame(0x92, "00ff01002600000001"));
  CHECK(new_part.at("continuation") == true);
  CHECK(new_part.at("sequence") == 1);
}

TEST_CASE("water: too little and too much of a known item, and what is another meter's") {
  const std::string whole =
      "901f00"
      "002000002c"
      "002000002c"
      "00000016062520"
      "0000";
  CHECK(is_good(Protocol::cjt188, cjt188_frame(0x10, 0x81, whole)));
  CHECK_FALSE(is_good(Protocol::cjt188, cjt188_frame(0x10, 0x81, whole.substr(0, whole.size() - 2))));
  const auto more = told(Protocol::cjt188, cjt188_frame(0x10, 0x81, whole + "11"));
  CHECK(more.at("good") == false);
  CHECK(more.at("fields").at("rest") == "11");
  CHECK(more.at("fields").at("total").at("value") == "20.00");
  const auto heat = told(Protocol::cjt188, cjt188_frame(0x20, 0x81, whole + "11"));
  CHECK(heat.at("good") == true);
  CHECK(heat.at("fields").at("understood") == false);
}

TEST_CASE("M-Bus: encrypted records are named as such, and an error report is no answer") {
  const std::string header = "7856341224400107550010";
  const auto sealed = told(Protocol::mbus, mbus_frame(0x08, 0x72,
                                                      header + "05"
                                                               "0c1369020000aabbccddeeff00112233"));
  CHECK(sealed.at("good") == false);
  CHECK(sealed.at("fields").at("encrypted") == true);
  CHECK(sealed.at("fields").at("encryption_mode") == 5);
  CHECK_FALSE(sealed.at("fields").as_object().contains("record_1.volume"));
  const auto opened = fields(Protocol::mbus, mbus_frame(0x08, 0x72,
                                                        header + "05"
                                                                 "2f2f0c1369020000"));
  CHECK(opened.contains("record_1.volume"));
  CHECK_FALSE(is_good(Protocol::mbus, "68040468080170017A16"));
}
