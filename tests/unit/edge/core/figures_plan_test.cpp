// Power, voltage and current that are asked one after another while something is switched: the poll plan with virtual meters,
// of which a load is switched between two questions.

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <utility>

#include "edge/core/poll_plan.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/support/asked_meter.hpp"

namespace wattle::edge::figures_plan_test {

constexpr CircuitId first{1010};
constexpr std::uint64_t number = 161;
constexpr Instant began{1'750'000'000'000'000};
constexpr Duration answers_after = milliseconds(200);

struct Switched {
  std::shared_ptr<const MeterProfile> profile;
  sim::VirtualMeter meter;
  Tick now{};
  PollPlan plan;
  std::function<void(const Exchange&)> before_answer = [](const Exchange&) {};
  std::vector<MeterRead> readings;
  std::vector<Noticed> notices;
  std::size_t questions = 0;

  explicit Switched(std::shared_ptr<const MeterProfile> of)
      : profile(std::move(of)),
        meter(virtual_meter(*this)),
        plan({.line = profile->line, .latency = {}}, {polled(*profile)}, now) {
    for (std::size_t i = 0; i < circuit_count(*profile); ++i) meter.set_load(i, Power{0}, wall());
  }
  explicit Switched(std::string_view model) : Switched(shipped_profile(model)) {}

  Instant wall() const { return {began.micros + now.micros}; }
  static sim::VirtualMeter virtual_meter(const Switched& of) {
    sim::VirtualMeterSettings settings;
    settings.profile = of.profile;
    settings.address = number;
    settings.number = MeterId{number};
    settings.circuits.assign(circuit_count(*of.profile), {std::make_shared<sim::LoadCurve>(Power{0}), 100, 0});
    sim::MeterMemory memory(settings.circuits.size(), {5'000 * sim::microjoules_per_wh, true});
    return {std::move(settings), std::move(memory), began};
  }
  PolledMeter polled(const MeterProfile& of) const {
    PolledMeter out{{number, MeterId{number}, {}}, profile, {}};
    for (std::uint32_t i = 0; i < circuit_count(of); ++i) out.circuits.push_back({{101}, {first.value + i}});
    return out;
  }

  void run(Duration time) {
    const auto end = now + time;
    while (now < end) {
      const auto question = plan.next(now);
      if (!question) {
        now = std::min(plan.wake_up(), end);
        continue;
      }
      ++questions;
      before_answer(question->exchange);
      const auto bytes = test::answer_of(meter, request_bytes(question->exchange), wall());
      now = now + answers_after;
      const auto polled = plan.answered(receive(question->exchange, bytes, Wire::quiet), now);
      readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
      notices.insert(notices.end(), polled.notices.begin(), polled.notices.end());
    }
  }
  /// Each time that this is asked, the load is switched off before the answer; each time that power is, on.
  void switch_before(std::uint32_t item) {
    before_answer = [this, item](const Exchange& exchange) {
      const auto* ask = std::get_if<dlt645::Request>(&exchange.ask);
      if (ask != nullptr && ask->di == dlt645::di::power) meter.set_load(0, Power{1'115}, wall());
      if (ask != nullptr && ask->di == item) meter.set_load(0, Power{0}, wall());
    };
  }
  std::vector<PollNotice> told() const {
    std::vector<PollNotice> out;
    for (const auto& noticed : notices) out.push_back(noticed.what);
    return out;
  }
};

TEST_CASE("a load that is switched between two questions is asked for once more, and taken as it then is") {
  Switched house("generic-dlt645-2007");
  house.meter.set_load(0, Power{1'115}, house.wall());
  bool is_switched = false;
  house.before_answer = [&](const Exchange& exchange) {
    const auto& ask = std::get<dlt645::Request>(exchange.ask);
    if (ask.di == dlt645::di::current_a && !std::exchange(is_switched, true)) house.meter.set_load(0, Power{0}, house.wall());
  };
  house.run(seconds(5));
  CHECK(is_switched);
  CHECK(house.notices.empty());
  const auto once = reading_exchanges(*house.profile, {number, MeterId{number}, {}}, Depth::full).size();
  CHECK(house.questions == 2 * once);
  REQUIRE(house.readings.size() == 1);
  CHECK(house.readings[0].power == Power{0});
  CHECK(house.readings[0].current_ma == 0);
  CHECK_FALSE(house.readings[0].disagrees);
}

TEST_CASE("figures that disagree twice are told, and left out; the register and the relay are taken") {
  Switched house("generic-dlt645-2007");
  house.switch_before(dlt645::di::current_a);
  house.run(seconds(5));
  REQUIRE(house.readings.size() == 1);
  const auto& read = house.readings[0];
  CHECK(read.register_units == Quantity{5'000});
  CHECK(read.relay_closed == true);
  CHECK(read.disagrees);
  CHECK(read.power == Power{1'115});  // limits are kept by it
  CHECK_FALSE(read.current_ma);
  CHECK(house.told() == std::vector{PollNotice::figures_disagree});
  CHECK(house.notices[0].error == MeterErrc::disagree);
  CHECK(house.notices[0].circuit == first);
  const auto* seen = house.plan.newest(first);
  REQUIRE(seen != nullptr);
  CHECK(seen->energy == Quantity{5'000});
  CHECK_FALSE(seen->power);
  CHECK_FALSE(seen->current_ma);
  CHECK(seen->voltage_mv);
}

TEST_CASE("of a meter that disagrees for good nothing is asked twice, and it is told once, and when it agrees") {
  Switched house("generic-dlt645-2007");
  house.switch_before(dlt645::di::current_a);
  house.run(seconds(55));
  const auto one_by_one = [&](Depth depth) {
    return reading_exchanges(*house.profile, {number, MeterId{number}, {}}, depth).size();
  };
  house.questions = 0;
  house.readings.clear();
  house.run(minutes(1));  // six readings, one of them full
  CHECK(house.readings.size() == 6);
  CHECK(house.questions == 5 * one_by_one(Depth::control) + one_by_one(Depth::full));
  for (const auto& read : house.readings) CHECK(read.disagrees);  // until a full one says otherwise
  CHECK(house.told() == std::vector{PollNotice::figures_disagree});
  house.before_answer = [](const Exchange&) {};
  house.meter.set_load(0, Power{500}, house.wall());
  house.run(seconds(70));
  CHECK(house.told() == std::vector{PollNotice::figures_disagree, PollNotice::figures_agree});
  CHECK_FALSE(house.readings.back().disagrees);
  CHECK(house.plan.newest(first)->power == Power{500});
  CHECK(house.readings.back().current_ma);
}

TEST_CASE("of several circuits the one that disagrees is left out alone") {
  Switched house("generic-dlt645-2007-three-circuits");
  house.meter.set_load(1, Power{700}, house.wall());
  house.switch_before(dlt645::di::current_a);  // of the first circuit
  house.run(seconds(20));
  REQUIRE(house.readings.size() >= 3);
  CHECK(house.told() == std::vector{PollNotice::figures_disagree});
  CHECK(house.readings[0].disagrees);
  CHECK_FALSE(house.readings[1].disagrees);
  CHECK(house.readings[1].power == Power{700});
  CHECK(house.readings[1].current_ma);
}

TEST_CASE("no shipped meter under a load that stands is said to disagree") {
  std::size_t compared = 0;
  for (const auto model : shipped_models()) {
    const auto profile = shipped_profile(model);
    const auto& protocol = profile->protocol;
    if (!std::holds_alternative<ModbusModel>(protocol) && !std::holds_alternative<dlt645::Model>(protocol)) continue;
    compared += profile->phases == 1;
    for (const std::int64_t watts : {0, 1, 3, 19, 25, 60, 500, 2'300, 8'800}) {
      INFO(model << " at " << watts << " W");
      Switched house(model);
      for (std::size_t i = 0; i < circuit_count(*profile); ++i) house.meter.set_load(i, Power{watts}, house.wall());
      house.run(seconds(15));
      CHECK_FALSE(house.readings.empty());
      CHECK(house.notices.empty());
      for (const auto& read : house.readings) CHECK_FALSE(read.disagrees);
    }
  }
  CHECK(compared >= 12);
}

}  // namespace wattle::edge::figures_plan_test
