#include "shared/meter/bcd.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

namespace wattle::bcd_test {

TEST_CASE("digits go out and come back") {
  CHECK(rc::check("bcd", [](std::int64_t value, std::uint8_t any_size, bool has_sign) {
    const std::size_t size = 1 + any_size % max_bcd_bytes;
    const auto sign = has_sign ? BcdSign::top_bit : BcdSign::none;
    Bytes out{0x77};
    if (put_bcd(out, value, size, sign)) {
      RC_ASSERT(out.size() == 1 + size);
      RC_ASSERT(bcd_value(ByteView(out).subspan(1), sign) == value);
    } else {
      RC_ASSERT(out == Bytes{0x77});
    }
  }));
}

TEST_CASE("limits of a signed number") {
  Bytes out;
  CHECK(put_bcd(out, 79'999'999, 4, BcdSign::top_bit));
  CHECK_FALSE(put_bcd(out, 80'000'000, 4, BcdSign::top_bit));
  CHECK(put_bcd(out, 80'000'000, 4));
  CHECK_FALSE(put_bcd(out, -1, 4));
  CHECK_FALSE(put_bcd(out, INT64_MIN, 9, BcdSign::top_bit));
  CHECK_FALSE(bcd_value(from_hex("0a")).has_value());
  CHECK_FALSE(bcd_value({}).has_value());
  CHECK(bcd_value(from_hex("0081"), BcdSign::top_bit) == -100);
}

}  // namespace wattle::bcd_test
