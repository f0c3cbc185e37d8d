// Logging in and out, users, and what of a person the registry tells.

#include "cloud/api/sessions.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::Client;
using test::TestDesk;

const std::string password = "correct horse battery";

struct LoginWorld {
  LoginWorld() : client(desk) {
    REQUIRE(client.put("/api/v1/users/ma", R"({"role":"cashier"})").status == 201);
    REQUIRE(client.put("/api/v1/users/ma/password", R"({"password":")" + password + R"("})").status == 200);
    client.token.clear();
  }
  test::Reply login(const std::string& user, const std::string& word) {
    return client.post("/api/v1/sessions", R"({"user":")" + user + R"(","password":")" + word + R"("})");
  }
  test::Reply refresh(const std::string& token) {
    return client.post("/api/v1/sessions/refresh", R"({"refresh_token":")" + token + R"("})");
  }
  std::string who(const std::string& token) {
    client.token = token;
    return client.get("/api/v1/sessions/current").text("/name");
  }
  TestDesk desk;
  Client client;
};

TEST_CASE("a name and its password give two tokens, and nothing else does") {
  LoginWorld world;
  const auto tokens = world.login("ma", password);
  CHECK(tokens.status == 201);
  CHECK(http::value_of(tokens.headers, "Cache-Control") == "no-store");
  CHECK(world.login("ma", "correct horse batterz").code() == "login.refused");
  CHECK(world.login("nobody", password).code() == "login.refused");
  CHECK(world.login("", password).text("/errors/0/field") == "/user");
  CHECK(world.who(tokens.text("/access_token")) == "user/ma");
  world.client.token = tokens.text("/access_token");
  CHECK(world.client.get("/api/v1/users").code() == "access.forbidden");
  CHECK(world.client.get("/api/v1/people").status == 200);
  CHECK(world.who(tokens.text("/refresh_token")) == "(none)");
}

TEST_CASE("an access token is short-lived, and its refresh token is good once") {
  LoginWorld world;
  const auto first = world.login("ma", password);
  world.desk.wait(SessionTimes{}.access);
  CHECK(world.who(first.text("/access_token")) == "(none)");
  const auto second = world.refresh(first.text("/refresh_token"));
  CHECK(second.status == 201);
  CHECK(world.who(second.text("/access_token")) == "user/ma");
  // The thief, or the one he stole from: the session ends for both.
  CHECK(world.refresh(first.text("/refresh_token")).code() == "login.refresh_reused");
  CHECK(world.who(second.text("/access_token")) == "(none)");
  CHECK(world.refresh(second.text("/refresh_token")).code() == "login.refresh_refused");
  CHECK(world.refresh("x").code() == "login.refresh_refused");
  const auto other = world.login("ma", password);
  world.desk.wait(SessionTimes{}.refresh);
  CHECK(world.refresh(other.text("/refresh_token")).code() == "login.refresh_refused");
}

TEST_CASE("logging out ends one session, a new password all of them") {
  LoginWorld world;
  const auto one = world.login("ma", password);
  const auto two = world.login("ma", password);
  world.client.token = one.text("/access_token");
  CHECK(world.client.del("/api/v1/sessions/current").status == 200);
  CHECK(world.who(one.text("/access_token")) == "(none)");
  CHECK(world.who(two.text("/access_token")) == "user/ma");
  world.client.token = two.text("/access_token");
  const auto change = [&](const std::string& current, const std::string& wanted) {
    return world.client.put("/api/v1/users/ma/password", R"({"current":")" + current + R"(","password":")" + wanted + R"("})");
  };
  CHECK(change("wrong wrong wrong", "another password").code() == "login.password_wrong");
  CHECK(change(password, "short").text("/errors/0/field") == "/password");
  CHECK(world.client.put("/api/v1/users/ma/password", R"({"password":"another password"})").text("/errors/0/field") ==
        "/current");
  CHECK(world.client.put("/api/v1/users/li/password", R"({"password":"another password"})").code() == "access.forbidden");
  CHECK(change(password, "another password").status == 200);
  CHECK(world.who(two.text("/access_token")) == "(none)");
  CHECK(world.login("ma", password).code() == "login.refused");
  CHECK(world.login("ma", "another password").status == 201);
  world.client.token = test::admin_token;
  CHECK(world.client.del("/api/v1/sessions/current").code() == "login.no_session");
}

TEST_CASE("guessing is slowed down, for the account and for the address") {
  LoginWorld world;
  for (unsigned i = 0; i < account_failures_free; ++i) CHECK(world.login("ma", "guess number x").code() == "login.refused");
  auto held = world.login("ma", password);
  CHECK(held.code() == "login.too_fast");
  CHECK(http::value_of(held.headers, "Retry-After") == "1");
  world.client.address = "192.0.2.8";
  CHECK(world.login("ma", password).code() == "login.too_fast");
  world.desk.wait(seconds(1));
  CHECK(world.login("ma", password).status == 201);
  world.client.address = "192.0.2.7";
  for (unsigned i = account_failures_free; i < address_failures_free; ++i)
    CHECK(world.login("user" + std::to_string(i), "guess number x").code() == "login.refused");
  CHECK(world.login("ma", password).code() == "login.too_fast");
  world.client.address = "192.0.2.8";
  CHECK(world.login("ma", password).status == 201);
}

TEST_CASE("when too many log in at once, some are told to come again") {
  LoginWorld world;
  world.desk.is_busy = true;
  const auto busy = world.login("ma", password);
  CHECK(busy.code() == "login.busy");
  CHECK(http::value_of(busy.headers, "Retry-After") == "1");
}

TEST_CASE("who is disabled is out with the next call") {
  LoginWorld world;
  const auto tokens = world.login("ma", password);
  world.client.token = test::admin_token;
  CHECK(world.client.put("/api/v1/users/ma", R"({"role":"cashier","disabled":true})", "*").status == 200);
  CHECK(world.who(tokens.text("/access_token")) == "(none)");
  CHECK(world.login("ma", password).code() == "login.refused");
  CHECK(world.refresh(tokens.text("/refresh_token")).code() == "login.refresh_refused");
  world.client.token = test::admin_token;
  CHECK(world.client.put("/api/v1/users/ma", R"({"role":"cashier"})", "*").status == 200);
  CHECK(world.login("ma", password).status == 201);  // the password has stayed
}

TEST_CASE("a change of rights ends the user's sessions, any other does not") {
  LoginWorld world;
  const auto tokens = world.login("ma", password);
  world.client.token = test::admin_token;
  const auto put = [&](const std::string& body) {
    world.client.token = test::admin_token;
    return world.client.put("/api/v1/users/ma", body, "*").status;
  };
  CHECK(put(R"({"role":"cashier"})") == 200);
  CHECK(world.who(tokens.text("/access_token")) == "user/ma");
  SECTION("another role") { CHECK(put(R"({"role":"monitor"})") == 200); }
  SECTION("disabled, and enabled again") {
    CHECK(put(R"({"role":"cashier","disabled":true})") == 200);
    CHECK(put(R"({"role":"cashier"})") == 200);
  }
  SECTION("another person") {
    cloud::put(world.desk.registry(), cloud::Person{1, "Ma", "student", "", "", 1});
    CHECK(put(R"({"role":"student","person":1})") == 200);
  }
  SECTION("taken away, and another of that name") {
    world.client.token = test::admin_token;
    CHECK(world.client.del("/api/v1/users/ma", "*").status == 200);
    CHECK(world.client.put("/api/v1/users/ma", R"({"role":"cashier"})").status == 201);
  }
  CHECK(world.who(tokens.text("/access_token")) == "(none)");
  CHECK(world.refresh(tokens.text("/refresh_token")).code() == "login.refresh_refused");
}

TEST_CASE("users have one of the roles, and somebody stays an admin") {
  TestDesk desk;
  Client client(desk);
  const auto put = [&](const std::string& user, const std::string& body) {
    return client.put("/api/v1/users/" + user, body, "").code();
  };
  CHECK(put("Ma", R"({"role":"cashier"})") == "user.bad_name");
  CHECK(put("ma", R"({"role":"king"})") == "user.bad_role");
  CHECK(put("ma", R"({"role":"student"})") == "user.bad_person");
  CHECK(put("ma", R"({"role":"student","person":9})") == "person.unknown");
  CHECK(put("ma", R"({"role":"admin","person":9})") == "user.bad_person");
  CHECK(put("ma", R"({"role":"admin"})") == "(none)");
  CHECK(client.put("/api/v1/users/ma", R"({"role":"cashier"})", "*").code() == "user.last_admin");
  CHECK(client.put("/api/v1/users/ma", R"({"role":"admin","disabled":true})", "*").code() == "user.last_admin");
  CHECK(client.del("/api/v1/users/ma", "*").code() == "user.last_admin");
  CHECK(put("li", R"({"role":"admin"})") == "(none)");
  CHECK(client.del("/api/v1/users/ma", "*").status == 200);
  CHECK(client.get("/api/v1/users/li").text("/role") == "admin");
  CHECK(client.put("/api/v1/users/zhao/password", R"({"password":"long enough now"})").code() == "record.unknown");
  const auto page = client.get("/api/v1/users?limit=1");
  CHECK(page.text("/items/0/user") == "li");
  CHECK(client.get("/api/v1/users?cursor=li").find("/items")->as_array().empty());
  CHECK(client.get("/api/v1/users?cursor=L%20I").code() == "page.bad_cursor");
}

TEST_CASE("a student id of which nothing is said stays, a masked one is none, and an empty one takes it away") {
  TestDesk desk;
  Client client(desk);
  const auto* path = "/api/v1/people/1";
  REQUIRE(client.post("/api/v1/people", R"({"name":"Lin","kind":"student","student_id":"2026110042"})").status == 201);
  CHECK(client.put(path, R"({"name":"Lin Mei","kind":"student"})", "*").text("/student_id") == "2026110042");
  const auto masked = client.put(path, R"({"name":"Lin Mei","kind":"student","student_id":"20******42"})", "*");
  CHECK(masked.text("/errors/0/field") == "/student_id");
  CHECK(client.get(path).text("/student_id") == "2026110042");
  CHECK(client.put(path, R"({"name":"Lin Mei","kind":"student","student_id":""})", "*").status == 200);
  CHECK(client.get(path).find("/student_id") == nullptr);
}

TEST_CASE("a person who is written again as he stands needs no If-Match") {
  TestDesk desk;
  Client client(desk);
  const auto* body = R"({"name":"Lin","kind":"student","student_id":"2026110042"})";
  const auto made = client.post("/api/v1/people", body);
  const auto tag = http::value_of(made.headers, "ETag");
  const auto* better = R"({"name":"Lin Mei","kind":"student","student_id":"2026110042"})";
  const auto written = client.put("/api/v1/people/1", better, tag);
  CHECK(written.status == 200);
  const auto again = client.put("/api/v1/people/1", better, tag);  // the answer was lost
  CHECK(again.status == 200);
  CHECK(http::value_of(again.headers, "ETag") == http::value_of(written.headers, "ETag"));
  CHECK(client.put("/api/v1/people/1", body, tag).code() == "edit.changed_meanwhile");
}

TEST_CASE("a student id is sealed in the registry, masked in lists, and one person's only") {
  TestDesk desk;
  Client client(desk);
  const auto lin = client.post("/api/v1/people", R"({"name":"Lin","kind":"student","student_id":"2026110042"})");
  CHECK(lin.status == 201);
  CHECK(lin.text("/student_id") == "2026110042");
  const auto again = client.post("/api/v1/people", R"({"name":"Lin","kind":"student","student_id":"2026110042"})");
  CHECK(again.status == 200);
  CHECK(again.number("/person") == lin.number("/person"));
  CHECK(client.post("/api/v1/people", R"({"name":"Lu","kind":"student","student_id":"2026110042"})").code() ==
        "person.student_id_taken");
  CHECK(client.post("/api/v1/people", R"({"name":"Lu","kind":"ghost"})").text("/errors/0/field") == "/kind");
  CHECK(client.get("/api/v1/people").text("/items/0/student_id") == "20******42");
  const auto row = cloud::find<cloud::Person>(desk.registry(), {std::int64_t{1}});
  CHECK(row->sealed_id.find("2026110042") == std::string::npos);
  CHECK(client.get("/api/v1/people/1").text("/student_id") == "2026110042");
  client.token = test::cashier_token;
  CHECK(client.get("/api/v1/people/1").text("/student_id") == "20******42");
  client.token = test::admin_token;
  CHECK(client.put("/api/v1/people/1", R"({"name":"Lin Mei","kind":"student","student_id":"2026110042"})").code() ==
        "edit.if_match_missing");
  CHECK(client.put("/api/v1/people/1", R"({"name":"Lin Mei","kind":"student","student_id":"2026110042"})", "*").status == 200);
  CHECK(client.put("/api/v1/rooms/101/record", R"({"name":"x","building":1})").code() == "record.building_unknown");
  CHECK(client.put("/api/v1/buildings/1", R"({"name":"One"})").status == 201);
  CHECK(client.put("/api/v1/rooms/101/record", R"({"name":"1-101","building":1})").status == 201);
  CHECK(client.post("/api/v1/rooms/101/occupants", R"({"person":2})").code() == "person.unknown");
  CHECK(client.post("/api/v1/rooms/102/occupants", R"({"person":1})").code() == "room.unknown");
  CHECK(client.post("/api/v1/rooms/101/occupants", R"({"person":1})").status == 201);
  CHECK(client.post("/api/v1/rooms/101/occupants", R"({"person":1})").status == 200);
  CHECK(client.del("/api/v1/people/1", "*").code() == "record.in_use");
  CHECK(client.del("/api/v1/rooms/101/occupants/2").code() == "person.unknown");
  CHECK(client.del("/api/v1/rooms/101/occupants/1").status == 200);
  desk.wait(seconds(1));
  CHECK(client.post("/api/v1/rooms/101/occupants", R"({"person":1})").status == 201);
  const auto history = client.get("/api/v1/rooms/101/occupants");
  REQUIRE(history.find("/items")->as_array().size() == 2);
  CHECK(history.text("/items/0/name") == "Lin Mei");
  CHECK(history.text("/items/0/until") != "(none)");
  CHECK(history.find("/items/1/until")->is_null());
  CHECK(client.get("/api/v1/rooms/102/occupants").code() == "room.unknown");
  CHECK(client.del("/api/v1/rooms/101/occupants/1").status == 200);
  CHECK(client.del("/api/v1/people/1", "*").status == 200);
  CHECK(client.get("/api/v1/people/1").code() == "record.unknown");
  // His stays remain under his number, which nobody gets after him.
  CHECK(client.post("/api/v1/people", R"({"name":"Wu","kind":"student"})").number("/person") == 2);
}

}  // namespace
}  // namespace wattle::api
