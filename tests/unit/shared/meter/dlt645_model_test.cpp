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
    auto expected = shown;
    expected.circuits[0].relay_commanded = true;
    RC_ASSERT(reading_of(image).value() == expected);
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
  CHECK(contradiction(model).find("an identifier means something else") != std::string::npos);
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

TEST_CASE("DL/T 645: where a meter shows a debt apart, it is told below zero") {
  auto model = model_of(Edition::v2007);
  model.circuits.front().relay.reset();
  model.circuits.front().further = {{FurtherKind::remaining_money, 0x00900200}};
  model.circuits.front().overdrawn = {{FurtherKind::remaining_money, 0x00900201}};
  REQUIRE(contradiction(model).empty());
  const auto told = [&](const char* remaining, const char* overdrawn) {
    // voltage, energy, power, current, and the two
    const std::vector<Bytes> data{from_hex("9722"),   from_hex("78060000"), from_hex("452301"),
                                  from_hex("563400"), from_hex(remaining),  from_hex(overdrawn)};
    return decode_reading(model, usual_rollover, 4711, Depth::full, data)
        ->circuits[0]
        .further.get(FurtherKind::remaining_money);
  };
  CHECK(told("50370000", "00000000") == 37'500'000);
  CHECK(told("00000000", "50370000") == -37'500'000);
  CHECK(told("00000000", "00000000") == 0);
  CHECK(told("01000000", "50370000") == -37'490'000);
  CHECK(told("50370080", "50370000") == -37'500'000);  // of a meter that does both the sign counts
  CHECK_FALSE(told("00000000", ""));                   // refused, or lost: nothing may be any debt
  CHECK_FALSE(told("00000000", "ffffffff"));
  CHECK(told("50370000", "") == 37'500'000);
  CHECK_FALSE(told("", "50370000"));
  CHECK_FALSE(told("ffffffff", "50370000"));
  auto shown = reading({1230}, Power{40}, 220'000, 200, true);
  shown.circuits.front().further.put(FurtherKind::remaining_money, -12'340'000);
  MeterImage image{.address = address_of(4711).value(), .items = {}, .accepts = {}};
  show(image, model, shown, 0, noon);
  CHECK(image.items.at(0x00900200).bytes == from_hex("00000000"));
  CHECK(image.items.at(0x00900201).bytes == from_hex("34120000"));
  model.circuits.front().further.clear();
  CHECK(contradiction(model).find("overdrawn") != std::string::npos);
}

namespace {

/// A private meter of 1997, as a profile lays it out.
Model private_1997() {
  auto model = model_of(Edition::v1997);
  auto& circuit = model.circuits.front();
  circuit.relay = ModelRelay{.state = 0xc020, .bit = 4};
  circuit.relay->write = RelayWrite{0xe910, {0x1a}, {0x1c, 0x00}};
  circuit.further = {{FurtherKind::remaining_money, 0xe901}};
  circuit.overdrawn = {{FurtherKind::remaining_money, 0xe902}};
  model.own = {{0xe901, {Unit::yuan, 3, 10'000, false}}, {0xe902, {Unit::yuan, 2, 100'000, false}}};
  return model;
}

}  // namespace

TEST_CASE("DL/T 645-1997: a relay is a write with the password, and its state a bit of a byte") {
  const auto model = private_1997();
  REQUIRE(contradiction(model).empty());
  const Credentials by{{0x02, 0x37, 0x06, 0x02}, {}};
  auto image = meter(Edition::v1997);
  image.accepts = by;
  const auto say = [&](const Request& request) {
    show(image, model, reading({1230}, Power{40}, 220'000, 200, true), 0, noon);
    const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    return decode_answer(request, answer(heard, image, noon), Wire::quiet);
  };
  const auto state = [&] { return to_hex(std::get<Answer>(say(read(Edition::v1997, image.address, 0xc020))).data); };
  const auto open = relay_ask(model, 4711, 0, false, by);
  CHECK(open == write(Edition::v1997, image.address, 0xe910, by, {0x1a}));
  CHECK(state() == "00");
  CHECK(std::get<Bad>(say(relay_ask(model, 4711, 0, false, {}))).error == MeterErrc::password);
  CHECK(state() == "00");
  CHECK(std::holds_alternative<Answer>(say(open)));
  CHECK(state() == "10");
  CHECK_FALSE(image.relay.closed);
  CHECK(std::get<Bad>(say(write(Edition::v1997, image.address, 0xe910, by, {0x1c}))).error == MeterErrc::refused);
  CHECK(std::holds_alternative<Answer>(say(relay_ask(model, 4711, 0, true, by))));
  CHECK(state() == "00");
  const auto closed = [&](const char* word) {
    const std::vector<Bytes> data{from_hex("78060000"), from_hex("452301"), from_hex(word)};
    const auto read = decode_reading(model, usual_rollover, 4711, Depth::control, data);
    return read ? read->circuits[0].relay_closed : std::nullopt;
  };
  CHECK(closed("00") == true);
  CHECK(closed("10") == false);
  CHECK(closed("1000") == false);  // a stray byte behind it
  CHECK_FALSE(closed("ff"));
  CHECK_FALSE(closed(""));
}

TEST_CASE("DL/T 645-1997: amounts have the size and the step that the profile says") {
  const auto model = private_1997();
  CHECK(number_in(model, 0xe901, from_hex("563412"))->value == 1'234'560'000);
  CHECK(number_in(model, 0xe901, from_hex("56341299"))->value == 1'234'560'000);
  CHECK(number_in(model, 0xe901, from_hex("5634")).error() == MeterErrc::length);
  CHECK(number_in(model, 0xe901, from_hex("5634ff")).error() == MeterErrc::value);
  CHECK(number_in(model, 0xe902, from_hex("3412"))->value == 123'400'000);
  CHECK(number_in(model, 0x9010, from_hex("78060000"))->value == 678);  // the standard's own
  CHECK(to_hex(*number_bytes(model, 0xe901, {12'340'000, -6, Unit::yuan})) == "341200");
  CHECK(number_bytes(model, 0xe901, {10'000'000'000, -6, Unit::yuan}).error() == MeterErrc::value);
  CHECK(number_bytes(model, 0xe901, {1, 0, Unit::watt_hour}).error() == MeterErrc::no_such_data);
  auto shown = reading({1230}, Power{40}, 220'000, 200, true);
  shown.circuits.front().further.put(FurtherKind::remaining_money, -3'700'000);
  auto image = meter(Edition::v1997);
  show(image, model, shown, 0, noon);
  CHECK(image.items.at(0xe901).bytes == from_hex("000000"));
  CHECK(image.items.at(0xe902).bytes == from_hex("3700"));
  auto with_sign = model;
  with_sign.own[0xe901].has_sign = true;
  CHECK(number_in(with_sign, 0xe901, from_hex("563492"))->value == -1'234'560'000);
}

TEST_CASE("DL/T 645-1997: the pairs above a short number are AAH where the maker fills them so") {
  auto model = private_1997();
  CHECK(to_text(address_of(model, 4711).value()) == "000000004711");
  model.fills_with_any = true;
  CHECK(contradiction(model).empty());
  CHECK(to_text(address_of(model, 4711).value()) == "AAAAAAAA4711");
  CHECK(to_text(address_of(model, 471).value()) == "AAAAAAAA0471");
  CHECK(to_text(address_of(model, 123'456'789'012).value()) == "123456789012");
  CHECK(to_text(address_of(model, 100).value()) == "AAAAAAAA0100");
  CHECK(address_of(model, 1'000'000'000'000).error() == MeterErrc::meter_number);
  const Credentials by{{0x02, 0x37, 0x06, 0x02}, {}};
  auto image = meter(Edition::v1997);
  image.address = address_of(4711).value();
  image.accepts = by;
  show(image, model, reading({1230}, Power{40}, 220'000, 200, true), 0, noon);
  CHECK(image.items.at(di_1997::meter_number).bytes == from_hex("114700000000"));
  for (const auto& request : reading_asks(model, 4711, Depth::control)) {
    const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    CHECK(std::holds_alternative<Answer>(decode_answer(request, answer(heard, image, noon), Wire::quiet)));
  }
  // Written is to the whole number: another meter's relay with the same last digits must not move.
  const auto open = relay_ask(model, 4711, 0, false, by);
  CHECK(to_text(open.address) == "000000004711");
  const auto heard = std::get<Found>(find_frame(encode_request(open), Wire::quiet)).frame;
  auto other = image;
  other.address = parse_address("000022334711").value();
  CHECK(answer(heard, other, noon).empty());
  CHECK(other.relay.closed);
  answer(heard, image, noon);
  CHECK_FALSE(image.relay.closed);
  const auto ask = reading_asks(model, 4711, Depth::control).front();
  const auto from = [&](const char* address) {
    return decode_answer(ask, encode_answer(ask, parse_address(address).value(), from_hex("78060000"), false, 0), Wire::quiet);
  };
  CHECK(std::holds_alternative<Answer>(from("000000004711")));
  CHECK(std::holds_alternative<Answer>(from("AAAAAAAA4711")));
  CHECK_FALSE(std::holds_alternative<Answer>(from("000022334711")));
  CHECK_FALSE(std::holds_alternative<Answer>(from("AAAA22334711")));
}

TEST_CASE("DL/T 645-1997: what a profile lays out must not be something else of the standard's") {
  const auto wrong = [](auto change) {
    auto model = private_1997();
    change(model);
    return contradiction(model);
  };
  CHECK(wrong([](Model&) {}).empty());
  CHECK(wrong([](Model& m) { m.circuits[0].relay->write.reset(); }).find("no relay command") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->write->di = 0x9010; }).find("something else") != std::string::npos);
  for (const std::uint32_t known : {0xe901u, 0xe902u, 0xc020u, 0xc022u, 0xc021u, 0xc011u}) {  // amounts, states, the clock
    INFO(known);
    CHECK(wrong([=](Model& m) { m.circuits[0].relay->write->di = known; }).find("something else") != std::string::npos);
  }
  CHECK(wrong([](Model& m) { m.circuits[0].relay->state = m.circuits[0].relay->write->di = 0xe920; }).find("something else") !=
        std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->state = 0xe901; }).find("state") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->bit = 8; }).find("one byte") != std::string::npos);
  CHECK(wrong([](Model& m) {
          m.circuits[0].relay->state = 0xe920;  // the maker's own may be a word
          m.circuits[0].relay->bit = 15;
        }).empty());
  CHECK(wrong([](Model& m) { m.circuits[0].relay->write->di = 0x12345; }).find("two bytes") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->write->open.clear(); }).find("44 bytes") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->write->open.assign(45, 1); }).find("44 bytes") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->write->open = m.circuits[0].relay->write->close; }).find("looks like") !=
        std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->state = 0x9010; }).find("state") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->state = di::status_3; }).find("two bytes") != std::string::npos);
  CHECK(wrong([](Model& m) { m.circuits[0].relay->bit = 16; }).find("bit") != std::string::npos);
  CHECK(wrong([](Model& m) { m.own[0xe901].size = 5; }).find("four bytes") != std::string::npos);
  CHECK(wrong([](Model& m) { m.own[0xe901].unit = Unit::watt_hour; }).find("means something else") != std::string::npos);
  CHECK(wrong([](Model& m) { m.own[0x9020] = {Unit::yuan, 4, 1, false}; }).find("laid out") != std::string::npos);
  CHECK(wrong([](Model& m) { m.own.clear(); }).find("not among") != std::string::npos);
  auto fresh = model_of(Edition::v2007);
  fresh.circuits[0].relay->write = RelayWrite{0xe910, {1}, {2}};
  CHECK(contradiction(fresh).find("2007 has a relay command") != std::string::npos);
  fresh = model_of(Edition::v2007);
  fresh.fills_with_any = true;
  CHECK(contradiction(fresh).find("1997 only") != std::string::npos);
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
  for (auto& circuit : shown.circuits) circuit.relay_commanded = circuit.relay_closed;
  std::vector<MeterImage> images;
  for (std::size_t i = 0; i < 3; ++i) {
    images.push_back({.edition = Edition::v2007, .address = address_of(4711 + i).value(), .items = {}, .accepts = {}});
    images[i].relay.closed = *shown.circuits[i].relay_closed;
    images[i].relay.commanded_open = !images[i].relay.closed;
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
  CHECK(contradiction(model) == "circuit 3, address_offset: two circuits answer at the same address");
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

namespace {

std::string asked(MeterImage& image, std::uint32_t di) {
  const auto request = read(image.edition, image.address, di);
  const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
  const auto outcome = decode_answer(request, answer(heard, image, noon), Wire::quiet);
  const auto* told = std::get_if<Answer>(&outcome);
  return told != nullptr ? to_hex(told->data) : "refused";
}

}  // namespace

TEST_CASE("DL/T 645-2007: a foreign master finds totals, tariffs, phases and blocks that fit each other") {
  auto image = meter(Edition::v2007);
  auto shown = reading({12'345}, {1'800}, 217'300, 8'283, false);
  shown.circuits[0].power_factor_per_mille = 900;
  image.relay.closed = false;
  image.rate_code = 0x20;
  show(image, model_of(Edition::v2007), shown, 0, noon);
  CHECK(asked(image, 0x00010000) == "34120000");
  CHECK(asked(image, 0x00010100) == "34120000");
  CHECK(asked(image, 0x00010200) == "00000000");
  CHECK(asked(image, 0x0001ff00) == "3412000034120000000000000000000000000000");
  CHECK(asked(image, 0x0000ff00) == asked(image, 0x0001ff00));
  CHECK(asked(image, 0x0002ff00) == std::string(40, '0'));
  CHECK(asked(image, 0x0201ff00) == "7321ffffffff");
  CHECK(asked(image, 0x0202ff00) == "838200ffffffffffff");
  CHECK(asked(image, 0x02030100) == "008001");
  CHECK(asked(image, 0x0203ff00) == "008001008001ffffffffffff");
  CHECK(asked(image, 0x02050000) == "000002");  // 1800 W at 0.9 are 2000 VA
  CHECK(asked(image, 0x02040000) == "188700");  // and 871.8 var
  CHECK(asked(image, 0x0206ff00) == "00090009ffffffff");
  CHECK(asked(image, 0x02070100) == "5802");  // 25.8 degrees
  CHECK(asked(image, 0x02800001) == asked(image, di::current_a));
  CHECK(asked(image, 0x04000501) == "0000");
  CHECK(asked(image, 0x040005ff) == "00000000" + to_hex(status_3(image.relay)) + "0000000000000000");
  CHECK(asked(image, 0x04000703) == "20");
  CHECK(asked(image, 0x04000204) == "04");
  CHECK(asked(image, 0x04000409) == "003200");
  CHECK(asked(image, 0x02800007) == "refused");  // it has no thermometer
  shown.circuits[0].power = Power{-100};
  show(image, model_of(Edition::v2007), shown, 0, noon);
  CHECK(asked(image, 0x04000501) == "1000");
}

TEST_CASE("DL/T 645-1997: blocks, tariffs and the plate") {
  auto image = meter(Edition::v1997);
  show(image, model_of(Edition::v1997), reading({12'345}, {1'801}, 217'300, 8'283, false), 0, noon);
  CHECK(asked(image, 0x9011) == "34120000");
  CHECK(asked(image, 0x901f) == "3412000034120000000000000000000000000000");
  CHECK(asked(image, 0x9020) == "00000000");
  CHECK(asked(image, 0xb61f) == "1702ffffffff");
  CHECK(asked(image, 0xb62f) == "2808ffffffff");
  CHECK(asked(image, 0xb63f) == "108001108001ffffffffffff");
  CHECK(asked(image, 0xc030) == "003200");
  CHECK(asked(image, 0xc033) == "000000000000");
}

TEST_CASE("the power of three phases adds up to the whole") {
  auto image = meter(Edition::v2007);
  auto shown = reading({12'340}, {1'800}, 220'000, 4'000, true);
  auto& further = shown.circuits[0].further;
  further.put(FurtherKind::voltage_b, 219'000);
  further.put(FurtherKind::voltage_c, 221'000);
  further.put(FurtherKind::current_a, 4'000);
  further.put(FurtherKind::current_b, 2'000);
  further.put(FurtherKind::current_c, 2'000);
  show(image, model_of(Edition::v2007), shown, 0, noon);
  std::int64_t sum = 0;
  for (const std::uint32_t phase : {0x02030100u, 0x02030200u, 0x02030300u}) {
    const auto watts = scaled(number_in(Edition::v2007, phase, from_hex(asked(image, phase))).value(), 0).value();
    CHECK(watts > 400);
    sum += watts;
  }
  CHECK(sum == 1'800);
  CHECK(asked(image, 0x0201ff00) == "002290211022");
}

}  // namespace wattle::dlt645_model_test
