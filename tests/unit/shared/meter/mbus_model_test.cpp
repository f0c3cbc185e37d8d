#include "shared/meter/mbus_model.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/exchange.hpp"
#include "tests/unit/shared/meter/vectors.hpp"

namespace wattle::mbus_model_test {

using namespace wattle::mbus;
using wattle::test::hex;

namespace {

MeterProfile profile_of(const Model& model) {
  return {.model = "m", .line = {2400, Parity::even, 1}, .timings = {}, .rollover = {100'000'000}, .protocol = model};
}

/// Meters on one line: each hears every frame, as it does in the field.
struct Bench {
  std::vector<MeterImage> meters;

  Received ask(const Exchange& exchange) {
    Bytes heard;
    for (auto& meter : meters) {
      const auto said = answer(std::get<Found>(find_frame(request_bytes(exchange), Wire::open)).frame, meter);
      heard.insert(heard.end(), said.begin(), said.end());
    }
    return receive(exchange, heard, Wire::quiet);
  }
  Result<Reading> read(const MeterProfile& profile, std::uint64_t address) {
    std::vector<MeterAnswer> answers;
    const MeterPlace place{address, MeterId{address}, {}};
    for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
      const auto received = ask(exchange);
      if (const auto* bad = std::get_if<Bad>(&received)) return bad->error;
      answers.push_back(std::get<MeterAnswer>(received));
    }
    return wattle::decode_reading(profile, place, Depth::full, answers);
  }
};

MeterImage showing(const Model& model, std::uint8_t primary, const Reading& reading) {
  MeterImage image{.primary = primary};
  show(image, model, reading);
  return image;
}

Reading water(std::uint64_t number, std::int64_t litres) { return {MeterId{number}, {}, {}, {{{litres}, {}, {}, {}, {}}}}; }

}  // namespace

TEST_CASE("a meter at its primary address: the link is reset, then it is read") {
  const Model model;
  Bench bench{{showing(model, 1, water(182'007, 269'000)), showing(model, 2, water(182'008, 12'565))}};
  CHECK(bench.read(profile_of(model), 1).value() == water(182'007, 269'000));
  CHECK(bench.read(profile_of(model), 2).value() == water(182'008, 12'565));
  CHECK(bench.read(profile_of(model), 1).value() == water(182'007, 269'000));
  CHECK(bench.read(profile_of(model), 3).error() == MeterErrc::silence);
}

TEST_CASE("meters without an address are selected by their numbers") {
  const Model model{.by_number = true};
  Bench bench{{showing(model, unconfigured, water(182'007, 1)), showing(model, unconfigured, water(182'008, 2))}};
  CHECK(bench.read(profile_of(model), 182'008).value() == water(182'008, 2));
  CHECK(bench.read(profile_of(model), 182'007).value() == water(182'007, 1));
  CHECK(bench.read(profile_of(model), 182'009).error() == MeterErrc::silence);
}

TEST_CASE("a meter of energy tells its power too") {
  const Model model{.counts = Unit::watt_hour, .by_number = true};
  const Reading reading{MeterId{77}, {}, {}, {{{1'234'567}, Power{-150}, {}, {}, {}}}};
  Bench bench{{showing(model, unconfigured, reading)}};
  CHECK(bench.read(profile_of(model), 77).value() == reading);
}

TEST_CASE("published telegrams are read as they are meant") {
  const auto telegram = [](const std::string& frame) {
    const auto bytes = hex(frame);
    const auto found = std::get<Found>(find_frame(bytes, Wire::open)).frame;
    Bytes data{found.ci};
    data.insert(data.end(), found.data.begin(), found.data.end());
    const Bytes answers[] = {{}, data};
    return mbus::decode_reading({}, {1'000'000'000}, answers);
  };
  // [mbus-001]: 269 m³ of meter 00182007.
  CHECK(
      telegram("68 1B 1B 68 08 01 72 07 20 18 00 E6 1E 35 07 4C 00 00 00 0C 78 07 20 18 00 0C 16 69 02 00 00 96 16").value() ==
      water(182'007, 269'000));
  // [mbus-002]: the fixed structure.
  CHECK(telegram("68 13 13 68 08 05 73 78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00 3C 16").error() == MeterErrc::data);
}

TEST_CASE("a telegram without the register, or with one beyond its end, refuses the reading") {
  const Model model;
  MeterImage image = showing(model, 1, water(5, 99'999'999));
  CHECK(Bench{{image}}.read(profile_of(model), 1).has_value());
  auto small = profile_of(model);
  small.rollover = {99'999'999};
  CHECK(Bench{{image}}.read(small, 1).error() == MeterErrc::value);
  image.telegrams = {{}};
  CHECK(Bench{{image}}.read(profile_of(model), 1).error() == MeterErrc::no_such_data);
  image.header.own.id = {0, 0, 0, 0};
  CHECK(Bench{{image}}.read(profile_of(model), 1).error() == MeterErrc::meter_number);
  image.error = 8;
  CHECK(Bench{{image}}.read(profile_of(model), 1).error() == application_errc(8));
}

TEST_CASE("where a meter of M-Bus can be") {
  CHECK(is_address(profile_of({}), 250));
  CHECK_FALSE(is_address(profile_of({}), 251));
  CHECK(is_address(profile_of({.by_number = true}), 99'999'999));
  CHECK_FALSE(is_address(profile_of({.by_number = true}), 100'000'000));
  CHECK_FALSE(has_relay(profile_of({}), 0));
  CHECK(is_asked_by_number(profile_of({.by_number = true})));
  CHECK_FALSE(contradiction(Model{.counts = Unit::volt}).empty());
}

}  // namespace wattle::mbus_model_test
