#include "edge/readings_line.hpp"

#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>

#include "shared/crypto/sodium_crypto.hpp"
#include "shared/io/entropy.hpp"
#include "shared/store/database.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

namespace wattle::edge {
namespace {

constexpr std::int64_t ring_bytes = 8 << 20;

struct Line {
  Line() { line.start(); }
  /// In a slot of its own; another meter's reading closes the chunk of the one before.
  void read(std::uint64_t meter, std::int64_t units) {
    note(meter, units);
    line.swept();
  }
  void note(std::uint64_t meter, std::int64_t units) {
    now = now + seconds(1);
    MeterRead reading;
    reading.room = {101};
    reading.circuit = {1010};
    reading.meter = {meter};
    reading.register_units = {units};
    line.noted(reading, nullptr);
  }
  /// So many chunks of one reading each, which the ring is given in one write.
  void read_chunks(std::size_t count) {
    for (std::size_t i = 0; i <= count; ++i) note(100 + i % 2, static_cast<std::int64_t>(1000 + i));  // the last one is open
    line.swept();
  }
  std::unique_ptr<ReadingsRing> ring() const {
    auto opened = ReadingsRing::open(settings.file, ring_bytes, crypto);
    REQUIRE(opened.has_value());
    return std::move(*opened);
  }
  std::int64_t lost() {
    const auto text = metrics.prometheus_text();
    const std::string series = "wattle_edge_readings_lost_total{cause=\"unwritten\"} ";
    const auto at = text.find(series);
    return at == std::string::npos ? 0 : std::stoll(text.substr(at + series.size()));
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
  ReadingsLineSettings settings{folder.path("readings.sqlite"), ring_bytes, {seconds(1), hours(1), {}}, {}};
  ReadingsLineHooks hooks{[](ByteView) { return false; }, [] { return LineUse::none; }, [this] { return now; }};
  ReadingsLine line{loop, settings, hooks, crypto, entropy, metrics};
};

}  // namespace

TEST_CASE("while the disk has little room readings wait in memory, and are written when it has more") {
  Line box;
  box.read(7, 100);
  box.line.hold(true);
  box.read(8, 10);
  box.read(9, 10);
  CHECK(box.failed_writes() == 0);
  CHECK(box.ring()->chunks() == 0);
  box.line.hold(false);
  box.read(9, 20);
  CHECK(box.ring()->chunks() == 2);
  CHECK(box.lost() == 0);
}

TEST_CASE("while the disk has little room readings take the place in the ring of what the cloud has taken") {
  Line box;
  box.read_chunks(2000);
  std::vector<std::uint64_t> stored;
  const auto other = box.ring();
  for (std::uint64_t number = 1; number <= 2000; ++number) stored.push_back(number);
  REQUIRE(other->drop(stored).has_value());
  REQUIRE(box.ring()->chunks() == 0);
  const auto bytes = std::filesystem::file_size(box.settings.file);
  box.line.hold(true);
  box.read_chunks(20);
  CHECK(box.ring()->chunks() >= 20);
  CHECK(std::filesystem::file_size(box.settings.file) == bytes);
}

TEST_CASE("a clean end writes what waited for room, and counts what it cannot") {
  constexpr std::size_t waiting = 50;
  Line box;
  box.line.hold(true);
  box.read_chunks(waiting);
  CHECK(box.ring()->chunks() == 0);
  box.line.stop();
  CHECK(box.ring()->chunks() == waiting);
  CHECK(box.lost() == 0);
  Line full;
  full.line.hold(true);
  full.read_chunks(waiting);
  auto other = Database::open(full.settings.file, Access::read_write);
  REQUIRE(other.has_value());
  REQUIRE(other->execute("BEGIN IMMEDIATE").has_value());
  full.line.stop();
  CHECK(full.lost() == waiting);
}

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
  const auto ring = ReadingsRing::open(box.settings.file, ring_bytes, box.crypto);
  REQUIRE(ring.has_value());
  CHECK((*ring)->chunks() == 1);
  const auto open = (*ring)->open_readings();
  REQUIRE(open.has_value());
  std::vector<std::int64_t> units;
  for (const auto& bytes : *open) units.push_back(decode_chunk(bytes)->readings.front().register_units.units);
  CHECK(units == std::vector<std::int64_t>{10, 20});
}

TEST_CASE("a silence that the ring could not take is there when it can, and so is that it was filled") {
  Line box;
  box.read(7, 100);
  auto other = Database::open(box.settings.file, Access::read_write);
  REQUIRE(other.has_value());
  const auto while_locked = [&](const std::function<void()>& work) {
    REQUIRE(other->execute("BEGIN IMMEDIATE").has_value());
    const auto failed = box.failed_writes();
    work();
    CHECK(box.failed_writes() == failed + 1);
    REQUIRE(other->execute("COMMIT").has_value());
  };
  const auto gaps_on_disk = [&] {
    const auto ring = ReadingsRing::open(box.settings.file, ring_bytes, box.crypto);
    REQUIRE(ring.has_value());
    const auto gaps = (*ring)->gaps();
    REQUIRE(gaps.has_value());
    return gaps->size();
  };
  while_locked([&] {
    box.now = box.now + hours(3);
    box.read(7, 400);
  });
  box.read(7, 401);
  CHECK(gaps_on_disk() == 1);
  const auto gaps = box.line.take_gaps();
  REQUIRE(gaps.size() == 1);
  while_locked([&] {
    box.line.filled({gaps[0], {}, 0});
    box.line.swept();
  });
  box.read(7, 402);
  CHECK(gaps_on_disk() == 0);
}

TEST_CASE("a silence is asked about until it was filled, also by the next life of the box; what fills it is one chunk") {
  Line box;
  box.read(7, 100);
  box.now = box.now + hours(3);
  box.read(7, 400);
  const auto gaps = box.line.take_gaps();
  REQUIRE(gaps.size() == 1);
  CHECK(box.line.take_gaps().empty());
  const auto next_life = [&] { return ReadingsLine(box.loop, box.settings, box.hooks, box.crypto, box.entropy, box.metrics); };
  box.line.stop();
  const auto kept = [&] {
    auto second = next_life();
    second.start();
    auto found = second.take_gaps();
    CHECK(second.newest({1010})->readings.front().register_units == Quantity{400});
    if (!found.empty()) {
      RecordedReading reading{gaps[0].from.at + hours(1), {200}};
      reading.from_history = true;
      second.filled({found[0], {reading}, 2});
      second.swept();
    }
    second.stop();
    return found;
  };
  CHECK(kept() == gaps);
  CHECK(kept().empty());
  const auto ring = ReadingsRing::open(box.settings.file, ring_bytes, box.crypto);
  REQUIRE(ring.has_value());
  const auto chunks = (*ring)->newest(1 << 20, {});
  REQUIRE(chunks.has_value());
  const auto is_history = [](const RingChunk& chunk) { return decode_chunk(chunk.bytes)->readings.front().from_history; };
  CHECK(std::count_if(chunks->begin(), chunks->end(), is_history) == 1);
  const auto& dropped =
      box.metrics.counter("wattle_edge_history_readings_total",
                          "Readings that meters had kept of a silence, by what became of them", {{"outcome", "dropped"}});
  CHECK(dropped.value() == 2);
}

TEST_CASE("while the ring cannot be written the newest chunks are kept, as many as there may be, and what is lost is counted") {
  Line box;
  box.read(7, 100);
  auto other = Database::open(box.settings.file, Access::read_write);
  REQUIRE(other.has_value());
  REQUIRE(other->execute("BEGIN IMMEDIATE").has_value());
  constexpr std::size_t too_many = 5;
  box.read_chunks(unwritten_chunks_max + too_many - 1);  // beside that of meter 7, which they have closed
  CHECK(box.lost() == too_many);
  REQUIRE(other->execute("COMMIT").has_value());
  box.read(100, 9000);  // of the meter whose chunk is open
  CHECK(box.ring()->chunks() == unwritten_chunks_max);
  CHECK(box.lost() == too_many);
  std::set<std::uint64_t> seen;
  std::int64_t least = INT64_MAX;
  for (const auto ring = box.ring();;) {
    const auto batch = ring->newest(ring_bytes, seen);
    REQUIRE(batch.has_value());
    if (batch->empty()) break;
    for (const auto& chunk : *batch) {
      seen.insert(chunk.place.number);
      least = std::min(least, decode_chunk(chunk.bytes)->readings.front().register_units.units);
    }
  }
  CHECK(least == 1000 + static_cast<std::int64_t>(too_many) - 1);  // the oldest have given way, meter 7's among them
}

TEST_CASE("silences that could not be written are remembered up to their bound, the newest of them") {
  Line box;
  box.read(7, 100);
  auto other = Database::open(box.settings.file, Access::read_write);
  REQUIRE(other.has_value());
  REQUIRE(other->execute("BEGIN IMMEDIATE").has_value());
  for (std::size_t i = 0; i < unwritten_gaps_max + 3; ++i) {
    box.now = box.now + hours(3);
    box.note(7, static_cast<std::int64_t>(101 + i));
  }
  const auto newest = box.now;
  box.line.swept();
  REQUIRE(other->execute("COMMIT").has_value());
  box.read(7, 9000);
  const auto gaps = box.ring()->gaps();
  REQUIRE(gaps.has_value());
  REQUIRE(gaps->size() == unwritten_gaps_max);
  CHECK(decode_gap(gaps->back())->until.at == newest);
}

TEST_CASE("a silence whose filling was lost before it could be written is asked about again") {
  Line box;
  box.read(7, 100);
  box.now = box.now + hours(3);
  box.read(7, 400);
  const auto gaps = box.line.take_gaps();
  REQUIRE(gaps.size() == 1);
  auto other = Database::open(box.settings.file, Access::read_write);
  REQUIRE(other.has_value());
  REQUIRE(other->execute("BEGIN IMMEDIATE").has_value());
  RecordedReading reading{gaps[0].from.at + hours(1), {200}};
  reading.from_history = true;
  box.line.filled({gaps[0], {reading}, 0});
  box.line.swept();
  CHECK(box.lost() == 0);
  box.read_chunks(unwritten_chunks_max + 1);  // the filling is the oldest of all, and gives way
  CHECK(box.lost() > 0);
  REQUIRE(other->execute("COMMIT").has_value());
  box.line.swept();
  box.line.stop();
  ReadingsLine next(box.loop, box.settings, box.hooks, box.crypto, box.entropy, box.metrics);
  next.start();
  const auto again = next.take_gaps();
  CHECK(std::count(again.begin(), again.end(), gaps[0]) == 1);
  next.stop();
}

}  // namespace wattle::edge
