// Every route with every role: a route that stands not in this table fails, and so does a line that has no route.

#include <catch2/catch.hpp>
#include <map>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::Client;
using test::TestDesk;

/// The least role; "anybody" needs no token.
const std::map<std::string, std::string> rights = {
    {"POST /api/v1/claims", "anybody"},
    {"GET /api/v1/health", "anybody"},
    {"POST /api/v1/sessions", "anybody"},
    {"POST /api/v1/sessions/refresh", "anybody"},
    {"GET /api/v1/sessions/current", "student"},
    {"DELETE /api/v1/sessions/current", "student"},
    {"POST /api/v1/feed/tickets", "student"},
    {"GET /api/v1/operations", "monitor"},
    {"GET /api/v1/users", "admin"},
    {"GET /api/v1/users/{user}", "admin"},
    {"PUT /api/v1/users/{user}", "admin"},
    {"DELETE /api/v1/users/{user}", "admin"},
    {"PUT /api/v1/users/{user}/password", "admin"},  // a user's own: sessions_test.cpp
    {"GET /api/v1/people", "cashier"},
    {"POST /api/v1/people", "admin"},
    {"GET /api/v1/people/{person}", "cashier"},
    {"PUT /api/v1/people/{person}", "admin"},
    {"DELETE /api/v1/people/{person}", "admin"},
    {"GET /api/v1/rooms/{room}/occupants", "cashier"},
    {"POST /api/v1/rooms/{room}/occupants", "admin"},
    {"DELETE /api/v1/rooms/{room}/occupants/{person}", "admin"},
    {"GET /metrics", "monitor"},
    {"GET /api/v1/site", "monitor"},
    {"GET /api/v1/pockets", "monitor"},
    {"GET /api/v1/suspense", "monitor"},
    {"POST /api/v1/suspense/{entry}/resolutions", "admin"},
    {"GET /api/v1/backups", "admin"},
    {"POST /api/v1/backups", "admin"},
    {"POST /api/v1/audits", "monitor"},
    {"GET /api/v1/audits/{audit}", "monitor"},
    {"GET /api/v1/edges/{slot}/listed-sales", "monitor"},
    {"POST /api/v1/edges/{slot}/adoptions", "admin"},
    {"POST /api/v1/rooms/{room}/rehomings", "admin"},
    {"GET /api/v1/edges", "monitor"},
    {"POST /api/v1/edges/{slot}/claim-codes", "admin"},
    {"POST /api/v1/edges/{slot}/fence", "admin"},
    {"GET /api/v1/edges/{slot}/buses", "monitor"},
    {"GET /api/v1/edges/{slot}/buses/{bus}", "monitor"},
    {"PUT /api/v1/edges/{slot}/buses/{bus}", "admin"},
    {"DELETE /api/v1/edges/{slot}/buses/{bus}", "admin"},
    {"GET /api/v1/edges/{slot}/meters", "monitor"},
    {"GET /api/v1/edges/{slot}/meters/{meter}", "monitor"},
    {"PUT /api/v1/edges/{slot}/meters/{meter}", "admin"},
    {"DELETE /api/v1/edges/{slot}/meters/{meter}", "admin"},
    {"GET /api/v1/buildings", "monitor"},
    {"GET /api/v1/buildings/{building}", "monitor"},
    {"GET /api/v1/buildings/{building}/loss", "monitor"},
    {"PUT /api/v1/buildings/{building}", "admin"},
    {"DELETE /api/v1/buildings/{building}", "admin"},
    {"GET /api/v1/floors", "monitor"},
    {"GET /api/v1/floors/{floor}", "monitor"},
    {"PUT /api/v1/floors/{floor}", "admin"},
    {"DELETE /api/v1/floors/{floor}", "admin"},
    {"GET /api/v1/meters", "monitor"},
    {"GET /api/v1/meters/{meter}", "monitor"},
    {"GET /api/v1/meters/{meter}/readings", "monitor"},
    {"PUT /api/v1/meters/{meter}", "admin"},
    {"DELETE /api/v1/meters/{meter}", "admin"},
    {"GET /api/v1/rooms/{room}/record", "monitor"},
    {"PUT /api/v1/rooms/{room}/record", "admin"},
    {"DELETE /api/v1/rooms/{room}/record", "admin"},
    {"GET /api/v1/edges/{edge}/record", "monitor"},
    {"PUT /api/v1/edges/{edge}/record", "admin"},
    {"DELETE /api/v1/edges/{edge}/record", "admin"},
    {"GET /api/v1/rooms", "student"},
    {"POST /api/v1/rooms", "admin"},
    {"GET /api/v1/rooms/{room}", "student"},
    {"GET /api/v1/rooms/{room}/entries", "student"},
    {"POST /api/v1/rooms/{room}/recharges", "cashier"},
    {"POST /api/v1/rooms/{room}/codes", "cashier"},
    {"POST /api/v1/rooms/{room}/refunds", "cashier"},
    {"PUT /api/v1/rooms/{room}/allowances/{term}", "admin"},
    {"POST /api/v1/rooms/{room}/allowance-ends", "admin"},
    {"POST /api/v1/rooms/{room}/moves", "admin"},
    {"POST /api/v1/rooms/{room}/closings", "admin"},
    {"POST /api/v1/rooms/{room}/openings", "admin"},
    {"GET /api/v1/prices", "monitor"},
    {"GET /api/v1/prices/{version}", "monitor"},
    {"PUT /api/v1/prices/{version}", "admin"},
    {"GET /api/v1/rooms/{room}/readings", "student"},
    {"GET /api/v1/rooms/{room}/relays", "student"},
    {"GET /api/v1/circuits/{circuit}/control", "monitor"},
    {"PUT /api/v1/circuits/{circuit}/control", "admin"},
    {"POST /api/v1/circuits/{circuit}/clear", "admin"},
    {"GET /api/v1/circuits/{circuit}/meter", "monitor"},
    {"POST /api/v1/circuits/{circuit}/meter-changes", "admin"},
    {"GET /api/v1/profiles", "monitor"},
    {"GET /api/v1/profiles/{profile}", "monitor"},
    {"PUT /api/v1/profiles/{profile}", "admin"},
    {"POST /api/v1/circuits/{circuit}/rollovers", "admin"},
    {"POST /api/v1/circuits/{circuit}/acceptances", "admin"},
    {"POST /api/v1/circuits/{circuit}/corrections", "admin"},
    {"GET /api/v1/circuits/{circuit}/parameters", "monitor"},
    {"PUT /api/v1/circuits/{circuit}/parameters", "admin"},
    {"GET /api/v1/circuits/{circuit}/purse", "monitor"},
    {"PUT /api/v1/circuits/{circuit}/purse", "admin"},
    {"POST /api/v1/circuits/{circuit}/reads", "monitor"},
    {"GET /api/v1/edges/{slot}/reading-plan", "monitor"},
    {"PUT /api/v1/edges/{slot}/reading-plan", "admin"},
    {"GET /api/v1/edges/{slot}/pace", "monitor"},
    {"PUT /api/v1/edges/{slot}/pace", "admin"},
    {"GET /api/v1/circuits/{circuit}/reading-plan", "monitor"},
    {"PUT /api/v1/circuits/{circuit}/reading-plan", "admin"},
    {"GET /api/v1/reading-plan", "monitor"},
    {"PUT /api/v1/reading-plan", "admin"},
    {"POST /api/v1/rooms/{room}/reads", "monitor"},
    {"GET /api/v1/timetables/{number}", "monitor"},
    {"PUT /api/v1/timetables/{number}", "admin"},
    {"GET /api/v1/calendar", "monitor"},
    {"PUT /api/v1/calendar", "admin"},
    {"GET /api/v1/defaults", "monitor"},
    {"PUT /api/v1/defaults", "admin"},
    {"GET /api/v1/orders/{order}", "student"},
    {"POST /api/v1/orders/{order}/cancel", "cashier"},
    {"POST /api/v1/orders/{order}/parts/{part}", "cashier"},
};

std::string filled(std::string path, const std::string& room) {
  const std::map<std::string, std::string> values = {
      {"{room}", room},  {"{slot}", "9"},     {"{audit}", "9"},      {"{circuit}", "9"}, {"{number}", "9"},
      {"{edge}", "9"},   {"{building}", "9"}, {"{floor}", "9"},      {"{meter}", "9"},   {"{user}", "nobody"},
      {"{person}", "9"}, {"{term}", "t"},     {"{order}", "pay.X"},  {"{part}", "0"},    {"{version}", "9"},
      {"{bus}", "1"},    {"{profile}", "p"},  {"{entry}", "ended.x"}};
  for (const auto& [name, value] : values)
    if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
  REQUIRE(path.find('{') == std::string::npos);
  return path;
}

struct World {
  World() : client(desk) {
    for (const auto* room : {"101", "102"})
      REQUIRE(client
                  .post("/api/v1/rooms", R"({"room":)" + std::string(room) + R"(,"edge":7,"circuits":[{"circuit":)" + room +
                                             R"(0,"meter":)" + room + R"(,"first_reading":0}]})")
                  .status == 201);
    REQUIRE(client.post("/api/v1/people", R"({"name":"Lin","kind":"student"})").status == 201);
    REQUIRE(client.post("/api/v1/rooms/101/occupants", R"({"person":1})").status == 201);
    REQUIRE(client.put("/api/v1/users/lin", R"({"role":"student","person":1})").status == 201);
    student = client.access().sessions().start("lin", "192.0.2.9", desk.now().wall).access;
  }
  std::vector<std::pair<std::string, std::string>> callers() const {
    return {{"student", student},
            {"monitor", std::string(test::monitor_token)},
            {"cashier", std::string(test::cashier_token)},
            {"admin", std::string(test::admin_token)}};
  }
  TestDesk desk;
  Client client;
  std::string student;
};

int rank(const std::string& role) {
  const std::vector<std::string> order = {"anybody", "student", "monitor", "cashier", "admin"};
  return static_cast<int>(std::find(order.begin(), order.end(), role) - order.begin());
}

TEST_CASE("every route has its line here, and every line its route") {
  World world;
  std::set<std::string> served;
  for (const auto& route : world.client.router().routes())
    served.insert(std::string(http::method_name(route.method)) + ' ' + route.path);
  for (const auto& route : served) {
    INFO(route);
    CHECK(rights.contains(route));
  }
  for (const auto& [route, role] : rights) {
    INFO(route);
    CHECK(served.contains(route));
  }
}

TEST_CASE("every route with every role: refused beyond it, and not refused within it") {
  World world;
  for (const auto& route : world.client.router().routes()) {
    const auto name = std::string(http::method_name(route.method)) + ' ' + route.path;
    const auto least = rights.find(name);
    if (least == rights.end() || name == "DELETE /api/v1/sessions/current") continue;
    const auto path = filled(route.path, "101");
    const auto call = [&](const std::string& token) {
      world.client.token = token;
      return world.client.call(route.method, path, "{}");
    };
    INFO(name);
    const auto nobody = call("");
    CHECK((nobody.code() == "access.unauthenticated") == (least->second != "anybody"));
    for (const auto& [role, token] : world.callers()) {
      INFO(role);
      const auto reply = call(token);
      CHECK((reply.code() == "access.forbidden") == (rank(role) < rank(least->second)));
      CHECK(reply.code() != "access.unauthenticated");
      CHECK((reply.status < 500 || reply.code() == "readings.unavailable"));
    }
  }
}

TEST_CASE("a student is refused every room that is not his, on every route that names one") {
  World world;
  world.client.token = world.student;
  for (const auto& route : world.client.router().routes()) {
    if (route.path.find("{room}") == std::string::npos) continue;
    INFO(route.path);
    const auto reply = world.client.call(route.method, filled(route.path, "102"), "{}");
    CHECK((reply.code() == "access.forbidden" || reply.code() == "room.unknown"));
  }
  CHECK(world.client.get("/api/v1/rooms/101").status == 200);
  CHECK(world.client.get("/api/v1/rooms").find("/items")->as_array().size() == 1);
  world.client.token = test::cashier_token;
  const auto own = world.client.post("/api/v1/rooms/101/recharges", R"({"amount":"5","channel":"cash"})", "k-1");
  const auto foreign = world.client.post("/api/v1/rooms/102/recharges", R"({"amount":"5","channel":"cash"})", "k-2");
  world.client.token = world.student;
  CHECK(world.client.get("/api/v1/orders/" + own.text("/id")).status == 200);
  CHECK(world.client.get("/api/v1/orders/" + foreign.text("/id")).code() == "order.unknown");
  CHECK(world.client.get("/api/v1/orders/fit.102.1").code() == "order.unknown");
}

TEST_CASE("who has moved out is a stranger with the next call") {
  World world;
  CHECK(world.client.del("/api/v1/rooms/101/occupants/1").status == 200);
  world.client.token = world.student;
  CHECK(world.client.get("/api/v1/rooms/101").code() == "room.unknown");
  CHECK(world.client.get("/api/v1/sessions/current").find("/rooms")->as_array().empty());
}

}  // namespace
}  // namespace wattle::api
