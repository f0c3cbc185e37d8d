#include "shared/profiles/profile_file.hpp"

#include <catch2/catch.hpp>
#include <map>

#include "shared/meter/exchange.hpp"
#include "shared/meter/purse.hpp"
#include "shared/profiles/units.hpp"

using namespace wattle;

namespace {

const std::string right = R"(model = "m"
protocol = "modbus"
rollover_wh = 1000000
[[block]]
start = 0
count = 4
[[circuit]]
energy = { register = 0, encoding = "u32", unit = "0.01 kWh" }
power = { register = 2, encoding = "i16", unit = "W" }
relay = { register = 3, bit = 2 }
command = { write = "registers", register = 9, close = 85, open = 170 }
)";

std::string with(const std::string& what, const std::string& in_its_place) {
  auto text = right;
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), in_its_place);
}

using Words = std::map<std::uint16_t, std::uint16_t>;

/// What a meter with these registers is read as; the others are zero.
Reading shown_by(std::string_view model, const Words& words) {
  const auto profile = shipped_profile(model);
  REQUIRE(profile != nullptr);
  const MeterPlace place{1, MeterId{1}, {}};
  std::vector<MeterAnswer> answers;
  for (const auto& exchange : reading_exchanges(*profile, place, Depth::full)) {
    const auto& request = std::get<ModbusAsk>(exchange.ask).request;
    MeterAnswer answer;
    for (std::uint32_t at = request.start; at < std::uint32_t{request.start} + request.count; ++at) {
      const auto found = words.find(static_cast<std::uint16_t>(at));
      answer.values.push_back(found == words.end() ? std::uint16_t{0} : found->second);
    }
    answers.push_back(std::move(answer));
  }
  const auto reading = decode_reading(*profile, place, Depth::full, answers);
  REQUIRE(reading.has_value());
  return *reading;
}

std::string first_fault(const std::string& what, const std::string& in_its_place) {
  const auto loaded = parse_profile(with(what, in_its_place), "m.toml");
  return loaded.faults.empty() ? "none" : loaded.faults.front();
}

}  // namespace

TEST_CASE("every shipped profile can be used, and is named as its file") {
  const auto models = shipped_models();
  CHECK(models.size() >= 12);
  for (const auto model : models) {
    INFO(model);
    const auto profile = shipped_profile(model);
    REQUIRE(profile != nullptr);
    CHECK(profile->model == model);
    CHECK(contradiction(*profile).empty());
    CHECK_FALSE(reading_exchanges(*profile, {1, MeterId{1}, {}}, Depth::full).empty());
  }
  CHECK(shipped_profile("no-such-meter") == nullptr);
}

TEST_CASE("models whose maps are not public are known by name, and refused with the reason") {
  const std::vector<std::string_view> known{"acrel-adm130", "acrel-dtsy1352", "sfere-ddsy1946a-13"};
  CHECK(refused_models() == known);
  for (const auto model : known) {
    CHECK(shipped_profile(model) == nullptr);
    CHECK(refusal_of(model).find("register map is not public") != std::string::npos);
  }
  CHECK(refusal_of("generic-relay-meter").empty());
  CHECK(refusal_of("no-such-meter").empty());
  CHECK(load_model("acrel-adm130").refused == refusal_of("acrel-adm130"));
  CHECK(load_model("eastron-sdm630").faults.empty());
  CHECK(load_model("/nonexistent/m.toml").faults.size() == 1);
  const auto misspelt = load_model("eastron-sdm631").faults;
  REQUIRE(misspelt.size() == 1);
  CHECK(misspelt[0].starts_with("no profile \"eastron-sdm631\" is shipped, nor is there such a file; shipped are: "));
  for (const auto model : shipped_models()) CHECK(misspelt[0].find(std::string(model)) != std::string::npos);
  CHECK(misspelt[0].find("acrel-adm130") == std::string::npos);
  const auto loaded = parse_profile("model = \"m\"\nrefused = \"nobody knows\"\n", "m.toml");
  REQUIRE(loaded.faults.size() == 1);
  CHECK(loaded.faults[0] == "m.toml:2: \"refused\" says that this model cannot be used: nobody knows");
  CHECK(loaded.refused == "nobody knows");
}

TEST_CASE("published maps: each value where the sheet has it") {
  // 220.0, 5.5, 1210.0, 0.95, 50.0 and 123.456 as floats, from the sheets of Eastron and Chint.
  const Words sdm630{{0x00, 0x435c}, {0x02, 0x4366}, {0x04, 0x4357}, {0x06, 0x4020},  {0x08, 0x4000}, {0x0a, 0x3f80},
                     {0x30, 0x40b0}, {0x34, 0x4497}, {0x35, 0x4000}, {0x3c, 0xc140},  {0x3e, 0x3f73}, {0x3f, 0x3333},
                     {0x46, 0x4248}, {0x48, 0x42f6}, {0x49, 0xe979}, {0x158, 0x42f6}, {0x159, 0xe979}};
  const auto three_phase = shown_by("eastron-sdm630", sdm630);
  CHECK(three_phase.voltage_mv == 220'000);
  CHECK(three_phase.frequency_mhz == 50'000);
  Further phases;
  phases.put(FurtherKind::reactive_energy, 123'456);
  phases.put(FurtherKind::reactive_power, -12);
  phases.put(FurtherKind::voltage_b, 230'000);
  phases.put(FurtherKind::voltage_c, 215'000);
  phases.put(FurtherKind::current_a, 2'500);
  phases.put(FurtherKind::current_b, 2'000);
  phases.put(FurtherKind::current_c, 1'000);
  CHECK(three_phase.circuits[0] == CircuitReading{{123'456}, Power{1210}, 5500, 950, {}, phases});
  CHECK(shown_by("chint-dtsu666", {{0x101e, 0x42f6}, {0x101f, 0xe979}}).circuits[0].energy == Quantity{123'456});
  const auto acrel =
      shown_by("acrel-ddsy1352", {{0x00, 0x0001}, {0x01, 0xe240}, {0x0b, 2198}, {0x0c, 321}, {0x0d, 0xfd44}, {0x10, 998}});
  CHECK(acrel.voltage_mv == 219'800);
  CHECK(acrel.circuits[0] == CircuitReading{{1'234'560}, Power{-700}, 3210, 998, {}});
  const auto prepaid = shown_by("public-prepaid-three-phase", {{0x63, 0x0001}, {0x64, 0xe240}, {0x110f, 4321}}).circuits[0];
  CHECK(prepaid.energy == Quantity{1'234'560});
  CHECK(prepaid.further.get(FurtherKind::remaining_energy) == -43'210);  // what remains is 0
  // 230.5 V, 1.234 A, 1523.4 W, 0.987 and 50.02 Hz.
  const auto tenths = shown_by("chint-dtsu666-tenths", {{0x2006, 0x4510},
                                                        {0x2007, 0x1000},
                                                        {0x200c, 0x449a},
                                                        {0x200d, 0x4000},
                                                        {0x2012, 0x466e},
                                                        {0x2013, 0x0800},
                                                        {0x202a, 0x4476},
                                                        {0x202b, 0xc000},
                                                        {0x2044, 0x459c},
                                                        {0x2045, 0x5000},
                                                        {0x101e, 0x42f6},
                                                        {0x101f, 0xe979}});
  CHECK(tenths.voltage_mv == 230'500);
  CHECK(tenths.frequency_mhz == 50'020);
  CHECK(tenths.circuits[0].energy == Quantity{123'456});
  CHECK(tenths.circuits[0].power == Power{1'523});
  CHECK(tenths.circuits[0].current_ma == 1'234);
  CHECK(tenths.circuits[0].power_factor_per_mille == 987);
  // Of the version in V whether power is in W or kW is not known: nothing is guessed.
  CHECK(shipped_profile("chint-dtsu666-plain") == nullptr);
  const auto only_energy = shipped_profile("chint-dtsu666");
  CHECK_FALSE(std::get<ModbusModel>(only_energy->protocol).circuits[0].power);
}

namespace {

MeterProfile without_recorded_only(MeterProfile profile) {
  auto& model = std::get<dlt645::Model>(profile.protocol);
  model.frequency.reset();
  model.circuits[0].power_factor.reset();
  model.circuits[0].further.clear();
  return profile;
}

}  // namespace

TEST_CASE("the profiles that everything is tried with are the shipped ones, without what is only recorded") {
  CHECK(*shipped_profile("generic-relay-meter") == generic_relay_meter());
  CHECK(without_recorded_only(*shipped_profile("generic-dlt645-2007")) == generic_dlt645_meter(dlt645::Edition::v2007));
  CHECK(without_recorded_only(*shipped_profile("generic-dlt645-1997")) == generic_dlt645_meter(dlt645::Edition::v1997));
}

TEST_CASE("patterns of two, three and four circuits, behind one address or at several, each with a relay of its own") {
  for (const auto& [word, count] : {std::pair("two", 2u), std::pair("three", 3u), std::pair("four", 4u)}) {
    for (const auto& model : {std::string("generic-"), std::string("generic-dlt645-2007-")}) {
      const auto profile = shipped_profile(model + word + "-circuits");
      INFO(model << word);
      REQUIRE(profile != nullptr);
      CHECK(circuit_count(*profile) == count);
      for (std::size_t circuit = 0; circuit < count; ++circuit) CHECK(has_relay(*profile, circuit));
    }
  }
}

TEST_CASE("every quantity of the plan is asked by the profiles of the standard, and no control rests on it") {
  for (const auto* name :
       {"generic-dlt645-2007", "generic-dlt645-2007-load-records", "generic-dlt645-2007-prepaid", "generic-dlt645-2007-display",
        "generic-dlt645-2007-two-circuits", "generic-dlt645-2007-three-circuits", "generic-dlt645-2007-four-circuits",
        "generic-dlt645-2007-three-phase"}) {
    INFO(name);
    const auto profile = shipped_profile(name);
    REQUIRE(profile != nullptr);
    const auto& model = std::get<dlt645::Model>(profile->protocol);
    CHECK(model.frequency == dlt645::di::frequency);
    for (const auto& circuit : model.circuits) {
      CHECK(circuit.power_factor == dlt645::di::power_factor);
      CHECK(circuit.further.at(FurtherKind::reactive_energy) == 0x00030000);
      CHECK(circuit.further.at(FurtherKind::reactive_power) == 0x02040000);
    }
    CHECK(reading_exchanges(*profile, {1, MeterId{1}, {}}, Depth::control).size() == 3 * model.circuits.size());
  }
  const auto old = shipped_profile("generic-dlt645-1997");
  const auto& of_1997 = std::get<dlt645::Model>(old->protocol).circuits[0];
  CHECK(of_1997.power_factor == 0xb650u);
  CHECK(of_1997.further.at(FurtherKind::reactive_energy) == 0x9110);
  CHECK(of_1997.further.at(FurtherKind::reactive_power) == 0xb640);
  const auto money = shipped_profile("generic-dlt645-2007-prepaid");
  CHECK(std::get<dlt645::Model>(money->protocol).circuits[0].further.at(FurtherKind::remaining_money) == 0x00900200);
  const auto in_registers = shipped_profile("generic-prepaid-meter");
  CHECK(std::get<ModbusModel>(in_registers->protocol).circuits[0].further.contains(FurtherKind::remaining_money));
}

TEST_CASE("energy by M-Bus is read up to all that eight digits of kWh show, and not beyond") {
  const auto profile = shipped_profile("generic-mbus-energy");
  REQUIRE(profile != nullptr);
  const auto& model = std::get<mbus::Model>(profile->protocol);
  const MeterPlace place{5, MeterId{5}, {}};
  const auto read = [&](const Bytes& records, std::int64_t wh) {
    Reading reading{MeterId{5}, {}, {}, {{}}};
    reading.circuits.front().energy = {wh};
    mbus::MeterImage image;
    mbus::show(image, model, reading);
    if (!records.empty()) image.telegrams = {records};
    std::vector<MeterAnswer> answers;
    for (const auto& exchange : reading_exchanges(*profile, place, Depth::full)) {
      const auto frame = std::get<mbus::Found>(mbus::find_frame(request_bytes(exchange), Wire::quiet)).frame;
      answers.push_back(std::get<MeterAnswer>(receive(exchange, mbus::answer(frame, image), Wire::quiet)));
    }
    return decode_reading(*profile, place, Depth::full, answers);
  };
  for (const auto wh : {std::int64_t{0}, std::int64_t{99'999'999}, std::int64_t{999'999'990}, std::int64_t{1'000'000'000},
                        std::int64_t{1'234'567'800}, std::int64_t{99'999'999'000}}) {
    INFO(wh);
    const auto reading = read({}, wh);
    REQUIRE(reading.has_value());
    CHECK(reading->circuits.front().energy == Quantity{wh});
  }
  CHECK(read(from_hex("0c0600000001"), 0)->circuits.front().energy == Quantity{1'000'000'000});  // 1,000,000 kWh
  CHECK(read(from_hex("0c0799999999"), 0).error() == MeterErrc::value);
}

TEST_CASE("meters of DL/T 645 without a relay are asked for no status, and one for its register alone") {
  const auto control_of = [](std::string_view name) {
    const auto profile = shipped_profile(name);
    REQUIRE(profile != nullptr);
    CHECK_FALSE(has_relay(*profile, 0));
    std::vector<std::uint32_t> asked;
    for (const auto& exchange : reading_exchanges(*profile, {1, MeterId{1}, {}}, Depth::control))
      asked.push_back(std::get<dlt645::Request>(exchange.ask).di);
    return asked;
  };
  CHECK(control_of("generic-dlt645-2007-measuring") == std::vector<std::uint32_t>{0x00010000, 0x02030000});
  CHECK(control_of("generic-dlt645-2007-energy") == std::vector<std::uint32_t>{0x00010000});
  CHECK(control_of("generic-dlt645-1997") == std::vector<std::uint32_t>{0x9010, 0xb630});
  CHECK(control_of("generic-dlt645-1997-energy") == std::vector<std::uint32_t>{0x9010});
}

TEST_CASE("water meters are shipped cold and hot, and with both orders of the identifier") {
  const auto model = [](std::string_view name) { return std::get<cjt188::Model>(shipped_profile(name)->protocol); };
  auto cold = model("generic-cjt188-cold-water");
  CHECK(cold.type == cjt188::cold_water);
  CHECK(cold.order == cjt188::DiOrder::high_first);
  cold.order = cjt188::DiOrder::low_first;
  CHECK(model("generic-cjt188-cold-water-low-first") == cold);
  cold.order = cjt188::DiOrder::high_first;
  cold.type = 0x11;
  CHECK(model("generic-cjt188-hot-water") == cold);
}

TEST_CASE("a pattern of a prepaid meter of 1997 is shipped, with its relay and its months") {
  const auto profile = shipped_profile("generic-dlt645-1997-prepaid");
  REQUIRE(profile != nullptr);
  CHECK(has_relay(*profile, 0));
  const auto& model = std::get<dlt645::Model>(profile->protocol);
  CHECK(model.circuits[0].relay->write == dlt645::RelayWrite{0xe910, {0x1a}, {0x1c}});
  CHECK(model.circuits[0].further.at(FurtherKind::remaining_money) == 0xe901);
  CHECK(model.own.at(0xe902) == dlt645::OwnItem{Unit::yuan, 4, 10'000, false});
  CHECK_FALSE(model.fills_with_any);
  CHECK(model.history.freezes.at(dlt645::FreezeKind::monthly).keeps == 2);
  const auto read_only = shipped_profile("public-prepaid-three-phase");
  const auto* form = purse_of(*read_only, 0);
  REQUIRE(form != nullptr);
  CHECK(form->kind == PurseKind::read_only);
  CHECK(form->measure == PurseMeasure::energy);
}

TEST_CASE("what a meter of 1997 has of its maker's is read as its profile says, by line where it is wrong") {
  const std::string meter = "model = \"m\"\nprotocol = \"dlt645-1997\"\n";
  const std::string relay =
      "[circuit.relay]\nstate = \"C020\"\nwrite = { item = \"E910\", open = \"1A 00\", close = \"1c00\" }\n";
  const auto loaded = [&](const std::string& root, const std::string& circuit) {
    return parse_profile(meter + root + "[[circuit]]\nenergy = \"9010\"\n" + circuit, "m.toml");
  };
  const auto fault = [&](const std::string& root, const std::string& circuit) {
    const auto faults = loaded(root, circuit).faults;
    return faults.empty() ? std::string("none") : faults.front();
  };
  const auto model_in = [&](const std::string& root, const std::string& circuit) {
    const auto file = loaded(root, circuit);
    for (const auto& wrong : file.faults) UNSCOPED_INFO(wrong);
    REQUIRE(file.faults.empty());
    return std::get<dlt645::Model>(file.profile.protocol);
  };
  CHECK(model_in("address_fill = \"AA\"\n", "").fills_with_any);
  CHECK(model_in("", relay).circuits[0].relay->write == dlt645::RelayWrite{0xe910, {0x1a, 0}, {0x1c, 0}});
  const auto amounts = model_in("", "remaining_energy = { item = \"E903\", bytes = 3, step = \"1 kWh\", sign = true }\n");
  CHECK(amounts.own.at(0xe903) == dlt645::OwnItem{Unit::watt_hour, 3, 1000, true});
  CHECK(fault("address_fill = \"BB\"\n", "").find("address_fill") != std::string::npos);
  CHECK(fault("", "[circuit.relay]\nstate = \"C020\"\n").find("no relay command") != std::string::npos);
  CHECK(fault("", "[circuit.relay]\nwrite = { item = \"E910\", open = \"1A\", close = \"1C\" }\n").find("state") !=
        std::string::npos);
  CHECK(fault("", "remaining_money = \"E901\"\n").find("remaining_money") != std::string::npos);
  CHECK(fault("", "remaining_money = { item = \"E901\", bytes = 4, step = \"0.0000001 yuan\" }\n").find("step") !=
        std::string::npos);
  CHECK(fault("", "remaining_money = { item = \"E901\", bytes = 5, step = \"1 fen\" }\n").find("bytes") != std::string::npos);
  CHECK(fault("", "overdrawn_money = { item = \"E901\", bytes = 4, step = \"1 fen\" }\n").find("overdrawn") !=
        std::string::npos);
  CHECK(fault("",
              "remaining_money = { item = \"E901\", bytes = 4, step = \"1 fen\" }\n"
              "overdrawn_money = { item = \"E901\", bytes = 3, step = \"1 fen\" }\n")
            .find("otherwise") != std::string::npos);
}

TEST_CASE("a profile that was written when there was one day table is read, and means the first") {
  const std::string head = "model = \"m\"\nprotocol = \"dlt645-2007\"\n[parameters]\n";
  const std::string tail = "[[circuit]]\nenergy = \"0001 0000\"\n";
  const std::string once = "day_table = { item = \"0401 0001\", periods = 8 }\n";
  const auto file = parse_profile(head + once + tail, "m.toml");
  for (const auto& wrong : file.faults) UNSCOPED_INFO(wrong);
  REQUIRE(file.faults.empty());
  const auto& told = std::get<dlt645::Model>(file.profile.protocol).parameters;
  CHECK(told == std::map<Parameter, dlt645::ModelParameter>{{Parameter::day_table_1, {.di = 0x04010001, .periods = 8}}});
  const auto both = parse_profile(head + once + "day_table_1 = { item = \"0401 0001\", periods = 8 }\n" + tail, "m.toml");
  REQUIRE_FALSE(both.faults.empty());
  CHECK(both.faults.front().find("day_table_1, which is there too") != std::string::npos);
  const auto of_1997 = parse_profile(
      "model = \"m\"\nprotocol = \"dlt645-1997\"\n[parameters]\npower_limit = \"C117\"\n[[circuit]]\nenergy = "
      "\"9010\"\n",
      "m.toml");
  REQUIRE_FALSE(of_1997.faults.empty());
  CHECK(of_1997.faults.front().find("power_limit") != std::string::npos);
}

TEST_CASE("displays are shipped in both protocols, and cut by nothing") {
  for (const auto* name : {"generic-display-meter", "generic-dlt645-2007-display"}) {
    INFO(name);
    const auto profile = shipped_profile(name);
    REQUIRE(profile != nullptr);
    const auto* form = purse_of(*profile, 0);
    REQUIRE(form != nullptr);
    CHECK(form->kind == PurseKind::display);
    CHECK(form->measure == PurseMeasure::money);
  }
}

TEST_CASE("the history that a meter keeps is read as its profile says, and nothing of it is guessed") {
  const std::string meter = "model = \"m\"\nprotocol = \"dlt645-2007\"\n[[circuit]]\nenergy = \"0001 0000\"\n";
  const auto history_in = [&](const std::string& lines) {
    const auto loaded = parse_profile(meter + "[clock]\n[history]\n" + lines, "m.toml");
    for (const auto& fault : loaded.faults) INFO(fault);
    REQUIRE(loaded.faults.empty());
    return std::get<dlt645::Model>(loaded.profile.protocol).history;
  };
  const auto fault_in = [&](const std::string& lines) {
    const auto loaded = parse_profile(meter + "[clock]\n[history]\n" + lines, "m.toml");
    return loaded.faults.empty() ? std::string("none") : loaded.faults.front();
  };
  CHECK(history_in("").empty());
  const auto freezes = history_in(
                           "hourly_freeze = { time = \"0504 0001\", energy = \"0504 0101\", keeps = 254, size = 3, "
                           "step = \"1 kWh\" }\n")
                           .freezes;
  REQUIRE(freezes.size() == 1);
  CHECK(freezes.at(dlt645::FreezeKind::hourly) ==
        dlt645::ModelFreeze{.time = 0x05040001, .energy = 0x05040101, .keeps = 254, .size = 3, .step_wh = 1000});
  const auto events = history_in(
                          "cover_opened = { record = \"0330 0D01\", size = 60, time_at = 6 }\n"
                          "purchased = { record = \"0332 0101\", time = \"minutes\" }\n")
                          .events;
  CHECK(events == std::map<MeterEvent, dlt645::ModelEvent>{
                      {MeterEvent::cover_opened, {.record = 0x03300d01, .size = 60, .time_at = 6}},
                      {MeterEvent::purchased, {.record = 0x03320101, .size = 5, .has_seconds = false}}});
  CHECK(fault_in("daily_freeze = { time = \"0506 0001\", energy = \"0506 0101\" }\n").find("keeps") != std::string::npos);
  CHECK(fault_in("daily_freeze = { energy = \"0506 0101\", keeps = 9 }\n").find("time") != std::string::npos);
  CHECK(fault_in("daily_freeze = { time = \"0506 0001\", energy = \"0506 0101\", keeps = 9, step = \"0.0001 kWh\" }\n")
            .find("whole Wh") != std::string::npos);
  CHECK(fault_in("tripped = { record = \"1D00 0101\", size = 3 }\n").find("record") != std::string::npos);
  CHECK(history_in("load_records = { item = \"0600 0001\", minutes = 15 }\n").load ==
        dlt645::ModelLoad{.records = 0x06000001, .minutes = 15, .blocks = 1});
  CHECK(history_in("load_records = { item = \"0604 0001\", minutes = 60 }\n").load ==
        dlt645::ModelLoad{.records = 0x06040001, .minutes = 60, .blocks = 6});
  CHECK(history_in("load_records = { item = \"0600 0001\", minutes = 60, blocks = 3 }\n").load->blocks == 3);
  CHECK(fault_in("load_records = { item = \"0601 0001\", minutes = 60 }\n").find("register") != std::string::npos);
  CHECK(fault_in("load_records = { item = \"0600 0001\", minutes = 45 }\n").find("part of an hour") != std::string::npos);
  CHECK(fault_in("load_records = { item = \"0600 0001\", minutes = 61 }\n").find("minutes") != std::string::npos);
  CHECK(fault_in("load_records = { item = \"0600 0001\" }\n").find("minutes") != std::string::npos);
  CHECK(fault_in("load_records = { minutes = 60 }\n").find("item") != std::string::npos);
  CHECK(fault_in("exploded = { record = \"1D00 0101\" }\n").find("exploded") != std::string::npos);
  const auto without_clock = parse_profile(meter + "[history]\ntripped = { record = \"1D00 0101\" }\n", "m.toml");
  REQUIRE(without_clock.faults.size() == 1);
  CHECK(without_clock.faults[0].find("clock") != std::string::npos);
}

TEST_CASE("a model is called as its file is") {
  MeterProfile profile;
  profile.model = "my-meter";
  CHECK(name_fault(profile, "my-meter.toml").empty());
  CHECK(name_fault(profile, "/a/folder.d/my-meter.toml").empty());
  CHECK(name_fault(profile, "zz.toml") ==
        "zz.toml: \"model\" contradicts the file's name: it is \"my-meter\", and must be \"zz\"");
}

TEST_CASE("a profile from its file") {
  const auto loaded = parse_profile(right, "m.toml");
  REQUIRE(loaded.faults.empty());
  const auto& model = std::get<ModbusModel>(loaded.profile.protocol);
  CHECK(loaded.profile.rollover == Quantity{1'000'000});
  CHECK(model.circuits[0].energy.scale == Scale{10, 1});
  CHECK(model.circuits[0].relay->bit == 2);
  CHECK(model.circuits[0].command->close == 85);
  CHECK_FALSE(model.number);
}

TEST_CASE("what is wrong with a profile is told with its line") {
  CHECK(first_fault("model = \"m\"", "").find("m.toml:1: the key \"model\" is missing") == 0);
  CHECK(first_fault("modbus", "mudbus").find("m.toml:2: \"protocol\" must be one of") == 0);
  CHECK(first_fault("0.01 kWh", "0.01 kW").find("m.toml:8: [circuit.energy] \"unit\" must be a step like") == 0);
  CHECK(first_fault("bit = 2", "bit = 16").find("m.toml:10: [circuit.relay] \"bit\"") == 0);
  CHECK(first_fault("bit = 2", "bti = 2").find("m.toml:10: [circuit.relay] unknown key \"bti\"") == 0);
  CHECK(first_fault("count = 4", "count = 3").find("m.toml:10: [circuit] \"relay\" contradicts the rest: lies in no block") ==
        0);
  CHECK(first_fault("count = 4", "count = 200").find("m.toml:6: [block] \"count\" contradicts the rest: a block is longer") ==
        0);
  CHECK(first_fault("start = 0\ncount = 4", "start = 0xfff0\ncount = 32") ==
        "m.toml:6: [block] \"count\" contradicts the rest: a block goes beyond the last register, 65535");
  CHECK(first_fault("relay = { register = 3, bit = 2 }", "").find("m.toml:11: [circuit] \"command\" contradicts the rest") ==
        0);
  CHECK(first_fault("[[circuit]]", "[[circus]]") != "none");
  CHECK(first_fault("[[block]]", "[block]") != "none");
  CHECK(parse_profile("", "m.toml").faults.size() >= 4);
  CHECK(parse_profile("model = [", "m.toml").faults.size() == 1);
  CHECK(load_profile("/nonexistent/m.toml").faults.size() == 1);
}

TEST_CASE("identifiers of DL/T 645 have as many digits as their edition wants") {
  const auto faults = [](const std::string& edition, const std::string& energy) {
    const auto text = "model = \"m\"\nprotocol = \"dlt645-" + edition + "\"\n[[circuit]]\nenergy = \"" + energy + "\"\n";
    return parse_profile(text, "m.toml").faults;
  };
  CHECK(faults("2007", "0001 0000").empty());
  CHECK(faults("2007", "00010000").empty());
  CHECK(faults("1997", "9010").empty());
  CHECK(faults("2007", "9010").size() == 1);
  CHECK(faults("1997", "0001 0000").size() == 1);
  CHECK(faults("2007", "0001 000g").size() == 1);
  CHECK(faults("2007", "0203 0000").size() == 1);  // power is no energy
  CHECK(faults("2007", "0123 4567").size() == 1);  // no item at all
}

TEST_CASE("a water meter of CJ/T 188 from its file") {
  const auto text = std::string("model = \"m\"\nprotocol = \"cjt188\"\n");
  const auto plain = parse_profile(text, "m.toml");
  REQUIRE(plain.faults.empty());
  CHECK(std::get<cjt188::Model>(plain.profile.protocol) == cjt188::Model{});
  CHECK(plain.profile.line.baud == 2400);
  CHECK(plain.profile.rollover == Quantity{1'000'000'000});
  CHECK_FALSE(has_relay(plain.profile, 0));
  const auto loaded = parse_profile(text +
                                        "rollover_litres = 100000\nmedium = \"hot_water\"\nmaker = \"7833\"\n"
                                        "identifier_order = \"low_first\"\n[valve]\nmask = 0x0300\nopen = 0x0100\n"
                                        "closed = 0x0200\nfault = 0x0300\ncommands = \"free\"\n",
                                    "m.toml");
  REQUIRE(loaded.faults.empty());
  const auto& model = std::get<cjt188::Model>(loaded.profile.protocol);
  CHECK(model.type == 0x11);
  CHECK(model.maker == 0x7833);
  CHECK(model.order == cjt188::DiOrder::low_first);
  CHECK(model.valve->bits == cjt188::StatusBits{0x0300, 0x0100, 0x0200, 0x0300, 0x0004});
  CHECK(model.valve->close == cjt188::ValveCommand::free_close);
  CHECK(loaded.profile.rollover == Quantity{100'000});
  const auto fault = [&](const std::string& more) { return parse_profile(text + more, "m.toml").faults.at(0); };
  CHECK(fault("maker = \"78\"\n").find("m.toml:3: \"maker\" must be four hex digits") == 0);
  CHECK(fault("rollover_wh = 1\n").find("m.toml:3: unknown key \"rollover_wh\"") == 0);
  CHECK(fault("[valve]\nclosed = 0\n").find("contradicts itself: two states of the valve look alike") != std::string::npos);
}

TEST_CASE("a meter of M-Bus from its file") {
  const auto text = std::string("model = \"m\"\nprotocol = \"mbus\"\n");
  const auto water = parse_profile(text + "counts = \"water\"\nrollover_litres = 1000\n", "m.toml");
  REQUIRE(water.faults.empty());
  CHECK(std::get<mbus::Model>(water.profile.protocol) == mbus::Model{});
  const auto energy = parse_profile(text + "counts = \"energy\"\nasked_at = \"number\"\nrollover_wh = 1000\n", "m.toml");
  REQUIRE(energy.faults.empty());
  CHECK(std::get<mbus::Model>(energy.profile.protocol) == mbus::Model{Unit::watt_hour, true});
  CHECK(parse_profile(text + "counts = \"water\"\nrollover_wh = 1000\n", "m.toml").faults.size() == 2);
  CHECK(parse_profile(text + "counts = \"energy\"\n", "m.toml").faults.size() == 1);
}

TEST_CASE("an empty text is no value: it is a fault, and not as if it were not there") {
  const std::string meter = "model = \"m\"\nprotocol = \"dlt645-2007\"\n";
  const std::string circuit = "[[circuit]]\nenergy = \"0001 0000\"\n";
  CHECK(parse_profile(meter + circuit, "m.toml").faults.empty());
  for (const auto* key : {"voltage", "frequency", "number"}) {
    const auto faults = parse_profile(meter + key + " = \"\"\n" + circuit, "m.toml").faults;
    REQUIRE(faults.size() == 1);
    CHECK(faults[0].find("m.toml:3: \"" + std::string(key) + "\" must be eight hex digits") == 0);
  }
  CHECK(parse_profile(meter + circuit + "power = \" \"\n", "m.toml").faults.size() == 1);
  CHECK(parse_profile(meter + circuit + "[parameters]\npower_limit = \"\"\n", "m.toml").faults.size() == 1);
  const auto refused = parse_profile("refused = \"\"\n" + right, "m.toml");
  REQUIRE_FALSE(refused.faults.empty());
  CHECK(refused.faults[0] == "m.toml:1: \"refused\" must say why nobody can write this profile yet");
}

TEST_CASE("what a maker's refusals mean, and how far its clocks may be away, a profile says") {
  const auto model_of = [](const std::string& edition, const std::string& lines) {
    const auto energy = edition == "2007" ? "0001 0000" : "9010";
    const auto loaded = parse_profile(
        "model = \"m\"\nprotocol = \"dlt645-" + edition + "\"\n" + lines + "[[circuit]]\nenergy = \"" + energy + "\"\n",
        "m.toml");
    for (const auto& fault : loaded.faults) UNSCOPED_INFO(fault);
    return loaded.faults.empty() ? std::optional(std::get<dlt645::Model>(loaded.profile.protocol)) : std::nullopt;
  };
  CHECK_FALSE(model_of("1997", "").value().refusals);
  const auto bits = model_of("1997", "refusals = [\"no_such_data\", \"other\", \"password\"]\n").value().refusals.value();
  CHECK(bits[0] == MeterErrc::no_such_data);
  CHECK(bits[1] == MeterErrc::refused);
  CHECK(bits[2] == MeterErrc::password);
  CHECK(bits[7] == MeterErrc::refused);
  CHECK_FALSE(model_of("1997", "refusals = []\n"));
  CHECK_FALSE(model_of("1997", "refusals = [\"secret\"]\n"));
  CHECK_FALSE(model_of("2007", "refusals = [" + std::string("\"other\", \"other\", \"other\", ") +
                                   "\"other\", \"other\", \"other\", " + "\"other\", \"other\", \"other\"]\n"));
  CHECK(model_of("2007", "[clock]\n").value().clock->within == minutes(5));
  CHECK(model_of("2007", "[clock]\nwithin = \"10m\"\n").value().clock->within == minutes(10));
  CHECK_FALSE(model_of("2007", "[clock]\nwithin = \"30s\"\n"));
  const auto water = parse_profile("model = \"m\"\nprotocol = \"cjt188\"\n[clock]\nwithin = \"1h\"\n", "m.toml");
  CHECK(std::get<cjt188::Model>(water.profile.protocol).clock->within == hours(1));
}

TEST_CASE("digits in registers, and the mark of what is not available, from a file") {
  const auto text = with("encoding = \"u32\", unit", "encoding = \"bcd32\", invalid = 0xffffffff, unit");
  const auto loaded = parse_profile(text, "m.toml");
  REQUIRE(loaded.faults.empty());
  const auto& energy = std::get<ModbusModel>(loaded.profile.protocol).circuits[0].energy;
  CHECK(energy.encoding == Encoding::bcd32);
  CHECK(energy.invalid == 0xffff'ffffu);
  CHECK(
      first_fault("encoding = \"i16\", unit", "encoding = \"i16\", invalid = 0x10000, unit").find("longer than its register") !=
      std::string::npos);
  CHECK(first_fault("encoding = \"i16\", unit", "encoding = \"i16\", invalid = -1, unit").find("invalid") != std::string::npos);
}

TEST_CASE("a profile says of how many phases its figures are, or does not") {
  CHECK(parse_profile(right, "m.toml").profile.phases == 0);
  CHECK(parse_profile("phases = 1\n" + right, "m.toml").profile.phases == 1);
  CHECK(parse_profile("phases = 3\n" + right, "m.toml").profile.phases == 3);
  for (const auto* wrong : {"0", "4", "\"one\""})
    CHECK(parse_profile(std::string("phases = ") + wrong + "\n" + right, "m.toml").faults.size() == 1);
  const auto water = std::string("model = \"m\"\nprotocol = \"cjt188\"\nphases = 1\n");
  CHECK(parse_profile(water, "m.toml").faults.at(0).find("unknown key \"phases\"") != std::string::npos);
}

TEST_CASE("steps of a register") {
  const auto step = [](Measure measure, std::string_view text) { return parse_step(measure, text).value_or(Scale{-1, -1}); };
  CHECK(step(Measure::energy, "Wh") == Scale{1, 1});
  CHECK(step(Measure::energy, "0.01 kWh") == Scale{10, 1});
  CHECK(step(Measure::energy, "0.0001kWh") == Scale{1, 10});
  CHECK(step(Measure::voltage, "0.1 V") == Scale{100, 1});
  CHECK(step(Measure::current, "10 mA") == Scale{10, 1});
  CHECK(step(Measure::power_factor, "0.001") == Scale{1, 1});
  CHECK(step(Measure::power_factor, "%") == Scale{10, 1});
  CHECK(step(Measure::energy, "999 MWh") == Scale{999'000'000, 1});
  CHECK(step(Measure::energy, "999999.999 kWh") == Scale{999'999'999, 1});
  for (const auto* wrong : {"1000 MWh", "1000000 kWh", "", "V", "0 Wh", "-1 Wh", "1. kWh", ".1 kWh", "1.2.3 kWh",
                            "9999999999 Wh", "999999999 MWh", "1 wh"}) {
    INFO(wrong);
    CHECK_FALSE(parse_step(Measure::energy, wrong));
  }
}

namespace {

const std::string purse_right = R"(
[purse]
kind = "purchase"
remaining = { register = 32, encoding = "u32", unit = "0.01 yuan" }
total = { register = 34, encoding = "u32", unit = "0.01 yuan" }
count = { register = 36 }
price = { register = 37, unit = "0.001 yuan" }
[purse.buy]
amount = { register = 40, encoding = "u32", unit = "0.01 yuan" }
count = { register = 42 }
)";

std::string purse_fault(const std::string& what, const std::string& in_its_place) {
  auto text = right + purse_right;
  const auto at = text.find(what, right.size());
  REQUIRE(at != std::string::npos);
  const auto loaded = parse_profile(text.replace(at, what.size(), in_its_place), "m.toml");
  return loaded.faults.empty() ? "none" : loaded.faults.front();
}

}  // namespace

TEST_CASE("a purse from its file, in money or energy as its unit says") {
  const auto loaded = parse_profile(right + purse_right, "m.toml");
  REQUIRE(loaded.faults.empty());
  const auto& purse = *std::get<ModbusModel>(loaded.profile.protocol).purse;
  CHECK(purse.form == PurseForm{PurseKind::purchase, PurseMeasure::money, seconds(5)});
  CHECK(purse.items.size() == 4);
  CHECK(purse.items.at(PurseItem::price).scale == Scale{1'000, 1});
  CHECK(purse.trades.at(PurseTrade::buy).count.address == 42);
  const auto prepaid = shipped_profile("generic-dlt645-2007-prepaid");
  REQUIRE(prepaid != nullptr);
  const auto& digits = *std::get<dlt645::Model>(prepaid->protocol).purse;
  CHECK(digits.form.measure == PurseMeasure::money);
  CHECK(digits.trades.at(PurseTrade::buy).di == 0x070102ff);
  CHECK(std::get<ModbusModel>(shipped_profile("generic-prepaid-meter")->protocol).purse->trades.size() == 2);
}

TEST_CASE("a wrong section about the purse is a fault of the profile that says what is wrong") {
  CHECK(purse_fault("kind = \"purchase\"", "").find("kind") != std::string::npos);
  CHECK(purse_fault("\"purchase\"", "\"card\"").find("kind") != std::string::npos);
  CHECK(purse_fault("remaining =", "remains =").find("remain") != std::string::npos);
  CHECK(purse_fault("unit = \"0.01 yuan\"", "unit = \"0.01 V\"").find("0.01 kWh") != std::string::npos);
  CHECK(purse_fault("unit = \"0.01 yuan\"", "unit = \"0.01 kWh\"").find("unit") != std::string::npos);  // the others say yuan
  CHECK(purse_fault("register = 36", "register = 70000").find("register") != std::string::npos);
  CHECK(purse_fault("count = { register = 42 }", "").find("count") != std::string::npos);
  CHECK(purse_fault("count = { register = 42 }", "count = { register = 43 }").find("follow each other") != std::string::npos);
  CHECK(purse_fault("[purse.buy]", "[purse.sell]").find("sell") != std::string::npos);
  CHECK(purse_fault("total =", "colour = 1\ntotal =").find("colour") != std::string::npos);
  CHECK(purse_fault("total = { register = 34, encoding = \"u32\", unit = \"0.01 yuan\" }", "").find("how often") !=
        std::string::npos);
}

TEST_CASE("a rollover beyond what the register can hold is refused with its line") {
  const auto fault = [](const std::string& encoding, const std::string& unit, std::int64_t rollover) {
    auto text = with("\"u32\", unit = \"0.01 kWh\"", '"' + encoding + "\", unit = \"" + unit + '"');
    const std::string said = "rollover_wh = 1000000";
    text.replace(text.find(said), said.size(), "rollover_wh = " + std::to_string(rollover));
    const auto loaded = parse_profile(text, "m.toml");
    return loaded.faults.empty() ? "none" : loaded.faults.front();
  };
  const auto holds = [&](const std::string& encoding, const std::string& unit, std::int64_t most) {
    CHECK(fault(encoding, unit, most) == "none");
    CHECK(fault(encoding, unit, most - 10) == "none");
    CHECK(fault(encoding, unit, most + 1) ==
          "m.toml:3: \"rollover_wh\" contradicts the rest: the energy register of circuit 1 "
          "begins again at " +
              std::to_string(most) + " Wh");
  };
  holds("u16", "0.01 kWh", 655'360);
  holds("i16", "Wh", 32'768);
  holds("u32", "0.01 kWh", 42'949'672'960);
  holds("u32", "0.1 Wh", 429'496'730);  // 429,496,729.6
  holds("i32", "Wh", 2'147'483'648);
  holds("bcd32", "0.01 kWh", 1'000'000'000);
  CHECK(fault("f32", "kWh", 1'000'000'000'000) == "none");
  CHECK(fault("f32", "kWh", 5) == "none");
  CHECK(fault("u32", "0.1 Wh", 5) == "none");
  const std::string no_multiple =
      "m.toml:3: \"rollover_wh\" contradicts the rest: the energy register of circuit 1 counts in steps of ";
  CHECK(fault("u32", "0.01 kWh", 5).starts_with(no_multiple + "10 Wh"));
  CHECK(fault("u32", "kWh", 1'000'500).starts_with(no_multiple + "1000 Wh"));
  for (const auto& [edition, energy] : {std::pair("2007", "0001 0000"), std::pair("1997", "9010")}) {
    const auto head = std::string("model = \"m\"\nprotocol = \"dlt645-") + edition + "\"\n";
    const auto circuit = std::string("[[circuit]]\nenergy = \"") + energy + "\"\n";
    CHECK(parse_profile(head + "rollover_wh = 1000000000\n" + circuit, "m.toml").faults.empty());
    const auto beyond = parse_profile(head + "rollover_wh = 1000000001\n" + circuit, "m.toml").faults;
    REQUIRE(beyond.size() == 1);
    CHECK(beyond.front().find("m.toml:3: \"rollover_wh\" contradicts the rest") == 0);
    const auto between = parse_profile(head + "rollover_wh = 999999995\n" + circuit, "m.toml").faults;
    REQUIRE(between.size() == 1);
    CHECK(between.front().find("counts in steps of 10 Wh") != std::string::npos);
  }
}

TEST_CASE("two values of one circuit in one register are refused, relays in bits of one are not") {
  CHECK(first_fault("register = 2,", "register = 1,") ==
        "m.toml:9: [circuit] \"power\" contradicts the rest: is read from the register of energy");
  CHECK(first_fault("register = 3, bit = 2", "register = 2, bit = 2").find("\"relay\" contradicts the rest: is read from") !=
        std::string::npos);
  CHECK(first_fault("[[block]]", "[voltage]\nregister = 2\nunit = \"0.1 V\"\n[[block]]") ==
        "m.toml:12: [circuit] \"power\" contradicts the rest: is read from the register of voltage");
  CHECK(first_fault("[[block]]",
                    "[[block]]\nsource = \"input\"\nstart = 2\ncount = 1\n[voltage]\nsource = \"input\"\n"
                    "register = 2\nunit = \"0.1 V\"\n[[block]]") == "none");
  const std::string second = R"([[circuit]]
energy = { register = 4, encoding = "u32", unit = "0.01 kWh" }
power = { register = 6, encoding = "i16", unit = "W" }
relay = { register = 3, bit = 3 }
)";
  auto two = with("count = 4", "count = 7") + second;
  CHECK(parse_profile(two, "m.toml").faults.empty());
  two.replace(two.find("register = 6"), 12, "register = 5");
  CHECK(parse_profile(two, "m.toml").faults.front() ==
        "m.toml:14: [circuit] \"power\" of the circuit 2 contradicts the rest: is read from the register of energy");
}

namespace {

/// The first fault of a circuit of DL/T 645 with these lines, from the fifth on.
std::string dlt645_fault(const std::string& edition, const std::string& lines) {
  const auto loaded = parse_profile("model = \"m\"\nprotocol = \"dlt645-" + edition + "\"\nvoltage = \"" +
                                        (edition == "2007" ? "0201 0100" : "B611") + "\"\n[[circuit]]\n" + lines,
                                    "m.toml");
  return loaded.faults.empty() ? "none" : loaded.faults.front();
}

}  // namespace

TEST_CASE("registers of settlement days and blocks of them are no energy") {
  const auto refused = [](const std::string& edition, const std::string& lines, const std::string& why) {
    INFO(lines);
    CHECK(dlt645_fault(edition, lines).find("contradicts the rest: " + why) != std::string::npos);
  };
  CHECK(dlt645_fault("2007", "energy = \"0001 0001\"\n")
            .find("m.toml:5: [circuit] \"energy\" contradicts the rest: 0001 0001 is ") == 0);
  refused("2007", "energy = \"0001 000C\"\n", "0001 000C is the register of a settlement day");
  refused("2007", "energy = \"0001 FF00\"\n", "0001 FF00 is a block");
  refused("2007", "energy = \"0001 0000\"\nreactive_energy = \"0003 0001\"\n", "0003 0001 is the register of a settlement day");
  refused("1997", "energy = \"9410\"\n", "9410 is the register of a settlement day");
  refused("1997", "energy = \"9810\"\n", "9810 is the register of a settlement day");
  refused("1997", "energy = \"901F\"\n", "901F is a block");
  for (const auto* right_one : {"0001 0000", "0000 0000", "0002 0000", "0001 0100"})
    CHECK(dlt645_fault("2007", std::string("energy = \"") + right_one + "\"\n") == "none");
  for (const auto* right_one : {"9010", "9020", "9011"})
    CHECK(dlt645_fault("1997", std::string("energy = \"") + right_one + "\"\n") == "none");
}

TEST_CASE("a phase is read by its own identifier, and no two values by the same") {
  const auto with_2007 = [](const std::string& line) { return dlt645_fault("2007", "energy = \"0001 0000\"\n" + line); };
  CHECK(with_2007("voltage_b = \"0201 0100\"\n") ==
        "m.toml:6: [circuit] \"voltage_b\" contradicts the rest: 0201 0100 is of phase A");
  CHECK(with_2007("voltage_b = \"0201 0300\"\n").find("0201 0300 is of phase C") != std::string::npos);
  CHECK(with_2007("voltage_c = \"0201 0200\"\n").find("0201 0200 is of phase B") != std::string::npos);
  CHECK(with_2007("current_a = \"0202 0200\"\n").find("0202 0200 is of phase B") != std::string::npos);
  CHECK(with_2007("current_b = \"0202 0100\"\n").find("0202 0100 is of phase A") != std::string::npos);
  CHECK(with_2007("current_c = \"0202 FF00\"\n").find("0202 FF00 is of phase A") != std::string::npos);  // the first is taken
  CHECK(with_2007("voltage_b = \"0201 0200\"\nvoltage_c = \"0201 0300\"\ncurrent = \"0202 0100\"\n"
                  "current_b = \"0202 0200\"\ncurrent_c = \"0202 0300\"\n") == "none");
  CHECK(with_2007("current = \"0202 0200\"\ncurrent_b = \"0202 0200\"\n") ==
        "m.toml:7: [circuit] \"current_b\" contradicts the rest: 0202 0200 is that of current too");
  const auto with_1997 = [](const std::string& line) { return dlt645_fault("1997", "energy = \"9010\"\n" + line); };
  CHECK(with_1997("voltage_b = \"B613\"\n").find("B613 is of phase C") != std::string::npos);
  CHECK(with_1997("current_c = \"B622\"\n").find("B622 is of phase B") != std::string::npos);
  CHECK(with_1997("voltage_b = \"B612\"\nvoltage_c = \"B613\"\ncurrent_b = \"B622\"\n") == "none");
}

TEST_CASE("what has the unit of a value and is something else is no value") {
  const auto refused = [](const std::string& line, const std::string& what) {
    INFO(line);
    const auto fault = dlt645_fault("2007", (line.starts_with("energy") ? "" : "energy = \"0001 0000\"\n") + line + '\n');
    CHECK(fault.find("an identifier means something else, " + what) != std::string::npos);
  };
  refused("energy = \"0090 0100\"", "remaining_energy");
  refused("energy = \"000B 0000\"", "energy_this_period");
  refused("energy = \"0332 0601\"", "energy_bought_total");
  refused("power = \"0400 0E01\"", "forward_power_limit");
  refused("power = \"0280 0004\"", "present_demand");
  refused("voltage_b = \"0400 0E03\"", "upper_voltage_limit");
  refused("power_factor = \"0400 0204\"", "tariffs");
  refused("remaining_money = \"0400 1001\"", "alarm_money_1");
  refused("remaining_money = \"0333 0301\"", "money_bought");
  refused("remaining_money = \"0090 0201\"", "overdrawn_money");
  refused("remaining_energy = \"0001 0000\"", "forward_energy");
  CHECK(dlt645_fault("1997", "energy = \"9010\"\npower = \"A010\"\n").find("forward_demand") != std::string::npos);
  for (const auto* line : {"power = \"0203 0100\"", "power = \"0280 0003\"", "current = \"0280 0001\"",
                           "remaining_energy = \"0090 0100\"\noverdrawn_energy = \"0090 0101\""})
    CHECK(dlt645_fault("2007", std::string("energy = \"0001 0000\"\n") + line + '\n') == "none");
}

TEST_CASE("tariffs and phases that no meter has are refused") {
  const auto fault = [](const std::string& line) { return dlt645_fault("2007", line + '\n'); };
  CHECK(fault("energy = \"0001 4000\"") ==
        "m.toml:5: [circuit] \"energy\" contradicts the rest: 0001 4000 is of a tariff or phase that there is not");
  CHECK(fault("energy = \"0001 3F00\"") == "none");
  CHECK(fault("energy = \"0001 0000\"\npower = \"0203 0400\"").find("that there is not") != std::string::npos);
  CHECK(fault("energy = \"0001 0000\"\ncurrent = \"0202 0000\"").find("that there is not") != std::string::npos);
  CHECK(fault("energy = \"0001 0000\"\ncurrent = \"0202 FF00\"") == "none");
}

TEST_CASE("what is written over Modbus lies in no register that is read, and no two settings in one") {
  const auto fault = [](const std::string& more) {
    const auto faults = parse_profile(right + more, "m.toml").faults;
    return faults.empty() ? std::string("none") : faults.front();
  };
  const std::string limit = "[parameters]\npower_limit = { register = 20, encoding = \"u32\", unit = \"W\" }\n";
  CHECK(fault(limit) == "none");
  CHECK(fault("[parameters]\npower_limit = { register = 1, unit = \"W\" }\n") ==
        "m.toml:13: [parameters] \"power_limit\" contradicts the rest: lies in the register of energy");
  CHECK(fault(limit + "trip_delay = { register = 21, unit = \"s\" }\n") ==
        "m.toml:14: [parameters] \"trip_delay\" contradicts the rest: lies in the register of power_limit");
  CHECK(fault(limit + "trip_delay = { register = 22, unit = \"s\" }\n") == "none");
  CHECK(fault("[parameters]\nkeep_power = { register = 3 }\n").find("lies in the register of relay") != std::string::npos);
  CHECK(fault("[parameters]\npower_limit = { register = 40, unit = \"W\" }\n" + purse_right).find("of the purse") !=
        std::string::npos);
  CHECK(first_fault("register = 9,", "register = 0,") ==
        "m.toml:11: [circuit] \"command\" contradicts the rest: writes the register of energy");
  CHECK(first_fault("register = 9,", "register = 3,") == "none");  // where it is read
  CHECK(first_fault("\"registers\", register = 9, close = 85, open = 170", "\"coil\", register = 0") == "none");
  CHECK(fault("[parameters]\npower_limit = { register = 9, unit = \"W\" }\n").find("writes the register of power_limit") !=
        std::string::npos);
}

TEST_CASE("two relays of one unit have a command each") {
  const std::string second = R"([[circuit]]
energy = { register = 4, encoding = "u32", unit = "0.01 kWh" }
relay = { register = 3, bit = 3 }
command = { write = "registers", register = 9, close = 85, open = 170 }
)";
  const auto fault = [](const std::string& text) {
    const auto faults = parse_profile(text, "m.toml").faults;
    return faults.empty() ? std::string("none") : faults.front();
  };
  const auto two = with("count = 4", "count = 7") + second;
  CHECK(fault(two).find("\"command\" of the circuit 2 contradicts the rest: two relays have the same command") !=
        std::string::npos);
  auto apart = two;
  apart.replace(apart.rfind("close = 85"), 10, "close = 86");
  CHECK(fault(apart) == "none");
}
