#include "tests/bench/bus_lines.hpp"

#include <pthread.h>

#include <future>

#include "shared/base/check.hpp"
#include "shared/io/clock.hpp"
#include "tests/bench/figure.hpp"

namespace wattle::bench {

const BusKind& usual_kind() {
  static const BusKind kind{
      "modbus_rtu", std::make_shared<const MeterProfile>(generic_relay_meter()), {9600, Parity::even, 1}, false};
  return kind;
}

MeterPlace place_of(const MeterProfile& profile, std::uint64_t unit) {
  const auto addresses = addresses_of(profile, 1).size();  // of each meter
  const MeterId number{1000 + unit * addresses};
  return {is_asked_by_number(profile) ? number.value : 1 + (unit - 1) * addresses, number, {}};
}

sim::VirtualMeter metered(const BusKind& kind, std::uint64_t unit, Power load) {
  const auto place = place_of(*kind.profile, unit);
  sim::VirtualMeterSettings settings;
  settings.profile = kind.profile;
  settings.address = place.address;
  settings.number = place.number;
  settings.circuits.assign(circuit_count(*kind.profile), {std::make_shared<sim::LoadCurve>(load), 100, 0});
  return {std::move(settings), sim::MeterMemory{}, wall_clock()};
}

Meters::Meters(const BusKind& kind, Pace pace) {
  for (std::size_t bus = 0; bus < buses; ++bus) {
    std::vector<sim::VirtualMeter> all;
    for (std::uint64_t unit = 1; unit <= meters_a_bus; ++unit) all.push_back(metered(kind, unit, Power{100}));
    auto pty = sim::Pty::open("");
    WATTLE_CHECK(pty);
    sim::MeterBusSettings settings{
        .timing = {true, kind.line, turnaround}, .seed = bus, .wall_clock = wall_clock, .remember = {}};
    buses_.push_back(std::make_unique<sim::MeterBus>(loop_, std::move(*pty), std::move(all), std::move(settings)));
    buses_.back()->start();
    if (!kind.gateway) continue;
    gateways_.push_back(std::make_unique<sim::ModbusTcpServer>(loop_, *buses_.back()));
    WATTLE_CHECK(!gateways_.back()->open(0));
  }
  if (pace == Pace::watches) {
    thread_ = std::thread([this] {
      while (!loop_.stopped()) loop_.poll();
    });
    are_prompt_ = std::thread::hardware_concurrency() > 1;
    return;
  }
  thread_ = std::thread([this] { loop_.run(); });
  const sched_param first{1};
  are_prompt_ = pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &first) == 0;
}

Meters::~Meters() {
  loop_.stop();
  thread_.join();
}

void Meters::tell_way(std::size_t bus, edge::BusConfig& config) const {
  if (gateways_.empty()) {
    config.device = buses_[bus]->device();
    return;
  }
  config.connect = TcpAddress{"127.0.0.1", gateways_[bus]->port()};
  config.framing = edge::Framing::modbus_tcp;
}

void Meters::kill(std::size_t bus, MeterId number) {
  boost::asio::post(loop_, [this, bus, number] { buses_[bus]->command("dead " + std::to_string(number.value) + " on"); });
}

sim::WireUse Meters::wire_use() {
  std::promise<sim::WireUse> told;
  boost::asio::post(loop_, [&] {
    sim::WireUse sum;
    for (const auto& bus : buses_) {
      sum.answers += bus->wire_use().answers;
      sum.characters += bus->wire_use().characters;
    }
    told.set_value(sum);
  });
  return told.get_future().get();
}

Box::Box(const BusKind& kind, const Meters& at) {
  for (std::size_t bus = 0; bus < buses; ++bus) {
    edge::BusConfig config;
    config.name = std::to_string(bus + 1);
    config.line = kind.line;
    at.tell_way(bus, config);
    for (std::uint64_t unit = 1; unit <= meters_a_bus; ++unit) {
      const CircuitId circuit{static_cast<std::uint32_t>(bus * meters_a_bus + unit)};
      config.meters.push_back({place_of(*kind.profile, unit), kind.profile, {{{1}, circuit}}});
    }
    edge::MeterLineHandlers handlers{[](const edge::MeterRead&) {}, [] {}, [](const edge::Noticed&) {},
                                     [](RoomId) { return true; }};
    lines_.push_back(std::make_unique<edge::MeterLine>(loop_, config, as_fast_as_it_goes, std::move(handlers)));
    lines_.back()->start();
  }
}

double Box::answers() const {
  std::uint64_t sum = 0;
  for (const auto& line : lines_) sum += line->counters().transactions - line->counters().silences - line->counters().broken;
  return static_cast<double>(sum);
}

Got Box::work(Meters& at, std::chrono::milliseconds time) {
  loop_.run_for(std::chrono::milliseconds(500));
  const auto used = at.wire_use();
  const auto before = answers();
  const auto begin = wall_seconds();
  loop_.run_for(time);
  Got got;
  got.seconds = wall_seconds() - begin;
  got.answers = answers() - before;
  const auto now = at.wire_use();
  got.use = {now.answers - used.answers, now.characters - used.characters};
  return got;
}

Duration wire_needs(const BusKind& kind, const sim::WireUse& use) {
  const auto answers = static_cast<std::int64_t>(use.answers);
  return {wire_time(kind.line, static_cast<std::int64_t>(use.characters)).micros +
          answers * (turnaround.micros + gap_before(*kind.profile, kind.line).micros)};
}

}  // namespace wattle::bench
