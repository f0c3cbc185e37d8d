// What controls circuits, through the API and down to a real box.

#include "cloud/api/control_routes.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;

constexpr const char* control = "/api/v1/circuits/1010/control";

struct ControlledSite : test::SmallSite {
  /// What the box has, as its own fold shows it.
  std::optional<Bytes> at(Holder box, const std::string& key) const {
    const auto& config = desk.box_link(box).state().config();
    const auto found = config.find(key);
    return found == config.end() ? std::nullopt : std::optional(found->second.value);
  }
  /// A caretaker tells the box.
  void force(Holder box, ControlMode mode) {
    ControlSettings settings;
    settings.mode = mode;
    desk.override_register(box, "control/1010", encode(settings));
  }
};

}  // namespace

TEST_CASE("a circuit is treated as the site says until it has a register of its own, and the box gets it") {
  ControlledSite site;
  auto reply = site.client.get(control);
  CHECK(reply.status == 200);
  CHECK(reply.text("/source") == "built_in");
  CHECK(reply.text("/desired/mode") == "prepaid");
  CHECK(reply.number("/number") == 0);
  CHECK(reply.find("/reported")->is_null());
  CHECK(site.client.put("/api/v1/defaults", R"({"circuit":{"limit_w":2000},"return_pause_s":9})").status == 201);
  reply = site.client.get(control);
  CHECK(reply.text("/source") == "defaults");
  CHECK(reply.number("/desired/limit_w") == 2000);
  reply = site.client.put(control, R"({"mode":"forced_off","load":"lighting","cut_at":"-5","limit_w":1000})");
  CHECK(reply.status == 201);
  CHECK(reply.text("/source") == "circuit");
  CHECK(reply.text("/desired/cut_at") == "-5.000000");
  CHECK(site.client.get(control).text("/state") == "written");
  CHECK(http::value_of(reply.headers, "ETag") == "\"1\"");
  const auto held = site.at(box_seven, "control/1010");
  REQUIRE(held);
  CHECK(decode_control(*held)->mode == ControlMode::forced_off);
  CHECK(decode_defaults(*site.at(box_seven, "site/defaults"))->return_pause == seconds(9));
  CHECK(site.client.put(control, R"({"mode":"forced_off","load":"lighting","cut_at":"-5","limit_w":1000})").status == 200);
}

TEST_CASE("whoever has read an older number is told, and without a number the later one holds") {
  ControlledSite site;
  CHECK(site.client.put(control, R"({"limit_w":1})").status == 201);
  site.client.if_match = "\"0\"";
  auto reply = site.client.put(control, R"({"limit_w":2})");
  CHECK(reply.status == 412);
  CHECK(reply.code() == "setting.changed");
  site.client.if_match = "\"1\"";
  CHECK(site.client.put(control, R"({"limit_w":2})").status == 201);
  site.client.if_match.clear();
  reply = site.client.put(control, R"({"limit_w":3})");
  CHECK(reply.number("/number") == 3);
  CHECK(decode_control(*site.at(box_seven, "control/1010"))->trip.limit == Power{3});
}

TEST_CASE("what is wanted already is told again where a caretaker has overridden it, once") {
  ControlledSite site;
  const auto tell = [&] { return site.client.put(control, R"({"mode":"prepaid"})"); };
  const auto mode = [&] { return decode_control(*site.at(box_seven, "control/1010"))->mode; };
  CHECK(tell().status == 201);
  site.force(box_seven, ControlMode::forced_on);
  REQUIRE(mode() == ControlMode::forced_on);
  const auto reply = tell();
  CHECK(reply.status == 201);
  CHECK(reply.number("/number") == 2);
  CHECK(mode() == ControlMode::prepaid);
  CHECK(tell().status == 200);
  site.force(box_seven, ControlMode::forced_on);
  site.desk.cut(box_seven);
  CHECK(tell().number("/number") == 3);
  CHECK(tell().status == 200);  // it is on its way
  site.desk.heal(box_seven);
  CHECK(mode() == ControlMode::prepaid);
  CHECK(tell().number("/number") == 3);
}

TEST_CASE("an override that says what is wanted is left alone, and so is one of a box that the circuit is nothing to") {
  ControlledSite site;
  CHECK(site.client.put(control, R"({"mode":"prepaid"})").status == 201);
  site.force(box_seven, ControlMode::prepaid);
  CHECK(site.client.put(control, R"({"mode":"prepaid"})").status == 200);
  site.desk.add_box(box_eight);
  site.force(box_eight, ControlMode::forced_on);
  CHECK(site.client.put(control, R"({"mode":"prepaid"})").status == 200);
}

TEST_CASE("timetables, calendar and defaults go to every box, also to one that comes later; a circuit's follows its room") {
  ControlledSite site;
  const auto* timetable =
      R"({"sets":[{"begins":"03-01","periods":[{"from":"23:00","to":"24:00","days":{"working":true},"action":"limit","limit_w":100}]}]})";
  CHECK(site.client.put("/api/v1/timetables/2", timetable).status == 201);
  CHECK(site.client.put("/api/v1/calendar", R"({"rest_days":{"sunday":true},"exceptions":[{"date":"2026-10-01"}]})").status ==
        201);
  CHECK(site.client.put(control, R"({"timetable":2})").status == 201);
  site.desk.add_box(box_eight);
  REQUIRE(site.at(box_eight, "timetable/2"));
  const auto held = decode_timetable(*site.at(box_eight, "timetable/2"));
  REQUIRE(held);
  CHECK(held->sets.at(0).periods.at(0) == TimePeriod{23 * 60, 24 * 60, of(DayKind::working), TimeAction::limit, {100}});
  CHECK(decode_calendar(*site.at(box_eight, "calendar"))->rest_days == 1);
  CHECK_FALSE(site.at(box_eight, "control/1010"));
  CHECK(site.client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "m").status == 201);
  site.desk.use({101}, {1010}, {5001}, 1000);
  CHECK(site.at(box_eight, "control/1010") == site.at(box_seven, "control/1010"));
  // And from now on there.
  CHECK(site.client.put(control, R"({"mode":"forced_on"})").status == 201);
  CHECK(decode_control(*site.at(box_eight, "control/1010"))->mode == ControlMode::forced_on);

  site.desk.settings_reported[{box_eight, "timetable/2"}] = {1, false, true};
  const auto reply = site.client.get("/api/v1/timetables/2");
  CHECK(reply.number("/reported/0/edge") == 8);
  CHECK(reply.number("/reported/0/version") == 1);
  CHECK(reply.text("/desired/sets/0/periods/0/to") == "24:00");
  CHECK(site.client.get("/api/v1/calendar").text("/desired/exceptions/0/date") == "2026-10-01");
  CHECK(site.client.get("/api/v1/defaults").number("/desired/return_pause_s") == 2);
}

TEST_CASE("what makes no sense is refused, field by field") {
  ControlledSite site;
  for (const auto* bad :
       {R"({"mode":"off"})", R"({"cut_at":"1e3"})", R"({"cut_at":"1000001"})", R"({"warn_first":"1","warn_second":"2"})",
        R"({"limit_w":-1})", R"({"restore_minutes":256})", R"({"timetable":256})", R"({"window_minutes":0})", R"({"x":1})"}) {
    INFO(bad);
    CHECK(site.client.put(control, bad).code() == "http.bad_body");
  }
  for (const auto* bad :
       {R"({})", R"({"sets":[{"periods":[{"from":"10:00","to":"09:00"}]}]})", R"({"sets":[{"begins":"02-30","periods":[]}]})",
        R"({"sets":[{"periods":[{"from":"24:01","to":"25:00"}]}]})", R"({"sets":[{"periods":[]},{"periods":[]}]})",
        R"({"sets":[{"periods":[{"from":"09:00","to":"10:00","days":{}}]}]})",
        R"({"sets":[{"periods":[{"from":"09:00","to":"10:00","action":"limit"}]}]})"}) {
    INFO(bad);
    CHECK(site.client.put("/api/v1/timetables/1", bad).code() == "http.bad_body");
  }
  CHECK(site.client.put("/api/v1/calendar", R"({"exceptions":[{"date":"2026-02-29"}]})").code() == "http.bad_body");
  CHECK(site.client.put("/api/v1/calendar", R"({"exceptions":[{"date":"2026-03-01"},{"date":"2026-03-01"}]})").code() ==
        "http.bad_body");
  CHECK(site.client.put("/api/v1/defaults", R"({"return_pause_s":1})").code() == "http.bad_body");
  CHECK(site.client.get("/api/v1/circuits/7/control").code() == "circuit.unknown");
  CHECK(site.client.put("/api/v1/circuits/7/control", "{}").code() == "circuit.unknown");
  CHECK(site.client.post("/api/v1/circuits/7/clear", R"({"trip":1})").code() == "circuit.unknown");
  CHECK(site.client.post("/api/v1/circuits/1010/clear", R"({"trip":0})").code() == "http.bad_body");
  CHECK(site.client.get("/api/v1/timetables/256").code() == "http.not_found");
  CHECK(site.client.get("/api/v1/rooms/9/relays").code() == "room.unknown");
}

TEST_CASE("a lock-out is cleared by its number, once or twice") {
  ControlledSite site;
  CHECK(site.client.post("/api/v1/circuits/1010/clear", R"({"trip":81})").status == 201);
  CHECK(site.client.post("/api/v1/circuits/1010/clear", R"({"trip":81})").status == 200);
  CHECK(decode_clear(*site.at(box_seven, "clear/1010")) == ClearOrder{81});
}

TEST_CASE("what a box reports of a circuit is shown, with the reason in plain words") {
  ControlledSite site;
  CircuitNow now;
  now.room = {101};
  now.relay = "open";
  now.reason = RelayReason::locked_out;
  now.power = Power{0};
  now.warning = Warning::first;
  now.trip = 81;
  now.locked = true;
  now.control = {3, true, true};
  site.desk.reported[{1010}] = now;
  auto reply = site.client.get(control);
  CHECK(reply.number("/reported/version") == 3);
  CHECK(reply.text("/reported/reason") == "locked_out");
  CHECK(reply.number("/reported/trip") == 81);
  reply = site.client.get("/api/v1/rooms/101");
  CHECK(reply.text("/circuits/0/reason") == "locked_out");
  CHECK(reply.text("/circuits/0/words/zh-CN").find("锁定") != std::string::npos);
  CHECK(reply.text("/circuits/0/warning") == "first");
  CHECK(reply.number("/circuits/0/power_w") == 0);
}

TEST_CASE("the relay log tells what happened, when, why, and on what it rested") {
  ControlledSite site;
  RelayRow row;
  row.number = 9;
  row.time = {1'790'784'000'000'000};
  row.room = {101};
  row.circuit = {1010};
  row.before = true;
  row.decision = {false, RelayReason::overload};
  row.facts.trip.cut_at = Tick{};
  row.facts.available = yuan(3);
  row.trip = 81;
  row.power = Power{1800};
  row.limit = Power{1000};
  row.period = TimePeriod{0, 360, every_day, TimeAction::limit, {100}};
  auto strayed = row;
  strayed.event = RelayEvent::strayed;
  auto noted = row;
  noted.event = RelayEvent::meter;
  noted.noted = MeterEventNote{MeterEvent::tripped, MeterEvent::overloaded, {1'790'784'000'000'000}};
  auto cover = noted;
  cover.noted = MeterEventNote{MeterEvent::cover_opened, {}, {1'790'784'000'000'000}};
  site.desk.rows_reported = {strayed, row, noted, cover};
  const auto reply = site.client.get("/api/v1/rooms/101/relays");
  CHECK(reply.status == 200);
  CHECK(reply.text("/items/0/event") == "strayed");
  CHECK(reply.text("/items/1/reason") == "overload");
  CHECK(reply.number("/items/1/facts/power_w") == 1800);
  CHECK(reply.text("/items/1/facts/available") == "3.000000");
  CHECK(reply.text("/items/1/words/en").find("too much power") != std::string::npos);
  CHECK_FALSE(reply.body.at_pointer("/items/1").as_object().contains("meter_event"));
  CHECK(reply.text("/items/2/event") == "meter");
  CHECK(reply.text("/items/2/meter_event/what") == "tripped");
  CHECK(reply.text("/items/2/meter_event/cause") == "overloaded");
  CHECK(reply.text("/items/2/meter_event/time") == "2026-09-30T16:00:00.000000Z");
  CHECK(reply.text("/items/2/words/en").find("overload") != std::string::npos);
  CHECK(reply.text("/items/3/words/en").find("cover was opened") != std::string::npos);
  CHECK_FALSE(reply.body.at_pointer("/items/3/meter_event").as_object().contains("cause"));
}

TEST_CASE("a monitor reads control, and only an admin sets it") {
  ControlledSite site;
  site.client.token = test::monitor_token;
  for (const auto* path : {control, "/api/v1/timetables/1", "/api/v1/calendar", "/api/v1/defaults", "/api/v1/rooms/101/relays"})
    CHECK(site.client.get(path).status == 200);
  CHECK(site.client.put(control, "{}").code() == "access.forbidden");
  CHECK(site.client.put("/api/v1/timetables/1", "{}").code() == "access.forbidden");
  CHECK(site.client.put("/api/v1/calendar", "{}").code() == "access.forbidden");
  CHECK(site.client.put("/api/v1/defaults", "{}").code() == "access.forbidden");
  CHECK(site.client.post("/api/v1/circuits/1010/clear", "{}").code() == "access.forbidden");
}

}  // namespace wattle::api
