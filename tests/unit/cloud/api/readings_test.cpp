// Recorded readings over the API: what was recorded is what comes back, page by page.

#include <catch2/catch.hpp>

#include "cloud/store/accounts.hpp"
#include "shared/api/time_text.hpp"
#include "shared/policy/registers.hpp"
#include "tests/unit/cloud/api/test_history.hpp"

using namespace wattle;
using namespace wattle::api::test;

namespace {

constexpr Instant march{1'772'323'200'000'000};  // 2026-03-01T00:00:00Z

/// Once in the hour it sags, and once it rises.
std::int64_t volts(std::int64_t minute) { return minute == 7 ? -28'000 : minute == 9 ? 1'500 : minute == 61 ? 0 : -2'500; }

struct Room : HistoryDesk {
  Room() {
    const auto fitted =
        client.post("/api/v1/rooms", R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":70001010,"first_reading":0},)"
                                     R"({"circuit":1019,"meter":70001019,"utility":"cold_water","first_reading":0}]})");
    INFO(fitted.code());
    REQUIRE(fitted.status == 201);
    for (const std::uint32_t circuit : {1010U, 1019U}) put(circuit);
  }
  void put(std::uint32_t circuit) const {
    std::vector<ReadingChunk> chunks;
    for (int quarter = 0; quarter < 8; ++quarter) {
      ReadingChunk chunk{{circuit}, {101}, {70'000'000U + circuit}, {}};
      for (int i = 0; i < 15; ++i) {
        const std::int64_t minute = quarter * 15 + i;
        RecordedReading reading{march + minutes(minute), {5 * minute}};
        if (circuit == 1010)
          reading.power = Power{300 + minute}, reading.voltage_mv = 229'500 + volts(minute), reading.current_ma = 1300;
        if (circuit == 1019) {  // water that flows every other minute, and a valve that is shut in the second hour
          reading.further.put(FurtherKind::flow, minute % 2 * 300'000);
          reading.further.put(FurtherKind::temperature, 11'000 - minute);
          reading.further.put(FurtherKind::relay, minute < 60 ? 1 : 0);
          reading.further.put(FurtherKind::reactive_energy, 7 * minute);
        }
        chunk.readings.push_back(reading);
      }
      chunks.push_back(chunk);
    }
    record(chunks);
  }
};

constexpr auto two_hours = "/api/v1/rooms/101/readings?from=2026-03-01T00:00:00Z&to=2026-03-01T02:00:00Z";

}  // namespace

TEST_CASE("single readings come with their units, in the order of time") {
  Room room;
  const auto reply = room.client.get(std::string(two_hours) + "&circuit=1010");
  REQUIRE(reply.status == 200);
  const auto& items = reply.body.at("items").as_array();
  REQUIRE(items.size() == 120);
  CHECK(reply.text("/items/61/at") == "2026-03-01T01:01:00Z");
  CHECK(reply.number("/items/61/register_wh") == 305);
  CHECK(reply.number("/items/61/power_w") == 361);
  CHECK(reply.number("/items/61/voltage_mv") == 229'500);
  CHECK(reply.number("/items/61/current_ma") == 1300);
  CHECK(reply.number("/items/61/meter") == 70'001'010);
  CHECK(reply.body.at("next_cursor").is_null());
}

TEST_CASE("pages follow one another over all circuits, without gap or repetition") {
  Room room;
  std::size_t seen = 0;
  std::string cursor;
  do {
    const auto reply = room.client.get(std::string(two_hours) + "&limit=37" + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(reply.status == 200);
    for (const auto& item : reply.body.at("items").as_array()) {
      const auto minute = static_cast<std::int64_t>(seen % 120);
      const bool water = seen >= 120;
      CHECK(item.at("circuit").to_number<int>() == (water ? 1019 : 1010));
      CHECK(item.at(water ? "register_l" : "register_wh").to_number<std::int64_t>() == 5 * minute);
      ++seen;
    }
    cursor = reply.body.at("next_cursor").is_null() ? "" : reply.text("/next_cursor");
  } while (!cursor.empty());
  CHECK(seen == 240);
}

TEST_CASE("hours and days say what was used") {
  Room room;
  const auto hours_reply = room.client.get(std::string(two_hours) + "&circuit=1010&resolution=hour");
  REQUIRE(hours_reply.status == 200);
  CHECK(hours_reply.number("/items/0/used_wh") == 300);
  CHECK(hours_reply.number("/items/0/readings") == 60);
  CHECK(hours_reply.number("/items/0/power_max_w") == 359);
  CHECK(hours_reply.number("/items/0/voltage_mean_mv") == 226'641);
  CHECK(hours_reply.number("/items/0/voltage_min_mv") == 201'500);
  CHECK(hours_reply.number("/items/0/voltage_max_mv") == 231'000);
  CHECK(hours_reply.number("/items/0/current_mean_ma") == 1300);
  CHECK(hours_reply.number("/items/0/current_max_ma") == 1300);
  CHECK(hours_reply.text("/items/1/start") == "2026-03-01T01:00:00Z");
  CHECK(hours_reply.number("/items/1/used_wh") == 295);
  const auto day = room.client.get(
      "/api/v1/rooms/101/readings?from=2026-02-28T16:00:00Z&to=2026-03-01T16:00:00Z&resolution=day&circuit=1019");
  REQUIRE(day.status == 200);
  CHECK(day.text("/items/0/start") == "2026-02-28T16:00:00Z");
  CHECK(day.number("/items/0/used_l") == 595);
  CHECK(day.find("/items/0/voltage_mean_mv") == nullptr);  // no such meter
}

TEST_CASE("what few meters tell is given where it is told: by itself, as levels of a time, and counters by what they counted") {
  Room room;
  const auto raw = room.client.get(std::string(two_hours) + "&circuit=1019");
  REQUIRE(raw.status == 200);
  CHECK(raw.number("/items/61/flow_ml_per_h") == 300'000);
  CHECK(raw.number("/items/61/temperature_mcelsius") == 10'939);
  CHECK(raw.text("/items/59/relay") == "closed");
  CHECK(raw.text("/items/61/relay") == "open");
  CHECK_FALSE(raw.body.at_pointer("/items/61").as_object().contains("power_factor_per_mille"));
  const auto hour = room.client.get(std::string(two_hours) + "&circuit=1019&resolution=hour");
  REQUIRE(hour.status == 200);
  CHECK(hour.number("/items/0/flow_mean_ml_per_h") == 150'000);
  CHECK(hour.number("/items/0/flow_min_ml_per_h") == 0);
  CHECK(hour.number("/items/0/flow_max_ml_per_h") == 300'000);
  CHECK(hour.number("/items/1/temperature_min_mcelsius") == 10'881);
  CHECK(hour.number("/items/1/temperature_max_mcelsius") == 10'940);
  CHECK_FALSE(hour.body.at_pointer("/items/0").as_object().contains("relay_readings"));  // in days alone
  CHECK(hour.number("/items/0/reactive_energy_used_varh") == 7 * 60);                    // up to the next hour's first
  CHECK(hour.number("/items/1/reactive_energy_used_varh") == 7 * 59);
  const auto day = room.client.get(
      "/api/v1/rooms/101/readings?from=2026-02-28T16:00:00Z&to=2026-03-01T16:00:00Z&resolution=day&circuit=1019");
  CHECK(day.number("/items/0/relay_readings") == 120);
  CHECK(day.number("/items/0/relay_closed_readings") == 60);
  const auto plain = room.client.get(std::string(two_hours) + "&circuit=1010&resolution=hour");
  CHECK_FALSE(plain.body.at_pointer("/items/0").as_object().contains("flow_mean_ml_per_h"));
}

TEST_CASE("what a meter had kept of a silence says so, comes once, and tells the day what was used in it") {
  Room room;
  std::vector<ReadingChunk> chunks;
  for (const int hour : {26, 50}) {
    RecordedReading reading{march + hours(hour), {595 + 100 * hour}};
    reading.from_history = hour == 26;
    chunks.push_back({{1010}, {101}, {70'001'010}, {reading}});
  }
  room.record(chunks);
  room.record({chunks[0]});  // the box has asked again
  const auto reply =
      room.client.get("/api/v1/rooms/101/readings?from=2026-03-02T00:00:00Z&to=2026-03-04T00:00:00Z&circuit=1010");
  REQUIRE(reply.status == 200);
  REQUIRE(reply.body.at("items").as_array().size() == 2);
  CHECK(reply.text("/items/0/source") == "meter_history");
  CHECK(reply.number("/items/0/register_wh") == 3'195);
  CHECK_FALSE(reply.body.at_pointer("/items/1").as_object().contains("source"));
  const auto hour = room.client.get(
      "/api/v1/rooms/101/readings?from=2026-03-02T00:00:00Z&to=2026-03-04T00:00:00Z&circuit=1010&resolution=hour");
  CHECK(hour.number("/items/0/readings") == 1);
  CHECK_FALSE(hour.body.at_pointer("/items/0").as_object().contains("power_mean_w"));
}

TEST_CASE("a student sees the readings since he lives there, whatever he asks for") {
  Room room;
  cloud::put(room.desk.registry(), cloud::Person{1, "Lin", "student", "", "", 1});
  cloud::put(room.desk.registry(), cloud::Stay{101, 1, (march + hours(1)).micros, 0});
  cloud::put(room.desk.registry(), cloud::User{"lin", "student", 1, false, "", 1});
  const auto hour = std::string(two_hours) + "&circuit=1010&resolution=hour";
  const auto cursor = room.client.get(std::string(two_hours) + "&resolution=hour&limit=1").text("/next_cursor");
  CHECK(room.client.get(hour).find("/items")->as_array().size() == 2);
  room.client.token = room.client.access().sessions().start("lin", "192.0.2.9", room.desk.now().wall).access;
  const auto raw = room.client.get(std::string(two_hours) + "&circuit=1010");
  REQUIRE(raw.find("/items")->as_array().size() == 60);
  CHECK(raw.text("/items/0/at") == "2026-03-01T01:00:00Z");
  CHECK(room.client.get(hour).find("/items")->as_array().size() == 1);
  const auto before = room.client.get("/api/v1/rooms/101/readings?from=2026-03-01T00:00:00Z&to=2026-03-01T01:00:00Z");
  CHECK(before.status == 200);
  CHECK(before.find("/items")->as_array().empty());
  CHECK(before.find("/next_cursor")->is_null());
  // Another's, of the hour before.
  cloud::put(room.desk.registry(), cloud::Stay{101, 1, (march + hours(2)).micros - 1, 0});
  cloud::put(room.desk.registry(), cloud::Stay{101, 1, (march + hours(1)).micros, march.micros});
  CHECK(room.client.get(std::string(two_hours) + "&resolution=hour&cursor=" + cursor).code() == "page.bad_cursor");
}

TEST_CASE("a question that makes no sense is refused, and says why") {
  Room room;
  const auto code = [&](const std::string& path) { return room.client.get(path).code(); };
  const std::string base = two_hours;
  CHECK(code("/api/v1/rooms/999/readings?from=2026-03-01T00:00:00Z&to=2026-03-01T02:00:00Z") == "room.unknown");
  CHECK(code("/api/v1/rooms/101/readings") == "readings.bad_period");
  CHECK(code("/api/v1/rooms/101/readings?from=2026-03-02T00:00:00Z&to=2026-03-01T02:00:00Z") == "readings.bad_period");
  CHECK(code("/api/v1/rooms/101/readings?from=2001-03-02T00:00:00Z&to=2026-03-01T02:00:00Z") == "readings.bad_period");
  CHECK(code(base + "&resolution=week") == "readings.bad_resolution");
  CHECK(code(base + "&circuit=x") == "readings.bad_circuit");
  CHECK(code(base + "&limit=50001") == "page.bad_limit");
  CHECK(code(base + "&cursor=00") == "page.bad_cursor");
  room.desk.history = nullptr;
  CHECK(room.client.get(base).status == 503);
  CHECK(code(base) == "readings.unavailable");
  room.desk.is_busy = true;
  CHECK(code(base) == "readings.busy");
}

TEST_CASE("hours say how far a figure goes over a gap, and that a register fell where nobody knows its end") {
  Room room;
  std::vector<ReadingChunk> chunks;
  const auto read = [&](Duration at, std::int64_t shows) {
    chunks.push_back({{1010}, {101}, {70'001'010}, {{march + days(1) + at, {shows}}}});
  };
  read({}, 600), read(hours(3), 900), read(hours(4), 999'999'990), read(hours(6), 20);
  room.record(chunks);
  const std::string day = "/api/v1/rooms/101/readings?from=2026-03-02T00:00:00Z&to=2026-03-03T00:00:00Z&resolution=hour";
  const auto reply = room.client.get(day);
  REQUIRE(reply.body.at("items").as_array().size() == 4);
  CHECK(reply.number("/items/0/used_wh") == 300);
  CHECK(reply.text("/items/0/used_until") == "2026-03-02T03:00:00Z");
  CHECK(reply.find("/items/1/used_until") == nullptr);  // the next hour goes on
  CHECK(reply.find("/items/1/register_fell") == nullptr);
  CHECK(reply.number("/items/2/used_wh") == 20 - 999'999'990);
  REQUIRE(reply.find("/items/2/register_fell") != nullptr);
  CHECK(reply.find("/items/2/register_fell")->as_bool());
  CHECK(reply.find("/items/3/used_until") == nullptr);  // nothing after it is known
  // Wired through the API, its profile says where the register ends.
  CHECK(room.client.put("/api/v1/edges/7/buses/1", R"({"port":"/dev/ttyS1"})").status == 201);
  CHECK(room.client
            .put("/api/v1/edges/7/meters/70001010",
                 R"({"bus":"1","profile":"generic-dlt645-2007","circuits":[{"circuit":1010,"room":101}]})")
            .status == 201);
  const auto wired = room.client.get(day);
  CHECK(wired.number("/items/2/used_wh") == 30);
  CHECK(wired.find("/items/2/register_fell") == nullptr);
}

TEST_CASE("where a register ends is also known from the order that says that it turned over") {
  Room room;
  room.record({{{1010}, {101}, {70'001'010}, {{march + days(1), {99'999'990}}, {march + days(2), {20}}}}});
  const auto day = [&] {
    return room.client.get(
        "/api/v1/rooms/101/readings?from=2026-03-01T16:00:00Z&to=2026-03-02T16:00:00Z&resolution=day&circuit=1010");
  };
  CHECK(day().number("/items/0/used_wh") == 20 - 99'999'990);
  const RolloverOrder order{{70'001'010}, {100'000'000}, 1};
  room.desk.give(cloud::Ordered{cloud::ConfigOrder{{}, {7}, rollover_key({1010}), encode(order), 1}}, [](auto) {});
  CHECK(day().number("/items/0/used_wh") == 30);
}
