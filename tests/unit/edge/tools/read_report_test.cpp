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

TEST_CASE("a valve that is neither open nor closed, and a battery, are told in words") {
  MeterProfile profile{.model = "water", .line = {}, .timings = {}, .rollover = cjt188::usual_rollover, .protocol = {}};
  profile.protocol = cjt188::Model{.valve = cjt188::ModelValve{}};
  const auto told = [&](std::uint16_t status) {
    const auto data = cjt188::encode_current({Measured{12'345, -2, Unit::cubic_metre}, {}, {}, status});
    return report(profile, {120, MeterId{120}, {}}, {{{}, 0, data}});
  };
  const auto valve = [](const boost::json::object& of) {
    return of.at("circuits").as_array().at(0).as_object().at("valve").at("value");
  };
  CHECK(valve(told(0x0000)) == "open");
  CHECK(valve(told(0x0001)) == "closed");
  CHECK(valve(told(0x0003)) == "fault");
  CHECK(valve(told(0x0002)) == "unknown");
  CHECK_FALSE(told(0x0003).contains("status"));
  CHECK(told(0x0004).at("status") == value(R"(["battery_low"])"));
  profile.protocol = cjt188::Model{};
  CHECK_FALSE(told(0x0003).at("circuits").as_array().at(0).as_object().contains("valve"));
  CHECK(told(0x0007).at("status") == value(R"(["battery_low"])"));
}

TEST_CASE("of M-Bus what the telegram has, and what the meter says of itself") {
  MeterProfile profile{.model = "m", .line = {}, .timings = {}, .rollover = {1'000'000'000}, .protocol = {}};
  profile.protocol = mbus::Model{.counts = Unit::watt_hour};
  Reading shown{MeterId{5}, 230'000, 50'000, {{{1'000}, Power{150}, 653, {}, {}}}};
  shown.status = {.battery_low = true, .permanent_error = true, .temporary_error = true};
  shown.circuits.front().further.put(FurtherKind::reactive_power, -12);
  mbus::MeterImage image;
  mbus::show(image, std::get<mbus::Model>(profile.protocol), shown);
  Bytes data{mbus::ci_variable};
  for (const auto& part : {mbus::encode_header(image.header), image.telegrams.front()})
    data.insert(data.end(), part.begin(), part.end());
  const auto of = report(profile, {1, MeterId{5}, {}}, {{{}, 0, {}}, {{}, 0, data}});
  CHECK(of.at("voltage") == value(R"({"value":"230.000","unit":"V"})"));
  CHECK(of.at("frequency").at("value") == "50.000");
  CHECK(of.at("status") == value(R"(["power_low","permanent_error","temporary_error"])"));
  for (const auto& [bits, word] : {std::pair(0x01, "busy"), std::pair(0x02, "application_error")}) {
    data[1 + mbus::header_size - 3] = static_cast<std::uint8_t>(bits);
    CHECK(report(profile, {1, MeterId{5}, {}}, {{{}, 0, {}}, {{}, 0, data}}).at("status").as_array() ==
          boost::json::array{word});
  }
  const auto& circuit = of.at("circuits").as_array().at(0).as_object();
  CHECK(circuit.at("current") == value(R"({"value":"0.653","unit":"A"})"));
  CHECK(circuit.at("reactive_power") == value(R"({"value":"-12","unit":"var"})"));
}

namespace {

boost::json::value error_of(const MeterProfile& profile, const MeterPlace& place, const std::vector<MeterAnswer>& answers,
                            const FailedReading& failed) {
  const auto exchanges = reading_exchanges(profile, place, failed.depth);
  return parsed(failed_json({profile, place, exchanges, answers}, failed)).at("error");
}

Error why(MeterErrc code) { return make_error_code(code); }

}  // namespace

TEST_CASE("a meter that cannot be read: the code, the reason, at which question, and what that was after") {
  const auto profile = generic_relay_meter();
  CHECK(parsed(failed_json({profile, {7, {}, {}}, reading_exchanges(profile, {7, {}, {}}, Depth::control), {}},
                           {why(MeterErrc::silence), Depth::control, {}})) ==
        parsed(R"({"profile":"generic-relay-meter","address":"7","error":{"code":1,"reason":"no answer","question":1,
                   "register":"0x0000","count":10}})"));
  const auto of_2007 = generic_dlt645_meter(dlt645::Edition::v2007);
  const MeterAnswer energy{{}, 0, from_hex("26000000")};
  CHECK(
      error_of(of_2007, {161, {}, {}}, {energy}, {why(MeterErrc::checksum), Depth::control, from_hex("fefe68")}) ==
      value(R"({"code":2,"reason":"bad checksum","question":2,"value":"circuit_1.power","item":"02030000","heard":"fefe68"})"));
}

TEST_CASE("a value that was refused is told by its name, its place and its bytes") {
  const auto error_in = [](std::size_t at, std::uint16_t word) {
    std::vector<std::uint16_t> words{0x0001, 0xe240, 2197, 91, 200, 1, 0, 0, 0, 4711};
    words[at] = word;
    return error_of(generic_relay_meter(), {7, MeterId{4711}, {}}, {{words, 0, {}}}, {why(MeterErrc::value), Depth::full, {}});
  };
  CHECK(error_in(0, 0xffff).at("value") == "circuit_1.energy");
  CHECK(error_in(5, 2).at("register") == "0x0005");
  CHECK(error_in(5, 2) ==
        value(R"({"code":7,"reason":"a register is out of range or not available","question":1,"value":"circuit_1.relay",
                                    "register":"0x0005","raw":"0002"})"));
  CHECK(error_in(9, 0).at("value") == "number");

  const auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  const MeterPlace place{161, MeterId{161}, {}};
  const auto with = [&](std::uint32_t wrong, const std::string& raw) {
    std::vector<MeterAnswer> answers;
    for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
      const auto di = std::get<dlt645::Request>(exchange.ask).di;
      answers.push_back({{}, 0, from_hex(di == wrong ? raw : di == dlt645::di::status_3 ? "1000" : "00000000")});
    }
    return error_of(profile, place, answers, {why(MeterErrc::value), Depth::full, {}});
  };
  const auto power = with(dlt645::di::power, "ffffff");
  CHECK(power.at("value") == "circuit_1.power");
  CHECK(power.at("item") == "02030000");
  CHECK(power.at("raw") == "ffffff");
  CHECK(power.at("question") == 3);  // behind voltage and energy
  CHECK(with(dlt645::di::forward_energy, "ffffffff").at("value") == "circuit_1.energy");
  CHECK(with(dlt645::di::status_3, "10").at("raw") == "10");
}

TEST_CASE("of water and M-Bus the register that was refused is told with its telegram") {
  MeterProfile profile{.model = "water", .line = {}, .timings = {}, .rollover = {100}, .protocol = cjt188::Model{}};
  const auto data = cjt188::encode_current({Measured{12'345, -2, Unit::cubic_metre}, {}, {}, 0});
  const auto of_water = error_of(profile, {120, MeterId{120}, {}}, {{{}, 0, data}}, {why(MeterErrc::value), Depth::full, {}});
  CHECK(of_water.at("value") == "circuit_1.volume");
  CHECK(of_water.at("raw").as_string() == to_hex(data));
  profile.protocol = mbus::Model{.counts = Unit::watt_hour};
  const auto telegram = from_hex("727700000042040202000000000c0e674523f1");
  const auto of_mbus = error_of(profile, {1, {}, {}}, {{}, {{}, 0, telegram}}, {why(MeterErrc::value), Depth::full, {}});
  CHECK(of_mbus.at("value") == "circuit_1.energy");
  CHECK(of_mbus.at("raw") == "727700000042040202000000000c0e674523f1");
}

TEST_CASE("an order: what was wanted, what was before and after it") {
  const auto profile = generic_relay_meter();
  const MeterPlace place{7, {}, {}};
  CHECK(parsed(switched_json({profile, place, MeterId{4711}, 2, false, true, std::nullopt, "not_seen"})) ==
        parsed(R"({"profile":"generic-relay-meter","address":"7","meter":"4711","circuit":2,"wanted":"open","before":"closed",
                   "after":null,"outcome":"not_seen"})"));
}

}  // namespace wattle::edge::read_report_test
