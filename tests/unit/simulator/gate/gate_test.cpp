#include "simulator/gate/gate.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>

using wattle::gate::Gate;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr auto patience = std::chrono::seconds(5);

// A server, the gate before it and one client, all on one loop that the test turns by hand.
struct Bench {
  asio::io_context io;
  tcp::acceptor server{io, {asio::ip::address_v4::loopback(), 0}};
  Gate gate{io, {asio::ip::address_v4::loopback(), 0}, server.local_endpoint()};
  tcp::socket client{io};
  tcp::socket served{io};

  Bench() { gate.start(); }

  bool turn_until(const std::function<bool()>& done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done() && std::chrono::steady_clock::now() < end) io.run_one_for(std::chrono::milliseconds(50));
    return done();
  }
  bool connect() {
    bool accepted = false;
    server.async_accept(served, [&](auto error) { accepted = !error; });
    client.connect(gate.address());
    return turn_until([&] { return accepted; });
  }
  std::string carry(tcp::socket& from, tcp::socket& to, std::string_view text) {
    std::string got(text.size(), '\0');
    bool done = false;
    asio::async_read(to, asio::buffer(got), [&](auto error, auto) { done = !error; });
    asio::write(from, asio::buffer(text));
    return turn_until([&] { return done; }) ? got : "nothing";
  }
  // How a pending read on the socket ends.
  boost::system::error_code end_of(tcp::socket& socket) {
    std::array<char, 1> byte{};
    boost::system::error_code end;
    bool done = false;
    socket.async_read_some(asio::buffer(byte), [&](auto error, auto) { end = error, done = true; });
    turn_until([&] { return done; });
    return end;
  }
};

}  // namespace

TEST_CASE("bytes pass in both directions") {
  Bench bench;
  REQUIRE(bench.connect());
  CHECK(bench.carry(bench.client, bench.served, "up") == "up");
  CHECK(bench.carry(bench.served, bench.client, "down") == "down");
  CHECK(bench.gate.pairs() == 1);
}

TEST_CASE("a cut resets both ends of a connection") {
  Bench bench;
  REQUIRE(bench.connect());
  REQUIRE(bench.carry(bench.client, bench.served, "up") == "up");
  bench.gate.cut();
  CHECK(bench.end_of(bench.client) == asio::error::connection_reset);
  CHECK(bench.end_of(bench.served) == asio::error::connection_reset);
  CHECK(bench.gate.pairs() == 0);
}

TEST_CASE("while cut, a new connection is reset; after healing it passes") {
  Bench bench;
  bench.gate.cut();
  bench.client.connect(bench.gate.address());
  CHECK(bench.end_of(bench.client) == asio::error::connection_reset);
  bench.client = tcp::socket(bench.io);
  bench.gate.heal();
  REQUIRE(bench.connect());
  CHECK(bench.carry(bench.client, bench.served, "again") == "again");
}

TEST_CASE("a close on one side reaches the other") {
  Bench bench;
  REQUIRE(bench.connect());
  bench.client.close();
  CHECK(bench.end_of(bench.served) == asio::error::eof);
  CHECK(bench.gate.pairs() == 0);
}

TEST_CASE("without a server behind the gate the client is reset") {
  Bench bench;
  bench.server.close();
  bench.client.connect(bench.gate.address());
  CHECK(bench.end_of(bench.client) == asio::error::connection_reset);
  CHECK(bench.gate.pairs() == 0);
}
