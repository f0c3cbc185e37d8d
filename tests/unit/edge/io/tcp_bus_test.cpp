#include "edge/io/tcp_bus.hpp"

#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <catch2/catch.hpp>

#include "shared/meter/exchange.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"

using namespace wattle;
namespace asio = boost::asio;

namespace {

constexpr Duration tcp_patience = seconds(2);  // for a meter that answers, on a busy machine

struct Meters {
  asio::io_context loop{1};
  Instant wall{1'750'000'000'000'000};
  MeterProfile profile;
  MeterPlace place{7, MeterId{4711}, {}};
  sim::MeterBus meters;
  sim::SerialServer serial{loop};
  sim::ModbusTcpServer gateway{loop, meters};
  std::shared_ptr<Bus> bus;
  Carriage carriage;

  explicit Meters(MeterProfile of)
      : profile(std::move(of)),
        meters(loop, sim::Pty::open("").value(), all(),
               {.timing = {}, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}}) {
    if (std::holds_alternative<dlt645::Model>(profile.protocol)) place.address = 4711;
    meters.start();
    REQUIRE_FALSE(serial.open(meters.device(), 0));
    REQUIRE_FALSE(gateway.open(0));
  }
  ~Meters() {
    if (bus) bus->stop();
    serial.stop();
    gateway.stop();
    meters.stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(50));
  }
  std::vector<sim::VirtualMeter> all() const {
    sim::VirtualMeterSettings settings;
    settings.profile = std::make_shared<const MeterProfile>(profile);
    settings.address = std::holds_alternative<dlt645::Model>(profile.protocol) ? 4711 : 7;
    settings.number = MeterId{4711};
    settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{1000}), 100, 0}};
    return {sim::VirtualMeter(std::move(settings), {}, wall)};
  }
  void connect(std::uint16_t port) {
    auto settings = tcp_settings(1);
    settings.first_reopen = milliseconds(20);
    settings.last_reopen = milliseconds(80);
    bus = start_tcp_bus(loop, {"127.0.0.1", port}, settings);
  }
  Result<Bytes> ask(const Exchange& exchange) {
    ++carriage.transaction;
    const Judge judge = [&](ByteView heard) {
      const auto received = receive(exchange, heard, Wire::open, carriage);
      if (std::holds_alternative<MeterAnswer>(received)) return Verdict::complete;
      return std::holds_alternative<NeedMore>(received) ? Verdict::more : Verdict::broken;
    };
    std::optional<Result<Bytes>> result;
    bus->transact({request_bytes(exchange, carriage), judge, tcp_patience}, [&](Result<Bytes> r) { result = std::move(r); });
    loop.restart();
    while (!result && loop.run_one_for(std::chrono::seconds(5)) > 0) {
    }
    REQUIRE(result.has_value());
    return *result;
  }
  Result<Reading> read() {
    std::vector<MeterAnswer> answers;
    for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
      const auto heard = ask(exchange);
      if (!heard) return heard.error();
      const auto received = receive(exchange, *heard, Wire::quiet, carriage);
      if (const auto* bad = std::get_if<Bad>(&received)) return bad->error;
      answers.push_back(std::get<MeterAnswer>(received));
    }
    return decode_reading(profile, place, Depth::full, answers);
  }
};

Result<Bytes> outcome_of(asio::io_context& loop, Bus& bus, BusTransaction transaction) {
  std::optional<Result<Bytes>> result;
  bus.transact(std::move(transaction), [&](Result<Bytes> r) { result = std::move(r); });
  loop.restart();
  while (!result && loop.run_one_for(std::chrono::seconds(5)) > 0) {
  }
  REQUIRE(result.has_value());
  return *result;
}

void read_and_switch(Meters& line) {
  line.wall = line.wall + hours(2);
  auto reading = line.read();
  REQUIRE(reading.has_value());
  CHECK(reading->circuits[0].energy == Quantity{2000});
  CHECK(line.ask(relay_exchange(line.profile, line.place, 0, false)).has_value());
  line.wall = line.wall + hours(2);
  reading = line.read();
  REQUIRE(reading.has_value());
  CHECK(reading->circuits[0].energy == Quantity{2000});
  CHECK(reading->circuits[0].relay_closed == false);
}

}  // namespace

TEST_CASE("Modbus-RTU through a serial server: read and switched") {
  Meters line(generic_relay_meter());
  line.connect(line.serial.port());
  read_and_switch(line);
}

TEST_CASE("DL/T 645 through a serial server: read and switched") {
  Meters line(generic_dlt645_meter(dlt645::Edition::v2007));
  line.connect(line.serial.port());
  read_and_switch(line);
}

TEST_CASE("Modbus-TCP through a gateway: read and switched, and a unit that is not there") {
  Meters line(generic_relay_meter());
  line.carriage.modbus_tcp = true;
  line.connect(line.gateway.port());
  read_and_switch(line);
  line.place.address = 8;
  CHECK(line.read().error() == exception_errc(0x0b));
  line.place.address = 7;
  CHECK(line.read().has_value());
}

TEST_CASE("a connection that is dropped between two questions is made anew for the next") {
  Meters line(generic_relay_meter());
  line.carriage.modbus_tcp = true;
  line.connect(line.gateway.port());
  REQUIRE(line.read().has_value());
  line.gateway.hang_up();
  line.loop.restart();
  line.loop.run_for(std::chrono::milliseconds(20));
  CHECK(line.read().has_value());
  CHECK(line.bus->counters().reopens >= 1);
}

TEST_CASE("nobody listens: each question fails in its time, and the bus goes on trying") {
  Meters line(generic_relay_meter());
  const auto port = line.gateway.port();
  line.gateway.stop();
  line.loop.run_for(std::chrono::milliseconds(5));
  line.connect(port);
  line.carriage.modbus_tcp = true;
  CHECK(line.read().error() == boost::system::errc::connection_refused);
  CHECK(line.read().error() == boost::system::errc::connection_refused);
}

TEST_CASE("a connection that stands and carries nothing is made anew; one that has answered is kept for its time") {
  asio::io_context loop{1};
  asio::ip::tcp::acceptor deaf(loop, {asio::ip::address_v4::loopback(), 0});
  auto settings = tcp_settings(1);
  settings.deaf_after = 3;
  settings.quiet = milliseconds(1);
  const auto bus = start_tcp_bus(loop, {"127.0.0.1", deaf.local_endpoint().port()}, settings);
  std::vector<asio::ip::tcp::socket> clients;
  const auto waits = [&] {  // how many connections wait to be taken
    for (deaf.non_blocking(true);;) {
      boost::system::error_code none;
      auto client = deaf.accept(none);
      if (none) return clients.size();
      clients.push_back(std::move(client));
    }
  };
  const auto ask = [&](bool answers) {
    std::optional<Result<Bytes>> result;
    bus->transact({Bytes{1}, [](ByteView) { return Verdict::complete; }, milliseconds(50)},
                  [&](Result<Bytes> r) { result = std::move(r); });
    loop.restart();
    for (bool answered = !answers; !result && loop.run_one_for(std::chrono::milliseconds(10)) + 1 > 0;) {
      if (answered || waits() == 0) continue;
      asio::write(clients.back(), asio::buffer("!", 1));
      answered = true;
    }
    return *result;
  };
  for (int i = 0; i < 3; ++i) CHECK(ask(false).error() == BusErrc::silence);
  CHECK(waits() == 1);
  CHECK(ask(false).error() == BusErrc::silence);
  CHECK(waits() == 2);
  CHECK(ask(false).error() == BusErrc::silence);
  CHECK(ask(true).has_value());
  for (int i = 0; i < 3; ++i) CHECK(ask(false).error() == BusErrc::silence);
  CHECK(waits() == 2);
  CHECK(ask(false).error() == BusErrc::silence);
  CHECK(waits() == 3);
  bus->stop();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(10));
}

TEST_CASE("a peer that closes the connection behind each answer is met anew for each question, without a pause") {
  const auto closes_after = GENERATE(std::chrono::milliseconds(0), std::chrono::milliseconds(30));
  asio::io_context loop{1};
  asio::ip::tcp::acceptor once(loop, {asio::ip::address_v4::loopback(), 0});
  std::size_t answered = 0;
  std::function<void()> accept = [&] {
    auto client = std::make_shared<asio::ip::tcp::socket>(loop);
    once.async_accept(*client, [&, client](const Error& none) {
      if (none) return;
      auto heard = std::make_shared<char>();
      asio::async_read(*client, asio::buffer(heard.get(), 1), [&, client, heard](const Error& gone, std::size_t) {
        if (gone) return;
        asio::write(*client, asio::buffer("!", 1));
        ++answered;
        auto timer = std::make_shared<asio::steady_timer>(loop, closes_after);
        timer->async_wait([client, timer](const Error&) { client->close(); });
      });
      accept();
    });
  };
  accept();
  auto settings = tcp_settings(1);
  settings.first_reopen = settings.last_reopen = hours(1);  // whoever waits for that once fails here
  const auto bus = start_tcp_bus(loop, {"127.0.0.1", once.local_endpoint().port()}, settings);
  for (int i = 0; i < 5; ++i) {
    BusTransaction question(
        Bytes{1}, [](ByteView) { return Verdict::complete; }, tcp_patience, Urgency::poll, milliseconds(5));
    question.may_be_repeated = true;
    CHECK(outcome_of(loop, *bus, std::move(question)).has_value());
  }
  CHECK(answered == 5);
  once.close();
  bus->stop();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(50));
}

TEST_CASE("a port that is only looked at may be closed by its peer between two looks") {
  asio::io_context loop{1};
  asio::ip::tcp::acceptor idle(loop, {asio::ip::address_v4::loopback(), 0});
  std::function<void()> accept = [&] {
    idle.async_accept([&](const Error& none, asio::ip::tcp::socket client) {
      if (none) return;
      auto kept = std::make_shared<asio::ip::tcp::socket>(std::move(client));
      auto timer = std::make_shared<asio::steady_timer>(loop, std::chrono::milliseconds(60));
      timer->async_wait([kept, timer](const Error&) { kept->close(); });
      accept();
    });
  };
  accept();
  auto settings = tcp_settings(1);
  settings.first_reopen = settings.last_reopen = hours(1);
  const auto bus = start_tcp_bus(loop, {"127.0.0.1", idle.local_endpoint().port()}, settings);
  for (int i = 0; i < 3; ++i) {
    BusTransaction look(
        {}, [](ByteView) { return Verdict::more; }, milliseconds(20));
    look.is_answered = false;
    CHECK(outcome_of(loop, *bus, std::move(look)).has_value());
    loop.restart();
    loop.run_for(std::chrono::milliseconds(100));  // it is closed meanwhile
  }
  idle.close();
  bus->stop();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(80));
}

TEST_CASE("addresses of serial servers") {
  CHECK(parse_tcp_address("moxa.local:4001") == TcpAddress{"moxa.local", 4001});
  CHECK(parse_tcp_address("127.0.0.1:502") == TcpAddress{"127.0.0.1", 502});
  CHECK(parse_tcp_address("[::1]:502") == TcpAddress{"::1", 502});
  for (const auto* wrong : {"", ":", "host", "host:", ":502", "host:0", "host:65536", "host:5x", "::1:502", "[]:5"})
    CHECK_FALSE(parse_tcp_address(wrong));
}
