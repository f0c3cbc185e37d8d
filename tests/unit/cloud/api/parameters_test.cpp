// What meters are to be told, through the API and down to a real box's fold.

#include <catch2/catch.hpp>

#include "cloud/api/control_routes.hpp"
#include "shared/meter/errors.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

constexpr const char* parameters_page = "/api/v1/circuits/1010/parameters";

std::optional<ParameterOrder> held(const test::SmallSite& site) {
  const auto& config = site.desk.box_link(test::box_seven).state().config();
  const auto found = config.find("parameters/1010");
  return found == config.end() ? std::nullopt : decode_parameters(found->second.value);
}

}  // namespace

TEST_CASE("parameters are a register of the circuit that reaches its box, and are shown as they were wanted") {
  test::SmallSite site(0);
  auto reply = site.client.get(parameters_page);
  CHECK(reply.status == 200);
  CHECK(reply.find("/desired")->as_object().empty());
  CHECK(reply.text("/state") == "none");
  const auto* body =
      R"({"alarm_money_first":"10.5","power_limit_w":3000,"trip_delay_s":120,"settlement_day":{"day":26},"keep_power":true,
          "day_table_1":[{"from":"00:00","tariff":2},{"from":"08:00","tariff":1}]})";
  reply = site.client.put(parameters_page, body);
  CHECK(reply.status == 201);
  CHECK(reply.text("/desired/alarm_money_first") == "10.500000");
  CHECK(reply.number("/desired/power_limit_w") == 3000);
  CHECK(reply.number("/desired/settlement_day/day") == 26);
  CHECK(reply.text("/desired/day_table_1/1/from") == "08:00");
  CHECK(site.client.put(parameters_page, body).status == 200);
  const auto order = held(site);
  REQUIRE(order);
  CHECK(order->values.size() == 6);
  CHECK(order->values.at(Parameter::alarm_money_first).number == 10'500'000);
  CHECK(order->values.at(Parameter::settlement_day).number == 26 * 24);
  CHECK(order->values.at(Parameter::day_table_1).entries == std::vector<TableEntry>{{0, 2}, {480, 1}});
  CHECK(site.client.put(parameters_page, "{}").status == 201);  // nothing is looked after any more
  CHECK(held(site) == ParameterOrder{});
}

TEST_CASE("the meter's year, its weekends and limits travel as its day tables do") {
  test::SmallSite site(0);
  const auto* body =
      R"({"day_table_8":[{"from":"00:00","tariff":1}],"zone_table":[{"from":"03-01","day_table":1},{"from":"12-31","day_table":8}],
          "weekend_mask":65,"weekend_day_table":0,"upper_voltage_limit_mv":264000,"hoarding_money":"500","closing_money":"1",
          "close_delay_s":60,"lower_voltage_limit_mv":176500,"hoarding_energy_wh":1000})";
  const auto reply = site.client.put(parameters_page, body);
  CHECK(reply.status == 201);
  CHECK(reply.text("/desired/zone_table/0/from") == "03-01");
  CHECK(reply.number("/desired/zone_table/1/day_table") == 8);
  CHECK(reply.number("/desired/weekend_mask") == 65);
  CHECK(reply.number("/desired/upper_voltage_limit_mv") == 264'000);
  CHECK(reply.text("/desired/closing_money") == "1.000000");
  const auto order = held(site);
  REQUIRE(order);
  CHECK(order->values.size() == 10);
  CHECK(order->values.at(Parameter::zone_table).entries == std::vector<TableEntry>{{301, 1}, {1231, 8}});
  CHECK(order->values.at(Parameter::day_table_8).entries == std::vector<TableEntry>{{0, 1}});
  CircuitNow now;
  now.room = {101};
  now.told[Parameter::zone_table] = {ParameterState::differs, ParameterValue{0, {{101, 1}}}, {1'790'000'000'000'000}, 0};
  site.desk.reported[{1010}] = now;
  CHECK(site.client.get(parameters_page).text("/reported/parameters/0/in_meter/zone_table/0/from") == "01-01");
}

TEST_CASE("a caller that knows of one day table means the first") {
  test::SmallSite site(0);
  const auto reply = site.client.put(parameters_page, R"({"day_table":[{"from":"00:00","tariff":2}]})");
  CHECK(reply.status == 201);
  CHECK(reply.number("/desired/day_table_1/0/tariff") == 2);
  const auto order = held(site);
  REQUIRE(order);
  CHECK(order->values == ParameterValues{{Parameter::day_table_1, {0, {{0, 2}}}}});
}

TEST_CASE("how a meter was told is shown for each parameter, with a code where it was not") {
  test::SmallSite site(0);
  CHECK(site.client.put(parameters_page, R"({"power_limit_w":3000,"trip_delay_s":90})").status == 201);
  CircuitNow now;
  now.room = {101};
  now.parameters = {1, false, true};
  now.told[Parameter::power_limit] = {ParameterState::differs, ParameterValue{2'000, {}}, {1'790'000'000'000'000}, 0};
  now.told[Parameter::trip_delay] = {ParameterState::refused, std::nullopt, {}, static_cast<std::uint16_t>(MeterErrc::value)};
  now.told[Parameter::keep_power] = {ParameterState::unsupported, std::nullopt, {}, 0};
  now.clock = ClockTold{seconds(-75), {1'790'000'000'000'000}, false};
  site.desk.reported[{1010}] = now;
  const auto reply = site.client.get(parameters_page);
  CHECK(reply.number("/reported/version") == 1);
  CHECK(reply.text("/reported/parameters/0/parameter") == "power_limit");
  CHECK(reply.text("/reported/parameters/0/state") == "differs");
  CHECK(reply.number("/reported/parameters/0/in_meter/power_limit_w") == 2000);
  CHECK(reply.text("/reported/parameters/0/read").starts_with("2026-"));
  CHECK(reply.text("/reported/parameters/1/why") == "meter.cannot_hold");
  CHECK(reply.find("/reported/parameters/1/in_meter")->is_null());
  CHECK(reply.text("/reported/parameters/2/state") == "unsupported");
  CHECK(reply.number("/reported/clock/error_s") == -75);
}

TEST_CASE("a table has as many entries as one write can carry") {
  test::SmallSite site(0);
  const auto table = [](const char* name, int entries, const char* from, const char* rest) {
    std::string text = std::string("{\"") + name + "\":[";
    for (int i = 0; i < entries; ++i) {
      const auto two = std::string(i + 1 < 10 ? "0" : "") + std::to_string(i + 1);
      const bool is_day = std::string_view(name) == "day_table_1";
      text += (i == 0 ? "" : ",") + std::string(R"({"from":")") +
              (is_day && i == 0 ? "00:00"
               : is_day         ? two + from
                                : from + two) +
              rest;
    }
    return text + "]}";
  };
  const auto day = [&](int entries) { return table("day_table_1", entries, ":00", R"(","tariff":1})"); };
  const auto zones = [&](int entries) { return table("zone_table", entries, "01-", R"(","day_table":1})"); };
  CHECK(site.client.put(parameters_page, day(12)).status == 201);
  CHECK(site.client.put(parameters_page, zones(12)).status == 201);
  CHECK(site.client.put(parameters_page, day(13)).code() == "http.bad_body");
  CHECK(site.client.put(parameters_page, zones(13)).code() == "http.bad_body");
}

TEST_CASE("parameters that no meter holds are refused") {
  test::SmallSite site(0);
  for (const auto* bad : {R"({"power_limit":3000})",
                          R"({"power_limit_w":-1})",
                          R"({"power_limit_w":1000001})",
                          R"({"alarm_money_first":"-1"})",
                          R"({"alarm_money_first":10})",
                          R"({"settlement_day":{"day":29}})",
                          R"({"settlement_day":{"hour":1}})",
                          R"({"day_table_1":[]})",
                          R"({"day_table_1":[{"from":"01:00","tariff":1}]})",
                          R"({"day_table_1":[{"from":"00:00","tariff":1},{"from":"00:00","tariff":2}]})",
                          R"({"keep_power":1})",
                          R"([])",
                          R"({"day_table":[{"from":"00:00","tariff":1}],"day_table_1":[{"from":"00:00","tariff":1}]})",
                          R"({"day_table":[{"from":"01:00","tariff":1}]})",
                          R"({"day_table_9":[{"from":"00:00","tariff":1}]})",
                          R"({"day_table_2":[{"from":"00:00","day_table":1}]})",
                          R"({"zone_table":[]})",
                          R"({"zone_table":[{"from":"00:00","day_table":1}]})",
                          R"({"zone_table":[{"from":"02-30","day_table":1}]})",
                          R"({"zone_table":[{"from":"1-1","day_table":1}]})",
                          R"({"zone_table":[{"from":"01-01","day_table":9}]})",
                          R"({"zone_table":[{"day_table":1}]})",
                          R"({"zone_table":[{"from":"03-01","day_table":1},{"from":"01-01","day_table":2}]})",
                          R"({"weekend_mask":256})",
                          R"({"weekend_day_table":9})",
                          R"({"upper_voltage_limit_mv":1000001})"})
    CHECK(site.client.put(parameters_page, bad).code() == "http.bad_body");
  CHECK(site.client.put("/api/v1/circuits/7/parameters", "{}").code() == "circuit.unknown");
  CHECK(site.client.get("/api/v1/circuits/7/parameters").code() == "circuit.unknown");
  CHECK_FALSE(held(site));
}

}  // namespace wattle::api
