#include "shared/meter/cjt188_model.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/exchange.hpp"
#include "tests/unit/shared/meter/vectors.hpp"

namespace wattle::cjt188_model_test {

using namespace wattle::cjt188;
using wattle::test::hex;

namespace {

constexpr Instant noon{1'750'000'000'000'000};
constexpr std::uint64_t number = 11'223'344;

MeterProfile profile_of(const Model& model) {
  return {.model = "water", .line = {2400, Parity::even, 1}, .timings = {}, .rollover = usual_rollover, .protocol = model};
}

Model with_valve() { return {.maker = 0x7833, .valve = ModelValve{}}; }

/// What a meter with this image answers to the model's questions, as the poll plan would see it.
struct Bench {
  MeterProfile profile;
  MeterImage image;
  MeterPlace place{number, MeterId{number}, {}};

  explicit Bench(const Model& model) : profile(profile_of(model)) {
    image = {.type = model.type, .address = address_of(model, number)};
    if (model.valve) image.bits = model.valve->bits;
  }
  Received ask(const Exchange& exchange, Instant now = noon) {
    const auto asked = request_bytes(exchange);
    const auto found = std::get<Found>(find_frame(asked, Wire::open));
    return receive(exchange, answer(found.frame, image, now), Wire::quiet);
  }
  Result<Reading> read(Instant now = noon) {
    std::vector<MeterAnswer> answers;
    for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
      const auto received = ask(exchange, now);
      REQUIRE(std::holds_alternative<MeterAnswer>(received));
      answers.push_back(std::get<MeterAnswer>(received));
    }
    return wattle::decode_reading(profile, place, Depth::full, answers);
  }
};

}  // namespace

TEST_CASE("a water meter's address is its number below its maker's code") {
  CHECK(to_text(address_of({.maker = 0x7833}, number)) == "78330011223344");
  CHECK(to_text(address_of({}, 2'020'120'218)) == "00002020120218");
}

TEST_CASE("a water meter is read in litres") {
  Bench bench(with_valve());
  bench.image.total = {55'667'700, -2, Unit::cubic_metre};
  const auto reading = bench.read();
  REQUIRE(reading.has_value());
  CHECK(*reading == Reading{MeterId{number}, {}, {}, {{{556'677'000}, {}, {}, {}, true}}});
  CHECK_FALSE(Bench({}).read().value().circuits[0].relay_closed);
}

TEST_CASE("each question has the next number, and an answer to an earlier one is none") {
  Bench bench(with_valve());
  const auto exchange = reading_exchanges(bench.profile, bench.place, Depth::full).front();
  const auto says = [&](std::uint16_t n) {
    const auto asked = std::get<Found>(find_frame(request_bytes(exchange, {false, n}), Wire::open)).frame;
    CHECK(decode_request(asked)->serial == static_cast<std::uint8_t>(n));
    return answer(asked, bench.image, noon);
  };
  CHECK(std::get<cjt188::Request>(numbered(exchange, {false, 258}).ask).serial == 2);
  const auto late = says(7);
  auto both = late;
  const auto right = says(8);
  both.insert(both.end(), right.begin(), right.end());
  CHECK(std::holds_alternative<NeedMore>(receive(exchange, late, Wire::open, {false, 8})));
  CHECK(std::get<Bad>(receive(exchange, late, Wire::quiet, {false, 8})).error == MeterErrc::sequence);
  const auto taken = receive(exchange, both, Wire::open, {false, 8});
  REQUIRE(std::holds_alternative<MeterAnswer>(taken));
  CHECK(std::get<MeterAnswer>(taken).offset > late.size());
}

TEST_CASE("the published answer of a meter is read as it is meant") {
  // [cjt188] 1F 90: the answer mirrors the order of the question.
  const Model model{.maker = 0x7833, .order = DiOrder::low_first, .valve = ModelValve{}};
  const auto data = hex("00 77 66 55 2C 00 77 66 55 2C 31 01 22 11 05 15 20 21 84");
  const auto reading = decode_reading(model, usual_rollover, number, data);
  REQUIRE(reading.has_value());
  CHECK(reading->circuits[0].energy == Quantity{556'677'000});
  CHECK(reading->circuits[0].relay_closed == false);  // bits 0 and 1 of 21H
}

TEST_CASE("a register that is not there, no volume or beyond its end refuses the reading") {
  const auto with_total = [](const std::string& five) {
    const auto data = hex(five + "00 00 00 00 2C 31 01 22 11 05 15 20 00 00");
    return decode_reading(with_valve(), {1'000'000}, number, data).error();
  };
  CHECK(with_total("FF FF FF FF FF") == MeterErrc::value);
  CHECK(with_total("00 00 00 00 05") == MeterErrc::value);  // kWh
  CHECK(with_total("00 00 10 00 2C") == MeterErrc::value);  // 1000 m³
  CHECK_FALSE(with_total("99 99 09 00 2C").failed());
  CHECK(decode_reading(with_valve(), {1'000'000}, number, hex("00 11")).error() == MeterErrc::length);
}

TEST_CASE("a valve is told, travels, and shows where it has come to") {
  Bench bench(with_valve());
  REQUIRE(std::holds_alternative<MeterAnswer>(bench.ask(relay_exchange(bench.profile, bench.place, 0, false))));
  CHECK(bench.read(noon + seconds(5)).value().circuits[0].relay_closed == true);
  CHECK(bench.read(noon + seconds(11)).value().circuits[0].relay_closed == false);
  REQUIRE(
      std::holds_alternative<MeterAnswer>(bench.ask(relay_exchange(bench.profile, bench.place, 0, true), noon + minutes(1))));
  CHECK(bench.read(noon + minutes(2)).value().circuits[0].relay_closed == true);
  bench.image.valve.stuck = true;
  CHECK_FALSE(bench.read(noon + minutes(3)).value().circuits[0].relay_closed);  // unknown
}

TEST_CASE("a broken valve and a battery that is low are the meter's status") {
  const auto status_of = [](const Model& model, const std::string& two) {
    const auto reading =
        decode_reading(model, usual_rollover, number, hex("00 00 10 00 2C 00 00 00 00 2C 31 01 22 11 05 15 20 " + two));
    return reading.value().status;
  };
  CHECK(status_of(with_valve(), "00 00") == MeterStatus{});
  CHECK(status_of(with_valve(), "03 00") == MeterStatus{.valve_fault = true});
  CHECK(status_of(with_valve(), "05 00") == MeterStatus{.battery_low = true});
  CHECK(status_of(Model{}, "07 00") == MeterStatus{.battery_low = true});
  auto model = with_valve();
  model.valve->bits = {.valve_mask = 0x0300, .open = 0x0100, .closed = 0x0200, .fault = 0x0300};
  CHECK(status_of(model, "01 03") == MeterStatus{.valve_fault = true});
}

TEST_CASE("makers' own commands and bits") {
  auto model = with_valve();
  model.valve->bits = {.valve_mask = 0x0300, .open = 0x0100, .closed = 0x0200, .fault = 0x0300};
  model.valve->open = ValveCommand::free_open;
  model.valve->close = ValveCommand::free_close;
  Bench bench(model);
  const auto close = relay_exchange(bench.profile, bench.place, 0, false);
  CHECK(std::get<Request>(close.ask).payload == Bytes{0x77});
  REQUIRE(std::holds_alternative<MeterAnswer>(bench.ask(close)));
  CHECK(bench.read(noon + minutes(1)).value().circuits[0].relay_closed == false);
}

TEST_CASE("an answer to the command is no answer to the reading") {
  Bench bench(with_valve());
  const auto command = request_bytes(relay_exchange(bench.profile, bench.place, 0, true));
  const auto heard = answer(std::get<Found>(find_frame(command, Wire::open)).frame, bench.image, noon);
  const auto reading = reading_exchanges(bench.profile, bench.place, Depth::control).front();
  CHECK(std::holds_alternative<Bad>(receive(reading, heard, Wire::quiet)));
}

TEST_CASE("a water model that contradicts itself") {
  const auto wrong = [](StatusBits bits) { return contradiction(Model{.valve = ModelValve{.bits = bits}}); };
  CHECK(contradiction(with_valve()).empty());
  CHECK(wrong({.valve_mask = 1}).find("outside of its mask") != std::string::npos);
  CHECK(wrong({.closed = 0}).find("look alike") != std::string::npos);
  auto same = with_valve();
  same.valve->open = same.valve->close;
  CHECK_FALSE(contradiction(same).empty());
  CHECK(is_address(profile_of({}), max_number));
  CHECK_FALSE(is_address(profile_of({}), max_number + 1));
}

}  // namespace wattle::cjt188_model_test
