// Recorded readings from the ring of a box to the API of the real cloud, over the real broker: what was recorded is what comes
// back, whatever is lost, repeated, reordered or killed on the way.

#include <atomic>
#include <catch2/catch.hpp>
#include <thread>

#include "edge/readings_line.hpp"
#include "shared/base/random.hpp"
#include "shared/readings/demand.hpp"
#include "tests/integration/cloud/cloud_site.hpp"

using namespace wattle;
using namespace wattle::test;

namespace {

constexpr std::uint32_t circuits = 4;
constexpr int quarters = 60;

std::string text_of(Instant at) {
  std::array<char, 40> text{};
  const auto time = static_cast<std::time_t>(at.micros / 1'000'000);
  std::tm parts{};
  gmtime_r(&time, &parts);
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text.data();
}

/// A claimed box with one room, whose line of readings loses and repeats as it is told.
struct Building {
  CloudSite cloud;
  Box box{cloud, 7};
  wattle::test::SystemEntropy entropy;
  Random random{17};
  unsigned lost_of_ten = 0;
  unsigned repeated_of_ten = 0;
  bool away = false;
  Instant begin;
  std::vector<std::unique_ptr<edge::ReadingsLine>> before;  // whose timers may still be on their way
  std::unique_ptr<edge::ReadingsLine> line;

  Building() {
    REQUIRE(cloud.put("/api/v1/prices/1", R"({"starts":"2026-01-01T00:00:00Z","tiers":[{"rate":"0.5"}]})").status == 201);
    REQUIRE(cloud.post("/api/v1/rooms", R"({"room":101,"edge":7,"circuits":[{"circuit":1,"meter":71,"first_reading":0}]})")
                .status == 201);
    const auto now = wall_clock();
    begin = Instant{now.micros - now.micros % minutes(15).micros} - minutes(15 * quarters);
  }
  std::string ring_file() const { return cloud.path("box-readings.sqlite"); }
  void fill() const {
    auto ring = edge::ReadingsRing::open(ring_file(), edge::ring_bytes_usual, box.crypto);
    REQUIRE(ring.has_value());
    edge::RingWrite write;
    for (int quarter = 0; quarter < quarters; ++quarter)
      for (std::uint32_t circuit = 1; circuit <= circuits; ++circuit) {
        ReadingChunk chunk{{circuit}, {101}, {70U + circuit}, {}};
        for (int i = 0; i < 15; ++i)
          chunk.readings.push_back(
              {begin + minutes(quarter * 15 + i), {quarter * 15 + i + std::int64_t{circuit} * 1'000'000}, Power{i}});
        write.closed.push_back(encode(chunk));
      }
    REQUIRE((*ring)->write(write).has_value());
  }
  /// The box's process begins again, from its ring.
  void start_line() {
    edge::ReadingsLineSettings settings;
    settings.file = ring_file();
    settings.sender.batch_bytes = 2000;  // many messages
    settings.sender.answer_time = milliseconds(200);
    settings.sender.longest_pause = seconds(1);
    settings.sender.spread_connected = milliseconds(10);
    if (line) line->stop(), before.push_back(std::move(line));
    line = std::make_unique<edge::ReadingsLine>(
        box.loop, settings,
        edge::ReadingsLineHooks{[this](ByteView body) { return send(body); }, [] { return edge::LineUse::all; }}, box.crypto,
        entropy, box.metrics);
    box.connected = [this] { line->connected(); };
    box.disconnected = [this] { line->disconnected(); };
    box.readings_received = [this](ByteView body) {
      if (random.below(10) >= lost_of_ten) line->received(body);
      if (random.below(10) < repeated_of_ten) line->received(body);
    };
    line->start();
    if (box.mqtt->connected()) line->connected();
  }
  bool send(ByteView body) {
    if (!box.mqtt->connected()) return false;
    const auto topic = box.topic("/topic_up", "readings");
    if (random.below(10) < lost_of_ten) return true;
    if (random.below(10) < repeated_of_ten && !box.mqtt->publish(topic, box.envelope(body), 1)) return false;
    return box.mqtt->publish(topic, box.envelope(body), 1).has_value();
  }
  std::int64_t backlog() { return box.metrics.gauge("wattle_edge_readings_backlog", "").value(); }

  void check_everything_is_there() {
    std::string cursor;
    std::size_t seen = 0;
    do {
      const auto page = cloud.get("/api/v1/rooms/101/readings?limit=777&from=" + text_of(begin) +
                                  "&to=" + text_of(begin + minutes(15 * quarters)) + cursor);
      REQUIRE(page.status == 200);
      for (const auto& item : page.body.at("items").as_array()) {
        const auto circuit = static_cast<std::int64_t>(1 + seen / (15 * quarters));
        const auto minute = static_cast<std::int64_t>(seen % (15 * quarters));
        REQUIRE(item.at("circuit").to_number<std::int64_t>() == circuit);
        REQUIRE(item.at("at").as_string() == text_of(begin + minutes(minute)));
        REQUIRE(item.at("register_wh").to_number<std::int64_t>() == minute + circuit * 1'000'000);
        REQUIRE(item.at("power_w").to_number<std::int64_t>() == minute % 15);
        ++seen;
      }
      cursor = page.body.at("next_cursor").is_null() ? "" : "&cursor=" + page.at("/next_cursor");
    } while (!cursor.empty());
    CHECK(seen == circuits * 15 * quarters);
  }
};

}  // namespace

TEST_CASE("what was recorded comes back, though messages both ways are lost, repeated and late") {
  Building building;
  building.fill();
  building.lost_of_ten = 3;
  building.repeated_of_ten = 3;
  building.start_line();
  REQUIRE(building.box.until([&] { return building.backlog() == 0; }, 120));
  building.check_everything_is_there();
  CHECK(building.cloud.counted("wattle_readings_stored_total") == circuits * 15 * quarters);
  CHECK(building.cloud.counted("wattle_readings_chunks_total{outcome=\"known\"}") > 0);
}

TEST_CASE("cloud, broker and box are killed between storing and acknowledging, and nothing is lost or there twice") {
  Building building;
  building.fill();
  building.start_line();
  for (int round = 0; round < 6; ++round) {
    const auto wait = std::chrono::milliseconds(building.random.below(120));
    const auto end = std::chrono::steady_clock::now() + wait;
    building.box.until([&] { return std::chrono::steady_clock::now() >= end; }, 5);
    building.cloud.kill(SIGKILL);
    if (round % 3 == 1) {
      building.cloud.broker.kill();
      building.cloud.broker.start();
    }
    if (round % 2 == 1) building.start_line();
    building.cloud.start();
  }
  REQUIRE(building.box.until([&] { return building.backlog() == 0; }, 120));
  building.check_everything_is_there();
}

TEST_CASE("bytes that are no readings are counted, and the right ones are taken afterwards") {
  Building building;
  REQUIRE(building.box.until([&] { return building.box.mqtt->connected(); }));
  const auto topic = building.box.topic("/topic_up", "readings");
  building.box.publish(topic, building.box.envelope(Bytes{7, 7, 7}));
  building.box.publish(topic, building.box.envelope(encode(ReadingsBatch{1, {Bytes{1, 1}}})));
  building.fill();
  building.start_line();
  building.line->received(Bytes{3});
  REQUIRE(building.box.until([&] { return building.backlog() == 0; }, 60));
  building.check_everything_is_there();
  CHECK(building.cloud.counted("wattle_gateway_refused_total{code=\"readings.version\"}") == 1);
  CHECK(building.cloud.counted("wattle_readings_refused_total{code=\"readings.truncated\"}") == 1);
  CHECK(building.box.metrics.counter("wattle_edge_refused_total", "", {{"code", "readings.version"}}).value() == 1);
}

TEST_CASE("a reading on demand goes to its box and comes back; an answer that is none is counted, and hides no other") {
  Building building;
  auto& box = building.box;
  const auto is_open = [&] {
    const auto* room = box.engine->link().state().find({101});
    return room != nullptr && room->open;
  };
  REQUIRE(box.until(is_open));
  box.read_asked = [&](ByteView body) {
    const auto question = decode_read_question(body);
    REQUIRE(question.has_value());
    CHECK(question->room == RoomId{101});
    const auto say = [&](ByteView bytes) { box.publish(box.topic("/topic_up", "reads"), box.envelope(bytes)); };
    DemandedReading reading{{1}};
    reading.meter = {71};
    reading.reading = {wall_clock(), {4711}, Power{40}};
    say(view("x"));
    say(encode(ReadAnswer{question->id + 1, ReadStatus::busy, {}}));
    say(encode(ReadAnswer{question->id, ReadStatus::answered, {reading}}));
    say(encode(ReadAnswer{question->id, ReadStatus::busy, {}}));
  };
  wattle::test::Answer answer;
  std::atomic<bool> is_answered = false;
  std::thread caller([&] {
    answer = building.cloud.post("/api/v1/rooms/101/reads", "{}");
    is_answered = true;
  });
  const bool in_time = box.until([&] { return is_answered.load(); });
  caller.join();
  REQUIRE(in_time);
  CHECK(answer.status == 200);
  CHECK(answer.body.at("items").at(0).at("register").to_number<int>() == 4711);
  CHECK(box.until([&] { return building.cloud.counted("wattle_gateway_late_reads_total") == 2; }));
  CHECK(building.cloud.counted("wattle_gateway_refused_total{code=\"readings.version\"}") == 1);
}
