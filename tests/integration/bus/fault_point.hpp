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
#include "tests/integration/bus/fault_ways.hpp"
#include "tests/integration/bus/held_registers.hpp"
#include "tests/integration/bus/torn_line.hpp"
#include "tests/integration/bus/torn_wire.hpp"

namespace wattle::bus_faults {

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
                {.timing = {}, .seed = seed, .wall_clock = [this] { return count_on(); }, .remember = {}}),
        server_(loop),
        gateway_(loop, meters_),
        collectors_(loop),
        collector_(loop) {
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) held_.put(n, *profile(n), place(n));
    meters_.start();
    edge::BusConfig config;
    config.name = std::to_string(seed);
    config.line = {115'200, Parity::even, 1};
    if (is_serial())
      plug_in(loop, config);
    else if (bus_faults::is_collector(way_))
      dial_in(loop, config);
    else
      connect(loop, config);
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) config.meters.push_back({place(n), profile(n), circuits_of(n)});
    edge::MeterLineHandlers handlers{[this](const edge::MeterRead& reading) { judge(reading); }, [] {},
                                     [](const edge::Noticed&) {}, [](RoomId) { return true; }};
    line_ = std::make_unique<edge::MeterLine>(loop, config, polled_every, std::move(handlers), &collectors_);
    line_->start();
    if (is_slow_point()) carry_with({.lates_per_mille = 300});  // from the first question on: later most meters are left alone
  }

  static constexpr auto ways = static_cast<std::uint64_t>(Way::count);
  bool is_serial() const { return bus_faults::is_serial(way_); }
  Way way() const { return way_; }
  std::uint64_t seed() const { return seed_; }
  std::uint64_t readings() const { return readings_; }
  std::uint64_t pulled() const { return adapter_ ? adapter_->pulled() : 0; }
  std::uint64_t cuts() const { return adapter_ ? adapter_->cuts() : wire_->cuts(); }
  std::uint64_t lates() const { return adapter_ ? adapter_->lates() : wire_->lates(); }
  std::uint64_t dropped() const { return wire_ ? wire_->dropped() : 0; }
  const BusCounters& counters() const { return line_->counters(); }
  bool is_away() const { return line_->is_away(); }
  const std::vector<std::string>& wrong() const { return wrong_; }
  sim::MeterBus& meters() { return meters_; }
  TornLine& adapter() { return *adapter_; }

  void forget_readings() { read_.clear(); }
  bool can_switch() const { return can_switch(0); }
  /// Each of the meter's circuits.
  void order(std::uint64_t n, bool close) {
    for (std::size_t i = 0; i < circuits(n); ++i) order(n, i, close);
  }
  void order(std::uint64_t n, std::size_t i, bool close) {
    if (!can_switch(n)) return;
    ordered_[circuit(n, i)] = close;
    line_->order(circuit(n, i), close);
  }

  void mischief() {
    const auto n = random_.below(meters_a_bus);
    const auto i = static_cast<std::size_t>(random_.below(circuits(n)));
    switch (random_.below(10)) {
      case 0: meters_.command("noise " + std::to_string(random_.below(500))); break;
      case 1: meters_.command("dead " + who(n) + (random_.chance(1, 2) ? " on" : " off")); break;
      case 2:
        if (is_slow_point()) meters_.command("slow " + who(n) + ' ' + std::to_string(random_.below(200)));
        break;
      case 3:
        if (!is_slow_point()) meters_.command("misaddress " + who(n) + (random_.chance(1, 2) ? " on" : " off"));
        break;
      case 4: meters_.command("relay " + who(n, i) + (random_.chance(1, 2) ? " open" : " closed")); break;
      case 5: tear(); break;
      case 6: break_off(); break;
      case 7: meters_.command("noise " + std::to_string(random_.below(1000))); break;
      default: order(n, i, random_.chance(1, 2)); break;
    }
  }

  void heal() {
    read_.clear();
    meters_.command("noise 0");
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      meters_.command("dead " + who(n) + " off");
      meters_.command("slow " + who(n) + " 0");
      meters_.command("misaddress " + who(n) + " off");
      for (std::size_t i = 0; i < circuits(n); ++i) order(n, i, random_.chance(1, 2));
    }
    carry_with({});
    if (adapter_ && !adapter_->plug()) wrong_.push_back("the adapter cannot be put back");
  }

  /// Of what has been read since heal(), or forget_readings().
  bool is_healed() {
    if (line_->is_away()) return false;
    for (std::uint64_t n = 0; n < meters_a_bus; ++n)
      for (std::size_t i = 0; i < circuits(n); ++i)
        if (!is_healed(n, i)) return false;
    return true;
  }

  /// What the box makes of it, and how it is.
  std::string told() {
    std::string text = std::string(way_names[static_cast<std::size_t>(way_)]) + ", seed " + std::to_string(seed_) + '\n' +
                       meters_.command("status");
    for (std::uint64_t n = 0; n < meters_a_bus; ++n)
      for (std::size_t i = 0; i < circuits(n); ++i) text += told(n, i);
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
  Speech speech(std::uint64_t n) const { return speech_of(way_, n); }
  const std::shared_ptr<const MeterProfile>& profile(std::uint64_t n) const { return profiles_[n]; }
  std::vector<std::shared_ptr<const MeterProfile>> all_profiles() const {
    std::vector<std::shared_ptr<const MeterProfile>> out;
    for (std::uint64_t n = 0; n < meters_a_bus; ++n)
      out.push_back(std::make_shared<const MeterProfile>(quick(profile_of(speech(n)))));
    return out;
  }
  /// Neither M-Bus nor the edition of 1997 knows a relay.
  bool can_switch(std::uint64_t n) const { return speech(n) != Speech::mbus && speech(n) != Speech::dlt645_1997; }
  std::size_t circuits(std::uint64_t n) const { return speech(n) == Speech::three_circuits ? 3 : 1; }
  static CircuitId circuit(std::uint64_t n, std::size_t i) { return {static_cast<std::uint32_t>(1010 + 10 * n + i)}; }
  static HeldRegister register_behind(CircuitId circuit) {
    return {(circuit.value - 1010) / 10, static_cast<std::size_t>(circuit.value % 10)};
  }
  std::vector<edge::CircuitConfig> circuits_of(std::uint64_t n) const {
    std::vector<edge::CircuitConfig> out;
    for (std::size_t i = 0; i < circuits(n); ++i) out.push_back({{101}, circuit(n, i)});
    return out;
  }
  MeterPlace place(std::uint64_t n) const {
    const MeterId number{seed_ % 1000 * 100'000 + 40 + n};
    return {is_asked_by_number(*profile(n)) ? number.value : n + 1, number, {}};
  }
  std::string who(std::uint64_t n) const { return std::to_string(place(n).number.value); }
  std::string who(std::uint64_t n, std::size_t i) const { return who(n) + '.' + std::to_string(i + 1); }

  /// Of what has been read since heal(), or forget_readings().
  bool is_healed(std::uint64_t n, std::size_t i) {
    const auto id = circuit(n, i);
    const auto* seen = line_->plan().newest(id);
    if (!read_.contains(id) || seen == nullptr || line_->plan().is_silent(id)) return false;
    if (!can_switch(n)) return true;
    const bool close = ordered_.at(id);
    return seen->relay_closed == close && meters_.meters()[n].read(wall_).circuits.at(i).relay_closed == close;
  }
  std::string told(std::uint64_t n, std::size_t i) const {
    const auto* newest = line_->plan().newest(circuit(n, i));
    const auto word = [](std::optional<bool> closed) { return !closed ? "unknown" : *closed ? "closed" : "open"; };
    const auto ordered = ordered_.find(circuit(n, i));
    return who(n, i) + ": ordered " + (ordered == ordered_.end() ? "nothing" : word(ordered->second)) + ", seen " +
           word(newest == nullptr ? std::nullopt : newest->relay_closed) +
           (line_->plan().is_silent(circuit(n, i)) ? ", silent\n" : "\n");
  }

  /// A meter is asked: its registers stand where the moment has them. The wall clock itself stands still here.
  Instant count_on() {
    for (std::uint64_t n = 0; n < meters_a_bus; ++n)
      for (std::size_t i = 0; i < circuits(n); ++i) meters_.meters()[n].set_energy(i, held_.now({n, i}), wall_);
    return wall_;
  }

  std::vector<sim::VirtualMeter> all() const {
    std::vector<sim::VirtualMeter> out;
    for (std::uint64_t n = 0; n < meters_a_bus; ++n) {
      sim::VirtualMeterSettings settings;
      settings.profile = profile(n);
      settings.address = place(n).address;
      settings.number = place(n).number;
      settings.circuits.assign(circuits(n), {std::make_shared<sim::LoadCurve>(Power{0}), 100, 0});
      settings.valve_travel = {};  // the wall clock stands still here
      out.emplace_back(std::move(settings), sim::MeterMemory{}, wall_);
    }
    return out;
  }

  void plug_in(boost::asio::io_context& loop, edge::BusConfig& config) {
    const auto name = "wattle-faults-" + std::to_string(getpid()) + '-' + std::to_string(seed_);
    adapter_ =
        std::make_shared<TornLine>(loop, meters_.device(), (std::filesystem::temp_directory_path() / name).string(), seed_ + 1);
    adapter_->on_bytes([this](ByteView bytes) { held_.pass(bytes); });
    if (!adapter_->plug()) wrong_.push_back("no adapter");
    config.device = adapter_->path();
  }

  void connect(boost::asio::io_context& loop, edge::BusConfig& config) {
    const bool is_gateway = way_ == Way::modbus_tcp;
    if (is_gateway) config.framing = edge::Framing::modbus_tcp;
    const auto error = is_gateway ? gateway_.open(0) : server_.open(meters_.device(), 0);
    if (error) wrong_.push_back("no port: " + error.message());
    wire_ = std::make_shared<TornWire>(loop, is_gateway ? gateway_.port() : server_.port(), seed_);
    wire_->on_bytes([this](ByteView bytes) { held_.pass(bytes); });
    wire_->start();
    config.connect = TcpAddress{"127.0.0.1", wire_->port()};
    config.latency = milliseconds(20);
  }

  /// The collector's heartbeat comes within answers as often as between them, and the wire cuts and tears both.
  void dial_in(boost::asio::io_context& loop, edge::BusConfig& config) {
    const Bytes registration = {'D', 'T', 'U', '-', '1'}, heartbeat = {0xfe, 'h', 'b'};
    if (const auto error = collectors_.open({"127.0.0.1", 0})) wrong_.push_back("no port: " + error.message());
    wire_ = std::make_shared<TornWire>(loop, collectors_.port(), seed_);
    wire_->on_bytes([this](ByteView bytes) { held_.pass(bytes); });
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

  void carry_with(const Tearing& tearing) {
    if (wire_) wire_->set(tearing);
    if (adapter_) adapter_->set(tearing);
  }
  void tear() {
    const auto up_to = [this](std::uint64_t most) { return static_cast<std::uint32_t>(random_.below(most)); };
    carry_with({up_to(500), up_to(200), up_to(60), up_to(200), is_slow_point() ? 100 + up_to(400) : 0});
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
  /// seemed to fulfil is ordered again. Besides: whatever is read must have been held, since it was asked for, by the meter
  /// whose number it carries. Another meter's number is no wrong reading: it is told, and neither charged nor switched.
  void judge(const edge::MeterRead& reading) {
    ++readings_;
    read_.insert(reading.circuit);
    const auto order_of = ordered_.find(reading.circuit);
    if (order_of != ordered_.end() && reading.relay_closed && *reading.relay_closed != order_of->second)
      line_->order(reading.circuit, order_of->second);
    const auto asked = register_behind(reading.circuit);
    const bool draws_nothing = !reading.power || reading.power->watts == 0;
    bool is_held = false;
    for (std::uint64_t n = 0; n < meters_a_bus; ++n)
      is_held =
          is_held || (reading.meter == place(n).number && held_.has_held({n, asked.circuit}, asked, reading.register_units));
    held_.take(asked);
    if (is_held && draws_nothing) return;
    wrong_.push_back("circuit " + std::to_string(reading.circuit.value) + ": meter " + std::to_string(reading.meter.value) +
                     " at " + std::to_string(reading.register_units.units) + " where it stands at " +
                     std::to_string(held_.now(asked).units) + (draws_nothing ? "" : ", power"));
  }

  /// Under DL/T 645 and CJ/T 188 nothing but the address tells a meter. One that has its neighbour's, and answers only when
  /// that one has been asked, is not to be told from it: in no point are answers both late and misaddressed.
  bool is_slow_point() const { return seed_ / ways % 2 == 0; }

  std::uint64_t seed_;
  Random random_;
  Way way_;
  std::vector<std::shared_ptr<const MeterProfile>> profiles_ = all_profiles();
  Instant wall_{1'750'000'000'000'000};
  HeldRegisters held_;
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
