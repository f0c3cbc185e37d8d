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
  newer[0] = 2;
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
    if (const auto read = decode_read_answer(bytes)) CHECK(encode(*read) == bytes);
  }
}

}  // namespace wattle
