#include "shared/meter/dlt645_load.hpp"

#include <catch2/catch.hpp>

#include "shared/meter/dlt645_describe.hpp"
#include "shared/meter/dlt645_history.hpp"
#include "shared/meter/history.hpp"
#include "shared/meter/parts.hpp"
#include "tests/unit/shared/meter/described.hpp"

namespace wattle::dlt645_load_test {

using namespace wattle::dlt645;

namespace {

/// Of the energies alone, as firmwares send it: 9,876.54 kWh forward, no reverse, no reactive.
const std::string energies =
    "A0A01B"
    "3008230926"
    "AAAAAA"
    "5476980000000000FFFFFFFFFFFFFFFF"
    "AAAAAA"
    "55"
    "E5";

Bytes sound(Bytes bytes) {
  std::uint8_t sum = 0;
  for (std::size_t i = 0; i + 2 < bytes.size(); ++i) sum = static_cast<std::uint8_t>(sum + bytes[i]);
  bytes[bytes.size() - 2] = sum;
  return bytes;
}

LoadRecord whole_record() {
  LoadRecord record{.at = {2026, 9, 23, 8, 30, 0}};
  record.groups = {from_hex("0123"
                            "FFFF"
                            "FFFF"
                            "345681"
                            "FFFFFF"
                            "FFFFFF"
                            "0050"),
                   from_hex("785681"
                            "FFFFFF"
                            "FFFFFF"
                            "FFFFFF"
                            "210000"
                            "FFFFFF"
                            "FFFFFF"
                            "FFFFFF"),
                   from_hex("9909"
                            "FFFF"
                            "FFFF"
                            "FFFF"),
                   from_hex("54769800"
                            "00000000"
                            "10000000"
                            "00000000"),
                   from_hex("01000000"
                            "02000000"
                            "03000000"
                            "04000000"),
                   from_hex("001200"
                            "FFFFFF")};
  return record;
}

Error fault_of(const Bytes& bytes) { return decode_load_records(bytes).error; }

}  // namespace

TEST_CASE("a load record of the energies is its time and its registers") {
  const auto bytes = sound(from_hex(energies));
  const auto read = decode_load_records(bytes);
  REQUIRE_FALSE(read.error);
  REQUIRE(read.records.size() == 1);
  CHECK(read.taken == bytes.size());
  const auto& record = read.records[0];
  CHECK(record.at == LocalTime{2026, 9, 23, 8, 30, 0});
  CHECK_FALSE(record.is_wrong);
  CHECK(*load_value(record, di::forward_energy) == Measured{987'654, 1, Unit::watt_hour});
  CHECK(load_value(record, 0x00030000).error() == MeterErrc::value);
  CHECK(load_value(record, di::voltage_a).error() == MeterErrc::no_such_data);
  CHECK(encode_load_record(record) == bytes);
  CHECK(bytes.size() == load_record_size(0x06040001));
}

TEST_CASE("a whole record has six groups, and what a meter has no phase for is not told") {
  const auto bytes = encode_load_record(whole_record());
  CHECK(bytes.size() == load_record_size(0x06000001));
  CHECK(bytes.size() == load_record_most);
  const auto read = decode_load_records(bytes);
  REQUIRE(read.records.size() == 1);
  CHECK(read.records[0] == whole_record());
  const auto one = load_reading(read.records[0], usual_rollover, 1);
  CHECK(one.energy == Quantity{9'876'540});
  CHECK(one.power == Power{-1'568});  // 1.5678 kW backwards
  CHECK(one.voltage_mv == 230'100);
  CHECK(one.current_ma == -15'634);
  CHECK(one.further.get(FurtherKind::power_factor) == 999);
  CHECK(one.further.get(FurtherKind::frequency) == 50'000);
  CHECK(one.further.get(FurtherKind::reactive_power) == 2);
  CHECK(one.further.get(FurtherKind::reactive_energy) == 100);
  CHECK_FALSE(one.further.has(FurtherKind::voltage_b));
}

TEST_CASE("of three phases the current is their sum, and only where all three are told") {
  auto record = whole_record();
  record.groups[0] = from_hex(
      "0123"
      "1123"
      "2123"
      "001000"
      "002000"
      "003000"
      "0050");
  const auto all = load_reading(record, usual_rollover, 3);
  CHECK(all.current_ma == 6'000);
  CHECK(all.further.get(FurtherKind::current_b) == 2'000);
  CHECK(all.further.get(FurtherKind::voltage_c) == 232'100);
  record.groups[0] = from_hex(
      "0123"
      "1123"
      "2123"
      "001000"
      "002000"
      "FFFFFF"
      "0050");
  CHECK_FALSE(load_reading(record, usual_rollover, 3).current_ma);
  // One of a single phase may show its power there alone.
  record.groups[1] = from_hex(
      "FFFFFF"
      "001000"
      "FFFFFF"
      "FFFFFF"
      "FFFFFF"
      "FFFFFF"
      "FFFFFF"
      "FFFFFF");
  CHECK(load_reading(record, usual_rollover, 1).power == Power{100});
  CHECK_FALSE(load_reading(record, usual_rollover, 3).power);
  // A register beyond its end is none.
  CHECK_FALSE(load_reading(record, {9'876'540}, 1).energy);
}

TEST_CASE("several records stand behind each other, and one that breaks off leaves those before it") {
  const auto one = sound(from_hex(energies));
  auto two = one;
  Writer(two).raw(encode_load_record(whole_record()));
  const auto both = decode_load_records(two);
  CHECK_FALSE(both.error);
  CHECK(both.records.size() == 2);
  for (std::size_t size = one.size() + 1; size < two.size(); ++size) {
    const auto cut = decode_load_records(Bytes(two.begin(), two.begin() + static_cast<std::ptrdiff_t>(size)));
    CHECK(cut.error == MeterErrc::length);
    CHECK(cut.records.size() == 1);
    CHECK(cut.taken == one.size());
  }
  CHECK_FALSE(fault_of({}));
  CHECK(decode_load_records({}).records.empty());
}

TEST_CASE("what a meter holds for wrong is told as that") {
  auto record = whole_record();
  record.is_wrong = true;
  const auto bytes = encode_load_record(record);
  CHECK(bytes[0] == 0xe0);
  const auto read = decode_load_records(bytes);
  REQUIRE(read.records.size() == 1);
  CHECK(read.records[0].is_wrong);
  CHECK(load_reading(read.records[0], usual_rollover, 1).is_wrong);
}

TEST_CASE("a record that breaks the layout anywhere is none") {
  const auto right = sound(from_hex(energies));
  REQUIRE_FALSE(fault_of(right));
  const auto with = [&](std::size_t at, std::uint8_t byte) {
    auto bytes = right;
    bytes[at] = byte;
    return sound(bytes);
  };
  CHECK(fault_of(with(0, 0xa1)) == MeterErrc::data);
  CHECK(fault_of(with(1, 0xe0)) == MeterErrc::data);  // neither the one nor the other
  CHECK(fault_of(with(2, 0x0a)) == MeterErrc::data);  // too short for its marks
  CHECK(fault_of(with(2, 0x63)) == MeterErrc::data);  // longer than all groups
  CHECK(fault_of(with(2, 0x1a)) == MeterErrc::data);
  CHECK(fault_of(with(2, 0x1c)) == MeterErrc::length);
  CHECK(fault_of(with(4, 0x24)) == MeterErrc::data);   // no hour
  CHECK(fault_of(with(5, 0x3a)) == MeterErrc::data);   // no digits
  CHECK(fault_of(with(6, 0x13)) == MeterErrc::data);   // no month
  CHECK(fault_of(with(8, 0x00)) == MeterErrc::data);   // a group that is not there
  CHECK(fault_of(with(11, 0x5a)) == MeterErrc::data);  // a register that is no number
  CHECK(fault_of(with(27, 0x00)) == MeterErrc::data);  // its end mark
  CHECK(fault_of(with(29, 0x00)) == MeterErrc::data);
  CHECK(fault_of(with(31, 0xe4)) == MeterErrc::data);
  CHECK(fault_of(sound(from_hex("A1A1" + energies.substr(4)))) == MeterErrc::data);
  CHECK(fault_of(sound(from_hex("A0A004"
                                "30082309"
                                "00"
                                "E5"))) == MeterErrc::data);  // shorter than its time
  CHECK(fault_of(sound(from_hex("A0A01C" + energies.substr(6, energies.size() - 10) +
                                "AA"
                                "00"
                                "E5"))) == MeterErrc::data);
  auto wrong_sum = right;
  ++wrong_sum[30];
  CHECK(fault_of(wrong_sum) == MeterErrc::data);
}

TEST_CASE("records are asked for by number and time, not more than a frame holds") {
  const auto at = parse_address("4711").value();
  const auto request = load_records_read({.records = 0x06040001, .minutes = 15, .blocks = 6}, at, {2026, 9, 23, 8, 15, 0});
  CHECK(request.di == 0x06040001);
  CHECK(to_hex(request.payload) == "061508230926");
  CHECK(request.needs == 192);
  CHECK(is_valid(request));
  const auto frame = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
  CHECK(frame.control == 0x11);
  CHECK(frame.data.size() == 10);
  CHECK(load_records_read({.records = 0x06000001, .blocks = 1}, at, {}).needs == load_record_most);
  CHECK(load_records_read({.records = 0x06000001, .blocks = 6}, at, {}).needs == 196);
}

TEST_CASE("what a profile may say of load records") {
  const ModelLoad right{.records = 0x06000001, .minutes = 60, .blocks = 1};
  const auto wrong = [&](auto change) {
    auto load = right;
    change(load);
    return contradiction_of_load(load);
  };
  CHECK(contradiction_of_load(right).empty());
  CHECK(wrong([](ModelLoad& load) { load.records = 0x06040001; }).empty());
  CHECK(wrong([](ModelLoad& load) { load.records = 0x06a00001; }).empty());  // a maker's own
  CHECK(wrong([](ModelLoad& load) { load.records = 0x06000000; }).find("given time") != std::string::npos);
  CHECK(wrong([](ModelLoad& load) { load.records = 0x06010001; }).find("register") != std::string::npos);
  CHECK(wrong([](ModelLoad& load) { load.records = di::forward_energy; }).find("given time") != std::string::npos);
  for (const auto none : std::array<std::uint8_t, 4>{0, 7, 45, 90})
    CHECK(wrong([&](ModelLoad& load) { load.minutes = none; }).find("whole part of an hour") != std::string::npos);
  for (const auto none : std::array<std::uint8_t, 2>{0, 7})
    CHECK(wrong([&](ModelLoad& load) { load.blocks = none; }).find("one to six") != std::string::npos);

  auto profile = generic_dlt645_meter(Edition::v2007);
  auto& model = std::get<Model>(profile.protocol);
  model.history = {.freezes = {}, .events = {}, .load = right};
  CHECK(contradiction(profile).empty());
  CHECK_FALSE(model.history.empty());
  REQUIRE(history_of(profile) != nullptr);
  model.circuits[0].energy = di::combined_energy;
  CHECK(contradiction(profile).find("load records are of forward energy") != std::string::npos);
  auto old = generic_dlt645_meter(Edition::v1997);
  std::get<Model>(old.protocol).history.load = right;
  CHECK(contradiction(old).find("1997") != std::string::npos);
}

TEST_CASE("a frame with load records names every field in units") {
  auto data = from_hex("01000006");
  Writer(data).raw(encode_load_record(whole_record()));
  const Frame frame{parse_address("4711").value(), 0x91, data};
  const auto described = describe(Edition::v2007, frame);
  CHECK_FALSE(described.error);
  const auto shows = [&](const std::string& name) { return test::shown(described.fields, name); };
  CHECK(shows("item") == "load_records");
  CHECK(shows("record_1.at") == "2026-09-23 08:30");
  CHECK(shows("record_1.held_wrong") == "no");
  CHECK(shows("record_1.voltage.a") == "230.1 V");
  CHECK(shows("record_1.voltage.b") == "not available");
  CHECK(shows("record_1.current.a") == "-15.634 A");
  CHECK(shows("record_1.frequency") == "50.00 Hz");
  CHECK(shows("record_1.power.total") == "-1567.8 W");
  CHECK(shows("record_1.power_factor.total") == "0.999");
  CHECK(shows("record_1.forward_energy.total") == "9876540 Wh");
  CHECK(shows("record_1.reactive_quadrant_4.total") == "40 varh");
  CHECK(shows("record_1.present_demand") == "120.0 W");
  auto broken = frame;
  ++broken.data[40];
  CHECK(describe(Edition::v2007, broken).error == MeterErrc::data);
  broken.control = 0xb1;  // a beginning, which may be cut anywhere
  CHECK_FALSE(describe(Edition::v2007, broken).error);
  const Frame asked{frame.address, 0x11,
                    from_hex("01000006"
                             "061508230926")};
  const auto question = describe(Edition::v2007, asked);
  CHECK(test::shown(question.fields, "item") == "load_records");
  CHECK(test::shown(question.fields, "blocks") == "6");
}

}  // namespace wattle::dlt645_load_test
