// A stay ends and the next begins; allowances; what is taken back; what the cloud holds meanwhile.

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;

struct LivedInSite : test::SmallSite {
  test::Reply recharge(const std::string& amount, const std::string& key) { return SmallSite::recharge("101", amount, key); }
  test::Reply room() { return client.get("/api/v1/rooms/101"); }
};

TEST_CASE("a stay ends, its money waits for a person, and the next begins with nothing") {
  LivedInSite site;
  CHECK(site.recharge("20", "k-1").status == 201);
  const auto closing = site.client.post("/api/v1/rooms/101/closings", R"({"reason":"graduated"})", "c-1");
  CHECK(closing.status == 201);
  CHECK(closing.text("/kind") == "move");
  CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 200);
  CHECK(site.room().find("/open_at")->is_null());
  CHECK(site.client.get("/api/v1/pockets").text("/suspense") == "20.000000");
  const auto open = [&](int opening) {
    return site.client.post("/api/v1/rooms/101/openings", R"({"opening":)" + std::to_string(opening) + R"(,"edge":7})");
  };
  CHECK(open(3).code() == "room.opening_not_next");
  CHECK(open(2).status == 201);
  CHECK(open(2).status == 200);
  CHECK(site.room().number("/opening") == 2);
  CHECK(site.room().text("/balance") == "0.000000");
  CHECK(site.client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":8})").code() == "room.fitted_differently");
  CHECK(site.client.post("/api/v1/rooms/999/openings", R"({"opening":2,"edge":8})").code() == "room.unknown");
  CHECK(site.client.post("/api/v1/rooms/101/openings", R"({"opening":1,"edge":7})").text("/errors/0/field") == "/opening");
}

TEST_CASE("between two stays nothing is ordered for one that is over, and cash is for the next") {
  LivedInSite site;
  site.fit("102", "7");
  CHECK(site.recharge("20", "k-1").status == 201);
  CHECK(site.SmallSite::recharge("102", "20", "k-2").status == 201);
  CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
  const auto in_suspense = [&] { return site.client.get("/api/v1/pockets").text("/suspense"); };
  const auto post = [&](const std::string& what, const std::string& body) {
    return site.client.post("/api/v1/rooms/" + what, body, "over-1").code();
  };
  CHECK(site.recharge("10", "k-3").code() == "room.stay_over");
  CHECK(site.client.put("/api/v1/rooms/101/allowances/autumn", R"({"amount":"8"})").code() == "room.stay_over");
  CHECK(post("101/allowance-ends", "{}") == "room.stay_over");
  CHECK(post("101/refunds", R"({"amount":"5","to_room":102})") == "room.stay_over");
  CHECK(post("102/refunds", R"({"amount":"5","to_room":101})") == "room.stay_over");
  CHECK(post("101/moves", R"({"edge":8})") == "room.stay_over");
  CHECK(post("101/closings", "{}") == "room.stay_over");
  CHECK(site.recharge("20", "k-1").status == 200);
  CHECK(in_suspense() == "20.000000");
  CHECK(site.client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":8})").text("/state") == "waiting");
  CHECK(site.recharge("100", "k-4").code() == "room.stay_over");
  const auto pay_for = [&](const std::string& opening) {
    return site.client.post("/api/v1/rooms/101/recharges", R"({"amount":"100","channel":"cash","opening":)" + opening + "}",
                            "k-4");
  };
  CHECK(pay_for("1").code() == "room.stay_over");
  CHECK(pay_for("3").code() == "room.stay_over");
  CHECK(pay_for("0").text("/errors/0/code") == "json.out_of_range");
  const auto early = pay_for("2");
  CHECK(early.status == 201);
  CHECK(early.text("/state") == "waiting");
  CHECK(early.number("/opening") == 2);
  CHECK(site.room().text("/waiting_payments/0/amount") == "100.000000");
  CHECK(pay_for("2").status == 200);
  site.desk.add_box(box_eight);
  CHECK(site.room().text("/balance") == "100.000000");
  CHECK(site.client.post("/api/v1/rooms/101/recharges", R"({"amount":"1","channel":"cash","opening":3})", "k-5").code() ==
        "room.opening_not_next");
  CHECK(site.client.put("/api/v1/rooms/101/allowances/autumn", R"({"amount":"8"})").text("/state") == "done");
  CHECK(in_suspense() == "20.000000");
}

TEST_CASE("what the end of its stay has overtaken is over, not done") {
  LivedInSite site;
  const auto paid = site.recharge("20", "k-1").text("/number");
  site.desk.cut(box_seven);
  CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").text("/state") == "waiting");
  const auto refund = R"({"amount":"5","payment":")" + paid + R"("})";
  const auto back = site.client.post("/api/v1/rooms/101/refunds", refund, "r-1");
  const auto grant = site.client.put("/api/v1/rooms/101/allowances/autumn", R"({"amount":"8"})");
  const auto taken_back = site.client.post("/api/v1/rooms/101/refunds", refund, "r-2").text("/id");
  CHECK(site.client.post("/api/v1/orders/" + taken_back + "/cancel", "{}").text("/reason") == "cancelled");
  CHECK(grant.text("/state") == "waiting");
  const auto late = site.recharge("30", "k-2");
  CHECK(late.text("/state") == "waiting");
  site.desk.heal(box_seven);
  const auto order = [&](const std::string& id) { return site.client.get("/api/v1/orders/" + id); };
  CHECK(order(back.text("/id")).text("/state") == "over");
  CHECK(order(grant.text("/id")).text("/state") == "over");
  CHECK(order(late.text("/id")).text("/state") == "over");
  CHECK(order(late.text("/id")).find("/entry") != nullptr);
  CHECK(site.client.get("/api/v1/suspense").text("/balance") == "50.000000");
  CHECK(order(taken_back).text("/state") == "done");
  CHECK(order(taken_back).text("/reason") == "cancelled");
}

TEST_CASE("a cancel that comes after the answer shows what the box had answered") {
  LivedInSite site;
  const auto paid = site.recharge("20", "k-1").text("/number");
  site.desk.mute(box_seven);
  const auto refund =
      site.client.post("/api/v1/rooms/101/refunds", R"({"amount":"5","payment":")" + paid + R"("})", "r-1").text("/id");
  const auto cancel = site.client.post("/api/v1/orders/" + refund + "/cancel", "{}");
  CHECK(cancel.status == 201);
  CHECK(cancel.text("/state") == "waiting");
  site.desk.heal(box_seven);
  const auto after = site.client.get("/api/v1/orders/" + cancel.text("/id"));
  CHECK(after.text("/state") == "done");
  CHECK(after.text("/reason") == "released");
  CHECK(after.text("/released") == "5.000000");
}

/// Lin lives in 101 as person 1; Wu, person 2, is to come after him.
struct TwoStays : LivedInSite {
  TwoStays() {
    REQUIRE(client.post("/api/v1/people", R"({"name":"Lin","kind":"student"})").status == 201);
    REQUIRE(client.post("/api/v1/people", R"({"name":"Wu","kind":"student"})").status == 201);
    REQUIRE(client.put("/api/v1/users/lin", R"({"role":"student","person":1})").status == 201);
    REQUIRE(client.put("/api/v1/users/wu", R"({"role":"student","person":2})").status == 201);
    REQUIRE(client.post("/api/v1/rooms/101/occupants", R"({"person":1})").status == 201);
  }
  test::Reply get_as(const std::string& user, const std::string& path) {
    client.token = client.access().sessions().start(user, "192.0.2.9", desk.now().wall).access;
    const auto reply = client.get(path);
    client.token = test::admin_token;
    return reply;
  }
  std::size_t entries_of(const std::string& user) {
    return get_as(user, "/api/v1/rooms/101/entries").find("/items")->as_array().size();
  }
  test::Reply open(const std::string& more = {}) {
    return client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":7)" + more + "}");
  }
};

TEST_CASE("a student sees what was in his room since he lives there, and nothing of those before him") {
  TwoStays site;
  const auto first = site.recharge("20", "k-1");
  const auto code = site.client.post("/api/v1/rooms/101/codes", R"({"amount":"5","channel":"cash"})", "k-2");
  const auto order = [&](const std::string& user, const test::Reply& given) {
    return site.get_as(user, "/api/v1/orders/" + given.text("/id")).status;
  };
  CHECK(order("lin", code) == 200);
  CHECK(site.entries_of("lin") > 2);
  RelayRow row;
  row.number = 1;
  row.room = {101};
  row.circuit = {1010};
  row.decision.reason = RelayReason::credit;
  row.time = site.desk.now().wall;
  site.desk.rows_reported = {row};
  site.desk.wait(hours(1));
  const auto late = site.recharge("10", "k-3");
  SECTION("in the same stay of the room") {}
  SECTION("in the next one") {
    CHECK(site.client.del("/api/v1/rooms/101/occupants/1").status == 200);
    CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
    CHECK(site.open().status == 201);
    CHECK(site.get_as("lin", "/api/v1/rooms/101").code() == "room.unknown");
  }
  site.desk.wait(hours(1));
  CHECK(site.client.post("/api/v1/rooms/101/occupants", R"({"person":2})").status == 201);
  CHECK(site.entries_of("wu") == 0);
  CHECK(order("wu", first) == 404);
  CHECK(order("wu", code) == 404);
  CHECK(order("wu", late) == 404);
  CHECK(site.get_as("wu", "/api/v1/rooms/101/relays").find("/items")->as_array().empty());
  CHECK(site.client.get("/api/v1/rooms/101/relays").find("/items")->as_array().size() == 1);
  const auto own = site.recharge("10", "k-4");
  CHECK(site.entries_of("wu") == 1);
  CHECK(order("wu", own) == 200);
}

TEST_CASE("no stay begins while people of the one before live there, unless they stay") {
  TwoStays site;
  SECTION("before the last one has ended") {
    CHECK(site.open().code() == "room.lived_in");
    CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
    CHECK(site.client.del("/api/v1/rooms/101/occupants/1").status == 200);
  }
  SECTION("after it") {
    CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
    site.desk.wait(hours(1));
    CHECK(site.client.post("/api/v1/rooms/101/occupants", R"({"person":2})").status == 201);
    CHECK(site.open().code() == "room.lived_in");
    CHECK(site.client.del("/api/v1/rooms/101/occupants/1").status == 200);
  }
  SECTION("but they stay") {
    CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
    CHECK(site.open(R"(,"people_stay":true)").status == 201);
    CHECK(site.get_as("lin", "/api/v1/rooms/101").number("/opening") == 2);
  }
  CHECK(site.open().status <= 201);
  CHECK(site.room().number("/opening") == 2);
}

TEST_CASE("an allowance is granted once a term, and what is left of it goes back") {
  LivedInSite site;
  const auto grant = [&](const std::string& term, const std::string& amount) {
    return site.client.put("/api/v1/rooms/101/allowances/" + term, R"({"amount":")" + amount + R"("})");
  };
  CHECK(grant("2026-spring", "8").status == 201);
  CHECK(grant("2026-spring", "8").status == 200);
  CHECK(grant("2026-spring", "9").code() == "allowance.contradicts");
  CHECK(grant("twenty-four-letters-long", "9").code() == "allowance.bad_term");
  CHECK(site.client.put("/api/v1/rooms/999/allowances/a", R"({"amount":"1"})").code() == "room.unknown");
  CHECK(site.room().text("/allowance") == "8.000000");
  const auto end = site.client.post("/api/v1/rooms/101/allowance-ends", R"({"utility":"electricity"})", "e-1");
  CHECK(end.status == 201);
  CHECK(site.client.post("/api/v1/rooms/101/allowance-ends", "{}", "e-1").status == 200);
  CHECK(site.client.get("/api/v1/orders/" + end.text("/id")).text("/released") == "8.000000");
  CHECK(site.room().text("/allowance") == "0.000000");
  CHECK(site.client.post("/api/v1/rooms/101/allowance-ends", R"({"utility":"gas"})", "e-2").text("/errors/0/field") ==
        "/utility");
}

TEST_CASE("a term's allowance is of the stay that got it, and the next stay is told so") {
  LivedInSite site;
  const auto grant = [&](const std::string& term) {
    return site.client.put("/api/v1/rooms/101/allowances/" + term, R"({"amount":"8"})");
  };
  CHECK(grant("2026-spring").status == 201);
  CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c-1").status == 201);
  CHECK(grant("2026-spring").status == 200);
  CHECK(site.client.post("/api/v1/rooms/101/openings", R"({"opening":2,"edge":7})").status == 201);
  CHECK(grant("2026-spring").code() == "allowance.of_other_stay");
  CHECK(site.room().text("/allowance") == "0.000000");
  CHECK(grant("2026-spring-2").number("/opening") == 2);
}

TEST_CASE("an allowance's end is taken back by who may order it") {
  LivedInSite site;
  site.desk.cut(box_seven);
  const auto end = site.client.post("/api/v1/rooms/101/allowance-ends", "{}", "e-1");
  const auto path = "/api/v1/orders/" + end.text("/id") + "/cancel";
  site.client.token = test::cashier_token;
  CHECK(site.client.post(path, "{}").code() == "access.forbidden");
  site.client.token = test::admin_token;
  CHECK(site.client.post(path, "{}").status == 201);
}

TEST_CASE("what a box has not answered can be taken back") {
  LivedInSite site;
  CHECK(site.recharge("20", "k-1").status == 201);
  site.desk.add_box(box_eight);
  site.desk.cut(box_seven);
  const auto move = site.client.post("/api/v1/rooms/101/moves", R"({"edge":8,"reason":"a mistake"})", "m-1");
  const auto path = "/api/v1/orders/" + move.text("/id") + "/cancel";
  site.client.token = test::cashier_token;
  CHECK(site.client.post(path, "{}").code() == "access.forbidden");
  site.client.token = test::admin_token;
  CHECK(site.client.post(path, R"({"reason":"the wrong room"})").status == 201);
  site.desk.heal(box_seven);
  CHECK(site.client.get("/api/v1/orders/" + move.text("/id")).text("/reason") == "cancelled");
  CHECK(site.room().number("/open_at/edge") == 7);
  CHECK(site.client.post(path, "{}").status == 200);
  CHECK(site.client.post("/api/v1/orders/price.1/cancel", "{}").code() == "order.not_cancellable");
  CHECK(site.client.post("/api/v1/orders/pay.Cnobody/cancel", "{}").code() == "order.unknown");
}

TEST_CASE("the order of a term with a full stop is found where its answer says") {
  LivedInSite site;
  const auto granted = site.client.put("/api/v1/rooms/101/allowances/2026.1", R"({"amount":"8"})");
  CHECK(granted.status == 201);
  const auto told = site.client.get(http::value_of(granted.headers, "Location"));
  CHECK(told.status == 200);
  CHECK(told.text("/term") == "2026.1");
  CHECK(told.text("/id") == granted.text("/id"));
  CHECK(site.client.put("/api/v1/rooms/101/allowances/2026%2F1", R"({"amount":"8"})").code() == "allowance.bad_term");
}

TEST_CASE("what a box has answered can not be taken back") {
  LivedInSite site;
  CHECK(site.recharge("20", "k-1").status == 201);
  const auto end = site.client.post("/api/v1/rooms/101/allowance-ends", "{}", "e-1");
  REQUIRE(site.client.get("/api/v1/orders/" + end.text("/id")).text("/reason") == "nothing_left");
  CHECK(site.client.post("/api/v1/orders/" + end.text("/id") + "/cancel", "{}").code() == "order.answered");
  site.desk.add_box(box_eight);
  const auto move = site.client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "m-1");
  REQUIRE(site.room().number("/open_at/edge") == 8);
  CHECK(site.client.post("/api/v1/orders/" + move.text("/id") + "/cancel", "{}").code() == "order.answered");
}

}  // namespace
}  // namespace wattle::api
