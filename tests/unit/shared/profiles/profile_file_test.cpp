#include "shared/profiles/profile_file.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/exchange.hpp"
#include "shared/profiles/units.hpp"

using namespace wattle;

namespace {

const std::string right = R"(model = "m"
protocol = "modbus"
rollover_wh = 1000000
[[block]]
start = 0
count = 4
[[circuit]]
energy = { register = 0, encoding = "u32", unit = "0.01 kWh" }
power = { register = 2, encoding = "i16", unit = "W" }
relay = { register = 3, bit = 2 }
command = { write = "registers", register = 9, close = 85, open = 170 }
)";

std::string with(const std::string& what, const std::string& in_its_place) {
  auto text = right;
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), in_its_place);
}

std::string first_fault(const std::string& what, const std::string& in_its_place) {
  const auto loaded = parse_profile(with(what, in_its_place), "m.toml");
  return loaded.faults.empty() ? "none" : loaded.faults.front();
}

}  // namespace

TEST_CASE("every shipped profile can be used, and is named as its file") {
  const auto models = shipped_models();
  CHECK(models.size() >= 8);
  for (const auto model : models) {
    INFO(model);
    const auto profile = shipped_profile(model);
    REQUIRE(profile != nullptr);
    CHECK(profile->model == model);
    CHECK(contradiction(*profile).empty());
    CHECK_FALSE(reading_exchanges(*profile, {1, MeterId{1}, {}}, Depth::full).empty());
  }
  CHECK(shipped_profile("no-such-meter") == nullptr);
}

TEST_CASE("the profiles that everything is tried with are the shipped ones") {
  CHECK(*shipped_profile("generic-relay-meter") == generic_relay_meter());
  CHECK(*shipped_profile("generic-dlt645-2007") == generic_dlt645_meter(dlt645::Edition::v2007));
  CHECK(*shipped_profile("generic-dlt645-1997") == generic_dlt645_meter(dlt645::Edition::v1997));
  CHECK(circuit_count(*shipped_profile("generic-three-circuits")) == 3);
  CHECK(circuit_count(*shipped_profile("generic-dlt645-2007-three-circuits")) == 3);
}

TEST_CASE("a profile from its file") {
  const auto loaded = parse_profile(right, "m.toml");
  REQUIRE(loaded.faults.empty());
  const auto& model = std::get<ModbusModel>(loaded.profile.protocol);
  CHECK(loaded.profile.rollover == Quantity{1'000'000});
  CHECK(model.circuits[0].energy.scale == Scale{10, 1});
  CHECK(model.circuits[0].relay->bit == 2);
  CHECK(model.circuits[0].command->close == 85);
  CHECK_FALSE(model.number);
}

TEST_CASE("what is wrong with a profile is told with its line") {
  CHECK(first_fault("model = \"m\"", "").find("m.toml:1: the key \"model\" is missing") == 0);
  CHECK(first_fault("modbus", "mudbus").find("m.toml:2: \"protocol\" must be one of") == 0);
  CHECK(first_fault("0.01 kWh", "0.01 kW").find("m.toml:8: [circuit.energy] \"unit\" must be a step like") == 0);
  CHECK(first_fault("bit = 2", "bit = 16").find("m.toml:10: [circuit.relay] \"bit\"") == 0);
  CHECK(first_fault("bit = 2", "bti = 2").find("m.toml:10: [circuit.relay] unknown key \"bti\"") == 0);
  CHECK(first_fault("count = 4", "count = 3").find("m.toml:1: \"model\" contradicts itself: a value lies in no block") == 0);
  CHECK(first_fault("count = 4", "count = 200").find("m.toml:1: \"model\" contradicts itself: a block is longer") == 0);
  CHECK(first_fault("[[circuit]]", "[[circus]]") != "none");
  CHECK(first_fault("[[block]]", "[block]") != "none");
  CHECK(parse_profile("", "m.toml").faults.size() >= 4);
  CHECK(parse_profile("model = [", "m.toml").faults.size() == 1);
  CHECK(load_profile("/nonexistent/m.toml").faults.size() == 1);
}

TEST_CASE("identifiers of DL/T 645 have as many digits as their edition wants") {
  const auto faults = [](const std::string& edition, const std::string& energy) {
    const auto text = "model = \"m\"\nprotocol = \"dlt645-" + edition + "\"\n[[circuit]]\nenergy = \"" + energy + "\"\n";
    return parse_profile(text, "m.toml").faults;
  };
  CHECK(faults("2007", "0001 0000").empty());
  CHECK(faults("2007", "00010000").empty());
  CHECK(faults("1997", "9010").empty());
  CHECK(faults("2007", "9010").size() == 1);
  CHECK(faults("1997", "0001 0000").size() == 1);
  CHECK(faults("2007", "0001 000g").size() == 1);
  CHECK(faults("2007", "0203 0000").size() == 1);  // power is no energy
  CHECK(faults("2007", "0123 4567").size() == 1);  // no item at all
}

TEST_CASE("steps of a register") {
  const auto step = [](Measure measure, std::string_view text) { return parse_step(measure, text).value_or(Scale{-1, -1}); };
  CHECK(step(Measure::energy, "Wh") == Scale{1, 1});
  CHECK(step(Measure::energy, "0.01 kWh") == Scale{10, 1});
  CHECK(step(Measure::energy, "0.0001kWh") == Scale{1, 10});
  CHECK(step(Measure::voltage, "0.1 V") == Scale{100, 1});
  CHECK(step(Measure::current, "10 mA") == Scale{10, 1});
  CHECK(step(Measure::power_factor, "0.001") == Scale{1, 1});
  CHECK(step(Measure::power_factor, "%") == Scale{10, 1});
  for (const auto* wrong :
       {"", "V", "0 Wh", "-1 Wh", "1. kWh", ".1 kWh", "1.2.3 kWh", "9999999999 Wh", "999999999 MWh", "1 wh"}) {
    INFO(wrong);
    CHECK_FALSE(parse_step(Measure::energy, wrong));
  }
}
