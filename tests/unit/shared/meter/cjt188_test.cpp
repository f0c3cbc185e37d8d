#include "shared/meter/cjt188_meter.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "tests/unit/shared/meter/described.hpp"

namespace wattle::cjt188_test {

using namespace wattle::cjt188;
using wattle::test::hex;
using wattle::test::shown;

namespace {

constexpr Instant noon{1'750'000'000'000'000};

struct Bench {
  MeterImage image{.address = parse_address("00002020120218").value(), .total = {200, -2, Unit::cubic_metre}};
  Instant now = noon;
  std::uint8_t serial = 0;

  Outcome<Answer> ask(const Request& request) {
    const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    return decode_answer(request, answer(heard, image, now), Wire::quiet);
  }
  Bytes data(const Request& request) {
    const auto outcome = ask(request);
    REQUIRE(std::holds_alternative<Answer>(outcome));
    return std::get<Answer>(outcome).data;
  }
  Error refusal(const Request& request) {
    const auto outcome = ask(request);
    REQUIRE(std::holds_alternative<Bad>(outcome));
    return std::get<Bad>(outcome).error;
  }
  Current current(DiOrder order = DiOrder::high_first) {
    return decode_current(data(read(cold_water, image.address, di::current, ++serial, order))).value();
  }
  Request valve(ValveCommand command) { return move_valve(cold_water, image.address, command, ++serial, DiOrder::high_first); }
};

}  // namespace

TEST_CASE("CJ/T 188: requests and answers survive the wire") {
  CHECK(rc::check("cjt188", [](std::array<std::uint8_t, 7> address, std::uint8_t type, std::uint8_t serial, bool low_first,
                               Bytes data, Bytes noise) {
    data.resize(std::min(data.size(), max_data - 3));
    const auto order = low_first ? DiOrder::low_first : DiOrder::high_first;
    const auto request = read(type, Address{address}, di::current, serial, order);
    const auto frame = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    RC_ASSERT(decode_request(frame).value() == request);
    Bytes heard = noise;
    const auto answered = encode_answer(request, type, Address{address}, data, 3);
    heard.insert(heard.end(), answered.begin(), answered.end());
    const auto outcome = decode_answer(request, heard, Wire::quiet);
    RC_ASSERT(std::holds_alternative<Answer>(outcome));
    RC_ASSERT(std::get<Answer>(outcome).data == data);
  }));
}

TEST_CASE("CJ/T 188: a reading goes to the wire and back, absent parts too") {
  CHECK(rc::check("current", [] {
    const auto hundredths = *rc::gen::inRange<std::int64_t>(0, 100'000'000);
    const Current shows{Measured{hundredths, -2, Unit::cubic_metre}, std::nullopt, LocalTime{2025, 6, 15, 23, 6, 40}, 0x1234};
    const auto again = decode_current(encode_current(shows)).value();
    RC_ASSERT(again.total == shows.total);
    RC_ASSERT(!again.settled.has_value());
    RC_ASSERT(again.clock == shows.clock);
    RC_ASSERT(again.status == shows.status);
  }));
  CHECK(decode_current(Bytes(18)).error() == MeterErrc::length);
  CHECK(volume_in(hex("00 00 20 00 29"))->exponent == -5);  // litres
  CHECK(volume_in(hex("00 00 20 00 05"))->unit == Unit::watt_hour);
  CHECK_FALSE(volume_in(hex("00 00 20 00 FF")).has_value());
  CHECK_FALSE(volume_in(hex("0A 00 20 00 2C")).has_value());
}

TEST_CASE("CJ/T 188: why there is no answer") {
  Bench bench;
  const auto asked = read(cold_water, bench.image.address, di::current, 7, DiOrder::high_first);
  const auto told = [&](const Bytes& heard) {
    const auto outcome = decode_answer(asked, heard, Wire::quiet);
    REQUIRE(std::holds_alternative<Bad>(outcome));
    return std::pair(std::get<Bad>(outcome).error, std::get<Bad>(outcome).offset);
  };
  const auto with = [&](std::uint8_t serial, std::uint16_t di, const char* address) {
    return encode_answer(read(cold_water, {}, di, serial, DiOrder::high_first), cold_water, parse_address(address).value(),
                         Bytes(19), 0);
  };
  using Told = std::pair<Error, std::size_t>;
  CHECK(told({}) == Told{make_error_code(MeterErrc::silence), 0});
  CHECK(told(encode_request(asked)) == Told{make_error_code(MeterErrc::direction), 13});
  CHECK(told(with(7, di::current, "1")) == Told{make_error_code(MeterErrc::wrong_address), 2});
  CHECK(told(with(8, di::current, "00002020120218")) == Told{make_error_code(MeterErrc::sequence), 13});
  CHECK(told(with(7, di::last_month, "00002020120218")) == Told{make_error_code(MeterErrc::foreign), 11});
  CHECK(told(encode_refusal(asked, cold_water, bench.image.address, 1, 0)) == Told{make_error_code(MeterErrc::refused), 11});
  CHECK(told(from_hex("6810")) == Told{make_error_code(MeterErrc::length), 2});
  CHECK(told(from_hex("0102")) == Told{make_error_code(MeterErrc::framing), 0});
}

TEST_CASE("CJ/T 188: the published answers, byte for byte") {
  Bench bench;
  bench.image.settled = bench.image.total;
  const auto heard =
      std::get<Found>(find_frame(hex("FE FE FE 68 10 AA AA AA AA AA AA AA 03 03 81 0A 00 AF 16"), Wire::quiet)).frame;
  CHECK(answer(heard, bench.image, noon) == hex("FE FE FE FE 68 10 18 02 12 20 20 00 00 83 03 81 0A 00 F5 16"));
  bench.image.address = parse_address("00000019121301").value();
  const auto close = move_valve(cold_water, bench.image.address, ValveCommand::close, 1, DiOrder::high_first);
  CHECK(ByteView(encode_request(close)).subspan(1).size() ==
        hex("FE FE FE 68 10 01 13 12 19 00 00 00 04 04 A0 17 01 99 10 16").size());
  const auto bytes = encode_request(close);
  CHECK(Bytes(bytes.begin() + 1, bytes.end()) == hex("FE FE FE 68 10 01 13 12 19 00 00 00 04 04 A0 17 01 99 10 16"));
}

TEST_CASE("CJ/T 188: either order of the identifier is answered in kind") {
  Bench bench;
  for (const auto order : {DiOrder::high_first, DiOrder::low_first}) {
    const auto shows = bench.current(order);
    CHECK(scaled(*shows.total, -3).value() == 2000);
    CHECK(shows.clock == local_time(noon, {}));
  }
}

TEST_CASE("CJ/T 188: a meter that mirrors the identifier, or says more, is read all the same") {
  const Bench bench;
  const auto asked = read(cold_water, bench.image.address, di::current, 7, DiOrder::high_first);
  auto mirrored = asked;
  mirrored.order = DiOrder::low_first;
  auto data = encode_current({Measured{20'000, -2, Unit::cubic_metre}, {}, {}, 0x0021});
  Writer(data).raw(from_hex("1122"));
  const auto outcome = decode_answer(asked, encode_answer(mirrored, cold_water, bench.image.address, data, 0), Wire::quiet);
  REQUIRE(std::holds_alternative<Answer>(outcome));
  const auto current = decode_current(std::get<Answer>(outcome).data);
  REQUIRE(current.has_value());
  CHECK(current->total == Measured{20'000, -2, Unit::cubic_metre});
  CHECK(current->status == 0x0021);
}

TEST_CASE("CJ/T 188: a valve takes its time, and its status tells when it has arrived") {
  Bench bench;
  CHECK(valve_state(bench.current().status, {}) == ValveState::open);
  bench.data(bench.valve(ValveCommand::close));
  CHECK(valve_state(bench.current().status, {}) == ValveState::open);
  bench.now = noon + seconds(10);
  CHECK(valve_state(bench.current().status, {}) == ValveState::closed);
  CHECK_FALSE(lets_flow(bench.image.valve));
  bench.data(bench.valve(ValveCommand::open));
  CHECK(lets_flow(bench.image.valve));
  bench.now = bench.now + seconds(10);
  CHECK(valve_state(bench.current().status, {}) == ValveState::open);
  CHECK(bench.refusal(bench.valve(static_cast<ValveCommand>(0x12))) == MeterErrc::refused);
  bench.image.valve.stuck = true;
  bench.data(bench.valve(ValveCommand::close));
  bench.now = bench.now + minutes(1);
  CHECK(valve_state(bench.current().status, {}) == ValveState::fault);
  CHECK(lets_flow(bench.image.valve));
}

TEST_CASE("CJ/T 188: a maker's own status bits") {
  const StatusBits second_byte{.valve_mask = 0x0300, .open = 0x0100, .closed = 0x0200, .fault = 0x0300, .battery_low = 0x0400};
  CHECK(valve_state(0x0100, second_byte) == ValveState::open);
  CHECK(valve_state(0x0201, second_byte) == ValveState::closed);
  CHECK(valve_state(0x0300, second_byte) == ValveState::fault);
  CHECK(valve_state(0x0000, second_byte) == ValveState::unknown);
}

TEST_CASE("CJ/T 188: clock, address, register and what else is kept") {
  Bench bench;
  bench.data(set_clock(cold_water, bench.image.address, {2025, 6, 16, 0, 0, 0}, 1, DiOrder::low_first));
  CHECK(bench.current().clock == LocalTime{2025, 6, 16, 0, 0, 0});
  const auto fresh = parse_address("77330000000001").value();
  bench.data(write_address(cold_water, wildcard, fresh, 2, DiOrder::high_first));
  CHECK(bench.image.address == fresh);
  Request total{Command::write_total, cold_water, fresh, di::set_total, 3, hex("00 01 00 00 2C"), DiOrder::high_first};
  CHECK(bench.data(total) == hex("00 00"));
  CHECK(scaled(*bench.current().total, 0).value() == 1);
  CHECK(bench.refusal(read(cold_water, fresh, di::last_month, 4, DiOrder::high_first)) == MeterErrc::refused);
  bench.image.items[di::last_month] = hex("00 01 00 00 2C");
  CHECK(bench.data(read(cold_water, fresh, di::last_month, 5, DiOrder::high_first)) == hex("00 01 00 00 2C"));
  CHECK(bench.refusal(read(cold_water, parse_address("1").value(), di::current, 6, DiOrder::high_first)) == MeterErrc::silence);
  CHECK(bench.refusal(read(0x11, fresh, di::current, 6, DiOrder::high_first)) == MeterErrc::silence);
  CHECK(bench.current(DiOrder::high_first).total.has_value());
}

TEST_CASE("CJ/T 188: what is wrong with a request") {
  CHECK(decode_request({cold_water, {}, 0x81, {0x90, 0x1f, 0}}).error() == MeterErrc::direction);
  CHECK(decode_request({cold_water, {}, 0x02, {0x90, 0x1f, 0}}).error() == MeterErrc::wrong_function);
  CHECK(decode_request({cold_water, {}, 0x01, {0x90, 0x1f}}).error() == MeterErrc::length);
  const auto described = describe({cold_water, {}, 0x02, {0x90, 0x1f, 0}});
  CHECK(described.error == MeterErrc::wrong_function);
  CHECK(described.offset == 9);
  CHECK(shown(described.fields, "data") == "901f00");
  CHECK(shown(describe({cold_water, {}, 0xc1, {5, 1, 0}}).fields, "valve") == "closed");
}

}  // namespace wattle::cjt188_test
