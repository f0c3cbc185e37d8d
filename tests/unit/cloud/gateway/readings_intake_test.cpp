// Between the two loops: acknowledged when stored, refused one by one, bounded.

#include "cloud/gateway/readings_intake.hpp"

#include <catch2/catch.hpp>
#include <future>

#include "cloud/store/readings_sqlite.hpp"
#include "shared/io/log.hpp"
#include "tests/unit/shared/io/test_folder.hpp"

using namespace wattle;
using namespace wattle::cloud;

namespace {

constexpr Holder box{{7}, {0xc41e}};

Bytes chunk_of(std::int64_t number) {
  return encode(ReadingChunk{{1}, {101}, {7}, {{recording_begins + days(2000) + minutes(number), {number}}}});
}

/// Fails as often as it is told to, and else keeps nothing, whatever it says.
class FailingStore final : public ReadingsStore {
 public:
  explicit FailingStore(int failures, ChunkOutcome outcome = ChunkOutcome::stored) : failures_(failures), outcome_(outcome) {}
  Result<std::vector<ChunkOutcome>> store(std::span<const ArrivedChunk> chunks) override {
    if (failures_-- > 0) return WATTLE_FAIL(StoreErrc::full);
    return std::vector(chunks.size(), outcome_);
  }
  Result<ReadingsPage<RecordedRow>> recorded(const ReadingsQuery&) override { return WATTLE_FAIL(StoreErrc::io); }
  Result<std::optional<ReadingsPlace>> read_recorded(const ReadingsQuery&, const RowTaker&) override {
    return WATTLE_FAIL(StoreErrc::io);
  }
  Result<ReadingsPage<TotalRow>> totals(const ReadingsQuery&, TotalSpan) override { return WATTLE_FAIL(StoreErrc::io); }
  Result<std::vector<RecordedRow>> latest(RoomId) override { return WATTLE_FAIL(StoreErrc::io); }
  Result<std::size_t> thin(Instant, Duration) override { return std::size_t{0}; }

 private:
  int failures_;
  ChunkOutcome outcome_;
};

struct IntakeSite {
  explicit IntakeSite(std::unique_ptr<ReadingsStore> store)
      : intake(
            loop, std::move(store), {days(36'500)},
            [this](Holder to, const Bytes& body) {
              CHECK(to == box);
              acks.push_back(decode_readings_ack(body).value());
            },
            metrics) {}
  void until_answered(std::size_t count) {
    for (int tries = 0; tries < 1000 && acks.size() < count; ++tries) {
      loop.run_one_for(std::chrono::milliseconds(10));
      loop.restart();
    }
  }
  boost::asio::io_context loop;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{loop.get_executor()};
  Metrics metrics;
  std::vector<ReadingsAck> acks;
  ReadingsIntake intake;
};

std::unique_ptr<ReadingsStore> real_store(const test::Folder& folder) {
  auto store = SqliteReadings::open(folder.path("readings.sqlite"), {1}, {});
  REQUIRE(store.has_value());
  return std::move(*store);
}

}  // namespace

TEST_CASE("what is acknowledged is stored; repetitions are acknowledged again and stored once") {
  const test::Folder folder;
  const SodiumCrypto crypto;
  IntakeSite site(real_store(folder));
  for (int i = 0; i < 3; ++i) site.intake.give(box, encode(ReadingsBatch{9, {chunk_of(1), chunk_of(2)}}));
  site.until_answered(3);
  REQUIRE(site.acks.size() == 3);
  for (const auto& ack : site.acks)
    CHECK(ack.stored == std::vector{chunk_id(crypto, chunk_of(1)), chunk_id(crypto, chunk_of(2))});
  std::optional<std::size_t> rows;
  site.intake.ask<std::size_t>(
      [](ReadingsStore& store) {
        return store.recorded({{101}, std::nullopt, recording_begins, recording_ends, 100, std::nullopt})->rows.size();
      },
      [&](std::size_t count) { rows = count; });
  for (int tries = 0; tries < 1000 && !rows; ++tries) site.loop.run_one_for(std::chrono::milliseconds(10)), site.loop.restart();
  CHECK(rows == 2);
  CHECK(site.metrics.counter("wattle_readings_stored_total", "").value() == 2);
  CHECK(site.metrics.gauge("wattle_readings_backlog", "").value() == 9);
}

TEST_CASE("so many may ask at once and no more, and it passes") {
  const test::Folder folder;
  IntakeSite site(real_store(folder));
  std::promise<void> gate;
  std::size_t answered = 0;
  const auto ask = [&](std::function<int(ReadingsStore&)> read) {
    return site.intake.ask<int>(std::move(read), [&](int) { ++answered; });
  };
  const auto quick = [](ReadingsStore&) { return 1; };
  CHECK(ask([held = gate.get_future().share()](ReadingsStore&) { return held.wait(), 0; }));
  for (std::size_t i = 1; i < readings_questions_max; ++i) CHECK(ask(quick));
  CHECK_FALSE(ask(quick));
  gate.set_value();
  for (int tries = 0; tries < 1000 && answered < readings_questions_max; ++tries)
    site.loop.run_one_for(std::chrono::milliseconds(10)), site.loop.restart();
  CHECK(answered == readings_questions_max);
  CHECK(ask(quick));
}

TEST_CASE("a bad chunk is refused alone, a bad batch is counted, and the right thing is taken afterwards") {
  const test::Folder folder;
  const SodiumCrypto crypto;
  IntakeSite site(real_store(folder));
  site.intake.give(box, Bytes{9, 9, 9});
  const Bytes bad{2, 1, 1};
  site.intake.give(box, encode(ReadingsBatch{1, {bad, chunk_of(5)}}));
  site.until_answered(1);
  REQUIRE(site.acks.size() == 1);
  CHECK(site.acks[0].stored == std::vector{chunk_id(crypto, chunk_of(5))});
  CHECK(site.acks[0].refused == std::vector{RefusedChunk{chunk_id(crypto, bad), ReadingsErrc::version}});
  CHECK(site.metrics.counter("wattle_gateway_refused_total", "", {{"code", "readings.version"}}).value() == 1);
  CHECK(site.metrics.counter("wattle_readings_refused_total", "", {{"code", "readings.version"}}).value() == 1);
}

TEST_CASE("a store that fails acknowledges nothing, and goes on when it can again") {
  IntakeSite site(std::make_unique<FailingStore>(1));
  site.intake.give(box, encode(ReadingsBatch{1, {chunk_of(1)}}));
  for (int tries = 0; tries < 500 && site.metrics.counter("wattle_readings_failed_total", "").value() == 0; ++tries)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  CHECK(site.metrics.counter("wattle_readings_failed_total", "").value() == 1);
  site.intake.give(box, encode(ReadingsBatch{1, {chunk_of(1)}}));
  site.until_answered(1);
  CHECK(site.acks.size() == 1);
}

TEST_CASE("that readings expire is told, since they are acknowledged all the same: one clock of two is wrong") {
  const test::Folder folder;
  Metrics counted;
  REQUIRE(start_log({.process = "wattle-cloud", .file = folder.path("log"), .metrics = &counted}).has_value());
  {
    IntakeSite site(std::make_unique<FailingStore>(0, ChunkOutcome::expired));
    site.intake.give(box, encode(ReadingsBatch{2, {chunk_of(1), chunk_of(2)}}));
    site.until_answered(1);
    CHECK(site.acks.size() == 1);
  }
  stop_log();
  CHECK(counted.counter("wattle_events_total", "Events by code", {{"event", "cloud.readings.expired"}}).value() == 1);
}
