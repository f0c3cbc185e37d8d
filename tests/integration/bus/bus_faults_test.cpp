// A campaign of random faults on real transports: noise, cut frames, dead and slow meters, swapped addresses, torn connections,
// while relays are ordered to and fro. No wrong reading is accepted meanwhile, and when the faults end every relay is where it
// was last ordered. WATTLE_BUS_POINTS: how many points; each says its seed.

#include <catch2/catch.hpp>
#include <cstdlib>

#include "edge/meter_line.hpp"
#include "shared/io/clock.hpp"
#include "simulator/devices/collector.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"
#include "tests/integration/bus/torn_wire.hpp"

namespace wattle {
namespace {

namespace asio = boost::asio;

constexpr std::uint64_t usual_points = 192;
constexpr std::uint64_t points_at_once = 32;
constexpr std::uint64_t meters_a_bus = 3;
constexpr auto healing_at_most = std::chrono::seconds(60);  // on a busy machine

enum class Way : std::uint64_t {
  modbus_serial,
  dlt645_serial,
  modbus_through_server,
  dlt645_through_server,
  modbus_tcp,
  mixed,
  cjt188_serial,
  cjt188_through_server,
  mbus_serial,
  dlt645_collector,
  modbus_collector,
  count
};

enum class Speech { modbus, dlt645, cjt188, mbus };

MeterProfile profile_of(Speech speech) {
  switch (speech) {
    case Speech::modbus: return generic_relay_meter();
    case Speech::dlt645: return generic_dlt645_meter(dlt645::Edition::v2007);
    case Speech::cjt188:
      return {.model = "water",
              .line = {},
              .timings = {},
              .rollover = cjt188::usual_rollover,
              .protocol = cjt188::Model{.valve = cjt188::ModelValve{}}};
    case Speech::mbus: break;
  }
  return {.model = "mbus", .line = {}, .timings = {}, .rollover = {100'000'000}, .protocol = mbus::Model{}};
}

/// As shipped, but quick, so that a point takes a moment.
MeterProfile quick(MeterProfile profile) {
  profile.timings = {.answers_within = milliseconds(60), .gap = {}, .relay_settles = milliseconds(5)};
  profile.line.baud = 115'200;
  return profile;
}

struct Point {
  std::uint64_t seed;
  Random random{seed};
  Way way = static_cast<Way>(seed % static_cast<std::uint64_t>(Way::count));
  Instant wall{1'750'000'000'000'000};
  sim::MeterBus meters;
  sim::SerialServer server;
  sim::ModbusTcpServer gateway;
  std::shared_ptr<TornWire> wire;
  CollectorServer collectors;
  sim::Collector collector;
  std::unique_ptr<edge::MeterLine> line;
  std::map<CircuitId, bool> ordered;
  std::uint64_t readings = 0;
  std::vector<std::string> wrong;

  Point(asio::io_context& loop, std::uint64_t s)
      : seed(s),
        meters(loop, sim::Pty::open("").value(), all(),
               {.timing = {}, .seed = s, .wall_clock = [this] { return wall; }, .remember = {}}),
        server(loop),
        gateway(loop, meters),
        collectors(loop),
        collector(loop) {
    meters.start();
    edge::BusConfig config;
    config.name = std::to_string(seed);
    config.line = {115'200, Parity::even, 1};
    if (is_serial()) {
      config.device = meters.device();
    } else if (is_collector()) {
      dial_in(loop, config);
    } else {
      const bool is_gateway = way == Way::modbus_tcp;
      if (is_gateway) config.framing = edge::Framing::modbus_tcp;
      const auto error = is_gateway ? gateway.open(0) : server.open(meters.device(), 0);
      if (error) wrong.push_back("no port: " + error.message());
      wire = std::make_shared<TornWire>(loop, is_gateway ? gateway.port() : server.port(), seed);
      wire->start();
      config.connect = TcpAddress{"127.0.0.1", wire->port()};
      config.latency = milliseconds(20);
    }
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) config.meters.push_back({place(n), profile(n), {{{101}, circuit(n)}}});
    edge::MeterLineHandlers handlers{[this](const edge::MeterRead& reading) { judge(reading); }, [] {},
                                     [](const edge::Noticed&) {}, [](RoomId) { return true; }};
    line = std::make_unique<edge::MeterLine>(loop, config, milliseconds(20), std::move(handlers), &collectors);
    line->start();
  }

  /// The collector's heartbeat comes within answers as often as between them, and the wire cuts and tears both.
  void dial_in(asio::io_context& loop, edge::BusConfig& config) {
    const Bytes registration = {'D', 'T', 'U', '-', '1'}, heartbeat = {0xfe, 'h', 'b'};
    if (const auto error = collectors.open({"127.0.0.1", 0})) wrong.push_back("no port: " + error.message());
    wire = std::make_shared<TornWire>(loop, collectors.port(), seed);
    wire->start();
    config.collector = CollectorSettings{registration, heartbeat};
    config.latency = milliseconds(20);
    const auto error = collector.start(meters.device(), {.dials = {"127.0.0.1", wire->port()},
                                                         .registration = registration,
                                                         .heartbeat = heartbeat,
                                                         .heartbeat_every = milliseconds(7),
                                                         .dials_again_after = milliseconds(20)});
    if (error) wrong.push_back("no collector: " + error.message());
  }

  bool is_collector() const { return way == Way::dlt645_collector || way == Way::modbus_collector; }
  bool is_serial() const {
    return way == Way::modbus_serial || way == Way::dlt645_serial || way == Way::mixed || way == Way::cjt188_serial ||
           way == Way::mbus_serial;
  }
  Speech speech(std::uint64_t n) const {
    switch (way) {
      case Way::dlt645_serial:
      case Way::dlt645_through_server:
      case Way::dlt645_collector: return Speech::dlt645;
      case Way::mixed: return n == 1 ? Speech::dlt645 : Speech::modbus;
      case Way::cjt188_serial:
      case Way::cjt188_through_server: return Speech::cjt188;
      case Way::mbus_serial: return Speech::mbus;
      case Way::modbus_serial:
      case Way::modbus_through_server:
      case Way::modbus_tcp:
      case Way::modbus_collector:
      case Way::count: break;
    }
    return Speech::modbus;
  }
  std::shared_ptr<const MeterProfile> profile(std::uint64_t n) const {
    return std::make_shared<const MeterProfile>(quick(profile_of(speech(n))));
  }
  bool can_switch(std::uint64_t n) const { return speech(n) != Speech::mbus; }
  static CircuitId circuit(std::uint64_t n) { return {static_cast<std::uint32_t>(1010 + n)}; }
  MeterPlace place(std::uint64_t n) const {
    const MeterId number{seed % 1000 * 100'000 + 40 + n};
    const bool by_number = speech(n) == Speech::dlt645 || speech(n) == Speech::cjt188;
    return {by_number ? number.value : n + 1, number, {}};
  }
  static Quantity energy(std::uint64_t n) { return {1'000'000 * static_cast<std::int64_t>(n + 1)}; }
  std::string who(std::uint64_t n) const { return std::to_string(place(n).number.value); }

  std::vector<sim::VirtualMeter> all() const {
    std::vector<sim::VirtualMeter> out;
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      sim::VirtualMeterSettings settings;
      settings.profile = profile(n);
      settings.address = place(n).address;
      settings.number = place(n).number;
      settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{0}), 100, 0}};
      settings.valve_travel = {};  // the wall clock stands still here
      out.emplace_back(std::move(settings), sim::MeterMemory{{energy(n).units * sim::microjoules_per_wh, true}}, wall);
    }
    return out;
  }

  /// As the engine does, which decides with each reading: a relay that somebody moves between an answer and the order that it
  /// seemed to fulfil is ordered again. Besides: the registers stand still; whatever is read must be that of the meter whose
  /// number it carries. Another meter's number is no wrong reading: it is told, and neither charged nor switched.
  void judge(const edge::MeterRead& reading) {
    ++readings;
    const auto order_of = ordered.find(reading.circuit);
    if (order_of != ordered.end() && reading.relay_closed && *reading.relay_closed != order_of->second)
      line->order(reading.circuit, order_of->second);
    for (std::uint64_t n = 0; n < meters_a_bus; ++n)
      if (reading.meter == place(n).number && reading.register_units == energy(n)) return;
    wrong.push_back("circuit " + std::to_string(reading.circuit.value) + ": meter " + std::to_string(reading.meter.value) +
                    " at " + std::to_string(reading.register_units.units));
  }

  void order(std::uint64_t n, bool close) {
    if (!can_switch(n)) return;
    ordered[circuit(n)] = close;
    line->order(circuit(n), close);
  }

  /// Under DL/T 645 and CJ/T 188 nothing but the address tells a meter. One that has its neighbour's, and answers only when
  /// that one has been asked, is not to be told from it: in no point are meters both slow and misaddressed.
  bool is_slow_point() const { return seed / static_cast<std::uint64_t>(Way::count) % 2 == 0; }

  void mischief() {
    const auto n = random.below(meters_a_bus);
    switch (random.below(9)) {
      case 0: meters.command("noise " + std::to_string(random.below(500))); break;
      case 1: meters.command("dead " + who(n) + (random.chance(1, 2) ? " on" : " off")); break;
      case 2:
        if (is_slow_point()) meters.command("slow " + who(n) + ' ' + std::to_string(random.below(200)));
        break;
      case 3:
        if (!is_slow_point()) meters.command("misaddress " + who(n) + (random.chance(1, 2) ? " on" : " off"));
        break;
      case 4: meters.command("relay " + who(n) + (random.chance(1, 2) ? " open" : " closed")); break;
      case 5:
        if (wire)
          wire->set({static_cast<std::uint32_t>(random.below(500)), static_cast<std::uint32_t>(random.below(200)),
                     static_cast<std::uint32_t>(random.below(60))});
        break;
      case 6: collector.hang_up(); break;
      default: order(n, random.chance(1, 2)); break;
    }
  }

  void heal() {
    meters.command("noise 0");
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      meters.command("dead " + who(n) + " off");
      meters.command("slow " + who(n) + " 0");
      meters.command("misaddress " + who(n) + " off");
      order(n, random.chance(1, 2));
    }
    if (wire) wire->set({});
  }

  /// What the box makes of it.
  std::string seen() const {
    std::string text;
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      const auto* newest = line->plan().newest(circuit(n));
      const auto relay = newest == nullptr || !newest->relay_closed ? "unknown" : *newest->relay_closed ? "closed" : "open";
      text += who(n) + ": ordered " +
              (!can_switch(n)           ? "nothing"
               : ordered.at(circuit(n)) ? "closed"
                                        : "open") +
              ", seen " + relay + (line->plan().is_silent(circuit(n)) ? ", silent\n" : "\n");
    }
    return text;
  }

  bool is_healed() {
    const auto status = meters.command("status");
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      const auto* seen = line->plan().newest(circuit(n));
      if (seen == nullptr || line->plan().is_silent(circuit(n))) return false;
      if (!can_switch(n)) continue;
      const bool close = ordered.at(circuit(n));
      if (seen->relay_closed != close) return false;
      const auto at = status.find("number=" + who(n) + ' ');
      const auto relay = status.substr(status.find("relay=", at) + 6, 4);
      if ((relay == "open") == close) return false;
    }
    return true;
  }

  void stop() {
    line->stop();
    collector.stop();
    collectors.stop();
    if (wire) wire->stop();
    server.stop();
    gateway.stop();
    meters.stop();
  }
};

std::uint64_t points() {
  const char* text = std::getenv("WATTLE_BUS_POINTS");
  return text == nullptr ? usual_points : std::strtoull(text, nullptr, 10);
}

/// Several points in one loop; most of their time is waiting.
void campaign(std::uint64_t first, std::uint64_t count) {
  asio::io_context loop(1);
  std::vector<std::unique_ptr<Point>> all;
  for (std::uint64_t seed = first; seed < first + count; ++seed) all.push_back(std::make_unique<Point>(loop, seed));
  for (int turn = 0; turn < 20; ++turn) {
    loop.run_for(std::chrono::milliseconds(25));
    for (const auto& point : all) point->mischief();
  }
  for (const auto& point : all) point->heal();
  const auto give_up = std::chrono::steady_clock::now() + healing_at_most;
  const auto is_healed = [](const auto& point) { return point->is_healed(); };
  while (!std::all_of(all.begin(), all.end(), is_healed) && std::chrono::steady_clock::now() < give_up)
    loop.run_for(std::chrono::milliseconds(50));
  for (const auto& point : all) {
    INFO("seed " << point->seed << '\n' << point->meters.command("status") << '\n' << point->seen());
    CHECK(point->readings > 0);
    CHECK(point->wrong == std::vector<std::string>{});
    CHECK(point->is_healed());
    point->stop();
  }
  loop.restart();
  loop.run_for(std::chrono::milliseconds(300));
}

}  // namespace

TEST_CASE("through any faults no wrong reading is accepted, and no relay is left wrong", "[faults]") {
  const auto all = points();
  for (std::uint64_t first = 1; first <= all; first += points_at_once)
    campaign(first, std::min(points_at_once, all - first + 1));
}

}  // namespace wattle
