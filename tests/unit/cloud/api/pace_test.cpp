// The pace of a box, through the API and down to a real box's fold.

#include <catch2/catch.hpp>

#include "cloud/api/wiring_routes.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

using test::box_seven;

constexpr const char* pace_path = "/api/v1/edges/7/pace";

std::optional<BoxPace> held_pace(const test::SmallSite& site) {
  const auto& config = site.desk.box_link(box_seven).state().config();
  const auto found = config.find("pace/7");
  return found == config.end() ? std::nullopt : decode_pace(found->second.value);
}

}  // namespace

TEST_CASE("the pace of a box is a register that reaches it, and is shown beside what the box works at") {
  test::SmallSite site;
  auto reply = site.client.get(pace_path);
  CHECK(reply.status == 200);
  CHECK(reply.find("/desired")->as_object().empty());
  CHECK(reply.text("/state") == "none");
  CHECK(reply.find("/reported")->is_null());
  site.desk.wiring_reported[box_seven].pace = BoxPace{seconds(10), minutes(30), ClockBroadcast{std::uint16_t{190}}};
  site.desk.settings_reported[{box_seven, "pace/7"}] = {};
  reply = site.client.get(pace_path);
  CHECK(reply.number("/reported/version") == 0);  // of its file
  CHECK(reply.number("/reported/poll_every_ms") == 10'000);
  CHECK(reply.number("/reported/record_every_s") == 1'800);
  CHECK(reply.text("/reported/clock_broadcast_at") == "03:10");
  const auto* body = R"({"poll_every_ms":500,"clock_broadcast_at":"never"})";
  reply = site.client.put(pace_path, body);
  CHECK(reply.status == 201);
  CHECK(reply.number("/desired/poll_every_ms") == 500);
  CHECK(reply.text("/desired/clock_broadcast_at") == "never");
  CHECK(reply.find("/desired/record_every_s") == nullptr);
  CHECK(held_pace(site) == BoxPace{milliseconds(500), {}, ClockBroadcast{}});
  CHECK(site.client.put(pace_path, body).status == 200);
  CHECK(site.client.put(pace_path, R"({"clock_broadcast_at":"04:05","record_every_s":60})", "\"9\"").code() ==
        "setting.changed");
  CHECK(site.client.put(pace_path, R"({"clock_broadcast_at":"04:05","record_every_s":60,"reason":"r"})").status == 201);
  CHECK(held_pace(site) == BoxPace{{}, minutes(1), ClockBroadcast{std::uint16_t{245}}});
  CHECK(site.client.put(pace_path, "{}").status == 201);  // as the box's file says
  CHECK(held_pace(site) == BoxPace{});
}

TEST_CASE("a pace that no box could keep is refused, with the field") {
  test::SmallSite site;
  for (const auto* bad :
       {R"({"poll_every_ms":199})", R"({"poll_every_ms":60001})", R"({"record_every_s":59})", R"({"record_every_s":420})",
        R"({"record_every_s":86401})", R"({"clock_broadcast_at":"00:09"})", R"({"clock_broadcast_at":"23:50"})",
        R"({"clock_broadcast_at":"24:00"})", R"({"clock_broadcast_at":"noon!"})", R"({"poll_every":10})"}) {
    INFO(bad);
    CHECK(site.client.put(pace_path, bad).code() == "http.bad_body");
  }
  CHECK_FALSE(held_pace(site));
  CHECK(site.client.put("/api/v1/edges/9/pace", "{}").code() == "edge.unknown");
  CHECK(site.client.get("/api/v1/edges/9/pace").code() == "edge.unknown");
}

}  // namespace wattle::api
