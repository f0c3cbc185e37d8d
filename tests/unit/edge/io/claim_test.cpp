#include "edge/io/claim.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>
#include <catch2/catch.hpp>
#include <thread>

#include "cloud/pki/authority.hpp"
#include "shared/io/clock.hpp"
#include "shared/io/files.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {
namespace {

namespace asio = boost::asio;

boost::json::object right_answer() {
  return {{"site", 1},
          {"edge", 7},
          {"incarnation", 50206},
          {"client_name", "edge-7-c41e"},
          {"certificate", "C"},
          {"ca", "A"},
          {"cloud_signing_key", std::string(64, '1')},
          {"cloud_sealing_key", std::string(64, '2')},
          {"key_epoch", 1},
          {"code_key", std::string(144, '3')},
          {"broker", {{"host", "127.0.0.1"}, {"port", 8883}}},
          {"topic_up", "up/p41/edge-7-c41e/sync"},
          {"topic_report", "up/p41/edge-7-c41e/report"},
          {"topic_down", "down/edge-7-c41e/sync"}};
}

/// Answers each connection with the next text of its script, whatever is asked; an empty one hangs up.
class Server {
 public:
  explicit Server(std::vector<std::string> script)
      : acceptor_(loop_, {asio::ip::address_v4::loopback(), 0}), script_(std::move(script)), thread_([this] { serve(); }) {}
  ~Server() { thread_.join(); }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()) + "/api/v1/claims"; }

 private:
  void serve() {
    for (const auto& reply : script_) {
      asio::ip::tcp::socket peer(loop_);
      acceptor_.accept(peer);
      std::string heard;
      Error ignored;  // the client may hang up in the middle
      asio::read_until(peer, asio::dynamic_buffer(heard), "}", ignored);
      asio::write(peer, asio::buffer(reply), ignored);
    }
  }
  asio::io_context loop_;
  asio::ip::tcp::acceptor acceptor_;
  std::vector<std::string> script_;
  std::thread thread_;
};

std::string http(const std::string& status, const std::string& body) {
  return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

HttpPost post_to(const Server& server) {
  HttpPost post;
  post.url = server.url();
  post.whole_time = seconds(5);
  return post;
}

}  // namespace

TEST_CASE("an identity is read; unknown fields are passed over") {
  auto answer = right_answer();
  answer["renew_after_days"] = 400;
  const auto identity = parse_identity(boost::json::serialize(answer));
  REQUIRE(identity.has_value());
  CHECK(identity->holder == Holder{{7}, {0xc41e}});
  CHECK(identity->client_name == "edge-7-c41e");
  CHECK(identity->cloud_sealing_key[31] == 0x22);
  CHECK(identity->sealed_code_key.size() == 72);
  CHECK(identity->broker_port == 8883);
  CHECK(identity->topic_report == "up/p41/edge-7-c41e/report");
}

TEST_CASE("an identity that lacks something, or has something strange, is refused whole") {
  for (const auto& [field, value] : right_answer()) {
    auto answer = right_answer();
    answer.erase(field);
    INFO(field);
    CHECK(parse_identity(boost::json::serialize(answer)).error() == ClaimErrc::answer);
  }
  const std::string many(20'000, 'a');
  const std::vector<std::pair<const char*, std::string>> strange{{"edge", "0"},
                                                                 {"incarnation", "-1"},
                                                                 {"incarnation", "4294967296"},
                                                                 {"client_name", "\"../edge\""},
                                                                 {"client_name", "\"\""},
                                                                 {"cloud_signing_key", '"' + std::string(64, 'x') + '"'},
                                                                 {"cloud_signing_key", "\"11\""},
                                                                 {"code_key", '"' + std::string(144, 'g') + '"'},
                                                                 {"broker", "\"127.0.0.1\""},
                                                                 {"broker", R"({"host":"h","port":65536})"},
                                                                 {"topic_up", "\"up/#\""},
                                                                 {"topic_down", "\"+\""},
                                                                 {"certificate", '"' + many + '"'}};
  for (const auto& [field, value] : strange) {
    auto answer = right_answer();
    answer[field] = boost::json::parse(value);
    INFO(field << " = " << value);
    CHECK(parse_identity(boost::json::serialize(answer)).error() == ClaimErrc::answer);
  }
  CHECK(parse_identity("").error() == ClaimErrc::answer);
  CHECK(parse_identity("[]").error() == ClaimErrc::answer);
}

TEST_CASE("a claim code's file") {
  const test::Folder folder;
  const auto file = folder.path("code");
  CHECK(read_claim_code(file).error() == ClaimErrc::no_code);
  const auto read = [&](std::string_view text) {
    REQUIRE(write_file(file, text, FileAccess::owner_only).has_value());
    return read_claim_code(file);
  };
  CHECK(read(" \n").error() == ClaimErrc::no_code);
  CHECK(read("c0ffee\n")->code == "c0ffee");
  CHECK(read("c0ffee\n")->ca_fingerprint.empty());
  CHECK(read("c0ffee.abcd\n")->code == "c0ffee");
  CHECK(read("c0ffee.abcd\n")->ca_fingerprint == "abcd");
}

TEST_CASE("a claim is presented") {
  const auto answer = boost::json::serialize(right_answer());
  const Server server(
      {http("201 Created", answer), http("403 Forbidden", R"({"code":"claim.bad_code"})"), http("503 Service Unavailable", ""),
       http("429 Too Many Requests", ""), "", http("200 OK", "{}"), http("200 OK", std::string(http_answer_bytes_max + 1, 'x')),
       "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"});
  const auto ask = [&](Presented& presented) { return present_claim(post_to(server), {"code", {}, {}, "CSR"}, presented); };
  Presented presented;
  CHECK(ask(presented)->holder.edge.value == 7);
  CHECK(presented.json == answer);
  CHECK(ask(presented).error() == ClaimErrc::refused);
  CHECK(presented.status == 403);
  CHECK(presented.why.find("claim.bad_code") != std::string::npos);
  CHECK(ask(presented).error() == ClaimErrc::unavailable);
  CHECK(ask(presented).error() == ClaimErrc::unavailable);
  CHECK(ask(presented).error() == ClaimErrc::unreachable);
  CHECK(ask(presented).error() == ClaimErrc::answer);
  CHECK(ask(presented).error() == ClaimErrc::unreachable);
  CHECK(ask(presented).error() == ClaimErrc::unavailable);  // a redirect is not followed
}

TEST_CASE("an attempt is given up when asked") {
  asio::io_context loop;
  const asio::ip::tcp::acceptor never_answers(loop, {asio::ip::address_v4::loopback(), 0});
  HttpPost post;
  post.url = "http://127.0.0.1:" + std::to_string(never_answers.local_endpoint().port());
  post.give_up = [] { return true; };
  Presented presented;
  const auto began = monotonic_clock();
  CHECK(present_claim(post, {}, presented).error() == ClaimErrc::unreachable);
  CHECK(monotonic_clock() - began < post.connect_time);
  CHECK_FALSE(presented.why.empty());
}

TEST_CASE("keys and codes never cross a network in the clear") {
  for (const auto* url :
       {"https://cloud.example", "https://10.0.0.1:8443/x", "http://127.0.0.1:80", "http://localhost", "http://[::1]:1"})
    CHECK(check_cloud_url(url).has_value());
  for (const auto* url :
       {"http://cloud.example", "http://127.0.0.1.example", "http://127.0.0.1@cloud.example", "ftp://localhost", "", "x y"})
    CHECK(check_cloud_url(url).has_error());
}

TEST_CASE("a certificate is for the box's own key and by the authority that came along") {
  const auto now = wall_clock();
  const auto ca = Authority::create("site", now).value();
  const auto other = Authority::create("site", now).value();
  const auto key = TlsKey::make().value();
  Identity identity;
  identity.ca = ca.certificate();
  identity.certificate = ca.sign_request(key.request("x").value(), "edge-7-c41e", now)->pem;
  CHECK(check_certificate(identity, key.pem()).has_value());
  CHECK(check_certificate(identity, TlsKey::make()->pem()).error() == ClaimErrc::certificate);
  identity.ca = other.certificate();
  CHECK(check_certificate(identity, key.pem()).error() == ClaimErrc::certificate);
  identity.ca = "nonsense";
  CHECK(check_certificate(identity, key.pem()).error() == ClaimErrc::certificate);
  CHECK(check_certificate(identity, "nonsense").error() == ClaimErrc::keys);
  CHECK(fingerprint_of(ca.certificate()) == ca.fingerprint());
  CHECK(fingerprint_of("nonsense").empty());
}

}  // namespace wattle::edge
