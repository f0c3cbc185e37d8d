#include "shared/meter/profile.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/exchange.hpp"
#include "shared/meter/history.hpp"
#include "shared/meter/parameters.hpp"

namespace wattle::profile_test {

using modbus::Function;

namespace {

const MeterPlace place{9, MeterId{4711}, {}};

Reading sample(MeterId number) { return {number, 221300, {}, {{{7'654'321}, Power{1850}, 8360, {}, true}}}; }

ModbusModel& modbus_of(MeterProfile& profile) { return std::get<ModbusModel>(profile.protocol); }

/// Floats in input registers as Eastron's SDM120 has them, a relay board's coil, a number in two holding registers.
MeterProfile split_profile() {
  ModbusCircuit circuit;
  circuit.energy = {Function::read_input, 0x0156, Encoding::f32, {1000, 1}, {}};
  circuit.power = {Function::read_input, 0x000c, Encoding::f32, {}, {}};
  circuit.current = {Function::read_input, 0x0006, Encoding::f32, {1000, 1}, {}};
  circuit.relay = ModbusRelayState{{Function::read_coils, 7, Encoding::bit, {}, {}}, {}, 1, 0};
  circuit.command = ModbusRelayCommand{Function::write_coil, 7, 1, 0};
  ModbusModel model;
  model.blocks = {{Function::read_input, 0x0000, 14},
                  {Function::read_input, 0x0156, 2},
                  {Function::read_coils, 7, 1},
                  {Function::read_holding, 0xfc00, 2}};
  model.number = {Function::read_holding, 0xfc00, Encoding::u32, {}, {}};
  model.voltage = {Function::read_input, 0x0000, Encoding::f32, {1000, 1}, {}};
  model.circuits = {circuit};
  return {.model = "float-and-coil", .line = {}, .timings = {}, .rollover = {1'000'000'000}, .protocol = model};
}

/// One in, three out: three registers, and the relays in the bits of one word, commanded by registers of their own.
MeterProfile three_circuits() {
  ModbusModel model;
  model.blocks = {{Function::read_holding, 0, 12}};
  model.number = {Function::read_holding, 0, Encoding::u32, {}, WordOrder::cdab};
  for (std::uint8_t n = 0; n < 3; ++n) {
    ModbusCircuit circuit;
    circuit.energy = {Function::read_holding, static_cast<std::uint16_t>(2 + 2 * n), Encoding::u32, {10, 1}, {}};
    circuit.power = {Function::read_holding, static_cast<std::uint16_t>(8 + n), Encoding::u16, {}, {}};
    circuit.relay = ModbusRelayState{{Function::read_holding, 11, Encoding::u16, {}, {}}, n, 0, 1};
    circuit.command = ModbusRelayCommand{Function::write_registers, static_cast<std::uint16_t>(100 + n), 0x55aa, 0xaa55};
    model.circuits.push_back(circuit);
  }
  return {.model = "three", .line = {}, .timings = {}, .rollover = {1'000'000'000}, .protocol = model};
}

/// The same circuit thrice, at three units that follow each other.
MeterProfile three_units() {
  auto profile = generic_relay_meter();
  auto& model = modbus_of(profile);
  for (std::uint8_t offset = 1; offset < 3; ++offset) {
    model.circuits.push_back(model.circuits[0]);
    model.circuits.back().unit_offset = offset;
  }
  return profile;
}

/// Asks images for every block, through the bytes of the wire.
Result<Reading> read_through(const MeterProfile& profile, const Reading& shown, Depth depth = Depth::full) {
  std::vector<MeterAnswer> answers;
  for (const auto& exchange : reading_exchanges(profile, place, depth)) {
    const auto asked = request_bytes(exchange);
    const auto scan = modbus_rtu::find_request(asked);
    REQUIRE(scan.request.has_value());
    const auto unit = scan.request->unit;
    auto image = modbus::encode_reading(std::get<ModbusModel>(profile.protocol), shown, static_cast<std::uint8_t>(unit - 9));
    REQUIRE(image.has_value());
    const auto heard = modbus_rtu::frame(unit, modbus::answer(scan.request->pdu, *image));
    const auto received = receive(exchange, heard, Wire::open);
    REQUIRE(std::holds_alternative<MeterAnswer>(received));
    answers.push_back(std::get<MeterAnswer>(received));
  }
  return decode_reading(profile, place, depth, answers);
}

Result<Reading> decode_generic(std::vector<std::uint16_t> registers) {
  return decode_reading(generic_relay_meter(), place, Depth::full, std::vector<MeterAnswer>{{std::move(registers), 0, {}}});
}

std::vector<std::uint16_t> generic_block() { return {0x075b, 0xcd15, 2213, 836, 1850, 1, 0, 0x002e, 0xa3a5, 0x3313}; }

}  // namespace

TEST_CASE("profiles are sound") {
  for (const auto& profile : {generic_relay_meter(), split_profile(), three_circuits(), three_units(),
                              generic_dlt645_meter(dlt645::Edition::v2007), generic_dlt645_meter(dlt645::Edition::v1997)}) {
    INFO(profile.model);
    CHECK(contradiction(profile).empty());
  }
}

TEST_CASE("profiles that contradict themselves are refused") {
  const auto refused = [](auto change) {
    auto profile = generic_relay_meter();
    change(profile, modbus_of(profile), modbus_of(profile).circuits[0]);
    return !contradiction(profile).empty();
  };
  CHECK_FALSE(refused([](auto&, auto&, auto&) {}));
  CHECK(refused([](auto&, auto& m, auto&) { m.blocks.clear(); }));
  CHECK(refused([](auto&, auto& m, auto&) { m.blocks[0].count = 0; }));
  CHECK(refused([](auto&, auto& m, auto&) { m.blocks[0].count = 126; }));
  CHECK(refused([](auto&, auto& m, auto&) { m.blocks[0].function = Function::write_coil; }));
  CHECK(refused([](auto&, auto& m, auto&) { m.number->address = 7; }));
  CHECK(refused([](auto&, auto& m, auto&) { m.circuits.clear(); }));
  CHECK(refused([](auto&, auto& m, auto& c) { m.circuits.push_back(c); }));
  CHECK(refused([](auto&, auto&, auto& c) { c.energy.scale.divide = 0; }));
  CHECK(refused([](auto&, auto&, auto& c) { c.relay->point.encoding = Encoding::bit; }));
  CHECK(refused([](auto&, auto&, auto& c) { c.relay->open = 1; }));
  CHECK(refused([](auto&, auto&, auto& c) { c.relay->bit = 16; }));
  CHECK(refused([](auto&, auto&, auto& c) { c.relay.reset(); }));
  CHECK(refused([](auto&, auto&, auto& c) { c.command->open = 1; }));
  CHECK(refused([](auto&, auto&, auto& c) { c.command->function = Function::read_coils; }));
  CHECK(refused([](auto& p, auto&, auto&) { p.rollover = {0}; }));
  CHECK(refused([](auto& p, auto&, auto&) { p.timings.answers_within = {0}; }));
  CHECK(refused([](auto& p, auto&, auto&) { p.model.clear(); }));
}

TEST_CASE("a relay whose state is a discrete input is commanded by a coil") {
  auto profile = split_profile();
  auto& model = modbus_of(profile);
  model.blocks[2] = {Function::read_discrete, 7, 1};
  model.circuits[0].relay->point.source = Function::read_discrete;
  REQUIRE(contradiction(profile).empty());
  for (const bool closed : {true, false}) {
    auto shown = sample(MeterId{4711});
    shown.circuits[0].relay_closed = closed;
    auto image = modbus::encode_reading(model, shown, 0).value();
    std::vector<MeterAnswer> answers;
    for (const auto& exchange : reading_exchanges(profile, place, Depth::full)) {
      const auto& request = std::get<ModbusAsk>(exchange.ask).request;
      const auto pdu = modbus::answer(modbus::encode_request(request), image);
      answers.push_back({modbus::decode_answer(request, pdu).value(), 0, {}});
    }
    CHECK(decode_reading(profile, place, Depth::full, answers)->circuits[0].relay_closed == closed);
    auto after = image;
    (void)modbus::answer(modbus::encode_request(modbus::write_coil(7, !closed)), after);
    CHECK(modbus::commanded(model, 0, image, after) == !closed);
    CHECK(after.discrete.at(7).value == (closed ? 1 : 0));
  }
}

TEST_CASE("the generic meter's registers decode to a reading") {
  const auto reading = decode_generic(generic_block());
  REQUIRE(reading.has_value());
  REQUIRE(reading->circuits.size() == 1);
  CHECK(reading->circuits[0].energy.units == 123456789);
  CHECK(reading->circuits[0].power->watts == 1850);
  CHECK(reading->voltage_mv == 221300);
  CHECK(reading->circuits[0].current_ma == 8360);
  CHECK(reading->circuits[0].relay_closed == true);
  CHECK(reading->meter.value == 0x2ea3a53313);
}

TEST_CASE("a reading survives the wire in both kinds of map") {
  for (const auto& profile : {generic_relay_meter(), split_profile()}) {
    INFO(profile.model);
    const auto shown = sample(MeterId{4711});
    CHECK(read_through(profile, shown).value() == shown);
    auto open = shown;
    open.circuits[0].relay_closed = false;
    CHECK(read_through(profile, open).value() == open);
  }
}

TEST_CASE("what charging and switching need is asked alone where it lies apart") {
  CHECK(reading_exchanges(split_profile(), place, Depth::full).size() == 4);
  auto profile = split_profile();
  modbus_of(profile).blocks[0] = {Function::read_input, 0x000c, 2};
  modbus_of(profile).blocks.push_back({Function::read_input, 0x0000, 8});
  CHECK(contradiction(profile).empty());
  CHECK(reading_exchanges(profile, place, Depth::full).size() == 5);
  CHECK(reading_exchanges(profile, place, Depth::control).size() == 4);
  const auto read = read_through(profile, sample(MeterId{4711}), Depth::control);
  CHECK(read.value().circuits[0].power == Power{1850});
  CHECK_FALSE(read.value().voltage_mv);
}

TEST_CASE("a block on which nothing rests may be refused, and is not told then") {
  const Error refused = exception_errc(2), misshapen = WATTLE_FAIL(MeterErrc::length), silent = WATTLE_FAIL(MeterErrc::silence);
  const auto with_further = [](bool first) {
    auto profile = split_profile();
    auto& model = modbus_of(profile);
    model.blocks.insert(first ? model.blocks.begin() : model.blocks.end(), {Function::read_input, 0x0158, 2});
    model.circuits[0].further[FurtherKind::reactive_energy] = {Function::read_input, 0x0158, Encoding::f32, {1000, 1}, {}};
    return profile;
  };
  for (const bool first : {false, true}) {
    const auto profile = with_further(first);
    const auto asked = reading_exchanges(profile, place, Depth::full);
    const std::size_t further = first ? 0 : asked.size() - 1;
    std::vector<MeterAnswer> answers;
    for (std::size_t n = 0; n < asked.size(); ++n) {
      CHECK(may_lack(profile, place, Depth::full, answers, refused) == (n == further));
      // Where more follows, it could be the answer to another question.
      CHECK(may_lack(profile, place, Depth::full, answers, misshapen) == (n == further && !first));
      CHECK_FALSE(may_lack(profile, place, Depth::full, answers, silent));
      CHECK_FALSE(may_lack(profile, place, Depth::control, answers, refused));
      const auto question = request_bytes(asked[n]);
      const auto scan = modbus_rtu::find_request(question);
      auto image = modbus::encode_reading(std::get<ModbusModel>(profile.protocol), sample(MeterId{4711}), 0);
      const auto heard = modbus_rtu::frame(9, modbus::answer(scan.request->pdu, image.value()));
      answers.push_back(std::get<MeterAnswer>(receive(asked[n], heard, Wire::open)));
    }
    CHECK(decode_reading(profile, place, Depth::full, answers)->circuits[0].further.has(FurtherKind::reactive_energy));
    for (std::size_t n = 0; n < asked.size(); ++n) {
      auto less = answers;
      less[n] = {};
      const auto reading = decode_reading(profile, place, Depth::full, less);
      REQUIRE(reading.has_value() == (n == further));
      if (n != further) CHECK(reading.error() == MeterErrc::length);
      if (n == further) CHECK(*reading == sample(MeterId{4711}));
    }
  }
}

TEST_CASE("three circuits in one map, and three units of one meter") {
  Reading shown{MeterId{70001010}, {}, {}, {}};
  for (std::int64_t n = 1; n <= 3; ++n) shown.circuits.push_back({{n * 1000}, Power{n * 7}, {}, {}, n != 2});
  CHECK(read_through(three_circuits(), shown).value() == shown);
  shown.voltage_mv = 220'000;
  for (auto& circuit : shown.circuits) circuit.current_ma = 100;
  CHECK(read_through(three_units(), shown).value() == shown);
  CHECK(reading_exchanges(three_units(), place, Depth::full).size() == 3);
  CHECK(addresses_of(three_units(), 9) == std::vector<std::uint64_t>{9, 10, 11});
  CHECK(is_address(three_units(), 245));
  CHECK_FALSE(is_address(three_units(), 246));
  CHECK_FALSE(is_address(generic_relay_meter(), 0));
  CHECK_FALSE(is_address(generic_relay_meter(), 255));
  for (const auto unit : {0U, 1U, 247U, 255U}) CHECK(is_address(generic_relay_meter(), unit, true));
  for (const auto unit : {248U, 254U, 256U}) CHECK_FALSE(is_address(generic_relay_meter(), unit, true));
  CHECK_FALSE(is_address(three_units(), 255, true));
  CHECK_FALSE(is_address(generic_dlt645_meter(dlt645::Edition::v2007), 0, true));
  CHECK(address_range(generic_relay_meter(), true) == "0 to 247, or 255");
  CHECK(address_range(generic_relay_meter(), false) == "1 to 247");
}

TEST_CASE("a command to one circuit moves that one alone") {
  Reading shown{MeterId{70001010}, {}, {}, {}};
  for (std::int64_t n = 1; n <= 3; ++n) shown.circuits.push_back({{n * 1000}, Power{n * 7}, {}, {}, true});
  const auto profile = three_circuits();
  const auto& model = std::get<ModbusModel>(profile.protocol);
  const auto exchange = relay_exchange(profile, place, 1, false);
  CHECK(to_hex(request_bytes(exchange)).substr(0, 18) ==
        "0910006500010"
        "2aa55");
  const auto before = modbus::encode_reading(model, shown, 0).value();
  auto after = before;
  const auto scan = modbus_rtu::find_request(request_bytes(exchange));
  CHECK(scan.request.has_value());
  modbus::answer(modbus::encode_request(std::get<ModbusAsk>(exchange.ask).request), after);
  CHECK(modbus::commanded(model, 1, before, after) == false);
  CHECK_FALSE(modbus::commanded(model, 0, before, after));
  CHECK_FALSE(modbus::commanded(model, 2, before, after));
}

TEST_CASE("a model that tells no number is taken at its word") {
  auto profile = generic_relay_meter();
  modbus_of(profile).number.reset();
  CHECK(contradiction(profile).empty());
  CHECK(read_through(profile, sample(MeterId{1})).value().meter == place.number);
}

TEST_CASE("implausible meter numbers are refused") {
  const auto with_number = [](std::vector<std::uint16_t> words) {
    auto block = generic_block();
    std::copy(words.begin(), words.end(), block.begin() + 6);
    return decode_generic(block);
  };
  CHECK(with_number({0, 0, 0, 0}).error() == MeterErrc::meter_number);
  CHECK(with_number({0xffff, 0xffff, 0xffff, 0xffff}).error() == MeterErrc::meter_number);
  CHECK(with_number({0, 0xe8, 0xd4a5, 0x1000}).error() == MeterErrc::meter_number);  // 10^12
  CHECK(with_number({0, 0xe8, 0xd4a5, 0x0fff}).value().meter.value == 999'999'999'999);
}

TEST_CASE("registers out of range refuse the reading") {
  const auto with_register = [](std::size_t at, std::uint16_t value) {
    auto block = generic_block();
    block[at] = value;
    return decode_generic(block);
  };
  CHECK(with_register(0, 0xffff).error() == MeterErrc::value);  // energy beyond the rollover
  CHECK(with_register(5, 2).error() == MeterErrc::value);       // a relay is open or closed
  CHECK(with_register(4, 0xff00).value().circuits[0].power->watts == -256);
}

TEST_CASE("a voltage or current that cannot be is only not told, and the rest of the reading stands") {
  const auto with_register = [](std::size_t at, std::uint16_t value) {
    auto block = generic_block();
    block[at] = value;
    return decode_generic(block);
  };
  REQUIRE(with_register(2, 0xffff).has_value());  // 6553.5 V
  CHECK_FALSE(with_register(2, 0xffff)->voltage_mv);
  CHECK(with_register(2, 0xffff)->circuits[0] == with_register(2, 2213)->circuits[0]);
  CHECK(with_register(2, 10'000)->voltage_mv == max_voltage_mv);
  CHECK_FALSE(with_register(2, 10'001).value().voltage_mv);

  const auto profile = split_profile();
  const auto with = [&](std::size_t at, std::uint32_t bits) {
    std::vector<std::uint16_t> measured(14, 0);
    measured[at] = static_cast<std::uint16_t>(bits >> 16);
    measured[at + 1] = static_cast<std::uint16_t>(bits);
    return decode_reading(
        profile, place, Depth::full,
        std::vector<MeterAnswer>{{measured, 0, {}}, {{0x3f80, 0x0000}, 0, {}}, {{1}, 0, {}}, {{0, 4711}, 0, {}}});
  };
  constexpr std::uint32_t one = 0x3f800000, no_number = 0x7fc00000, infinite = 0x7f800000, minus_one = 0xbf800000;
  constexpr std::size_t voltage = 0, current = 6, power = 12;
  CHECK(with(voltage, one).value().voltage_mv == 1000);
  CHECK(with(current, minus_one).value().circuits[0].current_ma == -1000);
  for (const auto none : {no_number, infinite, minus_one}) {
    const auto reading = with(voltage, none);
    REQUIRE(reading.has_value());
    CHECK_FALSE(reading->voltage_mv);
    CHECK(reading->circuits[0] == with(voltage, one)->circuits[0]);
  }
  for (const auto none : {no_number, infinite}) {
    REQUIRE(with(current, none).has_value());
    CHECK_FALSE(with(current, none)->circuits[0].current_ma);
    CHECK(with(current, none)->circuits[0].energy == Quantity{1000});
    CHECK(with(power, none).error() == MeterErrc::value);
  }
}

TEST_CASE("a power factor beyond one, or none, is only not told") {
  auto profile = generic_relay_meter();
  auto& model = std::get<ModbusModel>(profile.protocol);
  model.blocks = {{modbus::Function::read_holding, 0, 12}};
  model.circuits.front().power_factor = Point{modbus::Function::read_holding, 10, Encoding::f32, {1000, 1}, {}};
  const auto factor = [&](std::uint16_t high, std::uint16_t low) {
    const std::vector<std::uint16_t> words{0, 1234, 2200, 0, 0, 1, 0, 0, 0, 4711, high, low};
    const auto reading = decode_reading(profile, place, Depth::full, std::vector<MeterAnswer>{{words, 0, {}}});
    REQUIRE(reading.has_value());
    CHECK(reading->circuits.front().energy == Quantity{1234});
    return reading->circuits.front().power_factor_per_mille;
  };
  CHECK(factor(0x3f7f, 0x7cee) == 998);
  CHECK(factor(0x3f80, 0x624e) == std::nullopt);  // 1.003
  CHECK(factor(0x7fc0, 0x0000) == std::nullopt);  // no number
}

TEST_CASE("further quantities come from their registers, and one that cannot be is only not told") {
  auto profile = generic_relay_meter();
  auto& model = std::get<ModbusModel>(profile.protocol);
  model.blocks = {{modbus::Function::read_holding, 0, 13}};
  using modbus::Function;
  model.circuits.front().further = {
      {FurtherKind::reactive_power, {Function::read_holding, 10, Encoding::i16, {}, {}}},
      {FurtherKind::remaining_money, {Function::read_holding, 11, Encoding::u32, {10'000, 1}, {}}}};
  REQUIRE(contradiction(profile).empty());
  const auto told = [&](std::uint16_t var, std::uint16_t high, std::uint16_t low) {
    const std::vector<std::uint16_t> words{0, 1234, 2200, 0, 0, 1, 0, 0, 0, 4711, var, high, low};
    const auto reading = decode_reading(profile, place, Depth::full, std::vector<MeterAnswer>{{words, 0, {}}});
    REQUIRE(reading.has_value());
    return reading->circuits.front().further;
  };
  CHECK(told(0xfff4, 0, 2537).get(FurtherKind::reactive_power) == -12);
  CHECK(told(0xfff4, 0, 2537).get(FurtherKind::remaining_money) == 25'370'000);
  model.circuits.front().further[FurtherKind::remaining_money].scale = {1'000'000'000, 1};
  CHECK_FALSE(told(0, 0xffff, 0xffff).has(FurtherKind::remaining_money));
  CHECK(told(0, 0xffff, 0xffff).has(FurtherKind::reactive_power));
}

TEST_CASE("a voltage that the meter marks as not available is only not told; energy and power refuse the reading") {
  auto profile = generic_relay_meter();
  auto& model = modbus_of(profile);
  model.voltage->invalid = 0xffff;
  model.circuits[0].current->invalid = 0x7fff;
  model.circuits[0].power->invalid = 0x8000;
  REQUIRE(contradiction(profile).empty());
  const auto with = [&](std::size_t at, std::uint16_t word) {
    auto words = generic_block();
    words[at] = word;
    return decode_reading(profile, place, Depth::full, std::vector<MeterAnswer>{{words, 0, {}}});
  };
  REQUIRE(with(2, 0xffff).has_value());
  CHECK_FALSE(with(2, 0xffff)->voltage_mv);
  CHECK(with(2, 0xffff)->circuits[0].energy == with(2, 2213)->circuits[0].energy);
  CHECK_FALSE(with(3, 0x7fff).value().circuits[0].current_ma);
  CHECK(with(3, 836).value().circuits[0].current_ma == 8360);
  CHECK(with(4, 0x8000).error() == MeterErrc::value);
  model.circuits[0].energy.invalid = std::uint64_t{1} << 32;
  CHECK(contradiction(profile) == "circuit 1, energy: a mark of what is not available is longer than its register");
}

TEST_CASE("the phases of a meter come from their registers, and travel beside its sums") {
  auto profile = generic_relay_meter();
  auto& model = modbus_of(profile);
  model.blocks = {{Function::read_holding, 0, 15}};
  const auto at = [](std::uint16_t address, Scale scale) {
    return Point{Function::read_holding, address, Encoding::u16, scale, {}};
  };
  model.circuits[0].further = {{FurtherKind::voltage_b, at(10, {100, 1})},
                               {FurtherKind::voltage_c, at(11, {100, 1})},
                               {FurtherKind::current_a, at(12, {10, 1})},
                               {FurtherKind::current_b, at(13, {10, 1})},
                               {FurtherKind::current_c, at(14, {10, 1})}};
  auto shown = sample(MeterId{4711});
  shown.circuits[0].further.put(FurtherKind::voltage_b, 219'900);
  shown.circuits[0].further.put(FurtherKind::voltage_c, 223'000);
  shown.circuits[0].further.put(FurtherKind::current_a, 4'000);
  shown.circuits[0].further.put(FurtherKind::current_b, 3'360);
  shown.circuits[0].further.put(FurtherKind::current_c, 1'000);
  CHECK(read_through(profile, shown).value() == shown);
  CHECK(read_through(profile, shown, Depth::control).value().circuits[0].further.empty());
  auto beyond = model;
  beyond.circuits[0].further[FurtherKind::voltage_c].scale = {1'000'000, 1};
  profile.protocol = beyond;
  auto low = shown;
  low.circuits[0].further.put(FurtherKind::voltage_c, 223'000'000);
  CHECK_FALSE(read_through(profile, low).value().circuits[0].further.has(FurtherKind::voltage_c));
}

TEST_CASE("what the bits of a refusal mean is the model's to say, in every question to it") {
  auto profile = generic_dlt645_meter(dlt645::Edition::v1997);
  auto& model = std::get<dlt645::Model>(profile.protocol);
  const MeterPlace at{161, MeterId{161}, {}};
  const auto told = [&](const Exchange& exchange, std::uint8_t byte) {
    const auto& request = std::get<dlt645::Request>(exchange.ask);
    const auto heard = dlt645::encode_refusal(request, request.address, byte, 0);
    return std::get<Bad>(receive(exchange, heard, Wire::quiet)).error;
  };
  CHECK(told(reading_exchanges(profile, at, Depth::full).front(), 0x01) == MeterErrc::refused);
  model.refusals = dlt645::default_refusals(dlt645::Edition::v1997);
  std::swap((*model.refusals)[0], (*model.refusals)[1]);
  for (const auto& exchange : reading_exchanges(profile, at, Depth::full)) {
    CHECK(told(exchange, 0x01) == MeterErrc::no_such_data);
    CHECK(told(exchange, 0x02) == MeterErrc::refused);
  }
  for (const auto& exchange : clock_reads(profile, at)) CHECK(told(exchange, 0x01) == MeterErrc::no_such_data);
  auto acting = generic_dlt645_meter(dlt645::Edition::v2007);
  std::get<dlt645::Model>(acting.protocol).refusals = model.refusals;
  std::get<dlt645::Model>(acting.protocol).refusals->at(7) = MeterErrc::password;
  std::get<dlt645::Model>(acting.protocol).refusals->at(3) = MeterErrc::password;
  CHECK(told(relay_exchange(acting, at, 0, false), 0x08) == MeterErrc::password);
  CHECK(told(parameter_read(acting, at, 0, Parameter::trip_delay), 0x01) == MeterErrc::no_such_data);
  CHECK(told(parameter_write(acting, at, 0, Parameter::trip_delay, {60, {}}).value(), 0x08) == MeterErrc::password);
  CHECK(told(event_read(acting, at, 0, MeterEvent::tripped), 0x01) == MeterErrc::no_such_data);
  CHECK(told(freeze_time_read(acting, at, 0, FreezeKind::daily, 1), 0x01) == MeterErrc::no_such_data);
  CHECK(told(freeze_energy_read(acting, at, 0, FreezeKind::daily, 1), 0x01) == MeterErrc::no_such_data);
}

TEST_CASE("answers that do not fit the blocks are refused") {
  auto block = generic_block();
  block.pop_back();
  CHECK(decode_generic(block).error() == MeterErrc::length);
  CHECK(decode_reading(generic_relay_meter(), place, Depth::full, {}).error() == MeterErrc::length);
}

TEST_CASE("a filled address is that of every meter with its last digits") {
  const auto whole = generic_dlt645_meter(dlt645::Edition::v1997);
  auto filled = whole;
  std::get<dlt645::Model>(filled.protocol).fills_with_any = true;
  CHECK(share_an_address(filled, 4711, whole, 22'334'711));
  CHECK(share_an_address(whole, 22'334'711, filled, 4711));
  CHECK(share_an_address(filled, 4711, filled, 22'334'711));
  CHECK(share_an_address(filled, 4711, generic_dlt645_meter(dlt645::Edition::v2007), 994'711));
  CHECK_FALSE(share_an_address(filled, 4711, whole, 22'334'712));
  CHECK_FALSE(share_an_address(whole, 4711, whole, 22'334'711));
  CHECK(share_an_address(whole, 4711, whole, 4711));
  CHECK(share_an_address(generic_relay_meter(), 7, generic_relay_meter(), 7));
  CHECK_FALSE(share_an_address(generic_relay_meter(), 7, generic_relay_meter(), 8));
  CHECK_FALSE(share_an_address(generic_relay_meter(), 7, whole, 7));
}

TEST_CASE("a relay is commanded by its coil") {
  CHECK(to_hex(request_bytes(relay_exchange(split_profile(), {0x11, {}, {}}, 0, true))).substr(0, 12) == "11050007ff00");
  // modbus-rtu-014
  CHECK(to_hex(request_bytes(relay_exchange(generic_relay_meter(), {1, {}, {}}, 0, false))) == "010500000000cdca");
}

TEST_CASE("the same question as Modbus over TCP, and in DL/T 645") {
  const auto exchange = reading_exchanges(generic_relay_meter(), place, Depth::control).front();
  CHECK(to_hex(request_bytes(exchange, {true, 0x0102})) ==
        "010200000006"
        "09030000000a");
  const auto profile = generic_dlt645_meter(dlt645::Edition::v2007);
  const MeterPlace at{161, MeterId{161}, {{2, 0x37, 6, 2}, {}}};
  const auto asks = reading_exchanges(profile, at, Depth::control);
  CHECK(to_hex(request_bytes(asks[0])) ==
        "fefefefe"
        "6861010000000068110433333433"
        "1416");  // dlt645-2007-001
  const auto heard = from_hex(
      "fefefefe68610100000000689108333334335933333337"
      "16");
  CHECK(std::holds_alternative<NeedMore>(receive(asks[0], ByteView(heard).first(12), Wire::open)));
  const auto command = relay_exchange(profile, at, 0, false);
  CHECK(std::get<dlt645::Request>(command.ask).by == at.by);
}

TEST_CASE("a meter of M-Bus has 330 bits and 50 ms for its answer, at each rate") {
  MeterProfile profile;
  profile.protocol = mbus::Model{};
  profile.timings.answers_within = milliseconds(200);
  const LineFormat slow{300, Parity::even, 1}, usual{2400, Parity::even, 1};
  const auto begins_within = [](const MeterProfile& of, const LineFormat& line) {
    const auto exchange = reading_exchanges(of, {5, MeterId{5}, {}}, Depth::full).front();
    auto patient = of;
    patient.timings.answers_within = seconds(10);
    const auto on_wire = answer_timeout(patient, exchange, line).micros - seconds(10).micros;
    return answer_timeout(of, exchange, line).micros - on_wire;
  };
  CHECK(begins_within(profile, slow) >= 1'150'000);
  CHECK(begins_within(profile, slow) < 1'151'000);
  CHECK(begins_within(profile, usual) == 200'000);
  profile.timings.answers_within = seconds(2);  // its model says more
  CHECK(begins_within(profile, slow) == 2'000'000);
}

TEST_CASE("the time-out covers both frames at the line's rate and the meter's delay") {
  const auto profile = generic_relay_meter();
  const auto exchange = reading_exchanges(profile, place, Depth::full).front();
  CHECK(answer_timeout(profile, exchange, {}).micros == 33 * 11 * 1'000'000 / 9600 + 1 + 500'000);
  CHECK(gap_before(profile, {}).micros == 4011);  // 3.5 characters of 11 bits
  CHECK(gap_before(profile, {38400, Parity::none, 1}).micros == 1750);
  CHECK(gap_before(generic_dlt645_meter(dlt645::Edition::v2007), {}).micros == 20'000);
}

}  // namespace wattle::profile_test
