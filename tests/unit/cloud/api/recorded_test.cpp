// Meters that are nobody's: a plan, parameters, a clock and a reading on demand, through the API and down to a real box's fold.

#include <catch2/catch.hpp>

#include "cloud/api/settings.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;

constexpr const char* recorded_plan = "/api/v1/circuits/9001/reading-plan";
constexpr const char* recorded_parameters = "/api/v1/circuits/9001/parameters";
constexpr const char* recorded_reads = "/api/v1/circuits/9001/reads";
constexpr const char* each_quarter = R"({"rules":[{"kind":"interval","minutes":15}]})";

/// Box 7 and box 8; a main meter with circuit 9001 is to be wired.
struct MainSite : test::SmallSite {
  MainSite() {
    desk.add_box(box_eight);
    for (const auto* bus : {"/api/v1/edges/7/buses/1", "/api/v1/edges/8/buses/1"})
      CHECK(client.put(bus, R"({"port":"/dev/ttyUSB0"})").status == 201);
  }
  void wire(const std::string& slot) {
    CHECK(client
              .put("/api/v1/edges/" + slot + "/meters/70009001",
                   R"({"bus":"1","address":9,"profile":"generic-relay-meter","circuits":[{"circuit":9001}]})")
              .status == 201);
  }
  bool has(Holder box, const std::string& key) const { return desk.box_link(box).state().config().contains(key); }
};

}  // namespace

TEST_CASE("a circuit that is nobody's has a plan and parameters where it is wired, and its own report") {
  MainSite site;
  CHECK(site.client.get(recorded_plan).code() == "circuit.unknown");
  CHECK(site.client.put(recorded_parameters, R"({"power_limit_w":3000})").code() == "circuit.unknown");
  site.wire("7");
  CHECK(site.client.put(recorded_plan, each_quarter).status == 201);
  CHECK(site.client.put(recorded_parameters, R"({"power_limit_w":3000})").status == 201);
  CHECK(site.has(box_seven, "plan/9001"));
  CHECK(site.has(box_seven, "parameters/9001"));
  CHECK_FALSE(site.has(box_eight, "plan/9001"));
  auto reply = site.client.get(recorded_plan);
  CHECK(reply.number("/room") == 0);
  CHECK(reply.text("/source") == "circuit");
  CHECK(reply.find("/reported")->is_null());
  CircuitNow now;
  now.plan = {1, false, true};
  now.parameters = {1, false, true};
  now.told[Parameter::power_limit] = {ParameterState::unsupported, std::nullopt, {}, 0};
  now.clock = ClockTold{seconds(-75), {1'790'000'000'000'000}, false};
  site.desk.recorded[{box_eight, {9001}}] = now;  // which does not read it
  CHECK(site.client.get(recorded_plan).find("/reported")->is_null());
  site.desk.recorded[{box_seven, {9001}}] = now;
  CHECK(site.client.get(recorded_plan).number("/reported/version") == 1);
  reply = site.client.get(recorded_parameters);
  CHECK(reply.text("/reported/parameters/0/state") == "unsupported");
  CHECK(reply.number("/reported/clock/error_s") == -75);
  // What is charged and switched is of rooms alone.
  CHECK(site.client.get("/api/v1/circuits/9001/control").code() == "circuit.unknown");
  CHECK(site.client.get("/api/v1/circuits/9001/purse").code() == "circuit.unknown");
  CHECK(site.client.get("/api/v1/circuits/9001/meter").code() == "circuit.unknown");
}

TEST_CASE("a meter of a box's own file is known by what the box tells, or by the registry and the number that it tells") {
  MainSite site;
  site.desk.recorded[{box_eight, {9001}}] = {};
  CHECK(site.client.put(recorded_plan, each_quarter).status == 201);
  CHECK(site.has(box_eight, "plan/9001"));
  site.desk.recorded.clear();
  const auto* of_other = "/api/v1/circuits/9002/reading-plan";
  CHECK(site.client.get(of_other).code() == "circuit.unknown");
  CHECK(site.client.put("/api/v1/buildings/1", R"({"name":"East"})").status == 201);
  CHECK(site.client.put("/api/v1/meters/70009002", R"({"building":1,"role":"monitor","circuit":9002})").status == 201);
  CHECK(site.client.get(of_other).code() == "circuit.unknown");
  site.desk.wiring_reported[box_seven].meters = {
      {{70009002}, "1", 9, {}, WiringSource::file, WiringState::applied, {}, {}, {}}};
  CHECK(site.client.put(of_other, each_quarter).status == 201);
  CHECK(site.has(box_seven, "plan/9002"));
  CHECK(site.client.get("/api/v1/circuits/0/reading-plan").code() == "circuit.unknown");
}

TEST_CASE("what is set of a circuit that is nobody's goes with its meter to another box") {
  MainSite site;
  site.wire("7");
  CHECK(site.client.put(recorded_plan, each_quarter).status == 201);
  CHECK(site.client.put(recorded_parameters, R"({"power_limit_w":3000})").status == 201);
  CHECK(site.client.del("/api/v1/edges/7/meters/70009001").status == 201);
  site.wire("8");
  CHECK(site.has(box_eight, "plan/9001"));
  CHECK(site.has(box_eight, "parameters/9001"));
  CHECK(site.client.get(recorded_plan).number("/desired/rules/0/minutes") == 15);
  CHECK(site.client.get(recorded_plan).text("/state") == "written");
}

TEST_CASE("one circuit is read on demand, of a room or nobody's") {
  MainSite site;
  site.wire("7");
  std::vector<std::pair<Holder, RoomId>> asked;
  site.desk.read_by_box = [&](Holder box, RoomId room) {
    asked.emplace_back(box, room);
    DemandedReading reading;
    reading.circuit = {9001};
    reading.meter = {70009001};
    reading.reading = {{1'772'424'000'000'000}, {300}, Power{40}, {}, {}, {}};
    reading.reading.further.put(FurtherKind::frequency, 49'980);
    reading.reading.further.put(FurtherKind::reactive_energy, 12);
    reading.reading.further.put(FurtherKind::remaining_money, -5);
    reading.reading.further.put(FurtherKind::flow, 1'500);
    reading.reading.further.put(FurtherKind::temperature, 21'500);
    return ReadAnswer{1, ReadStatus::answered, {reading}};
  };
  CHECK(site.client.post(recorded_reads, "").code() == "edge.offline");  // it has not reported yet
  site.desk.wiring_reported[box_seven].reads_circuits = false;
  CHECK(site.client.post(recorded_reads, "").code() == "read.box_older");
  site.desk.wiring_reported[box_seven].reads_circuits = true;
  const auto reply = site.client.post(recorded_reads, "");
  CHECK(reply.status == 200);
  CHECK(asked == std::vector{std::pair(box_seven, RoomId{})});
  CHECK(site.desk.circuit_read == CircuitId{9001});
  CHECK(reply.number("/room") == 0);
  CHECK(reply.number("/items/0/circuit") == 9001);
  CHECK(reply.number("/items/0/frequency_mhz") == 49'980);
  CHECK(reply.number("/items/0/reactive_energy_varh") == 12);
  CHECK(reply.number("/items/0/remaining_money_micros") == -5);
  CHECK(reply.number("/items/0/flow_ml_per_h") == 1'500);
  CHECK(reply.number("/items/0/temperature_mcelsius") == 21'500);
  CHECK(site.client.post("/api/v1/circuits/1010/reads", "").number("/room") == 101);
  CHECK(site.desk.circuit_read == CircuitId{1010});
  CHECK(site.client.post("/api/v1/rooms/101/reads", "").status == 200);
  CHECK(site.desk.circuit_read == CircuitId{});
  CHECK(site.client.post("/api/v1/circuits/4711/reads", "").code() == "circuit.unknown");
  site.desk.silent.insert(box_seven);
  CHECK(site.client.post(recorded_reads, "").code() == "edge.offline");
}

}  // namespace wattle::api
