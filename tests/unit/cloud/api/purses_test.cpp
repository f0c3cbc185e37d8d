// How the purse in a meter is kept, through the API and down to a real box's fold.

#include <catch2/catch.hpp>

#include "cloud/api/control_routes.hpp"
#include "shared/meter/errors.hpp"
#include "tests/unit/cloud/api/test_desk.hpp"

namespace wattle::api {
namespace {

constexpr const char* purse_path = "/api/v1/circuits/1010/purse";

std::optional<PurseMode> mode_held(const test::SmallSite& site) {
  const auto& config = site.desk.box_link(test::box_seven).state().config();
  const auto found = config.find("purse/1010");
  return found == config.end() ? std::nullopt : decode_purse(found->second.value);
}

}  // namespace

TEST_CASE("how a purse is kept is a register of the circuit that reaches its box") {
  test::SmallSite site(0);
  auto reply = site.client.get(purse_path);
  CHECK(reply.status == 200);
  CHECK(reply.text("/desired/mode") == "off");
  CHECK(reply.text("/state") == "none");
  CHECK(site.client.put(purse_path, R"({"mode":"purse"})").status == 201);
  CHECK(site.client.put(purse_path, R"({"mode":"purse"})").status == 200);
  CHECK(mode_held(site) == PurseMode::purse);
  CHECK(site.client.get(purse_path).text("/desired/mode") == "purse");
  CHECK(site.client.put(purse_path, R"({"mode":"off"})").status == 201);
  CHECK(mode_held(site) == PurseMode::off);
}

TEST_CASE("how a purse stands is shown in money or in energy, whatever the numbers") {
  test::SmallSite site(0);
  CircuitNow now;
  now.room = {101};
  now.purse = {1, false, true};
  site.desk.reported[{1010}] = now;
  CHECK(site.client.get(purse_path).find("/reported/purse")->is_null());
  now.purse_told =
      PurseTold{PurseState::differs, PurseMeasure::money,     PurseShown{-1'500'000, 30'000'000, 3},       20'004'999,
                5'000'000,           {1'790'000'000'000'000}, static_cast<std::uint16_t>(MeterErrc::value)};
  site.desk.reported[{1010}] = now;
  auto reply = site.client.get(purse_path);
  CHECK(reply.number("/reported/version") == 1);
  CHECK(reply.text("/reported/purse/state") == "differs");
  CHECK(reply.text("/reported/purse/in_meter/remaining") == "-1.500000");
  CHECK(reply.number("/reported/purse/in_meter/count") == 3);
  CHECK(reply.text("/reported/purse/wanted") == "20.004999");
  CHECK(reply.text("/reported/purse/foreign") == "5.000000");
  CHECK(reply.text("/reported/purse/read").starts_with("2026-"));
  CHECK(reply.text("/reported/purse/why") == "meter.cannot_hold");
  now.purse_told =
      PurseTold{PurseState::unsettled, PurseMeasure::energy, PurseShown{INT64_MIN, INT64_MAX, UINT32_MAX}, {}, 0, {}, 0};
  site.desk.reported[{1010}] = now;
  reply = site.client.get(purse_path);
  CHECK(reply.text("/reported/purse/state") == "unsettled");
  CHECK(reply.number("/reported/purse/in_meter/total_wh") == INT64_MAX);
  CHECK(reply.find("/reported/purse/read")->is_null());
}

TEST_CASE("what is no way to keep a purse is refused") {
  test::SmallSite site(0);
  for (const auto* bad : {"{}", R"({"mode":"on"})", R"({"mode":""})", R"({"mode":2})", R"({"mode":"purse","more":1})", "[]"})
    CHECK(site.client.put(purse_path, bad).code() == "http.bad_body");
  CHECK(site.client.put("/api/v1/circuits/7/purse", R"({"mode":"purse"})").code() == "circuit.unknown");
  CHECK(site.client.get("/api/v1/circuits/7/purse").code() == "circuit.unknown");
  CHECK_FALSE(mode_held(site));
}

}  // namespace wattle::api
