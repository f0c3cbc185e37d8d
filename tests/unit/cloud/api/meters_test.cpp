// Orders about meters, through the API and down to a real box's fold.

#include <catch2/catch.hpp>

#include "cloud/api/control_routes.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;

constexpr const char* meter = "/api/v1/circuits/1010/meter";
constexpr const char* changes = "/api/v1/circuits/1010/meter-changes";
constexpr const char* rollovers = "/api/v1/circuits/1010/rollovers";
constexpr MeterId fitted{5001};

struct MeteredSite : test::SmallSite {
  explicit MeteredSite(std::int64_t first_reading = 0) : SmallSite(first_reading) {}
  template <class T>
  std::optional<T> held(const std::string& key, std::optional<T> (*decode)(ByteView)) const {
    const auto& config = desk.box_link(box_seven).state().config();
    const auto found = config.find(key);
    return found == config.end() ? std::nullopt : decode(found->second.value);
  }
  /// Its box holds a reading behind what it had counted.
  void hold(std::int64_t after, std::int64_t shown) {
    report(shown);
    auto& now = desk.reported[{1010}];
    now.held = true;
    now.held_after = {after};
    now.held_shown = {shown};
  }
  /// What its box last read and said of the circuit.
  void report(std::int64_t units, std::optional<LedgerErrc> refused = {}) {
    CircuitNow now;
    now.room = {101};
    now.register_units = {units};
    now.meter_refused = refused;
    now.held = refused.has_value();
    desk.reported[{1010}] = now;
  }
};

}  // namespace

TEST_CASE("a changed meter is an order that names the old one, once however often it is given") {
  MeteredSite site;
  site.desk.use({101}, {1010}, fitted, 1000);
  CHECK(site.client.get(meter).find("/change")->is_null());
  const auto* body = R"({"last":1200,"meter":6001,"first":7,"reason":"display broken"})";
  auto reply = site.client.post(changes, body);
  CHECK(reply.status == 201);
  CHECK(reply.text("/change/outcome") == "waiting");
  CHECK(site.held("meter/1010", decode_meter) == MeterOrder{fitted, {1200}, {6001}, {7}});
  CHECK(site.client.post(changes, body).status == 200);
  site.desk.change_meter(box_seven, {101}, {1010}, {1200}, {6001}, {7});
  reply = site.client.get(meter);
  CHECK(reply.text("/change/outcome") == "done");
  CHECK(reply.number("/meter") == 6001);
  CHECK(reply.number("/charged_to") == 7);
  CHECK(site.client.get("/api/v1/rooms/101").number("/circuits/0/meter") == 6001);
  // Again when it is done: no other order is given.
  reply = site.client.post(changes, body);
  CHECK(reply.status == 200);
  CHECK(reply.number("/change/number") == 1);
  // And the next change is of the meter that is there now.
  CHECK(site.client.post(changes, R"({"last":7,"meter":6002,"first":0})").number("/change/before") == 6001);
}

TEST_CASE("no room is fitted with a meter that another one has got since it was fitted") {
  MeteredSite site;
  site.desk.change_meter(box_seven, {101}, {1010}, {0}, {6001}, {0});
  const auto* other = R"({"room":201,"edge":7,"circuits":[{"circuit":2010,"meter":6001,"first_reading":0}]})";
  CHECK(site.client.post("/api/v1/rooms", other).code() == "circuit.taken");
  const auto* own = R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":5001,"first_reading":0}]})";
  CHECK(site.client.post("/api/v1/rooms", own).status == 200);
}

TEST_CASE("a change that a box has carried out is not carried out again once its old meter is put back") {
  MeteredSite site;
  const auto* body = R"({"last":0,"meter":6001,"first":0})";
  CHECK(site.client.post(changes, body).status == 201);
  site.desk.change_meter(box_seven, {101}, {1010}, {0}, {6001}, {0});
  site.desk.change_meter(box_seven, {101}, {1010}, {0}, fitted, {0});
  site.desk.override_register(box_seven, "meter/1010", encode(MeterOrder{{6001}, {0}, fitted, {0}}));
  CHECK(site.client.post(changes, body).status == 200);
  CHECK(site.held("meter/1010", decode_meter) == MeterOrder{{6001}, {0}, fitted, {0}});
}

TEST_CASE("what a box does not take is shown with its reason, and a better order takes its place") {
  MeteredSite site;
  CHECK(site.client.post(changes, R"({"last":20000000,"meter":6001,"first":7})").status == 201);
  site.report(0, LedgerErrc::reading_chain);
  auto reply = site.client.get(meter);
  CHECK(reply.text("/change/outcome") == "refused");
  CHECK(reply.text("/change/why") == "ledger.reading_chain");
  reply = site.client.get("/api/v1/rooms/101");
  CHECK(reply.text("/circuits/0/meter_change_refused") == "ledger.reading_chain");
  CHECK(reply.find("/circuits/0/held")->as_bool());
  reply = site.client.post(changes, R"({"last":20000000,"meter":6001,"first":7})");  // what stood in its way may be gone
  CHECK(reply.status == 201);
  CHECK(reply.number("/change/number") == 2);
  CHECK(site.client.post(changes, R"({"last":0,"meter":6001,"first":7})").number("/change/number") == 3);
  site.desk.change_meter(box_seven, {101}, {1010}, {0}, {7777}, {7});  // at the box, by another number
  CHECK(site.client.get(meter).text("/change/outcome") == "passed");
}

TEST_CASE("changes that make no sense are refused, each with its code") {
  MeteredSite site;
  site.fit("102", "7");
  site.desk.use({101}, {1010}, fitted, 1000);
  for (const auto* bad : {R"({})", R"({"last":-1,"meter":6001,"first":7})", R"({"last":0,"meter":0,"first":7})",
                          R"({"last":0,"meter":1000000000000,"first":7})", R"({"last":"0","meter":6001,"first":7})",
                          R"({"last":0,"meter":6001,"first":7,"old":5001})"})
    CHECK(site.client.post(changes, bad).code() == "http.bad_body");
  CHECK(site.client.post(changes, R"({"last":1000,"meter":5001,"first":7})").code() == "meter.same");
  CHECK(site.client.post(changes, R"({"last":1000,"meter":5002,"first":7})").code() == "circuit.taken");
  CHECK(site.client.post(changes, R"({"last":999,"meter":6001,"first":7})").code() == "meter.below_charged");
  CHECK(site.client.post("/api/v1/circuits/7/meter-changes", R"({"last":0,"meter":6001,"first":7})").code() ==
        "circuit.unknown");
  CHECK(site.client.get("/api/v1/circuits/7/meter").code() == "circuit.unknown");
  CHECK_FALSE(site.held("meter/1010", decode_meter));
  CHECK(site.client.post(changes, R"({"last":999,"meter":6001,"first":7,"rolled_over":true})").status == 201);
  // Of a meter that another room got by a change.
  site.desk.change_meter(box_seven, {102}, {1020}, {0}, {8001}, {0});
  CHECK(site.client.post(changes, R"({"last":1000,"meter":8001,"first":7})").code() == "circuit.taken");
  CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c").status == 201);
  site.desk.use({101}, {1010}, fitted, 1000);
  CHECK(site.client.post(changes, R"({"last":1000,"meter":6001,"first":7})").code() == "room.not_open");
  CHECK(site.client.post(rollovers, R"({"meter":5001,"ends":1000000})").code() == "room.not_open");
}

TEST_CASE("a rollover is of one meter and one turn, once however often it is given") {
  MeteredSite site(950'000);
  site.desk.use({101}, {1010}, fitted, 960'000);
  const auto* body = R"({"meter":5001,"ends":1000000})";
  CHECK(site.client.post(rollovers, R"({"meter":5001,"ends":999999})").code() == "http.bad_body");
  CHECK(site.client.post(rollovers, R"({"meter":6001,"ends":1000000})").code() == "meter.other");
  CHECK(site.client.post("/api/v1/circuits/7/rollovers", body).code() == "circuit.unknown");
  site.report(960'000);
  CHECK(site.client.post(rollovers, body).code() == "meter.not_behind");
  site.report(950'000);  // from before the entry
  CHECK(site.client.post(rollovers, body).code() == "meter.not_behind");
  site.hold(960'000, 40'000);
  auto reply = site.client.post(rollovers, body);
  CHECK(reply.status == 201);
  CHECK(reply.text("/rollover/outcome") == "waiting");
  CHECK(site.held("rollover/1010", decode_rollover) == RolloverOrder{fitted, {1'000'000}, 1});
  CHECK(site.client.post(rollovers, body).status == 200);
  site.desk.use({101}, {1010}, fitted, 1'040'000);  // as the box counts what the meter shows
  reply = site.client.get(meter);
  CHECK(reply.text("/rollover/outcome") == "done");
  CHECK(reply.number("/charged_to") == 1'040'000);
  CHECK(site.client.post(rollovers, body).number("/rollover/turn") == 1);  // its box has yet to say that it holds nothing more
  site.report(41'000);
  reply = site.client.post(rollovers, body);
  CHECK(reply.status == 200);
  CHECK(reply.number("/rollover/turn") == 1);
  // At the end of the next turn it is another order.
  site.desk.use({101}, {1010}, fitted, 1'990'000);
  site.hold(1'990'000, 41'000);
  CHECK(site.client.post(rollovers, body).number("/rollover/turn") == 2);
}

TEST_CASE("an order for a turn that its box has taken back is void, and can be given anew") {
  MeteredSite site(950'000);
  const auto* body = R"({"meter":5001,"ends":1000000})";
  site.hold(950'000, 40'000);
  CHECK(site.client.post(rollovers, body).status == 201);
  site.desk.override_register(box_seven, "rollover/1010", encode(RolloverOrder{fitted, {1'000'000}, 0}));
  site.report(951'000);
  CHECK(site.client.post(rollovers, body).code() == "meter.not_behind");  // else a late retry would arm it again
  site.hold(951'000, 40'000);
  const auto reply = site.client.post(rollovers, body);
  CHECK(reply.status == 201);
  CHECK(reply.number("/rollover/number") == 2);
  CHECK(reply.number("/rollover/turn") == 1);
}

TEST_CASE("a turn that was before is told again to a box that does not know of it") {
  MeteredSite site(1'040'000);
  site.report(41'000);  // not behind: nothing turns now
  const auto reply = site.client.post(rollovers, R"({"meter":5001,"ends":1000000})");
  CHECK(reply.status == 201);
  CHECK(reply.number("/rollover/turn") == 1);
  CHECK(site.held("rollover/1010", decode_rollover) == RolloverOrder{fitted, {1'000'000}, 1});
}

TEST_CASE("reading plans are set for a circuit and for the site, and reach the box") {
  MeteredSite site;
  constexpr const char* plan = "/api/v1/circuits/1010/reading-plan";
  auto reply = site.client.get(plan);
  CHECK(reply.text("/source") == "box");
  CHECK(site.client.put("/api/v1/reading-plan", R"({"rules":[{"kind":"interval","minutes":30}]})").status == 201);
  CHECK(site.client.get(plan).text("/source") == "site");
  const auto* body = R"({"rules":[{"kind":"cron","expression":" */10 8-18 * *  mon-fri"},
    {"kind":"weekdays","days":{"monday":true},"at":"07:30"},{"kind":"settlement_day","day":31}]})";
  reply = site.client.put(plan, body);
  CHECK(reply.status == 201);
  CHECK(reply.text("/source") == "circuit");
  CHECK(reply.text("/desired/rules/0/expression") == "*/10 8-18 * * MON-FRI");
  CHECK(reply.text("/desired/rules/1/at") == "07:30");
  CHECK(reply.number("/desired/rules/2/day") == 31);
  CHECK(site.client.put(plan, body).status == 200);
  const auto held = site.held("plan/1010", decode_plan);
  REQUIRE(held);
  CHECK(held->rules.at(1).weekdays == 2);
  CHECK(held->rules.at(1).at == 450);
  CHECK(site.held("site/plan", decode_plan)->rules.at(0).every == 30);
  site.report(0);
  site.desk.reported[{1010}].plan = {1, false, true};
  CHECK(site.client.get(plan).number("/reported/version") == 1);
  site.desk.settings_reported[{box_seven, "site/plan"}] = {1, false, true};
  CHECK(site.client.get("/api/v1/reading-plan").number("/reported/0/version") == 1);
  // Taken back, the site's holds again.
  CHECK(site.client.put(plan, R"({"rules":[]})").text("/source") == "site");
}

TEST_CASE("the plan of a box stands between its circuits' and the site's, and holds for what is fitted later") {
  MeteredSite site;
  constexpr const char* of_box = "/api/v1/edges/7/reading-plan";
  constexpr const char* of_circuit = "/api/v1/circuits/1010/reading-plan";
  CHECK(site.client.put("/api/v1/reading-plan", R"({"rules":[{"kind":"interval","minutes":30}]})").status == 201);
  const auto* quarters = R"({"rules":[{"kind":"interval","minutes":15}]})";
  auto reply = site.client.put(of_box, quarters);
  CHECK(reply.status == 201);
  CHECK(reply.number("/edge") == 7);
  CHECK(reply.find("/reported")->is_null());
  CHECK(site.client.put(of_box, quarters).status == 200);
  CHECK(site.held("boxplan/7", decode_plan)->rules.at(0).every == 15);
  CHECK(site.client.get(of_circuit).text("/source") == "edge");
  CHECK(site.client.get(of_circuit).number("/desired/rules/0/minutes") == 15);
  site.fit("102", "7");
  CHECK(site.client.get("/api/v1/circuits/1020/reading-plan").text("/source") == "edge");
  CHECK(site.client.put(of_circuit, R"({"rules":[{"kind":"interval","minutes":5}]})").text("/source") == "circuit");
  site.desk.settings_reported[{box_seven, "boxplan/7"}] = {1, false, true};
  CHECK(site.client.get(of_box).number("/reported/version") == 1);
  CHECK(site.client.put(of_box, R"({"rules":[]})").status == 201);
  CHECK(site.client.get("/api/v1/circuits/1020/reading-plan").text("/source") == "site");
  CHECK(site.client.get("/api/v1/edges/9/reading-plan").code() == "edge.unknown");
  CHECK(site.client.put(of_box, R"({"rules":[{"kind":"interval","minutes":7}]})").code() == "http.bad_body");
}

TEST_CASE("plans that make no sense are refused, a crontab with a code of its own") {
  MeteredSite site;
  for (const auto* bad :
       {R"({})", R"({"rules":[{}]})", R"({"rules":[{"kind":"daily"}]})", R"({"rules":[{"kind":"interval"}]})",
        R"({"rules":[{"kind":"interval","minutes":7}]})", R"({"rules":[{"kind":"interval","minutes":1441}]})",
        R"({"rules":[{"kind":"weekdays","days":{}}]})",
        R"({"rules":[{"kind":"weekdays","days":{"monday":true},"at":"24:00"}]})",
        R"({"rules":[{"kind":"settlement_day","day":32}]})", R"({"rules":[{"kind":"interval","minutes":30,"at":"00:00"}]})"}) {
    INFO(bad);
    CHECK(site.client.put("/api/v1/reading-plan", bad).code() == "http.bad_body");
  }
  const auto reply = site.client.put("/api/v1/reading-plan", R"({"rules":[{"kind":"cron","expression":"0 0 30 2 *"}]})");
  CHECK(reply.text("/errors/0/code") == "json.bad_cron");
  CHECK(site.client.put("/api/v1/circuits/7/reading-plan", R"({"rules":[]})").code() == "circuit.unknown");
  CHECK(site.client.get("/api/v1/circuits/7/reading-plan").code() == "circuit.unknown");
}

}  // namespace wattle::api
