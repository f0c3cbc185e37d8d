#include "simulator/devices/collector.hpp"

#include <catch2/catch.hpp>

using namespace wattle;
using namespace wattle::sim;

TEST_CASE("what a collector says is text, or bytes behind hex:") {
  CHECK(said_bytes("DTU-0B04") == Bytes{'D', 'T', 'U', '-', '0', 'B', '0', '4'});
  CHECK(said_bytes("hex:FE0d0A") == Bytes{0xfe, 0x0d, 0x0a});
  CHECK(said_bytes("") == Bytes{});
  for (const auto* wrong : {"hex:", "hex:1", "hex:0g", "hex:01 02"}) {
    INFO(wrong);
    CHECK_FALSE(said_bytes(wrong));
  }
}

TEST_CASE("what it says is written back as a box's configuration reads it") {
  for (const auto* text : {"DTU-0B04", "alive", "hex:fe0d0a", "hex:6865783a30", ""}) {
    INFO(text);
    CHECK(said_text(said_bytes(text).value()) == text);
  }
  CHECK(said_text(Bytes{'a', '"', 'b'}) == "hex:612262");
}
