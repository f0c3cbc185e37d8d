// What charging needs beside what is only for people: asked more often, and not held up by it.

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "edge/core/poll_plan.hpp"
#include "shared/profiles/profile_file.hpp"

namespace wattle::edge::full_readings_test {

constexpr CircuitId circuit{1010};
constexpr std::uint16_t reactive_register = 0x0158;
constexpr std::uint16_t factor_register = 0x001e;
constexpr std::uint16_t not_a_number = 0x7fc0;  // the high word of a float32

/// An SDM120, of which the full reading asks one block more.
struct House {
  std::shared_ptr<const MeterProfile> profile = shipped_profile("eastron-sdm120");
  Tick now{};
  PollPlan plan{{.every = seconds(10), .line = {}, .latency = {}}, {{{1, MeterId{5}, {}}, profile, {{{101}, circuit}}}}, now};
  Reading shown{MeterId{5}, 220'000, {}, {{{1'000}, Power{300}, 1'400, 620, {}}}};
  bool tells_reactive = true;
  bool tells_factor = true;
  std::vector<MeterRead> readings;
  std::vector<PollNotice> notices;
  std::size_t refused = 0;

  House() { shown.circuits[0].further.put(FurtherKind::reactive_energy, 77); }

  void run(Duration time) {
    const auto end = now + time;
    while (now < end) {
      const auto question = plan.next(now);
      if (!question) {
        now = plan.wake_up();
        continue;
      }
      const auto& ask = std::get<ModbusAsk>(question->exchange.ask);
      auto image = modbus::encode_reading(std::get<ModbusModel>(profile->protocol), shown, 0).value();
      if (!tells_reactive) image.input.erase(reactive_register);
      if (!tells_factor) image.input[factor_register].value = not_a_number;
      const auto pdu = modbus::answer(modbus::encode_request(ask.request), image);
      refused += pdu.at(0) >= 0x80;
      const auto polled = plan.answered(receive(question->exchange, modbus_rtu::frame(ask.unit, pdu), Wire::quiet), now);
      readings.insert(readings.end(), polled.readings.begin(), polled.readings.end());
      for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
    }
  }
};

TEST_CASE("a meter that refuses what is only for people is charged and switched on") {
  House house;
  house.tells_reactive = false;
  house.run(minutes(10));
  CHECK(house.refused > 0);
  CHECK(house.notices.empty());
  CHECK(house.readings.size() >= 40);
  house.run(minutes(5));
  house.refused = 0;
  house.run(minutes(40));
  CHECK(house.refused == 0);  // it has not got it
  house.run(hours(10));
  CHECK(house.refused >= 9);  // or has it now?
  CHECK(house.refused <= 11);
  CHECK(house.readings.size() >= 2'400);
}

TEST_CASE("what is asked and not told any more is not what it was before") {
  House house;
  house.run(minutes(2));
  REQUIRE(house.plan.newest(circuit) != nullptr);
  CHECK(house.plan.newest(circuit)->power_factor_per_mille == 620);
  CHECK(house.plan.newest(circuit)->further.get(FurtherKind::reactive_energy) == 77);
  house.tells_factor = false;
  house.run(minutes(2));
  CHECK_FALSE(house.plan.newest(circuit)->power_factor_per_mille);
  CHECK_FALSE(house.readings.back().further.has(FurtherKind::power_factor));
  CHECK(house.plan.newest(circuit)->further.get(FurtherKind::reactive_energy) == 77);
}

namespace {

/// Meters of DL/T 645 on a line, which show what the profile asks, or refuse all of it that control does not ask.
struct Line {
  std::shared_ptr<const MeterProfile> profile;
  std::uint64_t meters;
  bool refuses = false;
  bool ignores = false;
  bool is_dead = false;
  bool leaps = false;       // each register, from each reading that is taken to the next one
  bool breaks_off = false;  // the line, when a full reading is asked for once more
  std::size_t broken_off = 0;
  bool is_again = false;
  std::uint64_t dead_one = 0;
  std::optional<Tick> dead_asked{};
  Duration dead_unasked{};      // the longest
  std::uint8_t refusal = 0x02;  // no such data
  Duration thought = milliseconds(100);
  Tick now{};
  PollPlan plan;
  std::size_t asked = 0;
  std::size_t for_people = 0;
  std::size_t refused = 0;
  std::vector<PollNotice> notices{};
  std::vector<MeterRead> readings{};
  std::map<CircuitId, Tick> known{};
  std::map<std::uint64_t, std::int64_t> leapt{};
  std::vector<Exchange> control = reading_exchanges(*profile, {1, MeterId{1}, {}}, Depth::control);
  Exchange last_of_full = reading_exchanges(*profile, {1, MeterId{1}, {}}, Depth::full).back();
  Duration oldest{};  // between two readings of a meter

  Line(std::uint64_t count, std::shared_ptr<const MeterProfile> of)
      : profile(std::move(of)), meters(count), plan({.line = profile->line, .latency = {}}, all(), now) {}
  explicit Line(std::uint64_t count, std::string_view model = "generic-dlt645-2007-three-phase")
      : Line(count, shipped_profile(model)) {}

  std::vector<PolledMeter> all() const {
    std::vector<PolledMeter> out;
    for (std::uint64_t n = 1; n <= meters * step(); n += step())
      out.push_back({{n, MeterId{n}, {}}, profile, {{RoomId{101}, CircuitId{static_cast<std::uint32_t>(n)}}}});
    return out;
  }
  /// Of whichever meter: addresses are as far from one another.
  bool is_last_of_full(const dlt645::Request& request) const {
    const auto& last = std::get<dlt645::Request>(last_of_full.ask);
    const auto number = [](const dlt645::Request& of) { return dlt645::number_of(of.address).value(); };
    return request.di == last.di && number(request) % step() == number(last) % step();
  }
  std::uint64_t step() const { return addresses_of(*profile, 1).size(); }
  Bytes say(const dlt645::Request& request, bool is_for_people) {
    if (is_dead) return {};
    if (dead_one != 0 && request.address == dlt645::address_of(dead_one).value()) {
      dead_unasked = std::max(dead_unasked, now - dead_asked.value_or(now));
      dead_asked = now;
      return {};
    }
    if (ignores && is_for_people) return {};
    if (refuses && is_for_people) {
      ++refused;
      return dlt645::encode_refusal(request, request.address, refusal, 0);
    }
    dlt645::MeterImage image{.address = request.address, .items = {}, .accepts = {}};
    const auto number = dlt645::number_of(request.address).value();
    const auto behind = (number - 1) % step();
    const Quantity energy{1'230 + leapt[number - behind]};
    Reading shown{MeterId{number - behind}, 220'000, 50'000, {step(), {energy, Power{300}, 900, 980, true}}};
    shown.circuits[0].further.put(FurtherKind::voltage_c, 224'000);
    dlt645::show(image, std::get<dlt645::Model>(profile->protocol), shown, behind, Instant{now.micros});
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(dlt645::encode_request(request), Wire::quiet)).frame;
    return dlt645::answer(frame, image, Instant{now.micros});
  }
  void run(Duration time) {
    const auto end = now + time;
    while (now < end) {
      const auto question = plan.next(now);
      if (!question) {
        now = std::min(plan.wake_up(), end);
        continue;
      }
      if (breaks_off && std::exchange(is_again, false)) {
        ++broken_off;
        take(plan.unasked(now));
        continue;
      }
      const auto& request = std::get<dlt645::Request>(question->exchange.ask);
      const auto is_for_people = std::none_of(control.begin(), control.end(), [&](const Exchange& exchange) {
        return std::get<dlt645::Request>(exchange.ask).di == request.di;
      });
      ++asked;
      for_people += is_for_people;
      const auto heard = say(request, is_for_people);
      const auto size = static_cast<std::int64_t>(request_bytes(question->exchange).size() + heard.size());
      now = now + question->gap + thought + wire_time(profile->line, size);
      const auto polled = plan.answered(receive(question->exchange, heard, Wire::quiet), now);
      is_again = polled.readings.empty() && is_last_of_full(request);
      take(polled);
    }
  }
  void take(const Polled& polled) {
    for (const auto& noticed : polled.notices) notices.push_back(noticed.what);
    for (const auto& reading : polled.readings) {
      if (const auto before = known.find(reading.circuit); before != known.end())
        oldest = std::max(oldest, now - before->second);
      known[reading.circuit] = now;
      readings.push_back(reading);
      if (leaps) leapt[reading.meter.value] += 100'000;
    }
  }
};

}  // namespace

TEST_CASE("a meter of DL/T 645 that refuses what is only recorded is read all the same, each time") {
  Line line(1);
  line.refuses = true;
  line.refusal = 0x01;  // for some other reason
  line.run(minutes(10));
  CHECK(line.refused > 50);
  CHECK(line.notices.empty());
  CHECK(line.readings.size() >= 40);
  CHECK(line.readings.back().register_units == Quantity{1'230});
  CHECK_FALSE(line.readings.back().voltage_mv);
  CHECK(line.readings.back().further.kinds() == 1u << static_cast<unsigned>(FurtherKind::relay));
  line.refuses = false;
  line.run(minutes(2));
  CHECK(line.readings.back().voltage_mv == 220'000);
  CHECK(line.readings.back().further.get(FurtherKind::voltage_c) == 224'000);
}

TEST_CASE("what a meter of DL/T 645 says that it has not is soon not asked any more, but of who is there in its place") {
  Line line(1);
  line.refuses = true;
  line.run(minutes(15));
  CHECK(line.refused > 0);
  line.refused = 0;
  line.run(minutes(40));
  CHECK(line.refused == 0);
  CHECK(line.readings.size() >= 200);
  CHECK(line.readings.back().register_units == Quantity{1'230});
  line.refuses = false;
  line.run(minutes(10));
  CHECK(line.plan.newest(CircuitId{1})->voltage_mv == 220'000);  // asked again within the hour
  line.refuses = true;
  line.run(minutes(15));
  CHECK_FALSE(line.plan.newest(CircuitId{1})->voltage_mv);
  line.refuses = false;
  line.is_dead = true;
  line.run(minutes(5));
  line.is_dead = false;
  line.run(minutes(5));
  CHECK(line.plan.newest(CircuitId{1})->voltage_mv == 220'000);
}

TEST_CASE("who demands a reading is told what the meter was found not to have, once it has it") {
  Line line(1);
  line.refuses = true;
  line.run(minutes(15));
  line.refused = 0;
  line.run(minutes(2));
  CHECK(line.refused == 0);
  line.refuses = false;
  line.plan.demand(CircuitId{1});
  line.run(seconds(5));
  REQUIRE(line.plan.take_demanded().size() == 1);
  CHECK(line.plan.newest(CircuitId{1})->voltage_mv == 220'000);
  CHECK(line.plan.newest(CircuitId{1})->further.get(FurtherKind::voltage_c) == 224'000);
  line.refuses = true;
  line.run(minutes(15));
  line.refused = 0;
  const auto demand_for_a_minute = [&] {
    for (int times = 0; times < 9; ++times) {
      line.plan.demand(CircuitId{1});
      line.run(seconds(6));
    }
    line.run(seconds(6));
    CHECK(line.plan.take_demanded().size() == 9);
  };
  demand_for_a_minute();
  const auto in_a_minute = line.refused;
  CHECK(in_a_minute > 0);
  demand_for_a_minute();
  CHECK(line.refused == 2 * in_a_minute);  // not nine times as often
  CHECK(in_a_minute <= 12);
}

TEST_CASE("what a meter of DL/T 645 ignores is left out of its reading, and soon not asked any more") {
  Line line(1);
  line.ignores = true;
  line.run(minutes(10));
  CHECK(line.notices.empty());
  CHECK(line.readings.size() >= 40);
  CHECK(line.readings.back().register_units == Quantity{1'230});
  CHECK(line.for_people > 0);
  line.for_people = 0;
  line.run(minutes(10));
  CHECK(line.for_people == 0);
}

TEST_CASE("what is only for people takes half of a slow line at most, and holds up no state") {
  Line line(32);
  line.run(hours(1));
  CHECK(line.for_people > 1'000);
  CHECK(line.for_people * 100 < line.asked * 60);
  CHECK(line.oldest < minutes(2));
  Line alone(1);
  alone.run(minutes(30));
  CHECK(alone.for_people >= 25 * 10);  // once a minute, as it was asked for
}

TEST_CASE("where control takes most of the time that state may take, people wait") {
  Line line(32, "generic-dlt645-2007-four-circuits");
  line.run(hours(3));
  CHECK(line.oldest < minutes(3));
  CHECK(line.for_people > 32 * 16);  // and get their turn
  for (const auto& known : line.known) CHECK(line.plan.newest(known.first)->voltage_mv == 220'000);
}

TEST_CASE("a silent meter does not wait for its time, and for a long round as well") {
  Line line(32, "generic-dlt645-2007-four-circuits");
  line.dead_one = 5;
  line.run(hours(1));
  line.dead_unasked = {};
  line.run(hours(1));
  CHECK(line.dead_unasked < seconds(145));
  CHECK(line.dead_unasked > seconds(100));
}

TEST_CASE("how long meters think is measured") {
  Line line(32, "generic-dlt645-2007-four-circuits");
  line.thought = milliseconds(160);
  line.run(hours(2));
  line.oldest = {};
  line.run(hours(2));
  CHECK(line.oldest < seconds(175));
}

TEST_CASE("after a silence of the whole line its state is known first") {
  Line line(32, "generic-dlt645-2007-four-circuits");
  line.run(hours(1));
  line.is_dead = true;
  line.run(hours(1));
  line.is_dead = false;
  line.known.clear();
  line.oldest = {};
  const auto heard_from = line.now;
  while (line.known.size() < line.meters) line.run(seconds(1));
  CHECK(line.now - heard_from < minutes(4));
  line.run(minutes(30));
  CHECK(line.oldest < minutes(3));
}

TEST_CASE("what is asked twice takes twice the time of control") {
  Line line(16, "generic-dlt645-2007-four-circuits");
  line.leaps = true;
  line.run(hours(1));
  line.oldest = {};
  line.run(hours(2));
  CHECK(line.asked > line.readings.size() * line.control.size() * 19 / 10);
  CHECK(line.oldest < minutes(3));
}

TEST_CASE("a full reading whose second one is broken off took what both took") {
  auto profile = *shipped_profile("generic-dlt645-2007-four-circuits");
  profile.phases = 1;  // so that its figures can disagree, which these do
  Line line(32, std::make_shared<const MeterProfile>(profile));
  line.breaks_off = true;
  line.run(minutes(30));
  CHECK(line.broken_off >= 8);
  CHECK(line.oldest < minutes(3));
}

}  // namespace wattle::edge::full_readings_test
