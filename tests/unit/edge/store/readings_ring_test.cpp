#include "edge/store/readings_ring.hpp"

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "shared/crypto/sodium_crypto.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

using namespace wattle;
using namespace wattle::edge;

namespace {

constexpr std::int64_t plenty = 1 << 24;

Bytes chunk_of(std::int64_t quarter, std::size_t readings = 15) {
  ReadingChunk chunk{{1010}, {101}, {7}, {}};
  for (std::size_t i = 0; i < readings; ++i)
    chunk.readings.push_back({recording_begins + minutes(15 * quarter + static_cast<std::int64_t>(i)), {quarter}});
  return encode(chunk);
}

struct Disk {
  test::Folder folder;
  SodiumCrypto crypto;
  std::string path = folder.path("readings.sqlite");

  std::unique_ptr<ReadingsRing> open(std::int64_t bytes_max = plenty) const {
    auto ring = ReadingsRing::open(path, bytes_max, crypto);
    REQUIRE(ring.has_value());
    return std::move(*ring);
  }
  void run(const char* sql) const {
    sqlite3* handle = nullptr;
    REQUIRE(sqlite3_open(path.c_str(), &handle) == SQLITE_OK);
    REQUIRE(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(handle);
  }
};

void add(ReadingsRing& ring, std::int64_t from, std::int64_t to) {
  RingWrite write;
  for (auto i = from; i < to; ++i) write.closed.push_back(chunk_of(i));
  REQUIRE(ring.write(write).has_value());
}

std::vector<std::int64_t> quarters(const std::vector<RingChunk>& chunks) {
  std::vector<std::int64_t> out;
  for (const auto& one : chunks) out.push_back(decode_chunk(one.bytes)->readings.front().register_units.units);
  return out;
}

}  // namespace

TEST_CASE("the newest come first, but for those under way, as many as a batch holds") {
  const Disk disk;
  const auto ring = disk.open();
  add(*ring, 0, 10);
  const auto three = batch_overhead + 3 * batch_bytes(chunk_of(5));
  const auto first = ring->newest(three, {}).value();
  CHECK(quarters(first) == std::vector<std::int64_t>{9, 8, 7});
  std::set<std::uint64_t> under_way;
  for (const auto& one : first) under_way.insert(one.place.number);
  CHECK(quarters(ring->newest(three, under_way).value()) == std::vector<std::int64_t>{6, 5, 4});
  CHECK(ring->chunks() == 10);
  REQUIRE(ring->drop({under_way.begin(), under_way.end()}).has_value());
  REQUIRE(ring->drop({under_way.begin(), under_way.end()}).has_value());  // a second acknowledgement
  CHECK(ring->chunks() == 7);
  CHECK(quarters(ring->newest(three, {}).value()) == std::vector<std::int64_t>{6, 5, 4});
}

TEST_CASE("a full ring lets the oldest go, and says how many readings") {
  const Disk disk;
  const auto row = static_cast<std::int64_t>(chunk_of(3).size() + ring_row_overhead);
  const auto ring = disk.open(10 * row);
  add(*ring, 0, 25);
  CHECK(ring->bytes() <= 10 * row);
  CHECK(ring->losses().full == (25 - ring->chunks()) * 15);
  CHECK(quarters(ring->newest(1 << 20, {}).value()).front() == 24);
  CHECK(ring->chunks() >= 9);
}

TEST_CASE("a ring that was full for long has a file that does not grow") {
  const Disk disk;
  const auto row = static_cast<std::int64_t>(chunk_of(3).size() + ring_row_overhead);
  const auto ring = disk.open(500 * row);
  for (int i = 0; i < 40; ++i) add(*ring, i * 100, i * 100 + 100);
  CHECK(std::filesystem::file_size(disk.path) < static_cast<std::uintmax_t>(2 * 500 * row));
}

TEST_CASE("what was written is there after the process was killed") {
  const Disk disk;
  const auto child = ::fork();
  if (child == 0) {
    auto ring = ReadingsRing::open(disk.path, plenty, disk.crypto);
    RingWrite write;
    write.closed = {chunk_of(1), chunk_of(2)};
    write.open = {chunk_of(3, 1)};
    const bool written = ring && (*ring)->write(write).has_value();
    ::kill(::getpid(), written ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  const auto ring = disk.open();
  CHECK(quarters(ring->newest(1 << 20, {}).value()) == std::vector<std::int64_t>{2, 1});
  CHECK(ring->open_readings().value() == std::vector<Bytes>{chunk_of(3, 1)});
  CHECK(ring->losses().damaged == 0);
}

TEST_CASE("open readings are added, and replaced when chunks are closed") {
  const Disk disk;
  const auto ring = disk.open();
  REQUIRE(ring->write({{}, {chunk_of(1, 1)}, false}).has_value());
  REQUIRE(ring->write({{}, {chunk_of(2, 1)}, false}).has_value());
  CHECK(ring->open_readings().value() == std::vector<Bytes>{chunk_of(1, 1), chunk_of(2, 1)});
  REQUIRE(ring->write({{chunk_of(1)}, {chunk_of(2, 1)}, true}).has_value());
  CHECK(ring->open_readings().value() == std::vector<Bytes>{chunk_of(2, 1)});
  RingWrite many;
  many.open.resize(5000, chunk_of(4, 1));  // more than one row holds
  REQUIRE(ring->write(many).has_value());
  CHECK(ring->open_readings().value().size() == 5001);
}

TEST_CASE("where each circuit's readings ended, and which silences are to be filled, is there after a restart") {
  const Disk disk;
  RingWrite write;
  write.newest = {{{1}, chunk_of(1, 1)}, {{2}, chunk_of(2, 1)}};
  write.gaps = {{1, 2, 3}, {4, 5}};
  REQUIRE(disk.open()->write(write).has_value());
  RingWrite next;
  next.newest = {{{1}, chunk_of(3, 1)}};
  next.gaps_done = {{1, 2, 3}};
  next.closed = {chunk_of(7)};
  REQUIRE(disk.open()->write(next).has_value());
  const auto ring = disk.open();
  CHECK(ring->ends().value() == std::vector<Bytes>{chunk_of(3, 1), chunk_of(2, 1)});
  CHECK(ring->gaps().value() == std::vector<Bytes>{{4, 5}});
  CHECK(ring->chunks() == 1);
  RingWrite many;
  for (std::uint8_t i = 0; i < 250; ++i) many.gaps.push_back({i});
  for (int i = 0; i < 5; ++i) REQUIRE(ring->write(many).has_value());
  CHECK(ring->gaps().value().size() == ring_gaps_max);
}

TEST_CASE("a ring of the version before keeps what it has") {
  const Disk disk;
  add(*disk.open(), 0, 5);
  disk.run("DROP TABLE ends; DROP TABLE gaps; PRAGMA user_version = 1");
  const auto ring = disk.open();
  CHECK(ring->chunks() == 5);
  CHECK(ring->losses().damaged == 0);
  RingWrite write;
  write.gaps = {{1}};
  REQUIRE(ring->write(write).has_value());
  CHECK(ring->gaps().value().size() == 1);
}

TEST_CASE("a damaged row is dropped and counted, and takes no other with it") {
  const Disk disk;
  add(*disk.open(), 0, 5);
  disk.run("UPDATE chunks SET bytes = zeroblob(length(bytes)) WHERE number = 4");
  disk.run("INSERT INTO open (readings) VALUES (x'ff')");
  const auto ring = disk.open();
  CHECK(quarters(ring->newest(1 << 20, {}).value()) == std::vector<std::int64_t>{4, 2, 1, 0});
  CHECK(ring->chunks() == 4);
  CHECK(ring->open_readings().value().empty());
  CHECK(ring->losses().damaged == 2);
}

TEST_CASE("a damaged file, or another program's, is begun anew") {
  const Disk disk;
  add(*disk.open(), 0, 200);
  SECTION("damaged at its head") {
    std::fstream file(disk.path, std::ios::in | std::ios::out | std::ios::binary);
    file << "this is no database any more, whatever it was before";
  }
  SECTION("damaged pages") {
    std::fstream file(disk.path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    const std::string noise(4096 * 6, '\x5a');
    file.write(noise.data(), static_cast<std::streamsize>(noise.size()));
  }
  SECTION("of a later version") { disk.run("PRAGMA user_version = 9"); }
  const auto ring = disk.open();
  const auto read = ring->newest(1 << 20, {});
  REQUIRE(read.has_value());
  add(*ring, 300, 302);
  CHECK(quarters(ring->newest(1 << 20, {}).value()) == std::vector<std::int64_t>{301, 300});
  CHECK(ring->losses().damaged > 0);
}
