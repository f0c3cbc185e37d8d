// The register: written, edited by those who have read it, listed page by page, and never left with names of nothing.

#include "cloud/api/records.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::Client;
using test::TestDesk;

std::string etag(const test::Reply& reply) { return std::string(http::value_of(reply.headers, "ETag")); }

TEST_CASE("a building is written once, and edited only by who has read it") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.get("/api/v1/buildings/3").code() == "record.unknown");
  const auto made = client.put("/api/v1/buildings/3", R"({"name":"East 3"})");
  CHECK(made.status == 201);
  CHECK(made.text("/notes").empty());
  CHECK(client.put("/api/v1/buildings/3", R"({"name":"East 3"})").status == 200);
  CHECK(client.put("/api/v1/buildings/3", R"({"name":"West 3"})").code() == "edit.if_match_missing");
  CHECK(client.put("/api/v1/buildings/3", R"({"name":"West 3"})", "\"7\"").code() == "edit.changed_meanwhile");
  const auto edited = client.put("/api/v1/buildings/3", R"({"name":"West 3"})", etag(made));
  CHECK(edited.status == 200);
  CHECK(etag(edited) != etag(made));
  CHECK(client.get("/api/v1/buildings/3").text("/name") == "West 3");
  CHECK(client.del("/api/v1/buildings/3").code() == "edit.if_match_missing");
  CHECK(client.del("/api/v1/buildings/3", etag(made)).code() == "edit.changed_meanwhile");
  CHECK(client.del("/api/v1/buildings/3", etag(edited)).status == 200);
  CHECK(client.get("/api/v1/buildings/3").status == 404);
  CHECK(client.put("/api/v1/buildings/3", R"({"name":"New 3"})", etag(edited)).code() == "edit.changed_meanwhile");
}

TEST_CASE("nothing of the register names what is not there") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.put("/api/v1/floors/1", R"({"building":1,"level":2})").code() == "record.building_unknown");
  CHECK(client.put("/api/v1/rooms/101/record", R"({"name":"1-101","building":1})").code() == "record.building_unknown");
  const auto one = client.put("/api/v1/buildings/1", R"({"name":"One"})");
  CHECK(client.put("/api/v1/buildings/2", R"({"name":"Two"})").status == 201);
  const auto floor = client.put("/api/v1/floors/1", R"({"building":1,"level":-1,"name":"cellar"})");
  CHECK(floor.status == 201);
  CHECK(client.put("/api/v1/rooms/101/record", R"({"name":"2-101","building":2,"floor":1})").code() == "record.floor_unknown");
  const auto room = client.put("/api/v1/rooms/101/record", R"({"name":"1-101","building":1,"floor":1,"beds":6})");
  CHECK(room.status == 201);
  CHECK(client.put("/api/v1/meters/70001010", R"({"building":1,"model":"dtsy1352","place":"1-101"})").status == 201);
  CHECK(client.put("/api/v1/edges/7/record", R"({"name":"Box of one","building":1})").status == 201);
  CHECK(client.get("/api/v1/edges/7/record").text("/name") == "Box of one");
  CHECK(client.get("/api/v1/meters/70001010").text("/model") == "dtsy1352");
  CHECK(client.get("/api/v1/floors/1").number("/level") == -1);
  CHECK(client.get("/api/v1/rooms/101/record").number("/beds") == 6);
  CHECK(client.del("/api/v1/buildings/1", etag(one)).code() == "record.in_use");
  CHECK(client.del("/api/v1/floors/1", etag(floor)).code() == "record.in_use");
  CHECK(client.del("/api/v1/rooms/101/record", etag(room)).status == 200);
  CHECK(client.del("/api/v1/floors/1", "*").status == 200);
  CHECK(client.del("/api/v1/meters/70001010", "*").status == 200);
  CHECK(client.del("/api/v1/edges/7/record", "*").status == 200);
  CHECK(client.del("/api/v1/buildings/1", "*").status == 200);
}

TEST_CASE("what cannot stand in the register is told field by field") {
  TestDesk desk;
  Client client(desk);
  CHECK(client.put("/api/v1/buildings/1", R"({"name":""})").text("/errors/0/field") == "/name");
  CHECK(client.put("/api/v1/buildings/1", R"({"name":")" + std::string(81, 'x') + R"("})").text("/errors/0/field") == "/name");
  CHECK(client.put("/api/v1/buildings/1", R"({"name":"x","building":1})").text("/errors/0/code") == "json.unknown_field");
  CHECK(client.put("/api/v1/floors/1", R"({"building":1,"level":201})").text("/errors/0/field") == "/level");
  CHECK(client.put("/api/v1/rooms/101/record", "{}").find("/errors")->as_array().size() == 2);
  for (const auto* key : {"0", "-1", "01", "4294967296", "one", "1e3", "99999999999999999999"})
    CHECK(client.put("/api/v1/buildings/" + std::string(key), R"({"name":"x"})").code() == "record.unknown");
}

TEST_CASE("lists come page by page, each once, and by building") {
  TestDesk desk;
  Client client(desk);
  for (int i = 1; i <= 5; ++i) CHECK(client.put("/api/v1/buildings/" + std::to_string(i), R"({"name":"b"})").status == 201);
  for (int i = 1; i <= 4; ++i)
    CHECK(client.put("/api/v1/floors/" + std::to_string(i), R"({"building":)" + std::to_string(1 + i % 2) + "}").status == 201);
  std::vector<std::int64_t> seen;
  std::string cursor;
  do {
    const auto page = client.get("/api/v1/buildings?limit=2&cursor=" + cursor);
    for (const auto& item : page.find("/items")->as_array()) seen.push_back(item.at("building").to_number<std::int64_t>());
    cursor = page.find("/next_cursor")->is_null() ? "" : page.text("/next_cursor");
  } while (!cursor.empty());
  CHECK(seen == std::vector<std::int64_t>{1, 2, 3, 4, 5});
  CHECK(client.get("/api/v1/floors?building=2").find("/items")->as_array().size() == 2);
  CHECK(client.get("/api/v1/floors").find("/items")->as_array().size() == 4);
  CHECK(client.get("/api/v1/meters").find("/items")->as_array().empty());
  CHECK(client.get("/api/v1/buildings?limit=0").code() == "page.bad_limit");
  CHECK(client.get("/api/v1/buildings?limit=201").code() == "page.bad_limit");
  CHECK(client.get("/api/v1/buildings?cursor=x").code() == "page.bad_cursor");
}

TEST_CASE("rooms are listed with their names, fitted or not") {
  TestDesk desk;
  Client client(desk);
  desk.add_box(test::box_seven);
  CHECK(client.put("/api/v1/buildings/1", R"({"name":"One"})").status == 201);
  CHECK(client.put("/api/v1/rooms/101/record", R"({"name":"1-101","building":1})").status == 201);
  CHECK(client.put("/api/v1/rooms/102/record", R"({"name":"1-102","building":1})").status == 201);
  for (const auto* room : {"102", "103"})
    CHECK(client
              .post("/api/v1/rooms", R"({"room":)" + std::string(room) + R"(,"edge":7,"circuits":[{"circuit":)" + room +
                                         R"(0,"meter":)" + room + R"(,"first_reading":0}]})")
              .status == 201);
  desk.reported[{1020}] = {{102}, "open", RelayReason::no_credit, {0}, yuan(5), {}};
  desk.reported[{1020}].warning = Warning::first;
  const auto all = client.get("/api/v1/rooms");
  REQUIRE(all.find("/items")->as_array().size() == 3);
  CHECK(all.text("/items/0/state") == "not_initialised");
  CHECK(all.text("/items/1/name") == "1-102");
  CHECK(all.text("/items/1/state") == "alarm_1");
  CHECK(all.text("/items/1/circuits/0/reason") == "no_credit");
  CHECK(all.number("/items/2/room") == 103);
  CHECK(client.get("/api/v1/rooms?building=1").find("/items")->as_array().size() == 2);
  CHECK(client.get("/api/v1/rooms?limit=1&cursor=102").number("/items/0/room") == 103);
  CHECK(client.get("/api/v1/rooms?limit=1").text("/next_cursor") == "101");
  CHECK(client.get("/api/v1/rooms?cursor=4294967296").code() == "page.bad_cursor");
  CHECK(client.get("/api/v1/rooms/102").text("/name") == "1-102");
}

}  // namespace
}  // namespace wattle::api
