#include "shared/readings/message.hpp"

#include "tests/support/vectors.hpp"

using namespace wattle;
namespace json = boost::json;

namespace {

json::value golden(const char* part) { return vectors("readings.json").at(part); }

Bytes bytes_of(const json::value& hex) { return from_hex(std::string(hex.as_string())); }
ChunkId id_of(const json::value& hex) { return {std::stoull(std::string(hex.as_string()), nullptr, 16)}; }

}  // namespace

TEST_CASE("the golden batch is read and written") {
  const auto told = golden("batch");
  const auto batch = decode_readings_batch(bytes_of(told.at("bytes")));
  REQUIRE(batch.has_value());
  CHECK(batch->waiting == 300);
  REQUIRE(batch->chunks.size() == 2);
  CHECK(batch->chunks[0] == bytes_of(told.at("chunks").at(0)));
  CHECK(batch->chunks[1] == bytes_of(told.at("chunks").at(1)));
  CHECK(encode(*batch) == bytes_of(told.at("bytes")));
}

TEST_CASE("the golden acknowledgement is read and written") {
  const auto told = golden("ack");
  const auto ack = decode_readings_ack(bytes_of(told.at("bytes")));
  REQUIRE(ack.has_value());
  CHECK(ack->stored == std::vector{id_of(told.at("stored").at(0)), id_of(told.at("stored").at(1))});
  CHECK(ack->refused == std::vector{RefusedChunk{{9}, ReadingsErrc::version}});
  CHECK(encode(*ack) == bytes_of(told.at("bytes")));
}

TEST_CASE("cut or prolonged messages are refused") {
  const auto batch = bytes_of(golden("batch").at("bytes"));
  const auto ack = bytes_of(golden("ack").at("bytes"));
  for (std::size_t size = 0; size < batch.size(); ++size) CHECK(decode_readings_batch(ByteView(batch).first(size)).has_error());
  for (std::size_t size = 0; size < ack.size(); ++size) CHECK(decode_readings_ack(ByteView(ack).first(size)).has_error());
  auto longer = batch;
  longer.push_back(0);
  CHECK(decode_readings_batch(longer).error() == ReadingsErrc::malformed);
  longer = ack;
  longer.push_back(0);
  CHECK(decode_readings_ack(longer).error() == ReadingsErrc::malformed);
}

TEST_CASE("a message of a later version, with too many parts, or with an unknown refusal is refused") {
  CHECK(decode_readings_batch(from_hex("020000")).error() == ReadingsErrc::version);
  CHECK(decode_readings_ack(from_hex("020000")).error() == ReadingsErrc::version);
  CHECK(decode_readings_batch(from_hex("01008110")).error() == ReadingsErrc::too_large);
  CHECK(decode_readings_ack(from_hex("018110")).error() == ReadingsErrc::too_large);
  CHECK(decode_readings_batch(Bytes(readings_batch_bytes_max + 1)).error() == ReadingsErrc::too_large);
  CHECK(decode_readings_ack(from_hex("010001010000000000000006")).error() == ReadingsErrc::malformed);
  CHECK(decode_readings_ack(from_hex("010001010000000000000000")).error() == ReadingsErrc::malformed);
}

TEST_CASE("what a chunk adds to a batch is foreseen exactly") {
  for (const std::size_t size : std::initializer_list<std::size_t>{0, 1, 127, 128, 16'383, 16'384}) {
    const Bytes chunk(size);
    CHECK(encode(ReadingsBatch{0, {chunk}}).size() - encode(ReadingsBatch{0, {}}).size() == batch_bytes(chunk));
  }
}
