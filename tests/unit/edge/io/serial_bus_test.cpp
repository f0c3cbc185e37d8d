#include "edge/io/serial_bus.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <catch2/catch.hpp>
#include <filesystem>
#include <thread>

#include "edge/io/line_listener.hpp"
#include "shared/meter/exchange.hpp"
#include "simulator/devices/meter_bus.hpp"

using namespace wattle;
namespace asio = boost::asio;

namespace {

constexpr std::uint8_t unit = 7;
constexpr Duration patience = seconds(2);  // for a meter that answers, on a busy machine
constexpr Duration short_patience = milliseconds(150);

Judge judge(const Exchange& exchange) {
  return [exchange](ByteView heard) {
    const auto received = receive(exchange, heard, Wire::open);
    if (std::holds_alternative<MeterAnswer>(received)) return Verdict::complete;
    return std::holds_alternative<NeedMore>(received) ? Verdict::more : Verdict::broken;
  };
}

/// A line with one virtual meter on it, the bus that asks it, and a wall clock that the test moves.
struct Line1 {
  asio::io_context loop{1};
  std::string link = (std::filesystem::temp_directory_path() / ("wattle-bus-test-" + std::to_string(getpid()))).string();
  Instant wall{1'750'000'000'000'000};
  MeterProfile profile = generic_relay_meter();
  MeterPlace place{unit, MeterId{4711}, {}};
  std::optional<sim::MeterBus> meters;
  std::shared_ptr<Bus> bus;
  Duration timeout = patience;

  explicit Line1(sim::BusTiming timing = {}) {
    plug(timing);
    bus = start_serial_bus(loop, link, {}, {.first_reopen = milliseconds(20), .last_reopen = milliseconds(80)});
  }
  ~Line1() {
    bus->stop();
    unplug();
    loop.restart();
    loop.run_for(std::chrono::seconds(2));
  }
  void plug(sim::BusTiming timing = {}) {
    sim::VirtualMeterSettings settings;
    settings.profile = std::make_shared<const MeterProfile>(profile);
    settings.address = unit;
    settings.number = MeterId{4711};
    settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{1000}), 100, 0}};
    std::vector<sim::VirtualMeter> all;
    all.emplace_back(settings, sim::MeterMemory{}, wall);
    meters.emplace(loop, sim::Pty::open(link).value(), std::move(all),
                   sim::MeterBusSettings{.timing = timing, .seed = 1, .wall_clock = [this] { return wall; }, .remember = {}});
    meters->start();
  }
  void unplug() {
    if (!meters) return;
    meters->stop();
    loop.restart();
    loop.run_for(std::chrono::milliseconds(5));
    meters.reset();
  }

  Result<Bytes> ask(BusTransaction transaction) {
    std::optional<Result<Bytes>> result;
    bus->transact(std::move(transaction), [&](Result<Bytes> r) { result = std::move(r); });
    loop.restart();
    while (!result && loop.run_one_for(std::chrono::seconds(5)) > 0) {
    }
    REQUIRE(result.has_value());
    return *result;
  }
  Result<Bytes> ask(const Exchange& exchange) { return ask({request_bytes(exchange), judge(exchange), timeout}); }
  Result<Reading> read() {
    const auto exchange = poll();
    const auto heard = ask(exchange);
    if (!heard) return heard.error();
    const auto received = receive(exchange, *heard, Wire::quiet);
    if (const auto* bad = std::get_if<Bad>(&received)) return bad->error;
    return decode_reading(profile, place, Depth::full, std::vector<MeterAnswer>{std::get<MeterAnswer>(received)});
  }
  Exchange poll() const { return reading_exchanges(profile, place, Depth::full).front(); }
  Exchange command(bool close) const { return relay_exchange(profile, place, 0, close); }
  bool switch_relay(bool close) {
    const auto exchange = command(close);
    const auto heard = ask(exchange);
    return heard && std::holds_alternative<MeterAnswer>(receive(exchange, *heard, Wire::quiet));
  }
};

}  // namespace

TEST_CASE("over a real pseudo-terminal a meter is read, and an open relay stops its load") {
  Line1 line;
  auto reading = line.read();
  REQUIRE(reading.has_value());
  CHECK(reading->meter == MeterId{4711});
  CHECK(reading->circuits[0].power->watts == 1000);
  CHECK(reading->circuits[0].relay_closed == true);

  line.wall = line.wall + hours(2);
  CHECK(line.read().value().circuits[0].energy.units == 2000);
  CHECK(line.switch_relay(false));
  line.wall = line.wall + hours(10);
  reading = line.read();
  CHECK(reading.value().circuits[0].relay_closed == false);
  CHECK(reading.value().circuits[0].power->watts == 0);
  CHECK(reading.value().circuits[0].energy.units == 2000);

  CHECK(line.switch_relay(true));
  line.wall = line.wall + hours(1);
  CHECK(line.read().value().circuits[0].energy.units == 3000);
  CHECK(line.bus->counters().silences == 0);
}

TEST_CASE("with the timing of 9600 baud an answer takes its time") {
  Line1 line({.timed = true, .line = {.baud = 9600}, .turnaround = milliseconds(20)});
  const auto begin = std::chrono::steady_clock::now();
  REQUIRE(line.read().has_value());
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= std::chrono::microseconds(20'000 + 33 * 1145));  // 8 bytes out, 25 back, 11 bits each
  CHECK(took < std::chrono::microseconds(patience.micros));
}

TEST_CASE("a meter that does not answer is silence, after the time-out and not before") {
  Line1 line;
  CHECK(line.meters->command("dead 7 on") == "ok\n");
  const auto begin = std::chrono::steady_clock::now();
  line.timeout = short_patience;
  const auto reading = line.read();
  CHECK(reading.error() == BusErrc::silence);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::microseconds(short_patience.micros));
  line.timeout = patience;
  CHECK(line.bus->counters().silences == 1);
  CHECK(line.meters->command("dead 7 off") == "ok\n");
  CHECK(line.read().has_value());
}

TEST_CASE("on a bad wire no wrong value is read, and the next question works") {
  Line1 line;
  CHECK(line.meters->command("noise 1000") == "ok\n");
  line.timeout = short_patience;
  int good = 0;
  for (int i = 0; i < 12; ++i) {
    const auto reading = line.read();
    if (!reading) continue;
    ++good;  // noise in front of an answer is skipped
    CHECK(reading->circuits[0].power->watts == 1000);
  }
  CHECK(good < 12);
  CHECK(line.meters->command("noise 0") == "ok\n");
  line.timeout = patience;
  CHECK(line.read().has_value());
}

TEST_CASE("an exception ends the wait at once") {
  Line1 line;
  const Exchange unknown{ModbusAsk{unit, modbus::read(modbus::Function::read_holding, 0x4000, 2)}};
  const auto begin = std::chrono::steady_clock::now();
  const auto heard = line.ask({request_bytes(unknown),
                               [&](ByteView bytes) {
                                 const auto received = receive(unknown, bytes, Wire::open);
                                 return std::holds_alternative<NeedMore>(received) ? Verdict::more : Verdict::complete;
                               },
                               seconds(3)});
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(1));
  CHECK(std::get<Bad>(receive(unknown, heard.value(), Wire::quiet)).error == exception_errc(2));
}

TEST_CASE("bytes that nobody asked for are thrown away before the next question") {
  Line1 line;
  REQUIRE(line.read().has_value());
  const auto device = open_serial_device(line.link, {});
  CHECK(device.error() == BusErrc::busy);
  const auto late = modbus_rtu::frame(unit, from_hex("0314" + std::string(40, 'e')));
  const int wire = ::dup(line.meters->meters_end());
  REQUIRE(::write(wire, late.data(), late.size()) == static_cast<ssize_t>(late.size()));
  ::close(wire);
  Bytes stray;
  line.bus->on_stray([&](Stray when, ByteView bytes) {
    CHECK(when == Stray::idle);
    stray.insert(stray.end(), bytes.begin(), bytes.end());
  });
  const auto reading = line.read();
  REQUIRE(reading.has_value());
  CHECK(reading->circuits[0].power->watts == 1000);
  CHECK(line.bus->counters().unasked_bytes == late.size());
  CHECK(stray == late);
}

TEST_CASE("a line that babbles without end holds nothing up, and is read again when it is still") {
  Line1 line;
  REQUIRE(line.read().has_value());
  const int wire = ::dup(line.meters->meters_end());
  std::atomic<std::size_t> babbled = 0;
  std::atomic<bool> is_over = false;
  std::thread babbler([&] {
    const Bytes noise(4096, 0xaa);
    while (!is_over) {
      if (const auto size = ::write(wire, noise.data(), noise.size()); size > 0) babbled += static_cast<std::size_t>(size);
    }
  });
  while (babbled == 0) std::this_thread::yield();
  line.read();  // it may be heard through the noise, or not
  CHECK(line.bus->counters().unasked_bytes > 0);
  is_over = true;
  babbler.join();
  ::close(wire);
  bool is_read = false;
  for (int i = 0; i < 20 && !is_read; ++i) is_read = line.read().has_value();
  CHECK(is_read);
}

TEST_CASE("what comes after a question's time is handed up before the question is given back") {
  Line1 line;
  REQUIRE(line.read().has_value());
  CHECK(line.meters->command("slow 7 180") == "ok\n");
  line.timeout = short_patience;
  Bytes late;
  bool is_over = false;
  line.bus->on_stray([&](Stray when, ByteView bytes) {
    CHECK(when == Stray::behind);
    CHECK_FALSE(is_over);
    late.assign(bytes.begin(), bytes.end());
  });
  CHECK(line.read().error() == BusErrc::silence);
  is_over = true;
  CHECK(std::holds_alternative<MeterAnswer>(receive(line.poll(), late, Wire::quiet)));
}

TEST_CASE("a listener hears what passes and sends nothing; it tells of a device that another has, and of one that goes") {
  asio::io_context loop{1};
  auto pty = std::make_optional(sim::Pty::open("").value());
  Bytes heard;
  Error lost;
  const auto listen = [&] {
    return LineListener::start(
        loop, serial_opener(pty->device(), {}), [&](ByteView bytes) { heard.insert(heard.end(), bytes.begin(), bytes.end()); },
        [&](Error why) { lost = why; });
  };
  const auto ear = listen();
  loop.run_for(std::chrono::milliseconds(50));
  const Bytes said{0x68, 0x00, 0xff, 0x16};
  REQUIRE(::write(pty->meters_end(), said.data(), said.size()) == static_cast<ssize_t>(said.size()));
  loop.restart();
  loop.run_for(std::chrono::milliseconds(50));
  CHECK(heard == said);
  CHECK_FALSE(lost);
  listen();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(50));
  CHECK(lost == BusErrc::busy);
  ::fcntl(pty->meters_end(), F_SETFL, O_NONBLOCK);
  std::uint8_t byte = 0;
  CHECK(::read(pty->meters_end(), &byte, 1) < 0);
  pty.reset();
  loop.restart();
  loop.run_for(std::chrono::milliseconds(50));
  CHECK(lost == BusErrc::unplugged);
  ear->stop();
}

TEST_CASE("commands go before polls that wait") {
  Line1 line;
  std::string order;
  const auto poll = line.poll();
  const auto command = line.command(true);
  int left = 3;
  const auto note = [&](char c) {
    return [&, c](const Result<Bytes>& r) {
      order += r ? c : '!';
      --left;
    };
  };
  line.bus->transact({request_bytes(poll), judge(poll), patience, Urgency::poll}, note('1'));
  line.bus->transact({request_bytes(poll), judge(poll), patience, Urgency::poll}, note('2'));
  line.bus->transact({request_bytes(command), judge(command), patience, Urgency::command}, note('c'));
  line.loop.restart();
  while (left > 0 && line.loop.run_one_for(std::chrono::seconds(5)) > 0) {
  }
  CHECK(order == "c12");
}

TEST_CASE("a queue has an end") {
  Line1 line;
  const auto poll = line.poll();
  std::size_t answered = 0;
  std::size_t refused = 0;
  for (std::size_t i = 0; i <= max_bus_queue; ++i) {
    line.bus->transact({request_bytes(poll), judge(poll), patience}, [&](const Result<Bytes>& r) {
      r ? ++answered : ++refused;
      if (!r) CHECK(r.error() == BusErrc::queue_full);
    });
  }
  line.loop.restart();
  while (answered + refused <= max_bus_queue && line.loop.run_one_for(std::chrono::seconds(5)) > 0) {
  }
  CHECK(answered == max_bus_queue);
  CHECK(refused == 1);
}

TEST_CASE("a device is opened again with the same settings") {
  // glibc refuses a pseudo-terminal's parity the second time, when nothing else changes.
  Line1 line;
  const LineFormat format;
  REQUIRE(format.parity == Parity::even);
  for (int time = 0; time < 3; ++time) {
    const auto fd = open_serial_device(line.link, format);
    REQUIRE(fd.has_value());
    close(*fd);
  }
}

TEST_CASE("a device that is unplugged is opened again when it is back") {
  Line1 line;
  REQUIRE(line.read().has_value());
  line.unplug();
  line.timeout = short_patience;
  CHECK(line.read().error() == boost::system::errc::no_such_file_or_directory);
  CHECK(line.read().error() == boost::system::errc::no_such_file_or_directory);  // while it waits to be tried again, too
  CHECK_FALSE(line.bus->is_open());
  line.plug();
  line.timeout = patience;
  CHECK(line.read().has_value());
  CHECK(line.bus->counters().reopens == 1);
}

TEST_CASE("what waits when the bus is stopped hears so") {
  Line1 line;
  CHECK(line.meters->command("dead 7 on") == "ok\n");
  const auto poll = line.poll();
  int stopped = 0;
  for (int i = 0; i < 3; ++i) {
    line.bus->transact({request_bytes(poll), judge(poll), seconds(30)},
                       [&](const Result<Bytes>& r) { stopped += !r && r.error() == BusErrc::stopped; });
  }
  line.loop.restart();
  line.loop.run_for(std::chrono::milliseconds(20));
  line.bus->stop();
  line.loop.run_for(std::chrono::milliseconds(20));
  CHECK(stopped == 3);
  CHECK(line.ask(poll).error() == BusErrc::stopped);
}

TEST_CASE("a coroutine asks the same way") {
  Line1 line;
  std::optional<Result<Bytes>> heard;
  asio::co_spawn(
      line.loop,
      [&]() -> asio::awaitable<void> {
        const auto poll = line.poll();
        heard = co_await line.bus->transact({request_bytes(poll), judge(poll), patience});
      },
      asio::detached);
  line.loop.restart();
  while (!heard && line.loop.run_one_for(std::chrono::seconds(5)) > 0) {
  }
  REQUIRE(heard.has_value());
  CHECK(heard->value().size() == 25);
}

TEST_CASE("devices that are none") {
  CHECK(open_serial_device("/nonexistent/tty", {}).error() == boost::system::errc::no_such_file_or_directory);
  const auto file = std::filesystem::temp_directory_path() / ("wattle-no-tty-" + std::to_string(getpid()));
  const int fd = ::open(file.c_str(), O_CREAT | O_RDWR, 0600);
  ::close(fd);
  CHECK(open_serial_device(file.string(), {}).error() == BusErrc::line_settings);
  std::filesystem::remove(file);
  CHECK(is_known_rate(9600));
  CHECK_FALSE(is_known_rate(9601));
  CHECK(wire_time({9600, Parity::even, 1}, 1).micros == 1146);
  CHECK(wire_time({9600, Parity::none, 1}, 12).micros == 12'500);
  CHECK(make_error_code(BusErrc::silence).value() == 1);
}
