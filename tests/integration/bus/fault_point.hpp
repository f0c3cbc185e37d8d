#pragma once
// One point of the campaign of faults: three meters, a box's bus master, and between them a way of carrying bytes that goes
// wrong in every manner that the seed thinks of.

#include <unistd.h>

#include <array>
#include <filesystem>
#include <map>
#include <set>

#include "edge/meter_line.hpp"
#include "simulator/devices/collector.hpp"
#include "simulator/devices/modbus_tcp_server.hpp"
#include "simulator/devices/serial_server.hpp"
#include "tests/integration/bus/torn_line.hpp"
#include "tests/integration/bus/torn_wire.hpp"

namespace wattle::bus_faults {

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
  dlt645_1997_serial,
  dlt645_1997_through_server,
  mbus_through_server,
  count
};
inline constexpr const char* way_names[] = {
    "modbus serial",    "dlt645 serial",      "modbus through server",      "dlt645 through server", "modbus tcp",
    "mixed serial",     "cjt188 serial",      "cjt188 through server",      "mbus serial",           "dlt645 collector",
    "modbus collector", "dlt645-1997 serial", "dlt645-1997 through server", "mbus through server"};
static_assert(std::size(way_names) == static_cast<std::size_t>(Way::count));

enum class Speech { modbus, dlt645, dlt645_1997, cjt188, mbus };

inline MeterProfile profile_of(Speech speech) {
  switch (speech) {
    case Speech::modbus: return generic_relay_meter();
    case Speech::dlt645: return generic_dlt645_meter(dlt645::Edition::v2007);
    case Speech::dlt645_1997: return generic_dlt645_meter(dlt645::Edition::v1997);
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
inline MeterProfile quick(MeterProfile profile) {
  profile.timings = {.answers_within = milliseconds(60), .gap = {}, .relay_settles = milliseconds(5)};
  profile.line.baud = 115'200;
  return profile;
}

inline constexpr std::uint64_t meters_a_bus = 3;
inline constexpr Duration polled_every = milliseconds(40);

class Point {
 public:
  Point(boost::asio::io_context& loop, std::uint64_t seed) : Point(loop, seed, static_cast<Way>(seed % ways)) {}
  Point(boost::asio::io_context& loop, std::uint64_t seed, Way way)
      : seed_(seed),
        random_(seed),
        way_(way),
        meters_(loop, sim::Pty::open("").value(), all(),
                {.timing = {}, .seed = seed, .wall_clock = [this] { return wall_; }, .remember = {}}),
        server_(loop),
        gateway_(loop, meters_),
        collectors_(loop),
        collector_(loop) {
    meters_.start();
    edge::BusConfig config;
    config.name = std::to_string(seed);
    config.line = {115'200, Parity::even, 1};
    if (is_serial())
      plug_in(loop, config);
    else if (is_collector())
      dial_in(loop, config);
    else
      connect(loop, config);
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) config.meters.push_back({place(n), profile(n), {{{101}, circuit(n)}}});
    edge::MeterLineHandlers handlers{[this](const edge::MeterRead& reading) { judge(reading); }, [] {},
                                     [](const edge::Noticed&) {}, [](RoomId) { return true; }};
    line_ = std::make_unique<edge::MeterLine>(loop, config, polled_every, std::move(handlers), &collectors_);
    line_->start();
  }

  static constexpr auto ways = static_cast<std::uint64_t>(Way::count);
  static constexpr bool is_serial(Way way) {
    return way == Way::modbus_serial || way == Way::dlt645_serial || way == Way::mixed || way == Way::cjt188_serial ||
           way == Way::mbus_serial || way == Way::dlt645_1997_serial;
  }
  bool is_serial() const { return is_serial(way_); }
  Way way() const { return way_; }
  std::uint64_t seed() const { return seed_; }
  std::uint64_t readings() const { return readings_; }
  std::uint64_t pulled() const { return adapter_ ? adapter_->pulled() : 0; }
  std::uint64_t cuts() const { return adapter_ ? adapter_->cuts() : wire_->cuts(); }
  std::uint64_t dropped() const { return wire_ ? wire_->dropped() : 0; }
  const BusCounters& counters() const { return line_->counters(); }
  bool is_away() const { return line_->is_away(); }
  const std::vector<std::string>& wrong() const { return wrong_; }
  sim::MeterBus& meters() { return meters_; }
  TornLine& adapter() { return *adapter_; }

  void forget_readings() { read_.clear(); }
  bool can_switch() const { return can_switch(0); }
  void order(std::uint64_t n, bool close) {
    if (!can_switch(n)) return;
    ordered_[circuit(n)] = close;
    line_->order(circuit(n), close);
  }

  void mischief() {
    const auto n = random_.below(meters_a_bus);
    switch (random_.below(9)) {
      case 0: meters_.command("noise " + std::to_string(random_.below(500))); break;
      case 1: meters_.command("dead " + who(n) + (random_.chance(1, 2) ? " on" : " off")); break;
      case 2:
        if (is_slow_point()) meters_.command("slow " + who(n) + ' ' + std::to_string(random_.below(200)));
        break;
      case 3:
        if (!is_slow_point()) meters_.command("misaddress " + who(n) + (random_.chance(1, 2) ? " on" : " off"));
        break;
      case 4: meters_.command("relay " + who(n) + (random_.chance(1, 2) ? " open" : " closed")); break;
      case 5: tear(); break;
      case 6: break_off(); break;
      default: order(n, random_.chance(1, 2)); break;
    }
  }

  void heal() {
    read_.clear();
    meters_.command("noise 0");
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      meters_.command("dead " + who(n) + " off");
      meters_.command("slow " + who(n) + " 0");
      meters_.command("misaddress " + who(n) + " off");
      order(n, random_.chance(1, 2));
    }
    if (wire_) wire_->set({});
    if (adapter_) adapter_->set({});
    if (adapter_ && !adapter_->plug()) wrong_.push_back("the adapter cannot be put back");
  }

  /// Of what has been read since heal(), or forget_readings().
  bool is_healed() {
    if (line_->is_away() || read_.size() < meters_a_bus) return false;
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      const auto* seen = line_->plan().newest(circuit(n));
      if (seen == nullptr || line_->plan().is_silent(circuit(n))) return false;
      if (!can_switch(n)) continue;
      const bool close = ordered_.at(circuit(n));
      const auto stands = meters_.meters()[n].read(wall_).circuits.front().relay_closed;
      if (seen->relay_closed != close || stands != close) return false;
    }
    return true;
  }

  /// What the box makes of it, and how it is.
  std::string told() {
    std::string text = std::string(way_names[static_cast<std::size_t>(way_)]) + ", seed " + std::to_string(seed_) + '\n' +
                       meters_.command("status");
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      const auto* newest = line_->plan().newest(circuit(n));
      const auto word = [](std::optional<bool> closed) { return !closed ? "unknown" : *closed ? "closed" : "open"; };
      const auto ordered = ordered_.find(circuit(n));
      text += who(n) + ": ordered " + (ordered == ordered_.end() ? "nothing" : word(ordered->second)) + ", seen " +
              word(newest == nullptr ? std::nullopt : newest->relay_closed) +
              (line_->plan().is_silent(circuit(n)) ? ", silent\n" : "\n");
    }
    return text;
  }

  /// It must live on for a moment, until what is under way has ended.
  void stop() {
    line_->stop();
    collector_.stop();
    collectors_.stop();
    if (wire_) wire_->stop();
    if (adapter_) adapter_->unplug();
    server_.stop();
    gateway_.stop();
    meters_.stop();
  }

 private:
  bool is_collector() const { return way_ == Way::dlt645_collector || way_ == Way::modbus_collector; }
  Speech speech(std::uint64_t n) const {
    switch (way_) {
      case Way::dlt645_serial:
      case Way::dlt645_through_server:
      case Way::dlt645_collector: return Speech::dlt645;
      case Way::dlt645_1997_serial:
      case Way::dlt645_1997_through_server: return Speech::dlt645_1997;
      case Way::mixed: return n == 1 ? Speech::dlt645 : Speech::modbus;
      case Way::cjt188_serial:
      case Way::cjt188_through_server: return Speech::cjt188;
      case Way::mbus_serial:
      case Way::mbus_through_server: return Speech::mbus;
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
  /// Neither M-Bus nor the edition of 1997 knows a relay.
  bool can_switch(std::uint64_t n) const { return speech(n) != Speech::mbus && speech(n) != Speech::dlt645_1997; }
  static CircuitId circuit(std::uint64_t n) { return {static_cast<std::uint32_t>(1010 + n)}; }
  MeterPlace place(std::uint64_t n) const {
    const MeterId number{seed_ % 1000 * 100'000 + 40 + n};
    const bool by_unit = speech(n) == Speech::modbus || speech(n) == Speech::mbus;
    return {by_unit ? n + 1 : number.value, number, {}};
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
      out.emplace_back(std::move(settings), sim::MeterMemory{{energy(n).units * sim::microjoules_per_wh, true}}, wall_);
    }
    return out;
  }

  void plug_in(boost::asio::io_context& loop, edge::BusConfig& config) {
    const auto name = "wattle-faults-" + std::to_string(getpid()) + '-' + std::to_string(seed_);
    adapter_ =
        std::make_shared<TornLine>(loop, meters_.device(), (std::filesystem::temp_directory_path() / name).string(), seed_ + 1);
    if (!adapter_->plug()) wrong_.push_back("no adapter");
    config.device = adapter_->path();
  }

  void connect(boost::asio::io_context& loop, edge::BusConfig& config) {
    const bool is_gateway = way_ == Way::modbus_tcp;
    if (is_gateway) config.framing = edge::Framing::modbus_tcp;
    const auto error = is_gateway ? gateway_.open(0) : server_.open(meters_.device(), 0);
    if (error) wrong_.push_back("no port: " + error.message());
    wire_ = std::make_shared<TornWire>(loop, is_gateway ? gateway_.port() : server_.port(), seed_);
    wire_->start();
    config.connect = TcpAddress{"127.0.0.1", wire_->port()};
    config.latency = milliseconds(20);
  }

  /// The collector's heartbeat comes within answers as often as between them, and the wire cuts and tears both.
  void dial_in(boost::asio::io_context& loop, edge::BusConfig& config) {
    const Bytes registration = {'D', 'T', 'U', '-', '1'}, heartbeat = {0xfe, 'h', 'b'};
    if (const auto error = collectors_.open({"127.0.0.1", 0})) wrong_.push_back("no port: " + error.message());
    wire_ = std::make_shared<TornWire>(loop, collectors_.port(), seed_);
    wire_->start();
    config.collector = CollectorSettings{registration, heartbeat};
    config.latency = milliseconds(20);
    const auto error = collector_.start(meters_.device(), {.dials = {"127.0.0.1", wire_->port()},
                                                           .registration = registration,
                                                           .heartbeat = heartbeat,
                                                           .heartbeat_every = milliseconds(7),
                                                           .dials_again_after = milliseconds(20)});
    if (error) wrong_.push_back("no collector: " + error.message());
  }

  void tear() {
    const auto up_to = [this](std::uint64_t most) { return static_cast<std::uint32_t>(random_.below(most)); };
    const Tearing tearing{up_to(500), up_to(200), up_to(60), up_to(200)};
    if (wire_) wire_->set(tearing);
    if (adapter_) adapter_->set(tearing);
  }

  /// A collector hangs up; an adapter is pulled out, and put back the next time.
  void break_off() {
    collector_.hang_up();
    if (!adapter_ || random_.chance(1, 2)) return;
    if (adapter_->is_plugged())
      adapter_->unplug();
    else if (!adapter_->plug())
      wrong_.push_back("the adapter cannot be put back");
  }

  /// As the engine does, which decides with each reading: a relay that somebody moves between an answer and the order that it
  /// seemed to fulfil is ordered again. Besides: the registers stand still; whatever is read must be that of the meter whose
  /// number it carries. Another meter's number is no wrong reading: it is told, and neither charged nor switched.
  void judge(const edge::MeterRead& reading) {
    ++readings_;
    read_.insert(reading.circuit);
    const auto order_of = ordered_.find(reading.circuit);
    if (order_of != ordered_.end() && reading.relay_closed && *reading.relay_closed != order_of->second)
      line_->order(reading.circuit, order_of->second);
    for (std::uint64_t n = 0; n < meters_a_bus; ++n)
      if (reading.meter == place(n).number && reading.register_units == energy(n)) return;
    wrong_.push_back("circuit " + std::to_string(reading.circuit.value) + ": meter " + std::to_string(reading.meter.value) +
                     " at " + std::to_string(reading.register_units.units));
  }

  /// Under DL/T 645 and CJ/T 188 nothing but the address tells a meter. One that has its neighbour's, and answers only when
  /// that one has been asked, is not to be told from it: in no point are meters both slow and misaddressed.
  bool is_slow_point() const { return seed_ / ways % 2 == 0; }

  std::uint64_t seed_;
  Random random_;
  Way way_;
  Instant wall_{1'750'000'000'000'000};
  sim::MeterBus meters_;
  sim::SerialServer server_;
  sim::ModbusTcpServer gateway_;
  std::shared_ptr<TornWire> wire_;     // one of
  std::shared_ptr<TornLine> adapter_;  // these two
  CollectorServer collectors_;
  sim::Collector collector_;
  std::map<CircuitId, bool> ordered_;
  std::uint64_t readings_ = 0;
  std::set<CircuitId> read_;
  std::vector<std::string> wrong_;
  std::unique_ptr<edge::MeterLine> line_;
};

}  // namespace wattle::bus_faults
