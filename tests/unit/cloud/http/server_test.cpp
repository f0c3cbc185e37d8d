// Raw bytes against the server: what well-behaved clients do, and what others do.

#include "cloud/http/server.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/http/raw_client.hpp"

namespace wattle::http {
namespace {

using test::RawClient;
using test::TestServer;

std::string get(std::string_view target, std::string_view more = {}) {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: localhost\r\n" + std::string(more) + "\r\n";
}
std::string post(std::string_view body, std::string_view more = "Content-Type: application/json\r\n") {
  return "POST /rooms/101/recharges HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
         std::string(more) + "\r\n" + std::string(body);
}

/// Sends, reads until the server closes, and gives what came.
std::string talk(const TestServer& server, std::string_view bytes) {
  RawClient client(server.port());
  client.send(bytes);
  CHECK(client.read_to_end());
  return client.received();
}
bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_CASE("a request is answered, and the connection goes on") {
  TestServer server;
  RawClient client(server.port());
  for (int i = 0; i < 3; ++i) {
    client.received().clear();
    CHECK(client.send(get("/hello?n=" + std::to_string(i))));
    CHECK(client.read_until("hello" + std::to_string(i)));
    CHECK(client.received().starts_with("HTTP/1.1 200 OK\r\n"));
    CHECK(holds(client.received(), "Content-Length: 6\r\n"));
    CHECK(holds(client.received(), "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"));
    CHECK_FALSE(holds(client.received(), "Connection:"));
  }
  CHECK(server.answers(200) == 3);
}

TEST_CASE("behind a front the caller is whom the front names last, and nobody else may name anybody") {
  const auto peer = [](const TestServer& server, std::string_view headers) {
    const auto answer = talk(server, get("/peer", std::string(headers) + "Connection: close\r\n"));
    return answer.substr(answer.rfind("\r\n") + 2);
  };
  const std::string_view named = "X-Forwarded-For: 192.0.2.7\r\n";
  const TestServer alone;
  CHECK(peer(alone, named) == "<127.0.0.1>");
  const TestServer other(milliseconds(300), {"192.0.2.1"});
  CHECK(peer(other, named) == "<127.0.0.1>");
  const TestServer behind(milliseconds(300), {"127.0.0.1"});
  CHECK(peer(behind, named) == "<192.0.2.7>");
  CHECK(peer(behind, "X-Forwarded-For: 127.0.0.1, 192.0.2.9 ,\t2001:DB8:0::1\r\n") == "<2001:db8::1>");
  CHECK(peer(behind, "X-Forwarded-For: 192.0.2.9\r\nx-forwarded-for: ::ffff:192.0.2.7\r\n") == "<192.0.2.7>");
  for (const auto* nobody : {"", "X-Forwarded-For:\r\n", "X-Forwarded-For: unknown\r\n", "X-Forwarded-For: 192.0.2.7,\r\n",
                             "X-Forwarded-For: 192.0.2.9, 192.0.2.7:4711\r\n", "Forwarded: for=192.0.2.7\r\n"})
    CHECK(peer(behind, nobody) == "<127.0.0.1>");
}

TEST_CASE("a request that comes byte by byte is the same request") {
  TestServer server(seconds(4));  // beside other work each byte may take a while
  RawClient client(server.port());
  for (const char c : post(R"({"amount":"20"})")) {
    REQUIRE(client.send({&c, 1}));
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
  CHECK(client.read_until(R"({"room":"101","amount":"20.000000"})"));
  CHECK(client.received().starts_with("HTTP/1.1 201 Created\r\n"));
}

TEST_CASE("pipelined requests are answered in their order") {
  TestServer server;
  RawClient client(server.port());
  std::string all = get("/slow?ms=100") + post(R"({"amount":"1"})");
  for (int i = 0; i < 200; ++i) all += get("/hello?n=" + std::to_string(i) + ".");
  CHECK(client.send(all + get("/hello?n=end", "Connection: close\r\n")));
  CHECK(client.read_to_end());
  CHECK(client.count("HTTP/1.1 ") == 203);
  std::size_t at = client.received().find("slow");
  at = client.received().find(R"("amount":"1.000000")", at);
  for (int i = 0; i < 200 && at != std::string::npos; ++i) {
    at = client.received().find("hello" + std::to_string(i) + ".", at);
  }
  CHECK(at != std::string::npos);
  CHECK(client.received().ends_with("helloend"));
  CHECK(holds(client.received(), "Connection: close\r\n"));
}

TEST_CASE("chunked bodies and 100-continue") {
  TestServer server;
  RawClient client(server.port());
  const std::string head = "POST /rooms/7/recharges HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
  client.send(head + "Transfer-Encoding: chunked\r\n\r\n7\r\n{\"amoun\r\n9\r\nt\":\"2.5\"}\r\n0\r\n\r\n");
  CHECK(client.read_until(R"("amount":"2.500000")"));
  client.send(head + "Expect: 100-continue\r\nContent-Length: 14\r\n\r\n");
  CHECK(client.read_until("HTTP/1.1 100 Continue\r\n\r\n"));
  client.send(R"({"amount":"3"})");
  CHECK(client.read_until(R"("amount":"3.000000")"));
}

TEST_CASE("HEAD, OPTIONS, unknown addresses and methods") {
  TestServer server;
  const auto head = talk(server, "HEAD /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(holds(head, "HTTP/1.1 200 OK\r\n"));
  CHECK(holds(head, "Content-Length: 5\r\n"));
  CHECK(head.ends_with("\r\n\r\n"));
  const auto options = talk(server, "OPTIONS /rooms/7/recharges HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(options.starts_with("HTTP/1.1 204 No Content\r\n"));
  CHECK(holds(options, "Allow: POST, OPTIONS\r\n"));
  CHECK_FALSE(holds(options, "Content-Length"));
  CHECK(talk(server, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").starts_with("HTTP/1.1 204"));
  const auto unknown = talk(server, get("/nothing", "Connection: close\r\nAccept-Language: zh\r\n"));
  CHECK(unknown.starts_with("HTTP/1.1 404"));
  CHECK(holds(unknown, R"("code":"http.not_found")"));
  CHECK(holds(unknown, "该地址不存在"));
  const auto wrong = talk(server, "DELETE /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  CHECK(wrong.starts_with("HTTP/1.1 405"));
  CHECK(holds(wrong, "Allow: GET, HEAD, OPTIONS\r\n"));
  CHECK(holds(talk(server, "BREW /hello HTTP/1.1\r\nHost: x\r\n\r\n"), "http.method_unknown"));
  CHECK(holds(talk(server, "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"), "http.bad_target"));
  const auto old = talk(server, "GET /hello HTTP/1.0\r\n\r\n");
  CHECK(holds(old, "Connection: close\r\n"));
}

TEST_CASE("bodies that are wrong have stable codes, and the connection goes on") {
  TestServer server;
  RawClient client(server.port());
  const auto ask = [&](const std::string& bytes) {
    client.received().clear();
    client.send(bytes);
    CHECK(client.read_until("}"));
    return client.received();
  };
  CHECK(holds(ask(post("{\"amount\":")), R"("code":"json.syntax")"));
  CHECK(holds(ask(post(R"({"amount":20})")), R"("errors":[{"code":"json.wrong_type","field":"/amount"}])"));
  CHECK(holds(ask(post(R"({"amount":"1e9"})")), "json.bad_amount"));
  CHECK(holds(ask(post(R"({"amount":"99999999"})")), "json.out_of_range"));
  CHECK(holds(ask(post(R"({"amount":"1"})", "Content-Type: text/plain\r\n")), "http.unsupported_media_type"));
  CHECK(holds(ask(post(R"({"amount":"1"})", "")), "http.unsupported_media_type"));
  CHECK(holds(ask(post(R"({"amount":"1"})", "")), R"("detail":"this address takes application/json")"));
  CHECK(holds(ask(post("")), "json.syntax"));
  CHECK(holds(ask(post(R"({"amount":"1"})")), "HTTP/1.1 201"));
  CHECK(server.answers(400) == 5);
  CHECK(server.answers(415) == 3);
  CHECK(server.problems("http.bad_body") == 5);
  CHECK(server.problems("json.syntax") == 2);
  CHECK(server.problems("json.wrong_type") == 1);
  CHECK(server.problems("http.unsupported_media_type") == 3);
}

TEST_CASE("what is too large is refused before it is kept") {
  TestServer server;
  const auto header = talk(server, get("/hello", "X: " + std::string(20'000, 'x') + "\r\n"));
  CHECK(header.starts_with("HTTP/1.1 431"));
  CHECK(holds(header, "http.header_too_large"));
  CHECK(holds(talk(server, std::string(100'000, 'G')), "http.header_too_large"));
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a: b\r\n";
  CHECK(holds(talk(server, get("/hello", many)), "http.header_too_large"));
  CHECK(holds(talk(server, post(std::string(1001, ' '))), "http.body_too_large"));
  CHECK(holds(talk(server, "POST /rooms/7/recharges HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n"),
              "http.body_too_large"));
  CHECK(holds(talk(server, "POST /rooms/7/recharges HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n7d0\r\n" +
                               std::string(2000, ' ') + "\r\n0\r\n\r\n"),
              "http.body_too_large"));
  CHECK(holds(talk(server, "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n"), "http.body_too_large"));
}

TEST_CASE("malformed and smuggling heads end the connection") {
  TestServer server;
  const std::string start = "POST /rooms/7/recharges HTTP/1.1\r\nHost: x\r\n";
  for (const std::string& bytes :
       {std::string("\r\n\r\nnonsense\r\n\r\n"), std::string("GET /hello\r\n\r\n"), std::string("GET /hello HTTP/2.0\r\n\r\n"),
        std::string("GET /hel lo HTTP/1.1\r\nHost: x\r\n\r\n"), std::string("GET /hello HTTP/1.1\r\nHost : x\r\n\r\n"),
        std::string("GET /hello HTTP/1.1\r\nHost: x\r\nA\x01: b\r\n\r\n"), start + "Content-Length: -1\r\n\r\n",
        start + "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        start + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        start + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", start + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + std::string(40, '\0')}) {
    INFO(bytes);
    const auto answer = talk(server, bytes);
    CHECK(holds(answer, "HTTP/1.1 400"));
    CHECK(holds(answer, R"("code":"http.malformed")"));
  }
  CHECK(holds(talk(server, "GET /hello HTTP/1.1\r\n\r\n"), "http.bad_host"));
}

TEST_CASE("slow clients are told, idle ones are closed") {
  TestServer server;
  CHECK(holds(talk(server, "GET /hello HTTP/1.1\r\nHo"), R"("code":"http.timeout")"));
  CHECK(holds(talk(server, "POST /rooms/7/recharges HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{\"am"), "HTTP/1.1 408"));
  CHECK(talk(server, "").empty());
  RawClient drip(server.port());  // a byte now and then does not extend the time
  const auto began = std::chrono::steady_clock::now();
  drip.send("GET /hello HTTP/1.1\r\nX: ");
  for (int i = 0; i < 20 && drip.send("x"); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(30));
  CHECK(drip.read_until("http.timeout"));
  CHECK(std::chrono::steady_clock::now() - began < std::chrono::seconds(2));
}

TEST_CASE("handlers that fail, forget or dawdle") {
  TestServer server;
  CHECK(holds(talk(server, get("/throws", "Connection: close\r\n")), "http.internal"));
  CHECK(holds(talk(server, get("/lost", "Connection: close\r\n")), "http.internal"));
  CHECK(server.counted("wattle_http_handler_failures_total") == 2);
  const auto late = talk(server, get("/slow?ms=600", "Connection: close\r\n"));
  CHECK(holds(late, R"("code":"http.no_answer_in_time")"));
  CHECK(holds(late, "Retry-After: 5\r\n"));
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  CHECK(server.counted("wattle_http_late_answers_total") == 1);
}

TEST_CASE("connections beyond the limit are refused, and later ones taken") {
  TestServer server;
  {
    std::vector<std::unique_ptr<RawClient>> held;
    for (int i = 0; i < 8; ++i) {
      held.push_back(std::make_unique<RawClient>(server.port()));
      held.back()->send(get("/hello"));
      CHECK(held.back()->read_until("hello"));
    }
    CHECK(holds(talk(server, ""), "http.too_many_connections"));
    CHECK(server.counted("wattle_http_connections_refused_total") == 1);
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  CHECK(holds(talk(server, get("/hello", "Connection: close\r\n")), "200 OK"));
}

TEST_CASE("a client that goes away in the middle leaves nothing behind") {
  TestServer server;
  for (int i = 0; i < 30; ++i) {
    RawClient client(server.port());
    client.send(i % 3 == 0 ? "GET /he" : i % 3 == 1 ? get("/large") : get("/slow?ms=50"));
    if (i % 3 == 1) client.read_until("HTTP/1.1 200");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(holds(talk(server, get("/hello", "Connection: close\r\n")), "200 OK"));
}

TEST_CASE("a stop answers what is in work, closes the idle and does not wait for the rest") {
  TestServer server;
  RawClient idle(server.port());
  idle.send(get("/hello"));
  CHECK(idle.read_until("hello"));
  RawClient busy(server.port());
  busy.send(get("/slow?ms=200") + get("/hello"));
  RawClient half(server.port());
  half.send("GET /hel");
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  const auto took = server.stop();
  CHECK(took >= 100);
  CHECK(took < 2000);
  CHECK(busy.read_to_end());
  CHECK(holds(busy.received(), "slow"));
  CHECK(holds(busy.received(), "Connection: close\r\n"));
  CHECK(busy.count("HTTP/1.1 ") == 1);
  CHECK(idle.read_to_end());
}

}  // namespace
}  // namespace wattle::http
