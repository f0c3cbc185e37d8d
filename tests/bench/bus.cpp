// Requests a second of eight buses together beside what their wires allow, computed from the bytes, the meters' turnaround and
// the silence between frames; and what one dead meter takes from the others of its bus. The meters are virtual, on
// pseudo-terminals that take the time of the line, and have a thread of their own; the master's side is the box's.

#include <pthread.h>

#include <atomic>
#include <filesystem>
#include <thread>

#include "edge/io/stream_bus.hpp"
#include "edge/meter_line.hpp"
#include "edge/priority.hpp"
#include "shared/base/check.hpp"
#include "shared/io/clock.hpp"
#include "simulator/devices/meter_bus.hpp"
#include "tests/bench/figure.hpp"

namespace wattle::bench {
namespace {

constexpr std::size_t buses = 8;
constexpr std::uint64_t meters = 32;
constexpr LineFormat slow_line{9600, Parity::even, 1};
constexpr Duration turnaround = milliseconds(20);
constexpr Duration as_fast_as_it_goes = milliseconds(200);
constexpr double idle_target = 0.97;
constexpr double busy_target = 0.95;
constexpr double dead_target = 0.97;

const std::shared_ptr<const MeterProfile>& profile() {
  static const auto the_one = std::make_shared<const MeterProfile>(generic_relay_meter());
  return the_one;
}
MeterPlace place(std::uint64_t unit) { return {unit, MeterId{1000 + unit}, {}}; }

/// Of one request with its answer and the silence before it.
Duration transaction_time() {
  const auto exchange = reading_exchanges(*profile(), place(1), Depth::full).front();
  const auto& ask = std::get<ModbusAsk>(exchange.ask);
  const auto bytes = request_bytes(exchange).size() + modbus::answer_size(ask.request) + modbus_rtu::frame_overhead;
  return {wire_time(slow_line, static_cast<std::int64_t>(bytes)).micros + turnaround.micros +
          gap_before(*profile(), slow_line).micros};
}

double per_second(Duration one) { return 1e6 / static_cast<double>(one.micros); }

/// The meters of all buses, on a thread of their own.
class Meters {
 public:
  Meters() {
    for (std::size_t bus = 0; bus < buses; ++bus) {
      std::vector<sim::VirtualMeter> all;
      for (std::uint64_t unit = 1; unit <= meters; ++unit) {
        sim::VirtualMeterSettings settings;
        settings.profile = profile();
        settings.address = unit;
        settings.number = place(unit).number;
        settings.circuits = {{std::make_shared<sim::LoadCurve>(Power{100}), 100, 0}};
        all.emplace_back(std::move(settings), sim::MeterMemory{}, wall_clock());
      }
      auto pty = sim::Pty::open("");
      WATTLE_CHECK(pty);
      sim::MeterBusSettings settings{
          .timing = {true, slow_line, turnaround}, .seed = bus, .wall_clock = wall_clock, .remember = {}};
      buses_.push_back(std::make_unique<sim::MeterBus>(loop_, std::move(*pty), std::move(all), std::move(settings)));
      buses_.back()->start();
    }
    thread_ = std::thread([this] { loop_.run(); });
    const sched_param first{1};
    are_prompt_ = pthread_setschedparam(thread_.native_handle(), SCHED_FIFO, &first) == 0;
  }
  Meters(const Meters&) = delete;
  Meters& operator=(const Meters&) = delete;
  ~Meters() {
    loop_.stop();
    thread_.join();
  }
  std::string device(std::size_t bus) const { return buses_[bus]->device(); }
  /// They stand for hardware, which has processors of its own; without the right to it they wait for ours like everybody.
  bool are_prompt() const { return are_prompt_; }

 private:
  boost::asio::io_context loop_{1};
  std::vector<std::unique_ptr<sim::MeterBus>> buses_;
  std::thread thread_;
  bool are_prompt_ = false;
};

/// The box's side of them all.
class Box {
 public:
  explicit Box(const Meters& at) {
    for (std::size_t bus = 0; bus < buses; ++bus) {
      edge::BusConfig config;
      config.name = std::to_string(bus + 1);
      config.device = at.device(bus);
      config.line = slow_line;
      for (std::uint64_t unit = 1; unit <= meters; ++unit)
        config.meters.push_back({place(unit), profile(), {{{1}, {static_cast<std::uint32_t>(bus * meters + unit)}}}});
      edge::MeterLineHandlers handlers{[this](const edge::MeterRead&) { ++readings_; }, [] {}, [](const edge::Noticed&) {},
                                       [](RoomId) { return true; }};
      lines_.push_back(std::make_unique<edge::MeterLine>(loop_, config, as_fast_as_it_goes, std::move(handlers)));
      lines_.back()->start();
    }
  }
  /// Readings a second over that time, after a moment to get going.
  double readings_a_second(std::chrono::milliseconds time) {
    loop_.run_for(std::chrono::milliseconds(500));
    readings_ = 0;
    const auto begin = wall_seconds();
    loop_.run_for(time);
    return static_cast<double>(readings_) / (wall_seconds() - begin);
  }

 private:
  boost::asio::io_context loop_{1};
  std::vector<std::unique_ptr<edge::MeterLine>> lines_;
  std::uint64_t readings_ = 0;
};

/// Two threads that never rest, for as long as it lives.
class Busy {
 public:
  Busy() {
    for (auto& thread : threads_) {
      thread = std::thread([this] {
        volatile std::uint64_t sum = 0;
        while (!over_) sum = sum + 1;
      });
    }
  }
  Busy(const Busy&) = delete;
  Busy& operator=(const Busy&) = delete;
  ~Busy() {
    over_ = true;
    for (auto& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> over_ = false;
  std::array<std::thread, 2> threads_;
};

void measure_requests(std::chrono::milliseconds time, bool is_busy, const Report& report) {
  const Meters at;
  report({.name = "bus.meters_are_prompt", .value = at.are_prompt() ? 1.0 : 0.0, .unit = "yes or no"});
  std::optional<Busy> busy;
  if (is_busy) busy.emplace();
  double got = 0;
  std::thread box([&] {  // as the program does
    report({.name = "bus.box_goes_first", .value = edge::go_before_others() ? 1.0 : 0.0, .unit = "yes or no"});
    got = Box(at).readings_a_second(time);
  });
  box.join();
  const auto allowed = static_cast<double>(buses) * per_second(transaction_time());
  report({.name = is_busy ? "bus.requests_cores_busy" : "bus.requests",
          .value = got,
          .unit = "1/s",
          .baseline = allowed,
          .ratio = got / allowed,
          .target = is_busy ? busy_target : idle_target});
}

/// Readings of the living in ten minutes from the failure, in the poll plan alone on a clock of numbers: a question takes the
/// wire's time, or its time-out when nobody answers.
std::uint64_t readings_of_the_living(bool one_is_dead) {
  std::vector<edge::PolledMeter> all;
  for (std::uint64_t unit = one_is_dead ? 1 : 2; unit <= meters; ++unit)
    all.push_back({place(unit), profile(), {{{1}, {static_cast<std::uint32_t>(unit)}}}});
  Tick now{};
  edge::PollPlan plan({.every = as_fast_as_it_goes, .line = slow_line, .latency = {}}, std::move(all), now);
  const auto& model = std::get<ModbusModel>(profile()->protocol);
  std::uint64_t readings = 0;
  const auto step = [&](bool is_dead_now) {
    const auto question = plan.next(now);
    if (!question) {
      now = plan.wake_up();
      return;
    }
    const auto unit = std::get<ModbusAsk>(question->exchange.ask).unit;
    if (is_dead_now && unit == 1) {
      now = now + question->timeout + StreamBusSettings{}.quiet + question->gap;
      plan.answered(Bad{WATTLE_FAIL(MeterErrc::silence)}, now);
      return;
    }
    now = now + transaction_time();
    const Reading shown{place(unit).number, 220'000, {}, {{{1000}, Power{100}, 450, {}, true}}};
    auto image = modbus::encode_reading(model, shown, 0);
    MeterAnswer answer;
    for (std::uint16_t at = 0; at < model.blocks[0].count; ++at) answer.values.push_back(image->holding.at(at).value);
    readings += plan.answered(answer, now).readings.size();
  };
  const auto failure = now + seconds(60);
  while (now < failure) step(false);
  readings = 0;
  const auto end = now + minutes(10);
  while (now < end) step(one_is_dead);
  return readings;
}

}  // namespace

void measure_bus(Effort effort, const Report& report) {
  const auto time = effort == Effort::small ? std::chrono::seconds(1) : std::chrono::seconds(60);
  measure_requests(time, false, report);
  measure_requests(time, true, report);
  const auto without = static_cast<double>(readings_of_the_living(false));
  const auto with = static_cast<double>(readings_of_the_living(true));
  report({.name = "bus.others_beside_a_dead_meter",
          .value = with / 600,
          .unit = "1/s",
          .baseline = without / 600,
          .ratio = with / without,
          .target = dead_target});
}

}  // namespace wattle::bench
