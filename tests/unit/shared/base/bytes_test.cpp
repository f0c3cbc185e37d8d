#include "shared/base/bytes.hpp"

#include <catch2/catch.hpp>

using namespace wattle;

TEST_CASE("what the writer writes the reader reads") {
  Bytes out;
  Writer w(out);
  w.u8(7);
  w.u16(0xbeef);
  w.u32(0xdeadbeef);
  w.u64(0x0123456789abcdef);
  w.i64(-5);
  w.varint(0);
  w.varint(127);
  w.varint(128);
  w.varint(UINT64_MAX);
  w.zigzag(INT64_MIN);
  w.zigzag(INT64_MAX);
  w.blob(view("wattle"));

  Reader r(out);
  CHECK(r.u8() == 7);
  CHECK(r.u16() == 0xbeef);
  CHECK(r.u32() == 0xdeadbeef);
  CHECK(r.u64() == 0x0123456789abcdef);
  CHECK(r.i64() == -5);
  CHECK(r.varint() == 0);
  CHECK(r.varint() == 127);
  CHECK(r.varint() == 128);
  CHECK(r.varint() == UINT64_MAX);
  CHECK(r.zigzag() == INT64_MIN);
  CHECK(r.zigzag() == INT64_MAX);
  CHECK(r.blob(6).size() == 6);
  CHECK(r.finished());
}

TEST_CASE("a varint has one form") {
  const Bytes longer{0x80, 0x00};
  Reader a(longer);
  a.varint();
  CHECK_FALSE(a.ok());

  const Bytes overflow{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02};
  Reader b(overflow);
  b.varint();
  CHECK_FALSE(b.ok());
}

TEST_CASE("a reader never passes the end") {
  const Bytes three{1, 2, 3};
  Reader r(three);
  CHECK(r.u32() == 0);
  CHECK_FALSE(r.ok());
  CHECK(r.u8() == 0);
  CHECK_FALSE(r.finished());
}

TEST_CASE("hex is refused unless it is hex") {
  CHECK(to_hex(Bytes{0x00, 0xff, 0x1a}) == "00ff1a");
  CHECK(from_hex("00FF1a") == Bytes{0x00, 0xff, 0x1a});
  CHECK(from_hex("0").empty());
  CHECK(from_hex("zz").empty());
}
