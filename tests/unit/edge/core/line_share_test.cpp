// A line that has no time for all that its meters are asked: what control leaves is shared, and what each meter waits for has
// an end. Virtual meters of several kinds, on a clock of numbers.

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "edge/core/poll_plan.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/support/asked_meter.hpp"

namespace wattle::edge::line_share_test {
namespace {

constexpr LineFormat slow_line{2400, Parity::even, 1};
constexpr Instant began{1'750'000'000'000'000};
constexpr Duration thought = milliseconds(100);

/// A meter, and how long it was left out.
struct Stood {
  PolledMeter is;
  sim::VirtualMeter meter;
  std::vector<Exchange> control;
  std::vector<Exchange> full;
  Tick read_at{};
  Tick full_at{};
  Duration longest_unread{};
  Duration longest_unfull{};

  Stood(const std::shared_ptr<const MeterProfile>& profile, std::uint64_t unit) : is(placed(profile, unit)), meter(made(is)) {
    control = reading_exchanges(*profile, is.place, Depth::control);
    full = reading_exchanges(*profile, is.place, Depth::full);
  }
  static PolledMeter placed(std::shared_ptr<const MeterProfile> profile, std::uint64_t unit) {
    const auto address = 1 + unit * addresses_of(*profile, 1).size();
    return {{address, MeterId{address}, {}}, std::move(profile), {{RoomId{101}, CircuitId{static_cast<std::uint32_t>(unit)}}}};
  }
  static sim::VirtualMeter made(const PolledMeter& is) {
    sim::VirtualMeterSettings settings;
    settings.profile = is.profile;
    settings.address = is.place.address;
    settings.number = is.place.number;
    settings.circuits.assign(circuit_count(*is.profile), {std::make_shared<sim::LoadCurve>(Power{100}), 100, 0});
    return {std::move(settings), sim::MeterMemory{}, began};
  }
  bool tells_all() const { return full.size() == control.size(); }
  /// From now on, whatever was before.
  void count_anew(Tick now) {
    read_at = full_at = now;
    longest_unread = longest_unfull = {};
  }
  void was_asked(const Exchange& exchange, bool is_read, Tick now) {
    if (is_read) longest_unread = std::max(longest_unread, now - std::exchange(read_at, now));
    if (is_read && (tells_all() || exchange == full.back()))
      longest_unfull = std::max(longest_unfull, now - std::exchange(full_at, now));
  }
};

struct Kind {
  const char* model;
  std::uint64_t count;
};

struct SharedLine {
  std::vector<Stood> meters;
  Tick now{};
  PollPlan plan;
  std::function<bool(std::size_t, const Exchange&)> is_ignored = [](std::size_t, const Exchange&) { return false; };
  std::function<void()> before_question = [] {};
  Duration taken_by_silent{};
  std::size_t demands_met = 0;

  explicit SharedLine(const std::vector<Kind>& kinds)
      : meters(all(kinds)), plan({.line = slow_line, .latency = {}}, polled(meters), now) {}

  static std::vector<Stood> all(const std::vector<Kind>& kinds) {
    std::vector<Stood> out;
    for (const auto& kind : kinds)
      for (std::uint64_t n = 0; n < kind.count; ++n) out.emplace_back(shipped_profile(kind.model), out.size());
    return out;
  }
  static std::vector<PolledMeter> polled(const std::vector<Stood>& meters) {
    std::vector<PolledMeter> out;
    for (const auto& stood : meters) out.push_back(stood.is);
    return out;
  }
  CircuitId circuit(std::size_t meter) const { return meters.at(meter).is.circuits.front().circuit; }

  void run(Duration time) {
    for (const auto end = now + time; now < end;) {
      before_question();
      const auto question = plan.next(now);
      if (!question) {
        now = std::min(plan.wake_up(), end);
        continue;
      }
      const bool was_silent = plan.is_silent(question->circuit);
      const auto before = now;
      take(*question);
      if (was_silent) taken_by_silent.micros += (now - before).micros;
    }
  }
  void take(const Question& question) {
    auto& stood = meters.at(question.circuit.value);
    const auto asked = request_bytes(question.exchange);
    const auto said = is_ignored(question.circuit.value, question.exchange)
                          ? Bytes{}
                          : wattle::test::answer_of(stood.meter, asked, Instant{began.micros + now.micros});
    const auto on_wire = wire_time(slow_line, static_cast<std::int64_t>(asked.size() + said.size()));
    now = now + question.gap + (said.empty() ? question.timeout : Duration{thought.micros + on_wire.micros});
    const auto polled = plan.answered(receive(question.exchange, said, Wire::quiet), now);
    for (const auto& demanded : plan.take_demanded()) demands_met += !demanded.error;
    stood.was_asked(question.exchange, !polled.readings.empty(), now);
  }
  void count_anew() {
    for (auto& stood : meters) stood.count_anew(now);
    taken_by_silent = {};
    demands_met = 0;
  }
  /// Of all meters but one, with what is under way.
  Duration longest_unfull(std::size_t but = SIZE_MAX) const {
    Duration longest{};
    for (std::size_t at = 0; at < meters.size(); ++at)
      if (at != but) longest = std::max({longest, meters[at].longest_unfull, now - meters[at].full_at});
    return longest;
  }
  Duration longest_unread() const {
    Duration longest{};
    for (const auto& stood : meters) longest = std::max({longest, stood.longest_unread, now - stood.read_at});
    return longest;
  }
  /// Each so long after the one before.
  void demand_each(std::size_t meter, Duration every) {
    before_question = [this, meter, every, next = now]() mutable {
      if (now < next) return;
      plan.demand(circuit(meter));
      next = now + every;
    };
  }
};

constexpr Kind circuits{"generic-dlt645-2007-four-circuits", 32};

}  // namespace

TEST_CASE("meters that always tell all take no other's turn to do so") {
  SharedLine line({{circuits.model, 28}, {"generic-cjt188-cold-water", 4}});
  line.run(hours(1));
  line.count_anew();
  line.run(hours(4));
  CHECK(line.longest_unfull() < hours(1));
  CHECK(line.longest_unread() < minutes(3));
}

TEST_CASE("whoever demands readings again and again does not leave the others without theirs") {
  for (const auto& [each, unread] : {std::pair(20, 250), std::pair(30, 200), std::pair(45, 180)}) {
    SharedLine line({circuits});
    line.run(hours(1));
    line.count_anew();
    line.demand_each(7, seconds(each));
    line.run(hours(4));
    INFO(each << " s");
    CHECK(line.demands_met > 150);
    CHECK(line.longest_unfull(7) < hours(2));
    CHECK(line.longest_unread() < seconds(unread));
  }
}

TEST_CASE("what is demanded of a dead meter gives the others no more turns than there is time for") {
  SharedLine line({circuits});
  line.is_ignored = [](std::size_t meter, const Exchange&) { return meter == 7; };
  line.run(hours(1));
  line.demand_each(7, seconds(20));
  line.run(minutes(10));
  line.count_anew();
  line.run(hours(2));
  line.meters[7].count_anew(line.now);
  CHECK(line.longest_unread() < seconds(150));
  CHECK(line.longest_unfull() < hours(1));
}

TEST_CASE("meters that answer half of their questions are paid for with what they took") {
  SharedLine line({circuits});
  line.is_ignored = [&](std::size_t meter, const Exchange& exchange) {
    return meter < 16 && exchange == line.meters[meter].control.back();
  };
  line.run(hours(1));
  CHECK(line.plan.silent() == 16);
  line.count_anew();
  line.run(hours(1));
  CHECK(line.taken_by_silent < Duration{hours(1).micros * 11 / 100});
  CHECK(line.taken_by_silent > Duration{hours(1).micros * 5 / 100});
}

}  // namespace wattle::edge::line_share_test
