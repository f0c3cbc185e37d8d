#include "edge/core/poll_plan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

namespace wattle::edge {
namespace {

constexpr CircuitId first_circuit{1010};
constexpr CircuitId second_circuit{1020};
constexpr Duration every = seconds(10);

PolledMeter meter(CircuitId circuit, std::uint8_t unit) {
  static const auto profile = std::make_shared<const MeterProfile>(generic_relay_meter());
  return {{unit, MeterId{70'000'000ULL + circuit.value}, {}}, profile, {{{101}, circuit}}};
}

/// What stands behind the bus: meters that answer by the script of the test.
struct PlanScript {
  struct Meter {
    Reading reading;
    bool dead = false;
    bool stuck = false;
    std::vector<std::int64_t> shows{};  // in the next readings, in place of its register
    Power load{};                       // that flows whatever the relay shows
  };

  Tick now{1'000'000'000};
  PollPlan plan;
  std::map<std::uint8_t, Meter> meters;
  Duration takes{};   // each question
  std::string asked;  // r1 w1c w1o …
  std::vector<PollNotice> notices;
  std::vector<MeterRead> readings;
  std::vector<std::size_t> sweeps;  // the number of readings at the end of each round

  explicit PlanScript(std::vector<PolledMeter> polled, Duration period = every)
      : plan({.every = period, .line = {}, .latency = {}}, polled, now) {
    for (const auto& m : polled) {
      CircuitReading circuit;
      circuit.energy = {1000};
      circuit.relay_closed = true;
      meters[static_cast<std::uint8_t>(m.place.address)].reading = {m.place.number, {}, {}, {circuit}};
    }
  }

  MeterHealth health(CircuitId circuit) const { return plan.health({70'000'000ULL + circuit.value}, now).value(); }

  wattle::Received reply(const Exchange& exchange) {
    const auto& ask = std::get<ModbusAsk>(exchange.ask);
    auto& meter = meters.at(ask.unit);
    auto& circuit = meter.reading.circuits[0];
    const bool is_command = ask.request.function == modbus::Function::write_coil;
    const bool close = is_command && ask.request.values[0] == 1;
    asked += (is_command ? "w" : "r") + std::to_string(ask.unit) + (is_command ? (close ? "c " : "o ") : " ");
    if (meter.dead) return Bad{WATTLE_FAIL(MeterErrc::silence)};
    if (is_command) {
      if (!meter.stuck) circuit.relay_closed = close;
      return MeterAnswer{};
    }
    circuit.power = meter.load;
    circuit.current_ma = meter.load.watts * 1000 / 220;
    meter.reading.voltage_mv = 220'000;
    if (!meter.shows.empty()) {
      circuit.energy = {meter.shows.front()};
      meter.shows.erase(meter.shows.begin());
    }
    const auto model = std::get<ModbusModel>(generic_relay_meter().protocol);
    const auto image = modbus::encode_reading(model, meter.reading, 0);
    MeterAnswer answer;
    for (std::uint16_t at = 0; at < 10; ++at) answer.values.push_back(image->holding.at(at).value);
    return answer;
  }

  /// Puts every question that is due, and then moves to the next wake-up, until `time` is over.
  void run(Duration time) {
    const auto end = now + time;
    for (;;) {
      while (now <= end) {
        const auto question = plan.next(now);
        if (!question) break;
        CHECK_FALSE(plan.next(now));
        now = now + takes;
        auto polled = plan.answered(reply(question->exchange), now);
        for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
        readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
        if (polled.swept) sweeps.push_back(readings.size());
      }
      if (now > end) return;
      const auto next = plan.wake_up();
      REQUIRE(next > now);
      if (next > end) break;
      now = next;
    }
    now = end;
  }
};

}  // namespace

TEST_CASE("each meter is read once a period, in turn") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.run(seconds(25));
  CHECK(script.asked == "r1 r2 r1 r2 r1 r2 ");
  REQUIRE(script.readings.size() == 6);
  CHECK(script.readings[1].circuit == second_circuit);
  CHECK(script.readings[1].meter == MeterId{70'001'020});
  CHECK(script.readings[1].register_units == Quantity{1000});
  CHECK(script.readings[1].relay_closed == true);
  CHECK(script.notices.empty());
}

TEST_CASE("a round ends when each meter has been asked, and does not wait for a silent one") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.run(seconds(25));
  CHECK(script.sweeps == std::vector<std::size_t>{2, 4, 6});
  script.meters[1].dead = true;
  script.run(seconds(20));
  CHECK(script.sweeps == std::vector<std::size_t>{2, 4, 6, 7, 8});  // asked in vain is asked
  script.plan.order(first_circuit, false, script.now);              // what is read back for an order ends no round
  script.run(seconds(100));
  CHECK(script.readings.size() == 18);
  CHECK(script.sweeps.size() >= 15);
}

TEST_CASE("a relay is commanded after its meter is known, before other polls, and read back") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.plan.order(second_circuit, false, script.now);
  script.run(seconds(1));
  CHECK(script.asked == "r2 w2o r1 r2 ");
  CHECK_FALSE(*script.readings.back().relay_closed);
  script.run(seconds(20));
  CHECK(script.asked.find('w', 5) == std::string::npos);  // once was enough
}

TEST_CASE("an order that is fulfilled already writes nothing") {
  PlanScript script({meter(first_circuit, 1)});
  script.plan.order(first_circuit, true, script.now);
  script.run(seconds(15));
  CHECK(script.asked == "r1 r1 ");
}

TEST_CASE("a relay that does not obey is an alarm once, is tried on, and is told when it obeys") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.meters[1].stuck = true;
  script.plan.order(first_circuit, false, script.now);
  script.run(seconds(60));
  CHECK(script.notices == std::vector{PollNotice::relay_disobeys});
  CHECK(script.plan.disobeys(first_circuit));
  const auto tries = std::count(script.asked.begin(), script.asked.end(), 'w');
  CHECK(tries >= 6);
  CHECK(tries <= 10);
  script.meters[1].stuck = false;
  script.run(seconds(15));
  CHECK(script.notices == std::vector{PollNotice::relay_disobeys, PollNotice::relay_obeys});
  CHECK_FALSE(script.plan.disobeys(first_circuit));
}

TEST_CASE("readings that come faster than the next try do not put it off") {
  PlanScript script({meter(first_circuit, 1)}, milliseconds(100));
  script.run(seconds(1));
  script.meters[1].stuck = true;
  script.plan.order(first_circuit, false, script.now);
  script.run({relay_again.micros * 2 - 1});
  CHECK(std::count(script.asked.begin(), script.asked.end(), 'w') == 2);
  script.meters[1].stuck = false;
  script.run(relay_again);
  CHECK_FALSE(*script.readings.back().relay_closed);
}

TEST_CASE("relays that never obey leave the others their readings") {
  std::vector<PolledMeter> all;
  for (std::uint8_t n = 1; n <= 24; ++n) all.push_back(meter({1000U + n}, n));
  PlanScript script(all);
  script.run(seconds(20));
  script.takes = milliseconds(400);  // the bus is slow: reading all of them takes as long as a period
  for (std::uint8_t n = 1; n <= 23; ++n) {
    script.meters[n].stuck = true;
    script.plan.order({1000U + n}, false, script.now);
  }
  script.run(minutes(2));
  script.asked.clear();
  script.run(minutes(5));
  std::size_t readings = 0;
  for (auto at = script.asked.find("r24 "); at != std::string::npos; at = script.asked.find("r24 ", at + 1)) ++readings;
  CHECK(readings >= 20);  // of thirty
}

TEST_CASE("the newest order counts, also while a command is on its way") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.plan.order(first_circuit, false, script.now);
  const auto command = script.plan.next(script.now);
  REQUIRE(command);
  CHECK(command->is_command);
  script.plan.order(first_circuit, true, script.now);
  script.plan.answered(script.reply(command->exchange), script.now);
  script.run({});  // at once, not after the first one was read back
  CHECK(script.asked == "r1 w1o w1c ");
  script.run(seconds(2));
  CHECK(script.meters[1].reading.circuits[0].relay_closed == true);
  CHECK(script.notices.empty());
}

TEST_CASE("an order that is forgotten leaves the relay alone") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.plan.order(first_circuit, false, script.now);
  script.plan.forget_order(first_circuit);
  script.run(seconds(30));
  CHECK(script.asked.find('w') == std::string::npos);
  CHECK(script.meters[1].reading.circuits[0].relay_closed == true);
}

TEST_CASE("a relay that moves by itself is noticed") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.meters[1].reading.circuits[0].relay_closed = false;
  script.run(seconds(30));
  CHECK(script.notices == std::vector{PollNotice::relay_strayed});
}

TEST_CASE("a silent meter is asked less and less, and does not hold up the others") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.meters[1].dead = true;
  script.run(hours(1));
  CHECK(script.notices == std::vector{PollNotice::silent});
  CHECK(script.plan.silent() == 1);
  CHECK(script.plan.is_silent(first_circuit));
  const auto count = [&](const std::string& what) {
    std::size_t n = 0;
    for (auto at = script.asked.find(what); at != std::string::npos; at = script.asked.find(what, at + 1)) ++n;
    return n;
  };
  CHECK(count("r2") == 361);
  CHECK(count("r1") >= 30);  // every two minutes
  CHECK(count("r1") <= 40);
  const auto health = script.health(first_circuit);
  CHECK(health.silent);
  REQUIRE(health.failure);
  CHECK(health.failure->code == static_cast<std::uint16_t>(MeterErrc::silence));
  CHECK(health.failure->ago <= longest_poll_pause);
  CHECK(script.health(second_circuit) == MeterHealth{});
  script.meters[1].dead = false;
  script.run(longest_poll_pause);
  CHECK(script.notices == std::vector{PollNotice::silent, PollNotice::heard_again});
  CHECK(script.plan.silent() == 0);
  CHECK_FALSE(script.health(first_circuit).silent);
  CHECK(script.health(first_circuit).failure);  // what was the newest one stays told
  CHECK_FALSE(script.plan.health({4711}, script.now));
}

TEST_CASE("an order for a meter that is silent waits until the meter is known again") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.meters[1].dead = true;
  script.run(minutes(2));
  script.asked.clear();
  script.plan.order(first_circuit, false, script.now);
  script.run(minutes(10));
  CHECK(script.asked.find('w') == std::string::npos);
  script.meters[1].dead = false;
  script.run(longest_poll_pause);
  script.run(seconds(5));
  CHECK(script.meters[1].reading.circuits[0].relay_closed == false);
}

TEST_CASE("another meter in its place is read, told, and never switched") {
  PlanScript script({meter(first_circuit, 1)});
  script.meters[1].reading.meter = MeterId{999};
  script.plan.order(first_circuit, false, script.now);
  script.run(seconds(45));
  CHECK(script.asked.find('w') == std::string::npos);
  CHECK(script.notices == std::vector{PollNotice::foreign_meter});
  REQUIRE_FALSE(script.readings.empty());
  CHECK(script.readings.back().meter == MeterId{999});
  CHECK_FALSE(script.readings.back().relay_closed);  // not this circuit's relay
  CHECK(script.health(first_circuit).foreign);
  CHECK(script.health(first_circuit).answers_as == MeterId{999});
  script.meters[1].reading.meter = MeterId{70'001'010};
  script.run(seconds(15));
  CHECK(script.notices == std::vector{PollNotice::foreign_meter, PollNotice::own_meter});
  CHECK(script.health(first_circuit) == MeterHealth{});
  CHECK(script.meters[1].reading.circuits[0].relay_closed == false);
}

TEST_CASE("a bus that is away is no fault of its meters") {
  PlanScript script({meter(first_circuit, 1)});
  for (int times = 0; times < 10; ++times) {
    REQUIRE(script.plan.next(script.now));
    script.plan.unasked(script.now);
    CHECK_FALSE(script.plan.next(script.now));
    script.now = script.plan.wake_up();
  }
  CHECK(script.plan.silent() == 0);
  script.run(seconds(1));
  CHECK(script.readings.size() == 1);
}

TEST_CASE("a relay that reads open while power flows is not open") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.meters[1].load = Power{800};
  script.plan.order(first_circuit, false, script.now);
  script.run(seconds(60));
  CHECK(script.meters[1].reading.circuits[0].relay_closed == false);
  CHECK(script.notices == std::vector{PollNotice::flows_open, PollNotice::relay_disobeys});
  CHECK(script.plan.disobeys(first_circuit));
  CHECK(script.health(first_circuit).flows_open);
  CHECK(script.health(first_circuit).disobeys);
  script.meters[1].load = Power{3};  // its own noise
  script.run(seconds(15));
  CHECK(script.health(first_circuit) == MeterHealth{});
  CHECK(script.notices ==
        std::vector{PollNotice::flows_open, PollNotice::relay_disobeys, PollNotice::flows_no_more, PollNotice::relay_obeys});
}

TEST_CASE("power that is a moment older than the relay is read again, not commanded again") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.asked.clear();
  script.meters[1].load = Power{800};
  script.plan.order(first_circuit, false, script.now);
  const auto command = script.plan.next(script.now);
  REQUIRE(command);
  script.plan.answered(script.reply(command->exchange), script.now);
  script.now = script.plan.wake_up();
  const auto first = script.plan.next(script.now);
  REQUIRE(first);
  script.plan.answered(script.reply(first->exchange), script.now);
  script.meters[1].load = Power{0};
  script.run(seconds(5));
  CHECK(script.asked == "w1o r1 r1 ");
  CHECK(script.notices.empty());
}

TEST_CASE("noise is asked again at once, and is no failure") {
  PlanScript script({meter(first_circuit, 1)});
  const auto question = script.plan.next(script.now);
  REQUIRE(question);
  CHECK(script.plan.answered(Bad{WATTLE_FAIL(MeterErrc::checksum)}, script.now).readings.empty());
  CHECK(script.plan.wake_up() == Tick{});
  const auto again = script.plan.next(script.now);
  REQUIRE(again);
  CHECK(again->exchange == question->exchange);
  CHECK(script.health(first_circuit).failure == MeterFailure{static_cast<std::uint16_t>(MeterErrc::checksum), {}});
  CHECK(script.plan.answered(script.reply(again->exchange), script.now).readings.size() == 1);
}

// Seeds 185 and 472 with buses: the relay read back was what it had been before the command, a register ran backwards.
TEST_CASE("an answer that was missed is not taken for that of the next reading") {
  PlanScript script({meter(first_circuit, 1)}, seconds(1));
  auto question = script.plan.next(script.now);
  const auto missed = script.now = script.now + question->timeout;
  script.plan.answered(Bad{WATTLE_FAIL(MeterErrc::silence)}, script.now);
  question = script.plan.next(script.now);
  REQUIRE(question);
  CHECK(script.plan.answered(script.reply(question->exchange), script.now).readings.size() == 1);
  script.plan.order(first_circuit, false, script.now);
  question = script.plan.next(script.now);
  REQUIRE(question);
  CHECK(question->is_command);  // its answer looks like no reading's
  script.plan.answered(script.reply(question->exchange), script.now);
  script.now = missed + Duration{slow_answers_end.micros - 1};
  CHECK_FALSE(script.plan.next(script.now));
  CHECK(script.plan.wake_up() == missed + slow_answers_end);
  question = script.plan.next(script.plan.wake_up());
  REQUIRE(question);
  CHECK_FALSE(question->is_command);
}

TEST_CASE("a refusal is not asked again at once") {
  PlanScript script({meter(first_circuit, 1)});
  REQUIRE(script.plan.next(script.now));
  script.plan.answered(Bad{make_error_code(exception_errc(2))}, script.now);
  CHECK_FALSE(script.plan.next(script.now));
}

TEST_CASE("when a whole bus is silent it is told once, asked on, and all are read when one is heard again") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.run(seconds(1));
  script.meters[1].dead = script.meters[2].dead = true;
  script.run(minutes(10));
  CHECK(script.notices == std::vector{PollNotice::silent, PollNotice::silent, PollNotice::bus_silent});
  script.notices.clear();
  script.readings.clear();
  script.meters[1].dead = script.meters[2].dead = false;
  script.run(seconds(11));
  CHECK(script.readings.size() == 2);
  CHECK(script.notices == std::vector{PollNotice::heard_again, PollNotice::bus_heard_again, PollNotice::heard_again});
}

TEST_CASE("one that misses the first question after a silence of its whole bus is soon asked again") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.run(seconds(1));
  script.meters[1].dead = script.meters[2].dead = true;
  script.run(minutes(10));
  script.meters[1].dead = false;
  script.run(seconds(11));
  script.meters[2].dead = false;
  script.notices.clear();
  script.run(seconds(25));
  CHECK(script.notices == std::vector{PollNotice::heard_again});
}

TEST_CASE("three circuits of one meter are read together and commanded one by one") {
  const auto three = [] {
    auto profile = generic_relay_meter();
    auto& model = std::get<ModbusModel>(profile.protocol);
    for (std::uint8_t offset = 1; offset < 3; ++offset) {
      model.circuits.push_back(model.circuits[0]);
      model.circuits.back().unit_offset = offset;
    }
    return std::make_shared<const MeterProfile>(profile);
  }();
  const auto& model = std::get<ModbusModel>(three->protocol);
  Tick now{};
  PollPlan plan({.every = every, .line = {}, .latency = {}},
                {{{1, MeterId{5}, {}}, three, {{{101}, {1010}}, {{102}, {1020}}, {{103}, {1030}}}}}, now);
  Reading shown{MeterId{5}, 220'000, {}, {}};
  for (std::int64_t i = 1; i <= 3; ++i) shown.circuits.push_back({{i * 100}, Power{0}, 0, {}, true});
  std::vector<MeterRead> readings;
  std::size_t commands = 0;
  plan.order({1020}, false, now);
  while (now < Tick{seconds(15).micros}) {
    const auto question = plan.next(now);
    if (!question) {
      now = plan.wake_up();
      continue;
    }
    const auto& ask = std::get<ModbusAsk>(question->exchange.ask);
    if (question->is_command) {
      CHECK(ask.unit == 2);
      CHECK(question->room == RoomId{102});
      shown.circuits[1].relay_closed = false;
      ++commands;
    }
    auto image = modbus::encode_reading(model, shown, static_cast<std::uint8_t>(ask.unit - 1)).value();
    const auto pdu = modbus::answer(modbus::encode_request(ask.request), image);
    const auto polled = plan.answered(receive(question->exchange, modbus_rtu::frame(ask.unit, pdu), Wire::quiet), now);
    CHECK(polled.notices.empty());
    readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
  }
  CHECK(commands == 1);
  REQUIRE(readings.size() >= 6);
  CHECK(readings.size() % 3 == 0);
  const auto& last = readings[readings.size() - 2];
  CHECK(last.circuit == CircuitId{1020});
  CHECK(last.room == RoomId{102});
  CHECK(last.register_units == Quantity{200});
  CHECK(last.relay_closed == false);
  CHECK(plan.newest({1030})->relay_closed == true);
}

TEST_CASE("a command goes between the questions of a reading") {
  const auto dlt645_meter = std::make_shared<const MeterProfile>(generic_dlt645_meter(dlt645::Edition::v2007));
  Tick now{};
  PollPlan plan({.every = every, .line = dlt645_meter->line, .latency = {}},
                {{{161, MeterId{161}, {}}, dlt645_meter, {{{101}, first_circuit}}},
                 {{162, MeterId{162}, {}}, dlt645_meter, {{{102}, second_circuit}}}},
                now);
  const auto answer = [&](const Question& question) {
    const auto& request = std::get<dlt645::Request>(question.exchange.ask);
    MeterAnswer out;
    if (request.di == dlt645::di::status_3) out.data = {0, 0};
    if (request.di == dlt645::di::forward_energy) out.data = {0, 1, 0, 0};
    if (request.di == dlt645::di::power) out.data = {0, 0, 0};
    if (request.di == dlt645::di::voltage_a) out.data = {0, 0x22};
    if (request.di == dlt645::di::current_a) out.data = {0, 0, 0};
    return plan.answered(out, now);
  };
  while (const auto question = plan.next(now)) answer(*question);  // both are known
  CHECK(plan.newest(first_circuit)->voltage_mv == 220'000);
  now = now + every;
  const auto first = plan.next(now);
  REQUIRE(first);
  CHECK(first->circuit == first_circuit);
  answer(*first);
  plan.order(second_circuit, false, now);
  const auto second = plan.next(now);
  REQUIRE(second);
  CHECK(second->is_command);
  CHECK(second->circuit == second_circuit);
  plan.answered(MeterAnswer{}, now);
  const auto third = plan.next(now);
  REQUIRE(third);
  CHECK(third->circuit == first_circuit);
  CHECK(third->exchange != first->exchange);  // it goes on where it was
  CHECK(plan.newest(first_circuit)->voltage_mv == 220'000);
}

TEST_CASE("what is asked less often stays with a reading as it was; a relay that is not known now does not") {
  Further before;
  before.put(FurtherKind::power_factor, 940);
  before.put(FurtherKind::relay, 1);
  Further now;
  now.put(FurtherKind::frequency, 50'000);
  now.fill_from(before);
  CHECK(now.get(FurtherKind::power_factor) == 940);
  CHECK(now.get(FurtherKind::frequency) == 50'000);
  CHECK_FALSE(now.has(FurtherKind::relay));
}

TEST_CASE("a torn register is told, asked for again at once, and taken for nothing") {
  const auto taken = [](std::vector<std::int64_t> shows, std::vector<PollNotice> told) {
    PlanScript script({meter(first_circuit, 1)});
    script.meters[1].reading.circuits[0].energy = {0x1'fff0};
    script.run(seconds(1));
    script.readings.clear();
    script.notices.clear();
    script.asked.clear();
    script.meters[1].shows = shows;
    script.run(every);
    CHECK(script.notices == told);
    CHECK(script.meters[1].shows.empty());
    REQUIRE(script.readings.size() == 1);
    return script.readings.back().register_units.units;
  };
  using enum PollNotice;
  CHECK(taken({0x2'0001, 0x2'0001}, {}) == 0x2'0001);                // an edge, borne out
  CHECK(taken({0x2'fff1, 0x2'0001, 0x2'0002}, {torn}) == 0x2'0002);  // the new high word with the old low one
  CHECK(taken({0x1'0001, 0x2'0001, 0x2'0001}, {torn}) == 0x2'0001);  // the old high word with the new low one
  CHECK(taken({0x9'0000, 0x1'fff2}, {torn}) == 0x1'fff2);            // a spike
  CHECK(taken({0x0'0005, 0x0'0006}, {}) == 6);                       // a register that was set back is for others to judge
  CHECK(taken({0x1'fff5}, {}) == 0x1'fff5);
}

TEST_CASE("a register that leaps for one reading is asked for again, and never taken") {
  for (const std::int64_t spike : {5'000'000, 3'000, 900, 0}) {
    PlanScript script({meter(first_circuit, 1)});
    script.run(seconds(1));
    script.asked.clear();
    script.readings.clear();
    script.meters[1].shows = {spike, 1'000};
    script.run(every);
    CHECK(script.asked == "r1 r1 ");
    if (spike > 1'000) CHECK(script.notices == std::vector{PollNotice::torn});  // less may be where the second goes on from
    REQUIRE(script.readings.size() == 1);
    CHECK(script.readings[0].register_units.units == 1'000);
  }
}

TEST_CASE("a leap that the meter goes on from is taken as it is shown") {
  for (const std::int64_t to : {5'000'000, 20}) {
    PlanScript script({meter(first_circuit, 1)});
    script.run(seconds(1));
    script.readings.clear();
    script.meters[1].reading.circuits[0].energy = {to};
    script.run(every);
    CHECK(script.notices.empty());
    REQUIRE(script.readings.size() == 1);
    CHECK(script.readings[0].register_units.units == to);
  }
}

TEST_CASE("the first reading near an edge is asked for twice, and the others once") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.meters[1].reading.circuits[0].energy = {0x1'0002};
  script.meters[2].reading.circuits[0].energy = {0x1'8000};
  script.run(seconds(11));
  CHECK(script.asked == "r1 r1 r2 r1 r2 ");
  CHECK(script.notices.empty());
}

TEST_CASE("after a start the first reading is judged by what was known of that meter before") {
  const auto its = PlanScript({meter(first_circuit, 1)}).meters[1].reading.meter;
  const auto asked = [&](std::optional<KnownRegister> known, std::vector<std::int64_t> shows) {
    PlanScript script({meter(first_circuit, 1)});
    script.plan.judge_by([&](CircuitId circuit, MeterId id) {
      CHECK(circuit == first_circuit);
      CHECK(id == its);
      return known;
    });
    script.meters[1].reading.circuits[0].energy = {shows.back()};
    script.meters[1].shows = std::move(shows);
    script.run(seconds(1));
    REQUIRE(script.readings.size() == 1);
    return std::pair(script.asked, script.readings[0].register_units.units);
  };
  const auto once = [](std::int64_t units) { return std::pair(std::string("r1 "), units); };
  const auto twice = [](std::int64_t units) { return std::pair(std::string("r1 r1 "), units); };
  const KnownRegister long_ago{{1'000}, hours(1)}, just_now{{1'000}, seconds(3)};
  CHECK(asked(long_ago, {9'000'000, 1'010}) == twice(1'010));  // a bit fell over
  CHECK(asked(long_ago, {20, 1'010}) == twice(1'010));
  CHECK(asked(long_ago, {9'000'000}) == twice(9'000'000));  // it says so again
  CHECK(asked(long_ago, {30'000}) == once(30'000));
  CHECK(asked(just_now, {30'000, 1'010}) == twice(1'010));
  CHECK(asked(just_now, {1'500}) == once(1'500));
  CHECK(asked(std::nullopt, {9'000'000}) == once(9'000'000));
  CHECK(asked(KnownRegister{{1'000'000'500}, hours(1)}, {700}) == once(700));  // counted on behind its end
}

TEST_CASE("a register that is torn each time is a failed reading, and so is not asked for without end") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.readings.clear();
  for (int n = 0; n < 40; ++n) script.meters[1].shows.push_back(n % 2 == 0 ? 0x7'0000 : 0x1'0000);
  script.run(seconds(35));
  CHECK(script.readings.empty());
  CHECK(std::count(script.notices.begin(), script.notices.end(), PollNotice::silent) == 1);
  CHECK(script.meters[1].shows.size() > 20);
  CHECK(script.health(first_circuit).torn > 10);
  CHECK(script.health(first_circuit).failure->code == static_cast<std::uint16_t>(MeterErrc::torn));
  script.meters[1].shows.clear();
  script.meters[1].reading.circuits[0].energy = {1002};
  script.run(minutes(3));
  CHECK_FALSE(script.readings.empty());
  CHECK(script.readings.back().register_units == Quantity{1002});
}

TEST_CASE("a register that stands still under load is told, and read on") {
  PlanScript script({meter(first_circuit, 1)});
  script.meters[1].load = Power{1'000};
  script.run(minutes(20));
  CHECK(script.notices == std::vector{PollNotice::register_stuck});
  CHECK(script.health(first_circuit).register_stuck);
  script.meters[1].reading.circuits[0].energy = {1'400};
  script.run(seconds(20));
  CHECK(script.notices == std::vector{PollNotice::register_stuck, PollNotice::register_moves});
  CHECK(script.health(first_circuit) == MeterHealth{});
  CHECK(script.readings.back().register_units == Quantity{1'400});
}

TEST_CASE("128 meters on one bus are each read in turn, and each relay is switched and read back") {
  std::vector<PolledMeter> all;
  for (std::uint8_t unit = 1; unit <= 128; ++unit) all.push_back(meter(CircuitId{1000U + unit}, unit));
  PlanScript script(all);
  script.takes = milliseconds(60);
  script.run(seconds(10));
  REQUIRE(script.readings.size() >= 128);
  for (std::size_t n = 0; n < 128; ++n) CHECK(script.readings[n].circuit == CircuitId{static_cast<std::uint32_t>(1001 + n)});
  for (std::uint8_t unit = 1; unit <= 128; ++unit) script.plan.order(CircuitId{1000U + unit}, false, script.now);
  script.run(seconds(40));
  for (const auto& [unit, one] : script.meters) CHECK_FALSE(*one.reading.circuits[0].relay_closed);
  for (const auto& one : all) CHECK(script.plan.newest(one.circuits.front().circuit)->relay_closed == false);
}

TEST_CASE("a reading that somebody wants now comes before those that are due, and behind orders for relays") {
  std::vector<PolledMeter> meters;
  for (std::uint8_t unit = 1; unit <= 4; ++unit) meters.push_back(meter({1000U + unit * 10U}, unit));
  PlanScript script(meters);
  script.run(seconds(9));
  script.asked.clear();
  script.now = script.now + seconds(2);  // all are due
  script.plan.demand({1030});
  script.plan.order({1040}, false, script.now);
  script.run(milliseconds(100));
  CHECK(script.asked == "w4o r3 r1 r2 ");
  const auto demanded = script.plan.take_demanded();
  REQUIRE(demanded.size() == 1);
  CHECK(demanded[0].circuits == std::vector<CircuitId>{{1030}});
  CHECK_FALSE(demanded[0].error);
  CHECK(script.plan.take_demanded().empty());
}

TEST_CASE("a meter that is not due is read at once for whoever wants it, and that once") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.run(seconds(1));
  script.asked.clear();
  script.plan.demand(second_circuit);
  script.plan.demand(second_circuit);
  CHECK(script.plan.wake_up() <= script.now);
  script.run(seconds(5));
  CHECK(script.asked == "r2 ");
  CHECK(script.plan.take_demanded().size() == 1);
}

TEST_CASE("a silent meter is asked once for whoever wants it, and told as silent") {
  PlanScript script({meter(first_circuit, 1), meter(second_circuit, 2)});
  script.meters[2].dead = true;
  script.run(minutes(5));
  REQUIRE(script.plan.is_silent(second_circuit));
  script.asked.clear();
  script.plan.demand(second_circuit);
  script.run(seconds(3));
  CHECK(std::count(script.asked.begin(), script.asked.end(), '2') == 1);
  const auto demanded = script.plan.take_demanded();
  REQUIRE(demanded.size() == 1);
  CHECK(demanded[0].error == MeterErrc::silence);
}

TEST_CASE("who demands readings again and again leaves the others half of the turns") {
  std::vector<PolledMeter> meters;
  for (std::uint8_t unit = 1; unit <= 4; ++unit) meters.push_back(meter({1000U + unit * 10U}, unit));
  PlanScript script(meters);
  script.takes = seconds(1);
  script.run(seconds(20));
  script.asked.clear();
  for (int i = 0; i < 40; ++i) {
    script.plan.demand({1010});
    script.run(milliseconds(1));
  }
  for (const auto unit : {'2', '3', '4'}) CHECK(std::count(script.asked.begin(), script.asked.end(), unit) >= 4);
}

TEST_CASE("where a bus is away a demand ends with the question that could not be put") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(seconds(1));
  script.plan.demand(first_circuit);
  REQUIRE(script.plan.next(script.now));
  script.plan.unasked(script.now);
  CHECK(script.plan.take_demanded().size() == 1);
  CHECK_FALSE(script.plan.next(script.now));
}

TEST_CASE("a plan that replaces another one goes on watching the register, and reads who is there before it commands") {
  PlanScript script({meter(first_circuit, 1)});
  script.meters[1].load = {12'000};
  script.run(seconds(1));
  script.meters[1].shows = {900'000, 1000};  // a leap that nothing bears out
  script.run(seconds(40));                   // 133 Wh by its power, and the register stands still
  script.meters[2] = script.meters[1];
  PollPlan moved({.every = every, .line = {}, .latency = {}}, {meter(first_circuit, 2)}, script.now);
  moved.carry_over(script.plan);
  REQUIRE(moved.newest(first_circuit) != nullptr);
  CHECK(moved.newest(first_circuit)->energy == Quantity{1000});
  CHECK(script.health(first_circuit).torn == 1);
  CHECK(moved.health({70'001'010}, script.now)->torn == 1);
  moved.order(first_circuit, false, script.now);
  script.plan = std::move(moved);
  script.asked.clear();
  CHECK(std::count(script.notices.begin(), script.notices.end(), PollNotice::register_stuck) == 0);
  script.run(seconds(40));
  CHECK(script.asked.substr(0, 6) == "r2 w2o");
  CHECK(std::count(script.notices.begin(), script.notices.end(), PollNotice::register_stuck) == 1);
}

TEST_CASE("a plan takes nothing over from another meter that had the circuit") {
  PlanScript script({meter(first_circuit, 1)});
  script.run(every);
  auto other = meter(first_circuit, 1);
  other.place.number = {6001};
  PollPlan next({.every = every, .line = {}, .latency = {}}, {other}, script.now);
  next.carry_over(script.plan);
  CHECK(next.newest(first_circuit) == nullptr);
  CHECK(next.health({6001}, script.now) == MeterHealth{});
}

}  // namespace wattle::edge
