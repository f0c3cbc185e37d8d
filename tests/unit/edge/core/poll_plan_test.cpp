#include "edge/core/poll_plan.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

namespace wattle::edge {
namespace {

constexpr CircuitId lamp{1010};
constexpr CircuitId socket{1020};
constexpr Duration every = seconds(10);

PolledMeter meter(CircuitId circuit, std::uint8_t unit) {
  static const auto profile = std::make_shared<const MeterProfile>(generic_relay_meter());
  return {{unit, MeterId{70'000'000ULL + circuit.value}, {}}, profile, {{{101}, circuit}}};
}

/// What stands behind the bus: meters that answer by the script of the test.
struct Script {
  struct Meter {
    Reading reading;
    bool dead = false;
    bool stuck = false;
    Power load{};  // that flows whatever the relay shows
  };

  Tick now{1'000'000'000};
  PollPlan plan;
  std::map<std::uint8_t, Meter> meters;
  std::string asked;  // r1 w1c w1o …
  std::vector<PollNotice> notices;
  std::vector<MeterRead> readings;
  std::vector<std::size_t> sweeps;  // the number of readings at the end of each round

  explicit Script(std::vector<PolledMeter> polled) : plan({.every = every, .line = {}, .latency = {}}, polled, now) {
    for (const auto& m : polled) {
      CircuitReading circuit;
      circuit.energy = {1000};
      circuit.relay_closed = true;
      meters[static_cast<std::uint8_t>(m.place.address)].reading = {m.place.number, {}, {}, {circuit}};
    }
  }

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
    const auto& model = std::get<ModbusModel>(generic_relay_meter().protocol);
    const auto image = modbus::encode_reading(model, meter.reading, 0);
    MeterAnswer answer;
    for (std::uint16_t at = 0; at < 10; ++at) answer.values.push_back(image->holding.at(at).value);
    return answer;
  }

  /// Puts every question that is due, and then moves to the next wake-up, until `time` is over.
  void run(Duration time) {
    const auto end = now + time;
    for (;;) {
      while (const auto question = plan.next(now)) {
        CHECK_FALSE(plan.next(now));
        auto polled = plan.answered(reply(question->exchange), now);
        for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
        readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
        if (polled.swept) sweeps.push_back(readings.size());
      }
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
  Script script({meter(lamp, 1), meter(socket, 2)});
  script.run(seconds(25));
  CHECK(script.asked == "r1 r2 r1 r2 r1 r2 ");
  REQUIRE(script.readings.size() == 6);
  CHECK(script.readings[1].circuit == socket);
  CHECK(script.readings[1].meter == MeterId{70'001'020});
  CHECK(script.readings[1].register_units == Quantity{1000});
  CHECK(script.readings[1].relay_closed == true);
  CHECK(script.notices.empty());
}

TEST_CASE("a round ends when each meter has been asked, and does not wait for a silent one") {
  Script script({meter(lamp, 1), meter(socket, 2)});
  script.run(seconds(25));
  CHECK(script.sweeps == std::vector<std::size_t>{2, 4, 6});
  script.meters[1].dead = true;
  script.run(seconds(20));
  CHECK(script.sweeps == std::vector<std::size_t>{2, 4, 6, 7, 8});  // asked in vain is asked
  script.plan.order(lamp, false, script.now);                       // what is read back for an order ends no round
  script.run(seconds(100));
  CHECK(script.readings.size() == 18);
  CHECK(script.sweeps.size() >= 15);
}

TEST_CASE("a relay is commanded after its meter is known, before other polls, and read back") {
  Script script({meter(lamp, 1), meter(socket, 2)});
  script.plan.order(socket, false, script.now);
  script.run(seconds(1));
  CHECK(script.asked == "r2 w2o r1 r2 ");
  CHECK_FALSE(*script.readings.back().relay_closed);
  script.run(seconds(20));
  CHECK(script.asked.find('w', 5) == std::string::npos);  // once was enough
}

TEST_CASE("an order that is fulfilled already writes nothing") {
  Script script({meter(lamp, 1)});
  script.plan.order(lamp, true, script.now);
  script.run(seconds(15));
  CHECK(script.asked == "r1 r1 ");
}

TEST_CASE("a relay that does not obey is an alarm once, is tried on, and is told when it obeys") {
  Script script({meter(lamp, 1)});
  script.run(seconds(1));
  script.meters[1].stuck = true;
  script.plan.order(lamp, false, script.now);
  script.run(seconds(60));
  CHECK(script.notices == std::vector{PollNotice::relay_disobeys});
  CHECK(script.plan.disobeys(lamp));
  const auto tries = std::count(script.asked.begin(), script.asked.end(), 'w');
  CHECK(tries >= 6);
  CHECK(tries <= 10);
  script.meters[1].stuck = false;
  script.run(seconds(15));
  CHECK(script.notices == std::vector{PollNotice::relay_disobeys, PollNotice::relay_obeys});
  CHECK_FALSE(script.plan.disobeys(lamp));
}

TEST_CASE("the newest order counts, also while a command is on its way") {
  Script script({meter(lamp, 1)});
  script.run(seconds(1));
  script.plan.order(lamp, false, script.now);
  const auto command = script.plan.next(script.now);
  REQUIRE(command);
  CHECK(command->is_command);
  script.plan.order(lamp, true, script.now);
  script.plan.answered(script.reply(command->exchange), script.now);
  script.run(seconds(2));
  CHECK(script.meters[1].reading.circuits[0].relay_closed == true);
  CHECK(script.notices.empty());
}

TEST_CASE("an order that is forgotten leaves the relay alone") {
  Script script({meter(lamp, 1)});
  script.run(seconds(1));
  script.plan.order(lamp, false, script.now);
  script.plan.forget_order(lamp);
  script.run(seconds(30));
  CHECK(script.asked.find('w') == std::string::npos);
  CHECK(script.meters[1].reading.circuits[0].relay_closed == true);
}

TEST_CASE("a relay that moves by itself is noticed") {
  Script script({meter(lamp, 1)});
  script.run(seconds(1));
  script.meters[1].reading.circuits[0].relay_closed = false;
  script.run(seconds(30));
  CHECK(script.notices == std::vector{PollNotice::relay_strayed});
}

TEST_CASE("a silent meter is asked less and less, and does not hold up the others") {
  Script script({meter(lamp, 1), meter(socket, 2)});
  script.meters[1].dead = true;
  script.run(hours(1));
  CHECK(script.notices == std::vector{PollNotice::silent});
  CHECK(script.plan.silent() == 1);
  CHECK(script.plan.is_silent(lamp));
  const auto count = [&](const std::string& what) {
    std::size_t n = 0;
    for (auto at = script.asked.find(what); at != std::string::npos; at = script.asked.find(what, at + 1)) ++n;
    return n;
  };
  CHECK(count("r2") == 361);
  CHECK(count("r1") >= 12);
  CHECK(count("r1") <= 24);
  script.meters[1].dead = false;
  script.run(longest_poll_pause);
  CHECK(script.notices == std::vector{PollNotice::silent, PollNotice::heard_again});
  CHECK(script.plan.silent() == 0);
}

TEST_CASE("an order for a meter that is silent waits until the meter is known again") {
  Script script({meter(lamp, 1)});
  script.run(seconds(1));
  script.meters[1].dead = true;
  script.run(minutes(2));
  script.asked.clear();
  script.plan.order(lamp, false, script.now);
  script.run(minutes(10));
  CHECK(script.asked.find('w') == std::string::npos);
  script.meters[1].dead = false;
  script.run(longest_poll_pause);
  script.run(seconds(5));
  CHECK(script.meters[1].reading.circuits[0].relay_closed == false);
}

TEST_CASE("another meter in its place is read, told, and never switched") {
  Script script({meter(lamp, 1)});
  script.meters[1].reading.meter = MeterId{999};
  script.plan.order(lamp, false, script.now);
  script.run(seconds(45));
  CHECK(script.asked.find('w') == std::string::npos);
  CHECK(script.notices == std::vector{PollNotice::foreign_meter});
  REQUIRE_FALSE(script.readings.empty());
  CHECK(script.readings.back().meter == MeterId{999});
  CHECK_FALSE(script.readings.back().relay_closed);  // not this circuit's relay
  script.meters[1].reading.meter = MeterId{70'001'010};
  script.run(seconds(15));
  CHECK(script.notices == std::vector{PollNotice::foreign_meter, PollNotice::own_meter});
  CHECK(script.meters[1].reading.circuits[0].relay_closed == false);
}

TEST_CASE("a bus that is away is no fault of its meters") {
  Script script({meter(lamp, 1)});
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

}  // namespace wattle::edge
