// Recorded readings from outside. One input is tried as a chunk, as a batch and as an acknowledgement; what is taken must be
// writable again and mean the same, and to the byte where nothing unknown was in it.

#include <algorithm>

#include "edge/core/recorded_gap.hpp"
#include "shared/base/check.hpp"
#include "shared/readings/demand.hpp"
#include "shared/readings/message.hpp"

using namespace wattle;

namespace {

void try_chunk(ByteView input) {
  const auto chunk = decode_chunk(input);
  if (!chunk) {
    WATTLE_CHECK(chunk.error().category() == readings_category());
    return;
  }
  ReadingChunk rebuilt{chunk->circuit, chunk->room, chunk->meter, {}};
  for (const auto& reading : chunk->readings) {
    WATTLE_CHECK(is_recordable(reading) && may_follow(rebuilt, reading));
    rebuilt.readings.push_back(reading);
  }
  const auto again = encode(*chunk);
  WATTLE_CHECK(again.size() <= input.size());  // an unknown column is all that may be gone
  if (again.size() == input.size()) WATTLE_CHECK(std::equal(again.begin(), again.end(), input.begin()));
  WATTLE_CHECK(decode_chunk(again).value() == *chunk);
}

void try_messages(ByteView input) {
  if (const auto batch = decode_readings_batch(input)) {
    const auto again = encode(*batch);
    WATTLE_CHECK(std::equal(again.begin(), again.end(), input.begin(), input.end()));
    for (const auto& chunk : batch->chunks) try_chunk(chunk);
  }
  if (const auto ack = decode_readings_ack(input)) {
    const auto again = encode(*ack);
    WATTLE_CHECK(std::equal(again.begin(), again.end(), input.begin(), input.end()));
  }
}

/// As a box finds it on its disk.
void try_gap(ByteView input) {
  const auto gap = edge::decode_gap(input);
  if (!gap) return;
  WATTLE_CHECK(gap->from.at < gap->until.at);
  WATTLE_CHECK(edge::decode_gap(edge::encode(*gap)) == gap);
}

void try_demand(ByteView input) {
  const auto same = [&](const auto& value) {
    const auto again = encode(value);
    WATTLE_CHECK(std::equal(again.begin(), again.end(), input.begin(), input.end()));
  };
  if (const auto question = decode_read_question(input)) same(*question);
  if (const auto answer = decode_read_answer(input)) same(*answer);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_chunk({data, size});
  try_messages({data, size});
  try_demand({data, size});
  try_gap({data, size});
  return 0;
}
