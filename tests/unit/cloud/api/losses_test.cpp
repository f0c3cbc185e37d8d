// Main meters against their rooms, over the API and the real store of readings.

#include <catch2/catch.hpp>

#include "shared/api/time_text.hpp"
#include "tests/unit/cloud/api/test_history.hpp"

using namespace wattle;
using namespace wattle::api::test;

namespace {

constexpr Instant first_day{1'772'294'400'000'000};  // 2026-02-28T16:00:00Z: a day of the site begins

/// Two rooms on two floors of building 1, and one of another building; a main meter of the building, one of floor 11.
struct House : HistoryDesk {
  House() {
    for (const char* building : {"1", "2"}) put(std::string("buildings/") + building, R"({"name":"house"})");
    put("floors/11", R"({"building":1,"level":0})");
    put("floors/12", R"({"building":1,"level":1})");
    room(101, 1, 11, 10);
    room(201, 1, 12, 20);
    room(301, 2, 0, 40);
  }
  Reply put(const std::string& path, const std::string& body, unsigned status = 201) {
    auto reply = client.put("/api/v1/" + path, body);
    INFO(path << ' ' << reply.code());
    CHECK(reply.status == status);
    return reply;
  }
  void room(std::uint32_t number, int building, int floor, std::int64_t wh_an_hour) {
    const auto circuit = std::to_string(number * 10);
    const auto fitted =
        client.post("/api/v1/rooms", R"({"room":)" + std::to_string(number) + R"(,"edge":7,"circuits":[{"circuit":)" + circuit +
                                         R"(,"meter":7000)" + circuit + R"(,"first_reading":0}]})");
    REQUIRE(fitted.status == 201);
    put("rooms/" + std::to_string(number) + "/record",
        R"({"name":"r","building":)" + std::to_string(building) + R"(,"floor":)" + std::to_string(floor) + "}");
    read(number, number * 10, wh_an_hour);
  }
  /// Two days, an hour at a time.
  void read(std::uint32_t room, std::uint32_t circuit, std::int64_t wh_an_hour) {
    ReadingChunk chunk{{circuit}, {room}, {70'000'000U + circuit}, {}};
    std::vector<ReadingChunk> chunks;
    for (std::int64_t hour = 0; hour < 48; ++hour) {
      chunk.readings = {{first_day + hours(hour), {1000 + wh_an_hour * hour}}};
      chunks.push_back(chunk);
    }
    record(chunks);
  }
  void main_meter(std::uint32_t circuit, int floor, std::int64_t wh_an_hour) {
    put("meters/" + std::to_string(circuit),
        R"({"building":1,"role":"main","circuit":)" + std::to_string(circuit) + R"(,"floor":)" + std::to_string(floor) + "}");
    if (wh_an_hour > 0) read(0, circuit, wh_an_hour);
  }
  Reply loss(const std::string& more = "") {
    return client.get("/api/v1/buildings/1/loss?from=2026-02-28T16:00:00Z&to=2026-03-01T16:00:00Z" + more);
  }
};

}  // namespace

TEST_CASE("a building's loss is what its main meter let in and its rooms did not use; monitors do not count") {
  House house;
  house.main_meter(9010, 0, 33);
  house.put("meters/9020", R"({"building":1,"role":"monitor","circuit":9020})");
  house.read(0, 9020, 500);
  const auto reply = house.loss();
  REQUIRE(reply.status == 200);
  CHECK(reply.text("/unit") == "Wh");
  CHECK(reply.number("/main") == 24 * 33);
  CHECK(reply.number("/rooms") == 24 * (10 + 20));
  CHECK(reply.number("/loss") == 24 * 3);
  CHECK(reply.number("/without_readings_count") == 0);
  REQUIRE(reply.body.at("floors").as_array().size() == 2);
  CHECK(reply.number("/floors/1/floor") == 12);
  CHECK(reply.number("/floors/1/rooms") == 24 * 20);
  CHECK(reply.body.at_pointer("/floors/1/loss").is_null());
}

TEST_CASE("a floor has its own loss, and floors that all have a main meter make up the building") {
  House house;
  house.main_meter(9011, 11, 12);
  CHECK(house.loss().body.at("main").is_null());
  CHECK(house.loss().number("/floors/0/loss") == 24 * 2);
  house.main_meter(9012, 12, 25);
  CHECK(house.loss().number("/main") == 24 * 37);
  CHECK(house.loss().number("/loss") == 24 * 7);
}

TEST_CASE("a meter without readings is named, and a main meter without them makes no loss") {
  House house;
  house.main_meter(9010, 0, 0);
  const auto reply = house.loss();
  CHECK(reply.body.at("main").is_null());
  CHECK(reply.body.at("loss").is_null());
  CHECK(reply.number("/without_readings/0") == 9010);
  CHECK(house.loss("&utility=cold_water").number("/rooms") == 0);
  CHECK(house.loss("&utility=gas").code() == "readings.bad_utility");
  CHECK(house.client.get("/api/v1/buildings/9/loss?from=2026-02-28T16:00:00Z&to=2026-03-01T16:00:00Z").status == 404);
  CHECK(house.client.get("/api/v1/buildings/1/loss?from=2024-02-28T16:00:00Z&to=2026-03-01T16:00:00Z").code() ==
        "readings.bad_period");
  CHECK(house.client.get("/api/v1/buildings/1/loss?from=2026-02-28T16:00:00Z&to=2026-03-01T15:59:59Z").code() ==
        "loss.short_period");
}

TEST_CASE("floors come page by page, and the building's figures are whole on each") {
  House house;
  house.main_meter(9010, 0, 33);
  std::vector<std::int64_t> floors;
  std::string cursor;
  int pages = 0;
  do {
    const auto reply = house.loss("&limit=1" + (cursor.empty() ? std::string() : "&cursor=" + cursor));
    REQUIRE(reply.status == 200);
    CHECK(reply.number("/loss") == 24 * 3);
    for (const auto& floor : reply.body.at("floors").as_array()) floors.push_back(floor.at("floor").to_number<std::int64_t>());
    cursor = reply.body.at("next_cursor").is_null() ? "" : reply.text("/next_cursor");
  } while (!cursor.empty() && ++pages < 5);
  CHECK(floors == std::vector<std::int64_t>{11, 12});
  CHECK(house.loss("&limit=0").code() == "page.bad_limit");
  CHECK(house.loss("&limit=201").code() == "page.bad_limit");
  CHECK(house.loss("&cursor=x").code() == "page.bad_cursor");
  CHECK(house.loss("&cursor=12").body.at("floors").as_array().empty());
}

TEST_CASE("a building of many meters is summed up in turns, between which others are answered") {
  House house;
  for (std::uint32_t circuit = 9100; circuit < 9200; ++circuit) house.main_meter(circuit, 0, 1);
  const auto before = house.desk.questions;
  const auto reply = house.loss();
  CHECK(reply.number("/main") == 24 * 100);
  CHECK(house.desk.questions - before == 4);  // 102 circuits, 32 at a time
}

TEST_CASE("registers that cannot be make no figure") {
  House house;
  house.main_meter(9010, 0, 33);
  CHECK(house.loss().status == 200);
  // Each day leaps from the least to the most that a chunk can say: 700 such days are beyond 63 bits.
  std::vector<ReadingChunk> chunks;
  for (std::int64_t meter = 1; meter <= 700; ++meter) {
    ReadingChunk chunk{{9010}, {0}, {static_cast<std::uint64_t>(meter)}, {}};
    chunk.readings = {{first_day, {-recorded_value_max}}, {first_day + minutes(1), {recorded_value_max}}};
    chunks.push_back(chunk);
  }
  house.record(chunks);
  CHECK(house.loss().code() == "readings.unavailable");
}

TEST_CASE("circuits that a room had in a later stay count too, also while it stands empty over a holiday") {
  House house;
  house.main_meter(9010, 0, 40);
  const auto close = [&](const char* key) {
    CHECK(house.client.post("/api/v1/rooms/101/closings", "{}", key).status == 201);
    CHECK(house.client.get("/api/v1/rooms/101").find("/open_at")->is_null());
  };
  close("c-1");
  const Circuits later = {{{1012}, {70'001'012}, Utility::electricity, {1000}, {}, 0}};
  house.desk.give(cloud::Ordered{cloud::Fitting{{101}, 2, {7}, later}}, [](auto) {});
  house.read(101, 1012, 5);
  CHECK(house.loss().number("/rooms") == 24 * (10 + 20 + 5));
  close("c-2");
  CHECK(house.loss().number("/rooms") == 24 * (10 + 20 + 5));
  CHECK(house.loss().number("/loss") == 24 * 5);
}

namespace {

/// Room 101 has stay after stay.
struct Stays : House {
  void next(std::uint32_t opening, const Circuits& circuits, std::uint32_t slot = 7) {
    const auto key = "c-" + std::to_string(opening);
    CHECK(client.post("/api/v1/rooms/101/closings", "{}", key).status == 201);
    desk.give(cloud::Ordered{cloud::Fitting{{101}, opening, {slot}, circuits}}, [](auto) {});
    CHECK(client.get("/api/v1/rooms/101").number("/open_at/edge") == slot);
    CHECK(client.get("/api/v1/rooms/101").number("/opening") == opening);
  }
  static CircuitFigures circuit(std::uint32_t id, Utility utility) {
    return {{id}, {70'000'000U + id}, utility, {1000}, {}, 0};
  }
};

}  // namespace

TEST_CASE("a circuit that its room lost with an earlier stay is not missed, and what it was read for still counts") {
  Stays house;
  house.main_meter(9010, 0, 40);
  house.next(2, {Stays::circuit(1012, Utility::electricity)});
  const auto read = house.loss();
  CHECK(read.number("/rooms") == 24 * (10 + 20));
  CHECK(read.number("/without_readings/0") == 1012);
  CHECK(read.number("/without_readings_count") == 1);
  const auto later = house.client.get("/api/v1/buildings/1/loss?from=2026-03-04T16:00:00Z&to=2026-03-05T16:00:00Z");
  CHECK(later.body.at("without_readings") == boost::json::value({9010, 1012, 2010}));
  CHECK(later.number("/without_readings_count") == 3);
}

TEST_CASE("what a circuit counts is what the newest stay says that had it") {
  Stays house;
  house.read(101, 1012, 5);
  const Circuits cold = {Stays::circuit(1012, Utility::cold_water)};
  const Circuits lit = {Stays::circuit(1012, Utility::electricity)};
  const Circuits other = {Stays::circuit(1013, Utility::electricity)};
  SECTION("the tenth, not the second, where no box has it any more") {
    house.next(2, cold);
    CHECK(house.loss("&utility=cold_water").number("/rooms") == 24 * 5);
    for (std::uint32_t opening = 3; opening < 10; ++opening) house.next(opening, other);
    house.next(10, lit);
    house.next(11, other);
    house.next(12, other);
  }
  SECTION("at whatever box it is now") {
    house.desk.add_box(box_eight);
    house.next(2, cold, 8);
    CHECK(house.loss("&utility=cold_water").number("/rooms") == 24 * 5);
    house.next(3, other);
    house.next(4, lit);
  }
  CHECK(house.loss("&utility=cold_water").number("/rooms") == 0);
  CHECK(house.loss().number("/rooms") == 24 * (10 + 20 + 5));
}

namespace {

/// A building of one main meter and one room; a day begins with each.
struct Sparse : HistoryDesk {
  Sparse() {
    CHECK(client.put("/api/v1/buildings/1", R"({"name":"house"})").status == 201);
    CHECK(client.put("/api/v1/meters/9010", R"({"building":1,"role":"main","circuit":9010})").status == 201);
    CHECK(
        client
            .post("/api/v1/rooms", R"({"room":101,"edge":7,"circuits":[{"circuit":1010,"meter":70001010,"first_reading":0}]})")
            .status == 201);
    CHECK(client.put("/api/v1/rooms/101/record", R"({"name":"r","building":1})").status == 201);
  }
  /// A reading each hour from one hour to the other, at 100 and 90 Wh an hour.
  void main(std::int64_t from, std::int64_t to, std::int64_t step = 1) { read(0, 9010, 100, from, to, step); }
  void room(std::int64_t from, std::int64_t to, std::int64_t step = 1) { read(101, 1010, 90, from, to, step); }
  void read(std::uint32_t room, std::uint32_t circuit, std::int64_t wh_an_hour, std::int64_t from, std::int64_t to,
            std::int64_t step, std::uint64_t meter = 5) {
    std::vector<ReadingChunk> chunks;
    for (auto hour = from; hour < to; hour += step)
      chunks.push_back({{circuit}, {room}, {meter}, {{first_day + hours(hour), {wh_an_hour * hour}}}});
    record(chunks);
  }
  /// Of whole days from the first on.
  Reply loss(std::int64_t from, std::int64_t to) {
    return client.get("/api/v1/buildings/1/loss?from=" + time_text(first_day + days(from)) +
                      "&to=" + time_text(first_day + days(to)));
  }
};

constexpr std::int64_t day = 24;

}  // namespace

TEST_CASE("a box that was away for a weekend loses no energy, and within the period nobody need know") {
  Sparse house;
  house.main(0, 20 * day);
  house.room(0, 5 * day);
  house.room(7 * day, 20 * day);
  const auto reply = house.loss(0, 14);
  CHECK(reply.number("/main") == 14 * day * 100);
  CHECK(reply.number("/rooms") == 14 * day * 90);
  CHECK(reply.number("/incomplete_count") == 0);
  CHECK(reply.number("/without_readings_count") == 0);
}

TEST_CASE("a gap over the period's edge is named, with the time that the figure covers") {
  Sparse house;
  house.main(0, 20 * day);
  house.room(0, 5 * day);
  house.room(7 * day + 20, 20 * day);
  const auto before = house.loss(0, 6);
  CHECK(before.number("/main") == 6 * day * 100);
  CHECK(before.number("/rooms") == (7 * day + 20) * 90);
  REQUIRE(before.number("/incomplete_count") == 1);
  CHECK(before.number("/incomplete/0/circuit") == 1010);
  CHECK(before.text("/incomplete/0/from") == time_text(first_day));
  CHECK(before.text("/incomplete/0/to") == time_text(first_day + days(7) + hours(20)));
  CHECK(before.body.at_pointer("/incomplete/0/why") == boost::json::value({"other_time"}));
  const auto behind = house.loss(6, 14);
  CHECK(behind.number("/rooms") == (14 * day - 7 * day - 20) * 90);
  CHECK(behind.text("/incomplete/0/from") == time_text(first_day + days(7) + hours(20)));
  // It was read on the period's first day, and late: what flowed before stands with a day of before.
  CHECK(house.loss(7, 8).number("/rooms") == 4 * 90);
  CHECK(house.loss(7, 8).number("/incomplete/0/circuit") == 1010);
  CHECK(house.loss(8, 14).number("/incomplete_count") == 0);
}

TEST_CASE("a circuit that is read three days a week counts whole, and is named where its days are not the period's") {
  Sparse house;
  house.main(0, 40 * day);
  for (std::int64_t week = 0; week < 6; ++week)
    for (const std::int64_t at : {0, 2, 4}) house.room((7 * week + at) * day + 8, (7 * week + at) * day + 9);
  const auto reply = house.loss(0, 28);
  CHECK(reply.number("/rooms") == 28 * day * 90);
  CHECK(reply.number("/incomplete_count") == 0);
  CHECK(house.loss(2, 30).number("/incomplete_count") == 0);
  CHECK(house.loss(4, 5).number("/rooms") == 3 * day * 90);  // from Friday to Monday
  CHECK(house.loss(4, 5).number("/incomplete/0/circuit") == 1010);
  CHECK(house.loss(5, 6).number("/without_readings/0") == 1010);
}

TEST_CASE("the present day is compared as far as anything was read, and who was not read so far is named") {
  Sparse house;
  house.main(0, 3 * day + 6);
  house.room(0, 3 * day + 6);
  const auto reply = house.loss(0, 30);
  CHECK(reply.text("/compared_to") == time_text(first_day + days(3) + hours(5)));
  CHECK(reply.number("/main") == (3 * day + 5) * 100);
  CHECK(reply.number("/incomplete_count") == 0);
  house.main(3 * day + 6, 4 * day);
  CHECK(house.loss(0, 30).number("/incomplete/0/circuit") == 1010);
  CHECK(house.loss(0, 3).number("/incomplete_count") == 0);
}

TEST_CASE("what no register tells is named: a meter that was changed in a gap, a register that fell") {
  Sparse house;
  house.main(0, 10 * day);
  SECTION("another meter after two days") {
    house.room(0, 3 * day);
    house.read(101, 1010, 90, 5 * day, 10 * day, 1, 6);
    const auto reply = house.loss(0, 9);
    CHECK(reply.number("/rooms") == (9 * day - 2 * day - 1) * 90);
    CHECK(reply.body.at_pointer("/incomplete/0/why") == boost::json::value({"meter_changed"}));
  }
  SECTION("another meter within the hour") {
    house.room(0, 3 * day);
    house.read(101, 1010, 90, 3 * day, 10 * day, 1, 4);
    CHECK(house.loss(0, 9).number("/rooms") == (9 * day - 1) * 90);
    CHECK(house.loss(0, 9).number("/incomplete_count") == 0);
  }
  SECTION("the register ran back") {
    house.room(0, 3 * day);
    house.read(101, 1010, 45, 3 * day, 10 * day, 1);
    const auto reply = house.loss(0, 9);
    CHECK(reply.number("/rooms") == 2 * day * 90 + 6 * day * 45);
    CHECK(reply.body.at_pointer("/incomplete/0/why") == boost::json::value({"register_fell"}));
  }
}

TEST_CASE("the readings of a main meter can be asked for, those of a sub-meter stand in its room") {
  House house;
  house.main_meter(9010, 0, 33);
  const std::string period = "/readings?from=2026-02-28T16:00:00Z&to=2026-02-28T18:00:00Z";
  const auto reply = house.client.get("/api/v1/meters/9010" + period);
  REQUIRE(reply.status == 200);
  REQUIRE(reply.body.at("items").as_array().size() == 2);
  CHECK(reply.number("/items/1/register_wh") == 1033);
  house.put("meters/70001010", R"({"building":1})");
  CHECK(house.client.get("/api/v1/meters/70001010" + period).code() == "circuit.unknown");
}

TEST_CASE("a meter's role, circuit and floor must fit together") {
  House house;
  house.main_meter(9010, 0, 0);
  const auto code = [&](const std::string& body) { return house.client.put("/api/v1/meters/9011", body).code(); };
  CHECK(code(R"({"building":1,"role":"main"})") == "record.meter_role");
  CHECK(code(R"({"building":1,"circuit":9011})") == "record.meter_role");
  CHECK(code(R"({"building":1,"role":"monitor","circuit":9011,"floor":11})") == "record.meter_role");
  CHECK(code(R"({"building":1,"role":"spy","circuit":9011})") == "record.meter_role");
  CHECK(code(R"({"building":1,"role":"main","utility":"gas","circuit":9011})") == "record.meter_role");
  CHECK(code(R"({"building":1,"role":"main","circuit":9011,"floor":99})") == "record.floor_unknown");
  CHECK(code(R"({"building":1,"role":"main","circuit":9010})") == "record.meter_circuit");
  CHECK(house.client.get("/api/v1/meters/9010").text("/role") == "main");
}
