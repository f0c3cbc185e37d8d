// Collectors that dial in, over real sockets: virtual ones in front of virtual meters, and bare peers that say what a test
// wants.
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "edge/io/collector_server.hpp"
#include "edge/io/injected_bytes.hpp"
#include "shared/meter/modbus_rtu.hpp"
#include "simulator/devices/collector.hpp"
#include "simulator/devices/meter_bus.hpp"

using namespace wattle;
namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr Duration answer_patience = seconds(2);  // on a busy machine
const Bytes dtu = {'D', 'T', 'U', '-', '1'};
const Bytes alive = {'a', 'l', 'i', 'v', 'e'};
const auto question = modbus::read(modbus::Function::read_holding, 0, 2);

struct Server {
  asio::io_context loop{1};
  CollectorServer server{loop};
  std::shared_ptr<Bus> bus;

  explicit Server(Bytes heartbeat = alive) {
    REQUIRE_FALSE(server.open({"127.0.0.1", 0}));
    bus = server.start_bus({dtu, std::move(heartbeat)}, tcp_settings());
  }
  ~Server() {
    bus->stop();
    server.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(50));
  }
  static StreamBusSettings tcp_settings() {
    StreamBusSettings settings;
    settings.quiet = milliseconds(20);
    settings.longest_babble = milliseconds(200);
    return settings;
  }
  tcp::socket dial() {
    tcp::socket peer(loop);
    peer.connect({asio::ip::address_v4::loopback(), server.port()});
    return peer;
  }
  void run_until(const std::function<bool()>& done) {
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!done() && std::chrono::steady_clock::now() < give_up) {
      loop.restart();
      loop.run_for(std::chrono::milliseconds(5));
    }
    CHECK(done());
  }
  void wait_registered(std::uint64_t times) {
    run_until([&] { return server.counters().registered == times; });
  }
  /// Asks; what the peer says to the question is `answer`'s to do.
  Result<Bytes> ask(tcp::socket& peer, const std::function<void()>& answer) {
    Bytes asked(modbus_rtu::encode_request(1, question).size());
    asio::async_read(peer, asio::buffer(asked), [&](const Error& gone, std::size_t) {
      CHECK_FALSE(gone);
      CHECK(asked == modbus_rtu::encode_request(1, question));
      answer();
    });
    return ask();
  }
  Result<Bytes> ask() {
    std::optional<Result<Bytes>> heard;
    const Judge judge = [](ByteView bytes) {
      const auto found = modbus_rtu::decode_answer(1, question, bytes, Wire::open);
      return std::holds_alternative<NeedMore>(found) ? Verdict::more
             : std::holds_alternative<Bad>(found)    ? Verdict::broken
                                                     : Verdict::complete;
    };
    bus->transact({modbus_rtu::encode_request(1, question), judge, answer_patience},
                  [&](Result<Bytes> bytes) { heard = std::move(bytes); });
    run_until([&] { return heard.has_value(); });
    return heard.value_or(Result<Bytes>(WATTLE_FAIL(BusErrc::stopped)));
  }
};

void say(tcp::socket& peer, const Bytes& bytes) { asio::write(peer, asio::buffer(bytes)); }

/// What a meter at unit 1 answers.
Bytes good_answer(std::uint16_t first = 0x1234) {
  modbus::RegisterImage image;
  image.holding[0] = {first, false};
  image.holding[1] = {0x5678, false};
  return modbus_rtu::frame(1, modbus::answer(modbus::encode_request(question), image));
}

bool is_closed(tcp::socket& peer) {
  Error error;
  std::array<std::uint8_t, 16> rest{};
  peer.non_blocking(true);
  peer.read_some(asio::buffer(rest), error);
  return error && error != asio::error::would_block;
}

}  // namespace

TEST_CASE("injected bytes are taken out wherever they stand, each whole one") {
  const std::vector<Bytes> words = {{1, 2, 3}, {9, 9}};
  CHECK(without_injected(Bytes{1, 2, 3}, words).empty());
  CHECK(without_injected(Bytes{7, 1, 2, 3, 8, 9, 9, 9, 1, 2}, words) == Bytes{7, 8, 9, 1, 2});
  CHECK(without_injected(Bytes{5, 6}, {}) == Bytes{5, 6});
  CHECK(without_injected(Bytes{5, 6}, {{}}) == Bytes{5, 6});
}

TEST_CASE("a collector registers in pieces, behind noise, and is the way to its meters") {
  Server at;
  auto peer = at.dial();
  say(peer, {0x00, 0xff, 'D', 'T'});
  at.loop.run_for(std::chrono::milliseconds(30));
  CHECK(at.server.counters().registered == 0);
  say(peer, {'U', '-', '1', '\r', '\n'});
  at.wait_registered(1);
  const auto heard = at.ask(peer, [&] { say(peer, good_answer()); });
  REQUIRE(heard.has_value());
  CHECK(*heard == good_answer());
}

TEST_CASE("a heartbeat within an answer, and in two pieces, takes nothing from it") {
  Server at;
  auto peer = at.dial();
  say(peer, dtu);
  at.wait_registered(1);
  const auto answer = good_answer();
  const auto middle = answer.begin() + 4;
  Bytes torn(answer.begin(), middle);
  torn.insert(torn.end(), {'a', 'l', 'i'});
  Bytes rest = {'v', 'e'};
  rest.insert(rest.end(), middle, answer.end());
  asio::steady_timer later(at.loop, std::chrono::milliseconds(100));
  const auto heard = at.ask(peer, [&] {
    say(peer, alive);
    say(peer, torn);
    later.async_wait([&](const Error&) { say(peer, rest); });
  });
  REQUIRE(heard.has_value());
  CHECK(*heard == answer);
}

TEST_CASE("an answer that holds the very bytes of the heartbeat stays whole") {
  Server at({0x12, 0x34});
  auto peer = at.dial();
  say(peer, dtu);
  at.wait_registered(1);
  const auto heard = at.ask(peer, [&] { say(peer, good_answer(0x1234)); });
  REQUIRE(heard.has_value());
  CHECK(*heard == good_answer(0x1234));
}

TEST_CASE("a meter that is silent behind a collector that is alive is silent") {
  Server at;
  auto peer = at.dial();
  say(peer, dtu);
  at.wait_registered(1);
  const auto heard = at.ask(peer, [&] { say(peer, alive); });
  REQUIRE(heard.has_error());
  CHECK(heard.error() == BusErrc::silence);
  CHECK(at.bus->counters().broken == 0);
}

TEST_CASE("who is not known is closed and counted, and disturbs nobody") {
  Server at;
  auto stranger = at.dial();
  say(stranger, Bytes(collector_greeting_max, 'x'));
  at.run_until([&] { return at.server.counters().strangers == 1; });
  at.run_until([&] { return is_closed(stranger); });
  { auto gone = at.dial(); }
  at.run_until([&] { return at.server.counters().strangers == 2; });
  CHECK(at.server.counters().registered == 0);
  auto peer = at.dial();
  say(peer, dtu);
  at.wait_registered(1);
  CHECK(at.ask(peer, [&] { say(peer, good_answer()); }).has_value());
}

TEST_CASE("connections that say nothing give way to newer ones, and to a collector") {
  Server at;
  std::vector<tcp::socket> silent;
  for (std::size_t i = 0; i <= collectors_greeting_max; ++i) silent.push_back(at.dial());
  at.run_until([&] { return at.server.counters().strangers == 1; });
  at.run_until([&] { return is_closed(silent.front()); });
  auto peer = at.dial();
  say(peer, dtu);
  at.wait_registered(1);
  CHECK(at.server.counters().strangers == 2);
  silent.clear();
  at.run_until([&] { return at.server.counters().strangers == 1 + collectors_greeting_max; });
}

TEST_CASE("a collector that dials in again takes the place of its connection before") {
  Server at;
  auto before = at.dial();
  say(before, dtu);
  at.wait_registered(1);
  CHECK(at.ask(before, [&] { say(before, good_answer()); }).has_value());
  auto now = at.dial();
  say(now, dtu);
  at.wait_registered(2);
  CHECK(at.server.counters().replaced == 1);
  at.run_until([&] { return is_closed(before); });
  const auto heard = at.ask(now, [&] { say(now, good_answer()); });
  REQUIRE(heard.has_value());
  CHECK(*heard == good_answer());
}

TEST_CASE("a bus whose collector has not come is away, and is there as soon as it has") {
  Server at;
  const auto heard = at.ask();
  REQUIRE(heard.has_error());
  CHECK(heard.error() == BusErrc::closed);
  auto peer = at.dial();
  say(peer, dtu);
  at.wait_registered(1);
  CHECK(at.ask(peer, [&] { say(peer, good_answer()); }).has_value());
}

TEST_CASE("a virtual collector carries questions to virtual meters, says that it is alive, and dials again") {
  Server at;
  sim::VirtualMeterSettings settings;
  settings.profile = std::make_shared<const MeterProfile>(generic_relay_meter());
  settings.address = 1;
  settings.number = MeterId{4711};
  settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{1000}), 100, 0}};
  const Instant wall{1'750'000'000'000'000};
  std::vector<sim::VirtualMeter> all;
  all.emplace_back(std::move(settings), sim::MeterMemory{}, wall);
  sim::MeterBus meters(at.loop, sim::Pty::open("").value(), std::move(all),
                       {.timing = {}, .seed = 1, .wall_clock = [wall] { return wall; }, .remember = {}});
  meters.start();
  sim::Collector collector(at.loop);
  REQUIRE_FALSE(collector.start(meters.device(), {.dials = {"127.0.0.1", at.server.port()},
                                                  .registration = dtu,
                                                  .heartbeat = alive,
                                                  .heartbeat_every = milliseconds(2),
                                                  .dials_again_after = milliseconds(10)}));
  at.wait_registered(1);
  for (int i = 0; i < 20; ++i) CHECK(at.ask().has_value());
  CHECK(at.bus->counters().broken == 0);
  REQUIRE(collector.hang_up());
  at.wait_registered(2);
  at.run_until([&] { return at.ask().has_value(); });
  collector.stop();
  meters.stop();
}
