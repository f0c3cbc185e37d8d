#include "cloud/http/message.hpp"

#include <catch2/catch.hpp>

#include "cloud/http/problem.hpp"
#include "cloud/http/request_head.hpp"
#include "cloud/http/router.hpp"

namespace wattle::http {
namespace {

Route route(Method method, std::string path) {
  return {method, std::move(path), [](const Request&, Respond) {}};
}

TEST_CASE("routes are found by method and template") {
  const Router router({route(Method::get, "/api/v1/rooms/{room}"), route(Method::get, "/api/v1/rooms/summary"),
                       route(Method::post, "/api/v1/rooms/{room}/recharges"), route(Method::put, "/api/v1/rooms/{room}")},
                      {{"/api/v1/feed", {}, {}}});
  const auto room = router.find(Method::get, "/api/v1/rooms/B1%2F101");
  REQUIRE(room.route != nullptr);
  CHECK(value_of(room.params, "room") == "B1/101");
  CHECK(router.find(Method::head, "/api/v1/rooms/7").route == room.route);
  CHECK(router.find(Method::get, "/api/v1/rooms/summary").route->path == "/api/v1/rooms/summary");
  CHECK(router.find(Method::del, "/api/v1/rooms/7").route == nullptr);
  CHECK(allow_text(router.find(Method::del, "/api/v1/rooms/7").allowed) == "GET, HEAD, PUT, OPTIONS");
  for (const auto* path : {"", "/", "/api/v1/rooms/", "/api/v1/rooms/7/", "/api/v1/rooms//recharges", "/API/v1/rooms/7",
                           "/api/v1/rooms/%", "/api/v1/rooms/%zz", "api/v1/rooms/7", "/api/v1/rooms/7/recharges/1"}) {
    INFO(path);
    CHECK(router.find(Method::get, path).allowed.empty());
  }
  CHECK(router.find_socket("/api/v1/feed") != nullptr);
  CHECK(router.find_socket("/api/v1/feed/") == nullptr);
}

TEST_CASE("the language follows the caller's preference") {
  CHECK(preferred_language("") == Language::en);
  CHECK(preferred_language("zh-CN,zh;q=0.9,en;q=0.8") == Language::zh);
  CHECK(preferred_language("en-US,en;q=0.9,zh;q=0.8") == Language::en);
  CHECK(preferred_language("de, zh;q=0.3, en;q=0.7") == Language::en);
  CHECK(preferred_language("zhx,;;,=,") == Language::en);
}

TEST_CASE("a problem is RFC 9457 with a stable code") {
  const FieldProblem fields[] = {{"json.missing_field", "/amount"}};
  const auto answer = problem(problems::bad_body, Language::zh, "one field", fields);
  CHECK(answer.status == 400);
  CHECK(answer.content_type == "application/problem+json");
  CHECK(answer.body == R"({"type":"about:blank","title":"请求内容有误","status":400,"code":"http.bad_body",)"
                       R"("detail":"one field","errors":[{"code":"json.missing_field","field":"/amount"}]})");
}

TEST_CASE("targets in their three forms") {
  const auto origin = parse_target("/a%20b/c?x=1&y=%E7%94%B5&z");
  REQUIRE(origin);
  CHECK(origin->path == "/a%20b/c");
  CHECK(origin->query == Pairs{{"x", "1"}, {"y", "电"}, {"z", ""}});
  CHECK(parse_target("http://localhost:80/a?b=c")->path == "/a");
  CHECK(parse_target("http://localhost")->path == "/");
  CHECK(parse_target("*")->path == "*");
  for (const auto* text : {"", "a", "/a b", "/%zz", "/a?%", "mailto:x", "/a#b"}) {
    INFO(text);
    CHECK_FALSE(parse_target(text));
  }
}

TEST_CASE("heads that two readers could read differently are refused") {
  const auto code = [](Pairs headers, unsigned version = 11) {
    const auto* wrong = head_problem(headers, version);
    return wrong == nullptr ? std::string_view() : wrong->code;
  };
  CHECK(code({{"host", "x"}}).empty());
  CHECK(code({}, 10).empty());
  CHECK(code({}) == "http.bad_host");
  CHECK(code({{"host", "x"}, {"host", "y"}}) == "http.bad_host");
  CHECK(code({{"host", "x"}, {"transfer-encoding", "Chunked"}}).empty());
  CHECK(code({{"host", "x"}, {"transfer-encoding", "chunked"}, {"content-length", "3"}}) == "http.malformed");
  CHECK(code({{"host", "x"}, {"transfer-encoding", "gzip, chunked"}}) == "http.malformed");
  CHECK(code({{"host", "x"}, {"content-length", "3"}, {"content-length", "3"}}) == "http.malformed");
  CHECK(code({{"host", "x"}, {"expect", "magic"}}) == "http.expectation_failed");
}

TEST_CASE("small parts") {
  CHECK(has_token("keep-alive, Upgrade", "upgrade"));
  CHECK_FALSE(has_token("keep-alive, upgraded", "upgrade"));
  CHECK(is_media_type("Application/JSON; charset=utf-8", "application/json"));
  CHECK_FALSE(is_media_type("", "application/json"));
  CHECK(http_date({1'772'323'200'000'000}) == "Sun, 01 Mar 2026 00:00:00 GMT");
}

TEST_CASE("an answer is given once, and its loss is told") {
  int answers = 0;
  int losses = 0;
  const auto deliver = [&](std::optional<Response> response) { ++(response ? answers : losses); };
  {
    const Respond respond(deliver);
    const Respond copy = respond;
    copy({});
    respond({});
  }
  CHECK(answers == 1);
  CHECK(losses == 0);
  { const Respond lost(deliver); }
  CHECK(losses == 1);
}

}  // namespace
}  // namespace wattle::http
