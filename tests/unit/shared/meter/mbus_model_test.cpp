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
  Result<Reading> read(const MeterProfile& profile, std::uint64_t address) { return read(profile, address, Depth::full); }
  Result<Reading> read(const MeterProfile& profile, std::uint64_t address, Depth depth) {
    std::vector<MeterAnswer> answers;
    const MeterPlace place{address, MeterId{address}, {}};
    auto exchanges = reading_exchanges(profile, place, depth);
    questions = 0;
    for (std::size_t n = 0; n < exchanges.size(); ++n, ++questions) {
      auto received = ask(exchanges[n]);
      if (n == lost_answer) lost_answer = SIZE_MAX, received = ask(exchanges[n]);  // what the meter said was not heard
      if (n >= silent_from) received = Bad{WATTLE_FAIL(MeterErrc::silence)};
      const auto* bad = std::get_if<Bad>(&received);
      if (bad != nullptr && !may_lack(profile, place, depth, answers, bad->error)) return bad->error;
      answers.push_back(bad != nullptr ? MeterAnswer{} : std::get<MeterAnswer>(received));
      if (n + 1 < exchanges.size()) continue;
      if (const auto more = following_exchange(profile, place, depth, answers, tells_power)) exchanges.push_back(*more);
    }
    return wattle::decode_reading(profile, place, depth, answers);
  }

  std::size_t lost_answer = SIZE_MAX;
  std::size_t silent_from = SIZE_MAX;  // the question that is answered no more
  bool tells_power = true;
  std::size_t questions = 0;  // of the last reading, repeated ones not counted
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
  // [mbus-002]: the fixed structure; the second counter is historic.
  CHECK(telegram("68 13 13 68 08 05 73 78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00 3C 16").value() == water(12'345'678, 1));
}

TEST_CASE("a meter that says in several telegrams what it has to say is asked for each of them") {
  const Model model{.counts = Unit::watt_hour};
  MeterImage image{.primary = 1};
  show(image, model, {MeterId{77}, {}, {}, {{{1'234'567}, Power{150}, {}, {}, {}}}});
  Bytes energy, power, old;
  REQUIRE(put_record(old, RecordShape::digits, 0x03, 1'000'000, 1));  // of the settlement day
  REQUIRE(put_record(energy, RecordShape::digits, 0x03, 1'234'567));
  REQUIRE(put_record(power, RecordShape::integer, 0x2b, 150));
  image.telegrams = {old, energy, power, old};
  for (const bool by_number : {false, true}) {
    auto asked = model;
    asked.by_number = by_number;
    const std::uint64_t address = by_number ? 77 : 1;
    // Reset or selection, then the telegrams; an answer that was not heard is given once more.
    for (const std::size_t lost : {SIZE_MAX, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{4}}) {
      Bench bench{{image}};
      bench.lost_answer = lost;
      const auto reading = bench.read(profile_of(asked), address).value();
      CHECK(reading.circuits.front().energy == Quantity{1'234'567});
      CHECK(reading.circuits.front().power == Power{150});
      CHECK(bench.questions == 5);  // the fourth might have voltage and current
      CHECK(bench.read(profile_of(asked), address, Depth::control).value() == reading);
      CHECK(bench.questions == 4);
    }
  }
}

TEST_CASE("a meter that never comes to an end is not asked for ever") {
  const Model model;
  MeterImage image = showing(model, 1, water(5, 12'565));
  for (std::uint64_t month = 1; month <= 40; ++month) {
    Bytes old;
    REQUIRE(put_record(old, RecordShape::digits, 0x13, 5, month));
    image.telegrams.insert(image.telegrams.begin(), old);
  }
  Bench bench{{image}};
  CHECK(bench.read(profile_of(model), 1).error() == MeterErrc::no_such_data);
  CHECK(bench.questions == 1 + telegrams_max);
  CHECK(reading_exchanges_more == telegrams_max - 1);
  std::swap(image.telegrams.front(), image.telegrams.back());
  bench.meters = {image};
  CHECK(bench.read(profile_of(model), 1).value() == water(5, 12'565));
}

namespace {

Bytes record_of(std::uint8_t vif, std::int64_t value, std::uint64_t storage = 0) {
  Bytes out;
  REQUIRE(put_record(out, RecordShape::integer, vif, value, storage));
  return out;
}

/// At primary address 1, of energy: 1,234,567 Wh in the first telegram, then these.
MeterImage of_energy(std::vector<Bytes> others) {
  MeterImage image{.primary = 1};
  show(image, {.counts = Unit::watt_hour}, {MeterId{77}, {}, {}, {{{}, {}, {}, {}, {}}}});
  image.telegrams = {record_of(0x03, 1'234'567)};
  image.telegrams.insert(image.telegrams.end(), others.begin(), others.end());
  return image;
}

}  // namespace

TEST_CASE("a meter that ignores the frame count, and says the same without end, is asked twice") {
  const auto profile = profile_of({.counts = Unit::watt_hour});
  Bench bench{{of_energy(std::vector<Bytes>(40, record_of(0x03, 1'234'567)))}};
  for (const auto depth : {Depth::full, Depth::control}) {
    const auto reading = bench.read(profile, 1, depth).value();
    CHECK(reading.circuits.front().energy == Quantity{1'234'567});
    CHECK_FALSE(reading.circuits.front().power);
    CHECK(bench.questions == 3);
  }
}

TEST_CASE("of a meter of energy that tells no power, control asks no further than the register") {
  const auto profile = profile_of({.counts = Unit::watt_hour});
  Bench bench{{of_energy({record_of(0x03, 1'000'000, 1), record_of(0x03, 900'000, 2)})}};
  CHECK(bench.read(profile, 1, Depth::control).has_value());
  CHECK(bench.questions == 4);
  bench.tells_power = false;
  CHECK(bench.read(profile, 1, Depth::control).value().circuits.front().energy == Quantity{1'234'567});
  CHECK(bench.questions == 2);
  CHECK(bench.read(profile, 1, Depth::full).has_value());  // it may have learnt to
  CHECK(bench.questions == 4);
}

TEST_CASE("a meter of water is asked up to the register, and in full up to flow and temperature") {
  MeterImage image = showing({}, 1, water(5, 12'565));
  image.telegrams.push_back(record_of(0x3b, 421));
  image.telegrams.push_back(record_of(0x5a, 113));
  image.telegrams.push_back(record_of(0x13, 12'000, 1));
  Bench bench{{image}};
  CHECK(bench.read(profile_of({}), 1, Depth::control).value() == water(5, 12'565));
  CHECK(bench.questions == 2);
  CHECK(bench.read(profile_of({}), 1, Depth::full).value().circuits.front().further.get(FurtherKind::temperature) == 11'300);
  CHECK(bench.questions == 4);
}

TEST_CASE("a telegram that cannot be had behind the register ends the reading and does not refuse it") {
  const auto profile = profile_of({.counts = Unit::watt_hour});
  const auto energy_of = [](const Result<Reading>& reading) { return reading.value().circuits.front().energy; };
  SECTION("silence") {
    Bench bench{{of_energy({record_of(0x03, 1'000'000, 1), record_of(0x2b, 150)})}};
    for (const auto from : {std::size_t{2}, std::size_t{3}}) {
      bench.silent_from = from;
      CHECK(energy_of(bench.read(profile, 1)) == Quantity{1'234'567});
      CHECK(bench.questions == from + 1);
    }
    bench.silent_from = 1;
    CHECK(bench.read(profile, 1).error() == MeterErrc::silence);
  }
  SECTION("silence before the register") {
    auto image = of_energy({});
    image.telegrams.insert(image.telegrams.begin(), record_of(0x03, 1'000'000, 1));
    Bench bench{{image}};
    CHECK(energy_of(bench.read(profile, 1)) == Quantity{1'234'567});
    bench.silent_from = 2;
    CHECK(bench.read(profile, 1).error() == MeterErrc::silence);
  }
  SECTION("a record that breaks off") {
    Bench bench{{of_energy({Bytes{0x04, 0x2b, 1}, record_of(0x2b, 150)})}};
    const auto reading = bench.read(profile, 1);
    CHECK(energy_of(reading) == Quantity{1'234'567});
    CHECK_FALSE(reading->circuits.front().power);
    CHECK(bench.questions == 3);
    std::swap(bench.meters.front().telegrams[0], bench.meters.front().telegrams[1]);
    CHECK(bench.read(profile, 1).error() == MeterErrc::data);
  }
  SECTION("another kind of answer") {
    const auto model = std::get<Model>(profile.protocol);
    const auto image = of_energy({});
    Bytes first{ci_variable};
    for (const auto& part : {encode_header(image.header), image.telegrams.front(), Bytes{0x1f}})
      first.insert(first.end(), part.begin(), part.end());
    std::vector<Bytes> answers{{}, first, {ci_alarm, 0}};
    CHECK_FALSE(following_ask(model, 1, {Depth::full, true}, answers));
    CHECK(energy_of(mbus::decode_reading(model, profile.rollover, answers)) == Quantity{1'234'567});
    std::swap(answers[1], answers[2]);
    CHECK(mbus::decode_reading(model, profile.rollover, answers).error() == MeterErrc::data);
  }
}

TEST_CASE("power that no meter can measure is none, and the register stands") {
  const auto reading =
      Bench{{of_energy({record_of(0x2f, 2'000'000)})}}.read(profile_of({.counts = Unit::watt_hour}), 1).value();
  CHECK(reading.circuits.front().energy == Quantity{1'234'567});
  CHECK_FALSE(reading.circuits.front().power);
}

TEST_CASE("the temperature is that of the flow, or the only one") {
  const auto temperature = [](const std::vector<Bytes>& records) {
    MeterImage image = showing({}, 1, water(5, 12'565));
    for (const auto& record : records)
      image.telegrams.front().insert(image.telegrams.front().end(), record.begin(), record.end());
    const auto reading = Bench{{image}}.read(profile_of({}), 1).value();
    return reading.circuits.front().further.get(FurtherKind::temperature);
  };
  const auto outside = record_of(0x66, 251), flow = record_of(0x5a, 113), back = record_of(0x5e, 95);
  CHECK(temperature({outside, flow}) == 11'300);
  CHECK(temperature({back, flow, outside}) == 11'300);
  CHECK(temperature({outside}) == 25'100);
  CHECK_FALSE(temperature({outside, back}));
  CHECK_FALSE(temperature({record_of(0x5a, 113, 1)}));
}

namespace {

Result<Reading> read_frame(const Model& model, const std::string& frame) {
  const auto bytes = hex(frame);
  const auto found = std::get<Found>(find_frame(bytes, Wire::open)).frame;
  Bytes data{found.ci};
  data.insert(data.end(), found.data.begin(), found.data.end());
  return mbus::decode_reading(model, {100'000'000'000}, std::vector<Bytes>{{}, data});
}

}  // namespace

TEST_CASE("an electricity meter tells voltage, current, frequency and what is reactive; power factor where a profile says so") {
  // 123,456.7 kWh, 150 W, 230.0 V, 1.000 A, 50.0 Hz, -12 var, 12,345 kvarh, an older voltage, and 0.995 without a unit.
  const auto* frame =
      "68 3F 3F 68 08 05 72 77 00 00 00 42 04 02 02 07 0C 00 00 0C 05 67 45 23 01 02 2B 96 00 02 FD 48 FC 08 "
      "03 FD 59 E8 03 00 02 FB 2E F4 01 02 FB 14 F4 FF 04 FB 02 39 30 00 00 42 FD 48 00 09 02 FD 3A E3 03 C3 "
      "16";
  Reading meant{MeterId{77}, 230'000, 50'000, {{{123'456'700}, Power{150}, 1'000, {}, {}}}};
  meant.circuits[0].further.put(FurtherKind::reactive_power, -12);
  meant.circuits[0].further.put(FurtherKind::reactive_energy, 12'345'000);
  meant.status = {.battery_low = true, .permanent_error = true};
  CHECK(read_frame({.counts = Unit::watt_hour}, frame).value() == meant);
  meant.circuits[0].power_factor_per_mille = 995;
  CHECK(read_frame({.counts = Unit::watt_hour, .power_factor_exponent = -3}, frame).value() == meant);
  meant.circuits[0].power_factor_per_mille.reset();  // 9.95 is none
  CHECK(read_frame({.counts = Unit::watt_hour, .power_factor_exponent = -2}, frame).value() == meant);
}

TEST_CASE("the phases of an electricity meter are its subunits 1 to 3") {
  // 230.0, 229.0 and 231.0 V; 4.00 A in all, of these 2.00, 1.50 and 0.50.
  const auto three =
      read_frame({.counts = Unit::watt_hour},
                 "68 42 42 68 08 05 72 77 00 00 00 42 04 02 02 07 10 00 00 0C 03 67 45 23 01 82 40 FD 48 FC 08 82 80 40 "
                 "FD 48 F2 08 82 C0 40 FD 48 06 09 02 FD 5A 90 01 82 40 FD 5A C8 00 82 80 40 FD 5A 96 00 82 C0 40 FD 5A "
                 "32 00 9D 16")
          .value();
  CHECK(three.voltage_mv == 230'000);
  CHECK(three.status == MeterStatus{.temporary_error = true});
  Further phases;
  phases.put(FurtherKind::voltage_b, 229'000);
  phases.put(FurtherKind::voltage_c, 231'000);
  phases.put(FurtherKind::current_a, 2'000);
  phases.put(FurtherKind::current_b, 1'500);
  phases.put(FurtherKind::current_c, 500);
  CHECK(three.circuits[0] == CircuitReading{{1'234'567}, {}, 4'000, {}, {}, phases});
  // Without a sum the circuit's current is that of the first phase.
  const auto bare =
      read_frame({.counts = Unit::watt_hour},
                 "68 2F 2F 68 08 05 72 77 00 00 00 42 04 02 02 07 00 00 00 0C 03 67 45 23 01 82 40 FD 48 FC 08 82 40 FD "
                 "5A C8 00 82 80 40 FD 5A 96 00 82 C0 40 FD 5A 32 00 4C 16")
          .value();
  Further two;
  two.put(FurtherKind::current_b, 1'500);
  two.put(FurtherKind::current_c, 500);
  CHECK(bare.circuits[0] == CircuitReading{{1'234'567}, {}, 2'000, {}, {}, two});
}

TEST_CASE("energy in J is counted in whole Wh, rounded down") {
  const auto read = [](const std::string& records) {
    Bytes data{ci_variable};
    const auto rest = hex("77 00 00 00 42 04 02 02 01 00 00 00 " + records);
    data.insert(data.end(), rest.begin(), rest.end());
    return mbus::decode_reading({.counts = Unit::watt_hour}, {1'000'000'000}, std::vector<Bytes>{{}, data});
  };
  const auto energy = [&](const std::string& records) { return read(records).value().circuits.front().energy.units; };
  CHECK(energy("0C 0E 67 45 23 01") == 342'935'277);             // 1,234,567 MJ are 342,935,277.7 Wh
  CHECK(energy("0C 0B 36 00 00 00") == 10);                      // 36 kJ
  CHECK(energy("0C 0B 39 00 00 00") == 10);                      // 39 kJ are 10.8
  CHECK(energy("0C 08 99 35 00 00") == 0);                       // 3,599 J
  CHECK(energy("0C 08 00 36 00 00") == 1);                       // 3,600 J
  CHECK(energy("0C FB 09 36 00 00 00") == 10'000'000);           // 36 GJ
  CHECK(energy("0C 0E 67 45 23 01 0C 03 05 00 00 00") == 5);     // in Wh besides
  CHECK(read("0C 0E 00 00 00 F1").error() == MeterErrc::value);  // below zero
  CHECK(read("0C 0E FF FF FF FF").error() == MeterErrc::value);  // not available
  CHECK(read("0C 0F 99 99 99 99").error() == MeterErrc::value);  // beyond the rollover
  CHECK(read("07 0F FF FF FF FF FF FF FF 7F").error() == MeterErrc::value);
}

TEST_CASE("an answering meter shows what an electricity meter tells, and its state") {
  const Model model{.counts = Unit::watt_hour, .power_factor_exponent = -3};
  Reading reading{MeterId{77}, 229'500, 49'980, {{{1'234'567}, Power{-150}, 653, -980, {}}}};
  reading.status = {.battery_low = true, .temporary_error = true};
  auto& further = reading.circuits.front().further;
  further.put(FurtherKind::reactive_power, -31);
  further.put(FurtherKind::reactive_energy, 12'000);
  CHECK(Bench{{showing(model, 1, reading)}}.read(profile_of(model), 1).value() == reading);
  for (const auto& status : {MeterStatus{.battery_low = true, .busy = true}, MeterStatus{.application_error = true}}) {
    auto other = reading;
    other.status = status;
    CHECK(Bench{{showing(model, 1, other)}}.read(profile_of(model), 1).value() == other);
  }
  further.put(FurtherKind::voltage_b, 230'500);
  further.put(FurtherKind::voltage_c, 231'500);
  further.put(FurtherKind::current_b, 0);
  further.put(FurtherKind::current_c, 200);
  CHECK(Bench{{showing(model, 1, reading)}}.read(profile_of(model), 1).value() == reading);
  further.put(FurtherKind::current_a, 453);
  CHECK(Bench{{showing(model, 1, reading)}}.read(profile_of(model), 1).value() == reading);
}

TEST_CASE("a telegram with voltage and current behind the power is asked for in full, and nothing of the past") {
  const Model model{.counts = Unit::watt_hour};
  Bytes energy, power, old;
  REQUIRE(put_record(energy, RecordShape::digits, 0x03, 1'234'567));
  REQUIRE(put_record(power, RecordShape::integer, 0x2b, 150));
  REQUIRE(put_record(old, RecordShape::digits, 0x03, 1'000'000, 1));
  const auto voltage = hex("02 FD 48 FC 08 02 FD 5A 64 00");
  MeterImage image{.primary = 1};
  show(image, model, {MeterId{77}, {}, {}, {{{1}, {}, {}, {}, {}}}});
  image.telegrams = {energy, power, voltage, old, old};
  Bench bench{{image}};
  CHECK(bench.read(profile_of(model), 1).value().voltage_mv == 230'000);
  CHECK(bench.questions == 4);
  CHECK_FALSE(bench.read(profile_of(model), 1, Depth::control).value().voltage_mv);
  CHECK(bench.questions == 3);
  image.telegrams = {energy, power, old, voltage};
  Bench of_past{{image}};
  CHECK_FALSE(of_past.read(profile_of(model), 1).value().voltage_mv);
  CHECK(of_past.questions == 4);
}

TEST_CASE("telegrams of two meters make no reading") {
  const Model model;
  const auto telegram = [](std::uint64_t number, bool more) {
    auto image = showing(Model{}, 1, water(number, 12'565));
    if (more) image.telegrams.push_back({});
    const auto question = std::get<Found>(find_frame(encode_request(mbus::read(1, true)), Wire::open)).frame;
    const auto said = std::get<Found>(find_frame(answer(question, image), Wire::open)).frame;
    Bytes data{said.ci};
    data.insert(data.end(), said.data.begin(), said.data.end());
    return data;
  };
  const auto read = [&](std::uint64_t second) {
    return mbus::decode_reading(model, {1'000'000'000}, std::vector<Bytes>{{}, telegram(5, true), telegram(second, false)});
  };
  CHECK(read(5).has_value());
  CHECK(read(6).error() == MeterErrc::meter_number);
}

TEST_CASE("a meter of the fixed structure is read: digits or binary, the counter of the present") {
  const Model model;
  MeterImage image = showing(model, 1, water(182'007, 0));
  FixedData fixed;
  fixed.medium = 7;
  fixed.units[0] = 0x29;  // litres
  fixed.units[1] = FixedData::same_but_historic;
  fixed.counters[0] = Measured{12'565, -3, Unit::cubic_metre};
  fixed.counters[1] = Measured{11'000, -3, Unit::cubic_metre};
  for (const std::uint8_t status : {std::uint8_t{0}, FixedData::binary_counters}) {
    fixed.status = status;
    image.fixed = fixed;
    CHECK(Bench{{image}}.read(profile_of(model), 1).value() == water(182'007, 12'565));
  }
  const auto error_of = [&](const FixedData& shown) {
    image.fixed = shown;
    return Bench{{image}}.read(profile_of(model), 1).error();
  };
  auto other = fixed;
  other.status = FixedData::stored_counters;
  CHECK(error_of(other) == MeterErrc::no_such_data);
  other = fixed;
  other.units[0] = 0x02;  // Wh
  CHECK(error_of(other) == MeterErrc::no_such_data);
  other = fixed;
  other.status = FixedData::binary_counters;
  other.counters[0]->value = 1'500'000'000;
  CHECK(error_of(other) == MeterErrc::value);  // beyond the rollover
  other.counters[0]->value = -1;               // binary ones have a sign
  CHECK(error_of(other) == MeterErrc::value);
  other.counters[0]->value = 3'000'000'000;
  CHECK_FALSE(encode_fixed(other));
  other.counters[0]->value = 100'000'000;
  other.status = 0;
  CHECK_FALSE(encode_fixed(other));  // nine digits
}

TEST_CASE("binary counters of the fixed structure have a sign: power that flows back") {
  FixedData fixed;
  fixed.status = FixedData::binary_counters;
  fixed.units[0] = 0x02;  // Wh
  fixed.units[1] = 0x14;  // W
  fixed.counters[0] = Measured{1'234'567, 0, Unit::watt_hour};
  fixed.counters[1] = Measured{-150, 0, Unit::watt};
  auto image = of_energy({});
  image.fixed = fixed;
  const auto reading = Bench{{image}}.read(profile_of({.counts = Unit::watt_hour}), 1).value();
  CHECK(reading.circuits.front().energy == Quantity{1'234'567});
  CHECK(reading.circuits.front().power == Power{-150});
}

TEST_CASE("flow and temperature of a water meter are told where they are known") {
  const Model model;
  MeterImage image = showing(model, 1, water(5, 12'565));
  REQUIRE(put_record(image.telegrams.front(), RecordShape::integer, 0x3b, 421));  // l/h
  REQUIRE(put_record(image.telegrams.front(), RecordShape::integer, 0x5a, 113));  // 0.1 °C
  const auto reading = Bench{{image}}.read(profile_of(model), 1).value();
  CHECK(reading.circuits.front().further.get(FurtherKind::flow) == 421'000);
  CHECK(reading.circuits.front().further.get(FurtherKind::temperature) == 11'300);
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
  CHECK(is_address(profile_of({}), 0));  // as from the factory
  CHECK_FALSE(is_address(profile_of({.by_number = true}), 0));
  CHECK(is_address(profile_of({}), 250));
  CHECK_FALSE(is_address(profile_of({}), 251));
  CHECK(is_address(profile_of({.by_number = true}), 99'999'999));
  CHECK_FALSE(is_address(profile_of({.by_number = true}), 100'000'000));
  CHECK_FALSE(has_relay(profile_of({}), 0));
  CHECK(is_asked_by_number(profile_of({.by_number = true})));
  CHECK_FALSE(contradiction(Model{.counts = Unit::volt}).empty());
}

}  // namespace wattle::mbus_model_test
