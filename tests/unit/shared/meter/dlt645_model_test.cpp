#include "shared/meter/profile.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

namespace wattle::dlt645_model_test {

using namespace wattle::dlt645;

namespace {

constexpr Instant noon{1'750'000'000'000'000};

MeterImage meter(Edition edition) {
  return {.edition = edition, .address = address_of(4711).value(), .items = {}, .accepts = {}};
}

Model model_of(Edition edition) { return std::get<Model>(generic_dlt645_meter(edition).protocol); }

Reading reading(Quantity energy, Power power, std::int64_t voltage_mv, std::int64_t current_ma, std::optional<bool> closed) {
  return {MeterId{4711}, voltage_mv, {}, {{energy, power, current_ma, {}, closed}}};
}

/// Asks as a master does, over the wire.
Result<Reading> reading_of(MeterImage& image) {
  const auto model = model_of(image.edition);
  std::vector<Bytes> data;
  for (const auto& request : reading_asks(model, 4711, Depth::full)) {
    const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    const auto outcome = decode_answer(request, answer(heard, image, noon), Wire::quiet);
    if (const auto* bad = std::get_if<Bad>(&outcome)) return bad->error;
    data.push_back(std::get<Answer>(outcome).data);
  }
  return decode_reading(model, usual_rollover, 4711, Depth::full, data);
}

}  // namespace

TEST_CASE("DL/T 645: a reading goes over the wire whole") {
  CHECK(rc::check("reading", [] {
    auto image = meter(Edition::v2007);
    image.relay.closed = *rc::gen::arbitrary<bool>();
    const auto shown =
        reading({*rc::gen::inRange<std::int64_t>(0, 100'000'000) * 10}, {*rc::gen::inRange<std::int64_t>(-70'000, 70'000)},
                *rc::gen::inRange<std::int64_t>(0, 9'999) * 100, *rc::gen::inRange<std::int64_t>(-700'000, 700'000),
                image.relay.closed);
    show(image, model_of(Edition::v2007), shown, 0, noon);
    RC_ASSERT(reading_of(image).value() == shown);
  }));
}

TEST_CASE("DL/T 645-1997: whole volts, hundredths of an ampere, no relay") {
  auto image = meter(Edition::v1997);
  show(image, model_of(Edition::v1997), reading({12'345}, {1'801}, 217'300, 8'283, false), 0, noon);
  CHECK(reading_of(image).value() == reading({12'340}, {1'801}, 217'000, 8'280, std::nullopt));
}

TEST_CASE("DL/T 645: a reading with a hole is none") {
  const auto model = model_of(Edition::v2007);
  const auto decoded = [&](const std::vector<Bytes>& data) {
    return decode_reading(model, usual_rollover, 4711, Depth::full, data);
  };
  // voltage, energy, power, relay, current
  std::vector<Bytes> data{from_hex("9722"), from_hex("78060000"), from_hex("452301"), from_hex("0000"), from_hex("563400")};
  REQUIRE(decoded(data).has_value());
  for (const std::size_t i : {1u, 2u, 3u}) {
    auto holed = data;
    holed[i].assign(holed[i].size(), 0xff);
    CHECK(decoded(holed).error() == MeterErrc::value);
    holed[i].pop_back();
    CHECK(decoded(holed).error() == MeterErrc::length);
  }
  for (const std::size_t i : {0u, 4u}) {  // a phase that is away has no voltage, and no current
    auto holed = data;
    holed[i].assign(holed[i].size(), 0xff);
    REQUIRE(decoded(holed).has_value());
    CHECK(decoded(holed)->voltage_mv.has_value() == (i != 0));
    CHECK(decoded(holed)->circuits[0].current_ma.has_value() == (i != 4));
    CHECK(decoded(holed)->circuits[0].power == decoded(data)->circuits[0].power);
  }
  data.pop_back();
  CHECK(decoded(data).error() == MeterErrc::length);
}

TEST_CASE("DL/T 645: a power factor beyond one, or none, is only not told") {
  auto model = model_of(Edition::v2007);
  model.circuits.front().power_factor = di::power_factor;
  // voltage, energy, power, relay, current, power factor
  std::vector<Bytes> data{from_hex("9722"), from_hex("78060000"), from_hex("452301"),
                          from_hex("0000"), from_hex("563400"),   from_hex("9809")};
  const auto factor = [&](std::string_view bytes) {
    data.back() = from_hex(bytes);
    const auto decoded = decode_reading(model, usual_rollover, 4711, Depth::full, data);
    REQUIRE(decoded.has_value());
    CHECK(decoded->circuits.front().energy == Quantity{6'780});
    return decoded->circuits.front().power_factor_per_mille;
  };
  CHECK(factor("9809") == 998);
  CHECK(factor("0310") == std::nullopt);
  CHECK(factor("ffff") == std::nullopt);
}

TEST_CASE(
    "DL/T 645: reactive and remaining amounts are read where the profile names them, and one that is not available is not "
    "told") {
  auto model = model_of(Edition::v2007);
  model.circuits.front().relay.reset();
  model.circuits.front().further = {{FurtherKind::reactive_energy, 0x00030000},
                                    {FurtherKind::reactive_power, 0x02040000},
                                    {FurtherKind::remaining_energy, 0x00900100},
                                    {FurtherKind::remaining_money, 0x00900200}};
  REQUIRE(contradiction(model).empty());
  CHECK(reading_asks(model, 4711, Depth::control).size() == 2);
  REQUIRE(reading_asks(model, 4711, Depth::full).size() == 8);
  // voltage, energy, power, current, and the four
  std::vector<Bytes> data{from_hex("9722"),     from_hex("78060000"), from_hex("452301"),   from_hex("563400"),
                          from_hex("56340080"), from_hex("452381"),   from_hex("21430000"), from_hex("50370000")};
  auto read = decode_reading(model, usual_rollover, 4711, Depth::full, data);
  REQUIRE(read.has_value());
  const auto& further = read->circuits.front().further;
  CHECK(further.get(FurtherKind::reactive_energy) == -34'560);
  CHECK(further.get(FurtherKind::reactive_power) == -1235);  // -1.2345 kvar
  CHECK(further.get(FurtherKind::remaining_energy) == 43'210);
  CHECK(further.get(FurtherKind::remaining_money) == 37'500'000);
  data[6] = from_hex("ffffffff");
  read = decode_reading(model, usual_rollover, 4711, Depth::full, data);
  REQUIRE(read.has_value());
  CHECK_FALSE(read->circuits.front().further.has(FurtherKind::remaining_energy));
  CHECK(read->circuits.front().further.has(FurtherKind::remaining_money));
  data[6] = from_hex("2143");  // of odd length
  read = decode_reading(model, usual_rollover, 4711, Depth::full, data);
  REQUIRE(read.has_value());
  CHECK_FALSE(read->circuits.front().further.has(FurtherKind::remaining_energy));
  // Refused, for which an empty answer stands: voltage, current and the four may be.
  for (std::size_t i = 0; i < data.size(); ++i) {
    auto refused = data;
    refused[i].clear();
    CHECK(decode_reading(model, usual_rollover, 4711, Depth::full, refused).has_value() == (i != 1 && i != 2));
  }
  model.circuits.front().further[FurtherKind::remaining_money] = 0x00900100;
  CHECK(contradiction(model) == "an identifier means something else");
}

TEST_CASE("DL/T 645: an answering meter shows what further quantities its reading has") {
  auto model = model_of(Edition::v2007);
  model.circuits.front().further = {{FurtherKind::remaining_money, 0x00900200}};
  auto shown = reading({1230}, Power{40}, 220'000, 200, true);
  shown.circuits.front().further.put(FurtherKind::remaining_money, -12'340'000);
  MeterImage image;
  image.address = address_of(4711).value();
  show(image, model, shown, 0, Instant{1'772'323'200'000'000});
  CHECK(image.items.at(0x00900200).bytes == from_hex("34120080"));
}

TEST_CASE("DL/T 645: what charging and switching need is asked alone") {
  const auto model = model_of(Edition::v2007);
  const auto asks = reading_asks(model, 4711, Depth::control);
  REQUIRE(asks.size() == 3);
  CHECK(asks[0].di == di::forward_energy);
  CHECK(asks[1].di == di::power);
  CHECK(asks[2].di == di::status_3);
  const auto read = decode_reading(model, usual_rollover, 4711, Depth::control,
                                   std::vector<Bytes>{from_hex("78060000"), from_hex("452301"), from_hex("1000")});
  REQUIRE(read.has_value());
  CHECK(read->circuits[0].relay_closed == false);
  CHECK_FALSE(read->voltage_mv);
}

TEST_CASE("DL/T 645: three circuits answer at three addresses, and a number may stand apart from the address") {
  auto model = model_of(Edition::v2007);
  model.number = di::meter_number;
  for (std::uint8_t offset = 1; offset < 3; ++offset) {
    model.circuits.push_back(model.circuits[0]);
    model.circuits.back().address_offset = offset;
  }
  CHECK(contradiction(model).empty());
  Reading shown = reading({100}, {10}, 220'000, 0, true);
  shown.meter = {99};
  shown.circuits = {shown.circuits[0], shown.circuits[0], shown.circuits[0]};
  shown.circuits[1].energy = {200};
  shown.circuits[2].relay_closed = false;
  std::vector<MeterImage> images;
  for (std::size_t i = 0; i < 3; ++i) {
    images.push_back({.edition = Edition::v2007, .address = address_of(4711 + i).value(), .items = {}, .accepts = {}});
    images[i].relay.closed = *shown.circuits[i].relay_closed;
    show(images[i], model, shown, i, noon);
  }
  std::vector<Bytes> data;
  for (const auto& request : reading_asks(model, 4711, Depth::full)) {
    const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    Bytes answered;
    for (auto& image : images)
      if (answered.empty()) answered = answer(heard, image, noon);
    data.push_back(std::get<Answer>(decode_answer(request, answered, Wire::quiet)).data);
  }
  CHECK(decode_reading(model, usual_rollover, 4711, Depth::full, data).value() == shown);
  CHECK(relay_ask(model, 4711, 2, true, {}).address == address_of(4713).value());
  model.circuits[2].address_offset = 1;
  CHECK(contradiction(model) == "two circuits answer at the same address");
}

TEST_CASE("DL/T 645: models that contradict themselves are refused") {
  const auto refused = [](Edition edition, auto change) {
    auto model = model_of(edition);
    change(model);
    return !contradiction(model).empty();
  };
  CHECK_FALSE(refused(Edition::v2007, [](auto&) {}));
  CHECK_FALSE(refused(Edition::v1997, [](auto&) {}));
  CHECK(refused(Edition::v2007, [](auto& m) { m.circuits.clear(); }));
  CHECK(refused(Edition::v2007, [](auto& m) { m.circuits[0].energy = di::power; }));
  CHECK(refused(Edition::v2007, [](auto& m) { m.voltage = 0xdeadbeef; }));
  CHECK(refused(Edition::v2007, [](auto& m) { m.number = di::power; }));
  CHECK(refused(Edition::v2007, [](auto& m) { m.circuits[0].power = 0x01020000; }));  // a demand, with its time
  CHECK(refused(Edition::v2007, [](auto& m) { m.number = 0x03300001; }));             // six bytes, but a time
  CHECK(refused(Edition::v2007, [](auto& m) { m.circuits[0].relay->bit = 16; }));
  CHECK(refused(Edition::v2007, [](auto& m) { m.circuits[0].relay->close = RelayCommand::trip; }));
  CHECK(refused(Edition::v1997, [](auto& m) { m.circuits[0].relay = ModelRelay{}; }));
}

TEST_CASE("DL/T 645: what a meter shows besides") {
  auto image = meter(Edition::v2007);
  image.utc_offset = hours(8);
  show(image, model_of(Edition::v2007), reading({12'340}, {1'800}, 217'300, 8'283, true), 0, noon);
  CHECK(image.items.at(di::date).bytes == from_hex("00150625"));
  CHECK(image.items.at(di::clock).bytes == from_hex("400623"));
  CHECK(image.items.at(0x0201ff00).bytes == from_hex("7321ffffffff"));
  CHECK(image.items.at(0x0001ff00).bytes.size() == 20);
  CHECK(image.items.at(di::meter_number).bytes == from_hex("114700000000"));
  image.items[di::trip_delay].bytes = from_hex("0500");
  show(image, model_of(Edition::v2007), reading({12'340}, {1'800}, 217'300, 8'283, true), 0, noon);
  CHECK(image.trip_delay == minutes(5));
}

}  // namespace wattle::dlt645_model_test
