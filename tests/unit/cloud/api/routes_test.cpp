// Who may call what, and that what a caller gets wrong is told with a code that never changes.

#include "cloud/api/routes.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::Client;
using test::Reply;
using test::TestDesk;

const std::string fitting_on_bus =
    R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":5001,"first_reading":1000,"bus_address":3}]})";
const std::string cash = R"({"amount":"20.00","channel":"cash"})";

TEST_CASE("without a token, or with a wrong one, nothing is told but health") {
  TestDesk desk;
  Client client(desk);
  for (const auto* token : {"", "nobody-has-this-token-at-all"}) {
    client.token = token;
    CHECK(client.get("/api/v1/health").status == 200);
    for (const auto* path :
         {"/metrics", "/api/v1/edges", "/api/v1/rooms/101", "/api/v1/rooms/101/entries", "/api/v1/orders/pay.C1"}) {
      const auto reply = client.get(path);
      CHECK(reply.status == 401);
      CHECK(reply.code() == "access.unauthenticated");
      CHECK(http::value_of(reply.headers, "WWW-Authenticate") == "Bearer");
    }
    CHECK(client.post("/api/v1/rooms", fitting_on_bus).status == 401);
    CHECK(client.post("/api/v1/rooms/101/recharges", cash, "k").status == 401);
    CHECK(client.put("/api/v1/prices/1", "{}").status == 401);
  }
  CHECK(desk.site().orders().empty());
}

TEST_CASE("each role may do what it is for") {
  TestDesk desk;
  Client client(desk);
  client.token = test::monitor_token;
  CHECK(client.get("/api/v1/edges").status == 200);
  CHECK(client.get("/metrics").status == 200);
  CHECK(client.post("/api/v1/rooms/101/recharges", cash, "k").code() == "access.forbidden");
  client.token = test::cashier_token;
  CHECK(client.post("/api/v1/rooms/101/recharges", cash, "k").code() == "room.unknown");
  CHECK(client.post("/api/v1/rooms/101/refunds", R"({"amount":"1","payment":"C1"})", "k").code() == "room.unknown");
  CHECK(client.post("/api/v1/rooms", fitting_on_bus).code() == "access.forbidden");
  CHECK(client.post("/api/v1/rooms/101/moves", R"({"edge":8})", "k").code() == "access.forbidden");
  CHECK(client.post("/api/v1/edges/7/fence", R"({"incarnation":"c41e","destination":7,"reason":"burnt"})").code() ==
        "access.forbidden");
  CHECK(client.put("/api/v1/prices/1", "{}").code() == "access.forbidden");
}

TEST_CASE("a token is found whatever the case of its scheme, and only whole") {
  SodiumCrypto crypto;
  TestDesk desk;
  Access access(crypto, desk.registry(), desk.entropy());
  access.add("a", Role::cashier, "0123456789abcdefghij");
  const auto find = [&](const std::string& header) {
    http::Request request;
    request.headers = {{"authorization", header}};
    return access.find(request);
  };
  CHECK(find("Bearer 0123456789abcdefghij").has_value());
  CHECK(find("bEARER 0123456789abcdefghij")->role == Role::cashier);
  CHECK_FALSE(find("Bearer 0123456789abcdefghi").has_value());
  CHECK_FALSE(find("Bearer 0123456789abcdefghij ").has_value());
  CHECK_FALSE(find("Basic 0123456789abcdefghij").has_value());
  CHECK_FALSE(find("Bearer " + std::string(100'000, 'x')).has_value());
}

struct Bad {
  const char* body;
  const char* code;
  const char* field;
};

TEST_CASE("a recharge that is not exactly one is refused, and nothing is kept of it") {
  TestDesk desk;
  Client client(desk);
  REQUIRE(client.post("/api/v1/rooms", fitting_on_bus).status == 201);
  const Bad bad = GENERATE(Bad{"", "json.syntax", ""}, Bad{"{", "json.syntax", ""}, Bad{"[]", "json.wrong_type", ""},
                           Bad{R"({"channel":"cash"})", "json.missing_field", "/amount"},
                           Bad{R"({"amount":20,"channel":"cash"})", "json.wrong_type", "/amount"},
                           Bad{R"({"amount":null,"channel":"cash"})", "json.wrong_type", "/amount"},
                           Bad{R"({"amount":"0","channel":"cash"})", "json.bad_amount", "/amount"},
                           Bad{R"({"amount":"-5","channel":"cash"})", "json.bad_amount", "/amount"},
                           Bad{R"({"amount":"1e3","channel":"cash"})", "json.bad_amount", "/amount"},
                           Bad{R"({"amount":"NaN","channel":"cash"})", "json.bad_amount", "/amount"},
                           Bad{R"({"amount":"1.0000001","channel":"cash"})", "json.bad_amount", "/amount"},
                           Bad{R"({"amount":"0.001","channel":"cash"})", "json.bad_amount", "/amount"},
                           Bad{R"({"amount":"10000.01","channel":"cash"})", "json.out_of_range", "/amount"},
                           Bad{R"({"amount":"99999999999999999999","channel":"cash"})", "json.bad_amount", "/amount"},
                           Bad{R"({"amount":"5","amount":"500","channel":"cash"})", "json.duplicate_field", "/amount"},
                           Bad{R"({"amount":"5","channel":"gold"})", "json.out_of_range", "/channel"},
                           Bad{R"({"amount":"5","channel":"cash","room":102})", "json.unknown_field", "/room"});
  const auto before = desk.site().orders().size();
  const auto reply = client.post("/api/v1/rooms/101/recharges", bad.body, "k-1");
  INFO(bad.body << " -> " << boost::json::serialize(reply.body));
  CHECK(reply.status == 400);
  CHECK(reply.code() == "http.bad_body");
  CHECK(reply.text("/errors/0/code") == bad.code);
  CHECK(reply.text("/errors/0/field") == bad.field);
  CHECK(desk.site().orders().size() == before);
}

TEST_CASE("rooms that cannot be rooms are unknown") {
  TestDesk desk;
  Client client(desk);
  const auto* room = GENERATE("0", "-1", "0101", "4294967296", "99999999999999999999", "abc", "1e2", "101 ", "102");
  const auto path = "/api/v1/rooms/" + std::string(room);
  CHECK(client.get(path).code() == "room.unknown");
  CHECK(client.get(path + "/entries").code() == "room.unknown");
  CHECK(client.post(path + "/recharges", cash, "k").code() == "room.unknown");
  CHECK(client.post(path + "/moves", R"({"edge":8})", "k").code() == "room.unknown");
  CHECK(client.post(path + "/refunds", R"({"amount":"1","payment":"C1"})", "k").code() == "room.unknown");
}

TEST_CASE("an Idempotency-Key is needed, and must be one") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.post("/api/v1/rooms/101/recharges", cash).code() == "idempotency.key_missing");
  CHECK(client.post("/api/v1/rooms/101/recharges", cash, "with space").code() == "idempotency.key_invalid");
  CHECK(client.post("/api/v1/rooms/101/recharges", cash, std::string(129, 'k')).code() == "idempotency.key_invalid");
}

TEST_CASE("fitting and prices are checked field by field") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.post("/api/v1/rooms", R"({"room":0,"edge":7,"circuits":[]})").number("/errors/1/x") == -1);
  CHECK(client.post("/api/v1/rooms", R"({"room":101,"edge":7,"circuits":[]})").text("/errors/0/field") == "/circuits");
  CHECK(client.post("/api/v1/rooms", R"({"room":101,"edge":7,"circuits":[{"circuit":1,"meter":1,"first_reading":-1}]})")
            .text("/errors/0/field") == "/circuits/0/first_reading");
  CHECK(client.put("/api/v1/prices/1", R"({"starts":"yesterday","tiers":[{"rate":"0.5"}]})").text("/errors/0/field") ==
        "/starts");
  CHECK(
      client.put("/api/v1/prices/1", R"({"starts":"2026-02-30T00:00:00Z","tiers":[{"rate":"0.5"}]})").text("/errors/0/field") ==
      "/starts");
  CHECK(client.put("/api/v1/prices/1", R"({"starts":"2026-02-01T00:00:00Z","tiers":[{"rate":"1001"}]})")
            .text("/errors/0/field") == "/tiers/0/rate");
  CHECK(client.put("/api/v1/prices/1", R"({"starts":"2026-02-01T00:00:00Z","tiers":[{"from":5,"rate":"1"}]})")
            .text("/errors/0/field") == "/tiers");
  CHECK(client.put("/api/v1/prices/0", R"({"starts":"2026-02-01T00:00:00Z","tiers":[{"rate":"1"}]})").status != 201);
  const auto banded = [&](const std::string& profiles, const std::string& seasons, const std::string& more = "") {
    return client.put("/api/v1/prices/1",
                      R"({"starts":"2026-02-01T00:00:00Z","bands":[{"name":"peak","tiers":[{"rate":"1"}]}],)"
                      R"("profiles":)" +
                          profiles + R"(,"seasons":)" + seasons + more + "}");
  };
  const std::string all_day = R"([{"spans":[{"from":"00:00","band":"peak"}]}])";
  CHECK(banded(all_day, "[]").text("/errors/0/field") == "/seasons");
  CHECK(banded(all_day, R"([{"working":1}])").text("/errors/0/field") == "/seasons/0/working");
  CHECK(banded(all_day, R"([{"from":"02-30","working":0}])").text("/errors/0/field") == "/bands");
  CHECK(banded(R"([{"spans":[{"from":"24:00","band":"peak"}]}])", R"([{"working":0}])").text("/errors/0/field") ==
        "/profiles/0/spans/0/from");
  CHECK(banded(R"([{"spans":[{"from":"00:00","band":"valley"}]}])", R"([{"working":0}])").text("/errors/0/field") ==
        "/profiles/0/spans/0/band");
  CHECK(banded(all_day, R"([{"working":0}])", R"(,"rest_weekdays":"8")").text("/errors/0/field") == "/rest_weekdays");
  CHECK(
      banded(all_day, R"([{"working":0}])", R"(,"exceptions":[{"date":"2026-10-32","kind":"rest"}])").text("/errors/0/field") ==
      "/exceptions/0/date");
  CHECK(client.get("/api/v1/prices/1").code() == "price.unknown");
  CHECK(desk.site().orders().empty());
}

TEST_CASE("the route table is written down for the contract") {
  TestDesk desk;
  Client client(desk);
  std::ofstream file(WATTLE_ROUTES, std::ios::trunc);
  for (const auto& route : client.router().routes()) file << http::method_name(route.method) << ' ' << route.path << '\n';
  file << "GET /api/v1/feed\n";
  CHECK(client.router().routes().size() == 115);
}

}  // namespace
}  // namespace wattle::api
