// Chunks of recorded readings: the golden bytes of api-spec, which a second writing makes, and what must not be read.

#include "shared/readings/chunk.hpp"

#include "shared/base/random.hpp"
#include "shared/crypto/sodium_crypto.hpp"
#include "tests/support/vectors.hpp"

using namespace wattle;
namespace json = boost::json;

namespace {

json::object golden() { return vectors("readings.json"); }

std::optional<std::int64_t> optional_number(const json::object& object, const char* field) {
  const auto* found = object.if_contains(field);
  return found == nullptr ? std::nullopt : std::optional(found->to_number<std::int64_t>());
}

ReadingChunk chunk_of(const json::value& told) {
  ReadingChunk chunk{{told.at("circuit").to_number<std::uint32_t>()},
                     {told.at("room").to_number<std::uint32_t>()},
                     {told.at("meter").to_number<std::uint64_t>()},
                     {}};
  for (const auto& one : told.at("readings").as_array()) {
    RecordedReading reading{recording_begins + seconds(one.at("at").to_number<std::int64_t>()),
                            {one.at("register").to_number<std::int64_t>()}};
    if (const auto watts = optional_number(one.as_object(), "power_w")) reading.power = Power{*watts};
    reading.voltage_mv = optional_number(one.as_object(), "voltage_mv");
    reading.current_ma = optional_number(one.as_object(), "current_ma");
    for (std::size_t i = 0; i < further_kinds; ++i) {
      const auto kind = static_cast<FurtherKind>(i);
      auto name = std::string(name_of(kind).name);
      if (!name_of(kind).unit.empty()) name += '_' + std::string(name_of(kind).unit);
      reading.further.put(kind, optional_number(one.as_object(), name.c_str()));
    }
    reading.from_history = one.as_object().contains("origin");
    chunk.readings.push_back(reading);
  }
  return chunk;
}

/// A room as it might be: a load that comes and goes, a voltage that wanders.
ReadingChunk likely_chunk(Random& random, std::size_t count) {
  ReadingChunk chunk{{1010}, {101}, {70001010}, {}};
  std::int64_t units = 1'234'567;
  for (std::size_t i = 0; i < count; ++i) {
    const auto watts = static_cast<std::int64_t>(random.below(900));
    units += watts / 60;
    const auto millivolts = 228'000 + static_cast<std::int64_t>(random.below(4000));
    const auto at = recording_begins + seconds(static_cast<std::int64_t>(i) * 60 + static_cast<std::int64_t>(random.below(5)));
    chunk.readings.push_back({at, {units}, Power{watts}, millivolts, watts * 1'000'000 / millivolts});
  }
  return chunk;
}

}  // namespace

TEST_CASE("golden chunks are read, and written again to the byte") {
  const SodiumCrypto crypto;
  const auto told = golden();
  for (const auto& item : told.at("chunks").as_array()) {
    INFO(text(item, "name"));
    const auto bytes = from_hex(text(item, "bytes"));
    const auto chunk = decode_chunk(bytes);
    REQUIRE(chunk.has_value());
    CHECK(*chunk == chunk_of(item.at("chunk")));
    CHECK(chunk_id(crypto, bytes).value == std::stoull(text(item, "id"), nullptr, 16));
    if (!item.as_object().contains("unknown_columns")) CHECK(encode(*chunk) == bytes);
  }
}

TEST_CASE("bytes that are no chunk are refused with a stable word") {
  const auto told = golden();
  for (const auto& item : told.at("negative").as_array()) {
    INFO(text(item, "name"));
    const auto chunk = decode_chunk(from_hex(text(item, "bytes")));
    REQUIRE(chunk.has_error());
    CHECK(chunk.error().message() == text(item, "error"));
  }
}

TEST_CASE("every cut of a sound chunk is refused") {
  const auto bytes = encode(chunk_of(golden().at("chunks").at(1).at("chunk")));
  for (std::size_t size = 0; size < bytes.size(); ++size) CHECK(decode_chunk(ByteView(bytes).first(size)).has_error());
}

TEST_CASE("what was recorded comes out again, in about ten bytes a reading") {
  Random random(7);
  std::size_t bytes = 0;
  std::size_t readings = 0;
  for (int i = 0; i < 200; ++i) {
    const auto chunk = likely_chunk(random, 15);
    const auto packed = encode(chunk);
    REQUIRE(decode_chunk(packed).value() == chunk);
    bytes += packed.size();
    readings += chunk.readings.size();
  }
  CHECK(bytes < readings * 13);  // a load that jumps at random each minute is worse than any room
}

TEST_CASE("a reading follows only what it can be packed with") {
  ReadingChunk chunk{{1}, {1}, {1}, {}};
  const RecordedReading first{recording_begins + hours(1), {5}, Power{3}};
  CHECK(may_follow(chunk, first));
  chunk.readings.push_back(first);
  auto next = first;
  CHECK_FALSE(may_follow(chunk, next));  // time stands still
  next.at = first.at - seconds(1);
  CHECK_FALSE(may_follow(chunk, next));
  next.at = first.at + hours(1);
  CHECK(may_follow(chunk, next));
  next.at = first.at + hours(1) + seconds(1);
  CHECK_FALSE(may_follow(chunk, next));
  next = {first.at + seconds(1), {5}, std::nullopt};
  CHECK_FALSE(may_follow(chunk, next));  // other quantities
  next = {first.at + seconds(1), {5}, Power{3}};
  next.further.put(FurtherKind::frequency, 50'000);
  CHECK_FALSE(may_follow(chunk, next));
  chunk.readings.resize(chunk_readings_max, first);
  next = {first.at + seconds(1), {5}, Power{3}};
  CHECK_FALSE(may_follow(chunk, next));
}

TEST_CASE("times before the clock was set and quantities that cannot be are not recorded") {
  CHECK(is_recordable({recording_begins, {0}}));
  CHECK_FALSE(is_recordable({recording_begins - seconds(1), {0}}));
  CHECK_FALSE(is_recordable({recording_ends, {0}}));
  CHECK_FALSE(is_recordable({recording_begins + microseconds(1), {0}}));
  CHECK_FALSE(is_recordable({recording_begins, {recorded_value_max + 1}}));
  CHECK_FALSE(is_recordable({recording_begins, {0}, std::nullopt, -recorded_value_max - 1}));
  RecordedReading told{recording_begins, {0}};
  told.further.put(FurtherKind::remaining_money, recorded_value_max);
  CHECK(is_recordable(told));
  told.further.put(FurtherKind::relay, 2);
  CHECK_FALSE(is_recordable(told));
}

TEST_CASE("a meter that tells no further quantity has a chunk of the same bytes as before there were any") {
  Random random(7);
  auto chunk = likely_chunk(random, 15);
  const auto plain = encode(chunk);
  CHECK((plain[8] & 0xf0) == 0);  // behind version, circuit, room and meter: the four bits of old
  for (auto& reading : chunk.readings) reading.further.put(FurtherKind::relay, 1);
  CHECK(encode(chunk).size() == plain.size() + 16);  // its column: a length, and a byte a reading
}
