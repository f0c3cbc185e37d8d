// A room's life through the API, on the real cores: fitted, paid for, used, refunded, moved, fenced.

#include "cloud/api/room_routes.hpp"

#include <catch2/catch.hpp>

#include "cloud/api/base62.hpp"
#include "cloud/api/time_parse.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_eight;
using test::box_seven;
using test::Client;
using test::TestDesk;

const std::string fitting = R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":5001,"first_reading":1000}]})";
const std::string price = R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})";

struct RoomSite : test::SmallSite {
  RoomSite() : SmallSite(1000) {}
  static constexpr RoomId room{101};

  std::string pay(const std::string& amount, const std::string& key) {
    const auto reply = recharge("101", amount, key);
    CHECK(reply.status == 201);
    return reply.text("/number");
  }
};

TEST_CASE("prices are shown as they were given, bands, seasons and holidays too") {
  RoomSite site;
  const std::string water = R"({"utility":"cold_water","starts":"2026-01-01T00:00:00Z","period":"year",
    "tiers":[{"rate":"3.1"},{"from":180000,"rate":"4.65"}]})";
  const std::string banded = R"({"starts":"2026-03-01T00:00:00Z","period":"month",
    "bands":[{"name":"valley","tiers":[{"rate":"0.3"}]},{"name":"peak","tiers":[{"rate":"0.9"},{"from":200000,"rate":"1"}]}],
    "profiles":[{"spans":[{"from":"00:00","band":"valley"},{"from":"08:30","band":"peak"},{"from":"22:00","band":"valley"}]},
                {"spans":[{"from":"00:00","band":"valley"}]}],
    "seasons":[{"from":"03-01","working":0,"rest":1},{"from":"11-16","working":1}],
    "rest_weekdays":"7","exceptions":[{"date":"2026-10-01","kind":"holiday"},{"date":"2026-10-11","kind":"working"}]})";
  REQUIRE(site.client.put("/api/v1/prices/8", water).status == 201);
  REQUIRE(site.client.put("/api/v1/prices/7", banded).status == 201);
  CHECK(site.client.put("/api/v1/prices/7", banded).status == 200);
  const auto all = site.client.get("/api/v1/prices");
  CHECK(all.text("/items/2/utility") == "cold_water");
  CHECK(all.text("/items/2/tiers/1/rate") == "4.650000");
  const auto shown = site.client.get("/api/v1/prices/7");
  CHECK(shown.text("/bands/1/name") == "peak");
  CHECK(shown.text("/profiles/0/spans/1/from") == "08:30");
  CHECK(shown.text("/profiles/0/spans/1/band") == "peak");
  CHECK(shown.number("/seasons/0/holiday") == 1);
  CHECK(shown.text("/seasons/1/from") == "11-16");
  CHECK(shown.text("/rest_weekdays") == "7");
  CHECK(shown.text("/exceptions/1/date") == "2026-10-11");
  CHECK(shown.text("/exceptions/1/kind") == "working");
  CHECK(site.client.get("/api/v1/prices/9").code() == "price.unknown");
}

TEST_CASE("a recharge is answered with its number, and the same key is the same payment") {
  RoomSite site;
  const auto first = site.client.post("/api/v1/rooms/101/recharges", R"({"amount":"20","channel":"cash"})", "key-1");
  CHECK(first.status == 201);
  CHECK(first.text("/number").size() == 23);
  CHECK(first.text("/amount") == "20.000000");
  CHECK(first.text("/entry/stream") == "down");
  CHECK(http::value_of(first.headers, "Location") == "/api/v1/orders/pay." + first.text("/number"));
  const auto again = site.client.post("/api/v1/rooms/101/recharges", R"({"amount":"20.000","channel":"cash"})", "key-1");
  CHECK(again.status == 200);
  CHECK(again.text("/number") == first.text("/number"));
  const auto other = site.client.post("/api/v1/rooms/101/recharges", R"({"amount":"21","channel":"cash"})", "key-1");
  CHECK(other.status == 409);
  CHECK(other.code() == "idempotency.key_reused");
  // Another caller's key is another key.
  site.client.token = test::cashier_token;
  const auto foreign = site.client.post("/api/v1/rooms/101/recharges", R"({"amount":"20","channel":"cash"})", "key-1");
  CHECK(foreign.status == 201);
  CHECK(foreign.text("/number") != first.text("/number"));
  CHECK(site.client.get("/api/v1/rooms/101").text("/balance") == "40.000000");
}

TEST_CASE("the same key for another room is another request, and refused") {
  RoomSite site;
  CHECK(
      site.client.post("/api/v1/rooms", R"({"room":102,"edge":7,"circuits":[{"circuit":1020,"meter":5002,"first_reading":0}]})")
          .status == 201);
  site.pay("5", "key-1");
  CHECK(site.client.post("/api/v1/rooms/102/recharges", R"({"amount":"5","channel":"cash"})", "key-1").code() ==
        "idempotency.key_reused");
}

TEST_CASE("the balance is what both streams show") {
  RoomSite site;
  site.pay("20", "key-1");
  auto room = site.client.get("/api/v1/rooms/101");
  CHECK(room.text("/balance") == "20.000000");
  CHECK(room.number("/open_at/edge") == 7);
  CHECK(room.text("/open_at/incarnation") == "c41e");
  CHECK(room.text("/circuits/0/relay") == "unknown");
  site.desk.use(RoomSite::room, {1010}, {5001}, 1000);
  site.desk.use(RoomSite::room, {1010}, {5001}, 3000);
  site.desk.use(RoomSite::room, {1010}, {5001}, 3000);
  room = site.client.get("/api/v1/rooms/101");
  CHECK(room.text("/confirmed") == "19.000000");
  CHECK(room.text("/balance") == "19.000000");
  CHECK(room.number("/circuits/0/charged_to") == 3000);
  site.desk.cut(box_seven);
  site.pay("5", "key-2");
  room = site.client.get("/api/v1/rooms/101");
  CHECK(room.text("/confirmed") == "19.000000");
  CHECK(room.text("/on_the_way") == "5.000000");
  CHECK(room.text("/balance") == "24.000000");
  site.desk.reported[{1010}] = {RoomSite::room, "closed", RelayReason::credit, {3100}, yuan(24), {1}};
  room = site.client.get("/api/v1/rooms/101");
  CHECK(room.text("/circuits/0/relay") == "closed");
  CHECK(room.text("/live_balance") == "24.000000");
}

TEST_CASE("a payment for a room whose box has not come waits, visibly") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.post("/api/v1/rooms", fitting).text("/state") == "waiting");
  CHECK(client.post("/api/v1/rooms/101/recharges", R"({"amount":"20","channel":"cash"})", "key-1").text("/state") == "waiting");
  auto room = client.get("/api/v1/rooms/101");
  CHECK(room.find("/open_at")->is_null());
  CHECK(room.text("/waiting_payments/0/amount") == "20.000000");
  CHECK(room.number("/circuits/0/charged_to") == 1000);
  CHECK(client.put("/api/v1/prices/1", price).status == 201);
  desk.add_box(box_seven);
  room = client.get("/api/v1/rooms/101");
  CHECK(room.text("/balance") == "20.000000");
  CHECK(room.find("/waiting_payments")->as_array().empty());
}

TEST_CASE("fitting twice, and a circuit or meter that is another room's") {
  RoomSite site;
  CHECK(site.client.post("/api/v1/rooms", fitting).status == 200);
  CHECK(
      site.client.post("/api/v1/rooms", R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":5001,"first_reading":7}]})")
          .code() == "room.fitted_differently");
  CHECK(site.client.post("/api/v1/rooms", R"({"room":102,"edge":7,"circuits":[{"circuit":1010,"meter":1,"first_reading":7}]})")
            .code() == "circuit.taken");
  CHECK(
      site.client.post("/api/v1/rooms", R"({"room":102,"edge":7,"circuits":[{"circuit":1020,"meter":5001,"first_reading":7}]})")
          .code() == "circuit.taken");
  CHECK(site.client.put("/api/v1/prices/1", price).status == 200);
  CHECK(site.client.put("/api/v1/prices/1", R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.6"}]})").code() ==
        "price.contradicts");
}

TEST_CASE("entries come newest first, page by page, each once") {
  RoomSite site;
  for (int i = 0; i < 5; ++i) site.pay("1", "key-" + std::to_string(i));
  const auto all = site.client.get("/api/v1/rooms/101/entries?limit=200");
  const auto& items = all.find("/items")->as_array();
  REQUIRE(items.size() == 6);  // an open and five recharges
  CHECK(all.text("/items/0/kind") == "recharge");
  CHECK(all.text("/items/5/kind") == "open");
  CHECK(all.text("/items/0/hash").size() == 64);
  CHECK(all.text("/items/0/lines/0/from") == "clearing/cash_desk@cloud");
  CHECK(all.text("/items/0/lines/0/to") == "room/101@7.c41e");
  std::vector<std::string> paged;
  std::string cursor;
  for (int page = 0; page < 20; ++page) {
    const auto part = site.client.get("/api/v1/rooms/101/entries?limit=2&cursor=" + cursor);
    CHECK(part.status == 200);
    for (const auto& item : part.find("/items")->as_array()) paged.push_back(std::string(item.at("hash").as_string()));
    if (page == 0) site.pay("9", "key-meanwhile");
    if (part.find("/next_cursor")->is_null()) break;
    cursor = part.text("/next_cursor");
  }
  REQUIRE(paged.size() == items.size());
  for (std::size_t i = 0; i < paged.size(); ++i) CHECK(paged[i] == items[i].at("hash").as_string());
}

TEST_CASE("cursors and limits that are none of ours") {
  RoomSite site;
  const auto get = [&](const std::string& query) { return site.client.get("/api/v1/rooms/101/entries?" + query).code(); };
  CHECK(get("limit=0") == "page.bad_limit");
  CHECK(get("limit=201") == "page.bad_limit");
  CHECK(get("limit=ten") == "page.bad_limit");
  CHECK(get("cursor=zz") == "page.bad_cursor");
  CHECK(get("cursor=ff") == "page.bad_cursor");
  CHECK(get("cursor=" + to_hex(Bytes(3000, 0xff))) == "page.bad_cursor");
}

TEST_CASE("a refund in cash: asked for, released, paid by the cashier, never more than the payment") {
  RoomSite site;
  const auto number = site.pay("20", "key-1");
  const auto ask = [&](const std::string& amount, const std::string& key) {
    return site.client.post("/api/v1/rooms/101/refunds", R"({"amount":")" + amount + R"(","payment":")" + number + R"("})",
                            key);
  };
  CHECK(ask("20.01", "r-0").code() == "refund.exceeds_payment");
  const auto refund = ask("15", "r-1");
  CHECK(refund.status == 201);
  CHECK(ask("15", "r-1").status == 200);
  CHECK(ask("5.01", "r-2").code() == "refund.exceeds_payment");
  const auto id = refund.text("/id");
  auto order = site.client.get("/api/v1/orders/" + id);
  CHECK(order.text("/state") == "done");
  CHECK(order.text("/released") == "15.000000");
  CHECK(order.text("/parts/0/state") == "waiting");
  CHECK(site.client.get("/api/v1/rooms/101").text("/in_transit") == "15.000000");
  const auto settle = [&](const std::string& part, const std::string& outcome) {
    return site.client.post("/api/v1/orders/" + id + "/parts/" + part, R"({"outcome":")" + outcome + R"("})", "p-1");
  };
  CHECK(settle("1", "paid").code() == "refund.part_unknown");
  CHECK(settle("0", "lost").code() == "http.bad_body");
  CHECK(settle("0", "paid").text("/parts/0/state") == "paid");
  CHECK(settle("0", "paid").status == 200);
  CHECK(settle("0", "rejected").code() == "refund.part_settled");
  const auto room = site.client.get("/api/v1/rooms/101");
  CHECK(room.text("/balance") == "5.000000");
  CHECK(room.text("/in_transit") == "0.000000");
}

TEST_CASE("a refund of somebody else's payment, of none, and to a room that is not there") {
  RoomSite site;
  site.pay("20", "key-1");
  const auto post = [&](const std::string& body, const std::string& key) {
    return site.client.post("/api/v1/rooms/101/refunds", body, key).code();
  };
  CHECK(post(R"({"amount":"1","payment":"Cnobody"})", "a") == "refund.payment_unknown");
  CHECK(post(R"({"amount":"1","payment":"../../etc"})", "b") == "refund.payment_unknown");
  CHECK(post(R"({"amount":"1","to_room":404})", "c") == "room.unknown");
  CHECK(post(R"({"amount":"1"})", "d") == "http.bad_body");
  CHECK(post(R"({"amount":"1","payment":"C1","to_room":102})", "e") == "http.bad_body");
}

TEST_CASE("money goes over to another room") {
  RoomSite site;
  CHECK(
      site.client.post("/api/v1/rooms", R"({"room":102,"edge":7,"circuits":[{"circuit":1020,"meter":5002,"first_reading":0}]})")
          .status == 201);
  site.pay("20", "key-1");
  CHECK(site.client.post("/api/v1/rooms/101/refunds", R"({"amount":"8","to_room":102})", "x").status == 201);
  CHECK(site.client.get("/api/v1/rooms/101").text("/balance") == "12.000000");
  CHECK(site.client.get("/api/v1/rooms/102").text("/balance") == "8.000000");
}

TEST_CASE("a room moves to another box with its money, once") {
  RoomSite site;
  site.desk.add_box(box_eight);
  site.pay("20", "key-1");
  site.desk.cut(box_seven);
  const auto move = site.client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "m-1");
  CHECK(move.status == 201);
  CHECK(move.text("/state") == "waiting");
  CHECK(site.client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "m-1").status == 200);
  CHECK(site.client.post("/api/v1/rooms/101/moves", R"({"edge":9})", "m-1").code() == "idempotency.key_reused");
  CHECK(site.client.post("/api/v1/rooms/101/moves", R"({"edge":9})", "m-2").code() == "room.closing");
  CHECK(site.client.post("/api/v1/rooms/101/recharges", R"({"amount":"5","channel":"cash"})", "key-2").text("/state") ==
        "waiting");
  site.desk.heal(box_seven);
  const auto room = site.client.get("/api/v1/rooms/101");
  CHECK(room.number("/open_at/edge") == 8);
  CHECK(room.text("/balance") == "25.000000");
  CHECK(site.client.get("/api/v1/orders/" + move.text("/id")).text("/state") == "done");
}

TEST_CASE("a room's figures go with it, before its new box has read of them") {
  RoomSite site;
  site.desk.use(RoomSite::room, {1010}, {5001}, 1000);
  site.desk.use(RoomSite::room, {1010}, {5001}, 3000);
  site.desk.use(RoomSite::room, {1010}, {5001}, 3000);
  site.desk.cut(box_eight);
  site.desk.add_box(box_eight);
  CHECK(site.client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "m-1").status == 201);
  const auto room = site.client.get("/api/v1/rooms/101");
  CHECK(room.number("/open_at/edge") == 8);
  CHECK(room.number("/circuits/0/charged_to") == 3000);
}

TEST_CASE("a box is fenced, and its rooms wait for the fence to be restorable") {
  RoomSite site;
  site.pay("20", "key-1");
  const auto fence = [&](const std::string& slot, const std::string& body) {
    return site.client.post("/api/v1/edges/" + slot + "/fence", body);
  };
  CHECK(fence("9", R"({"incarnation":"c41e","destination":8,"reason":"burnt"})").code() == "edge.unknown");
  CHECK(fence("7", R"({"incarnation":"dead","destination":8,"reason":"burnt"})").code() == "fence.incarnation_unknown");
  CHECK(fence("7", R"({"incarnation":"xyz","destination":8,"reason":"burnt"})").text("/errors/0/field") == "/incarnation");
  CHECK(fence("7", R"({"incarnation":"c41e","destination":8})").text("/errors/0/field") == "/reason");
  const auto fenced = fence("7", R"({"incarnation":"c41e","destination":8,"reason":"burnt"})");
  CHECK(fenced.status == 200);
  CHECK(fenced.find("/fenced")->as_bool());
  CHECK_FALSE(fenced.find("/fence_restorable")->as_bool());
  CHECK(fenced.number("/destination") == 8);
  CHECK(fence("7", R"({"incarnation":"c41e","destination":8,"reason":"burnt"})").status == 200);
  CHECK(fence("7", R"({"incarnation":"c41e","destination":7,"reason":"burnt"})").code() == "fence.decided_otherwise");
  CHECK(site.client.get("/api/v1/rooms/101").text("/in_transit") == "20.000000");
  site.desk.archive(box_seven);
  site.desk.add_box(box_eight);
  CHECK(site.client.get("/api/v1/rooms/101").text("/balance") == "20.000000");
  CHECK(site.client.get("/api/v1/edges").find("/items")->as_array().size() == 2);
}

TEST_CASE("boxes that are lost together are fenced in one act") {
  RoomSite site;
  site.desk.add_box(box_eight);
  const auto fence = [&](const std::string& further) {
    const std::string first = R"({"incarnation":"c41e","destination":7,"reason":"fire","further":)";
    return site.client.post("/api/v1/edges/7/fence", first + further + "}");
  };
  const auto fenced = [&](int at) {
    return site.client.get("/api/v1/edges").find("/items/" + std::to_string(at) + "/fenced")->as_bool();
  };
  CHECK(fence(R"([{"edge":8,"destination":8}])").text("/errors/0/field") == "/further/0/incarnation");
  CHECK(fence(R"([{"edge":0,"incarnation":"d52f","destination":8}])").text("/errors/0/field") == "/further/0/edge");
  CHECK(fence(R"([{"edge":8,"incarnation":"dead","destination":8}])").code() == "fence.incarnation_unknown");
  CHECK_FALSE((fenced(0) || fenced(1)));
  const auto eight = site.client.get("/api/v1/edges").text("/items/1/incarnation");
  CHECK(fence(R"([{"edge":8,"incarnation":")" + eight + R"(","destination":8}])").status == 200);
  CHECK((fenced(0) && fenced(1)));
}

TEST_CASE("with a box that was fenced for another destination nothing further is fenced; a move goes where it said") {
  RoomSite site;
  site.fit("102", "7");
  site.desk.add_box(box_eight);
  const auto fence = [&](const std::string& slot, const std::string& incarnation, const std::string& rest) {
    return site.client.post("/api/v1/edges/" + slot + "/fence",
                            R"({"incarnation":")" + incarnation + R"(","reason":"fire",)" + rest);
  };
  site.desk.cut(box_seven);
  CHECK(site.client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "m-1").status == 201);
  CHECK(fence("7", "c41e", R"("destination":7})").number("/destination") == 7);
  CHECK(fence("8", "beef", R"("destination":8,"further":[{"edge":7,"incarnation":"c41e","destination":8}]})").code() ==
        "fence.decided_otherwise");
  CHECK_FALSE(site.client.get("/api/v1/edges").find("/items/1/fenced")->as_bool());
  CHECK(fence("8", "beef", R"("destination":8,"further":[{"edge":7,"incarnation":"c41e","destination":7}]})").status == 200);
  CHECK(site.client.get("/api/v1/edges").find("/items/1/destination") == nullptr);  // it had no room
}

TEST_CASE("cash that a fenced box took is booked when a person has looked at it, once") {
  RoomSite site;
  site.desk.cut(box_seven);
  site.desk.take_cash(box_seven, RoomSite::room, yuan(7));
  const auto fence = site.client.post("/api/v1/edges/7/fence", R"({"incarnation":"c41e","destination":8,"reason":"stolen"})");
  CHECK(fence.status == 200);
  site.desk.archive(box_seven);
  site.desk.add_box(box_eight);
  CHECK(site.client.get("/api/v1/edges/7/listed-sales").find("/items")->as_array().empty());
  site.desk.heal(box_seven);
  const auto sales = site.client.get("/api/v1/edges/7/listed-sales");
  REQUIRE(sales.find("/items")->as_array().size() == 1);
  CHECK(sales.text("/items/0/state") == "open");
  CHECK(sales.text("/items/0/amount") == "7.000000");
  const auto adopt = [&](const std::string& receipt) {
    return site.client.post("/api/v1/edges/7/adoptions", R"({"receipt":")" + receipt + R"("})");
  };
  CHECK(adopt(std::string(32, '0')).code() == "adoption.receipt_unknown");
  CHECK(adopt("x").text("/errors/0/field") == "/receipt");
  CHECK(adopt(sales.text("/items/0/receipt")).status == 201);
  CHECK(adopt(sales.text("/items/0/receipt")).status == 200);
  CHECK(site.client.get("/api/v1/edges/7/listed-sales").text("/items/0/state") == "booked");
  CHECK(site.client.get("/api/v1/rooms/101").text("/balance") == "7.000000");
}

TEST_CASE("a room that was to go to a box which is fenced as well is given another") {
  RoomSite site;
  site.pay("20", "key-1");
  const auto rehome = [&](int edge) {
    return site.client.post("/api/v1/rooms/101/rehomings", R"({"edge":)" + std::to_string(edge) + "}");
  };
  CHECK(rehome(8).code() == "room.not_homeless");
  CHECK(site.client.post("/api/v1/rooms/999/rehomings", R"({"edge":8})").code() == "room.unknown");
  CHECK(site.client.post("/api/v1/edges/7/fence", R"({"incarnation":"c41e","destination":9,"reason":"burnt"})").status == 200);
  CHECK(rehome(8).code() == "room.fence_not_listed");
  site.desk.archive(box_seven);
  CHECK(rehome(8).status == 200);
  site.desk.add_box(box_eight);
  const auto room = site.client.get("/api/v1/rooms/101");
  CHECK(room.number("/open_at/edge") == 8);
  CHECK(room.text("/balance") == "20.000000");
}

TEST_CASE("orders are found by their id, and no others") {
  RoomSite site;
  CHECK(site.client.get("/api/v1/orders/pay.Cnobody").code() == "order.unknown");
  CHECK(site.client.get("/api/v1/orders/" + std::string(200, 'x')).code() == "order.unknown");
  CHECK(site.client.get("/api/v1/orders/fit.101.1").text("/kind") == "fitting");
  CHECK(site.client.get("/api/v1/orders/price.1").number("/version") == 1);
}

TEST_CASE("a box claims its slot with its keys, or is told why not") {
  TestDesk desk;
  Client client(desk);
  client.token.clear();
  const std::string key(64, 'a');
  const auto body = [&](const std::string& signing) {
    return R"({"claim_code":"x","signing_key":")" + signing + R"(","sealing_key":")" + key +
           R"(","csr":"-----BEGIN CERTIFICATE REQUEST-----"})";
  };
  desk.claimed = [](const ClaimRequest& request) -> Result<ClaimAnswer> {
    const std::string pem = "-----BEGIN CERTIFICATE-----\n" + request.code;
    return ClaimAnswer{{1},
                       box_seven,
                       "edge-7-c41e",
                       pem,
                       pem,
                       request.signing,
                       request.sealing,
                       1,
                       Bytes(72),
                       "127.0.0.1",
                       8883,
                       "up/p41/edge-7-c41e/sync",
                       "up/p41/edge-7-c41e/report",
                       "down/edge-7-c41e/sync"};
  };
  const auto claimed = client.post("/api/v1/claims", body(key));
  CHECK(claimed.status == 201);
  CHECK(claimed.number("/incarnation") == 0xc41e);
  CHECK(claimed.text("/cloud_signing_key") == key);
  CHECK(client.post("/api/v1/claims", body("zz" + key.substr(2))).text("/errors/0/field") == "/signing_key");
  CHECK(client.post("/api/v1/claims", body("a")).text("/errors/0/field") == "/signing_key");
  CHECK(client.post("/api/v1/claims", R"({"claim_code":"x"})").find("/errors")->as_array().size() == 3);
}

TEST_CASE("ids in base 62 have one length and stay apart") {
  Uid low;
  Uid high;
  high.bytes.fill(0xff);
  CHECK(base62(low) == std::string(22, '0'));
  CHECK(base62(high) == "7n42DGM5Tflk9n8mt7Fhc7");
  Uid one;
  one.bytes[15] = 1;
  CHECK(base62(one) == std::string(21, '0') + '1');
}

TEST_CASE("times are read strictly") {
  CHECK(parse_time("1970-01-01T00:00:00Z") == Instant{0});
  CHECK(parse_time("2026-03-01T08:00:00.25Z") == Instant{1'772'352'000'250'000});
  for (const auto* text : {"", "2026-03-01", "2026-03-01T08:00:00", "2026-03-01T08:00:00+08:00", "2026-13-01T08:00:00Z",
                           "2026-02-29T08:00:00Z", "2026-03-01T24:00:00Z", "2026-03-01T08:00:00.Z",
                           "2026-03-01T08:00:00.1234567Z", "2026-03-01T08:00:00Zx", "x026-03-01T08:00:00Z"})
    CHECK_FALSE(parse_time(text).has_value());
}

}  // namespace
}  // namespace wattle::api
