#include "edge/tools/read_report.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

#include "shared/meter/dlt645_items.hpp"

namespace wattle::edge::read_report_test {
namespace {

boost::json::object parsed(const std::string& text) { return boost::json::parse(text).as_object(); }
boost::json::value value(const std::string& text) { return boost::json::parse(text); }

/// Of a meter that gives these bytes to the questions of its reading.
boost::json::object report(const MeterProfile& profile, const MeterPlace& place, const std::vector<MeterAnswer>& answers) {
  const auto exchanges = reading_exchanges(profile, place, Depth::full);
  REQUIRE(answers.size() == exchanges.size());
  const auto reading = decode_reading(profile, place, Depth::full, answers);
  REQUIRE(reading.has_value());
  return parsed(read_json({profile, place, exchanges, answers}, *reading));
}

}  // namespace

TEST_CASE("of Modbus each value is told with its register and the words in it") {
  const auto profile = generic_relay_meter();
  const auto report_of = report(profile, {7, MeterId{4711}, {}}, {{{0x0001, 0xe240, 2197, 91, 200, 1, 0, 0, 0, 4711}, 0, {}}});
  CHECK(report_of.at("profile") == "generic-relay-meter");
  CHECK(report_of.at("address") == "7");
  CHECK(report_of.at("meter") == "4711");
  CHECK(report_of.at("voltage") == value(R"({"value":"219.700","unit":"V","register":"0x0002","raw":"0895"})"));
  const auto& circuit = report_of.at("circuits").as_array().at(0).as_object();
  CHECK(circuit.at("energy") == value(R"({"value":"123456","unit":"Wh","register":"0x0000","raw":"0001e240"})"));
  CHECK(circuit.at("power").at("value") == "200");
  CHECK(circuit.at("current") == value(R"({"value":"0.910","unit":"A","register":"0x0003","raw":"005b"})"));
  CHECK(circuit.at("relay").at("value") == "closed");
  CHECK_FALSE(circuit.contains("power_factor"));
}

TEST_CASE("of DL/T 645 each value is told with its identifier and the bytes behind it") {
  const auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  const MeterPlace place{161, MeterId{161}, {}};
  std::vector<MeterAnswer> answers;
  for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
    const auto di = std::get<dlt645::Request>(exchange.ask).di;
    const auto data = di == dlt645::di::forward_energy ? "26000000" : di == dlt645::di::status_3 ? "1000" : "000000";
    answers.push_back({{}, 0, from_hex(di == dlt645::di::voltage_a ? "9721" : data)});
  }
  const auto report_of = report(profile, place, answers);
  CHECK(report_of.at("meter") == "161");
  const auto& circuit = report_of.at("circuits").as_array().at(0).as_object();
  CHECK(circuit.at("energy") == value(R"({"value":"260","unit":"Wh","item":"00010000","raw":"26000000"})"));
  CHECK(circuit.at("relay") == value(R"({"value":"open","item":"04000503","raw":"1000"})"));
}

TEST_CASE("of water the volume, and the valve by its own words") {
  MeterProfile profile{.model = "water", .line = {}, .timings = {}, .rollover = cjt188::usual_rollover, .protocol = {}};
  profile.protocol = cjt188::Model{.valve = cjt188::ModelValve{}};
  const auto data = cjt188::encode_current({Measured{12'345, -2, Unit::cubic_metre}, {}, {}, 0});
  const auto report_of = report(profile, {120, MeterId{120}, {}}, {{{}, 0, data}});
  const auto& circuit = report_of.at("circuits").as_array().at(0).as_object();
  CHECK(circuit.at("volume").at("value") == "123.450");
  CHECK(circuit.at("volume").at("unit") == "m³");
  CHECK(circuit.at("volume").at("raw").as_string() == to_hex(data));
  CHECK(circuit.at("valve").at("value") == "open");
}

TEST_CASE("a meter that cannot be read: the code, the reason, and at which question") {
  const auto profile = generic_relay_meter();
  CHECK(parsed(failed_json(profile, {7, {}, {}}, make_error_code(MeterErrc::silence), 2)) ==
        parsed(R"({"profile":"generic-relay-meter","address":"7","error":{"code":1,"reason":"no answer","question":2}})"));
}

TEST_CASE("an order: what was wanted, what was before and after it") {
  const auto profile = generic_relay_meter();
  const MeterPlace place{7, {}, {}};
  CHECK(parsed(switched_json({profile, place, MeterId{4711}, 2, false, true, std::nullopt, "not_seen"})) ==
        parsed(R"({"profile":"generic-relay-meter","address":"7","meter":"4711","circuit":2,"wanted":"open","before":"closed",
                   "after":null,"outcome":"not_seen"})"));
}

}  // namespace wattle::edge::read_report_test
