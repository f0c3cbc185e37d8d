// Power, voltage and current that are asked one after another while something is switched: the poll plan with virtual meters,
// of which a load is switched between two questions.

#include <algorithm>
#include <catch2/catch.hpp>
#include <functional>
#include <random>
#include <utility>

#include "edge/core/poll_plan.hpp"
#include "shared/profiles/profile_file.hpp"
#include "tests/support/asked_meter.hpp"
#include "tests/unit/edge/core/defects_house.hpp"

namespace wattle::edge::figures_plan_test {

constexpr CircuitId first{1010};
constexpr CircuitId second{1011};
constexpr std::uint64_t number = 161;
constexpr Instant began{1'750'000'000'000'000};
constexpr Duration answers_after = milliseconds(200);
constexpr Power switched{1'200};

struct Switched {
  std::shared_ptr<const MeterProfile> profile;
  sim::VirtualMeter meter;
  Tick now{};
  PollPlan plan;
  std::function<void(const Exchange&)> before_answer = [](const Exchange&) {};
  std::vector<MeterRead> readings;
  std::vector<Noticed> notices;
  std::size_t questions = 0;
  std::size_t full = 0;   // readings, of which the first circuit's current was asked
  std::size_t twice = 0;  // of them
  Tick full_at = never;
  bool is_dead = false;

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
      if (is_of(question->exchange, dlt645::di::current_a, 0)) count_full();
      const auto bytes = is_dead ? Bytes{} : wattle::test::answer_of(meter, request_bytes(question->exchange), wall());
      now = now + answers_after;
      take(plan.answered(receive(question->exchange, bytes, Wire::quiet), now));
    }
  }
  /// So many full readings, the last one to its end.
  void run_full(std::size_t count) {
    for (const auto end = full + count; full < end;) run(seconds(1));
    run(seconds(4));
  }
  void take(const Polled& polled) {
    readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
    notices.insert(notices.end(), polled.notices.begin(), polled.notices.end());
  }
  void count_full() {
    const bool is_again = full_at != never && now < full_at + seconds(9);
    is_again ? ++twice : ++full;
    full_at = now;
  }
  static bool is_of(const Exchange& exchange, std::uint32_t item, std::size_t circuit) {
    const auto* ask = std::get_if<dlt645::Request>(&exchange.ask);
    return ask != nullptr && ask->di == item && ask->address == dlt645::address_of(number + circuit).value();
  }
  /// Each time that this circuit's power is asked, its load is switched on before the answer; and off when its current is.
  void switch_between(std::size_t circuit, const Exchange& exchange) {
    if (is_of(exchange, dlt645::di::power, circuit)) meter.set_load(circuit, switched, wall());
    if (is_of(exchange, dlt645::di::current_a, circuit)) meter.set_load(circuit, Power{0}, wall());
  }
  void always_switch() {
    before_answer = [this](const Exchange& exchange) { switch_between(0, exchange); };
  }
  std::size_t questions_of(Depth depth) const {
    return reading_exchanges(*profile, {number, MeterId{number}, {}}, depth).size();
  }
  std::ptrdiff_t told(PollNotice what, CircuitId circuit) const {
    return std::count_if(notices.begin(), notices.end(),
                         [&](const Noticed& noticed) { return noticed.what == what && noticed.circuit == circuit; });
  }
  std::vector<PollNotice> told() const {
    std::vector<PollNotice> out;
    for (const auto& noticed : notices) out.push_back(noticed.what);
    return out;
  }
};

/// Of one phase each, which the shipped one does not say.
std::shared_ptr<const MeterProfile> three_circuits() {
  auto profile = *shipped_profile("generic-dlt645-2007-three-circuits");
  profile.phases = 1;
  return std::make_shared<const MeterProfile>(std::move(profile));
}

TEST_CASE("a load that is switched between two questions is asked for once more, and taken as it then is") {
  Switched house("generic-dlt645-2007");
  house.meter.set_load(0, switched, house.wall());
  bool is_switched = false;
  house.before_answer = [&](const Exchange& exchange) {
    if (house.is_of(exchange, dlt645::di::current_a, 0) && !std::exchange(is_switched, true))
      house.meter.set_load(0, Power{0}, house.wall());
  };
  house.run(seconds(5));
  CHECK(is_switched);
  CHECK(house.notices.empty());
  CHECK(house.questions == 2 * house.questions_of(Depth::full));
  REQUIRE(house.readings.size() == 1);
  CHECK(house.readings[0].power == Power{0});
  CHECK(house.readings[0].current_ma == 0);
  CHECK_FALSE(house.readings[0].disagrees);
}

TEST_CASE("figures that disagree twice are left out of that reading alone; the register and the relay are taken") {
  Switched house("generic-dlt645-2007");
  house.always_switch();
  house.run(seconds(5));
  REQUIRE(house.readings.size() == 1);
  const auto& read = house.readings[0];
  CHECK(read.register_units == Quantity{5'000});
  CHECK(read.relay_closed == true);
  CHECK(read.disagrees);
  CHECK(read.power == switched);  // limits are kept by it
  CHECK_FALSE(read.current_ma);
  CHECK(house.notices.empty());
  const auto* seen = house.plan.newest(first);
  REQUIRE(seen != nullptr);
  CHECK(seen->energy == Quantity{5'000});
  CHECK_FALSE(seen->power);
  CHECK_FALSE(seen->current_ma);
  CHECK(seen->voltage_mv);
  house.run(seconds(10));
  REQUIRE(house.readings.size() == 2);
  CHECK_FALSE(house.readings[1].disagrees);  // with nothing
  CHECK(house.readings[1].power == switched);
  CHECK_FALSE(house.readings[1].current_ma);
  CHECK(house.plan.newest(first)->power == switched);
}

TEST_CASE("a meter that disagrees for good is told after three full readings, and is not asked twice any more") {
  Switched house("generic-dlt645-2007");
  house.always_switch();
  house.run_full(2);
  CHECK(house.twice == 1);
  CHECK(house.notices.empty());
  house.run_full(1);
  CHECK(house.told() == std::vector{PollNotice::figures_disagree});
  CHECK(house.notices[0].error == MeterErrc::disagree);
  CHECK(house.notices[0].circuit == first);
  house.run_full(20);
  CHECK(house.twice == 1);
  const auto disagreeing =
      std::count_if(house.readings.begin(), house.readings.end(), [](const MeterRead& read) { return read.disagrees; });
  CHECK(disagreeing == 23);  // the full ones
  CHECK(house.readings.size() > 100);

  house.before_answer = [](const Exchange&) {};
  house.meter.set_load(0, Power{500}, house.wall());
  house.run_full(2);
  CHECK(house.told().size() == 1);
  house.run_full(1);
  CHECK(house.told() == std::vector{PollNotice::figures_disagree, PollNotice::figures_agree});
  CHECK_FALSE(house.readings.back().disagrees);
  CHECK(house.plan.newest(first)->power == Power{500});
  CHECK(house.readings.back().current_ma);
}

TEST_CASE("a load that pulses is asked twice once in ten minutes, and loses the figures of full readings alone") {
  Switched house("generic-dlt645-2007");
  std::minstd_rand random(1);
  house.before_answer = [&](const Exchange&) {
    if (random() % 3 == 0) house.meter.set_load(0, Power{random() % 2 == 0 ? 0 : 60}, house.wall());
  };
  house.run(days(1));
  CHECK(house.twice >= 100);
  CHECK(house.twice <= 24 * 6);
  CHECK(house.full >= 1'200);
  const auto disagreeing =
      std::count_if(house.readings.begin(), house.readings.end(), [](const MeterRead& read) { return read.disagrees; });
  CHECK(disagreeing >= 100);
  CHECK(disagreeing <= static_cast<std::ptrdiff_t>(house.full) / 2);
  CHECK(house.notices.size() <= 30);
}

TEST_CASE("a full reading whose second one fails is taken, and is what somebody waited for") {
  Switched house("generic-dlt645-2007");
  house.plan.demand(first);
  std::size_t asked = 0;
  house.before_answer = [&](const Exchange& exchange) {
    house.switch_between(0, exchange);
    house.is_dead = asked++ >= house.questions_of(Depth::full);
  };
  SECTION("for silence") { house.run(seconds(3)); }
  SECTION("for its bus") {
    while (asked < house.questions_of(Depth::full)) house.run(answers_after);
    REQUIRE(house.plan.next(house.now));
    CHECK(house.readings.empty());
    house.take(house.plan.unasked(house.now));
  }
  REQUIRE(house.readings.size() == 1);
  CHECK(house.readings[0].register_units == Quantity{5'000});
  CHECK(house.readings[0].relay_closed == true);
  CHECK(house.readings[0].disagrees);
  CHECK(house.notices.empty());
  const auto demanded = house.plan.take_demanded();
  REQUIRE(demanded.size() == 1);
  CHECK_FALSE(demanded[0].error);
  // It was heard: three more failures make it silent, and not two.
  house.is_dead = true;
  house.before_answer = [](const Exchange&) {};
  house.run(seconds(25));
  CHECK_FALSE(house.plan.is_silent(first));
  house.run(seconds(15));
  CHECK(house.plan.is_silent(first));
}

TEST_CASE("of several circuits the one that disagrees is left out alone") {
  Switched house(three_circuits());
  house.meter.set_load(1, Power{700}, house.wall());
  house.always_switch();
  house.run_full(3);
  REQUIRE(house.readings.size() >= 3);
  CHECK(house.told() == std::vector{PollNotice::figures_disagree});
  CHECK(house.readings[0].disagrees);
  CHECK_FALSE(house.readings[1].disagrees);
  CHECK(house.readings[1].power == Power{700});
  CHECK(house.readings[1].current_ma);
}

TEST_CASE("of several circuits a second reading judges only those for which it was asked") {
  Switched house(three_circuits());
  house.before_answer = [&](const Exchange& exchange) {
    house.switch_between(0, exchange);
    if (house.twice > 0 || house.full > 1) house.switch_between(1, exchange);
  };
  house.run_full(3);
  CHECK(house.twice == 2);  // once for each
  CHECK(house.told(PollNotice::figures_disagree, first) == 1);
  CHECK(house.told(PollNotice::figures_disagree, second) == 0);
  house.run_full(1);
  CHECK(house.told(PollNotice::figures_disagree, second) == 1);
}

TEST_CASE("of circuits that may be of other phases than the voltage nothing is compared") {
  for (const auto* model : {"generic-dlt645-2007-three-circuits", "generic-three-circuits"})
    CHECK(shipped_profile(model)->phases == 0);
  Switched house("generic-dlt645-2007-three-circuits");
  house.always_switch();
  house.run_full(4);
  CHECK(house.twice == 0);
  CHECK(house.notices.empty());
  CHECK(house.readings.front().current_ma == 0);
}

TEST_CASE("a power that disagrees does not say that the register stands still") {
  test::DefectsHouse room("generic-relay-meter");
  room.pay_wh(10'000);
  room.draws(switched.watts);
  room.circuit().current_ma = 0;
  room.run(hours(1));
  CHECK(room.told(PollNotice::figures_disagree) == 1);
  CHECK(room.told(PollNotice::register_stuck) == 0);
  room.draws(switched.watts);
  room.run(minutes(15));
  CHECK(room.told(PollNotice::register_stuck) == 1);
}

TEST_CASE("power without any current does not flow through an open relay, nor does it end what flows") {
  test::DefectsHouse room("generic-relay-meter");
  room.run(minutes(1));
  REQUIRE(room.circuit().relay_closed == false);
  std::uint16_t centiamperes = 0;
  room.spoil_registers = [&](modbus::RegisterImage& image) {
    image.holding[4].value = 300;
    image.holding[3].value = centiamperes;
  };
  room.run(minutes(5));
  CHECK(room.told(PollNotice::flows_open) == 0);
  centiamperes = 136;
  room.run(minutes(1));
  CHECK(room.told(PollNotice::flows_open) == 1);
  centiamperes = 0;
  room.run(minutes(1));
  CHECK(room.told(PollNotice::flows_no_more) == 0);
  room.spoil_registers = [](modbus::RegisterImage&) {};
  room.run(minutes(1));
  CHECK(room.told(PollNotice::flows_no_more) == 1);
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
  CHECK(compared >= 10);
}

}  // namespace wattle::edge::figures_plan_test
