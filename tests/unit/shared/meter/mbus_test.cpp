#include "shared/meter/mbus_meter.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "tests/unit/shared/meter/described.hpp"

namespace wattle::mbus_test {

using namespace wattle::mbus;
using wattle::test::hex;
using wattle::test::shown;

namespace {

const Bytes water = hex("68 1B 1B 68 08 01 72 07 20 18 00 E6 1E 35 07 4C 00 00 00 0C 78 07 20 18 00 0C 16 69 02 00 00 96 16");

Frame frame_of(ByteView bytes) { return std::get<Found>(find_frame(bytes, Wire::quiet)).frame; }

std::optional<Bad> bad(const Request& request, ByteView heard, Wire wire = Wire::quiet) {
  const auto outcome = decode_answer(request, heard, wire);
  const auto* why = std::get_if<Bad>(&outcome);
  return why == nullptr ? std::nullopt : std::optional(*why);
}

SecondaryAddress secondary(const char* id) {
  auto address = parse_secondary(id).value();
  address.manufacturer = 0x1ee6;
  address.version = 0x35;
  address.medium = 0x07;
  return address;
}

struct Bench {
  MeterImage image;
  Bench() {
    image.primary = 5;
    image.header.own = secondary("18200726");
    image.telegrams[0].clear();
    put_record(image.telegrams[0], RecordShape::digits, 0x13, 12'565);
    put_record(image.telegrams[0], RecordShape::integer, 0x3b, -7);
  }
  Outcome<Answer> ask(const Request& request) {
    return decode_answer(request, answer(frame_of(encode_request(request)), image), Wire::quiet);
  }
  bool acknowledges(const Request& request) {
    const auto outcome = ask(request);
    const auto* got = std::get_if<Answer>(&outcome);
    return got != nullptr && !got->has_data;
  }
  Data data(const Request& request) {
    const auto outcome = ask(request);
    REQUIRE(std::holds_alternative<Answer>(outcome));
    REQUIRE(std::get<Answer>(outcome).ci == ci_variable);
    return decode_variable(std::get<Answer>(outcome).data).value();
  }
  std::int64_t litres(const Request& request) { return scaled(present(data(request), Unit::cubic_metre).value(), -3).value(); }
};

}  // namespace

TEST_CASE("M-Bus: whatever is encoded is found again, behind any noise") {
  CHECK(rc::check(
      "mbus frames", [](std::uint8_t control, std::uint8_t address, std::uint8_t ci, Bytes data, Bytes noise, bool brief) {
        data.resize(brief ? 0 : std::min(data.size(), max_data));
        const Frame frame{brief ? FrameKind::brief : FrameKind::full, control, address, brief ? std::uint8_t{0} : ci, data};
        const auto encoded = encode(frame);
        Bytes heard = noise;
        heard.insert(heard.end(), encoded.begin(), encoded.end());
        auto rest = ByteView(heard);
        for (;;) {
          const auto outcome = find_frame(rest, Wire::quiet);
          RC_ASSERT(std::holds_alternative<Found>(outcome));
          const auto& found = std::get<Found>(outcome);
          if (found.frame == frame) break;
          rest = rest.subspan(found.offset + 1);
        }
      }));
}

TEST_CASE("M-Bus: records go to the wire and back") {
  CHECK(rc::check("records", [] {
    const auto value = *rc::gen::inRange<std::int64_t>(-99'999'999, 100'000'000);
    const auto storage = *rc::gen::inRange<std::uint64_t>(0, std::uint64_t{1} << 41);
    const auto tariff = *rc::gen::inRange<std::uint32_t>(0, 1u << 20);
    const auto code = *rc::gen::inRange<std::uint8_t>(0x10, 0x18);
    const auto function = static_cast<RecordFunction>(*rc::gen::inRange(0, 4));
    const auto shape = value < 0 || *rc::gen::arbitrary<bool>() ? RecordShape::integer : RecordShape::digits;
    auto bytes = encode_header({secondary("12345678"), 1, 2, 3});
    RC_ASSERT(put_record(bytes, shape, code, value, storage, tariff, function));
    const auto data = decode_variable(bytes).value();
    RC_ASSERT(!data.error);
    RC_ASSERT(data.records.size() == 1u);
    const auto& record = data.records[0];
    RC_ASSERT(record.storage == storage);
    RC_ASSERT(record.tariff == tariff);
    RC_ASSERT(record.function == function);
    RC_ASSERT(std::get<Measured>(record.value) == (Measured{value, code - 0x10 - 6, Unit::cubic_metre}));
  }));
  Bytes out;
  CHECK_FALSE(put_record(out, RecordShape::digits, 0x13, 100'000'000));
  CHECK_FALSE(put_record(out, RecordShape::digits, 0x13, -1));
  CHECK_FALSE(put_record(out, RecordShape::integer, 0x13, INT32_MIN));
  CHECK(out.empty());
}

TEST_CASE("M-Bus: any data end in records or an error within them") {
  CHECK(rc::check("any records", [](Bytes bytes) {
    auto data = encode_header({});
    data.insert(data.end(), bytes.begin(), bytes.end());
    const auto decoded = decode_variable(data).value();
    RC_ASSERT(decoded.records.size() <= bytes.size());
    RC_ASSERT(!decoded.error || (decoded.offset >= header_size && decoded.offset <= data.size()));
  }));
}

TEST_CASE("M-Bus: values of every kind") {
  const auto first = [](const char* record) {
    auto bytes = encode_header({});
    const auto tail = hex(record);
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    const auto data = decode_variable(bytes).value();
    CHECK_FALSE(data.error);
    REQUIRE(data.records.size() == 1);
    return data.records[0].name + " = " + to_text(data.records[0].value);
  };
  CHECK(first("01 13 FF") == "volume = -0.001 m³");
  CHECK(first("04 15 B7 11 00 00") == "volume = 453.5 m³");
  CHECK(first("07 06 01 00 00 00 00 00 00 00") == "energy = 1000 Wh");
  CHECK(first("09 13 F5") == "volume = -0.005 m³");
  CHECK(first("0A 13 EE EE") == "volume = not available");
  CHECK(first("02 13 00 80") == "volume = not available");
  CHECK(first("05 13 00 00 C0 3F") == "volume = 0.0015 m³");
  CHECK(first("05 13 00 00 80 7F") == "volume = not available");
  CHECK(first("05 13 00 00 00 80") == "volume = 0.000 m³");
  CHECK(first("00 13") == "volume = not available");
  CHECK(first("02 FD 48 FC 08") == "voltage = 230.0 V");
  CHECK(first("02 FD 59 10 00") == "current = 0.016 A");
  CHECK(first("04 FB 00 05 00 00 00") == "energy = 500000 Wh");
  CHECK(first("02 FB 2D 88 13") == "frequency = 50.00 Hz");
  CHECK(first("04 FB 02 05 00 00 00") == "reactive_energy = 5000 varh");
  CHECK(first("04 FB 15 05 00 00 00") == "reactive_power = 50 var");
  CHECK(first("04 FB 34 E6 00 00 00") == "apparent_power = 230 VA");
  CHECK(first("04 33 05 00 00 00") == "power = 5000 J/h");
  CHECK(first("02 47 05 00") == "volume_flow = 5 m³/min");
  CHECK(first("02 48 05 00") == "volume_flow = 0.000000005 m³/s");
  CHECK(first("02 FD 74 E8 03") == "battery_left = 1000 d");
  CHECK(first("04 FB 60 05 00 00 00") == "vif_fb_60 = 5");
  CHECK(first("04 93 75 0A 00 00 00") == "volume = 0.0010 m³");  // a factor of 0.1
  CHECK(first("04 93 7D 0A 00 00 00") == "volume = 10 m³");      // a factor of 1000
  CHECK(first("04 93 3B 0A 00 00 00") == "volume.positive_only = 0.010 m³");
  CHECK(first("04 93 44 0A 00 00 00") == "volume.vife_44 = 0.010 m³");
  CHECK(first("0D 78 C4 78 56 34 12") == "fabrication_number = 12345678");
  CHECK(first("0D 13 D2 05 00") == "volume = -0.005 m³");
  CHECK(first("0D 13 E2 05 00") == "volume = 0.005 m³");
  CHECK(first("06 6D 1E 0A 0C CD 13 00") == "date_time = 2014-03-13 12:10:30");
  CHECK(first("02 6C FF FF") == "date = not available");
  CHECK(first("2F 2F 01 13 02") == "volume = 0.002 m³");
}

TEST_CASE("M-Bus: the present register is the one without any attribute") {
  const auto volume = [](const char* records) {
    auto bytes = encode_header({});
    const auto tail = hex(records);
    bytes.insert(bytes.end(), tail.begin(), tail.end());
    return present(decode_variable(bytes).value(), Unit::cubic_metre);
  };
  const auto litres = [&](const char* records) { return scaled(volume(records).value(), -3).value(); };
  CHECK(litres("44 13 07 00 00 00 04 13 05 00 00 00") == 5);     // behind the stored one
  CHECK(litres("14 13 07 00 00 00 04 13 05 00 00 00") == 5);     // behind a maximum
  CHECK(litres("84 10 13 07 00 00 00 04 13 05 00 00 00") == 5);  // behind a tariff's
  CHECK(litres("04 93 3C 07 00 00 00 04 13 05 00 00 00") == 5);  // behind a modified one
  CHECK(volume("04 06 07 00 00 00").error() == MeterErrc::no_such_data);
  CHECK(volume("0C 13 EE EE EE EE").error() == MeterErrc::value);
  CHECK(volume("04 13 05 00 00 00 04 13").error() == MeterErrc::data);
}

TEST_CASE("M-Bus: why there is no answer") {
  const auto asked = mbus::read(1, false);
  CHECK(bad(asked, {})->error == MeterErrc::silence);
  CHECK(bad(asked, encode_request(asked))->error == MeterErrc::direction);
  CHECK(bad(mbus::read(2, false), water)->error == MeterErrc::wrong_address);
  CHECK(bad(mbus::read(2, false), water)->offset == 5);
  CHECK(bad(asked, from_hex("e5"))->error == MeterErrc::wrong_function);
  CHECK(bad(reset_link(1), water)->error == MeterErrc::wrong_function);
  CHECK_FALSE(bad(mbus::read(everyone, false), water));
  auto broken = water;
  broken[20] ^= 1;
  CHECK(bad(asked, broken)->error == MeterErrc::checksum);
  CHECK(bad(asked, broken)->offset == 31);
  broken = water;
  broken[2] = 0x1c;
  CHECK(bad(asked, broken)->error == MeterErrc::length);
  broken = water;
  broken.back() = 0;
  CHECK(bad(asked, broken)->error == MeterErrc::end_mark);
  for (std::size_t n = 0; n < water.size(); ++n) {
    CHECK(std::holds_alternative<NeedMore>(decode_answer(asked, ByteView(water).first(n), Wire::open)));
  }
  CHECK_FALSE(bad(asked, water, Wire::open));
}

TEST_CASE("M-Bus: E5H within a frame that is under way is no acknowledgement") {
  const auto long_one = encode({FrameKind::full, response, 1, ci_variable, Bytes(20, 0xe5)});
  for (std::size_t n = 1; n < long_one.size(); ++n) {
    CHECK(std::holds_alternative<NeedMore>(find_frame(ByteView(long_one).first(n), Wire::open)));
  }
  CHECK(std::get<Found>(find_frame(long_one, Wire::open)).frame.data.size() == 20);
}

TEST_CASE("M-Bus: addresses with wildcards") {
  const auto own = secondary("18200726");
  CHECK(id_text(own) == "18200726");
  CHECK(manufacturer_text(own.manufacturer) == "GWF");
  CHECK(matches(parse_secondary("FFFFFFFF").value(), own));
  CHECK(matches(parse_secondary("182F07FF").value(), own));
  CHECK_FALSE(matches(parse_secondary("282F07FF").value(), own));
  auto other = own;
  other.medium = 6;
  CHECK_FALSE(matches(other, own));
  for (const auto* wrong : {"", "1820072", "182007261", "1820072A", "1820072 "}) CHECK(parse_secondary(wrong).has_error());
  CHECK(encode_request(select(own, true)) == hex("68 0B 0B 68 73 FD 52 26 07 20 18 E6 1E 35 07 67 16"));
  CHECK(encode_request(mbus::read(selected, false)) == hex("10 5B FD 58 16"));
}

TEST_CASE("M-Bus: a meter by its primary and its secondary address") {
  Bench bench;
  CHECK(bench.acknowledges(reset_link(5)));
  CHECK(bench.litres(mbus::read(5, false)) == 12'565);
  CHECK(bench.ask(mbus::read(6, false)).index() == 2);
  CHECK(bench.ask(mbus::read(selected, false)).index() == 2);
  CHECK(bench.ask(select(secondary("18200727"), false)).index() == 2);
  CHECK(bench.acknowledges(select(secondary("182007FF"), false)));
  CHECK(bench.litres(mbus::read(selected, false)) == 12'565);
  CHECK(bench.ask(select(secondary("11111111"), false)).index() == 2);
  CHECK(bench.ask(mbus::read(selected, false)).index() == 2);  // whoever is not meant lets go
  CHECK(bench.acknowledges(set_primary(5, 77, false)));
  CHECK(bench.image.primary == 77);
  CHECK(bench.acknowledges(change_rate(77, 9600, true)));
  CHECK(bench.image.baud == 9600);
  CHECK(bench.acknowledges(read_alarm(77, true)));
  CHECK(bench.acknowledges(reset_application(77, true)));
  CHECK(answer(frame_of(encode_request(reset_link(silent_everyone))), bench.image).empty());
}

TEST_CASE("M-Bus: the frame count bit asks for the next telegram, or for the last one again") {
  Bench bench;
  bench.image.telegrams.push_back({});
  put_record(bench.image.telegrams[1], RecordShape::integer, 0x06, 3);
  bench.acknowledges(reset_link(5));
  CHECK(bench.data(mbus::read(5, true)).more);
  CHECK(bench.data(mbus::read(5, true)).more);  // lost on the way: once more
  const auto second = bench.data(mbus::read(5, false));
  CHECK_FALSE(second.more);
  CHECK(scaled(present(second, Unit::watt_hour).value(), 0).value() == 3000);
  CHECK(bench.data(mbus::read(5, true)).more);  // and from the beginning
}

TEST_CASE("M-Bus: what the application does not know is reported with the next question") {
  Bench bench;
  CHECK(bench.acknowledges({Command::send, 5, false, 0x99, {}}));
  const auto outcome = bench.ask(mbus::read(5, false));
  REQUIRE(std::holds_alternative<Bad>(outcome));
  CHECK(std::get<Bad>(outcome).error == application_errc(1));
  CHECK(is_refusal(application_errc(1)));
  CHECK(application_errc(1) == static_cast<MeterErrc>(401));
  CHECK(bench.litres(mbus::read(5, false)) == 12'565);
}

TEST_CASE("M-Bus: the fixed structure of old meters") {
  const auto fixed = decode_fixed(hex("78 56 34 12 0A 00 E9 7E 01 00 00 00 35 01 00 00")).value();
  CHECK(fixed.medium == 7);
  CHECK(scaled(*fixed.counters[0], -3).value() == 1);
  CHECK(scaled(*fixed.counters[1], -3).value() == 135);
  const auto binary = decode_fixed(hex("78 56 34 12 0A 01 E9 7F 01 01 00 00 35 01 00 00")).value();
  CHECK(scaled(*binary.counters[0], -3).value() == 257);
  CHECK(*binary.counters[1] == Measured{309, 0, Unit::none});
  const auto reserved = decode_fixed(hex("78 56 34 12 0A 00 38 BA 01 01 00 00 35 01 00 00")).value();
  CHECK(*reserved.counters[0] == Measured{101, -3, Unit::celsius});
  CHECK_FALSE(reserved.counters[1].has_value());
  CHECK(std::string(fixed_medium_word(reserved.medium)) == "heat cost allocator");
  CHECK(std::string(fixed_medium_word(0x0a)) == "gas (mode 2)");
  CHECK(std::string(fixed_medium_word(0x0f)) == "unknown");
  CHECK(decode_fixed(Bytes(15)).error() == MeterErrc::length);
  CHECK(decode_variable(Bytes(11)).error() == MeterErrc::length);
}

TEST_CASE("M-Bus: what is wrong with a request") {
  CHECK(decode_request(frame_of(water)).error() == MeterErrc::direction);
  CHECK(decode_request({FrameKind::brief, 0x60, 1, 0, {}}).error() == MeterErrc::wrong_function);
  CHECK(decode_request({FrameKind::brief, 0x53, 1, 0, {}}).error() == MeterErrc::length);
  CHECK(decode_request({FrameKind::full, 0x5b, 1, 0x51, {}}).error() == MeterErrc::length);
  CHECK(describe({FrameKind::brief, 0x60, 1, 0, {}}).error == MeterErrc::wrong_function);
  for (const std::uint32_t baud : {300u, 600u, 1200u, 2400u, 4800u, 9600u}) CHECK(baud_of(rate_ci(baud)) == baud);
  CHECK(rate_ci(19200) == 0);
}

}  // namespace wattle::mbus_test
