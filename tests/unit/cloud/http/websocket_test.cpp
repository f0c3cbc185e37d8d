// The WebSocket endpoint with frames made by hand (RFC 6455 §5.2).

#include <catch2/catch.hpp>

#include "tests/unit/cloud/http/raw_client.hpp"

namespace wattle::http {
namespace {

using test::RawClient;
using test::TestServer;

constexpr std::uint8_t text_frame = 0x1;
constexpr std::uint8_t binary_frame = 0x2;
constexpr std::uint8_t close_frame = 0x8;

/// A masked frame, as clients must send; the mask of zeros leaves the payload readable.
std::string frame(std::uint8_t opcode, std::string_view payload) {
  std::string out{static_cast<char>(0x80 | opcode)};
  if (payload.size() < 126) {
    out += static_cast<char>(0x80 | payload.size());
  } else {
    out += static_cast<char>(0x80 | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((payload.size() >> shift) & 0xff);
  }
  return out + std::string(4, '\0') + std::string(payload);
}

std::string handshake(std::string_view target) {
  return "GET " + std::string(target) +
         " HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
}

void open(RawClient& client) {
  REQUIRE(client.send(handshake("/feed?ticket=good")));
  REQUIRE(client.read_until("\r\n\r\n"));
  // The answer to the sample key of RFC 6455 §1.3.
  REQUIRE(client.received().find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") != std::string::npos);
  client.received().clear();
}

std::uint16_t close_code(const std::string& bytes) {
  const auto at = bytes.find('\x88');
  if (at == std::string::npos || bytes.size() < at + 4) return 0;
  return static_cast<std::uint16_t>((static_cast<std::uint8_t>(bytes[at + 2]) << 8) | static_cast<std::uint8_t>(bytes[at + 3]));
}

template <class Condition>
bool soon(const Condition& condition) {
  for (int i = 0; i < 500 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  return condition();
}

TEST_CASE("texts go both ways, and closing is mutual") {
  TestServer server;
  RawClient client(server.port());
  open(client);
  client.send(frame(text_frame, "first") + frame(text_frame, "second"));
  CHECK(client.read_until("\x81\x06second"));
  CHECK(
      client.received().starts_with("\x81\x05"
                                    "first"));
  client.received().clear();
  client.send(frame(close_frame, std::string("\x03\xe8", 2)));
  CHECK(client.read_to_end());
  CHECK(close_code(client.received()) == 1000);
  CHECK(soon([&] { return server.closed_with == 1000; }));
}

TEST_CASE("the server closes with its code") {
  TestServer server;
  RawClient client(server.port());
  open(client);
  client.send(frame(text_frame, "bye"));
  CHECK(client.read_until("asked"));
  CHECK(close_code(client.received()) == close_policy);
  client.send(frame(close_frame, std::string("\x03\xf0", 2)));
  CHECK(client.read_to_end());
  CHECK(soon([&] { return server.closed_with == close_policy; }));
}

TEST_CASE("a slow reader is dropped with its code") {
  TestServer server;
  RawClient client(server.port(), 4096);
  open(client);
  client.send(frame(text_frame, "flood"));
  CHECK(soon([&] { return server.counted("wattle_http_slow_readers_total") == 1; }));
  CHECK(soon([&] { return server.closed_with == close_slow_reader; }));
}

TEST_CASE("upgrades that are refused") {
  TestServer server;
  const auto talk = [&](const std::string& bytes) {
    RawClient client(server.port());
    client.send(bytes);
    CHECK(client.read_to_end());
    return client.received();
  };
  CHECK(talk(handshake("/feed?ticket=old")).find("feed.bad_ticket") != std::string::npos);
  CHECK(talk("GET /feed?ticket=good HTTP/1.1\r\nHost: x\r\n\r\n").starts_with("HTTP/1.1 426"));
  CHECK(talk(handshake("/feed?ticket=good") + frame(text_frame, "early")).find("http.malformed") != std::string::npos);
  auto keyless = handshake("/feed?ticket=good");
  keyless.erase(keyless.find("Sec-WebSocket-Key"), 43);
  CHECK(talk(keyless).starts_with("HTTP/1.1 400"));
  CHECK(talk(handshake("/hello")).find("HTTP/1.1 200") != std::string::npos);
}

TEST_CASE("frames that break the rules end the connection") {
  TestServer server;
  for (const auto& bytes : {frame(text_frame, std::string(100'000, 'x')), frame(text_frame, "\xff\xfe"),
                            std::string("\x81\x01x"), std::string(20, '\xff'), frame(0x3, "x"), frame(binary_frame, "x")}) {
    RawClient client(server.port());
    open(client);
    client.send(bytes);
    CHECK(client.read_until("\x88"));
  }
  CHECK(soon([&] { return server.closed_with != 0; }));
}

TEST_CASE("a stop says good-bye") {
  TestServer server;
  RawClient client(server.port());
  open(client);
  std::thread stopper([&] { server.stop(); });
  CHECK(client.read_until("server stops"));
  CHECK(close_code(client.received()) == close_going_away);
  client.send(frame(close_frame, std::string("\x03\xe9", 2)));
  CHECK(client.read_to_end());
  stopper.join();
}

}  // namespace
}  // namespace wattle::http
