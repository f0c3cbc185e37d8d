#include "cloud/api/reads.hpp"

#include <catch2/catch.hpp>

#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;

constexpr const char* reads = "/api/v1/rooms/101/reads";

}  // namespace

TEST_CASE("a reading on demand is answered with all that the meter said") {
  test::SmallSite site;
  std::vector<std::pair<Holder, RoomId>> asked;
  site.desk.read_by_box = [&](Holder box, RoomId room) {
    asked.emplace_back(box, room);
    DemandedReading reading;
    reading.circuit = {1010};
    reading.meter = {5001};
    reading.reading = {{1'772'424'000'000'000}, {300}, Power{40}, 220'500, 182};
    reading.power_factor_per_mille = 980;
    reading.relay_closed = true;
    return ReadAnswer{1, ReadStatus::answered, {reading, {{1011}, ReadOutcome::silent}}};
  };
  const auto reply = site.client.post(reads, "");
  CHECK(reply.status == 200);
  CHECK(asked == std::vector{std::pair(box_seven, RoomId{101})});
  CHECK(reply.number("/room") == 101);
  CHECK(reply.number("/items/0/register") == 300);
  CHECK(reply.text("/items/0/at") == "2026-03-02T04:00:00.000000Z");
  CHECK(reply.text("/items/0/relay") == "closed");
  CHECK(reply.number("/items/0/power_w") == 40);
  CHECK(reply.number("/items/0/voltage_mv") == 220'500);
  CHECK(reply.number("/items/0/current_ma") == 182);
  CHECK(reply.number("/items/0/power_factor_per_mille") == 980);
  CHECK(reply.text("/items/1/outcome") == "silent");
  CHECK(reply.find("/items/1/register") == nullptr);
}

TEST_CASE("while a box is away it is said at once, and nothing is asked") {
  test::SmallSite site;
  int asked = 0;
  site.desk.read_by_box = [&](Holder, RoomId) {
    ++asked;
    return std::nullopt;
  };
  site.desk.silent.insert(box_seven);
  auto reply = site.client.post(reads, "{}");
  CHECK(reply.status == 503);
  CHECK(reply.code() == "edge.offline");
  CHECK(asked == 0);
  site.desk.silent.clear();
  reply = site.client.post(reads, "{}");
  CHECK(reply.status == 504);
  CHECK(reply.code() == "read.timed_out");
  CHECK(asked == 1);
}

TEST_CASE("whatever keeps a room from being read has a code") {
  test::SmallSite site;
  auto status = ReadStatus::busy;
  site.desk.read_by_box = [&](Holder, RoomId) { return ReadAnswer{1, status}; };
  CHECK(site.client.post(reads, "").code() == "read.busy");
  status = ReadStatus::not_here;
  CHECK(site.client.post(reads, "").code() == "read.not_wired");
  site.desk.is_busy = true;
  CHECK(site.client.post(reads, "").code() == "read.busy");
  CHECK(site.client.post("/api/v1/rooms/9/reads", "").code() == "room.unknown");
  CHECK(site.client.post(reads, R"({"circuit":1})").code() == "http.bad_body");
  CHECK(site.client.post("/api/v1/rooms/101/closings", "{}", "c").status == 201);
  site.desk.use({101}, {1010}, {5001}, 1000);
  CHECK(site.client.post(reads, "").code() == "room.not_open");
}

}  // namespace wattle::api
