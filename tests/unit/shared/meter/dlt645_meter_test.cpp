#include "shared/meter/dlt645_meter.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/shared/meter/vectors.hpp"

namespace wattle::dlt645_meter_test {

using namespace wattle::dlt645;
using wattle::test::hex;

namespace {

constexpr Instant noon{1'750'000'000'000'000};  // 2025-06-15 15:06:40 UTC
const Credentials known{{0x02, 0x37, 0x06, 0x02}, {1, 0, 0, 0}};
constexpr LocalTime far_future{2099, 12, 31, 0, 0, 0};

struct Bench {
  MeterImage image{.address = parse_address("151230011061").value(),
                   .items = {{di::forward_energy, {hex("78 06 00 00"), false}}, {di::trip_delay, {hex("00 00"), true}}},
                   .accepts = known};
  Instant now = noon;

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
  Request command(RelayCommand what, const Credentials& by = known) { return relay(image.address, by, what, far_future); }
  RunningState state() {
    return running_state(data(read(image.edition, image.address, di::status_3)), {.late_status_bits = true}).value();
  }
};

}  // namespace

TEST_CASE("a read, by the address, a part of it or the wildcard") {
  Bench bench;
  for (const auto& address : {bench.image.address, wildcard, parse_address("AAAAAAAA1061").value()}) {
    CHECK(bench.data(read(Edition::v2007, address, di::forward_energy)) == hex("78 06 00 00"));
  }
  CHECK(bench.data(read_address()) == hex("61 10 01 30 12 15"));
  CHECK(bench.refusal(read(Edition::v2007, bench.image.address, 0x03010000)) == MeterErrc::no_such_data);
  CHECK(bench.refusal(read(Edition::v2007, parse_address("1").value(), di::forward_energy)) == MeterErrc::silence);
}

TEST_CASE("the published answer, byte for byte") {
  Bench bench;
  bench.image.preambles = 0;
  const auto heard = std::get<Found>(find_frame(hex("68 61 10 01 30 12 15 68 11 04 33 33 34 33 7B 16"), Wire::quiet)).frame;
  CHECK(answer(heard, bench.image, noon) == hex("68 61 10 01 30 12 15 68 91 08 33 33 34 33 AB 39 33 33 49 16"));
}

TEST_CASE("a trip opens the relay, a permission waits for the key, a close closes") {
  Bench bench;
  bench.data(bench.command(RelayCommand::trip));
  CHECK_FALSE(bench.image.relay.closed);
  CHECK(bench.state() == RunningState{true, true, false, false});
  bench.data(bench.command(RelayCommand::permit_close));
  CHECK_FALSE(bench.image.relay.closed);
  CHECK(bench.image.relay.may_close);
  CHECK(bench.state() == RunningState{true, false, false, false});
  bench.data(bench.command(RelayCommand::close));
  CHECK(bench.image.relay.closed);
  CHECK(bench.state() == RunningState{});
}

TEST_CASE("a trip with a delay shows the command first and the contact later") {
  Bench bench;
  bench.image.trip_delay = minutes(2);
  bench.data(bench.command(RelayCommand::trip));
  CHECK(bench.state() == RunningState{false, true, true, false});
  bench.now = noon + minutes(2);
  CHECK(bench.state() == RunningState{true, true, false, false});
}

TEST_CASE("a close with a delay shows the command first, and each command begins the delay anew") {
  Bench bench;
  bench.data(bench.command(RelayCommand::trip));
  bench.image.close_delay = minutes(2);
  bench.data(bench.command(RelayCommand::close));
  CHECK(bench.state() == RunningState{true, false, false, false});
  bench.now = noon + minutes(1);
  bench.data(bench.command(RelayCommand::close));
  bench.now = noon + minutes(2);
  CHECK(bench.state() == RunningState{true, false, false, false});
  bench.now = noon + minutes(3);
  CHECK(bench.state() == RunningState{});
  bench.data(bench.command(RelayCommand::trip));
  bench.data(bench.command(RelayCommand::close));
  bench.data(bench.command(RelayCommand::trip));  // the last one counts
  bench.now = noon + minutes(9);
  CHECK(bench.state() == RunningState{true, true, false, false});
}

TEST_CASE("a trip for a while ends by itself") {
  Bench bench;
  bench.data(relay(bench.image.address, known, RelayCommand::trip_then_close, far_future, 2));
  CHECK_FALSE(bench.image.relay.closed);
  bench.now = noon + minutes(10);
  CHECK(bench.state() == RunningState{});
  bench.data(relay(bench.image.address, known, RelayCommand::trip_then_permit, far_future, 1));
  bench.now = bench.now + minutes(5);
  CHECK(bench.state() == RunningState{true, false, false, false});
  CHECK(bench.image.relay.may_close);
}

TEST_CASE("keep-power wins over a trip") {
  Bench bench;
  bench.data(bench.command(RelayCommand::trip));
  bench.data(bench.command(RelayCommand::keep_power));
  CHECK(bench.state() == RunningState{false, false, false, true});
  CHECK(bench.refusal(bench.command(RelayCommand::trip)) == MeterErrc::refused);
  bench.data(bench.command(RelayCommand::end_keep_power));
  bench.data(bench.command(RelayCommand::trip));
  CHECK(bench.state().relay_open);
}

TEST_CASE("a wrong password and a stale command move nothing") {
  Bench bench;
  CHECK(bench.refusal(bench.command(RelayCommand::trip, {{0x02, 0, 0, 0}, {}})) == MeterErrc::password);
  CHECK(bench.refusal(relay(bench.image.address, known, RelayCommand::trip, {2018, 5, 12, 15, 41, 24})) == MeterErrc::refused);
  CHECK(bench.refusal(write(Edition::v2007, bench.image.address, di::trip_delay, {}, Bytes(2))) == MeterErrc::password);
  CHECK(bench.image.relay == RelayState{});
  CHECK(bench.ask(relay(wildcard, known, RelayCommand::trip, far_future)).index() == 2);  // nobody in particular is told
  CHECK(bench.image.relay.closed);
}

TEST_CASE("writes change what may be changed") {
  Bench bench;
  bench.data(write(Edition::v2007, bench.image.address, di::trip_delay, known, hex("05 00")));
  CHECK(bench.data(read(Edition::v2007, bench.image.address, di::trip_delay)) == hex("05 00"));
  CHECK(bench.refusal(write(Edition::v2007, bench.image.address, di::forward_energy, known, Bytes(4))) == MeterErrc::refused);
  CHECK(bench.refusal(write(Edition::v2007, bench.image.address, di::trip_delay, known, Bytes(3))) == MeterErrc::refused);
  CHECK(bench.refusal(write(Edition::v2007, bench.image.address, 0x12345678, known, Bytes(3))) == MeterErrc::no_such_data);
}

TEST_CASE("the clock follows a broadcast by minutes, not by hours") {
  Bench bench;
  const auto told = [&](Duration step) {
    CHECK(bench.refusal(set_clock(Edition::v2007, local_time(bench.now + step, {}))) == MeterErrc::silence);
    return bench.image.clock_error;
  };
  CHECK(told(minutes(3)) == minutes(3));
  CHECK(told(hours(1)) == minutes(3));
  CHECK(told(minutes(-2)) == minutes(-2));
  CHECK(told(minutes(-8)) == minutes(-2));
}

TEST_CASE("freeze, rate, password and address") {
  Bench bench;
  bench.data(freeze_now(bench.image.address));
  CHECK(bench.data(read(Edition::v2007, bench.image.address, 0x05010101)) == hex("78 06 00 00"));
  CHECK(bench.data(read(Edition::v2007, bench.image.address, 0x05010001)) == hex("06 15 15 06 25"));
  CHECK(bench.refusal(freeze_now(broadcast)) == MeterErrc::silence);
  CHECK(bench.data(change_rate(Edition::v2007, bench.image.address, rate_code(9600))) == hex("20"));
  CHECK(bench.image.rate_code == 0x20);
  CHECK(bench.refusal(change_rate(Edition::v2007, bench.image.address, 0x03)) == MeterErrc::rate);
  CHECK(bench.data(change_password(Edition::v2007, bench.image.address, 0x04000c03, known, {2, 9, 9, 9})) ==
        hex("02 09 09 09"));
  CHECK(bench.refusal(bench.command(RelayCommand::trip)) == MeterErrc::password);
  bench.data(bench.command(RelayCommand::trip, {{2, 9, 9, 9}, {}}));
  bench.data(write_address(Edition::v2007, parse_address("77").value()));
  CHECK(bench.image.address == parse_address("77").value());
  CHECK(bench.refusal(clear_meter(bench.image.address, {{2, 9, 9, 9}, {}})) == MeterErrc::refused);
}

TEST_CASE("what does not fit into one answer comes in pieces that join to the whole") {
  Bench bench;
  Bytes long_one(450);
  for (std::size_t i = 0; i < long_one.size(); ++i) long_one[i] = static_cast<std::uint8_t>(i);
  bench.image.items[0x0001ff00] = {long_one, false};
  const auto first = read(Edition::v2007, bench.image.address, 0x0001ff00);
  auto outcome = bench.ask(first);
  Bytes whole;
  std::uint8_t sequence = 0;
  for (;;) {
    REQUIRE(std::holds_alternative<Answer>(outcome));
    const auto piece = std::get<Answer>(outcome);
    whole.insert(whole.end(), piece.data.begin(), piece.data.end());
    if (!piece.more) break;
    outcome = bench.ask(read_more(first, ++sequence));
  }
  CHECK(sequence == 2);
  CHECK(whole == long_one);
  CHECK(bench.refusal(read_more(first, 3)) == MeterErrc::no_such_data);
  CHECK(bench.refusal(read_more(first, 0)) == MeterErrc::no_such_data);
}

TEST_CASE("a meter of 1997 answers its own questions only") {
  Bench bench;
  bench.image.edition = Edition::v1997;
  bench.image.items = {{di_1997::forward_energy, {hex("48 63 24 00"), false}}};
  CHECK(bench.data(read(Edition::v1997, bench.image.address, di_1997::forward_energy)) == hex("48 63 24 00"));
  CHECK(bench.refusal(read(Edition::v1997, bench.image.address, 0x9020)) == MeterErrc::no_such_data);
  CHECK(bench.refusal(read(Edition::v2007, bench.image.address, di::forward_energy)) == MeterErrc::silence);
}

}  // namespace wattle::dlt645_meter_test
