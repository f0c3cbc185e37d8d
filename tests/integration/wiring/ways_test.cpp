// The other ways to meters, and what people order about them, from HTTP to the wire and back: by a serial server, a gateway of
// Modbus-TCP and a collector that dials in. Days and hours turn while the test looks on.

#include <catch2/catch.hpp>
#include <map>

#include "tests/integration/wiring/ways_site.hpp"

namespace wattle::test {

TEST_CASE(
    "serial server, gateway and collector are wired through the API, and meters behind them changed, turned and put right",
    "[ways]") {
  ManyWays site;
  REQUIRE(site.until([&] { return site.get("edges", "/items/0/online") == "true"; }));
  site.fit();
  REQUIRE(site.until([&] { return site.measures("wattle_edge_circuits_unread 3"); }));
  site.wire();
  site.plan();
  REQUIRE(site.until_told([&] {
    return site.is_applied("edges/7/buses/server") && site.is_applied("edges/7/buses/gateway") &&
           site.is_applied("edges/7/buses/gatehouse") && site.is_applied("edges/7/meters/" + std::to_string(own_number)) &&
           site.is_applied("edges/7/meters/" + std::to_string(turning_number)) &&
           site.is_applied("edges/7/meters/" + std::to_string(dialling_number)) &&
           site.of_circuit(3010, "/register") != "(none)" && site.of_circuit(3020, "/register") != "(none)" &&
           site.of_circuit(3030, "/register") != "(none)";
  }));
  CHECK(site.measures("wattle_edge_circuits_unread 0"));
  CHECK(site.box().log().find(R"("event":"edge.circuits.unread","circuits":3)") != std::string::npos);
  CHECK(site.get("profiles/campus-meter", "/reported/0/good") == "true");
  CHECK(site.get("circuits/3010/reading-plan", "/reported/version") == "1");
  CHECK(site.get("circuits/3010/reading-plan", "/desired/rules/0/expression") == "*/10 * * * MON-FRI");

  // A register that comes to its end, another that is set back, and a meter that is exchanged, all at once.
  CHECK(site.tell("gateway", "energy 5 " + std::to_string(turned_to)) == "ok\n");
  CHECK(site.tell("dialling", "energy " + std::to_string(dialling_number) + " 40") == "ok\n");
  const auto last = site.exchange_own(own_successor);
  REQUIRE(last >= 0);
  CHECK(site.post("circuits/3010/meter-changes",
                  R"({"last":)" + std::to_string(last) + R"(,"meter":)" + std::to_string(own_successor) + R"(,"first":0})")
            .status == 201);
  REQUIRE(site.until_told([&] {
    return site.of_circuit(3010, "/change/outcome") == "done" && site.of_circuit(3020, "/held") == "true" &&
           site.of_circuit(3030, "/held_reading/register") != "(none)";
  }));
  CHECK(site.charged(3020) < 1'000'000'000);  // nothing of it yet
  CHECK(
      site.post("circuits/3020/rollovers", R"({"meter":)" + std::to_string(turning_number) + R"(,"ends":1000000000})").status ==
      201);
  const auto after = std::stoll(site.of_circuit(3030, "/held_reading/after"));
  const auto accepted = std::stoll(site.of_circuit(3030, "/held_reading/register"));
  CHECK(site.post("circuits/3030/acceptances", R"({"meter":)" + std::to_string(dialling_number) + R"(,"register":)" +
                                                   std::to_string(accepted) + R"(,"reason":"set back by its maker"})")
            .status == 201);

  // The new meter has the old one's place, and each of its Wh is paid once, as are those of the old one up to its last.
  REQUIRE(site.until_told([&] {
    return site.wired(own_successor, "/reported/state") == "applied" && site.charged(3010) > 0 &&
           site.of_circuit(3010, "/meter") == std::to_string(own_successor);
  }));
  CHECK(site.wired(own_successor, "/desired/bus") == "server");
  REQUIRE(site.until([&] { return site.has_paid(301, 1'000'000'000, last + site.charged(3010)); }));
  // What flowed over the end of the register is charged.
  REQUIRE(site.until([&] { return site.of_circuit(3020, "/rollover/outcome") == "done"; }));
  REQUIRE(site.until([&] { return site.has_paid(302, 5'000'000'000, site.charged(3020) - turning_begins); }));
  CHECK(site.charged(3020) >= 1'000'000'000 + turned_to);
  // Of what the register was set back nothing is.
  REQUIRE(site.until([&] { return site.of_circuit(3030, "/acceptance/outcome") == "done"; }));
  const auto used = [&] { return after - dialling_begins + site.charged(3030) - accepted; };
  REQUIRE(site.until([&] { return site.has_paid(303, 1'000'000'000, used()); }));

  // Money of one consumption is given back.
  const auto consumption = site.dearest_consumption(303);
  REQUIRE(!consumption.empty());
  const auto correction = R"({"entry":)" + consumption + R"(,"way":"back","amount":"0.01","reason":"as agreed"})";
  const auto corrected = site.post("circuits/3030/corrections", correction, "c1");
  INFO(boost::json::serialize(corrected.body));
  REQUIRE(corrected.status == 201);
  REQUIRE(site.until([&] { return site.of_circuit(3030, "/correction/outcome") == "done"; }));
  REQUIRE(site.until([&] { return site.has_paid(303, 1'000'010'000, used()); }));
  CHECK(site.post("circuits/3030/corrections", correction, "c1").status == 200);  // once

  // Kept as the plans say: each tenth minute of a working day, as since before the exchange; and on settlement day and at its
  // weekday's minute alone. A slow machine may hear of a plan after its first moment: then the next one is as good.
  std::int64_t heard = 0, settled = 0, weekly = 0;
  for (int version = 1; heard >= settled; ++version) {
    REQUIRE(version <= 5);
    settled = site.minute() / 10 * 10 + 30;
    weekly = settled + 20;
    CHECK(site.plan_two(settled, weekly) / 100 == 2);
    REQUIRE(site.until_told(
        [&] { return site.get("circuits/3020/reading-plan", "/reported/version") == std::to_string(version); }));
    heard = site.minute();  // in it the reading of a half hour may still have been kept
  }
  CHECK(site.get("circuits/3020/reading-plan", "/desired/rules/0/kind") == "settlement_day");
  const auto ends = settled + 60;
  REQUIRE(site.until([&] { return !site.recorded_between(301, ends, ends + minutes_a_day).empty(); }));
  REQUIRE(site.until([&] { return site.recorded_between(302, heard + 1, ends).size() >= 2; }));
  std::map<std::int64_t, int> tenths;
  for (const auto minute : site.recorded_between(301, settled, ends)) ++tenths[minute / 10];
  CHECK(tenths.size() >= 5);  // of six; in one the meter may have been silent, on a busy machine
  for (const auto& [tenth, readings] : tenths) CHECK(readings == 1);
  const auto kept = site.recorded_between(302, heard + 1, ends);
  CAPTURE(kept, heard, settled, weekly, ends);
  REQUIRE(kept.size() == 2);
  CHECK(kept[0] >= settled);
  CHECK(kept[0] < weekly);
  CHECK(kept[1] >= weekly);

  // Each way carries orders too.
  for (const auto* circuit : {"3010", "3020", "3030"})
    CHECK(site.put(std::string("circuits/") + circuit + "/control", R"({"mode":"forced_off"})") == 201);
  REQUIRE(site.until([&] { return !site.relay(0) && !site.relay(1) && !site.relay(2); }));
  CHECK(site.box().log().find("123456") == std::string::npos);  // the password
}

}  // namespace wattle::test
