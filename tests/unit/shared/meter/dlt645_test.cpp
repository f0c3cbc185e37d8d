#include "shared/meter/dlt645.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "tests/unit/shared/meter/vectors.hpp"

namespace wattle::dlt645_test {

using namespace wattle::dlt645;
using wattle::test::hex;

namespace {

const Address meter = parse_address("000000000161").value();
const Request energy = read(Edition::v2007, meter, 0x00010000);
const Bytes energy_answer = hex("68 61 01 00 00 00 00 68 91 08 33 33 34 33 59 33 33 33 8A 16");

Frame frame_of(ByteView bytes) { return std::get<Found>(find_frame(bytes, Wire::quiet)).frame; }

Bytes joined(ByteView a, ByteView b) {
  Bytes out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

std::optional<Bad> bad(const Request& request, ByteView heard, Wire wire = Wire::quiet) {
  const auto outcome = decode_answer(request, heard, wire);
  const auto* why = std::get_if<Bad>(&outcome);
  return why == nullptr ? std::nullopt : std::optional(*why);
}

/// Every command of both editions with a payload that it can carry.
std::vector<Request> all_requests(Edition edition) {
  std::vector<Request> all;
  for (std::uint8_t n = 0; n <= static_cast<std::uint8_t>(Command::set_output); ++n) {
    for (std::size_t size = 0; size <= 12; ++size) {
      Request request{edition, static_cast<Command>(n), meter, 0, {}, Bytes(size, 0x12)};
      if (is_valid(request)) all.push_back(request);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("every request is understood as what it was") {
  for (const auto edition : {Edition::v1997, Edition::v2007}) {
    const auto all = all_requests(edition);
    CHECK(all.size() > 15);
    for (const auto& request : all) {
      INFO(word(request.command) << ' ' << request.payload.size());
      const auto decoded = decode_request(edition, frame_of(encode_request(request)));
      REQUIRE(decoded.has_value());
      CHECK(decoded->command == request.command);
      CHECK(decoded->payload == request.payload);
      CHECK(encode_request(*decoded) == encode_request(request));
    }
  }
}

TEST_CASE("requests and answers survive the wire") {
  CHECK(rc::check("read and write", [](std::array<std::uint8_t, 6> address, std::uint32_t di, Bytes data, bool more,
                                       std::array<std::uint8_t, 4> password, std::array<std::uint8_t, 4> who) {
    const Credentials by{password, who};
    data.resize(std::min<std::size_t>(data.size(), 38));
    const auto writing = write(Edition::v2007, Address{address}, di, by, data);
    RC_ASSERT(decode_request(Edition::v2007, frame_of(encode_request(writing))).value() == writing);
    const auto reading = read(Edition::v2007, Address{address}, di);
    const auto bytes = encode_answer(reading, Address{address}, data, more, 2);
    const auto outcome = decode_answer(reading, bytes, Wire::open);
    RC_ASSERT(std::holds_alternative<Answer>(outcome));
    RC_ASSERT(std::get<Answer>(outcome).data == data);
    RC_ASSERT(std::get<Answer>(outcome).more == more);
    const auto following = read_more(reading, 7);
    const auto next = decode_answer(following, encode_answer(following, Address{address}, data, more, 0), Wire::open);
    RC_ASSERT(std::holds_alternative<Answer>(next));
    RC_ASSERT(std::get<Answer>(next).data == data);
  }));
}

TEST_CASE("frames as published") {
  CHECK(encode_request(energy) == hex("FE FE FE FE 68 61 01 00 00 00 00 68 11 04 33 33 34 33 14 16"));
  CHECK(encode_request(read_address()) == hex("FE FE FE FE 68 AA AA AA AA AA AA 68 13 00 DF 16"));
  const auto clock = encode_request(set_clock(Edition::v2007, {2017, 6, 5, 10, 22, 51}));
  CHECK(clock == hex("FE FE FE FE 68 99 99 99 99 99 99 68 08 06 84 55 43 38 39 4A 4B 16"));
  const Credentials by{{0x02, 0x37, 0x06, 0x02}, {0x01, 0, 0, 0}};
  const auto relay_request = relay(parse_address("151230011061").value(), by, RelayCommand::trip, {2099, 12, 30, 0, 0, 0});
  CHECK(encode_request(relay_request) ==
        hex("FE FE FE FE 68 61 10 01 30 12 15 68 1C 10 35 6A 39 35 34 33 33 33 4D 33 33 33 33 63 45 CC 2C 16"));
  CHECK(encode_request(change_rate(Edition::v2007, parse_address("201901120001").value(), rate_code(2400))) ==
        hex("FE FE FE FE 68 01 00 12 01 19 20 68 17 01 3B 70 16"));
  for (const std::uint32_t baud : {600u, 1200u, 2400u, 4800u, 9600u, 19200u}) CHECK(baud_of(rate_code(baud)) == baud);
  CHECK(rate_code(300) == 0);
  CHECK(baud_of(0x0a) == 0);
}

TEST_CASE("requests that an edition does not know are not valid") {
  CHECK_FALSE(is_valid({Edition::v1997, Command::relay, meter, 0, {}, Bytes(8)}));
  CHECK_FALSE(is_valid({Edition::v1997, Command::read, meter, 0x10000, {}, {}}));
  CHECK_FALSE(is_valid({Edition::v2007, Command::read_again, meter, 0, {}, {}}));
  CHECK_FALSE(is_valid(write(Edition::v2007, meter, 0, {}, Bytes(39))));
  CHECK(is_valid(write(Edition::v2007, meter, 0, {}, Bytes(38))));
  CHECK(is_valid(write(Edition::v1997, meter, 0, {}, Bytes(44))));
}

TEST_CASE("an answer among echoes, heartbeats and other meters' frames") {
  const auto echo = encode_request(energy);
  const auto other = encode_answer(energy, parse_address("162").value(), Bytes(4), false, 0);
  const auto late = encode_answer(read(Edition::v2007, meter, 0x02010100), meter, Bytes(2), false, 0);
  const auto bytes = joined(joined(joined(echo, view("HEARTBEAT")), joined(other, late)), energy_answer);
  const auto outcome = decode_answer(energy, bytes, Wire::open);
  REQUIRE(std::holds_alternative<Answer>(outcome));
  CHECK(std::get<Answer>(outcome).data == Bytes{0x26, 0, 0, 0});
  CHECK(std::get<Answer>(outcome).offset == bytes.size() - energy_answer.size());
}

TEST_CASE("why there is no answer, and where it shows") {
  CHECK(bad(energy, {})->error == MeterErrc::silence);
  CHECK(bad(energy, encode_request(energy))->error == MeterErrc::direction);
  CHECK(bad(energy, encode_request(energy))->offset == 12);
  const auto other = bad(energy, encode_answer(energy, parse_address("162").value(), Bytes(4), false, 0));
  CHECK(other->error == MeterErrc::wrong_address);
  CHECK(other->offset == 1);
  const auto function = bad(energy, encode_answer(read_address(), meter, meter.bytes, false, 0));
  CHECK(function->error == MeterErrc::wrong_function);
  CHECK(function->offset == 8);
  const auto item = bad(energy, encode_answer(read(Edition::v2007, meter, 0x02010100), meter, Bytes(2), false, 0));
  CHECK(item->error == MeterErrc::foreign);
  CHECK(item->offset == 10);
  const auto brief = bad(energy, encode({meter, 0x91, {0, 0}}, 0));
  CHECK(brief->error == MeterErrc::length);
  const auto following = read_more(energy, 2);
  const auto sequence = bad(following, encode_answer(read_more(energy, 1), meter, Bytes(4), false, 0));
  CHECK(sequence->error == MeterErrc::sequence);
  CHECK(sequence->offset == 18);
  // An echo and then another meter: the meter is the news.
  CHECK(bad(energy, joined(encode_request(energy), encode_answer(energy, parse_address("162").value(), Bytes(4), false, 0)))
            ->error == MeterErrc::wrong_address);
}

TEST_CASE("on an open wire only an answer or a refusal ends the wait") {
  CHECK(std::holds_alternative<NeedMore>(decode_answer(energy, encode_request(energy), Wire::open)));
  for (std::size_t n = 0; n < energy_answer.size(); ++n) {
    CHECK(std::holds_alternative<NeedMore>(decode_answer(energy, ByteView(energy_answer).first(n), Wire::open)));
  }
  CHECK(bad(energy, encode_refusal(energy, meter, 0x02, 0), Wire::open)->error == MeterErrc::no_such_data);
}

TEST_CASE("the answer to a wildcard comes from the meter's own address, or from the wildcard") {
  const auto asked = read(Edition::v2007, wildcard, 0x00010000);
  const auto outcome = decode_answer(asked, energy_answer, Wire::open);
  REQUIRE(std::holds_alternative<Answer>(outcome));
  CHECK(std::get<Answer>(outcome).from == meter);
  CHECK_FALSE(bad(asked, encode_answer(asked, wildcard, Bytes(4), false, 0)));
  const auto renamed = write_address(Edition::v2007, meter);
  CHECK_FALSE(bad(renamed, encode_answer(renamed, meter, {}, false, 0)));
}

TEST_CASE("refusals by their bits") {
  const auto told = [](const Request& request, std::uint8_t byte) {
    return bad(request, encode_refusal(request, meter, byte, 0))->error;
  };
  const auto trip = relay(meter, {}, RelayCommand::trip, {});
  CHECK(told(energy, 0x02) == MeterErrc::no_such_data);
  CHECK(told(energy, 0x06) == MeterErrc::no_such_data);
  CHECK(told(trip, 0x06) == MeterErrc::password);
  CHECK(told(trip, 0x04) == MeterErrc::password);
  CHECK(told(trip, 0x01) == MeterErrc::refused);
  CHECK(told(change_rate(Edition::v2007, meter, 2), 0x08) == MeterErrc::rate);
  CHECK(told(trip, 0x10) == MeterErrc::year_zones);
  CHECK(told(trip, 0x20) == MeterErrc::day_periods);
  CHECK(told(trip, 0x40) == MeterErrc::tariffs);
  CHECK(told(trip, 0x00) == MeterErrc::refused);
  CHECK(told(energy, 0xfe) == MeterErrc::refused);  // sent without the 33H
  CHECK(told(trip, 0xd1) == MeterErrc::password);
  CHECK(is_refusal(MeterErrc::tariffs));
  CHECK_FALSE(is_refusal(MeterErrc::limit));
  auto other = default_refusals(Edition::v1997);
  std::swap(other[0], other[1]);
  const auto outcome = decode_answer(energy, encode_refusal(energy, meter, 1, 0), Wire::open, other);
  REQUIRE(std::holds_alternative<Bad>(outcome));
  CHECK(std::get<Bad>(outcome).error == MeterErrc::no_such_data);
}

TEST_CASE("what nobody answers") {
  CHECK_FALSE(is_answered(set_clock(Edition::v2007, {})));
  CHECK_FALSE(is_answered(freeze_now(broadcast)));
  CHECK(is_answered(freeze_now(meter)));
  CHECK(is_answered(read_address()));
}

TEST_CASE("a meter's frame is no request") {
  CHECK(decode_request(Edition::v2007, frame_of(energy_answer)).error() == MeterErrc::direction);
  CHECK(decode_request(Edition::v2007, {meter, 0x01, {0, 0}}).error() == MeterErrc::wrong_function);
  CHECK(decode_request(Edition::v2007, {meter, 0x31, {0, 0, 0, 0}}).error() == MeterErrc::wrong_function);
  CHECK(decode_request(Edition::v2007, {meter, 0x11, {0, 0}}).error() == MeterErrc::length);
  CHECK(decode_request(Edition::v1997, {meter, 0x11, {0, 0}}).error() == MeterErrc::wrong_function);
}

TEST_CASE("a transaction is refused by a table of its own") {
  const Address meter = parse_address("161").value();
  const Request buy{Edition::v2007, Command::authenticate, meter, 0x070102ff, {}, Bytes(6)};
  const auto told = [&](const Bytes& serr) {
    const auto heard = encode({meter, 0xc3, serr}, 0);
    const auto outcome = decode_answer(buy, heard, Wire::quiet);
    REQUIRE(std::holds_alternative<Bad>(outcome));
    return std::get<Bad>(outcome).error;
  };
  CHECK(told({0x01, 0}) == MeterErrc::refused);
  CHECK(told({0x02, 0}) == MeterErrc::purchase_known);
  CHECK(told({0x04, 0}) == MeterErrc::purchase_check);  // never the password: that would stop all writes
  CHECK(told({0x08, 0}) == MeterErrc::purchase_identity);
  CHECK(told({0x10, 0}) == MeterErrc::purchase_customer);
  CHECK(told({0x20, 0}) == MeterErrc::purchase_count);
  CHECK(told({0x40, 0}) == MeterErrc::purchase_limit);
  CHECK(told({0x06, 0}) == MeterErrc::purchase_known);
  CHECK(told({0x00, 0x01}) == MeterErrc::refused);
  CHECK(told({0x20}) == MeterErrc::purchase_count);
  CHECK(is_refusal(MeterErrc::purchase_limit));
}

}  // namespace wattle::dlt645_test
