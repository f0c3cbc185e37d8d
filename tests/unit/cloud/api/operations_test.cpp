// What was done is written down, by whom and from where, and cannot be unwritten unseen. Rates.

#include "cloud/api/operations.hpp"

#include <catch2/catch.hpp>

#include "cloud/api/answers.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::Client;
using test::TestDesk;

const std::string new_fitting = R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":5001,"first_reading":0}]})";

TEST_CASE("every call that changes something is an operation, refused ones as well, and reads are none") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.post("/api/v1/rooms", new_fitting).status == 201);
  CHECK(client.get("/api/v1/rooms/101").status == 200);
  client.token = test::cashier_token;
  const auto paid = client.post("/api/v1/rooms/101/recharges", R"({"amount":"5","channel":"cash"})", "k-1");
  CHECK(client.post("/api/v1/rooms/101/moves", R"({"edge":8,"reason":"a friend asked"})", "k-2").code() == "access.forbidden");
  CHECK(client.post("/api/v1/feed/tickets", "").status == 201);
  client.token = "nobody-has-this-token-at-all";
  CHECK(client.post("/api/v1/rooms/101/recharges", R"({"amount":"5","channel":"cash"})", "k-3").status == 401);
  client.token = test::monitor_token;
  const auto log = client.get("/api/v1/operations");
  REQUIRE(log.find("/items")->as_array().size() == 3);
  CHECK(log.text("/items/0/who") == "desk-1");
  CHECK(log.number("/items/0/status") == 403);
  CHECK(log.text("/items/0/reason") == "a friend asked");
  CHECK(log.text("/items/1/path") == "/api/v1/rooms/101/recharges");
  CHECK(log.text("/items/1/made") == "/api/v1/orders/" + paid.text("/id"));
  CHECK(log.text("/items/1/address") == "192.0.2.7");
  CHECK(log.text("/items/2/who") == "admin");
  CHECK(log.text("/items/2/time") == "2026-03-01T00:00:00.000000Z");
  CHECK(client.get("/api/v1/operations?limit=1").text("/next_cursor") == "3");
  CHECK(client.get("/api/v1/operations?limit=1&cursor=3").number("/items/0/number") == 2);
  CHECK(client.get("/api/v1/operations?cursor=x").code() == "page.bad_cursor");
}

TEST_CASE("a reason is kept up to its limit, in whole characters") {
  TestDesk desk;
  Client client(desk);
  const auto reason_of = [&](std::size_t characters) {
    std::string reason = "a";
    for (std::size_t i = 1; i < characters; ++i) reason += "电";
    const auto put = client.post("/api/v1/rooms/101/closings", R"({"reason":")" + reason + R"("})", "k");
    return std::pair(client.get("/api/v1/operations").text("/items/0/reason") == reason, put.code());
  };
  CHECK(reason_of(reason_max) == std::pair(true, std::string("room.unknown")));
  CHECK(reason_of(reason_max + 1) == std::pair(false, std::string("http.bad_body")));
  const auto kept = client.get("/api/v1/operations").text("/items/0/reason");
  CHECK(kept.size() == 1 + 3 * (reason_max - 1));
}

TEST_CASE("an operation that is changed, taken out or put in breaks the chain") {
  TestDesk desk;
  Client client(desk);
  for (int i = 0; i < 5; ++i) CHECK(client.put("/api/v1/buildings/" + std::to_string(i + 1), R"({"name":"x"})").status == 201);
  auto& registry = desk.registry();
  CHECK_FALSE(broken_operation(desk.crypto(), registry).has_value());
  const auto third = *cloud::find<cloud::Operation>(registry, {std::int64_t{3}});
  auto changed = third;
  changed.who = "somebody else";
  cloud::put(registry, changed);
  CHECK(broken_operation(desk.crypto(), registry) == 3);
  cloud::put(registry, third);
  CHECK_FALSE(broken_operation(desk.crypto(), registry).has_value());
  const cloud::Value key = std::int64_t{2};
  registry.erase(cloud::sheet<cloud::Operation>(), {&key, 1});
  CHECK(broken_operation(desk.crypto(), registry) == 2);
}

TEST_CASE("so many calls and no more, for each caller and for each address, and it passes") {
  TestDesk desk;
  Client client(desk, {{10, 5}, {1, 2}});
  for (int i = 0; i < 5; ++i) CHECK(client.get("/api/v1/site").status == 200);
  const auto held = client.get("/api/v1/site");
  CHECK(held.code() == "access.too_many_requests");
  CHECK(http::value_of(held.headers, "Retry-After") == "1");
  client.token = test::monitor_token;
  CHECK(client.get("/api/v1/site").status == 200);
  client.token = test::admin_token;
  desk.wait(milliseconds(100));
  CHECK(client.get("/api/v1/site").status == 200);
  CHECK(client.get("/api/v1/site").status == 429);
  client.token.clear();
  CHECK(client.get("/api/v1/health").status == 200);
  CHECK(client.get("/api/v1/site").status == 401);
  CHECK(client.get("/api/v1/site").status == 429);
  client.address = "192.0.2.8";
  CHECK(client.get("/api/v1/health").status == 200);
}

}  // namespace
}  // namespace wattle::api
