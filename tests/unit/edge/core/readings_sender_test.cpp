#include "edge/core/readings_sender.hpp"

#include <catch2/catch.hpp>

#include "shared/base/random.hpp"

using namespace wattle;
using namespace wattle::edge;

namespace {

class Words final : public Entropy {
 public:
  std::uint64_t word() override { return random_.next(); }

 private:
  Random random_{3};
};

struct Sending {
  Words words;
  SenderSettings settings;
  ReadingsSender sender{settings, words};
  Tick now{seconds(100).micros};

  Sending() {
    sender.connected(now);
    now = now + settings.spread_connected;
  }
  std::vector<RingPlace> send(std::uint64_t from, std::uint64_t count, std::size_t bytes = 1000) {
    std::vector<RingPlace> chunks;
    for (std::uint64_t i = 0; i < count; ++i) chunks.push_back({from + i, {1000 + from + i}});
    sender.sent(chunks, bytes, now);
    return chunks;
  }
  static ReadingsAck ack_of(const std::vector<RingPlace>& chunks) {
    ReadingsAck ack;
    for (const auto& chunk : chunks) ack.stored.push_back(chunk.id);
    return ack;
  }
};

}  // namespace

TEST_CASE("a few batches are under way, and an answer makes room for the next") {
  Sending box;
  std::vector<std::vector<RingPlace>> sent;
  for (std::uint64_t i = 0; i < box.settings.window; ++i) {
    REQUIRE(box.sender.may_send(box.now));
    sent.push_back(box.send(i * 10, 10));
  }
  CHECK_FALSE(box.sender.may_send(box.now));
  CHECK(box.sender.under_way().size() == 10 * box.settings.window);
  const auto numbers = box.sender.acknowledged(Sending::ack_of(sent[1]), box.now);
  CHECK(numbers.size() == 10);
  CHECK(box.sender.may_send(box.now));
}

TEST_CASE("an acknowledgement twice, or of what was never sent, lets nothing go") {
  Sending box;
  const auto chunks = box.send(1, 3);
  CHECK(box.sender.acknowledged(Sending::ack_of(chunks), box.now).size() == 3);
  CHECK(box.sender.acknowledged(Sending::ack_of(chunks), box.now).empty());
  CHECK(box.sender.acknowledged({{{77}}, {{{78}, ReadingsErrc::version}}}, box.now).empty());
}

TEST_CASE("a refused chunk is given up like a stored one") {
  Sending box;
  box.send(1, 2);
  const auto numbers = box.sender.acknowledged({{{1001}}, {{{1002}, ReadingsErrc::version}}}, box.now);
  CHECK(numbers == std::vector<std::uint64_t>{1, 2});
  CHECK(box.sender.under_way().empty());
}

TEST_CASE("without an answer all is sent again, one batch and ever later; a late answer counts") {
  Sending box;
  const auto chunks = box.send(1, 5);
  box.sender.exhausted();
  CHECK(box.sender.wake_up() == box.now + box.settings.answer_time);
  CHECK_FALSE(box.sender.may_send(box.now + Duration{box.settings.answer_time.micros - 1}));
  box.now = box.now + box.settings.answer_time;
  REQUIRE(box.sender.may_send(box.now));
  CHECK(box.sender.under_way().empty());
  const auto again = box.send(3, 3);
  CHECK_FALSE(box.sender.may_send(box.now));  // one at a time now
  CHECK_FALSE(box.sender.may_send(box.now + box.settings.answer_time));
  CHECK(box.sender.may_send(box.now + box.settings.answer_time + box.settings.answer_time));
  CHECK(box.sender.acknowledged(Sending::ack_of(chunks), box.now).size() == 5);
  CHECK(box.sender.acknowledged(Sending::ack_of(again), box.now).empty());  // the same chunks
}

TEST_CASE("pauses grow to their limit and no further") {
  Sending box;
  for (int i = 0; i < 40; ++i) {
    box.now = std::max(box.now, box.sender.wake_up());
    REQUIRE(box.sender.may_send(box.now));
    box.send(1, 1);
    CHECK(box.sender.wake_up() <= box.now + box.settings.longest_pause);
  }
  CHECK(box.sender.wake_up() == box.now + box.settings.longest_pause);
}

TEST_CASE("what leaves is bounded in bytes a second, also after an hour in which there was nothing to send") {
  Sending box;
  std::int64_t bytes = 0;
  const auto quiet_until = box.now + (GENERATE(false, true) ? hours(1) : seconds(0));
  for (; box.now < quiet_until; box.now = box.now + seconds(1)) CHECK(box.sender.may_send(box.now));
  const auto begin = box.now;
  while (box.now - begin < seconds(20)) {
    if (box.sender.may_send(box.now)) {
      const auto chunks = box.send(1, 1, box.settings.batch_bytes);
      bytes += static_cast<std::int64_t>(box.settings.batch_bytes);
      box.sender.acknowledged(Sending::ack_of(chunks), box.now);
    } else {
      box.now = std::max(box.sender.wake_up(), box.now + milliseconds(1));
    }
  }
  CHECK(bytes <= 20 * box.settings.bytes_per_second + 3 * static_cast<std::int64_t>(box.settings.batch_bytes));
  CHECK(bytes >= 19 * box.settings.bytes_per_second);
}

TEST_CASE("memory stays the same however long nobody answers") {
  Sending box;
  for (std::uint64_t i = 0; i < 500; ++i) {
    box.now = std::max(box.now + seconds(1), box.sender.wake_up());
    if (box.sender.may_send(box.now)) box.send(i * 2000, 2000);
    CHECK(box.sender.under_way().size() <= box.settings.window * readings_batch_chunks_max);
  }
}

TEST_CASE("nothing is sent before the line is up, and a lost line forgets what was under way") {
  Words words;
  ReadingsSender sender({}, words);
  CHECK_FALSE(sender.may_send({5}));
  CHECK(sender.wake_up() == never);
  sender.connected({5});
  sender.sent({{1, {1}}}, 10, {5});
  sender.disconnected();
  CHECK(sender.under_way().empty());
  CHECK_FALSE(sender.may_send({seconds(9).micros}));
}

TEST_CASE("beside money one small batch at a time leaves, and not often") {
  Sending box;
  CHECK(box.sender.batch_bytes(true) < box.sender.batch_bytes(false));
  REQUIRE(box.sender.may_send(box.now, true));
  const auto sent = box.send(1, 3);
  CHECK_FALSE(box.sender.may_send(box.now, true));
  CHECK(box.sender.may_send(box.now, false));
  box.now = box.now + box.settings.pause_beside;
  CHECK_FALSE(box.sender.may_send(box.now, true));  // the one before is not answered
  box.sender.acknowledged(Sending::ack_of(sent), box.now);
  REQUIRE(box.sender.may_send(box.now, true));
  box.sender.acknowledged(Sending::ack_of(box.send(4, 1)), box.now);
  CHECK_FALSE(box.sender.may_send(box.now, true));  // answered soon: the pause is kept all the same
  CHECK(box.sender.may_send(box.now + box.settings.pause_beside, true));
}
