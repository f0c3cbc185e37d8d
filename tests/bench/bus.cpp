// Requests a second of eight buses together beside what their wires allow, computed from the bytes, the meters' turnaround and
// the silence between frames, in every protocol; and what one dead meter takes from the others of its bus. The meters are
// virtual, on pseudo-terminals that take the time of the line, and have a thread of their own; the master's side is the box's.

#include <atomic>

#include "edge/io/stream_bus.hpp"
#include "edge/priority.hpp"
#include "shared/base/check.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/bench/bus_lines.hpp"
#include "tests/bench/figure.hpp"

namespace wattle::bench {
namespace {

constexpr double idle_target = 0.97;
constexpr double busy_target = 0.95;
constexpr double dead_target = 0.97;

/// Of one request with its answer and the silence before it.
Duration transaction_time() {
  const auto& kind = usual_kind();
  const auto exchange = reading_exchanges(*kind.profile, place_of(*kind.profile, 1), Depth::full).front();
  const auto& ask = std::get<ModbusAsk>(exchange.ask);
  const auto characters = request_bytes(exchange).size() + modbus::answer_size(ask.request) + modbus_rtu::frame_overhead;
  return wire_needs(kind, {1, characters});
}

double per_second(Duration one) { return 1e6 / static_cast<double>(one.micros); }

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
  Meters at(usual_kind(), is_busy ? Pace::sleeps : Pace::watches);  // two busy threads leave no core for them
  report({.name = "bus.meters_are_prompt", .value = at.are_prompt() ? 1.0 : 0.0, .unit = "yes or no"});
  std::optional<Busy> busy;
  if (is_busy) busy.emplace();
  double got = 0;
  std::thread box([&] {  // as the program does
    report({.name = "bus.box_goes_first", .value = edge::go_before_others() ? 1.0 : 0.0, .unit = "yes or no"});
    const auto all = Box(usual_kind(), at).work(at, time);
    got = all.answers / all.seconds;
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

/// Every protocol on the same line. What a reading takes differs: the wire's time is counted from what was said.
std::vector<BusKind> other_kinds() {
  std::vector<BusKind> kinds;
  const auto add = [&](std::string name, std::string_view model, bool gateway) {
    auto profile = shipped_profile(model);
    WATTLE_CHECK(profile != nullptr);
    kinds.push_back({std::move(name), std::move(profile), usual_kind().line, gateway});
  };
  add("modbus_tcp", "generic-relay-meter", true);
  add("dlt645_2007", "generic-dlt645-2007", false);
  add("dlt645_1997", "generic-dlt645-1997", false);
  add("cjt188", "generic-cjt188-cold-water", false);
  add("mbus", "generic-mbus-energy", false);
  return kinds;
}

void measure_protocol(const BusKind& kind, std::chrono::milliseconds time, const Report& report) {
  Meters at(kind, Pace::watches);
  Got got;
  std::thread box([&] {  // as the program does
    edge::go_before_others();
    got = Box(kind, at).work(at, time);
  });
  box.join();
  const auto a_second = got.answers / got.seconds;
  const auto needed = static_cast<double>(wire_needs(kind, got.use).micros) / 1e6;
  const auto allowed = static_cast<double>(buses) * static_cast<double>(got.use.answers) / needed;
  report({.name = "bus.requests_" + kind.name,
          .value = a_second,
          .unit = "1/s",
          .baseline = allowed,
          .ratio = a_second / allowed,
          .target = idle_target});
}

/// Readings of the living in ten minutes from the failure, in the poll plan alone on a clock of numbers: a question takes the
/// wire's time, or its time-out when nobody answers.
std::uint64_t readings_of_the_living(bool one_is_dead) {
  std::vector<edge::PolledMeter> all;
  const auto& profile = usual_kind().profile;
  for (std::uint64_t unit = one_is_dead ? 1 : 2; unit <= meters_a_bus; ++unit)
    all.push_back({place_of(*profile, unit), profile, {{{1}, {static_cast<std::uint32_t>(unit)}}}});
  Tick now{};
  edge::PollPlan plan({.every = as_fast_as_it_goes, .line = usual_kind().line, .latency = {}}, std::move(all), now);
  const auto& model = std::get<ModbusModel>(profile->protocol);
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
    const Reading shown{place_of(*profile, unit).number, 220'000, {}, {{{1000}, Power{100}, 450, {}, true}}};
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
  const auto briefly = effort == Effort::small ? std::chrono::seconds(1) : std::chrono::seconds(8);
  for (const auto& kind : other_kinds()) measure_protocol(kind, briefly, report);
  const auto without = static_cast<double>(readings_of_the_living(false));
  const auto with = static_cast<double>(readings_of_the_living(true));
  report({.name = "bus.others_beside_a_dead_meter",
          .value = with / 600,
          .unit = "1/s",
          .baseline = without / 600,
          .ratio = with / without,
          .target = dead_target});
  measure_ages(effort, report);
}

}  // namespace wattle::bench
