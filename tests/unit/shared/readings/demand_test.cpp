#include "shared/readings/demand.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

namespace wattle {
namespace {

DemandedReading full_reading() {
  DemandedReading v;
  v.circuit = {1010};
  v.meter = {5001};
  v.reading = {{1'772'424'000'000'000}, {300}, Power{-40}, 220'500, 1'500};
  v.power_factor_per_mille = 980;
  v.relay_closed = true;
  return v;
}

}  // namespace

TEST_CASE("a question and its answer have the bytes of api-spec/readings.md") {
  CHECK(to_hex(encode(ReadQuestion{7, {101}})) == "01070000000000000065");
  CHECK(to_hex(encode(ReadAnswer{7, ReadStatus::busy})) == "0107000000000000000200");
  const ReadAnswer answer{7, ReadStatus::answered, {full_reading(), {{1011}, ReadOutcome::silent}}};
  CHECK(to_hex(encode(answer)) ==
        "010700000000000000"
        "0002"
        "f20700"            // circuit 1010, read
        "8927"              // meter 5001
        "80c0caeed380a606"  // when
        "d804"              // 300 Wh
        "3f"                // all there, relay closed
        "4f"
        "a8f51a"
        "b817"
        "a80f"      // -40 W, mV, mA, per mille
        "f30701");  // circuit 1011, silent
  CHECK(decode_read_answer(encode(answer)).value() == answer);
  CHECK(decode_read_question(encode(ReadQuestion{7, {101}})).value() == ReadQuestion{7, {101}});
}

TEST_CASE("from version 2 on one circuit is asked for alone, and all is told that its meter tells") {
  const ReadQuestion of_circuit{7, {}, {9010}, demand_version};
  CHECK(to_hex(encode(of_circuit)) == "02070000000000000000b246");
  CHECK(decode_read_question(encode(of_circuit)).value() == of_circuit);
  const ReadQuestion of_room{7, {101}, {}, demand_version};
  CHECK(decode_read_question(encode(of_room)).value() == of_room);
  CHECK_FALSE(decode_read_question(from_hex("0207000000000000000000")).has_value());    // of nobody
  CHECK_FALSE(decode_read_question(from_hex("02070000000000000065b246")).has_value());  // of both
  auto reading = full_reading();
  reading.reading.further.put(FurtherKind::frequency, 49'980);
  reading.reading.further.put(FurtherKind::remaining_money, -1);
  reading.reading.further.put(FurtherKind::temperature, 21'500);
  const ReadAnswer answer{7, ReadStatus::answered, {reading}, demand_version};
  CHECK(to_hex(encode(answer)) ==
        "02070000000000000000"
        "01f207008927"
        "80c0caeed380a606"
        "d8043f4fa8f51ab817a80f"
        "c202"              // frequency, remaining money, temperature
        "f88c0601f8cf02");  // mHz, micros, thousandths of a degree
  CHECK(decode_read_answer(encode(answer)).value() == answer);
  const auto plain = decode_read_answer(encode(ReadAnswer{7, ReadStatus::answered, {reading}}));  // as an older cloud asks
  REQUIRE(plain.has_value());
  CHECK(plain->circuits[0] == full_reading());
  auto bytes = encode(answer);
  bytes[bytes.size() - 9] = 0xc3;  // a power factor, which has a field of its own
  CHECK_FALSE(decode_read_answer(bytes).has_value());
}

TEST_CASE("questions and answers are read whole or not at all") {
  const auto question = encode(ReadQuestion{7, {101}});
  for (std::size_t size = 0; size < question.size(); ++size)
    CHECK(decode_read_question(ByteView(question).first(size)).error() == ReadingsErrc::truncated);
  const auto answer = encode(ReadAnswer{7, ReadStatus::answered, {full_reading(), {{1011}, ReadOutcome::late}}});
  for (std::size_t size = 0; size < answer.size(); ++size)
    CHECK(decode_read_answer(ByteView(answer).first(size)).error() == ReadingsErrc::truncated);
  auto more = answer;
  more.push_back(0);
  CHECK(decode_read_answer(more).error() == ReadingsErrc::malformed);
  auto newer = question;
  newer[0] = 3;
  CHECK(decode_read_question(newer).error() == ReadingsErrc::version);
}

TEST_CASE("statuses, outcomes and flags that there are not are refused") {
  auto bytes = encode(ReadAnswer{7, ReadStatus::answered, {full_reading()}});
  const auto with = [&](std::size_t at, std::uint8_t value) {
    auto changed = bytes;
    changed[at] = value;
    return decode_read_answer(changed);
  };
  CHECK_FALSE(with(9, 3).has_value());    // status
  CHECK_FALSE(with(13, 5).has_value());   // outcome
  CHECK_FALSE(with(26, 64).has_value());  // flags
  CHECK_FALSE(with(26, 32).has_value());  // a relay's state without a relay
  REQUIRE(bytes[26] == 63);
}

TEST_CASE("whatever the bytes are, they are read or refused, and what is read is written the same") {
  Random random(5);
  const auto seed = encode(ReadAnswer{7, ReadStatus::answered, {full_reading(), {{1011}, ReadOutcome::away}}});
  for (int i = 0; i < 20'000; ++i) {
    auto bytes = seed;
    for (auto changes = random.between(1, 3); changes > 0; --changes)
      bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random.below(256));
    if (random.chance(1, 4)) bytes.resize(random.below(bytes.size() + 1));
    if (random.chance(1, 2)) bytes[0] = demand_version;
    if (const auto read = decode_read_answer(bytes)) CHECK(encode(*read) == bytes);
    if (const auto read = decode_read_question(bytes)) CHECK(encode(*read) == bytes);
  }
}

}  // namespace wattle
