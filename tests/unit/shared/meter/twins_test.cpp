#include <catch2/catch.hpp>

#include "shared/meter/dlt645_meter.hpp"
#include "shared/meter/dlt645_shown.hpp"
#include "shared/meter/mbus_meter.hpp"
#include "tests/unit/shared/meter/vectors.hpp"

namespace wattle::twins_test {

using wattle::test::hex;

namespace {

constexpr Instant noon{1'750'000'000'000'000};  // 2025-06-15 15:06:40 UTC
constexpr auto own_number = 161;
const dlt645::Credentials known{{0x02, 0x37, 0x06, 0x02}, {1, 0, 0, 0}};

struct Dlt645Twin {
  dlt645::MeterImage image{.address = dlt645::address_of(own_number).value(), .items = {}, .accepts = known};

  explicit Dlt645Twin(dlt645::Edition edition) {
    image.edition = edition;
    const bool is_new = edition == dlt645::Edition::v2007;
    image.items[is_new ? dlt645::di::date : dlt645::di_1997::date] = {hex("00 15 06 25"), true};
    image.items[is_new ? dlt645::di::clock : dlt645::di_1997::clock] = {hex("40 06 15"), true};
  }
  /// What is answered to these data: the control byte and the byte behind it, or nothing.
  Bytes said(std::uint8_t control, const Bytes& data) {
    const dlt645::Frame heard{image.address, control, data};
    const auto answered = dlt645::answer(heard, image, noon);
    if (answered.empty()) return {};
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(answered, Wire::quiet)).frame;
    CHECK(frame.address == image.address);
    Bytes out{frame.control};
    out.insert(out.end(), frame.data.begin(), frame.data.end());
    return out;
  }
  Bytes said_to_write(std::uint32_t di, const Bytes& data) {
    const auto request = dlt645::write(image.edition, image.address, di, known, data);
    const auto frame = std::get<dlt645::Found>(dlt645::find_frame(dlt645::encode_request(request), Wire::quiet)).frame;
    return said(frame.control, frame.data);
  }
};

}  // namespace

TEST_CASE("an order that is cut short is refused by the meter that it names, and by no other") {
  using dlt645::Edition;
  Dlt645Twin fresh(Edition::v2007);
  const auto whole = hex("02 01 00 04 02 37 06 02 01 00 00 00");
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK(fresh.said(0x14, Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size))) == hex("D4 01"));
  CHECK(fresh.said(0x1c, hex("02 37 06 02 01 00 00 00 1A 00")) == hex("DC 01"));
  CHECK(fresh.image.relay.closed);
  CHECK(fresh.said(0x11, hex("00 00")).empty());  // no question: it would be answered by many a meter with nothing
  fresh.image.address = dlt645::address_of(own_number + 1).value();
  const dlt645::Frame foreign{dlt645::address_of(own_number).value(), 0x14, hex("02 01")};
  CHECK(dlt645::answer(foreign, fresh.image, noon).empty());
  CHECK(dlt645::answer({dlt645::broadcast, 0x14, hex("02 01")}, fresh.image, noon).empty());
  Dlt645Twin old(Edition::v1997);
  CHECK(old.said(0x04, hex("11 C0 02 37")) == hex("C4 01"));
}

TEST_CASE("a time whose digits cannot be is refused, and the clock stays") {
  using dlt645::Edition;
  for (const auto edition : {Edition::v2007, Edition::v1997}) {
    const bool is_new = edition == Edition::v2007;
    const auto date = is_new ? dlt645::di::date : dlt645::di_1997::date;
    const auto time = is_new ? dlt645::di::clock : dlt645::di_1997::clock;
    const auto refused = is_new ? hex("D4 01") : hex("C4 01");
    Dlt645Twin twin(edition);
    for (const auto* wrong : {"99 30 12", "00 60 12", "00 00 24", "0A 30 12", "99 99 99", "FF FF FF"}) {
      INFO(wrong);
      CHECK(twin.said_to_write(time, hex(wrong)) == refused);
    }
    for (const auto* wrong : {"00 31 06 25", "00 00 06 25", "00 15 13 25", "00 1F 06 25", "99 99 99 99"}) {
      INFO(wrong);
      CHECK(twin.said_to_write(date, hex(wrong)) == refused);
    }
    CHECK(twin.image.items.at(time).bytes == hex("40 06 15"));
    CHECK(twin.image.items.at(date).bytes == hex("00 15 06 25"));
    CHECK(twin.image.clock_error == Duration{});
    CHECK(twin.said_to_write(time, hex("00 00 00")) == (is_new ? hex("94") : hex("84")));  // midnight is a time
    CHECK(twin.said_to_write(date, hex("00 29 02 24")) == (is_new ? hex("94") : hex("84")));
    CHECK(twin.image.clock_error != Duration{});
  }
}

TEST_CASE("the virtual meters' lamps blink 3,200 times a kWh") { CHECK(dlt645::pulses_per_kwh == 3'200); }

TEST_CASE("an M-Bus meter counts an access once, however often its answer is asked for again") {
  using namespace mbus;
  const auto ask = [](MeterImage& image, const Request& request) {
    const auto heard = std::get<Found>(find_frame(encode_request(request), Wire::open)).frame;
    const auto said = std::get<Found>(find_frame(answer(heard, image), Wire::open)).frame;
    return said.data;
  };
  MeterImage image{.primary = 1};
  image.header.access = 255;
  const auto access = [&](bool frame_count) { return decode_variable(ask(image, read(1, frame_count)))->header.access; };
  CHECK(access(true) == 255);
  CHECK(access(true) == 255);
  CHECK(access(true) == 255);
  CHECK(access(false) == 0);
  CHECK(access(false) == 0);
  CHECK(access(true) == 1);
  (void)answer(std::get<Found>(find_frame(encode_request(reset_link(1)), Wire::open)).frame, image);
  CHECK(access(true) == 2);  // the link was reset: it is another one
  image.fixed = FixedData{};
  const auto fixed_access = [&](bool frame_count) { return decode_fixed(ask(image, read(1, frame_count)))->access; };
  CHECK(fixed_access(false) == 3);
  CHECK(fixed_access(false) == 3);
  CHECK(fixed_access(true) == 4);
}

}  // namespace wattle::twins_test
