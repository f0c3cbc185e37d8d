#include "shared/meter/dlt645_reading.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

using namespace wattle;
using namespace wattle::dlt645;

namespace {

constexpr Instant noon{1'750'000'000'000'000};

MeterImage meter(Edition edition) {
  return {.edition = edition, .address = address_of(4711).value(), .items = {}, .accepts = {}};
}

/// Asks as a master does, over the wire.
Result<Reading> reading_of(MeterImage& image) {
  std::vector<Bytes> data;
  Address from;
  for (const auto& request : reading_requests(image.edition, image.address)) {
    const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::quiet)).frame;
    const auto outcome = decode_answer(request, answer(heard, image, noon), Wire::quiet);
    if (const auto* bad = std::get_if<Bad>(&outcome)) return bad->error;
    data.push_back(std::get<Answer>(outcome).data);
    from = std::get<Answer>(outcome).from;
  }
  return decode_reading(image.edition, from, data);
}

}  // namespace

TEST_CASE("DL/T 645: a reading goes over the wire whole") {
  CHECK(rc::check("reading", [] {
    auto image = meter(Edition::v2007);
    image.relay.closed = *rc::gen::arbitrary<bool>();
    const Reading shown{MeterId{4711},
                        {*rc::gen::inRange<std::int64_t>(0, 100'000'000) * 10},
                        {*rc::gen::inRange<std::int64_t>(-70'000, 70'000)},
                        *rc::gen::inRange<std::int64_t>(0, 9'999) * 100,
                        *rc::gen::inRange<std::int64_t>(-700'000, 700'000),
                        image.relay.closed};
    show(image, shown, noon);
    RC_ASSERT(reading_of(image).value() == shown);
  }));
}

TEST_CASE("DL/T 645-1997: whole volts, hundredths of an ampere, no relay") {
  auto image = meter(Edition::v1997);
  show(image, {MeterId{4711}, {12'345}, {1'801}, 217'300, 8'283, false}, noon);
  CHECK(reading_of(image).value() == Reading{MeterId{4711}, {12'340}, {1'801}, 217'000, 8'280, true});
}

TEST_CASE("DL/T 645: a reading with a hole is none") {
  const auto from = address_of(4711).value();
  const auto edition = Edition::v2007;
  std::vector<Bytes> data{from_hex("78060000"), from_hex("452301"), from_hex("9722"), from_hex("563400"), from_hex("0000")};
  REQUIRE(decode_reading(edition, from, data).has_value());
  for (std::size_t i = 0; i < 4; ++i) {
    auto holed = data;
    holed[i].assign(holed[i].size(), 0xff);
    CHECK(decode_reading(edition, from, holed).error() == MeterErrc::value);
    holed[i].pop_back();
    CHECK(decode_reading(edition, from, holed).error() == MeterErrc::length);
  }
  data.pop_back();
  CHECK(decode_reading(edition, from, data).error() == MeterErrc::length);
  data.push_back({0});
  CHECK(decode_reading(edition, from, data).error() == MeterErrc::length);
  CHECK(decode_reading(edition, wildcard, data).error() == MeterErrc::meter_number);
  CHECK(decode_reading(edition, Address{}, data).error() == MeterErrc::meter_number);
}

TEST_CASE("DL/T 645: what a meter shows besides") {
  auto image = meter(Edition::v2007);
  image.utc_offset = hours(8);
  show(image, {MeterId{4711}, {12'340}, {1'800}, 217'300, 8'283, true}, noon);
  CHECK(image.items.at(di::date).bytes == from_hex("00150625"));
  CHECK(image.items.at(di::clock).bytes == from_hex("400623"));
  CHECK(image.items.at(0x0201ff00).bytes == from_hex("7321ffffffff"));
  CHECK(image.items.at(0x0001ff00).bytes.size() == 20);
  CHECK(image.items.at(di::meter_number).bytes == from_hex("114700000000"));
  image.items[di::trip_delay].bytes = from_hex("0500");
  show(image, {MeterId{4711}, {12'340}, {1'800}, 217'300, 8'283, true}, noon);
  CHECK(image.trip_delay == minutes(5));
}
