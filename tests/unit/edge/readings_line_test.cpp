#include "edge/readings_line.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "shared/crypto/sodium_crypto.hpp"
#include "shared/io/entropy.hpp"
#include "shared/store/database.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {
namespace {

struct Line {
  Line() { line.start(); }
  /// In a slot of its own; another meter's reading closes the chunk of the one before.
  void read(std::uint64_t meter, std::int64_t units) {
    now = now + seconds(1);
    MeterRead reading;
    reading.room = {101};
    reading.circuit = {1010};
    reading.meter = {meter};
    reading.register_units = {units};
    line.noted(reading, nullptr);
    line.swept();
  }
  std::int64_t failed_writes() {
    return static_cast<std::int64_t>(
        metrics.counter("wattle_edge_readings_failed_total", "Failures of the ring of recorded readings", {{"what", "write"}})
            .value());
  }
  Instant now{1'772'323'200'000'000};
  test::Folder folder;
  SodiumCrypto crypto;
  SystemEntropy entropy;
  Metrics metrics;
  boost::asio::io_context loop;
  ReadingsLineSettings settings{folder.path("readings.sqlite"), 1 << 20, {seconds(1), hours(1), {}}, {}};
  ReadingsLineHooks hooks{[](ByteView) { return false; }, [] { return LineUse::none; }, [this] { return now; }};
  ReadingsLine line{loop, settings, hooks, crypto, entropy, metrics};
};

}  // namespace

TEST_CASE("what the ring could not take is there once, when it can") {
  Line box;
  box.read(7, 100);
  auto other = Database::open(box.settings.file, Access::read_write);
  REQUIRE(other.has_value());
  REQUIRE(other->execute("BEGIN IMMEDIATE").has_value());
  box.read(8, 10);
  CHECK(box.failed_writes() == 1);
  REQUIRE(other->execute("COMMIT").has_value());
  box.read(8, 20);
  CHECK(box.failed_writes() == 1);
  box.line.stop();
  const auto ring = ReadingsRing::open(box.settings.file, 1 << 20, box.crypto);
  REQUIRE(ring.has_value());
  CHECK((*ring)->chunks() == 1);
  const auto open = (*ring)->open_readings();
  REQUIRE(open.has_value());
  std::vector<std::int64_t> units;
  for (const auto& bytes : *open) units.push_back(decode_chunk(bytes)->readings.front().register_units.units);
  CHECK(units == std::vector<std::int64_t>{10, 20});
}

}  // namespace wattle::edge
