// How old what the box knows of a meter is, and how long a meter waits for a full reading: 32 meters at 2400 baud, two of them
// dead, each answer of DL/T 645 and CJ/T 188 behind the four bytes that wake a line up, the box asking as it does when nobody
// has configured anything. Over an hour in the poll plan alone, on a clock of numbers, in every protocol; with --long also on a
// real line, for some minutes.

#include <algorithm>
#include <optional>
#include <utility>

#include "edge/io/tcp_bus.hpp"
#include "shared/base/check.hpp"
#include "shared/io/clock.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/bench/bus_lines.hpp"
#include "tests/bench/figure.hpp"
#include "tests/support/asked_meter.hpp"

namespace wattle::bench {
namespace {

constexpr LineFormat slowest_line{2400, Parity::even, 1};
constexpr Duration thinks = milliseconds(100);  // a meter of the slower kind
constexpr std::uint64_t dead_meters = 2;
constexpr double age_target_s = 180;
constexpr Duration sampled_every = seconds(1);
constexpr std::uint64_t meters_beside = 4;            // the last ones of a mixed bus
constexpr Duration gateway_takes = milliseconds(50);  // on top of the line behind it

/// Samples of the age of what is known of each meter: its newest reading, or that it has just failed to answer again.
struct Ages {
  std::vector<Tick> known;
  std::vector<std::int64_t> of_the_living;
  std::vector<std::int64_t> of_all;
  std::optional<Duration> longest_without_full = {};  // reading, of the living; of a bus whose meters do not always tell all

  void sample(Tick now) {
    for (std::size_t meter = 0; meter < known.size(); ++meter) {
      const auto age = (now - known[meter]).micros;
      of_all.push_back(age);
      if (meter >= dead_meters) of_the_living.push_back(age);
    }
  }
};

double p99_seconds(std::vector<std::int64_t> ages) {
  WATTLE_CHECK(!ages.empty());
  const auto at = ages.begin() + static_cast<std::ptrdiff_t>((ages.size() - 1) * 99 / 100);
  std::nth_element(ages.begin(), at, ages.end());
  return static_cast<double>(*at) / 1e6;
}

/// The meters of a bus, and some that are of another kind.
struct Mix {
  BusKind kind;
  std::optional<BusKind> beside = {};

  const BusKind& of(std::uint64_t unit) const { return beside && unit > meters_a_bus - meters_beside ? *beside : kind; }
};

std::vector<edge::PolledMeter> polled(const Mix& mix) {
  std::vector<edge::PolledMeter> all;
  for (std::uint64_t unit = 1; unit <= meters_a_bus; ++unit) {
    const auto& profile = mix.of(unit).profile;
    all.push_back({place_of(*profile, unit), profile, {{{1}, {static_cast<std::uint32_t>(unit)}}}});
  }
  return all;
}

/// Since when each meter has had no full reading; M-Bus is asked alike, whatever the depth.
struct FullReadings {
  std::vector<Exchange> last;
  std::vector<bool> tells_all;
  std::vector<Tick> at;

  FullReadings(const std::vector<edge::PolledMeter>& meters, Tick from) : at(meters.size(), from) {
    for (const auto& meter : meters) {
      const auto full = reading_exchanges(*meter.profile, meter.place, Depth::full);
      last.push_back(full.back());
      tells_all.push_back(full.size() == reading_exchanges(*meter.profile, meter.place, Depth::control).size());
    }
  }
  /// How long it had been without.
  Duration read(std::size_t meter, const Exchange& asked, Tick now) {
    if (!tells_all[meter] && !(asked == last[meter])) return {};
    return now - std::exchange(at[meter], now);
  }
  bool is_each() const { return std::find(tells_all.begin(), tells_all.end(), false) == tells_all.end(); }
  Duration waiting(Tick now) const {
    Duration longest{};
    for (auto meter = dead_meters; meter < at.size(); ++meter) longest = std::max(longest, now - at[meter]);
    return longest;
  }
};

/// One question on the wire: the time it takes, and what was heard.
Tick transact(const BusKind& kind, const edge::Question& question, sim::VirtualMeter& meter, bool is_dead, Tick now,
              Bytes& heard) {
  const auto asked = request_bytes(question.exchange);
  heard = is_dead ? Bytes{} : test::answer_of(meter, asked, Instant{now.micros});
  const auto before = now + question.gap + (kind.gateway ? gateway_takes : Duration{});
  if (heard.empty()) return before + question.timeout + (kind.gateway ? Duration{} : StreamBusSettings{}.quiet);
  return before + thinks + wire_time(kind.line, static_cast<std::int64_t>(asked.size() + heard.size()));
}

Ages ages_over(const Mix& mix, Duration time) {
  std::vector<sim::VirtualMeter> meters;
  for (std::uint64_t unit = 1; unit <= meters_a_bus; ++unit) meters.push_back(metered(mix.of(unit), unit, Power{100}));
  Tick now{};
  const auto latency = mix.kind.gateway ? tcp_latency : Duration{};
  edge::PollPlan plan({.line = mix.kind.line, .latency = latency}, polled(mix), now);
  Ages ages{std::vector<Tick>(meters_a_bus), {}, {}};
  FullReadings full(polled(mix), now);
  Duration longest{};
  for (auto next_sample = now + minutes(5); now < Tick{} + time;) {
    const auto question = plan.next(now);
    if (!question) {
      now = plan.wake_up();
      continue;
    }
    const auto meter = question->circuit.value - 1;
    Bytes heard;
    now = transact(mix.of(meter + 1), *question, meters[meter], meter < dead_meters, now, heard);
    for (; next_sample < now; next_sample = next_sample + sampled_every) ages.sample(next_sample);
    const auto received =
        heard.empty() ? Received(Bad{WATTLE_FAIL(MeterErrc::silence)}) : receive(question->exchange, heard, Wire::quiet);
    const auto result = plan.answered(received, now);
    if (meter < dead_meters) ages.known[meter] = now;
    for (const auto& reading : result.readings) {
      ages.known[reading.circuit.value - 1] = now;
      longest = std::max(longest, full.read(meter, question->exchange, now));
    }
  }
  if (!full.is_each()) ages.longest_without_full = std::max(longest, full.waiting(now));
  return ages;
}

std::vector<BusKind> slow_kinds() {
  static constexpr struct {
    const char* name;
    const char* model;
    bool gateway = false;
  } all[] = {
      {"modbus_rtu", "generic-relay-meter"},
      {"dlt645_2007", "generic-dlt645-2007"},
      {"dlt645_1997", "generic-dlt645-1997"},
      {"cjt188", "generic-cjt188-cold-water"},
      {"mbus", "generic-mbus-energy"},
      {"modbus_tcp", "generic-relay-meter", true},
      {"modbus_three_phase", "eastron-sdm630"},
      {"modbus_four_circuits", "generic-four-circuits"},
      {"dlt645_three_phase", "generic-dlt645-2007-three-phase"},
      {"dlt645_three_circuits", "generic-dlt645-2007-three-circuits"},
      {"dlt645_four_circuits", "generic-dlt645-2007-four-circuits"},
  };
  std::vector<BusKind> kinds;
  for (const auto& [name, model, gateway] : all) {
    auto profile = shipped_profile(model);
    WATTLE_CHECK(profile != nullptr);
    kinds.push_back({name, std::move(profile), slowest_line, gateway});
  }
  return kinds;
}

BusKind slow_kind(std::string_view name) {
  const auto kinds = slow_kinds();
  const auto at = std::find_if(kinds.begin(), kinds.end(), [name](const BusKind& kind) { return kind.name == name; });
  WATTLE_CHECK(at != kinds.end());
  return *at;
}

void tell_ages(const std::string& name, const Ages& ages, const Report& report) {
  for (const auto& [what, samples] : {std::pair("", &ages.of_the_living), std::pair("_with_dead", &ages.of_all)})
    report({.name = "bus.state_age_p99_" + name + what,
            .value = p99_seconds(*samples),
            .unit = "s",
            .target = age_target_s,
            .at_most = true});
  if (!ages.longest_without_full) return;
  report({.name = "bus.full_reading_longest_" + name,
          .value = static_cast<double>(ages.longest_without_full->micros) / 1e6,
          .unit = "s"});
}

/// The same on a timed pseudo-terminal, in real time.
Ages real_ages(const BusKind& kind, Duration time) {
  Meters at(kind);
  boost::asio::io_context loop(1);
  edge::BusConfig config;
  config.line = kind.line;
  at.tell_way(0, config);
  for (const auto& meter : polled({kind}))
    config.meters.push_back({meter.place, meter.profile, {{{1}, {meter.circuits.front().circuit}}}});
  for (std::uint64_t unit = 1; unit <= dead_meters; ++unit) at.kill(0, place_of(*kind.profile, unit).number);
  Ages ages{std::vector<Tick>(meters_a_bus), {}, {}};
  const auto read = [&](const edge::MeterRead& reading) { ages.known[reading.circuit.value - 1] = monotonic_clock(); };
  edge::MeterLine line(loop, config, edge::PollSettings{}.every,
                       {read, [] {}, [](const edge::Noticed&) {}, [](RoomId) { return true; }});
  line.start();
  loop.run_for(std::chrono::minutes(2));
  const auto end = monotonic_clock() + time;
  while (monotonic_clock() < end) {
    loop.run_for(std::chrono::seconds(1));
    ages.sample(monotonic_clock());
  }
  line.stop();
  loop.run_for(std::chrono::milliseconds(100));
  return ages;
}

}  // namespace

void measure_ages(Effort effort, const Report& report) {
  const auto time = effort == Effort::small ? minutes(10) : minutes(65);
  for (const auto& kind : slow_kinds()) tell_ages(kind.name, ages_over({kind}, time), report);
  const auto slowest = slow_kind("dlt645_four_circuits");
  const Mix mixed{slowest, slow_kind("cjt188")};
  tell_ages("four_circuits_beside_water", ages_over(mixed, time), report);
  if (effort != Effort::patient) return;
  report({.name = "bus.state_age_p99_on_a_line",
          .value = p99_seconds(real_ages(slowest, minutes(5)).of_the_living),
          .unit = "s",
          .target = age_target_s,
          .at_most = true});
}

}  // namespace wattle::bench
